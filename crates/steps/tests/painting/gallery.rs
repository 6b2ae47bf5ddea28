//! One house whose pictures are painted by several processes, each with a clock of its own.

use crate::lanes::provider::{Client, Provider};
use crate::painting::artist::{Artist, Ways, Web};
use crate::painting::author::Author;
use crate::painting::filmer::Filmer;
use crate::world::{Timekeeper, footage};
use async_trait::async_trait;
use bytes::Bytes;
use doubles::images::ImageSettings;
use local::{Delivery, Inbox, Paused};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use steps::makers::Makers;
use steps::open::Request;
use steps::paint::{Painters, Which};
use steps::stats::Stats;
use steps::view::View;
use story::animator::Show;
use story::failure::StoreError;
use story::job::Kind;
use story::queue::Receiver;
use story::studio::Footage;
use story::{Clips, Clock, Failure, House, Images, JobId, Speech, Timestamp, Viewer};
use tokio::task::{AbortHandle, JoinSet};

const BEGAN: Timestamp = Timestamp(1_795_000_000_000);
const VISIBILITY: Duration = Duration::from_secs(60);

/// A clock that is ahead of another, or behind.
struct Skewed {
    clock: Arc<dyn Clock>,
    ahead_ms: i64,
}

#[async_trait]
impl Clock for Skewed {
    fn now(&self) -> Timestamp {
        Timestamp(self.clock.now().0.saturating_add_signed(self.ahead_ms))
    }

    async fn sleep(&self, duration: Duration) {
        self.clock.sleep(duration).await;
    }

    fn chance(&self) -> u64 {
        self.clock.chance()
    }
}

/// Whoever looks takes everything for a picture but what says that it is none; of programs those run that wait for what is said.
struct Eye {
    has_manim: bool,
}

#[async_trait]
impl Viewer for Eye {
    async fn look(&self, picture: Bytes) -> Result<(), Failure> {
        let is_none = picture.windows(9).any(|part| part == b"no picture");
        if is_none { Err(Failure::GiveUp("no picture".into())) } else { Ok(()) }
    }

    async fn watch(&self, clip: Bytes) -> Result<Footage, Failure> {
        if clip.starts_with(b"a clip") { Ok(footage()) } else { Err(Failure::GiveUp("no clip".into())) }
    }

    fn programs(&self) -> Result<(), String> {
        if self.has_manim { Ok(()) } else { Err("Manim is not installed in this test".into()) }
    }

    async fn rehearse(&self, show: &Show) -> Result<(), Failure> {
        assert_eq!(show.program.words.len(), show.program.cues.len());
        if show.program.code.contains("tried now") {
            return Err(StoreError::Unavailable("nobody runs programs now".into()).into());
        }
        let is_wrong = show.program.code.contains("never said");
        if is_wrong { Err(Failure::GiveUp("line 1: at(\"never said\"): nobody says so".into())) } else { Ok(()) }
    }
}

pub(crate) struct Gallery {
    pub(crate) house: House,
    pub(crate) artist: Arc<Artist>,
    pub(crate) filmer: Arc<Filmer>,
    pub(crate) author: Arc<Author>,
    /// Whether programs are drawn here.
    pub(crate) has_manim: bool,
    rendered: Arc<AtomicUsize>,
    inbox: Arc<dyn Inbox>,
    speech: Client,
    tasks: JoinSet<()>,
}

