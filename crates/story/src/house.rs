//! A house: what an adapter opens. The ports together, and the few ways in which typed records are read and written.

use crate::artifacts::Artifacts;
use crate::clock::Clock;
use crate::failure::StoreError;
use crate::looking::Looks;
use crate::number;
use crate::plans::Plans;
use crate::queue::Queue;
use crate::records::{Document, Partition, Read, Record, Records, Swap, Version};
use crate::tracks::Tracks;
use std::ops::RangeInclusive;
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
    /// Tracks that this process lays while their lines are spoken.
    pub tracks: Tracks,
}

/// What the owner of a house may set, and the variable that says it. Times in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `ONETAKE_PREVIEW_TTL_S`, in seconds: how long a preview is kept after its last use; an hour where not set.
    pub preview_ttl_ms: u64,
    /// `ONETAKE_FILM_TTL_S`, in seconds: how long a film is kept after its last use; 7 days where not set.
    pub film_ttl_ms: u64,
    /// `ONETAKE_TAKE_TTL_S`, in seconds: how long takes, scenes and pictures are kept after their last use; 30 days where not set.
    pub take_ttl_ms: u64,
    /// `ONETAKE_SPEECH_LANES`: calls that may be in flight at a speech account; 1 where not set, 20 at most.
    pub lanes: u32,
    /// `ONETAKE_LEASE_MS`: how long a lane and a take being spoken stay with a holder that is not heard of; 30,000 where not set.
    pub lease_ms: u64,
    /// How often a holder lets itself be heard: three times in its lease.
    pub beat_ms: u64,
    /// `ONETAKE_GUARD_MS`: no call begins, and none goes on, later than this before its lease ends, and others wait so long after
    /// it; a sixth of the lease where not set, half of it at most.
    pub guard_ms: u64,
    /// `ONETAKE_LOOKS_MS`, with commas: when the provider's history is looked at for a call that was lost, after its lease;
    /// `0,30000,120000` where not set.
    pub looks: Looks,
    /// Between two looks at the take and at the lanes of one who waits for them. Stores at hand are asked more often.
    pub look_ms: u64,
    /// How long what a provider said of its voices and models is believed.
    pub voice_ttl_ms: u64,
    /// `ONETAKE_KEEP_TAKES_MB`, in megabytes: how many bytes of takes are kept beside those that live jobs use; the least recently
    /// used go first; where not set, all until they expire.
    pub keep_takes_bytes: Option<u64>,
    /// `ONETAKE_IMAGES_PER_MINUTE`: pictures that may be begun in a minute at a provider; 6 where not set, `none` for no limit.
    pub images_per_minute: Option<usize>,
    /// `ONETAKE_CLIPS_PER_MINUTE`: clips that may be ordered in a minute at a provider; 6 where not set, `none` for no limit.
    pub clips_per_minute: Option<usize>,
    /// `ONETAKE_CLIP_TTL_S`, in seconds: how long a clip is kept after its last use; two hours where not set.
    pub clip_ttl_ms: u64,
    /// `ONETAKE_MAX_LINES`: lines that a script may have; 500 where not set, 5,000 at most.
    pub max_lines: usize,
}

impl Settings {
    /// What the owner has set; `read` knows a variable's text by its name.
    ///
    /// # Errors
    /// A sentence about the one that cannot be right.
    pub fn read(read: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let defaults = Self::default();
        let number = |name: &str, range: RangeInclusive<f64>| number::number(name, read(name).as_deref(), &range);
        let seconds = |name: &str| number::seconds_as_ms(name, read(name).as_deref());
        let lease_ms = number("ONETAKE_LEASE_MS", 500.0..=600_000.0)?.map_or(defaults.lease_ms, |ms| ms as u64);
        let guard_ms = number("ONETAKE_GUARD_MS", 50.0..=60_000.0)?.map_or(lease_ms / 6, |ms| ms as u64);
        if guard_ms * 2 > lease_ms {
            return Err("ONETAKE_GUARD_MS must not be more than half of ONETAKE_LEASE_MS".to_owned());
        }
        let lanes = number::whole("ONETAKE_SPEECH_LANES", read("ONETAKE_SPEECH_LANES").as_deref(), 1..=20)?;
        Ok(Self {
            preview_ttl_ms: seconds("ONETAKE_PREVIEW_TTL_S")?.unwrap_or(defaults.preview_ttl_ms),
            film_ttl_ms: seconds("ONETAKE_FILM_TTL_S")?.unwrap_or(defaults.film_ttl_ms),
            take_ttl_ms: seconds("ONETAKE_TAKE_TTL_S")?.unwrap_or(defaults.take_ttl_ms),
            lanes: lanes.unwrap_or(defaults.lanes),
            lease_ms,
            beat_ms: lease_ms / 3,
            guard_ms,
            looks: read("ONETAKE_LOOKS_MS").map_or(Ok(defaults.looks), |text| looks(&text))?,
            look_ms: defaults.look_ms,
            voice_ttl_ms: defaults.voice_ttl_ms,
            keep_takes_bytes: number("ONETAKE_KEEP_TAKES_MB", 0.0..=1e9)?.map(|megabytes| (megabytes * 1e6) as u64),
            images_per_minute: per_minute("ONETAKE_IMAGES_PER_MINUTE", &read)?,
            clips_per_minute: per_minute("ONETAKE_CLIPS_PER_MINUTE", &read)?,
            clip_ttl_ms: seconds("ONETAKE_CLIP_TTL_S")?.unwrap_or(defaults.clip_ttl_ms),
            max_lines: number("ONETAKE_MAX_LINES", 1.0..=5_000.0)?.map_or(defaults.max_lines, |lines| lines as usize),
        })
    }
}

