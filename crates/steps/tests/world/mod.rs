//! A house in a temporary folder, the rehearsal, a studio that only keeps time, and a host that works until nothing is left to do.

mod timekeeper;

pub(crate) use timekeeper::{Pace, Timekeeper, footage};

use async_trait::async_trait;
use local::{Delivery, LocalHouse, Manual, SystemClock};
use providers::Rehearsal;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use steps::open::{Refusal, Request};
use steps::view::View;
use story::failure::StoreError;
use story::house::{Held, LaneLock, Settings};
use story::job::{Kind, Status};
use story::maker::{MakerError, MayBegin};
use story::queue::Receiver;
use story::speech::{Answer, Books, Catalog, Profile, TakeRequest, Unspoken, Voice};
use story::{Clock, Failure, House, JobId, Script, Speech, Task, Timestamp};
use tempfile::TempDir;

pub(crate) struct World {
    pub(crate) local: LocalHouse,
    pub(crate) clock: Arc<Manual>,
    pub(crate) speech: Counted,
    pub(crate) studio: Timekeeper,
    /// Where it lies, unless in memory: it goes with the world.
    _folder: Option<TempDir>,
}

/// A machine on which one process lives at a time.
struct Alone;

impl LaneLock for Alone {
    fn try_hold(&self, _lane: &str) -> Held {
        Held::Yes(Box::new(()))
    }
}

/// A speech provider that counts the calls it hears.
pub(crate) struct Counted {
    inner: Box<dyn Speech>,
    calls: AtomicUsize,
}

#[async_trait]
impl Speech for Counted {
    fn profile(&self) -> Profile {
        self.inner.profile()
    }

    async fn catalog(&self) -> Result<Catalog, MakerError> {
        self.inner.catalog().await
    }

    async fn voice(&self, id: &str) -> Result<Option<Voice>, MakerError> {
        self.inner.voice(id).await
    }

    async fn speak(&self, request: &TakeRequest, may_begin: MayBegin) -> Result<Box<dyn Answer>, Unspoken> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        self.inner.speak(request, may_begin).await
    }

    fn books(&self) -> Option<&dyn Books> {
        self.inner.books()
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let clock = Arc::new(Manual::new(Timestamp(1_795_000_000_000)));
        let local = local::house::house_on(folder.path(), Settings::default(), clock.clone()).await.expect("a house");
        Self { _folder: Some(folder), ..Self::on(local, clock) }
    }

    fn on(local: LocalHouse, clock: Arc<Manual>) -> Self {
        let inner = Box::new(Rehearsal::open(providers::rehearsal::Settings::default()));
        let speech = Counted { inner, calls: AtomicUsize::new(0) };
        Self { local, clock, speech, studio: Timekeeper::default(), _folder: None }
    }

    /// The same in memory, for tests of many worlds. Who takes its lane knows that earlier holders are dead.
    pub(crate) fn in_memory() -> Self {
        let clock = Arc::new(Manual::new(Timestamp(1_795_000_000_000)));
        let mut local = local::memory_house(clock.clone());
        local.house.lane_lock = Arc::new(Alone);
        Self::on(local, clock)
    }

    /// In memory, with a provider that is paid and lives in the machine's time.
    pub(crate) fn paid(speech: impl Speech + 'static) -> Self {
        let mut world = Self::in_memory();
        world.clock.set(SystemClock.now());
        world.speech.inner = Box::new(speech);
        world
    }

    pub(crate) fn house(&self) -> &House {
        &self.local.house
    }

    pub(crate) fn calls(&self) -> usize {
        self.speech.calls.load(Ordering::SeqCst)
    }

    pub(crate) fn rendered(&self) -> usize {
        self.studio.rendered.load(Ordering::SeqCst)
    }

    /// Opens a job without working at it.
    pub(crate) async fn open(&self, request: Request) -> Result<JobId, Refusal> {
        steps::open::open(self.house(), &self.speech, request).await.map(|job| job.id)
    }

    /// Works until no task and no ticket is left.
    pub(crate) async fn work(&self) -> Result<(), Failure> {
        self.work_up_to(|_| false).await
    }

    async fn next(&self) -> Result<Option<Delivery>, StoreError> {
        for receiver in Receiver::ALL {
            if let Some(delivery) = self.local.inbox.receive(receiver, Duration::from_secs(60)).await? {
                return Ok(Some(delivery));
            }
        }
        Ok(None)
    }

    /// Works up to the first such task, which is left to be done.
    pub(crate) async fn work_up_to(&self, ends: impl Fn(&Task) -> bool) -> Result<(), Failure> {
        loop {
            steps::speak::speak(self.house(), &self.speech, &self.studio).await?;
            let Some(delivery) = self.next().await? else {
                return Ok(());
            };
            if ends(&delivery.task) {
                return Ok(self.local.inbox.again(delivery.receipt, Duration::ZERO).await?);
            }
            if steps::rest::rests(self.house(), delivery.task.job()).await? {
                // Taken up again, the job is sent all that is due.
                self.local.inbox.done(delivery.receipt).await?;
                continue;
            }
            match steps::perform::perform(self.house(), &self.studio, &delivery.task, delivery.tries).await {
                Ok(()) => self.local.inbox.done(delivery.receipt).await?,
                Err(failure) => {
                    self.local.inbox.again(delivery.receipt, Duration::ZERO).await?;
                    return Err(failure);
                }
            }
            // A task that is to be looked at again later.
            self.clock.advance(Duration::from_millis(1));
        }
    }

    pub(crate) async fn view(&self, id: &JobId) -> View {
        steps::view::view(self.house(), id).await.expect("the store works").expect("the job is there")
    }

    /// Makes a job, and says how it ended and how many calls it took.
    pub(crate) async fn make(&self, request: Request) -> (View, usize) {
        let before = self.calls();
        let id = self.open(request).await.expect("the request is good");
        self.work().await.expect("the stores work");
        let view = self.view(&id).await;
        assert_eq!(view.status, Status::Succeeded, "{:?}", view.error);
        (view, self.calls() - before)
    }

    pub(crate) async fn preview(&self, script: &Script) -> (View, usize) {
        self.make(Request::script(Kind::Preview, script.clone())).await
    }

    /// A film of a preview, with or without the script.
    pub(crate) async fn film(&self, preview: Option<&JobId>, script: Option<&Script>) -> (View, usize) {
        self.make(film_request(preview, script)).await
    }
}

pub(crate) fn film_request(preview: Option<&JobId>, script: Option<&Script>) -> Request {
    Request { script: script.cloned(), preview: preview.cloned(), ..Request::script(Kind::Video, dialogue()) }
}

/// Two speakers, four lines.
pub(crate) fn dialogue() -> Script {
    script(&[("Ana", "Good morning."), ("Bo", "Is it?"), ("Ana", "The sun is up."), ("Bo", "Then it is.")])
}

pub(crate) fn script(lines: &[(&str, &str)]) -> Script {
    let lines: Vec<_> =
        lines.iter().map(|(speaker, text)| serde_json::json!({ "speaker": speaker, "text": text })).collect();
    let value = serde_json::json!({ "speakers": { "Ana": {}, "Bo": {} }, "lines": lines });
    serde_json::from_value(value).expect("a script")
}
