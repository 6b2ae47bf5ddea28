//! The doubles through real HTTP. One program, so that its client is linked once.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops here")]

mod audio;
mod books;
mod faults;
mod history;
mod lists;
mod openai;
mod program;
mod requests;
mod streams;
mod support;
