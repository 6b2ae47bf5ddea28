//! Every implementation here does what its port says.

#![expect(clippy::unwrap_used, reason = "a helper of a test is a test")]

use conformance::queue::Receivable;
use local::artifacts::Folder;
use local::database::Database;
use local::memory::artifacts::MemoryArtifacts;
use local::memory::queue::MemoryQueue;
use local::memory::records::MemoryRecords;
use local::queue::SqliteQueue;
use local::records::SqliteRecords;
use local::{Inbox, Manual, SystemClock};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use story::artifacts::{Artifacts, body};
use story::queue::Receiver;
use story::records::{Document, Partition, Records, Version};
use story::{Clock, Object, Queue, Task, Timestamp};
use tempfile::TempDir;

const NOW: Timestamp = Timestamp(1_795_206_896_789);
const VISIBILITY: Duration = Duration::from_secs(60);

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn sqlite_records(folder: &Path) -> SqliteRecords {
    SqliteRecords::new(Database::open(folder).unwrap())
}

fn open_artifacts(folder: &Path) -> Folder {
    Folder::open(folder, SystemClock.now()).unwrap()
}

/// A queue with a host that receives everything.
struct Host {
    inbox: Arc<dyn Inbox>,
    queue: Arc<dyn Queue>,
    clock: Arc<Manual>,
}

#[async_trait::async_trait]
impl Receivable for Host {
    fn queue(&self) -> &dyn Queue {
        &*self.queue
    }

    async fn drain(&self) -> Vec<Task> {
        let mut tasks = Vec::new();
        for receiver in Receiver::ALL {
            while let Some(delivery) = self.inbox.receive(receiver, VISIBILITY).await.unwrap() {
                self.inbox.done(delivery.receipt).await.unwrap();
                tasks.push(delivery.task);
            }
        }
        tasks
    }

    async fn pass(&self, duration: Duration) {
        self.clock.advance(duration);
    }
}

mod in_sqlite {
    use super::*;

    conformance::records_suite!(async {
        let folder = folder();
        let records = sqlite_records(folder.path());
        (folder, Arc::new(records))
    });

    conformance::queue_suite!(async {
        let (folder, clock) = (folder(), Arc::new(Manual::new(NOW)));
        let queue = Arc::new(SqliteQueue::new(Database::open(folder.path()).unwrap(), clock.clone()));
        (folder, Arc::new(Host { inbox: queue.clone(), queue, clock }))
    });
}

mod in_a_folder {
    use super::*;

    conformance::artifacts_suite!(async {
        let folder = folder();
        let artifacts = open_artifacts(folder.path());
        (folder, Arc::new(artifacts))
    });
}

mod in_memory {
    use super::*;

    conformance::records_suite!(async { ((), Arc::new(MemoryRecords::default())) });

    conformance::artifacts_suite!(async {
        let _clock = Arc::new(Manual::new(NOW));
        ((), Arc::new(MemoryArtifacts::default()))
    });

    conformance::queue_suite!(async {
        let clock = Arc::new(Manual::new(NOW));
        let queue = Arc::new(MemoryQueue::new(clock.clone()));
        ((), Arc::new(Host { inbox: queue.clone(), queue, clock }))
    });
}

#[tokio::test]
async fn two_openings_of_one_file_agree_on_every_winner() {
    let folder = folder();
    let (one, other) = (sqlite_records(folder.path()), sqlite_records(folder.path()));
    conformance::records::exactly_one_makes_a_document_in_two_openings(&one, &other).await;
    conformance::records::exactly_one_swaps_a_document_in_two_openings(&one, &other).await;
    conformance::records::no_step_is_lost_in_two_openings(&one, &other).await;
}

#[tokio::test]
async fn what_was_written_is_there_when_the_folder_is_opened_again() {
    let folder = folder();
    let document = Document {
        partition: Partition::Takes,
        key: "take".to_owned(),
        version: Version(u64::MAX),
        expires_at: Some(NOW),
        body: "{}".to_owned(),
    };
    let (film, task) = (Object::Picture("hash".to_owned()), Task::Track { job: story::JobId("job".to_owned()) });
    {
        let opened = local::house(folder.path(), story::house::Settings::default()).await.unwrap();
        let _ = opened.house.records.put(&document, None).await.unwrap();
        opened.house.artifacts.put(&film, body("film")).await.unwrap();
        opened.house.queue.send(&task, Duration::ZERO).await.unwrap();
        opened.house.queue.wake_speech("0").await.unwrap();
    }
    let again = local::house(folder.path(), story::house::Settings::default()).await.unwrap();
    assert_eq!(again.house.records.get(&Partition::Takes, "take").await.unwrap(), Some(document));
    assert_eq!(again.house.artifacts.head(&film).await.unwrap().unwrap().size_bytes, 4);
    let delivery = again.inbox.receive(task.receiver(), VISIBILITY).await.unwrap().unwrap();
    assert_eq!((delivery.task, delivery.tries), (task, 1));
    assert_eq!(again.inbox.speech_woken(0).await.unwrap(), 1);
}

#[tokio::test]
async fn a_house_makes_its_folder() {
    let folder = folder();
    let deep = folder.path().join("a/b");
    local::house(&deep, story::house::Settings::default()).await.unwrap();
    assert!(deep.join("onetake.sqlite").is_file());
}

#[tokio::test]
async fn a_full_disk_is_said_to_be_full_and_leaves_the_old_object() {
    let folder = folder();
    let folder = Arc::new(open_artifacts(folder.path()));
    let failing = conformance::faults::FailingArtifacts::after_bytes(folder.clone(), 10);
    let film = Object::Picture("hash".to_owned());
    failing.put(&film, body("12345678")).await.unwrap();
    let error = failing.put(&film, body("1234")).await.unwrap_err();
    assert!(matches!(error, story::failure::StoreError::Full(_)), "{error}");
    assert!(failing.failed());
    failing.put(&film, body("")).await.unwrap_err();
    assert_eq!(folder.head(&film).await.unwrap().unwrap().size_bytes, 8);
    failing.make_room();
    failing.put(&film, body("1234")).await.unwrap();
    assert_eq!(folder.head(&film).await.unwrap().unwrap().size_bytes, 4);
}

#[tokio::test]
async fn a_process_that_stops_writes_nothing_more_anywhere() {
    let house = local::memory_house(Arc::new(Manual::new(NOW))).house;
    let document = |version| Document {
        partition: Partition::Takes,
        key: "take".to_owned(),
        version: Version(version),
        expires_at: None,
        body: String::new(),
    };
    let stops = conformance::faults::Stops::after_writes_and_one_unsaid(1);
    let (records, artifacts) = (stops.records(house.records.clone()), stops.artifacts(house.artifacts.clone()));
    let _ = records.put(&document(1), None).await.unwrap();
    assert!(!stops.stopped());
    // Done, but nobody is told.
    records.put(&document(2), Some(Version(1))).await.unwrap_err();
    assert_eq!(house.records.get(&Partition::Takes, "take").await.unwrap(), Some(document(2)));
    records.put(&document(3), Some(Version(2))).await.unwrap_err();
    artifacts.put(&Object::Picture("hash".to_owned()), body("x")).await.unwrap_err();
    assert_eq!(house.records.get(&Partition::Takes, "take").await.unwrap(), Some(document(2)));
    assert!(house.artifacts.list("").await.unwrap().is_empty());
    assert_eq!((stops.writes(), stops.stopped()), (4, true));
    stops.lift();
    artifacts.put(&Object::Picture("hash".to_owned()), body("x")).await.unwrap();
}
