//! Messages of a queue, each handed to one step.

use crate::batch::{Answer, Batch, settle};
use crate::heart::Heart;
use crate::{Error, log};
use lambda_runtime::{LambdaEvent, run, service_fn};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use story::failure::Failure;

/// A message of `speech.fifo`: a wake-up, not the work.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Wake {}

/// Times that a message is worked on. Once more, and its work is given up: it ends its function each time.
const TRIES: u32 = 3;

/// Why it is.
const TRIED: &str = "a step of this job was tried three times and came to no end: it may need more time or memory than its function has, \
                     or a store did not answer; the function's log says more";

/// Hands each message's body to a step until Lambda ends the process. What the step wants again (`Retry`) goes back to the
/// queue; what it gives up, and what cannot be read, is logged once and taken off it.
///
/// # Errors
/// When the runtime cannot be reached.
pub async fn serve_queue<T, F>(handler: F) -> Result<(), Error>
where
    T: DeserializeOwned,
    F: AsyncFn(T) -> Result<(), Failure>,
{
    log::start();
    let handler = &async |message: T, _| handler(message).await;
    run(service_fn(async |event: LambdaEvent<Batch>| Ok::<Answer, Error>(settle(event.payload, handler).await))).await
}

/// The same for a step that may take longer than a minute: its message is kept from others as long as the function lives.
///
/// # Errors
/// When the runtime cannot be reached.
pub async fn serve_long_queue<T, F>(heart: &Heart, handler: F) -> Result<(), Error>
where
    T: DeserializeOwned,
    F: AsyncFn(T) -> Result<(), Failure>,
{
    serve_counted(heart, &async |message: T, _| handler(message).await).await
}

/// The same for work that must come to an end: what was handed over three times before is given up, with a sentence.
///
/// # Errors
/// When the runtime cannot be reached.
pub async fn serve_work<T, F, G>(heart: &Heart, handler: F, give_up: G) -> Result<(), Error>
where
    T: DeserializeOwned,
    F: AsyncFn(T) -> Result<(), Failure>,
    G: AsyncFn(T, &str) -> Result<(), Failure>,
{
    let counted =
        async |message: T, tries| if tries > TRIES { give_up(message, TRIED).await } else { handler(message).await };
    serve_counted(heart, &counted).await
}

async fn serve_counted<T, F>(heart: &Heart, handler: &F) -> Result<(), Error>
where
    T: DeserializeOwned,
    F: AsyncFn(T, u32) -> Result<(), Failure>,
{
    log::start();
    run(service_fn(async |event: LambdaEvent<Batch>| {
        let receipts = event.payload.receipts();
        Ok::<Answer, Error>(heart.beats_during(&receipts, settle(event.payload, handler)).await)
    }))
    .await
}
