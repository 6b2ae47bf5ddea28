//! Wrappers that make any implementation fail: a process that dies between two writes, and a disk that fills up.

use async_trait::async_trait;
use futures_util::StreamExt;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use story::artifacts::{Artifacts, Body, Head, Link, Object};
use story::failure::StoreError;
use story::records::{Document, Partition, Records, Swap, Version};
use story::{Queue, Task};

/// A number of writes after which a process is dead: none of its stores takes another one until it is lifted. To crash
/// a step between each pair of its writes, run it with 0, 1, 2 … until it [`Stops::writes`] no more than that.
#[derive(Clone)]
pub struct Stops {
    state: Arc<State>,
}

struct State {
    after: u64,
    unsaid: AtomicBool,
    lifted: AtomicBool,
    writes: AtomicU64,
}

/// What becomes of a write.
enum Fate {
    Done,
    /// It is done, and its answer is lost.
    Unsaid,
    Never,
}

impl Stops {
    /// The first `after` writes are done; every later one fails and changes nothing.
    #[must_use]
    pub fn after_writes(after: u64) -> Self {
        Self::new(after, false)
    }

    /// The same, but the first that fails is done all the same: its answer is lost.
    #[must_use]
    pub fn after_writes_and_one_unsaid(after: u64) -> Self {
        Self::new(after, true)
    }

    fn new(after: u64, unsaid: bool) -> Self {
        let (unsaid, lifted) = (AtomicBool::new(unsaid), AtomicBool::new(false));
        Self { state: Arc::new(State { after, unsaid, lifted, writes: AtomicU64::new(0) }) }
    }

    /// Records whose writes count here, and stop here.
    #[must_use]
    pub fn records(&self, inner: Arc<dyn Records>) -> FailingRecords {
        FailingRecords { inner, stops: self.clone() }
    }

    /// Artifacts whose writes count here, and stop here.
    #[must_use]
    pub fn artifacts(&self, inner: Arc<dyn Artifacts>) -> FailingArtifacts {
        FailingArtifacts { inner, fault: Fault::Stops(self.clone()) }
    }

    /// A queue whose sends count here, and stop here.
    #[must_use]
    pub fn queue(&self, inner: Arc<dyn Queue>) -> FailingQueue {
        FailingQueue { inner, stops: self.clone() }
    }

    /// How many writes were tried so far, those included that failed.
    #[must_use]
    pub fn writes(&self) -> u64 {
        self.state.writes.load(Ordering::SeqCst)
    }

    /// Whether a write has failed.
    #[must_use]
    pub fn stopped(&self) -> bool {
        self.writes() > self.state.after
    }

    /// From now on everything works.
    pub fn lift(&self) {
        self.state.lifted.store(true, Ordering::SeqCst);
    }

    fn write(&self) -> Fate {
        let before = self.state.writes.fetch_add(1, Ordering::SeqCst);
        if before < self.state.after || self.state.lifted.load(Ordering::SeqCst) {
            Fate::Done
        } else if self.state.unsaid.swap(false, Ordering::SeqCst) {
            Fate::Unsaid
        } else {
            Fate::Never
        }
    }
}

fn stopped() -> StoreError {
    StoreError::Unavailable("the process has stopped".to_owned())
}

/// Does a write, or does not, or does and does not say so.
async fn fated<T>(fate: Fate, write: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    match fate {
        Fate::Done => write.await,
        Fate::Unsaid => write.await.and(Err(stopped())),
        Fate::Never => Err(stopped()),
    }
}

/// Records that stop taking writes; reads go on.
pub struct FailingRecords {
    inner: Arc<dyn Records>,
    stops: Stops,
}

impl FailingRecords {
    /// The first `writes` puts and deletes are done; every later one fails.
    #[must_use]
    pub fn after_writes(inner: Arc<dyn Records>, writes: u64) -> Self {
        Stops::after_writes(writes).records(inner)
    }

    /// The count behind these records.
    #[must_use]
    pub fn stops(&self) -> &Stops {
        &self.stops
    }
}

#[async_trait]
impl Records for FailingRecords {
    async fn get(&self, partition: &Partition, key: &str) -> Result<Option<Document>, StoreError> {
        self.inner.get(partition, key).await
    }

    async fn put(&self, document: &Document, expected: Option<Version>) -> Result<Swap, StoreError> {
        fated(self.stops.write(), self.inner.put(document, expected)).await
    }

    async fn delete(&self, partition: &Partition, key: &str, version: Version) -> Result<Swap, StoreError> {
        fated(self.stops.write(), self.inner.delete(partition, key, version)).await
    }

