//! The ports on AWS do what they say, over AWS's own SDK, against a server on this machine that answers as AWS does.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod house;
mod lost;
mod place;
mod proxy;
mod suites;
