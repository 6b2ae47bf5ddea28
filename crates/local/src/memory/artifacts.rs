//! Objects in a map.

use async_trait::async_trait;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};
use story::artifacts::{Artifacts, Body, Head, Link, Object, body, collect};
use story::failure::StoreError;

/// Artifacts in memory.
#[derive(Default)]
pub struct MemoryArtifacts {
    objects: Mutex<BTreeMap<String, Bytes>>,
}

impl MemoryArtifacts {
    fn objects(&self) -> MutexGuard<'_, BTreeMap<String, Bytes>> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn head(path: &str, stored: &Bytes) -> Head {
    Head { path: path.to_owned(), size_bytes: stored.len() as u64 }
}

#[async_trait]
impl Artifacts for MemoryArtifacts {
    async fn put(&self, object: &Object, body: Body) -> Result<(), StoreError> {
        let path = object.path().ok_or_else(|| object.refused())?;
        let stored = collect(body).await?;
        self.objects().insert(path, stored);
        Ok(())
    }

    async fn put_new(&self, object: &Object, body: Body) -> Result<bool, StoreError> {
        let path = object.path().ok_or_else(|| object.refused())?;
        let stored = collect(body).await?;
        let mut objects = self.objects();
        let new = !objects.contains_key(&path);
        if new {
            objects.insert(path, stored);
        }
        Ok(new)
    }

    async fn get(&self, object: &Object, range: Option<Range<u64>>) -> Result<Option<Body>, StoreError> {
        let objects = self.objects();
        let Some(stored) = object.path().and_then(|path| objects.get(&path)) else {
            return Ok(None);
        };
        let size = stored.len();
        let within = |at: u64| usize::try_from(at).unwrap_or(size).min(size);
        let range = range.map_or(0..size, |range| within(range.start)..within(range.end));
        Ok(Some(body(stored.slice(range.start..range.end.max(range.start)))))
    }

    async fn head(&self, object: &Object) -> Result<Option<Head>, StoreError> {
        let objects = self.objects();
        Ok(object.path().and_then(|path| objects.get(&path).map(|stored| head(&path, stored))))
    }

    async fn list(&self, prefix: &str) -> Result<Vec<Head>, StoreError> {
        let objects = self.objects();
        let ours = objects.range(prefix.to_owned()..).take_while(|(path, _)| path.starts_with(prefix));
        Ok(ours.map(|(path, stored)| head(path, stored)).collect())
    }

    async fn delete(&self, object: &Object) -> Result<(), StoreError> {
        if let Some(path) = object.path() {
            self.objects().remove(&path);
        }
        Ok(())
    }

    async fn link(&self, object: &Object, _name: &str, _content_type: &str) -> Result<Link, StoreError> {
        let path = object.path().ok_or_else(|| object.refused())?;
        Ok(Link::File(format!("memory:{path}").into()))
    }
}