fn per_minute(name: &str, read: impl Fn(&str) -> Option<String>) -> Result<Option<usize>, String> {
    match read(name).as_deref() {
        Some("none") => Ok(None),
        text => Ok(Some(number::whole(name, text, 1..=10_000)?.unwrap_or(6) as usize)),
    }
}

fn looks(text: &str) -> Result<Looks, String> {
    let looks: Option<Vec<u64>> = text.split(',').map(|look| look.trim().parse().ok()).collect();
    let ascends = |looks: &Vec<u64>| looks.is_sorted() && looks.iter().all(|look| *look <= 3_600_000);
    let wrong = || format!("ONETAKE_LOOKS_MS is \"{text}\": give ascending milliseconds such as 0,30000,120000");
    looks.filter(ascends).map(Looks).ok_or_else(wrong)
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
            look_ms: 250,
            voice_ttl_ms: HOUR_MS,
            keep_takes_bytes: None,
            clips_per_minute: Some(6),
            clip_ttl_ms: 2 * HOUR_MS,
            images_per_minute: Some(6),
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

    /// The same of a record that begins as `fresh` where there is none. Answers the record as it was written, or `None` if it was left.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn update_or<T: Record + Clone>(
        &self,
        fresh: &T,
        mut change: impl FnMut(&T) -> Option<T>,
    ) -> Result<Option<T>, StoreError> {
        loop {
            let found: Option<Read<T>> = self.read(&fresh.partition(), &fresh.key()).await?;
            let (record, version) =
                found.map_or_else(|| (fresh.clone(), None), |read| (read.record, Some(read.version)));
            let Some(changed) = change(&record) else { return Ok(None) };
            if self.swap(&changed, version).await?.is_some() {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, text: &str) -> Result<Settings, String> {
        Settings::read(|asked| (asked == name).then(|| text.to_owned()))
    }

    #[test]
    fn what_nobody_set_is_as_it_always_was() {
        assert_eq!(Settings::read(|_| None), Ok(Settings::default()));
    }

    #[test]
    fn each_variable_sets_one_thing() {
        let usual = Settings::default;
        for (name, text, expected) in [
            ("ONETAKE_PREVIEW_TTL_S", "1.5", Settings { preview_ttl_ms: 1_500, ..usual() }),
            ("ONETAKE_FILM_TTL_S", "60", Settings { film_ttl_ms: 60_000, ..usual() }),
            ("ONETAKE_TAKE_TTL_S", "60", Settings { take_ttl_ms: 60_000, ..usual() }),
            ("ONETAKE_SPEECH_LANES", "20", Settings { lanes: 20, ..usual() }),
            ("ONETAKE_LEASE_MS", "600", Settings { lease_ms: 600, beat_ms: 200, guard_ms: 100, ..usual() }),
            ("ONETAKE_GUARD_MS", "15000", Settings { guard_ms: 15_000, ..usual() }),
            ("ONETAKE_LOOKS_MS", "0, 7", Settings { looks: Looks(vec![0, 7]), ..usual() }),
            ("ONETAKE_KEEP_TAKES_MB", "0.5", Settings { keep_takes_bytes: Some(500_000), ..usual() }),
            ("ONETAKE_IMAGES_PER_MINUTE", "60", Settings { images_per_minute: Some(60), ..usual() }),
            ("ONETAKE_IMAGES_PER_MINUTE", "none", Settings { images_per_minute: None, ..usual() }),
            ("ONETAKE_MAX_LINES", "5000", Settings { max_lines: 5_000, ..usual() }),
        ] {
            assert_eq!(read(name, text), Ok(expected), "{name}");
        }
    }

    #[test]
    fn what_cannot_be_right_is_a_sentence_that_begins_with_its_variable() {
        for (name, text, sentence) in [
            ("ONETAKE_SPEECH_LANES", "21", "ONETAKE_SPEECH_LANES is \"21\": give a number from 1 to 20"),
            ("ONETAKE_GUARD_MS", "15001", "ONETAKE_GUARD_MS must not be more than half of ONETAKE_LEASE_MS"),
            (
                "ONETAKE_LOOKS_MS",
                "7,0",
                "ONETAKE_LOOKS_MS is \"7,0\": give ascending milliseconds such as 0,30000,120000",
            ),
        ] {
            assert_eq!(read(name, text), Err(sentence.to_owned()));
        }
    }
}
