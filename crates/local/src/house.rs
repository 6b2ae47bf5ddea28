//! Opens the house of one folder, or one in memory.

use crate::artifacts::Folder;
use crate::clock::SystemClock;
use crate::database::Database;
use crate::lane_lock::LaneFiles;
use crate::memory::artifacts::MemoryArtifacts;
use crate::memory::queue::MemoryQueue;
use crate::memory::records::MemoryRecords;
use crate::queue::{Inbox, SqliteQueue};
use crate::records::SqliteRecords;
use std::path::Path;
use std::sync::Arc;
use story::failure::StoreError;
use story::house::{NoLock, Settings};
use story::plans::Plans;
use story::tracks::Tracks;
use story::{Clock, House};

/// A house, and the receiving side of its queue.
pub struct LocalHouse {
    /// What steps are given.
    pub house: House,
    /// What the host receives from: the same queue as `house.queue`.
    pub inbox: Arc<dyn Inbox>,
}

/// Opens the house of a folder, which is made where it is missing. Other processes may have it open too.
///
/// # Errors
/// `Full` where the disk is, else `Unavailable`.
pub async fn house(dir: &Path, settings: Settings) -> Result<LocalHouse, StoreError> {
    house_on(dir, settings, Arc::new(SystemClock)).await
}

/// The same by a clock of one's own.
///
/// # Errors
/// Those of [`house`].
pub async fn house_on(dir: &Path, settings: Settings, clock: Arc<dyn Clock>) -> Result<LocalHouse, StoreError> {
    let (dir, opening) = (dir.to_owned(), clock.clone());
    let opened = tokio::task::spawn_blocking(move || {
        std::fs::create_dir_all(&dir).map_err(|error| StoreError::of_io(dir.display(), &error))?;
        let folder = Folder::open(&dir, opening.now())?;
        Ok((folder, Database::open(&dir)?, LaneFiles::new(&dir)))
    });
    let (folder, database, lanes) = match opened.await {
        Ok(opened) => opened?,
        Err(_) => return Err(StoreError::Unavailable("the program is ending".to_owned())),
    };
    let queue = Arc::new(SqliteQueue::new(database.clone(), clock.clone()));
    let house = House {
        records: Arc::new(SqliteRecords::new(database)),
        artifacts: Arc::new(folder),
        queue: queue.clone(),
        clock,
        lane_lock: Arc::new(lanes),
        settings,
        plans: Plans::default(),
        tracks: Tracks::ahead(),
    };
    Ok(LocalHouse { house, inbox: queue })
}

/// A house in memory, for tests and simulations: empty, gone when dropped.
#[must_use]
pub fn memory_house(clock: Arc<dyn Clock>) -> LocalHouse {
    let queue = Arc::new(MemoryQueue::new(clock.clone()));
    let house = House {
        records: Arc::new(MemoryRecords::default()),
        artifacts: Arc::new(MemoryArtifacts::default()),
        queue: queue.clone(),
        clock,
        // What is in memory has one process, and its simulations are about leases.
        lane_lock: Arc::new(NoLock),
        settings: Settings::default(),
        plans: Plans::default(),
        tracks: Tracks::ahead(),
    };
    LocalHouse { house, inbox: queue }
}