    async fn list(&self, partition: &Partition, after: &str, limit: usize) -> Result<Vec<Document>, StoreError> {
        self.inner.list(partition, after, limit).await
    }
}

/// A queue that stops taking tasks.
pub struct FailingQueue {
    inner: Arc<dyn Queue>,
    stops: Stops,
}

#[async_trait]
impl Queue for FailingQueue {
    async fn send(&self, task: &Task, after: Duration) -> Result<(), StoreError> {
        fated(self.stops.write(), self.inner.send(task, after)).await
    }

    async fn wake_speech(&self, group: &str) -> Result<(), StoreError> {
        fated(self.stops.write(), self.inner.wake_speech(group)).await
    }
}

/// Artifacts that stop taking writes, or whose disk is full; reads go on.
pub struct FailingArtifacts {
    inner: Arc<dyn Artifacts>,
    fault: Fault,
}

enum Fault {
    Stops(Stops),
    Disk(Arc<Mutex<Disk>>),
}

struct Disk {
    /// `None`: more than anyone writes.
    left_bytes: Option<u64>,
    full: bool,
}

impl Disk {
    /// Takes room for some bytes. Once there was too little, there is none: a disk that is full stays so.
    fn take(&mut self, bytes: u64) -> Result<(), StoreError> {
        let Some(left) = self.left_bytes else { return Ok(()) };
        if self.full || bytes > left {
            self.full = true;
            return Err(StoreError::Full("the disk of this test is full".to_owned()));
        }
        self.left_bytes = Some(left - bytes);
        Ok(())
    }
}

impl FailingArtifacts {
    /// A disk with room for so many bytes in all; the write that would pass it fails midway, and every later one at once.
    #[must_use]
    pub fn after_bytes(inner: Arc<dyn Artifacts>, bytes: u64) -> Self {
        Self { inner, fault: Fault::Disk(Arc::new(Mutex::new(Disk { left_bytes: Some(bytes), full: false }))) }
    }

    /// A person makes room: from now on everything works.
    pub fn make_room(&self) {
        match &self.fault {
            Fault::Stops(stops) => stops.lift(),
            Fault::Disk(disk) => locked(disk).left_bytes = None,
        }
    }

    /// Whether a write has failed.
    #[must_use]
    pub fn failed(&self) -> bool {
        match &self.fault {
            Fault::Stops(stops) => stops.stopped(),
            Fault::Disk(disk) => locked(disk).full,
        }
    }

    /// The fate of a write, and its body as the fault lets it through.
    fn begin(&self, body: Body) -> (Fate, Body) {
        match &self.fault {
            Fault::Stops(stops) => (stops.write(), body),
            Fault::Disk(disk) => {
                // An object of no bytes needs a name: it fails on a full disk too.
                let (first, disk) = (locked(disk).take(0), disk.clone());
                let rest = body.map(move |piece| {
                    let piece = piece?;
                    locked(&disk).take(piece.len() as u64)?;
                    Ok(piece)
                });
                let refused = futures_util::stream::iter(first.err().map(Err));
                (Fate::Done, refused.chain(rest).boxed())
            }
        }
    }
}

fn locked(disk: &Mutex<Disk>) -> std::sync::MutexGuard<'_, Disk> {
    disk.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl Artifacts for FailingArtifacts {
    async fn put(&self, object: &Object, body: Body) -> Result<(), StoreError> {
        let (fate, body) = self.begin(body);
        fated(fate, self.inner.put(object, body)).await
    }

    async fn put_new(&self, object: &Object, body: Body) -> Result<bool, StoreError> {
        let (fate, body) = self.begin(body);
        fated(fate, self.inner.put_new(object, body)).await
    }

    async fn get(&self, object: &Object, range: Option<Range<u64>>) -> Result<Option<Body>, StoreError> {
        self.inner.get(object, range).await
    }

    async fn head(&self, object: &Object) -> Result<Option<Head>, StoreError> {
        self.inner.head(object).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<Head>, StoreError> {
        self.inner.list(prefix).await
    }

    async fn delete(&self, object: &Object) -> Result<(), StoreError> {
        match &self.fault {
            Fault::Stops(stops) => fated(stops.write(), self.inner.delete(object)).await,
            // Deleting needs no room.
            Fault::Disk(_) => self.inner.delete(object).await,
        }
    }

    async fn link(&self, object: &Object, name: &str, content_type: &str) -> Result<Link, StoreError> {
        self.inner.link(object, name, content_type).await
    }
}
