//! One house at one account: workers that speak, hosts that receive and sweep, users who order. The time of its runtime is paused, and
//! whoever waits sleeps by its clock.

use crate::lanes::host::receives;
use crate::lanes::provider::{Client, Log, Provider};
use crate::lanes::slow::Slowness;
use crate::world::Timekeeper;
use local::{Inbox, Paused};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use steps::open::Request;
use steps::view::View;
use story::job::{Kind, Status};
use story::queue::Receiver;
use story::ticket::Priority;
use story::{Clock, House, JobId, Script, Timestamp};
use tokio::task::{AbortHandle, JoinSet};

const BEGAN: Timestamp = Timestamp(1_795_000_000_000);

pub(crate) struct City {
    pub(crate) house: House,
    pub(crate) inbox: Arc<dyn Inbox>,
    pub(crate) provider: Arc<Provider>,
    began: Timestamp,
    tasks: JoinSet<()>,
}

/// How a worker is woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wakes {
    /// By a wake-up, and each second.
    EachSecond,
    /// By a wake-up only.
    Only,
}

impl City {
    /// A house with lanes, and calls that take as long. A worker for each lane, hosts and a sweep.
    pub(crate) fn new(lanes: u32, call_ms: u64) -> Self {
        let mut city = Self::without_workers(lanes, call_ms);
        for _ in 0..lanes {
            city.worker(city.house.clone(), Wakes::EachSecond);
        }
        city.hosts();
        city
    }

    pub(crate) fn without_workers(lanes: u32, call_ms: u64) -> Self {
        Self::begun(BEGAN, lanes, call_ms)
    }

    /// The same at that time, without workers.
    pub(crate) fn begun(began: Timestamp, lanes: u32, call_ms: u64) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(Paused::new(began, 7));
        let mut local = local::memory_house(Arc::clone(&clock));
        local.house.settings.lanes = lanes;
        let provider = Provider::new(clock, call_ms);
        Self { house: local.house, inbox: local.inbox, provider, began, tasks: JoinSet::new() }
    }

    /// The stores of the house from now on, as who is made later sees them.
    pub(crate) fn slow(&mut self, record_ms: u64, artifact_ms: u64) -> Arc<Slowness> {
        let slowness = Slowness::new(Arc::clone(&self.house.clock), record_ms, artifact_ms);
        self.house = slowness.house(&self.house);
        slowness
    }

    /// Speaks whenever it is woken, as hosts do. One that ends by an error is begun anew.
    pub(crate) fn worker(&mut self, house: House, wakes: Wakes) -> AbortHandle {
        let (inbox, speech) = (Arc::clone(&self.inbox), Client(Arc::clone(&self.provider)));
        self.tasks.spawn(async move {
            let (studio, mut seen) = (Timekeeper::default(), 0);
            loop {
                drop(steps::speak::speak(&house, &speech, &studio).await);
                let woken = inbox.speech_woken(seen);
                seen = match wakes {
                    Wakes::Only => woken.await.unwrap_or_default(),
                    Wakes::EachSecond => tokio::select! {
                        biased;
                        woken = woken => woken.unwrap_or_default(),
                        () = house.clock.sleep(Duration::from_secs(1)) => seen,
                    },
                };
            }
        })
    }

    /// Something that goes on for as long as the city stands.
    pub(crate) fn spawn(&mut self, doing: impl Future<Output = ()> + Send + 'static) -> AbortHandle {
        self.tasks.spawn(doing)
    }

    /// Those who move jobs on, and the sweep.
    pub(crate) fn hosts(&mut self) {
        for receiver in Receiver::ALL {
            let (house, inbox) = (self.house.clone(), Arc::clone(&self.inbox));
            self.tasks.spawn(async move { receives(house, inbox, Timekeeper::default(), receiver).await });
        }
        let house = self.house.clone();
        self.tasks.spawn(async move {
            loop {
                house.clock.sleep(Duration::from_secs(60)).await;
                steps::sweep::sweep(&house).await.expect("the stores work");
            }
        });
    }

    pub(crate) fn speech(&self) -> Client {
        Client(Arc::clone(&self.provider))
    }

    /// Orders a preview of so many lines, "name 0." and so on.
    pub(crate) async fn order(&self, name: &str, lines: usize, priority: Priority) -> JobId {
        let texts: Vec<String> = (0..lines).map(|index| line(name, index)).collect();
        self.order_texts(&texts, priority).await
    }

    pub(crate) async fn order_texts(&self, texts: &[String], priority: Priority) -> JobId {
        let request = Request { priority: Some(priority), ..Request::script(Kind::Preview, script(texts)) };
        steps::open::open(&self.house, &self.speech(), request).await.expect("the order is good").id
    }

    /// Time goes by.
    pub(crate) async fn lives(&self, ms: u64) {
        self.house.clock.sleep(Duration::from_millis(ms)).await;
    }

    pub(crate) async fn lives_until(&self, ms: u64) {
        self.lives(ms.saturating_sub(self.now_ms())).await;
    }

    /// Since the beginning.
    pub(crate) fn began(&self) -> Timestamp {
        self.began
    }

    pub(crate) fn now_ms(&self) -> u64 {
        self.house.clock.now().since_ms(self.began)
    }

    pub(crate) async fn view(&self, id: &JobId) -> View {
        steps::view::view(&self.house, id).await.expect("the stores work").expect("the job is there")
    }

    /// Time goes by until a job has ended.
    pub(crate) async fn ended(&self, id: &JobId) -> View {
        loop {
            let head = steps::job::head(&self.house, id).await.expect("the stores work").expect("the job is there");
            if head.status.has_ended() {
                return self.view(id).await;
            }
            self.lives(100).await;
        }
    }

    pub(crate) async fn succeeded(&self, id: &JobId) -> View {
        let view = self.ended(id).await;
        assert_eq!(view.status, Status::Succeeded, "{:?}", view.error);
        view
    }

    pub(crate) fn log(&self) -> Log {
        self.provider.log(self.began.0)
    }
}

/// A line of a job.
pub(crate) fn line(name: &str, index: usize) -> String {
    format!("{name} {index}.")
}

pub(crate) fn script(texts: &[String]) -> Script {
    let lines: Vec<_> = texts.iter().map(|text| json!({ "speaker": "Ana", "text": text })).collect();
    serde_json::from_value(json!({ "speakers": { "Ana": {} }, "lines": lines })).expect("a script")
}
