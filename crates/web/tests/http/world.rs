//! A house in memory behind its routes, and what is asked of it.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request};
use local::queue::Inbox;
use local::{LocalHouse, Manual, memory_house};
use providers::Rehearsal;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use story::house::House;
use story::job::{Job, Status};
use story::queue::Receiver;
use story::{JobId, Speech, Task, Timestamp};
use tower::ServiceExt;
use web::{Desk, Settings};

pub(crate) const NOW: Timestamp = Timestamp(1_795_210_000_000);

pub(crate) type Role = fn(Desk) -> Router;

pub(crate) struct World {
    router: Router,
    pub(crate) house: House,
    inbox: Arc<dyn Inbox>,
    pub(crate) clock: Arc<Manual>,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: HeaderMap,
    pub(crate) bytes: bytes::Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or(Value::Null)
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The kind of a problem, and the places it names.
    pub(crate) fn problem(&self) -> (u16, String, Vec<String>) {
        let json = self.json();
        let places = json["errors"].as_array().into_iter().flatten();
        let places = places.map(|error| error["pointer"].as_str().unwrap().to_owned()).collect();
        (self.status, json["type"].as_str().unwrap_or_default().to_owned(), places)
    }
}

pub(crate) fn world_of(role: Role, settings: Settings, speech: Arc<dyn Speech>) -> World {
    world_in(|house| house, role, settings, Ok(speech))
}

/// A world whose house is changed first.
pub(crate) fn world_in(
    change: impl FnOnce(House) -> House,
    role: Role,
    settings: Settings,
    speech: Result<Arc<dyn Speech>, String>,
) -> World {
    let clock = Arc::new(Manual::new(NOW));
    let LocalHouse { house, inbox } = memory_house(clock.clone());
    let house = change(house);
    let router = role(Desk {
        house: house.clone(),
        speech,
        images: Err("nobody draws in this house".to_owned()),
        clips: Err("nobody generates clips in this house".to_owned()),
        fetcher: None,
        writer: Err("nobody writes in this house".to_owned()),
        studio: None,
        settings,
    });
    World { router, house, inbox, clock }
}

pub(crate) fn rehearsal() -> Arc<dyn Speech> {
    Arc::new(Rehearsal::open(providers::Settings::default()))
}

pub(crate) fn world_with(role: Role, settings: Settings) -> World {
    world_of(role, settings, rehearsal())
}

pub(crate) fn world() -> World {
    world_with(web::everything, Settings::default())
}

impl World {
    pub(crate) async fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if !headers.iter().any(|(name, _)| *name == "host") {
            request = request.header("host", "localhost:8080");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.router.clone().oneshot(request.body(body.into()).unwrap()).await.unwrap();
        let (head, body) = response.into_parts();
        Answer { status: head.status.as_u16(), headers: head.headers, bytes: to_bytes(body, usize::MAX).await.unwrap() }
    }

    /// What was sent to move jobs on since this was last asked.
    pub(crate) async fn sent(&self) -> Vec<Task> {
        let mut sent = Vec::new();
        while let Some(delivery) = self.inbox.receive(Receiver::Advance, Duration::from_secs(60)).await.unwrap() {
            sent.push(delivery.task);
            self.inbox.done(delivery.receipt).await.unwrap();
        }
        sent
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], "").await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask("POST", path, &[], body.to_string()).await
    }

    /// A preview of the smallest script.
    pub(crate) async fn preview(&self) -> (JobId, Answer) {
        let answer = self.post("/v1/previews", &json!({"script": script()})).await;
        assert_eq!(answer.status, 202, "{}", answer.json());
        (JobId::parse(answer.json()["id"].as_str().unwrap()).unwrap(), answer)
    }

    /// A preview that has ended so.
    pub(crate) async fn ended(&self, status: Status) -> JobId {
        let (id, _) = self.preview().await;
        self.end(&id, status).await;
        id
    }

    /// Ends a job, as a step would.
    pub(crate) async fn end(&self, id: &JobId, status: Status) {
        let expires_at = |job: &Job| NOW.plus_ms(job.ttl_ms);
        let ended = |job: &mut Job| (job.status, job.expires_at) = (status, expires_at(job));
        steps::job::change(&self.house, id, ended).await.unwrap();
    }
}

pub(crate) fn script() -> Value {
    json!({"speakers": {"Ana": {}, "Ben": {}}, "lines": [{"speaker": "Ana", "text": "Hello."}, {"speaker": "Ben", "text": "Good day."}]})
}
