//! A job that begins while its take is being deleted: at each await of the sweep, it still ends well, and nothing is left over.

use crate::world::{World, script};
use async_trait::async_trait;
use futures_util::FutureExt;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use steps::open::Request;
use story::artifacts::{Artifacts, Body, Head, Link, Object};
use story::failure::StoreError;
use story::house::Settings;
use story::job::{Kind, Status};
use story::records::{Document, Partition, Records, Swap, Version};
use story::take::{Take, TakeState};
use story::{House, Script, TakeKey, Task};
use tokio::sync::oneshot;

/// Stores that stand still before one of their calls, until they are let go on.
#[derive(Clone)]
struct Standing(Arc<Still>);

struct Still {
    house: House,
    before: usize,
    calls: AtomicUsize,
    reached: Mutex<Option<oneshot::Sender<()>>>,
    goes_on: Mutex<Option<oneshot::Receiver<()>>>,
}

impl Standing {
    async fn pass(&self) {
        if self.0.calls.fetch_add(1, Ordering::SeqCst) == self.0.before {
            if let Some(reached) = self.0.reached.lock().unwrap_or_else(PoisonError::into_inner).take() {
                let _ = reached.send(());
            }
            let goes_on = self.0.goes_on.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(goes_on) = goes_on {
                let _ = goes_on.await;
            }
        }
    }
}

#[async_trait]
impl Records for Standing {
    async fn get(&self, partition: &Partition, key: &str) -> Result<Option<Document>, StoreError> {
        self.pass().await;
        self.0.house.records.get(partition, key).await
    }

    async fn put(&self, document: &Document, expected: Option<Version>) -> Result<Swap, StoreError> {
        self.pass().await;
        self.0.house.records.put(document, expected).await
    }

    async fn delete(&self, partition: &Partition, key: &str, version: Version) -> Result<Swap, StoreError> {
        self.pass().await;
        self.0.house.records.delete(partition, key, version).await
    }

    async fn list(&self, partition: &Partition, after: &str, limit: usize) -> Result<Vec<Document>, StoreError> {
        self.pass().await;
        self.0.house.records.list(partition, after, limit).await
    }
}

#[async_trait]
impl Artifacts for Standing {
    async fn put(&self, object: &Object, body: Body) -> Result<(), StoreError> {
        self.pass().await;
        self.0.house.artifacts.put(object, body).await
    }

    async fn put_new(&self, object: &Object, body: Body) -> Result<bool, StoreError> {
        self.pass().await;
        self.0.house.artifacts.put_new(object, body).await
    }

    async fn get(&self, object: &Object, range: Option<Range<u64>>) -> Result<Option<Body>, StoreError> {
        self.pass().await;
        self.0.house.artifacts.get(object, range).await
    }

    async fn head(&self, object: &Object) -> Result<Option<Head>, StoreError> {
        self.pass().await;
        self.0.house.artifacts.head(object).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<Head>, StoreError> {
        self.pass().await;
        self.0.house.artifacts.list(prefix).await
    }

    async fn delete(&self, object: &Object) -> Result<(), StoreError> {
        self.pass().await;
        self.0.house.artifacts.delete(object).await
    }

    async fn link(&self, object: &Object, name: &str, content_type: &str) -> Result<Link, StoreError> {
        self.0.house.artifacts.link(object, name, content_type).await
    }
}

/// A house whose stores stand still before that call, what tells that it is reached, and what lets them go on.
fn standing(house: &House, before: usize) -> (House, oneshot::Receiver<()>, oneshot::Sender<()>) {
    let (reached, is_reached) = oneshot::channel();
    let (go_on, goes_on) = oneshot::channel();
    let standing = Standing(Arc::new(Still {
        house: house.clone(),
        before,
        calls: AtomicUsize::new(0),
        reached: Mutex::new(Some(reached)),
        goes_on: Mutex::new(Some(goes_on)),
    }));
    let house = House { records: Arc::new(standing.clone()), artifacts: Arc::new(standing), ..house.clone() };
    (house, is_reached, go_on)
}

/// How the take comes to be deleted.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Why {
    /// It has expired.
    Expired,
    /// There is room for fewer bytes of takes.
    NoRoom,
}

/// How far the job comes while the sweep stands still.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Comes {
    /// It is opened, and has wished for its take.
    Wished,
    /// It has ended.
    ToItsEnd,
}

/// What becomes of the sweep.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Sweep {
    GoesOn,
    Dies,
}

fn line() -> Script {
    script(&[("Ana", "Good morning.")])
}

