//! What Lambda calls, and the ports on AWS: records in DynamoDB, artifacts in S3, queues in SQS.
//! Imports `story` only; a function's main hands the router or the step over. No other room names the AWS SDK.
//! **Invariant:** nothing here knows what a step does. No transaction, no lock, no state in a function: an answer that was lost is settled by reading.

mod account;
pub mod artifacts;
mod batch;
mod disposition;
pub mod environment;
mod heart;
mod house;
mod http;
mod log;
mod manim;
mod parts;
pub mod queue;
mod receive;
pub mod records;
mod schedule;
mod secrets;
mod tries;
mod writing;

pub use account::Account;
pub use heart::Heart;
pub use house::{Places, house};
pub use http::{serve_http, serve_http_streaming};
pub use manim::{ManimFunction, serve_programs};
pub use receive::{Wake, serve_long_queue, serve_queue};
pub use schedule::serve_schedule;
pub use secrets::{NoSecrets, Secrets};

/// Why a function ends before it serves, or can serve no longer: Lambda logs it and starts the function anew.
pub type Error = lambda_runtime::Error;
