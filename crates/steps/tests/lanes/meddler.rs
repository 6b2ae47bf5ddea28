//! Stores to which somebody else writes at the worst moment.

use async_trait::async_trait;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use story::House;
use story::artifacts::{Artifacts, Body, Head, Link, Object, body};
use story::failure::StoreError;
use story::records::{Document, Partition, Records, Swap, Version};
use story::take::{Take, TakeState};

/// What the other one wrote under an attempt's name.
pub(crate) const EARLIER: &str = "the first writer's";

struct Meddling<T: ?Sized>(Arc<T>, AtomicBool);

/// A house in which a lost call's take is changed, once, right before it is given up.
pub(crate) fn changes_the_take_that_is_given_up(house: &House) -> House {
    let records = Arc::new(Meddling(Arc::clone(&house.records), AtomicBool::new(false)));
    House { records, ..house.clone() }
}

/// A house in which another has written a take's objects before.
pub(crate) fn wrote_all_takes_before(house: &House) -> House {
    let artifacts = Arc::new(Meddling(Arc::clone(&house.artifacts), AtomicBool::new(false)));
    House { artifacts, ..house.clone() }
}

fn take(document: &Document) -> Take {
    serde_json::from_str(&document.body).expect("a take")
}

#[async_trait]
impl Records for Meddling<dyn Records> {
    async fn get(&self, partition: &Partition, key: &str) -> Result<Option<Document>, StoreError> {
        self.0.get(partition, key).await
    }

    async fn put(&self, document: &Document, expected: Option<Version>) -> Result<Swap, StoreError> {
        if document.partition == Partition::Takes
            && !matches!(take(document).state, TakeState::Uncertain(_))
            && let Some(stands) = self.0.get(&document.partition, &document.key).await?
            && matches!(take(&stands).state, TakeState::Uncertain(_))
            && !self.1.swap(true, Ordering::SeqCst)
        {
            let wanted = Take { wanted_at: take(&stands).wanted_at.plus_ms(1), ..take(&stands) };
            let body = serde_json::to_string(&wanted).expect("a take");
            let written = Document { body, version: Version(stands.version.0 ^ 1), ..stands.clone() };
            assert_eq!(self.0.put(&written, Some(stands.version)).await?, Swap::Done);
        }
        self.0.put(document, expected).await
    }

    async fn delete(&self, partition: &Partition, key: &str, version: Version) -> Result<Swap, StoreError> {
        self.0.delete(partition, key, version).await
    }

    async fn list(&self, partition: &Partition, after: &str, limit: usize) -> Result<Vec<Document>, StoreError> {
        self.0.list(partition, after, limit).await
    }
}

impl Meddling<dyn Artifacts> {
    async fn writes_before(&self, object: &Object) -> Result<(), StoreError> {
        match object {
            Object::TakeAudio(..) => self.0.put(object, body(EARLIER)).await,
            Object::TakeSidecar(..) => self.0.put(object, body(r#"{"receipt":{"characters":1}}"#)).await,
            _ => Ok(()),
        }
    }
}

#[async_trait]
impl Artifacts for Meddling<dyn Artifacts> {
    async fn put(&self, object: &Object, sent: Body) -> Result<(), StoreError> {
        self.writes_before(object).await?;
        self.0.put(object, sent).await
    }

    async fn put_new(&self, object: &Object, sent: Body) -> Result<bool, StoreError> {
        self.writes_before(object).await?;
        self.0.put_new(object, sent).await
    }

    async fn get(&self, object: &Object, range: Option<Range<u64>>) -> Result<Option<Body>, StoreError> {
        self.0.get(object, range).await
    }

    async fn head(&self, object: &Object) -> Result<Option<Head>, StoreError> {
        self.0.head(object).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<Head>, StoreError> {
        self.0.list(prefix).await
    }

    async fn delete(&self, object: &Object) -> Result<(), StoreError> {
        self.0.delete(object).await
    }

    async fn link(&self, object: &Object, name: &str, content_type: &str) -> Result<Link, StoreError> {
        self.0.link(object, name, content_type).await
    }
}
