//! Runs the doubles of the paid providers until it is stopped: to try Onetake by hand, or against a program in another process.

use doubles::account::{Settings, Tier};
use doubles::{ClipSettings, Clips, ElevenLabs, ImageSettings, Images, OpenAiSettings, OpenAiSpeech};
use std::io::{self, Write};
use std::process::ExitCode;

const HELP: &str = "\
double: providers that behave as the paid ones do, on this machine, for nothing.

ElevenLabs: the four addresses that speak, models, voices, balance, history. It keeps a balance and charges each call.
All formats of the original but Opus, which it refuses.
OpenAI-compatible speech: POST /v1/audio/speech, as Kokoro, Chatterbox and the like.
Pictures: POST /v1/images/generations, as Together and OpenAI; POST /v1beta/models/MODEL:generateContent, as Gemini. One window of
starts for both.
Clips: POST /v1beta/interactions, as Gemini Omni; MODEL:predictLongRunning and MODEL:fetchPredictOperation, as Veo on Vertex.

Usage: double [FLAG VALUE]...

  --port N            ElevenLabs' port (8801; 0: any free one); the speech server takes the next one,
                      who draws the one after, who generates clips the one after that
  --credits N         characters in the account (1000000)
  --concurrency N     calls that may run at once (what the tier allows)
  --speed X           times faster than it sounds a text is spoken (20; 0: at once)
  --first-byte-ms N   from a call's beginning to its first byte (200)
  --list-after-ms N   from a generation's end until the history lists it (1000)
  --tier NAME         free, starter, creator, pro, scale or business (creator)
  --key KEY           the only key that is taken (sk_double)
  --images N          pictures that may be begun within 60 s (6; 0: as many as one likes)
  --image-block-s N   how long one too many closes the account (0: it is refused, and that is all)
  --image-ms N        how long a picture takes (2000)
  --clip-ms N         how long a clip takes (5000)
  --seed N            what ids and the places at which bodies are split follow from (1)
  --help              this

