//! Every route, asked as a client asks it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod cancel;
mod health;
mod keys;
mod links;
mod requests;
mod routes;
mod set_up;
mod speech;
mod stats;
mod takes;
mod timeline;
mod voices;
mod world;
