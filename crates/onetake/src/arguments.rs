//! What can be typed.

mod serving;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use serde::de::DeserializeOwned;
use std::path::PathBuf;
use story::plan::{OnPictureFailure, OnSpeechFailure, OnUncertain};
use story::ticket::Priority;

pub(crate) use serving::Serving;

/// Turns a script into a narrated, captioned video. Every line is spoken, and paid for, in one take.
#[derive(Debug, Parser)]
#[command(
    name = "onetake",
    version,
    after_help = "\
Examples:
  onetake film examples/dialogue.json --rehearse     a film without any account or key
  onetake preview dialogue.json                      hear it first; change a line, hear it again
  onetake video --preview ID                         the film of what was heard: no line is spoken again
  onetake clip \"A paper boat at dawn\" --rehearse      one generated clip, from a prompt
  onetake explain \"backpropagation\" --rehearse        a topic, explained in animated sections
  onetake estimate dialogue.json                     what a change would cost
  onetake estimate dialogue.json --fit 59s           whether it is short enough, and what would make it so
  onetake status ID --watch                          how far a job is
  onetake retry ID                                   buy what failed or was left silent
  onetake adopt --since 90d                          take over what ElevenLabs' history holds: it is paid already
  onetake audit                                      the ledger beside ElevenLabs' books
  onetake warm phrases.txt                           speak a list of phrases when nothing else is to be done
  onetake stats                                      what was spoken and saved, what waits, how fast it goes
  onetake resume                                     an account without credit has some again: go on
  onetake doctor                                     what is missing here, and what to do about it
  onetake serve                                      answer programs over HTTP at 127.0.0.1:8080
  onetake schema > script.schema.json                what a script may say

A script is JSON, or plain text with lines like `ANA: Hello.`
With a key in ELEVENLABS_API_KEY, ElevenLabs speaks and is paid; with --rehearse nothing is.

Exit codes:
  0  done
  1  it did not work: the job, the account, the provider or the port; or the books differ. The reason is printed
  2  the script or the command is wrong; every problem is named, nothing was written
  3  something is not installed; what, and how to get it, is printed
  4  there is no such job
  5  the disk is full or the folder does not work; what was made is kept, run it again
  130  stopped by Ctrl-C; run it again and it goes on"
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) verb: Verb,

    /// The folder everything is kept in [default: `$ONETAKE_DATA`, else ./onetake-data]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,

    /// Run programs that a model wrote for Manim without any sandbox, where this kernel has none: they can do all that you can
    #[arg(long, global = true)]
    pub(crate) unsafe_animations: bool,

    /// Print the job as JSON, for programs
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Speak a script and make its film: it can be heard while its scenes are rendered
    #[command(after_help = "Example:\n  onetake film examples/dialogue.json --rehearse --resolution 480p")]
    Film {
        /// The script: JSON, or lines like `ANA: Hello.`; a text that is none is a story
        script: PathBuf,
        #[command(flatten)]
        making: Making,
    },
    /// Speak a script: one track to listen to, segments, captions
    #[command(after_help = "Example:\n  onetake preview examples/dialogue.json --rehearse")]
    Preview {
        /// The script: JSON, or lines like `ANA: Hello.`
        script: PathBuf,
        #[command(flatten)]
        making: Making,
    },
    /// Make a film from a preview, or straight from a script
    #[command(after_help = "\
Examples:
  onetake video --preview ID                   what was heard becomes the film
  onetake video --preview ID dialogue.json     lines that changed since are spoken, the rest is not
  onetake video dialogue.json --aspect 16:9    as `onetake film` does")]
    Video {
        /// The script: JSON, or lines like `ANA: Hello.`; a text that is none is a story
        #[arg(required_unless_present = "preview")]
        script: Option<PathBuf>,
        /// The preview to make it from
        #[arg(long, value_name = "ID")]
        preview: Option<String>,
        #[command(flatten)]
        making: Making,
    },
    /// Have a clip generated from a prompt, or from a prompt and a picture
    #[command(after_help = "\
Several prompts are several clips: they share what the provider takes in a minute.
A clip is kept for two hours after its last use (ONETAKE_CLIP_TTL_S).