While it runs (addresses are printed at the start):
  GET    /double/log        what was called, when, how many at once, and what it cost; DELETE forgets it
  POST   /double/faults     what goes wrong next; GET shows what waits, DELETE repairs
         {\"kind\":\"cut\",\"share\":0.5}              the connection ends after half of the answer; charged
         {\"kind\":\"reset\"}                        the connection is reset before the answer; charged
         {\"kind\":\"hang\",\"headers\":true}          nothing more comes until the client leaves; charged
         {\"kind\":\"slow_first_byte\",\"ms\":5000}    the answer begins later
         {\"kind\":\"broken_line\"}                  one line of the stream with times is no JSON; charged
         {\"kind\":\"concurrent_limit\"}             429; also \"system_busy\" and \"rate_limit\"
         {\"kind\":\"rate_limit_for\",\"retry_after_s\":3}  429 with the header retry-after
         {\"kind\":\"internal_error\"}               500; also \"service_unavailable\", 503
         {\"kind\":\"quota_exceeded\"}               401; also \"insufficient_credits\", 402
         each with \"times\": 3 for the next three calls, or \"text_contains\": \"…\" for those with these words
  POST   /double/settings   any of: credits, used, tier, concurrency, speed, first_byte_ms, list_after_ms,
                            concurrency_headers, history_alignments, api_key,
                            denied (401) and down (503): lists of addresses such as \"/v1/history\",
                            error_form (\"current\", \"legacy\", \"validation\", \"plain\")
Who draws has the same addresses, and its own faults:
         slow (ms), lost (charged), gateway, cut (share), hang, internal_error (charged), overloaded, busy (reset_s), spent,
         moderation, moderated_picture, truncated, no_picture, html, empty, words, url (redirects), url_to (url),
         other_size (width, height); each with \"times\": 3, or \"prompt_contains\": \"…\"
  POST   /double/clock      {\"by_ms\":60000} turns its clock
Who generates clips too:
         blocked, busy (retry_s), spent_today, lost (charged), nameless (charged), words, failed, status (status),
         file_failed, file_gone, spoiled (each charged), unavailable, cut; each for the next call that it can concern
";

#[tokio::main]
async fn main() -> ExitCode {
    match run(std::env::args().skip(1)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            drop(writeln!(io::stderr(), "double: {reason}"));
            ExitCode::FAILURE
        }
    }
}

struct Wanted {
    port: u16,
    settings: Settings,
    images: ImageSettings,
    clips: ClipSettings,
}

/// `None`: only the help was wanted.
fn wanted(mut arguments: impl Iterator<Item = String>) -> Result<Option<Wanted>, String> {
    let settings = Settings { speed: 20.0, first_byte_ms: 200, ..Settings::default() };
    let images = ImageSettings { first_byte_ms: 2_000, ..ImageSettings::default() };
    let clips = ClipSettings { generating_ms: 5_000, ..ClipSettings::default() };
    let mut wanted = Wanted { port: 8801, settings, images, clips };
    while let Some(flag) = arguments.next() {
        if flag == "--help" || flag == "-h" {
            return Ok(None);
        }
        let value = arguments.next().ok_or_else(|| format!("{flag} needs a value; --help lists the flags"))?;
        let refused = || format!("{flag} cannot be {value:?}; --help lists the flags");
        let number = || value.parse::<u64>().map_err(|_| refused());
        let settings = &mut wanted.settings;
        match flag.as_str() {
            "--port" => wanted.port = value.parse().map_err(|_| refused())?,
            "--credits" => settings.credits = number()?,
            "--concurrency" => settings.concurrency = Some(value.parse().map_err(|_| refused())?),
            "--speed" => settings.speed = value.parse().ok().filter(|speed: &f64| *speed >= 0.0).ok_or_else(refused)?,
            "--first-byte-ms" => settings.first_byte_ms = number()?,
            "--list-after-ms" => settings.list_after_ms = number()?,
            "--tier" => settings.tier = Tier::named(&value).ok_or_else(refused)?,
            "--key" => settings.api_key.clone_from(&value),
            "--seed" => settings.seed = number()?,
            "--images" => wanted.images.per_window = Some(number()? as usize).filter(|most| *most > 0),
            "--image-block-s" => wanted.images.block_ms = number()?.saturating_mul(1_000),
            "--image-ms" => wanted.images.first_byte_ms = number()?,
            "--clip-ms" => wanted.clips.generating_ms = number()?,
            _ => return Err(format!("{flag} is no flag of this program; --help lists them")),
        }
    }
    Ok(Some(wanted))
}

async fn run(arguments: impl Iterator<Item = String>) -> Result<(), String> {
    let Some(Wanted { port, settings, images, clips }) = wanted(arguments)? else {
        return io::stdout().write_all(HELP.as_bytes()).map_err(|error| error.to_string());
    };
    let after = |port: u16| if port == 0 { Some(0) } else { port.checked_add(1) };
    let few = "there are no three ports after that one";
    let next = after(port).ok_or(few)?;
    let third = after(next).ok_or(few)?;
    let last = after(third).ok_or(few)?;
    let openai_settings =
        OpenAiSettings { speed: settings.speed, first_byte_ms: settings.first_byte_ms, ..OpenAiSettings::default() };
    let openai_key = openai_settings.api_key.clone().unwrap_or_default();
    let busy = |port: u16| move |error: io::Error| format!("port {port}: {error}; choose another with --port");
    let eleven = ElevenLabs::start_at(port, settings).await.map_err(busy(port))?;
    let openai = OpenAiSpeech::start_at(next, openai_settings).await.map_err(busy(next))?;
    let image_key = images.api_key.clone().unwrap_or_default();
    let images = Images::start_at(third, images).await.map_err(busy(third))?;
    let clip_key = clips.api_key.clone();
    let clips = Clips::start_at(last, clips).await.map_err(busy(last))?;
    let text = introduction(&eleven, &openai, &openai_key, (&images, &image_key), (&clips, &clip_key));
    io::stdout().write_all(text.as_bytes()).map_err(|error| error.to_string())?;
    tokio::signal::ctrl_c().await.map_err(|error| error.to_string())
}

fn introduction(
    eleven: &ElevenLabs,
    openai: &OpenAiSpeech,
    openai_key: &str,
    (images, image_key): (&Images, &str),
    (clips, clip_key): (&Clips, &str),
) -> String {
    let (base, key) = (eleven.base_url(), eleven.api_key());
    let openai_base = openai.base_url();
    let openai_root = openai_base.trim_end_matches("/v1");
    let (image_base, image_root) = (images.base_url(), images.root());
    let (clip_root, clip_vertex) = (clips.root(), clips.vertex_url());
    format!(
        "ElevenLabs
  base URL  {base}
  key       {key}
  control   {base}/double/log  …/faults  …/settings

  curl -s {base}/v1/text-to-speech/JBFqnCBsd6RMkjVDRZzb/stream \\
    -H 'xi-api-key: {key}' -H 'content-type: application/json' -d '{{\"text\":\"Hello there.\"}}' -o hello.mp3
  curl -s {base}/v1/user/subscription -H 'xi-api-key: {key}'
  curl -s {base}/double/log
  curl -s {base}/double/faults -H 'content-type: application/json' -d '{{\"kind\":\"cut\",\"share\":0.5}}'
  curl -s {base}/double/settings -H 'content-type: application/json' -d '{{\"concurrency\":1}}'

OpenAI-compatible speech
  base URL  {openai_base}
  key       {openai_key}
  control   {openai_root}/double/log  …/faults  …/settings

  curl -s {openai_base}/audio/speech \\
    -H 'authorization: Bearer {openai_key}' -H 'content-type: application/json' \\
    -d '{{\"model\":\"kokoro\",\"voice\":\"alloy\",\"input\":\"Hello there.\"}}' -o hello.mp3

Pictures
  base URL  {image_base}    (Together, OpenAI)
  base URL  {image_root}       (Gemini)
  key       {image_key}
  control   {image_root}/double/log  …/faults  …/settings  …/clock

  curl -s {image_base}/images/generations \\
    -H 'authorization: Bearer {image_key}' -H 'content-type: application/json' \\
    -d '{{\"model\":\"black-forest-labs/FLUX.1-schnell\",\"prompt\":\"a boat\",\"response_format\":\"base64\"}}'
  TOGETHER_API_KEY={image_key} TOGETHER_BASE_URL={image_base} onetake film SCRIPT

Clips
  base URL  {clip_root}    (Gemini Omni)
  base URL  {clip_vertex}    (Veo)
  key       {clip_key}
  control   {clip_root}/double/log  …/faults  …/settings  …/clock

  GEMINI_API_KEY={clip_key} ONETAKE_CLIPS_URL={clip_root} onetake film SCRIPT

Stop with Ctrl-C. What goes wrong, and when, is yours to choose: --help
"
    )
}
