//! The ledger's entries: written before a call, ended after it, open until the take knows.

use crate::takes;
use story::failure::StoreError;
use story::ledger::{Attempt, Ending, OpenAttempt};
use story::records::{Partition, Read, Record};
use story::speech::TakeRequest;
use story::{AttemptId, House};

/// Notes that an attempt begins. The entry by which the sweep finds it goes first.
pub(crate) async fn begin(house: &House, attempt: &Attempt) -> Result<(), StoreError> {
    house.swap(&OpenAttempt(attempt.clone()), None).await?;
    house.swap(attempt, None).await.map(|_| ())
}

/// Notes how an attempt ended. What was spoken stays so.
pub(crate) async fn note(house: &House, attempt: &Attempt, ending: &Ending) -> Result<(), StoreError> {
    let ended = |attempt: &Attempt| {
        let settled = attempt.ending.receipt().is_some() || attempt.ending == *ending;
        (!settled).then(|| Attempt { ending: ending.clone(), ..attempt.clone() })
    };
    house.update(&attempt.partition(), &attempt.attempt.0, ended).await.map(|_| ())
}

/// Takes an attempt from the open ones: its take knows how it ended.
pub(crate) async fn close(house: &House, attempt: &AttemptId) -> Result<(), StoreError> {
    let open: Option<Read<OpenAttempt>> = house.read(&Partition::OpenAttempts, &attempt.0).await?;
    if let Some(open) = open {
        let _ = house.remove(&open).await?;
    }
    Ok(())
}

/// What an attempt asked for, if it is still known.
pub(crate) async fn request(house: &House, attempt: &Attempt) -> Result<Option<TakeRequest>, StoreError> {
    if let Some(request) = &attempt.request {
        return Ok(Some(request.clone()));
    }
    Ok(takes::read(house, &attempt.take).await?.map(|take| take.record.request))
}
