//! Messages of a queue, each handed to one step.

use crate::Error;
use crate::batch::{Answer, Batch, settle};
use crate::heart::Heart;
use lambda_runtime::{LambdaEvent, run, service_fn};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use story::failure::Failure;

/// A message of `speech.fifo`: a wake-up, not the work.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Wake {}

/// Hands each message's body to a step, with how often it was handed over, this time included, until Lambda ends the process. What the step wants again (`Retry`) goes back to the
/// queue; what it gives up, and what cannot be read, is logged once and taken off it.
///
/// # Errors
/// When the runtime cannot be reached.
pub async fn serve_queue<T, F>(handler: F) -> Result<(), Error>
where
    T: DeserializeOwned,
    F: AsyncFn(T, u32) -> Result<(), Failure>,
{
    let handler = &handler;
    run(service_fn(async |event: LambdaEvent<Batch>| Ok::<Answer, Error>(settle(event.payload, handler).await))).await
}

/// The same for a step that may take longer than a minute: its message is kept from others as long as the function lives.
///
/// # Errors
/// When the runtime cannot be reached.
pub async fn serve_long_queue<T, F>(heart: &Heart, handler: F) -> Result<(), Error>
where
    T: DeserializeOwned,
    F: AsyncFn(T, u32) -> Result<(), Failure>,
{
    let handler = &handler;
    run(service_fn(async |event: LambdaEvent<Batch>| {
        let receipts = event.payload.receipts();
        Ok::<Answer, Error>(heart.beats_during(&receipts, settle(event.payload, handler)).await)
    }))
    .await
}
