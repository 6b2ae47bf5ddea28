//! Stores that take their time, and may stop to answer.

use async_trait::async_trait;
use bytes::Bytes;
use std::future::pending;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use story::artifacts::{Artifacts, Body, Head, Link, Object, body, collect};
use story::failure::StoreError;
use story::records::{Document, Partition, Records, Swap, Version};
use story::{Clock, House};

/// How slow the stores of a house are.
pub(crate) struct Slowness {
    clock: Arc<dyn Clock>,
    record: Duration,
    artifact: Duration,
    hangs: AtomicBool,
    operations: AtomicU64,
}

impl Slowness {
    pub(crate) fn new(clock: Arc<dyn Clock>, record_ms: u64, artifact_ms: u64) -> Arc<Self> {
        let [record, artifact] = [record_ms, artifact_ms].map(Duration::from_millis);
        Arc::new(Self { clock, record, artifact, hangs: AtomicBool::new(false), operations: AtomicU64::new(0) })
    }

    /// From now on no store answers.
    pub(crate) fn hang(&self) {
        self.hangs.store(true, Ordering::SeqCst);
    }

    /// Operations so far, of records and artifacts.
    pub(crate) fn operations(&self) -> u64 {
        self.operations.load(Ordering::SeqCst)
    }

    /// The house with these stores.
    pub(crate) fn house(self: &Arc<Self>, house: &House) -> House {
        House {
            records: Arc::new(Slow(Arc::clone(&house.records), Arc::clone(self))),
            artifacts: Arc::new(Slow(Arc::clone(&house.artifacts), Arc::clone(self))),
            ..house.clone()
        }
    }

    async fn takes(&self, time: Duration) {
        self.operations.fetch_add(1, Ordering::SeqCst);
        if self.hangs.load(Ordering::SeqCst) {
            pending::<()>().await;
        }
        if !time.is_zero() {
            self.clock.sleep(time).await;
        }
    }
}

struct Slow<T: ?Sized>(Arc<T>, Arc<Slowness>);

#[async_trait]
impl Records for Slow<dyn Records> {
    async fn get(&self, partition: &Partition, key: &str) -> Result<Option<Document>, StoreError> {
        self.1.takes(self.1.record).await;
        self.0.get(partition, key).await
    }

    async fn put(&self, document: &Document, expected: Option<Version>) -> Result<Swap, StoreError> {
        self.1.takes(self.1.record).await;
        self.0.put(document, expected).await
    }

    async fn delete(&self, partition: &Partition, key: &str, version: Version) -> Result<Swap, StoreError> {
        self.1.takes(self.1.record).await;
        self.0.delete(partition, key, version).await
    }

    async fn list(&self, partition: &Partition, after: &str, limit: usize) -> Result<Vec<Document>, StoreError> {
        self.1.takes(self.1.record).await;
        self.0.list(partition, after, limit).await
    }
}

impl Slow<dyn Artifacts> {
    /// A body that was taken in whole, and then took its time.
    async fn taken(&self, sent: Body) -> Result<Body, StoreError> {
        let whole: Bytes = collect(sent).await?;
        self.1.takes(self.1.artifact).await;
        Ok(body(whole))
    }
}

#[async_trait]
impl Artifacts for Slow<dyn Artifacts> {
    async fn put(&self, object: &Object, sent: Body) -> Result<(), StoreError> {
        let taken = self.taken(sent).await?;
        self.0.put(object, taken).await
    }

    async fn put_new(&self, object: &Object, sent: Body) -> Result<bool, StoreError> {
        let taken = self.taken(sent).await?;
        self.0.put_new(object, taken).await
    }

    async fn get(&self, object: &Object, range: Option<Range<u64>>) -> Result<Option<Body>, StoreError> {
        self.1.takes(self.1.artifact).await;
        self.0.get(object, range).await
    }

    async fn head(&self, object: &Object) -> Result<Option<Head>, StoreError> {
        self.1.takes(self.1.artifact).await;
        self.0.head(object).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<Head>, StoreError> {
        self.1.takes(self.1.artifact).await;
        self.0.list(prefix).await
    }

    async fn delete(&self, object: &Object) -> Result<(), StoreError> {
        self.1.takes(self.1.artifact).await;
        self.0.delete(object).await
    }

    async fn link(&self, object: &Object, name: &str, content_type: &str) -> Result<Link, StoreError> {
        self.0.link(object, name, content_type).await
    }
}