impl Gallery {
    /// A house with hosts and a sweep, and nobody who paints yet; `provider_ahead_ms` is how far the provider's clock is ahead.
    pub(crate) fn new(seed: u64, settings: ImageSettings, ways: Ways, provider_ahead_ms: i64) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(Paused::new(BEGAN, seed));
        let local = local::memory_house(Arc::clone(&clock));
        let theirs = Arc::new(Skewed { clock: Arc::clone(&clock), ahead_ms: provider_ahead_ms });
        let artist = Artist::new(theirs, settings, ways);
        let speech = Client(Provider::new(clock, 50));
        let filmer = Filmer::new(Arc::clone(&local.house.clock), 1_000);
        let author = Author::new(Arc::clone(&local.house.clock), [1_000; 2]);
        let (rendered, tasks) = (Arc::default(), JoinSet::new());
        let mut gallery = Self {
            house: local.house,
            artist,
            filmer,
            author,
            has_manim: true,
            rendered,
            inbox: local.inbox,
            speech,
            tasks,
        };
        gallery.hosts();
        gallery
    }

    /// The house as a process sees it whose clock is so far ahead.
    pub(crate) fn seen(&self, ahead_ms: i64) -> House {
        let clock = Arc::new(Skewed { clock: Arc::clone(&self.house.clock), ahead_ms });
        House { clock, ..self.house.clone() }
    }

    pub(crate) fn painters(&self) -> Painters {
        let images: Arc<dyn Images> = self.artist.clone();
        let clips: Arc<dyn Clips> = self.filmer.clone();
        Painters {
            images: Ok(images),
            clips: Ok(clips),
            writer: Ok(self.author.clone()),
            fetcher: Arc::new(Web),
            viewer: Arc::new(Eye { has_manim: self.has_manim }),
        }
    }

    /// Somebody who paints whenever somebody is sent for, one picture after the other.
    pub(crate) fn paints(&mut self, house: House) -> AbortHandle {
        self.makes(house, Which::Still, Receiver::Images)
    }

    /// Somebody who has clips made whenever somebody is sent for.
    pub(crate) fn films(&mut self, house: House) -> AbortHandle {
        self.makes(house, Which::Moving, Receiver::Clips)
    }

    /// Somebody who has animations written whenever somebody is sent for.
    pub(crate) fn writes(&mut self, house: House) -> AbortHandle {
        self.makes(house, Which::Written, Receiver::Sketches)
    }

    /// Somebody who has scripts written.
    pub(crate) fn plans(&mut self) {
        let (house, inbox, painters) = (self.house.clone(), Arc::clone(&self.inbox), self.painters());
        let speech = self.speech.clone();
        self.tasks.spawn(async move {
            loop {
                match inbox.receive(Receiver::Writer, VISIBILITY).await.expect("the queue works") {
                    Some(Delivery { task, receipt, .. }) => {
                        let makers = painters.makers(&speech);
                        steps::perform::have_written(&house, makers, &task, 1).await.expect("the stores work");
                        inbox.done(receipt).await.expect("the queue works");
                    }
                    None => inbox.wait(Receiver::Writer).await.expect("the queue works"),
                }
            }
        });
    }

    /// Scene parts that were rendered.
    pub(crate) fn rendered(&self) -> usize {
        self.rendered.load(Ordering::SeqCst)
    }

    /// Whoever speaks.
    pub(crate) fn voice(&self) -> &Provider {
        &self.speech.0
    }

    fn makes(&mut self, house: House, which: Which, receiver: Receiver) -> AbortHandle {
        let (inbox, painters) = (Arc::clone(&self.inbox), self.painters());
        self.tasks.spawn(async move {
            loop {
                match inbox.receive(receiver, VISIBILITY).await.expect("the queue works") {
                    Some(delivery) => {
                        painters.paint_while(&house, which, &|| true).await.expect("the stores work");
                        inbox.done(delivery.receipt).await.expect("the queue works");
                    }
                    None => inbox.wait(receiver).await.expect("the queue works"),
                }
            }
        })
    }

    fn hosts(&mut self) {
        for receiver in [Receiver::Advance, Receiver::Compose, Receiver::Track, Receiver::Animate] {
            let (house, inbox) = (self.house.clone(), Arc::clone(&self.inbox));
            let studio = Timekeeper { rendered: Arc::clone(&self.rendered), ..Timekeeper::default() };
            self.tasks.spawn(crate::lanes::host::receives(house, inbox, studio, receiver));
        }
        let (house, speech, inbox) = (self.house.clone(), self.speech.clone(), Arc::clone(&self.inbox));
        self.tasks.spawn(async move {
            let mut seen = 0;
            loop {
                steps::speak::speak(&house, &speech, &Timekeeper::default()).await.expect("the stores work");
                seen = inbox.speech_woken(seen).await.expect("the queue works");
            }
        });
        let house = self.house.clone();
        self.tasks.spawn(async move {
            loop {
                house.clock.sleep(Duration::from_secs(60)).await;
                steps::sweep::sweep(&house).await.expect("the stores work");
            }
        });
    }

    /// Orders a film of lines, each under the picture that is said of it.
    pub(crate) async fn order(&self, lines: &[(&str, Value)]) -> JobId {
        self.order_with(lines, |_| ()).await
    }

    pub(crate) async fn order_with(&self, lines: &[(&str, Value)], change: impl FnOnce(&mut Request)) -> JobId {
        let mut request = Request::script(Kind::Video, script(lines));
        change(&mut request);
        steps::open::open(&self.house, self.makers(), request).await.expect("the order is good").id
    }

    pub(crate) fn makers(&self) -> Makers<'_> {
        Makers {
            speech: &self.speech,
            images: Ok(self.artist.as_ref()),
            clips: Ok(self.filmer.as_ref()),
            writer: Ok(self.author.as_ref()),
            fetcher: Some(&Web),
            ..Makers::from(&self.speech)
        }
    }

    pub(crate) async fn lives(&self, ms: u64) {
        self.house.clock.sleep(Duration::from_millis(ms)).await;
    }

    pub(crate) async fn stats(&self) -> Stats {
        let profile = self.speech.profile();
        steps::stats::stats(&self.house, &profile, BEGAN).await.expect("the stores work")
    }

    pub(crate) async fn view(&self, id: &JobId) -> View {
        steps::view::view(&self.house, id).await.expect("the stores work").expect("the job is there")
    }

    /// Time goes by until a job has ended.
    pub(crate) async fn ended(&self, id: &JobId) -> View {
        for _ in 0..100_000 {
            let view = self.view(id).await;
            if view.status.has_ended() {
                return view;
            }
            self.lives(1_000).await;
        }
        panic!("{id} never ends: {:#?}", self.view(id).await);
    }
}

pub(crate) fn script(lines: &[(&str, Value)]) -> story::Script {
    let lines: Vec<Value> =
        lines.iter().map(|(text, picture)| json!({"speaker": "Ana", "text": text, "picture": picture})).collect();
    serde_json::from_value(json!({"speakers": {"Ana": {}}, "lines": lines})).expect("a script")
}

/// A picture that is drawn.
pub(crate) fn prompt(text: &str) -> Value {
    json!({"prompt": text})
}
