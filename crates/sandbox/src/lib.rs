//! Where code of a model's is run: Manim, in a process that can read its libraries, write one folder, and do nothing else.
//! Imports `story`.
//! **Invariant:** no program runs in here unless all walls stand; where one cannot be put up, nothing is run, unless a person said so.

#[cfg(target_os = "linux")]
mod calls;
mod environment;
mod install;
#[cfg(target_os = "linux")]
mod launcher;
mod manim;
#[cfg(target_os = "linux")]
mod paths;
mod processes;
mod scratch;
mod stage;
mod watch;

pub use environment::{Check, Environment, checks};
pub use install::{INSTALLED, install};
#[cfg(target_os = "linux")]
pub use launcher::{launch, walls};
pub use manim::{Limits, Manim, Walls};

/// The first argument of a program that is to be the launcher.
pub const LAUNCH: &str = "confined-python";

/// What there is of walls, by name; where a wall is missing, why.
#[cfg(not(target_os = "linux"))]
#[must_use]
pub fn walls() -> Vec<(&'static str, Result<String, String>)> {
    vec![("sandbox", Err("only Linux has what it takes (Landlock and seccomp)".to_owned()))]
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_runs_programs_is_what_their_films_are_kept_by() {
        let stage = story::ids::sha256_hex(format!("{}{}", crate::stage::STAGE, crate::INSTALLED).as_bytes());
        assert_eq!(story::animator::STAGE, &stage[..8], "say so there: what another stage drew is drawn anew");
    }
}

/// There are no walls to put up.
#[cfg(not(target_os = "linux"))]
pub fn launch(_arguments: impl Iterator<Item = std::ffi::OsString>) -> std::process::ExitCode {
    std::process::ExitCode::FAILURE
}
