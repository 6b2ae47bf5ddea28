//! What stands for AWS around the functions, tried by itself: with a function written in shell, and by calls made by hand.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod emulator;
mod gateway;
mod ministack;
mod policies;
mod queues;
mod stage;
