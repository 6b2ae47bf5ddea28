//! A house in memory on the machine's clock, the real client, and a studio that keeps time only.

use async_trait::async_trait;
use bytes::Bytes;
use local::{Delivery, Inbox, SystemClock};
use providers::elevenlabs::Settings;
use providers::{ElevenLabs, Key};
use serde_json::json;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;
use steps::open::Request;
use story::artifacts::{Body, body, collect};
use story::job::{Kind, Status};
use story::queue::Kind as Tasks;
use story::scene::Scene;
use story::studio::{Film, Level, Reel, Rendered, Slot};
use story::{Failure, House, JobId, Studio};
use tokio::task::JoinSet;

pub(crate) struct Place {
    pub(crate) house: House,
    pub(crate) inbox: Arc<dyn Inbox>,
    pub(crate) speech: Arc<ElevenLabs>,
}

impl Place {
    pub(crate) fn new(lanes: u32, base_url: &str) -> Self {
        let mut local = local::memory_house(Arc::new(SystemClock));
        local.house.settings.lanes = lanes;
        let key = Key::new("sk_double").expect("the double's key is one");
        let settings = Settings { base_url: base_url.to_owned(), ..Settings::new(key) };
        let speech = Arc::new(ElevenLabs::open(settings).expect("the double's address is one"));
        Self { house: local.house, inbox: local.inbox, speech }
    }

    /// Orders a preview of so many lines; its tickets are there when this returns.
    pub(crate) async fn order(&self, lines: usize) -> JobId {
        let lines: Vec<_> = (0..lines).map(|line| json!({ "speaker": "Ana", "text": text(line) })).collect();
        let script = serde_json::from_value(json!({ "speakers": { "Ana": {} }, "lines": lines })).expect("a script");
        let request = Request::script(Kind::Preview, script);
        let id = steps::open::open(&self.house, &*self.speech, request).await.expect("the order is good").id;
        steps::advance::advance(&self.house, &id, None).await.expect("the stores work");
        id
    }

    /// Works in this house until a job is made: a worker for each lane, and hosts beside them.
    pub(crate) async fn makes(&self, house: &House, id: &JobId) {
        let mut tasks = JoinSet::new();
        for _ in 0..house.settings.lanes {
            tasks.spawn(speaks(house.clone(), Arc::clone(&self.inbox), Arc::clone(&self.speech)));
        }
        tasks.spawn(receives(house.clone(), Arc::clone(&self.inbox)));
        loop {
            let head = steps::job::head(&self.house, id).await.expect("the stores work").expect("the job is there");
            if head.status.has_ended() {
                assert_eq!(head.status, Status::Succeeded, "{:?}", head.error);
                return tasks.shutdown().await;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

async fn speaks(house: House, inbox: Arc<dyn Inbox>, speech: Arc<ElevenLabs>) {
    let mut seen = 0;
    loop {
        steps::speak::speak(&house, &*speech, &Timekeeper).await.expect("the stores work");
        if let Ok(woken) = tokio::time::timeout(Duration::from_secs(1), inbox.speech_woken(seen)).await {
            seen = woken.expect("the queue works");
        }
    }
}

async fn receives(house: House, inbox: Arc<dyn Inbox>) {
    loop {
        match inbox.receive(&Tasks::ALL, Duration::from_secs(60)).await.expect("the queue works") {
            Some(Delivery { task, receipt, .. }) => {
                steps::perform::perform(&house, &Timekeeper, &task).await.expect("the stores work");
                inbox.done(receipt).await.expect("the queue works");
            }
            None => inbox.wait(&Tasks::ALL).await.expect("the queue works"),
        }
    }
}

/// A line's text: all are as long.
pub(crate) fn text(line: usize) -> String {
    format!("This is line {line:04} of a script, as long as lines often are.")
}

/// Sound is as long as its bytes say.
struct Timekeeper;

#[async_trait]
impl Studio for Timekeeper {
    fn version(&self) -> String {
        "timekeeper".into()
    }

    async fn level(&self, audio: Body) -> Result<Level, Failure> {
        Ok(Level { samples: collect(audio).await?.len() as u64 * 3, gain_db: 0.0, limiter: 1 })
    }

    async fn activity(&self, audio: Body) -> Result<Vec<Range<u64>>, Failure> {
        let samples = self.level(audio).await?.samples;
        Ok(std::iter::once(0..samples).collect())
    }

    fn picture_size(&self, _: &[u8]) -> Result<(u32, u32), String> {
        Ok((1, 1))
    }

    async fn lay(&self, slots: Vec<Slot>) -> Result<Body, Failure> {
        let samples: Vec<String> = slots.iter().map(|slot| slot.samples.to_string()).collect();
        Ok(body(samples.join("\n")))
    }

    async fn render(&self, _: &Scene, _: BTreeMap<String, Bytes>) -> Result<Rendered, Failure> {
        Err(Failure::GiveUp("previews have no scenes".into()))
    }

    async fn join(&self, _: Reel) -> Result<Film, Failure> {
        Err(Failure::GiveUp("previews are no films".into()))
    }
}
