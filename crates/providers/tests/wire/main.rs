//! Vendors against servers: some write what they are told to, byte for byte; the doubles behave as the vendors do, and count.
#![expect(clippy::unwrap_used, reason = "a helper of a test is a test")]

mod accounts;
mod busy;
mod clips;
mod double;
mod double_clips;
mod double_images;
mod double_openai;
mod elevenlabs;
mod images;
mod keys;
#[path = "../shared/log.rs"]
mod log;
mod openai;
mod server;
mod writer;
