//! The environment variables of the program, all of them.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;
use story::{Invalid, number};

/// `ONETAKE_DATA`: the folder everything is kept in; `./onetake-data` where not set.
pub(crate) fn data_folder() -> PathBuf {
    read("ONETAKE_DATA").map_or_else(|| PathBuf::from("onetake-data"), PathBuf::from)
}

/// `ONETAKE_FFMPEG`: the ffmpeg to use; the one in `PATH` where not set.
pub(crate) fn ffmpeg() -> PathBuf {
    read("ONETAKE_FFMPEG").map_or_else(|| PathBuf::from("ffmpeg"), PathBuf::from)
}

/// `ONETAKE_FONTS`: folders with fonts, separated as in `PATH`; the system's usual places where not set.
pub(crate) fn font_folders() -> Option<Vec<PathBuf>> {
    read("ONETAKE_FONTS").map(|folders| std::env::split_paths(&folders).collect())
}

/// `ONETAKE_ESPEAK`: the espeak-ng to rehearse with; `none` rehearses with tones; the one in `PATH` where not set.
pub(crate) fn espeak() -> Option<PathBuf> {
    let named = read("ONETAKE_ESPEAK").unwrap_or_else(|| "espeak-ng".into());
    (named != "none").then(|| PathBuf::from(named))
}

/// `ONETAKE_MAX_LINES`: lines a script may have; 500 where not set, 5,000 at most.
pub(crate) fn max_lines() -> Result<Option<usize>, Invalid> {
    number("ONETAKE_MAX_LINES", 1.0..=5_000.0).map(|lines| lines.map(|lines| lines as usize))
}

/// `ONETAKE_SPEECH_USD_PER_1000`: what 1,000 charged characters of speech cost; the bill is made with it.
pub(crate) fn usd_per_1000_characters() -> Result<Option<f64>, Invalid> {
    number("ONETAKE_SPEECH_USD_PER_1000", 0.0..=1_000.0)
}

/// `ONETAKE_SPEECH`: who speaks, `elevenlabs`, `openai` (any service that answers as OpenAI does) or `rehearsal`; where not set,
/// `ElevenLabs` if its key is there, else the rehearsal.
pub(crate) fn speech() -> Option<String> {
    read("ONETAKE_SPEECH")
}

/// `ONETAKE_SPEECH_URL`: where the speech provider is reached, before `ELEVENLABS_BASE_URL` or `OPENAI_BASE_URL`.
pub(crate) fn speech_url() -> Option<String> {
    read("ONETAKE_SPEECH_URL")
}

/// `ONETAKE_SPEECH_MODEL`: the model of speakers that name none.
pub(crate) fn speech_model() -> Option<String> {
    read("ONETAKE_SPEECH_MODEL")
}

/// `ONETAKE_SPEECH_FORMAT`: the format in which `ElevenLabs` sends sound, an MP3 one; `mp3_44100_128` where not set.
pub(crate) fn speech_format() -> Option<String> {
    read("ONETAKE_SPEECH_FORMAT")
}

/// `ONETAKE_SPEECH_FIRST_BYTE_S`: seconds that a provider may take to begin its answer; 60 where not set.
pub(crate) fn speech_first_byte() -> Result<Option<Duration>, Invalid> {
    Ok(number("ONETAKE_SPEECH_FIRST_BYTE_S", 0.1..=600.0)?.map(Duration::from_secs_f64))
}

/// `ONETAKE_SPEECH_IDLE_S`: seconds that an answer may pause; 30 where not set.
pub(crate) fn speech_idle() -> Result<Option<Duration>, Invalid> {
    Ok(number("ONETAKE_SPEECH_IDLE_S", 0.1..=600.0)?.map(Duration::from_secs_f64))
}

/// `ONETAKE_SPEECH_LANES`: calls that may run at once at the speech provider; 1 where not set, 20 at most.
pub(crate) fn speech_lanes() -> Result<Option<u32>, Invalid> {
    number::whole("ONETAKE_SPEECH_LANES", read("ONETAKE_SPEECH_LANES").as_deref(), 1..=20)
}

/// `ELEVENLABS_API_KEY`.
pub(crate) fn elevenlabs_key() -> Option<String> {
    read("ELEVENLABS_API_KEY")
}

/// `ELEVENLABS_BASE_URL`: another address of it, as for data that must stay in one region.
pub(crate) fn elevenlabs_url() -> Option<String> {
    read("ELEVENLABS_BASE_URL")
}

