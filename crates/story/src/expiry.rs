//! What expires. The entry is filed first, then the record; an entry met too early is filed anew (DESIGN §8).

use crate::ids::{AttemptId, JobId, PictureKey, TakeKey};
use crate::records::{Partition, Record};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// One thing that expires.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expiry {
    /// When to look.
    pub at: Timestamp,
    /// At what.
    pub of: Kept,
}

/// A kept thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kept {
    /// A job, its records and files.
    Job(JobId),
    /// A take, its sound and sidecar.
    Take(TakeKey),
    /// Objects of an attempt that is a take's no more.
    Gone(TakeKey, AttemptId),
    /// What a provider said of its voices and models.
    Voice(String),
    /// An `Idempotency-Key`.
    Idempotency(String),
    /// A rendered scene part.
    Scene(String),
    /// A picture's bytes, by their hash.
    Picture(String),
    /// What is known of a picture that is drawn or fetched.
    Painting(PictureKey),
}

impl Record for Expiry {
    fn partition(&self) -> Partition {
        Partition::Expiry
    }
    fn key(&self) -> String {
        let (kind, name) = match &self.of {
            Kept::Job(id) => ("job", id.0.clone()),
            Kept::Take(key) => ("take", key.0.clone()),
            Kept::Gone(key, attempt) => ("gone", format!("{key}#{attempt}")),
            Kept::Scene(key) => ("scene", key.clone()),
            Kept::Picture(hash) => ("picture", hash.clone()),
            Kept::Painting(key) => ("painting", key.0.clone()),
            Kept::Voice(key) => ("voice", key.clone()),
            Kept::Idempotency(key) => ("idempotency", key.clone()),
        };
        format!("{:013}#{kind}#{name}", self.at.0)
    }
}

/// A rendered scene part that is kept, or a picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptScene {
    /// Its key, or the picture's hash.
    pub key: String,
    /// When it may be removed.
    pub expires_at: Timestamp,
}

impl Record for KeptScene {
    fn partition(&self) -> Partition {
        Partition::Scenes
    }
    fn key(&self) -> String {
        self.key.clone()
    }
    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.expires_at)
    }
}

/// When a thing expires that is used now: moved only when more than a tenth of its life is gone, so that use costs few writes.
#[must_use]
pub fn moved_by_use(expires_at: Timestamp, now: Timestamp, ttl_ms: u64) -> Option<Timestamp> {
    let fresh = now.plus_ms(ttl_ms);
    (fresh.since_ms(expires_at) > ttl_ms / 10).then_some(fresh)
}
