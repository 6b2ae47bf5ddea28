//! Every route, asked as a client asks it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod cancel;
mod routes;
mod speech;
mod stats;
mod world;
