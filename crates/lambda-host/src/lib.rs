//! For tests: what AWS does around functions. Starts their real `bootstrap` files under AWS's own runtime emulator, and hands them
//! HTTP events, queue messages and turns of a schedule as the template says; what they ask of AWS goes to `MiniStack`, past their
//! policies. Imports nothing of ours.
//! **Invariant:** a test that asked for the emulator or `MiniStack` never passes without; what the template does not set is not
//! there; no process outlives its owner.

mod call;
mod environment;
mod function;
mod gateway;
mod host;
mod instance;
mod ministack;
mod policy;
mod poller;
mod ports;
mod processes;
mod proxy;
mod services;
mod streaming;
mod template;
mod url;
mod wire;

pub use function::Tally;
pub use host::{Host, Image, Programs, Report, Secret, Settings, Turns};
pub use instance::{Instance, InstanceSettings};
pub use ministack::MiniStack;
pub use streaming::Streaming;

use std::path::{Path, PathBuf};

/// A file beside the repository's manifest, by its path there: `infra/events/preview.json`.
///
/// # Panics
/// When it is not there.
#[must_use]
pub fn repository_file(path: &str) -> PathBuf {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    assert!(file.exists(), "{} is missing", file.display());
    file
}
