//! What users' addresses may reach, and what may come back: against servers on this machine, and names whose addresses a test says.
#![expect(clippy::unwrap_used, reason = "a helper of a test is a test")]

mod answers;
#[path = "../shared/log.rs"]
mod log;
mod names;
mod proxy;
mod refused;
mod server;
mod silence;
