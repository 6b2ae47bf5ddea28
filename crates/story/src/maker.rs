//! What all makers have in common: providers that are asked for sound, pictures or words, and paid.

use thiserror::Error;

/// What can go wrong with a call, by meaning. A variant is added only if a step acts differently on it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MakerError {
    /// Too much at once; not charged.
    #[error("the provider is busy")]
    Busy(Busy),
    /// The request is wrong; it will never work. The sentence says why.
    #[error("{0}")]
    Refused(String),
    /// No credit, or a bad key: nothing will work until a person acts. The sentence says what to do.
    #[error("{0}")]
    Spent(String),
    /// It did not work, was not charged, and may be tried again.
    #[error("{0}")]
    Broken(String),
    /// It may have been charged: only the provider's history can tell.
    #[error("{0}")]
    Unknown(String),
    /// It was too late to begin: nothing was sent.
    #[error("it was too late to begin the call")]
    TooLate,
}

/// How a provider is too busy for a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Busy {
    /// Whether too many calls ran at once: the next is taken when one of them has ended.
    pub is_crowded: bool,
    /// How long it wants to be left alone.
    pub retry_after_ms: Option<u64>,
    /// What it said of calls at once.
    pub concurrency: Option<Concurrency>,
}

/// What a provider says of calls at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Concurrency {
    /// Calls of the account that run.
    pub current: u32,
    /// Calls that may.
    pub maximum: u32,
}

/// Asked at the moment when a request's body leaves, on a connection that is open: "no" and nothing is sent.
pub type MayBegin = Box<dyn FnOnce() -> bool + Send>;
