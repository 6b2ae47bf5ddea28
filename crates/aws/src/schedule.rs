//! A schedule's events. What they say does not matter, only that they came.

use crate::{Error, log};
use lambda_runtime::{LambdaEvent, run, service_fn};
use serde_json::Value;
use story::failure::Failure;

/// Runs a step each time the schedule says so. A failure is logged; the next turn comes by itself.
///
/// # Errors
/// When the runtime cannot be reached.
pub async fn serve_schedule<F>(handler: F) -> Result<(), Error>
where
    F: AsyncFn() -> Result<(), Failure>,
{
    log::start();
    let handler = &handler;
    run(service_fn(async |_: LambdaEvent<Value>| {
        if let Err(failure) = handler().await {
            tracing::error!(error = %failure, "the scheduled step failed; it runs again with the next turn");
        }
        Ok::<(), Error>(())
    }))
    .await
}