Examples:
  onetake clip \"A paper boat crosses a harbour at dawn\" --rehearse
  onetake clip \"It begins to rain\" --from ID               the earlier clip goes on
  onetake clip \"The boat is red\" --from ID --task edit     the earlier clip, otherwise
  onetake clip \"The camera rises\" --image harbour.jpg --seconds 5 --aspect 16:9")]
    Clip {
        /// What is to happen; each prompt becomes a clip
        #[arg(required = true, value_name = "PROMPT")]
        prompts: Vec<String>,
        #[command(flatten)]
        clip: Clipping,
        #[command(flatten)]
        speaking: Speaking,
    },
    /// Explain a topic: a writer plans sections, each is spoken, and animated in time with its words
    #[command(after_help = "\
With --rehearse three topics are known by heart: backpropagation, compound interest, the water cycle.
Each section is a film of its own too, as soon as it is there: scene-000.mp4 and so on.

Examples:
  onetake explain \"backpropagation\" --rehearse
  onetake explain \"why the sky is blue\" --sections 3 --aspect 16:9
  onetake explain \"backpropagation\" --rehearse --style manim    by programs for Manim (`onetake doctor --install-manim`)")]
    Explain {
        /// What is to be explained, in a few words or in many
        topic: String,
        #[command(flatten)]
        explaining: Explaining,
        #[command(flatten)]
        making: Making,
    },
    /// Say what a film of a script would cost; buys nothing
    Estimate {
        /// The script: JSON, or lines like `ANA: Hello.`
        script: PathBuf,
        #[command(flatten)]
        making: Making,
    },
    /// Speak a list of phrases when nothing else is to be done: whatever says one of them later has it at once, for nothing
    #[command(after_help = "\
Phrases are said by one voice, one a line. Blank lines and lines that begin with # are passed over.
Where every line begins with a name (`ANA: Hello.`) the file is a script, unless --voice or --model is given.

Examples:
  onetake warm phrases.txt --voice JBFqnCBsd6RMkjVDRZzb
  onetake warm dialogue.json                   a script's lines; its film speaks nothing then")]
    Warm {
        /// Phrases, one a line; or a script: JSON, or lines like `ANA: Hello.`
        file: PathBuf,
        /// The voice of all phrases, by its id
        #[arg(long, value_name = "ID")]
        voice: Option<String>,
        /// The model of all phrases
        #[arg(long, value_name = "ID")]
        model: Option<String>,
        #[command(flatten)]
        speaking: Speaking,
    },
    /// Show a job
    Status {
        /// The job
        id: String,
        /// Stay until it has ended
        #[arg(long)]
        watch: bool,
    },
    /// List the jobs, newest first
    Jobs {
        /// How many
        #[arg(long, default_value_t = 20)]
        limit: usize,
    },
    /// Remove jobs and their files; takes are kept
    Rm {
        /// The jobs
        #[arg(required = true)]
        ids: Vec<String>,
    },
    /// Cancel a job: what is being spoken is finished and kept, nothing else is begun
    Cancel {
        /// The job
        id: String,
    },
    /// Take a job up again that failed, was cancelled, or has silent lines; only what is missing is bought
    Retry {
        /// The job
        id: String,
    },
    /// Set the ledger beside the provider's history and balance, to the character
    #[command(after_help = "\
Exit code 1 if they differ. Calls that came from elsewhere are named.

Example:
  onetake audit --since 7d")]
    Audit {
        /// From when on: days as `30d`, or a date as `2026-11-01`
        #[arg(long, default_value = "30d", value_name = "WHEN")]
        since: String,
    },
    /// File what the provider's history holds as takes: lines that were paid for before cost nothing again
    #[command(after_help = "Example:\n  onetake adopt --since 90d")]
    Adopt {
        /// From when on: days as `90d`, or a date as `2026-11-01`
        #[arg(long, value_name = "WHEN")]
        since: String,
    },
    /// Show what was spoken and saved, what waits, what is being spoken, and how fast it goes
    #[command(after_help = "Example:\n  onetake stats --since 7d")]
    Stats {
        /// From when on: days as `30d`, or a date as `2026-11-01`
        #[arg(long, default_value = "30d", value_name = "WHEN")]
        since: String,
        /// Those of the rehearsal, whatever keys there are
        #[arg(long)]
        rehearse: bool,
    },
    /// Call the speech account again after it was stopped: once it has credit, or a good key
    #[command(after_help = "\
