//! A house in memory on the machine's clock, the real client, and a studio that keeps time only.

use crate::speech::host::receives;
use crate::speech::timekeeper::Timekeeper;
use local::{Inbox, SystemClock};
use providers::elevenlabs::Settings;
use providers::{ElevenLabs, Key};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use steps::open::Request;
use story::job::{Kind, Status};
use story::queue::Receiver;
use story::{House, JobId};
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
        let (host, inbox) = (house.clone(), Arc::clone(&self.inbox));
        for receiver in Receiver::ALL {
            tasks.spawn(receives(host.clone(), inbox.clone(), Timekeeper::default(), receiver));
        }
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
    let (studio, mut seen) = (Timekeeper::default(), 0);
    loop {
        steps::speak::speak(&house, &*speech, &studio).await.expect("the stores work");
        if let Ok(woken) = tokio::time::timeout(Duration::from_secs(1), inbox.speech_woken(seen)).await {
            seen = woken.expect("the queue works");
        }
    }
}

/// A line's text: all are as long.
pub(crate) fn text(line: usize) -> String {
    format!("This is line {line:04} of a script, as long as lines often are.")
}
