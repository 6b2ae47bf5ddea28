//! The environment variables of a function, all of them.

use std::path::PathBuf;

/// Where the functions keep the house: `ONETAKE_DATA`, by default the one folder that Lambda lets a function write to.
#[must_use]
pub fn data_folder() -> PathBuf {
    read("ONETAKE_DATA").map_or_else(|| PathBuf::from("/tmp/onetake-data"), PathBuf::from)
}

/// Tokens of which a request must carry one: `ONETAKE_TOKENS`, with commas between them; nobody needs one where not set.
#[must_use]
pub fn tokens() -> Vec<String> {
    let tokens = read("ONETAKE_TOKENS").unwrap_or_default();
    tokens.split(',').map(str::trim).filter(|token| !token.is_empty()).map(str::to_owned).collect()
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

/// What is logged: `ONETAKE_LOG`, as `tracing`'s filter directives; `info` where not set.
pub(crate) fn log_filter() -> String {
    read("ONETAKE_LOG").unwrap_or_else(|| "info".into())
}

/// Empty counts as absent: a template cannot leave a variable out by a condition when it runs on one machine.
#[expect(clippy::disallowed_methods, reason = "this is the file where functions read their environment")]
fn read(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