A job that failed meanwhile is taken up by `onetake retry ID`, which resumes too.")]
    Resume,
    /// Remove what has expired, and move on what stands still
    Sweep {
        /// Keep so many megabytes of takes; the least recently used that no job uses go first
        #[arg(long, value_name = "MB")]
        keep_takes_mb: Option<u64>,
    },
    /// Be the whole house in one process: answer programs over HTTP, speak, draw, sweep
    #[command(after_help = serving::HELP)]
    Serve(Serving),
    /// Say what is here and what is missing, and what to do about it; install Manim
    #[command(after_help = "\
Exit code 3 if something is missing. Without Manim all but `--style manim` works.

Examples:
  onetake doctor
  onetake doctor --install-manim               Manim in an environment of its own (530 MB, a minute)")]
    Doctor {
        /// Make the environment that programs for Manim run in: its place is `$ONETAKE_MANIM`, else among your data; root's is /var/lib/onetake/manim
        #[arg(long)]
        install_manim: bool,
    },
    /// Print the JSON Schema of scripts
    Schema,
}

/// How to make it.
#[derive(Debug, Args)]
pub(crate) struct Making {
    #[command(flatten)]
    pub(crate) speaking: Speaking,

    /// `draft` is 360 pixels wide and draws every second frame: a fifth of the work, the same sound
    #[arg(long, value_enum, default_value = "final")]
    pub(crate) quality: Quality,

    /// Shape of the frame, in place of the script's: 9:16, 16:9, 1:1, 4:5
    #[arg(long, value_name = "SHAPE")]
    pub(crate) aspect: Option<String>,

    /// Shorter side of the frame, in place of the script's: 240p … 1440p
    #[arg(long, value_name = "LINES")]
    pub(crate) resolution: Option<String>,

    /// Frames per second, in place of the script's: 24, 25, 30, 50, 60
    #[arg(long)]
    pub(crate) fps: Option<u32>,

    /// Say how long it will be before anything is paid, and what would make it fit: `59s`, `1.5m`
    #[arg(long, value_name = "TIME", value_parser = length_s)]
    pub(crate) fit: Option<f64>,

    #[command(flatten)]
    pub(crate) telling: Telling,

    /// How urgent its lines are, in place of what its verb has [default: `preview`, or `video` for `onetake video`]
    #[arg(long, value_parser = one_of::<Priority>(&["interactive", "preview", "video", "warm"]))]
    pub(crate) priority: Option<Priority>,
}

/// What becomes of a story, and in which languages.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Telling {
    /// Of a story: how many scenes, at most
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=60))]
    pub(crate) scenes: Option<u32>,

    /// Of a story: words that are added to what is said of every picture; of a topic: how its animations are made (`declarative` or `manim`)
    #[arg(long, value_name = "WORDS")]
    pub(crate) style: Option<String>,

    /// The same film in these languages too, such as de,es: the same pictures, other words
    #[arg(long, value_name = "CODES", value_delimiter = ',')]
    pub(crate) lang: Vec<String>,
}

/// How a topic is explained.
#[derive(Debug, Args)]
pub(crate) struct Explaining {
    /// How many sections [default: about five]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=12))]
    pub(crate) sections: Option<u32>,

    /// The language of the film, such as de [default: the topic's own]
    #[arg(long, value_name = "CODE")]
    pub(crate) language: Option<String>,

    /// The voice, by its id [default: the provider's first]
    #[arg(long, value_name = "ID")]
    pub(crate) voice: Option<String>,
}

/// What a clip is to be.
#[derive(Debug, Args)]
pub(crate) struct Clipping {
    /// The picture that it begins with
    #[arg(long, value_name = "FILE", conflicts_with = "from")]
    pub(crate) image: Option<PathBuf>,

    /// The job of an earlier clip that it goes on with, or that is edited
    #[arg(long, value_name = "ID")]
    pub(crate) from: Option<String>,

    /// What is done with the earlier clip: `extend` or `edit` [default: extend]
    #[arg(long, value_parser = PossibleValuesParser::new(["extend", "edit"]), requires = "from", value_name = "WHAT")]
    pub(crate) task: Option<String>,

    /// The model [default: the provider's newest]
    #[arg(long, value_name = "NAME")]
    pub(crate) model: Option<String>,

