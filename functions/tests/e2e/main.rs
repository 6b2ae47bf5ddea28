//! The functions as AWS runs them: what `sam build` packed, under AWS's runtime emulator, called as the expanded template says, with
//! `MiniStack` for AWS's services and a double for `ElevenLabs`. A script goes in by HTTP, a film comes out of S3.
//!
//! `cargo test -p functions --test e2e -- PART` runs the stories whose name has PART; with `ONETAKE_PROGRAMS=built` the programs
//! are those that cargo has just built.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod books;
mod clips;
mod costly;
mod crowd;
mod deadly;
mod explainers;
mod films;
mod gateway;
mod keeping;
mod lost;
mod packed;
mod pictures;
mod stage;
mod stories;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(stories::tell(&arguments))
}
