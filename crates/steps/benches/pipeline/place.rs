//! A house, who makes things in it, and the crew that the command line has: one who speaks for each lane, painters whenever somebody is
//! sent for, one who moves jobs on, and so many who render.

use local::{Delivery, Inbox};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use steps::makers::Makers;
use steps::open::Request;
use steps::paint::{Painters, Which};
use story::job::{Job, Kind, Status};
use story::queue::Receiver;
use story::{House, JobId, Speech, Studio, Task};
use tokio::task::JoinSet;

/// A task that is not heard of for this long is handed over again.
const VISIBILITY: Duration = Duration::from_secs(60);
/// Between two looks at the job, as the command line has it.
const LOOK: Duration = Duration::from_millis(100);
/// Pictures that are drawn at once, at most.
const PAINTERS: usize = 100;

#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) house: House,
    pub(crate) inbox: Arc<dyn Inbox>,
    pub(crate) speech: Arc<dyn Speech>,
    pub(crate) painters: Arc<Painters>,
    pub(crate) studio: Arc<dyn Studio>,
    /// The shorter side of the frame.
    pub(crate) resolution: u32,
}

/// Who works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hands {
    /// A crew.
    Many,
    /// One alone, who does one thing after the other.
    One,
}

/// What is ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// A film of the script.
    Video,
    /// A preview and the film of it, both at once.
    PreviewAndVideo,
    /// A preview, and when it is there the film of it.
    PreviewThenVideo,
}

impl Order {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Video => "the film",
            Self::PreviewAndVideo => "preview and film at once",
            Self::PreviewThenVideo => "the film when its preview has ended (no goal)",
        }
    }
}

impl Place {
    /// Has a film made of so many scenes, each with a line and a picture of its own.
    pub(crate) async fn makes(&self, order: Order, scenes: usize, (hands, cores): (Hands, usize)) -> Job {
        let mut crew = self.crew(hands, cores);
        let made = match order {
            Order::Video => self.open(Kind::Video, None, scenes).await,
            Order::PreviewAndVideo | Order::PreviewThenVideo => {
                let preview = self.open(Kind::Preview, None, scenes).await;
                if order == Order::PreviewThenVideo {
                    self.ended(&preview).await;
                }
                self.open(Kind::Video, Some(preview), scenes).await
            }
        };
        let made = self.ended(&made).await;
        crew.shutdown().await;
        made
    }

    async fn open(&self, kind: Kind, preview: Option<JobId>, scenes: usize) -> JobId {
        let lines: Vec<_> = (0..scenes)
            .map(|scene| {
                let text = format!("This is scene number {scene}, and its line is neither long nor short.");
                json!({ "speaker": "Ana", "text": text, "picture": { "prompt": format!("Scene {scene}: a valley.") } })
            })
            .collect();
        let look = json!({ "resolution": format!("{}p", self.resolution) });
        let script = json!({ "speakers": { "Ana": {} }, "lines": lines, "look": look });
        self.order(kind, preview, script).await
    }

    /// Orders a script's making.
    pub(crate) async fn order(&self, kind: Kind, preview: Option<JobId>, script: Value) -> JobId {
        let script = serde_json::from_value(script).expect("a script");
        self.opened(Request { preview, ..Request::script(kind, script) }).await
    }

    /// Orders something.
    pub(crate) async fn opened(&self, request: Request) -> JobId {
        steps::open::open(&self.house, self.makers(), request).await.expect("the order is good").id
    }

