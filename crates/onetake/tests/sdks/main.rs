//! ElevenLabs' own SDKs, Python's and JavaScript's, with only base URL and key changed: what a caller sees at the house is what one
//! sees at the double directly, and the double's log says what was paid for it. `just sdks`; `infra/setup test` installs the SDKs.
#![expect(clippy::unwrap_used, reason = "a helper of a test is a test")]

mod compared;
mod filmed;
mod house;
mod impatient;
mod refused;
#[path = "../program/room.rs"]
#[expect(dead_code, reason = "shared with the tests of the program, which use all of it")]
mod room;
mod rows;
mod sdk;
mod silent;
#[path = "../paid/stage.rs"]
#[expect(dead_code, reason = "shared with the tests of what is paid, which use all of it")]
mod stage;
mod together;
