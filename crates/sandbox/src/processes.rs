//! The one place of this room that starts processes: Python, the launcher, and what installs them.

use std::ffi::OsStr;
use std::process::Command;

/// A program that is about to be started.
#[expect(clippy::disallowed_methods, reason = "the one door to Python")]
pub(crate) fn program(name: impl AsRef<OsStr>) -> Command {
    Command::new(name)
}