    fn makers(&self) -> Makers<'_> {
        self.painters.makers(&*self.speech)
    }

    /// Waits for a job's end.
    pub(crate) async fn ended(&self, id: &JobId) -> Job {
        loop {
            let head = steps::job::head(&self.house, id).await.expect("the stores work").expect("the job is there");
            if head.status.has_ended() {
                assert_eq!(head.status, Status::Succeeded, "{:?}", head.error);
                return head;
            }
            self.house.clock.sleep(LOOK).await;
        }
    }

    /// Those who make films: so many scenes at once.
    pub(crate) fn crew(&self, hands: Hands, cores: usize) -> JoinSet<()> {
        let mut crew = JoinSet::new();
        if hands == Hands::One {
            crew.spawn(self.clone().works_alone());
            return crew;
        }
        for _ in 0..self.house.settings.lanes {
            crew.spawn(self.clone().speaks());
        }
        crew.spawn(self.clone().receives(Receiver::Advance));
        crew.spawn(self.clone().receives(Receiver::Track));
        crew.spawn(self.clone().receives(Receiver::Writer));
        crew.spawn(self.clone().paints(Which::Still));
        crew.spawn(self.clone().paints(Which::Written));
        for _ in 0..cores {
            crew.spawn(self.clone().receives(Receiver::Compose));
            crew.spawn(self.clone().receives(Receiver::Animate));
        }
        crew
    }

    async fn speaks(self) {
        let mut seen = 0;
        loop {
            self.speaks_what_waits().await;
            let woken = tokio::time::timeout(Duration::from_secs(1), self.inbox.speech_woken(seen));
            if let Ok(woken) = woken.await {
                seen = woken.expect("the queue works");
            }
        }
    }

    async fn speaks_what_waits(&self) {
        steps::speak::speak(&self.house, &*self.speech, &*self.studio).await.expect("the stores work");
    }

    async fn receives(self, receiver: Receiver) {
        loop {
            match self.inbox.receive(receiver, VISIBILITY).await.expect("the queue works") {
                Some(delivery) => self.does(delivery).await,
                None => self.inbox.wait(receiver).await.expect("the queue works"),
            }
        }
    }

    async fn does(&self, Delivery { task, receipt, tries }: Delivery) {
        match task {
            Task::Paint { .. } => self.painters.paint_while(&self.house, Which::Still, &|| true).await,
            Task::Write { .. } => steps::perform::have_written(&self.house, self.makers(), &task, tries).await,
            task => steps::perform::perform(&self.house, &*self.studio, &task, tries).await,
        }
        .expect("the stores work");
        self.inbox.done(receipt).await.expect("the queue works");
    }

    async fn paints(self, which: Which) {
        let receiver = which.wake(String::new()).receiver();
        let mut painting = JoinSet::new();
        loop {
            tokio::select! {
                Some(painted) = painting.join_next() => painted.expect("a painter ends well"),
                waited = self.inbox.wait(receiver), if painting.len() < PAINTERS => waited.expect("the queue works"),
            }
            while painting.len() < PAINTERS
                && let Some(delivery) = self.inbox.receive(receiver, VISIBILITY).await.expect("the queue works")
            {
                self.inbox.done(delivery.receipt).await.expect("the queue works");
                let place = self.clone();
                painting.spawn(async move {
                    place.painters.paint_while(&place.house, which, &|| true).await.expect("the stores work");
                });
            }
        }
    }

    /// One does everything: nothing overlaps.
    async fn works_alone(self) {
        let mut seen = 0;
        loop {
            let mut is_idle = true;
            for receiver in Receiver::ALL {
                while let Some(delivery) = self.inbox.receive(receiver, VISIBILITY).await.expect("the queue works") {
                    is_idle = false;
                    self.does(delivery).await;
                }
            }
            self.speaks_what_waits().await;
            if is_idle {
                let [advance, compose, track, images, ..] = Receiver::ALL.map(|receiver| self.inbox.wait(receiver));
                tokio::select! {
                    waited = advance => waited.expect("the queue works"),
                    waited = compose => waited.expect("the queue works"),
                    waited = track => waited.expect("the queue works"),
                    waited = images => waited.expect("the queue works"),
                    woken = self.inbox.speech_woken(seen) => seen = woken.expect("the queue works"),
                }
            }
        }
    }
}
