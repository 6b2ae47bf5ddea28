//! What planning costs, whatever the number of lines, and that events and the sweep come to the same.

use crate::double;
use crate::world::World;
use async_trait::async_trait;
use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use steps::advance::advance;
use steps::open::Request;
use steps::perform::perform;
use story::artifacts::{Object, collect};
use story::failure::StoreError;
use story::job::{Job, Kind, Status};
use story::maker::{MakerError, MayBegin};
use story::plan::OnSpeechFailure;
use story::queue::{Moved, Part};
use story::records::{Document, Partition, Records, Swap, Version};
use story::script::VoiceSettings;
use story::speech::{Answer, Catalog, Heard, Profile, Receipt, TakeRequest, Unspoken, Voice};
use story::tracks::Tracks;
use story::{House, JobId, Queue, Script, Speech, Task};

/// What is spoken wherever a line may not be.
const UNSPEAKABLE: &str = "unspeakable";

/// A provider that answers at once, and refuses what cannot be spoken.
struct Quick;

/// Its parts, the last one first.
struct Parts(Vec<Heard>);

#[async_trait]
impl Answer for Parts {
    async fn next(&mut self) -> Result<Heard, MakerError> {
        self.0.pop().ok_or_else(|| MakerError::Unknown("it was over".into()))
    }
}

#[async_trait]
impl Speech for Quick {
    fn profile(&self) -> Profile {
        Profile { rehearsed: true, ..double::profile() }
    }

    async fn catalog(&self) -> Result<Catalog, MakerError> {
        Ok(double::catalog())
    }

    async fn voice(&self, id: &str) -> Result<Option<Voice>, MakerError> {
        Ok(Some(Voice { id: id.to_owned(), name: id.to_owned(), settings: VoiceSettings::default() }))
    }

    async fn speak(&self, request: &TakeRequest, may_begin: MayBegin) -> Result<Box<dyn Answer>, Unspoken> {
        if request.text.contains(UNSPEAKABLE) {
            return Err(MakerError::Refused("nobody can say this".into()).into());
        }
        if !may_begin() {
            return Err(MakerError::TooLate.into());
        }
        let receipt = Receipt { characters: request.characters(), ..Receipt::default() };
        let sound = Bytes::from_static(&[7; 3200]);
        Ok(Box::new(Parts(vec![Heard::End(receipt), Heard::Sound(sound.into())])))
    }
}

/// Records that count. A listing is as many reads as it finds documents, and one at least.
struct Counting {
    inner: Arc<dyn Records>,
    reads: AtomicU64,
    writes: AtomicU64,
}

impl Counting {
    fn of(&self) -> (u64, u64) {
        (self.reads.load(Ordering::SeqCst), self.writes.load(Ordering::SeqCst))
    }
}

#[async_trait]
impl Records for Counting {
    async fn get(&self, partition: &Partition, key: &str) -> Result<Option<Document>, StoreError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.inner.get(partition, key).await
    }

    async fn put(&self, document: &Document, expected: Option<Version>) -> Result<Swap, StoreError> {
        self.writes.fetch_add(1, Ordering::SeqCst);
        self.inner.put(document, expected).await
    }

    async fn delete(&self, partition: &Partition, key: &str, version: Version) -> Result<Swap, StoreError> {
        self.writes.fetch_add(1, Ordering::SeqCst);
        self.inner.delete(partition, key, version).await
    }

    async fn list(&self, partition: &Partition, after: &str, limit: usize) -> Result<Vec<Document>, StoreError> {
        let found = self.inner.list(partition, after, limit).await?;
        self.reads.fetch_add(found.len().max(1) as u64, Ordering::SeqCst);
        Ok(found)
    }
}

fn counting(world: &mut World) -> Arc<Counting> {
    let inner = world.house().records.clone();
    let counting = Arc::new(Counting { inner, reads: AtomicU64::new(0), writes: AtomicU64::new(0) });
    world.local.house.records = counting.clone();
    counting
}

