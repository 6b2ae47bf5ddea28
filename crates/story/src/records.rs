//! The port for typed documents, and the names of everything kept there.

use crate::failure::StoreError;
use crate::ids::{JobId, TakeKey};
use crate::time::Timestamp;
use async_trait::async_trait;
use serde::{Serialize, de::DeserializeOwned};
use std::fmt;

/// Every partition of the records.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Partition {
    /// Heads of jobs, newest first.
    Jobs,
    /// Jobs that have not ended.
    OpenJobs,
    /// A byte for each take and scene part of a job.
    Progress,
    /// The segments of one preview: for readers, never read by a step.
    Segments(JobId),
    /// When the parts of one job were made: for readers, never read by a step.
    Timeline(JobId),
    /// Takes by key.
    Takes,
    /// Who wishes for one take, by job.
    Wants(TakeKey),
    /// Wanted takes waiting their turn, in the order they are served.
    Tickets,
    /// Wanted pictures waiting their turn.
    PictureTickets,
    /// Pictures that are drawn or fetched, by key.
    Pictures,
    /// When drawing began lately, by account.
    Windows,
    /// Stories that are being written, by job.
    Writings,
    /// Lanes by number.
    Lanes,
    /// How fast each account is spoken with.
    Paces,
    /// Attempts of one day (days since 1970).
    Ledger(u64),
    /// Attempts that have begun and are not settled.
    OpenAttempts,
    /// Scene parts by key, and pictures by hash.
    Scenes,
    /// Items of a provider's history that a recovery has in hand, by item.
    Claims,
    /// What providers said of their voices and models.
    Voices,
    /// How fast voices speak, by voice.
    VoiceRates,
    /// What expires, in the order it does.
    Expiry,
    /// Jobs by the `Idempotency-Key` they were made with.
    Idempotency,
}

/// The partition's name in a store.
impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Jobs => f.write_str("jobs"),
            Self::OpenJobs => f.write_str("open-jobs"),
            Self::Progress => f.write_str("progress"),
            Self::Segments(job) => write!(f, "segments#{job}"),
            Self::Timeline(job) => write!(f, "timeline#{job}"),
            Self::Takes => f.write_str("takes"),
            Self::Wants(key) => write!(f, "wants#{key}"),
            Self::Tickets => f.write_str("tickets"),
            Self::PictureTickets => f.write_str("picture-tickets"),
            Self::Pictures => f.write_str("pictures"),
            Self::Windows => f.write_str("windows"),
            Self::Writings => f.write_str("writings"),
            Self::Lanes => f.write_str("lanes"),
            Self::Paces => f.write_str("paces"),
            Self::Ledger(day) => write!(f, "ledger#{day}"),
            Self::OpenAttempts => f.write_str("open-attempts"),
            Self::Scenes => f.write_str("scenes"),
            Self::Claims => f.write_str("claims"),
            Self::Voices => f.write_str("voices"),
            Self::VoiceRates => f.write_str("voice-rates"),
            Self::Expiry => f.write_str("expiry"),
            Self::Idempotency => f.write_str("idempotency"),
        }
    }
}

/// A version of a document: made by its writer, random and new at each write, so that a re-created document never fits an old one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Version(pub u64);

/// A document as a store sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Where it stands.
    pub partition: Partition,
    /// Its name in its partition.
    pub key: String,
    /// This writing of it.
    pub version: Version,
    /// When it may be removed. Expired documents are returned all the same: only the sweep removes.
    pub expires_at: Option<Timestamp>,
    /// JSON.
    pub body: String,
}

/// What became of a conditional write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a write that lost has changed nothing"]
pub enum Swap {
    /// It is written.
    Done,
    /// Another version stood there; nothing was written.
    Lost,
}

/// Keeps documents. Reads are strongly consistent. No transactions, no secondary index, no counters.
#[async_trait]
pub trait Records: Send + Sync {
    /// Reads one document, alive or not.
    async fn get(&self, partition: &Partition, key: &str) -> Result<Option<Document>, StoreError>;

    /// Writes a document if `expected` is the version that stands there (`None`: if none does).
    /// An error says nothing about what happened; [`crate::house::House::swap`] settles that by reading.
    async fn put(&self, document: &Document, expected: Option<Version>) -> Result<Swap, StoreError>;

    /// Removes a document if it is still at `version`.
    async fn delete(&self, partition: &Partition, key: &str, version: Version) -> Result<Swap, StoreError>;

    /// Up to `limit` documents whose key is greater than `after`, ascending by key.
    async fn list(&self, partition: &Partition, after: &str, limit: usize) -> Result<Vec<Document>, StoreError>;
}

/// A thing that is kept as a document. Its transitions are methods beside it; stores never look inside.
pub trait Record: Serialize + DeserializeOwned + Send + Sync + Sized {
    /// Where such things stand.
    fn partition(&self) -> Partition;
    /// Its name there.
    fn key(&self) -> String;
    /// When it may be removed.
    fn expires_at(&self) -> Option<Timestamp> {
        None
    }
}

/// A record as it was read, with the version that a swap of it must expect.
#[derive(Clone, Debug, PartialEq)]
pub struct Read<T> {
    /// The record.
    pub record: T,
    /// The version it was read at.
    pub version: Version,
}
