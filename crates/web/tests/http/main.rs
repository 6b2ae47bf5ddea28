//! Every route, asked as a client asks it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod cancel;
mod keys;
mod links;
mod routes;
mod set_up;
mod speech;
mod stats;
mod voices;
mod world;
