//! The environment variables of a function, all of them.

use std::path::PathBuf;

/// Where the functions keep the house: `ONETAKE_DATA`, by default the one folder that Lambda lets a function write to.
#[must_use]
pub fn data_folder() -> PathBuf {
    read("ONETAKE_DATA").map_or_else(|| PathBuf::from("/tmp/onetake-data"), PathBuf::from)
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