fn script(lines: &[String], pictures: &[bool]) -> Script {
    let line = |(index, text): (usize, &String)| {
        let mut line = serde_json::json!({ "speaker": "Ana", "text": text });
        if pictures.get(index).copied().unwrap_or_default() {
            line["picture"] = serde_json::json!({ "color": "#123456" });
        }
        line
    };
    let lines: Vec<_> = lines.iter().enumerate().map(line).collect();
    let value = serde_json::json!({ "speakers": { "Ana": {} }, "lines": lines });
    serde_json::from_value(value).expect("a script")
}

async fn head(house: &House, id: &JobId) -> Job {
    steps::job::head(house, id).await.expect("the store works").expect("the job is there")
}

/// Reads and writes of a whole job, for each of its lines.
async fn per_line(kind: Kind, lines: usize) -> (f64, f64) {
    let mut world = World::paid(Quick);
    world.local.house.settings.max_lines = lines;
    let counting = counting(&mut world);
    let texts: Vec<String> = (0..lines).map(|line| format!("This is line {line}.")).collect();
    let id = world.open(Request::script(kind, script(&texts, &[]))).await.expect("the request is good");
    world.work().await.expect("the stores work");
    let head = head(world.house(), &id).await;
    assert_eq!((head.status, world.calls()), (Status::Succeeded, lines), "{:?}", head.error);
    let (reads, writes) = counting.of();
    (reads as f64 / lines as f64, writes as f64 / lines as f64)
}

#[expect(clippy::print_stdout, reason = "its figures are what it is run for")]
async fn check_costs(kind: Kind) {
    let (mut reads, mut writes) = (Vec::new(), Vec::new());
    for lines in [10, 100, 500, 5_000] {
        let (read, written) = per_line(kind, lines).await;
        println!("{kind:?} of {lines:>5} lines: {read:.2} reads and {written:.2} writes of records for each line");
        reads.push(read);
        writes.push(written);
    }
    for figures in [reads, writes] {
        let most = figures.iter().copied().fold(0.0, f64::max);
        let least = figures.iter().copied().fold(f64::MAX, f64::min);
        assert!(most <= 1.2 * least, "{kind:?}: {figures:?}");
    }
}

#[tokio::test]
async fn a_line_of_a_preview_costs_the_same_few_records_however_many_there_are() {
    check_costs(Kind::Preview).await;
}

#[tokio::test]
async fn a_line_of_a_film_costs_the_same_few_records_however_many_there_are() {
    check_costs(Kind::Video).await;
}

/// Dice (SplitMix64: Steele, Lea and Flood, 2014).
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed >> 33) as usize % sides
    }
}

/// A queue that only notes what is sent; the test delivers.
#[derive(Default)]
struct Noting(Mutex<Vec<Task>>);

impl Noting {
    fn take(&self) -> Vec<Task> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Queue for Noting {
    async fn send(&self, task: &Task, _: Duration) -> Result<(), StoreError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(task.clone());
        Ok(())
    }

    async fn wake_speech(&self, _: &str) -> Result<(), StoreError> {
        Ok(())
    }
}

/// How events reach a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// Each once, in any order.
    Events,
    /// Some are lost, some come twice, some long after; the sweep repairs.
    Lossy,
    /// None of a take ever arrives: the sweep does it all.
    Sweep,
}

/// What was done for a job, how often, and what it ended as.
#[derive(Debug, PartialEq, Eq)]
struct Done {
    status: Status,
    works: BTreeMap<String, usize>,
    file: Option<Vec<u8>>,
}

