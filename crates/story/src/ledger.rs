//! The ledger: every call for a take, paid or not.

use crate::ids::{AttemptId, JobId, TakeKey};
use crate::records::{Partition, Record};
use crate::speech::Receipt;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// One call for a take. Written before the call, so that none is ever unknown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    /// Its name.
    pub attempt: AttemptId,
    /// The take.
    pub take: TakeKey,
    /// The job it is made for.
    pub job: JobId,
    /// The lane it is made on.
    pub lane: u32,
    /// When it began.
    pub started_at: Timestamp,
    /// How it ended.
    pub ending: Ending,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// It has not.
    Open,
    /// With sound.
    Spoken(Receipt),
    /// Without sound and without charge; the sentence says why.
    Closed(String),
}

impl Record for Attempt {
    fn partition(&self) -> Partition {
        Partition::Ledger(self.started_at.0 / 86_400_000)
    }
    fn key(&self) -> String {
        self.attempt.0.clone()
    }
}

/// An attempt that has begun and is not settled: for the sweep to find.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpenAttempt(pub Attempt);

impl Record for OpenAttempt {
    fn partition(&self) -> Partition {
        Partition::OpenAttempts
    }
    fn key(&self) -> String {
        self.0.attempt.0.clone()
    }
}
