//! Records in a map.

use async_trait::async_trait;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};
use story::failure::StoreError;
use story::records::{Document, Partition, Records, Swap, Version};

type Documents = BTreeMap<(Partition, String), Document>;

/// Records in memory.
#[derive(Default)]
pub struct MemoryRecords {
    documents: Mutex<Documents>,
}

impl MemoryRecords {
    fn documents(&self) -> MutexGuard<'_, Documents> {
        self.documents.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every document, by partition and key: what a test ends in.
    #[must_use]
    pub fn all(&self) -> Vec<Document> {
        self.documents().values().cloned().collect()
    }
}

#[async_trait]
impl Records for MemoryRecords {
    async fn get(&self, partition: &Partition, key: &str) -> Result<Option<Document>, StoreError> {
        Ok(self.documents().get(&(partition.clone(), key.to_owned())).cloned())
    }

    async fn put(&self, document: &Document, expected: Option<Version>) -> Result<Swap, StoreError> {
        let mut documents = self.documents();
        let place = (document.partition.clone(), document.key.clone());
        if documents.get(&place).map(|found| found.version) != expected {
            return Ok(Swap::Lost);
        }
        documents.insert(place, document.clone());
        Ok(Swap::Done)
    }

    async fn delete(&self, partition: &Partition, key: &str, version: Version) -> Result<Swap, StoreError> {
        let mut documents = self.documents();
        let place = (partition.clone(), key.to_owned());
        if documents.get(&place).is_none_or(|found| found.version != version) {
            return Ok(Swap::Lost);
        }
        documents.remove(&place);
        Ok(Swap::Done)
    }

    async fn list(&self, partition: &Partition, after: &str, limit: usize) -> Result<Vec<Document>, StoreError> {
        let from = Bound::Excluded((partition.clone(), after.to_owned()));
        let documents = self.documents();
        let ours = documents.range((from, Bound::Unbounded)).take_while(|((found, _), _)| found == partition);
        Ok(ours.map(|(_, document)| document.clone()).take(limit).collect())
    }
}
