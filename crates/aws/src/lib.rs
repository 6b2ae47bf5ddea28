//! What Lambda calls: HTTP events handed to a router, queue messages handed to a step, one at a time and in order.
//! Imports `story` only; a function's main hands the router or the step over.
//! **Invariant:** nothing here knows what a step does, and no store is named yet: functions open the local house.

mod batch;
mod environment;
mod http;
mod log;
mod queue;
mod schedule;

pub use environment::{data_folder, espeak, ffmpeg, font_folders, tokens};
pub use http::serve_http;
pub use queue::{Wake, serve_queue};
pub use schedule::serve_schedule;

/// Why a function ends before it serves, or can serve no longer: Lambda logs it and starts the function anew.
pub type Error = lambda_runtime::Error;
