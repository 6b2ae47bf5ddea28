//! Waiting for stores, though not for ever.

use futures_util::future::{Either, select};
use std::pin::pin;
use std::time::Duration;
use story::failure::StoreError;
use story::{Failure, House};

/// A store that has not answered for so long never will: the worker ends, and another begins.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits for what stores must answer.
pub(crate) async fn within<T, E: Into<Failure>>(
    house: &House,
    doing: impl Future<Output = Result<T, E>>,
) -> Result<T, Failure> {
    match select(pin!(doing), pin!(house.clock.sleep(PATIENCE))).await {
        Either::Left((done, _)) => done.map_err(Into::into),
        Either::Right(_) => Err(StoreError::Unavailable(format!("no answer for {} s", PATIENCE.as_secs())).into()),
    }
}
