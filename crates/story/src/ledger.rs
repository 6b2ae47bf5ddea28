//! The ledger: every call for a take, paid or not.

use crate::ids::{AttemptId, JobId, TakeKey};
use crate::records::{Partition, Record};
use crate::speech::{Receipt, TakeRequest};
use crate::ticket::Priority;
use crate::time::{DAY_MS, Timestamp};
use crate::timeline::Times;
use serde::{Deserialize, Serialize};

/// One call for a take. Written before the call, so that none is ever unknown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    /// Its name.
    pub attempt: AttemptId,
    /// The take.
    pub take: TakeKey,
    /// What is asked for: a take that was removed can be filed again from the provider's history as what it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<TakeRequest>,
    /// The job it is made for.
    pub job: JobId,
    /// The lane it is made on.
    pub lane: u32,
    /// Which account pays: [`Profile::account`](crate::speech::Profile::account).
    pub account: String,
    /// Characters of the text.
    pub characters: u64,
    /// When it began.
    pub started_at: Timestamp,
    /// No request is sent later than this.
    pub begin_by: Timestamp,
    /// The lost attempt whose sound it fetches from the provider's history, if it makes no call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovers: Option<AttemptId>,
    /// From the call to the first byte of its answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_byte_ms: Option<u64>,
    /// Who ordered that job, by its ticket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<String>,
    /// How urgent it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// How much sound came.
    #[serde(default, skip_serializing_if = "Came::is_nothing")]
    pub came: Came,
    /// When it waited, was called for, and was there.
    #[serde(default, skip_serializing_if = "Times::is_nothing")]
    pub times: Times,
    /// How it ended.
    pub ending: Ending,
}

/// How much sound an attempt brought. Entries of earlier versions do not say it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Came {
    /// In so many chunks, where the provider was heard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chunks: Option<u64>,
    /// Length in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Length in time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
}

impl Came {
    /// Whether nothing is known.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// It has not.
    Open,
    /// With sound that was paid for.
    Spoken(Receipt),
    /// With sound that was paid for before: the provider's history had it.
    Recovered(Receipt),
    /// It may have been charged, and the provider's history does not have it.
    Lost,
    /// The provider was too busy for it; not charged.
    Busy,
    /// Without sound and without charge; the sentence says why.
    Closed(String),
}

impl Ending {
    /// What the provider said of the call, if it answered.
    #[must_use]
    pub fn receipt(&self) -> Option<&Receipt> {
        match self {
            Self::Spoken(receipt) | Self::Recovered(receipt) => Some(receipt),
            Self::Open | Self::Lost | Self::Busy | Self::Closed(_) => None,
        }
    }

    /// Characters that were paid for by this attempt.
    #[must_use]
    pub fn paid_characters(&self) -> u64 {
        match self {
            Self::Spoken(receipt) => receipt.characters,
            Self::Open | Self::Recovered(_) | Self::Lost | Self::Busy | Self::Closed(_) => 0,
        }
    }
}

/// The day of an instant: the ledger has a partition for each.
#[must_use]
pub fn day(at: Timestamp) -> u64 {
    at.0 / DAY_MS
}

impl Record for Attempt {
    fn partition(&self) -> Partition {
        Partition::Ledger(day(self.started_at))
    }
    fn key(&self) -> String {
        self.attempt.0.clone()
    }
}

/// An item of the provider's history in the hands of one lost attempt: no other takes it. It goes once the ledger names its call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The item.
    pub item: String,
    /// The lost attempt whose call it is.
    pub attempt: AttemptId,
}

impl Record for Claim {
    fn partition(&self) -> Partition {
        Partition::Claims
    }
    fn key(&self) -> String {
        self.item.clone()
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