/// `OPENAI_API_KEY`: many services on one's own machine need none.
pub(crate) fn openai_key() -> Option<String> {
    read("OPENAI_API_KEY")
}

/// `OPENAI_BASE_URL`: what stands before `/audio/speech`.
pub(crate) fn openai_url() -> Option<String> {
    read("OPENAI_BASE_URL")
}

/// `ONETAKE_PREVIEW_TTL_S`: seconds that a preview is kept after its last use; an hour where not set.
pub(crate) fn preview_ttl_ms() -> Result<Option<u64>, Invalid> {
    seconds("ONETAKE_PREVIEW_TTL_S")
}

/// `ONETAKE_FILM_TTL_S`: seconds that a film is kept after its last use; 7 days where not set.
pub(crate) fn film_ttl_ms() -> Result<Option<u64>, Invalid> {
    seconds("ONETAKE_FILM_TTL_S")
}

/// `ONETAKE_TAKE_TTL_S`: seconds that takes and scenes are kept after their last use; 30 days where not set.
pub(crate) fn take_ttl_ms() -> Result<Option<u64>, Invalid> {
    seconds("ONETAKE_TAKE_TTL_S")
}

/// `ONETAKE_KEEP_TAKES_MB`: megabytes of takes that are kept; where not set, all until they expire.
pub(crate) fn keep_takes_bytes() -> Result<Option<u64>, Invalid> {
    Ok(number("ONETAKE_KEEP_TAKES_MB", 0.0..=1e9)?.map(|megabytes| (megabytes * 1e6) as u64))
}

/// `ONETAKE_LEASE_MS`: how long a process that is not heard of keeps its lane; 30,000 where not set. It is heard three times in that.
pub(crate) fn lease_ms() -> Result<Option<u64>, Invalid> {
    Ok(number("ONETAKE_LEASE_MS", 500.0..=600_000.0)?.map(|ms| ms as u64))
}

/// `ONETAKE_GUARD_MS`: how long before its lease ends a call is cut, and how long after it others wait; a sixth of the lease where
/// not set.
pub(crate) fn guard_ms() -> Result<Option<u64>, Invalid> {
    Ok(number("ONETAKE_GUARD_MS", 50.0..=60_000.0)?.map(|ms| ms as u64))
}

/// `ONETAKE_LOOKS_MS`: when the provider's history is looked at for a call that was lost, in milliseconds after its lease, with
/// commas between them; `0,30000,120000` where not set.
pub(crate) fn looks_ms() -> Result<Option<Vec<u64>>, Invalid> {
    let Some(text) = read("ONETAKE_LOOKS_MS") else { return Ok(None) };
    let looks: Option<Vec<u64>> = text.split(',').map(|look| look.trim().parse().ok()).collect();
    let ascends = |looks: &Vec<u64>| looks.is_sorted() && looks.iter().all(|look| *look <= 3_600_000);
    let wrong = || {
        Invalid::one("", format!("ONETAKE_LOOKS_MS is \"{text}\": give ascending milliseconds such as 0,30000,120000"))
    };
    looks.filter(ascends).map(Some).ok_or_else(wrong)
}

fn seconds(name: &str) -> Result<Option<u64>, Invalid> {
    number::seconds_as_ms(name, read(name).as_deref())
}

fn number(name: &str, range: RangeInclusive<f64>) -> Result<Option<f64>, Invalid> {
    number::number(name, read(name).as_deref(), &range)
}

/// `ONETAKE_TOKENS`: words of which a request must carry one, with commas between them; nobody needs one where not set.
pub(crate) fn tokens() -> Vec<String> {
    words("ONETAKE_TOKENS")
}

/// `ONETAKE_HOSTS`: names under which a house that serves may be asked beside loopback's, with commas between them.
pub(crate) fn hosts() -> Vec<String> {
    words("ONETAKE_HOSTS")
}

fn words(name: &str) -> Vec<String> {
    let words = read(name).unwrap_or_default();
    words.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// `ONETAKE_LOG`: what is logged to stderr, as filter directives such as `info` or `steps=debug`; where not set, nothing but errors,
/// and warnings too of a house that serves.
pub(crate) fn log(usual: &str) {
    let filter = read("ONETAKE_LOG").unwrap_or_else(|| usual.into());
    let filter = tracing_subscriber::EnvFilter::builder().parse_lossy(filter);
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}

#[expect(clippy::disallowed_methods, reason = "this is the file where the program reads its environment")]
fn read(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
