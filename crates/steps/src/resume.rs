//! Opens an account's lanes again: a person has mended what they were stopped for.

use crate::{lane, pace};
use serde::Serialize;
use story::House;
use story::failure::StoreError;
use story::pace::{Pace, Stop};

/// What a person finds who resumes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Resumed {
    /// Whether speech was stopped.
    pub was_stopped: bool,
    /// Why: what the provider said.
    pub reason: Option<String>,
    /// Since when, RFC 3339.
    pub stopped_at: Option<String>,
}

/// Has an account called again, and wakes its lanes. Jobs that failed meanwhile are taken up by [`retry`](crate::cancel::retry).
///
/// # Errors
/// Those of the store; called again, it goes on.
pub async fn resume(house: &House, account: &str) -> Result<Resumed, StoreError> {
    let stopped = stopped(house, account).await?;
    pace::change(house, account, Pace::resumed).await?;
    lane::wake(house).await?;
    Ok(Resumed {
        was_stopped: stopped.is_some(),
        reason: stopped.as_ref().map(|stop| stop.reason.clone()),
        stopped_at: stopped.map(|stop| stop.at.to_string()),
    })
}

/// Why an account is not called, if it is not.
///
/// # Errors
/// Those of the store.
pub async fn stopped(house: &House, account: &str) -> Result<Option<Stop>, StoreError> {
    Ok(pace::read(house, account).await?.stopped)
}
