//! The two errors of the inside: what a store says to a step, and what a step says to its queue.

use std::{fmt, io};
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

impl StoreError {
    /// What an error of a disk means; `what` was being done, or where.
    #[must_use]
    pub fn of_io(what: impl fmt::Display, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::Full(format!("{what}: there is no room left"))
            }
            _ => Self::Unavailable(format!("{what}: {error}")),
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_is_full_where_it_or_the_users_share_of_it_is() {
        for (kind, expected) in [
            (io::ErrorKind::StorageFull, "no space left: writing: there is no room left"),
            (io::ErrorKind::QuotaExceeded, "no space left: writing: there is no room left"),
            (io::ErrorKind::PermissionDenied, "writing: permission denied"),
        ] {
            assert_eq!(StoreError::of_io("writing", &kind.into()).to_string(), expected);
        }
    }
}