/// Lives a job to its end: its work is done in any order, its events come by a way of their own.
async fn live(request: &Request, way: Way, dice: &mut Dice) -> Done {
    let mut world = World::paid(Quick);
    let queue = Arc::new(Noting::default());
    world.local.house.queue = queue.clone();
    if matches!(way, Way::Events) {
        // So that each is sent once: what is laid ahead is sent for with each line.
        world.local.house.tracks = Tracks::default();
    }
    let id = world.open(request.clone()).await.expect("the request is good");
    let house = world.house();
    let mut works = BTreeMap::new();
    let mut waiting = queue.take();
    for _ in 0..1_000 {
        if head(house, &id).await.status.has_ended() {
            break;
        }
        if waiting.is_empty() {
            steps::speak::speak(house, &world.speech, &world.studio).await.expect("the stores work");
            waiting = queue.take();
        }
        if waiting.is_empty() {
            advance(house, &id, None).await.expect("the stores work");
            waiting = queue.take();
        }
        if waiting.is_empty() {
            continue;
        }
        let task = waiting.swap_remove(dice.throw(waiting.len()));
        let event = match &task {
            Task::Advance { moved: Some(moved), .. } => Some(moved),
            _ => None,
        };
        match (event, way) {
            (Some(Moved { part: Part::Take(_), .. }), Way::Sweep) => continue,
            (Some(_), Way::Lossy) => match dice.throw(4) {
                0 => continue,
                1 => waiting.push(task.clone()),
                _ => {}
            },
            (Some(_), Way::Events | Way::Sweep) => {}
            (None, _) if matches!(task, Task::Advance { .. }) => {}
            // The same is due until its event has arrived.
            (None, _) => *works.entry(format!("{task:?}").replace(&id.0, "")).or_default() += 1,
        }
        perform(house, &world.studio, &task, 1).await.expect("the stores work");
        waiting.extend(queue.take());
    }
    let head = head(house, &id).await;
    let name = if head.kind == Kind::Video { "film.mp4" } else { "preview.m4a" };
    let stored = house.artifacts.get(&Object::File(id, name.into()), None).await.expect("the stores work");
    let file = match stored {
        Some(stored) => Some(collect(stored).await.expect("the stores work").to_vec()),
        None => None,
    };
    Done { status: head.status, works, file }
}

fn order(dice: &mut Dice) -> Request {
    let lines = 1 + dice.throw(7);
    let text = |dice: &mut Dice| match dice.throw(10) {
        0 => UNSPEAKABLE.to_owned(),
        number => format!("Line {number}."),
    };
    let texts: Vec<String> = (0..lines).map(|_| text(dice)).collect();
    let pictures: Vec<bool> = (0..lines).map(|_| dice.throw(2) == 0).collect();
    let kind = if dice.throw(3) == 0 { Kind::Preview } else { Kind::Video };
    let on_speech_failure = if dice.throw(4) == 0 { OnSpeechFailure::Fail } else { OnSpeechFailure::Silence };
    Request { on_speech_failure, ..Request::script(kind, script(&texts, &pictures)) }
}

#[tokio::test]
async fn events_in_any_order_lost_or_doubled_and_the_sweep_alone_do_the_same_work() {
    let mut ends = BTreeSet::new();
    for seed in 0..150 {
        let mut dice = Dice(seed);
        let request = order(&mut dice);
        let events = live(&request, Way::Events, &mut dice).await;
        let lossy = live(&request, Way::Lossy, &mut dice).await;
        let sweep = live(&request, Way::Sweep, &mut dice).await;
        ends.insert(format!("{:?}", events.status));
        for other in [&lossy, &sweep] {
            assert_eq!((other.status, &other.file), (events.status, &events.file), "seed {seed}");
            // Where a job fails, it depends on the order what was begun by then.
            if events.status == Status::Succeeded {
                assert!(other.works.keys().eq(events.works.keys()), "seed {seed}: {events:?} {other:?}");
            }
        }
        assert!(events.works.values().all(|times| *times == 1), "seed {seed}: each is sent once: {events:?}");
    }
    assert_eq!(ends, BTreeSet::from(["Failed".into(), "Succeeded".into()]), "both ends were seen");
}

#[tokio::test]
async fn a_plan_is_decoded_once_and_goes_with_its_job() {
    let world = World::paid(Quick);
    let id = world.open(Request::script(Kind::Preview, script(&["Yes.".into()], &[]))).await.expect("good");
    let made = head(world.house(), &id).await;
    let first = steps::job::plan_of(world.house(), &made).await.expect("it is there");
    let second = steps::job::plan_of(world.house(), &made).await.expect("it is there");
    assert!(Arc::ptr_eq(&first, &second));
    let other = World::paid(Quick);
    assert!(steps::job::plan_of(other.house(), &made).await.is_err(), "another house knows nothing of it");
    steps::remove::remove(world.house(), &id).await.expect("the stores work");
    assert!(steps::job::plan_of(world.house(), &made).await.is_err(), "a removed job has no plan");
}
