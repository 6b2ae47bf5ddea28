//! The environment variables of a function, all of them.

use crate::house::Places;
use crate::queue::Urls;
use std::path::PathBuf;
use story::house::Settings;
use story::{Invalid, number};

/// What may stand in a secret only: the environment of a function is shown to whoever may look at the function.
const SECRET: [&str; 3] = ["ELEVENLABS_API_KEY", "OPENAI_API_KEY", "ONETAKE_TOKENS"];

/// Refuses keys and tokens in the environment.
pub(crate) fn refuse_keys() -> Result<(), String> {
    match SECRET.into_iter().find(|name| read(name).is_some()) {
        None => Ok(()),
        Some(name) => Err(format!(
            "{name} stands in the function's environment, where it is not safe: put it into the secret that ONETAKE_SECRETS names"
        )),
    }
}

/// Where a deployment keeps what it has: `ONETAKE_TABLE` and `ONETAKE_BUCKET` (names), `ONETAKE_SPEECH_QUEUE`,
/// `ONETAKE_ADVANCE_QUEUE` and `ONETAKE_COMPOSE_QUEUE` (URLs).
///
/// # Errors
/// A sentence, where one of them is not set.
pub fn places() -> Result<Places, String> {
    let named = |name: &str| read(name).ok_or_else(|| format!("{name} is not set: the template names it"));
    Ok(Places {
        table: named("ONETAKE_TABLE")?,
        bucket: named("ONETAKE_BUCKET")?,
        queues: Urls {
            speech: named("ONETAKE_SPEECH_QUEUE")?,
            advance: named("ONETAKE_ADVANCE_QUEUE")?,
            compose: named("ONETAKE_COMPOSE_QUEUE")?,
        },
    })
}

/// What the owner has set: `ONETAKE_SPEECH_LANES` (calls that may run at once at the speech provider), `ONETAKE_PREVIEW_TTL_S`,
/// `ONETAKE_FILM_TTL_S` and `ONETAKE_TAKE_TTL_S` (seconds that each is kept after its last use).
///
/// # Errors
/// A sentence about the one that cannot be right.
pub fn settings() -> Result<Settings, Invalid> {
    let defaults = Settings::default();
    let seconds = |name: &str, default| -> Result<u64, Invalid> {
        Ok(number::seconds_as_ms(name, read(name).as_deref())?.unwrap_or(default))
    };
    Ok(Settings {
        lanes: number::whole("ONETAKE_SPEECH_LANES", read("ONETAKE_SPEECH_LANES").as_deref(), 1..=20)?
            .unwrap_or(defaults.lanes),
        preview_ttl_ms: seconds("ONETAKE_PREVIEW_TTL_S", defaults.preview_ttl_ms)?,
        film_ttl_ms: seconds("ONETAKE_FILM_TTL_S", defaults.film_ttl_ms)?,
        take_ttl_ms: seconds("ONETAKE_TAKE_TTL_S", defaults.take_ttl_ms)?,
        ..defaults
    })
}

/// Where keys and tokens lie: `ONETAKE_SECRETS`, a secret of Secrets Manager by its name or ARN, or a parameter of SSM by its ARN
/// or its name, which begins with `/`.
#[must_use]
pub fn secrets() -> Option<String> {
    read("ONETAKE_SECRETS")
}

/// Whether the rehearsal speaks, which needs no key: `ONETAKE_REHEARSAL`.
#[must_use]
pub fn rehearses() -> bool {
    is_true("ONETAKE_REHEARSAL")
}

/// Whether nobody needs a token: `ONETAKE_OPEN`.
#[must_use]
pub fn is_open() -> bool {
    is_true("ONETAKE_OPEN")
}

/// Who speaks: `ONETAKE_SPEECH`; see `providers::Choice`.
#[must_use]
pub fn speech() -> Option<String> {
    read("ONETAKE_SPEECH")
}

/// Where the speech provider is reached: `ONETAKE_SPEECH_URL`.
#[must_use]
pub fn speech_url() -> Option<String> {
    read("ONETAKE_SPEECH_URL")
}

/// The model of speakers that name none: `ONETAKE_SPEECH_MODEL`.
#[must_use]
pub fn speech_model() -> Option<String> {
    read("ONETAKE_SPEECH_MODEL")
}

/// What 1,000 charged characters of speech cost: `ONETAKE_SPEECH_USD_PER_1000`; the bill is made with it.
///
/// # Errors
/// A sentence, where it is no number.
pub fn usd_per_1000_characters() -> Result<Option<f64>, Invalid> {
    let name = "ONETAKE_SPEECH_USD_PER_1000";
    number::number(name, read(name).as_deref(), &(0.0..=1_000.0))
}

/// The ffmpeg to use: `ONETAKE_FFMPEG`; the one in `PATH` where not set.
#[must_use]
pub fn ffmpeg() -> PathBuf {
    read("ONETAKE_FFMPEG").map_or_else(|| PathBuf::from("ffmpeg"), PathBuf::from)
}

/// Folders with fonts, separated as in `PATH`: `ONETAKE_FONTS`.
#[must_use]
pub fn font_folders() -> Option<Vec<PathBuf>> {
    read("ONETAKE_FONTS").map(|folders| std::env::split_paths(&folders).collect())
}

/// The espeak-ng to rehearse with: `ONETAKE_ESPEAK`; `none` rehearses with tones; the one in `PATH` where not set.
#[must_use]
pub fn espeak() -> Option<PathBuf> {
    let named = read("ONETAKE_ESPEAK").unwrap_or_else(|| "espeak-ng".into());
    (named != "none").then(|| PathBuf::from(named))
}

/// What is asked in place of AWS's services: `ONETAKE_AWS_ENDPOINT`, for tests.
pub(crate) fn endpoint() -> Option<String> {
    read("ONETAKE_AWS_ENDPOINT")
}

/// What is logged: `ONETAKE_LOG`, as `tracing`'s filter directives; `info` where not set.
pub(crate) fn log_filter() -> String {
    read("ONETAKE_LOG").unwrap_or_else(|| "info".into())
}

fn is_true(name: &str) -> bool {
    read(name).is_some_and(|value| value == "true")
}

/// Empty counts as absent: a template cannot leave a variable out by a condition when it runs on one machine.
#[expect(clippy::disallowed_methods, reason = "this is the file where functions read their environment")]
fn read(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
