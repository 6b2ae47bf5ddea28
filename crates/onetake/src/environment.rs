//! The environment variables of the program, all of them.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use story::Invalid;

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

/// `ONETAKE_SPEECH_USD_PER_1000`: what 1,000 characters of speech cost; the bill is made with it.
pub(crate) fn usd_per_1000_characters() -> Result<Option<f64>, Invalid> {
    number("ONETAKE_SPEECH_USD_PER_1000", 0.0..=1_000.0)
}

fn number(name: &str, range: RangeInclusive<f64>) -> Result<Option<f64>, Invalid> {
    let Some(text) = read(name) else { return Ok(None) };
    let wrong =
        || Invalid::one("", format!("{name} is \"{text}\": give a number from {} to {}", range.start(), range.end()));
    text.parse().ok().filter(|number| range.contains(number)).map(Some).ok_or_else(wrong)
}

/// `ONETAKE_LOG`: what is logged to stderr, as filter directives such as `info` or `steps=debug`; nothing but errors where not set.
pub(crate) fn log() {
    let filter = read("ONETAKE_LOG").unwrap_or_else(|| "error".into());
    let filter = tracing_subscriber::EnvFilter::builder().parse_lossy(filter);
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}

#[expect(clippy::disallowed_methods, reason = "this is the file where the program reads its environment")]
fn read(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
