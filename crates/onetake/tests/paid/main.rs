//! What is paid, and what is not paid twice: the program against doubles of the providers, counted in the doubles' books.
#![expect(clippy::unwrap_used, reason = "a helper of a test is a test")]

mod adopted;
mod audited;
mod cancelled;
mod clips;
mod counted;
mod credit;
mod explained;
mod fit;
mod lost;
#[path = "../program/measure.rs"]
#[expect(dead_code, reason = "shared with the tests of the program, which use all of it")]
mod measure;
mod openai;
mod pieces;
mod refused;
#[path = "../program/room.rs"]
#[expect(dead_code, reason = "shared with the tests of the program, which use all of it")]
mod room;
mod silence;
mod stage;
mod stats;
mod stories;
mod told;
mod voices;
mod warm;