/// Says whether the sweep came as far as that call.
async fn check(why: Why, comes: Comes, sweep: Sweep, before: usize) -> bool {
    let case = format!("{why:?}, {comes:?}, the sweep {sweep:?} before its call {before}");
    let mut world = World::new().await;
    world.local = local::memory_house(world.clock.clone());
    let few = match why {
        Why::Expired => None,
        Why::NoRoom => Some(0),
    };
    world.local.house.settings = Settings { keep_takes_bytes: few, ..Settings::default() };
    let (first, _) = world.preview(&line()).await;
    let plan = steps::job::plan(world.house(), &first.id).await.expect("it is there");
    let key = plan.takes[0].key.clone();
    let life_ms = match why {
        Why::Expired => world.house().settings.take_ttl_ms,
        Why::NoRoom => world.house().settings.preview_ttl_ms,
    };
    world.clock.advance(Duration::from_millis(life_ms + 1_000));

    let (house, is_reached, go_on) = standing(world.house(), before);
    let mut sweeping = Box::pin(steps::sweep::sweep(&house));
    let came_so_far = tokio::select! {
        biased;
        swept = &mut sweeping => { swept.expect("the stores work"); false }
        reached = is_reached => reached.is_ok(),
    };
    if !came_so_far {
        return false;
    }
    let id = world.open(Request::script(Kind::Preview, line())).await.expect("the request is good");
    steps::advance::advance(world.house(), &id, None).await.expect("the stores work");
    if comes == Comes::ToItsEnd {
        world.work().await.expect("the stores work");
        assert_eq!(world.view(&id).await.status, Status::Succeeded, "{case}");
    }
    match sweep {
        Sweep::GoesOn => {
            go_on.send(()).expect("the sweep waits");
            sweeping.await.expect("the stores work");
        }
        Sweep::Dies => drop(sweeping),
    }
    world.work().await.expect("the stores work");
    assert_eq!(world.view(&id).await.status, Status::Succeeded, "{case}");
    for _ in 0..3 {
        steps::sweep::sweep(world.house()).await.expect("the stores work");
        is_there(world.house(), &key, &case).await;
        world.clock.advance(Duration::from_secs(60));
    }
    // The next job finds it too, and when its time has come, nothing is left of any attempt.
    let calls = world.calls();
    world.preview(&line()).await;
    assert_eq!(world.calls(), calls, "{case}");
    for _ in 0..3 {
        world.clock.advance(Duration::from_millis(world.house().settings.take_ttl_ms + 1_000));
        steps::sweep::sweep(world.house()).await.expect("the stores work");
    }
    let left: Vec<String> =
        world.house().artifacts.list("").await.expect("works").into_iter().map(|head| head.path).collect();
    assert_eq!(left, Vec::<String>::new(), "{case}");
    for partition in [Partition::Takes, Partition::Tickets, Partition::Wants(key), Partition::OpenAttempts] {
        assert_eq!(world.house().records.list(&partition, "", 9).await.expect("works"), [], "{case}");
    }
    true
}

/// The take is ready, and its sound and sidecar are there.
async fn is_there(house: &House, key: &TakeKey, case: &str) {
    let take = house.read::<Take>(&Partition::Takes, &key.0).await.expect("works").expect(case).record;
    let TakeState::Ready(recording) = take.state else { panic!("{case}: {:?}", take.state) };
    for object in [
        Object::TakeAudio(key.clone(), recording.attempt.clone()),
        Object::TakeSidecar(key.clone(), recording.attempt.clone()),
    ] {
        assert!(house.artifacts.head(&object).await.expect("works").is_some(), "{case}: {object} is gone");
    }
}

async fn check_all(why: Why) {
    for comes in [Comes::Wished, Comes::ToItsEnd] {
        for sweep in [Sweep::GoesOn, Sweep::Dies] {
            let mut before = 0;
            while check(why, comes, sweep, before).await {
                before += 1;
            }
            assert!(before > 12, "the sweep makes {before} calls only");
        }
    }
}

#[tokio::test]
async fn a_job_that_begins_while_its_expired_take_is_deleted_still_ends_well() {
    check_all(Why::Expired).await;
}

#[tokio::test]
async fn a_job_that_begins_while_its_take_is_deleted_for_room_still_ends_well() {
    check_all(Why::NoRoom).await;
}

/// Makes a job up to a step of its own, which stands still before a call while the job is removed; says whether the step came as
/// far.
async fn ends_late(kind: Kind, before: usize) -> bool {
    let world = World::in_memory();
    let id = world.open(Request::script(kind, line())).await.expect("the request is good");
    let is_last = |task: &Task| match kind {
        Kind::Preview => matches!(task, Task::Track { .. }),
        Kind::Video => matches!(task, Task::Join { .. }),
    };
    world.work_up_to(is_last).await.expect("the stores work");
    let (house, is_reached, go_on) = standing(world.house(), before);
    let mut ending = match kind {
        Kind::Preview => steps::track::track(&house, &world.studio, &id).boxed(),
        Kind::Video => steps::join::join(&house, &world.studio, &id).boxed(),
    };
    let came_so_far = tokio::select! {
        biased;
        ended = &mut ending => { ended.expect("the stores work"); false }
        reached = is_reached => reached.is_ok(),
    };
    steps::remove::remove(world.house(), &id).await.expect("the stores work");
    if came_so_far {
        go_on.send(()).expect("the step waits");
        // It may give up, for its plan is gone, or try again, for its track is.
        let _ = ending.await;
        world.work().await.expect("the stores work");
    }
    let left = world.house().artifacts.list(&format!("jobs/{id}/")).await.expect("works");
    assert_eq!(left, [], "{kind:?}, before call {before}");
    let segments = world.house().records.list(&Partition::Segments(id.clone()), "", 9).await.expect("works");
    assert_eq!(segments, [], "{kind:?}, before call {before}");
    let noted = world.house().records.list(&Partition::Timeline(id.clone()), "", 9).await.expect("works");
    assert_eq!(noted, [], "{kind:?}, before call {before}");
    came_so_far
}

#[tokio::test]
async fn a_track_or_a_film_that_is_made_after_its_job_was_removed_leaves_nothing() {
    for kind in [Kind::Preview, Kind::Video] {
        let mut before = 0;
        while ends_late(kind, before).await {
            before += 1;
        }
        assert!(before > 8, "the step makes {before} calls only");
    }
}
