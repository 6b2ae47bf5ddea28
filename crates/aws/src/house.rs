//! Opens the house of one deployment.

use crate::account::Account;
use crate::artifacts::BucketArtifacts;
use crate::queue::{SqsQueue, Urls};
use crate::records::DynamoRecords;
use std::sync::Arc;
use story::house::{NoLock, Settings};
use story::plans::Plans;
use story::tracks::Tracks;
use story::{Clock, House};

/// Where a deployment keeps what it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// The table's name.
    pub table: String,
    /// The bucket's name.
    pub bucket: String,
    /// The queues.
    pub queues: Urls,
}

/// The house of these places; nothing is asked of them yet.
#[must_use]
pub fn house(account: &Account, places: Places, clock: Arc<dyn Clock>, settings: Settings) -> House {
    House {
        records: Arc::new(DynamoRecords::new(account, &places.table)),
        artifacts: Arc::new(BucketArtifacts::new(account, &places.bucket, clock.clone())),
        queue: Arc::new(SqsQueue::new(account, places.queues, clock.clone())),
        clock,
        // Two workers never share a machine.
        lane_lock: Arc::new(NoLock),
        settings,
        plans: Plans::default(),
        tracks: Tracks::default(),
    }
}
