//! A house: what an adapter opens. The ports together, and the few ways in which typed records are read and written.

use crate::artifacts::Artifacts;
use crate::clock::Clock;
use crate::failure::StoreError;
use crate::looking::Looks;
use crate::plans::Plans;
use crate::queue::Queue;
use crate::records::{Document, Partition, Read, Record, Records, Swap, Version};
use std::sync::Arc;

/// One deployment, or one local folder.
#[derive(Clone)]
pub struct House {
    /// Documents.
    pub records: Arc<dyn Records>,
    /// Bytes.
    pub artifacts: Arc<dyn Artifacts>,
    /// Work to be done.
    pub queue: Arc<dyn Queue>,
    /// Time and chance.
    pub clock: Arc<dyn Clock>,
    /// What keeps the processes of one machine apart on a lane.
    pub lane_lock: Arc<dyn LaneLock>,
    /// What its owner has set.
    pub settings: Settings,
    /// Plans that this process has decoded.
    pub plans: Plans,
}

/// What the owner of a house may set. Times in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How long a preview is kept after its last use.
    pub preview_ttl_ms: u64,
    /// How long a film is kept after its last use.
    pub film_ttl_ms: u64,
    /// How long takes, scenes and pictures are kept after their last use.
    pub take_ttl_ms: u64,
    /// Calls that may be in flight at a speech account.
    pub lanes: u32,
    /// How long a lane and a take being spoken stay with a holder that is not heard of.
    pub lease_ms: u64,
    /// How often a holder lets itself be heard.
    pub beat_ms: u64,
    /// No call begins, and none goes on, later than this before its lease ends.
    pub guard_ms: u64,
    /// When the provider's history is looked at for a call that was lost.
    pub looks: Looks,
    /// How long what a provider said of its voices and models is believed.
    pub voice_ttl_ms: u64,
    /// How many bytes of takes are kept beside those that live jobs use; the least recently used go first.
    pub keep_takes_bytes: Option<u64>,
    /// Lines that a script may have.
    pub max_lines: usize,
}

impl Default for Settings {
    fn default() -> Self {
        const HOUR_MS: u64 = 3_600_000;
        Self {
            preview_ttl_ms: HOUR_MS,
            film_ttl_ms: 7 * 24 * HOUR_MS,
            take_ttl_ms: 30 * 24 * HOUR_MS,
            lanes: 1,
            lease_ms: 30_000,
            beat_ms: 10_000,
            guard_ms: 5_000,
            looks: Looks::default(),
            voice_ttl_ms: HOUR_MS,
            keep_takes_bytes: None,
            max_lines: 500,
        }
    }
}

/// Whether this process may use a lane, as far as the machine can tell.
pub enum Held {
    /// Nobody else can: whatever a lease says, its holder is dead. Dropping the guard lets go.
    Yes(Box<dyn Send + Sync>),
    /// Another process of this machine has it.
    No,
    /// The machine cannot tell; the lease decides.
    LeaseDecides,
}

/// Keeps the processes of one machine apart on a lane.
pub trait LaneLock: Send + Sync {
    /// Tries to hold the lane of that [name](crate::lane::name); never waits.
    fn try_hold(&self, lane: &str) -> Held;
}

/// No lock at all: the lease decides.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoLock;

impl LaneLock for NoLock {
    fn try_hold(&self, _lane: &str) -> Held {
        Held::LeaseDecides
    }
}

impl House {
    /// Reads a record.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn read<T: Record>(&self, partition: &Partition, key: &str) -> Result<Option<Read<T>>, StoreError> {
        self.records.get(partition, key).await?.map(|document| parse(&document)).transpose()
    }

    /// Writes a record if `expected` still stands there (`None`: nothing does). Says the new version, or `None` if the write lost.
    /// A write whose answer is missing is settled by reading: "error" never means "lost".
    ///
    /// # Errors
    /// Those of the store, where reading settles nothing either.
    pub async fn swap<T: Record>(&self, record: &T, expected: Option<Version>) -> Result<Option<Version>, StoreError> {
        let version = Version(self.clock.chance());
        let document = Document {
            partition: record.partition(),
            key: record.key(),
            version,
            expires_at: record.expires_at(),
            body: serde_json::to_string(record).expect("records always serialise"),
        };
        let is_mine = match self.records.put(&document, expected).await {
            Ok(swap) => swap == Swap::Done,
            Err(full @ StoreError::Full(_)) => return Err(full),
            // The answer is missing: what stands there tells. Unchanged, it is written once more; the first writing may
            // land only then, and make the second one lose.
            Err(StoreError::Unavailable(_)) => match self.version_of(&document).await? {
                found if found == Some(version) => true,
                found if found == expected => {
                    self.records.put(&document, expected).await? == Swap::Done
                        || self.version_of(&document).await? == Some(version)
                }
                _ => false,
            },
        };
        Ok(is_mine.then_some(version))
    }

    async fn version_of(&self, document: &Document) -> Result<Option<Version>, StoreError> {
        Ok(self.records.get(&document.partition, &document.key).await?.map(|found| found.version))
    }

    /// Reads a record, changes it and writes it, until no one else wrote between. `change` says `None` to leave it as it is.
    /// Answers the record as it stands afterwards, or `None` if there is none.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn update<T: Record>(
        &self,
        partition: &Partition,
        key: &str,
        mut change: impl FnMut(&T) -> Option<T>,
    ) -> Result<Option<T>, StoreError> {
        loop {
            let Some(Read { record, version }) = self.read::<T>(partition, key).await? else { return Ok(None) };
            let Some(changed) = change(&record) else { return Ok(Some(record)) };
            if self.swap(&changed, Some(version)).await?.is_some() {
                return Ok(Some(changed));
            }
        }
    }

    /// Up to `limit` records after key `after`, ascending.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn list<T: Record>(
        &self,
        partition: &Partition,
        after: &str,
        limit: usize,
    ) -> Result<Vec<Read<T>>, StoreError> {
        self.records.list(partition, after, limit).await?.iter().map(parse).collect()
    }

    /// All records of a partition that is known to be small: one job's, or one take's.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn list_all<T: Record>(&self, partition: &Partition) -> Result<Vec<Read<T>>, StoreError> {
        const PAGE: usize = 500;
        let mut all: Vec<Read<T>> = Vec::new();
        loop {
            let after = all.last().map(|read| read.record.key()).unwrap_or_default();
            let page = self.list(partition, &after, PAGE).await?;
            let is_last = page.len() < PAGE;
            all.extend(page);
            if is_last {
                return Ok(all);
            }
        }
    }

    /// Removes a record if nobody wrote it since it was read.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn remove<T: Record>(&self, read: &Read<T>) -> Result<Swap, StoreError> {
        self.records.delete(&read.record.partition(), &read.record.key(), read.version).await
    }

    /// Reads a record and removes it, if it is there and nobody writes it meanwhile.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn remove_at<T: Record>(&self, partition: &Partition, key: &str) -> Result<(), StoreError> {
        match self.read::<T>(partition, key).await? {
            Some(read) => self.remove(&read).await.map(|_| ()),
            None => Ok(()),
        }
    }
}

fn parse<T: Record>(document: &Document) -> Result<Read<T>, StoreError> {
    let record = serde_json::from_str(&document.body).map_err(|error| {
        StoreError::Unavailable(format!("the record {} {} cannot be read: {error}", document.partition, document.key))
    })?;
    Ok(Read { record, version: document.version })
}