    /// Shape of its frame: 9:16 or 16:9 [default: 9:16]
    #[arg(long, value_name = "SHAPE")]
    pub(crate) aspect: Option<String>,

    /// How long it is to be [default: 8, or what the model makes that is next to it]
    #[arg(long)]
    pub(crate) seconds: Option<u32>,
}

/// How to speak it.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Speaking {
    /// Use no provider, whatever keys there are: this machine speaks, for nothing
    #[arg(long)]
    pub(crate) rehearse: bool,

    /// What becomes of a line that cannot be spoken: the job fails, or the line is silent until `onetake retry ID` buys it
    #[arg(long, value_parser = one_of::<OnSpeechFailure>(&["fail", "silence"]), default_value = "fail", value_name = "WHAT")]
    pub(crate) on_speech_failure: OnSpeechFailure,

    /// What becomes of a picture that cannot be had: the job fails, or a card stands in until `onetake retry ID` tries again
    #[arg(long, value_parser = one_of::<OnPictureFailure>(&["fail", "card"]), default_value = "fail", value_name = "WHAT")]
    pub(crate) on_picture_failure: OnPictureFailure,

    /// What becomes of a call that was lost and that the provider's history does not have: it is bought again, or the job fails
    /// [default: buy; fail for clips]
    #[arg(long, value_parser = one_of::<OnUncertain>(&["buy", "fail"]), value_name = "WHAT")]
    pub(crate) on_uncertain: Option<OnUncertain>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Quality {
    Draft,
    Final,
}

/// A length in seconds: `59s`, `59`, `1.5m`.
fn length_s(text: &str) -> Result<f64, String> {
    let (number, unit_s) = match text.strip_suffix('m') {
        Some(minutes) => (minutes, 60.0),
        None => (text.strip_suffix('s').unwrap_or(text), 1.0),
    };
    let is_plain = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let length_s = number.parse::<f64>().ok().filter(|_| is_plain).map(|number| number * unit_s);
    length_s
        .filter(|length_s| (0.1..=86_400.0).contains(length_s))
        .ok_or_else(|| "give seconds or minutes such as 59s or 1.5m, at most a day".to_owned())
}

/// One of some words, as the API has them too.
fn one_of<T: DeserializeOwned + Clone + Send + Sync + 'static>(
    words: &'static [&'static str],
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(words)
        .map(|word| serde_json::from_value(word.into()).expect("each word is one of its type's"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;
    use clap::error::ErrorKind;

    #[test]
    fn a_length_is_seconds_or_minutes() {
        for (text, expected) in [
            ("59s", Some(59.0)),
            ("59", Some(59.0)),
            ("1.5m", Some(90.0)),
            ("0.1s", Some(0.1)),
            ("1440m", Some(86_400.0)),
            ("1441m", None),
            ("0", None),
            ("-3s", None),
            ("+3s", None),
            ("1e3s", None),
            ("inf", None),
            ("NaN", None),
            ("ms", None),
            ("59 s", None),
            ("", None),
        ] {
            assert_eq!(length_s(text).ok(), expected, "{text:?}");
        }
    }

    #[test]
    fn every_word_that_an_option_offers_is_understood_and_no_other() {
        let mut offered = Vec::new();
        for option in Arguments::command().find_subcommand("film").expect("a verb").get_arguments() {
            let Some(name) = option.get_long().filter(|_| option.get_action().takes_values()) else { continue };
            let words: Vec<String> =
                option.get_possible_values().iter().map(|word| word.get_name().to_owned()).collect();
            let read = |word: &str| Arguments::try_parse_from(["onetake", "film", "a", &format!("--{name}={word}")]);
            for word in &words {
                assert!(read(word).is_ok(), "--{name}={word}");
                let other = read(&format!("{word}s")).map(|_| ()).map_err(|error| error.kind());
                assert_eq!(other, Err(ErrorKind::InvalidValue), "--{name}={word}s");
            }
            offered.extend((!words.is_empty()).then(|| format!("{name}: {}", words.join(", "))));
        }
        assert_eq!(
            offered,
            [
                "on-speech-failure: fail, silence",
                "on-picture-failure: fail, card",
                "on-uncertain: buy, fail",
                "quality: draft, final",
                "priority: interactive, preview, video, warm",
            ]
        );
    }
}
