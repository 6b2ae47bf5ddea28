//! The two errors of the inside: what a store says to a step, and what a step says to its queue.

use thiserror::Error;

/// What a store (records, artifacts, queue) can say. A variant is added only if a step would act differently.
#[derive(Clone, Debug, Error)]
pub enum StoreError {
    /// There is no room left; nothing will work until a person makes some.
    #[error("no space left: {0}")]
    Full(String),
    /// It did not work now and may later.
    #[error("{0}")]
    Unavailable(String),
}

/// What a step says to the queue that handed it the work.
#[derive(Debug, Error)]
pub enum Failure {
    /// Not now: hand it over again later.
    #[error("{0}")]
    Retry(#[source] StoreError),
    /// Never: the sentence is the reason a user reads.
    #[error("{0}")]
    GiveUp(String),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Retry(error)
    }
}
