//! How the house is: to strangers one word, to its owner each part with a sentence.

use crate::world::{World, rehearsal, world, world_in, world_of};
use async_trait::async_trait;
use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use providers::{ElevenLabs, Key, elevenlabs};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use story::failure::StoreError;
use story::pace::Pace;
use story::records::{Document, Swap, Version};
use story::{House, Partition, Records, Speech};
use web::Settings;

const PATH: &str = "/v1/health";

fn tokens() -> Settings {
    Settings { tokens: vec!["token".into()], ..Settings::default() }
}

async fn health(world: &World) -> (u16, Value) {
    let answer = world.ask("GET", PATH, &[("x-api-key", "token")], "").await;
    (answer.status, answer.json())
}

/// An account of `ElevenLabs` at an address of this machine that answers so; `None` never answers.
async fn account(
    answer: Option<(StatusCode, Value)>,
) -> (Arc<dyn Speech>, tokio::task::JoinHandle<std::io::Result<()>>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    let answers = async move |headers: HeaderMap| {
        let Some((status, body)) = answer else { return std::future::pending().await };
        let key = headers["xi-api-key"].to_str().unwrap();
        (status, body.to_string().replace("{key}", key))
    };
    let server = tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answers)).await });
    let defaults = elevenlabs::Settings::new(Key::new("sk_0123456789abcdef").unwrap());
    (Arc::new(ElevenLabs::open(elevenlabs::Settings { base_url, ..defaults }).unwrap()), server)
}

#[tokio::test]
async fn strangers_are_told_one_word_and_the_owner_each_part() {
    let world = world_in(|house| house, web::everything, tokens(), Ok(rehearsal()));
    for headers in [&[][..], &[("x-api-key", "guess")], &[("authorization", "Bearer ")]] {
        let answer = world.ask("GET", PATH, headers, "").await;
        assert_eq!((answer.status, answer.json()), (200, json!({"ok": true})), "{headers:?}");
    }
    let well = json!({"ok": true, "detail": null});
    let (status, told) = health(&world).await;
    assert_eq!(status, 200);
    for part in ["stores", "key", "speech"] {
        assert_eq!(told[part], well, "{part}: {told:#}");
    }
    assert_eq!(told["credits"], json!({"ok": true, "detail": null, "left_characters": null, "limit_characters": null}));
    assert_eq!(told["ffmpeg"]["ok"], Value::Null, "this process makes no films: {told:#}");
    // Where no token is needed, everybody is the owner.
    assert_eq!(crate::world::world().get(PATH).await.json(), told);
    for method in ["POST", "DELETE"] {
        assert_eq!(world.ask(method, PATH, &[("x-api-key", "token")], "").await.status, 405, "{method}");
    }
}

/// Records that cannot be read: they fail, or never answer.
struct Unreadable {
    hangs: bool,
}

impl Unreadable {
    async fn answer<T>(&self) -> Result<T, StoreError> {
        match self.hangs {
            true => std::future::pending().await,
            false => Err(StoreError::Unavailable("socket 7".into())),
        }
    }
}

#[async_trait]
impl Records for Unreadable {
    async fn get(&self, _: &Partition, _: &str) -> Result<Option<Document>, StoreError> {
        self.answer().await
    }

    async fn put(&self, document: &Document, _: Option<Version>) -> Result<Swap, StoreError> {
        panic!("health writes nothing, and {document:?} was to be written")
    }

    async fn delete(&self, _: &Partition, key: &str, _: Version) -> Result<Swap, StoreError> {
        panic!("health removes nothing, and {key} was to be removed")
    }

    async fn list(&self, _: &Partition, _: &str, _: usize) -> Result<Vec<Document>, StoreError> {
        self.answer().await
    }
}

/// What is asked, while the time goes on.
async fn in_time<T>(world: &World, asked: impl Future<Output = T>) -> T {
    let time = async {
        loop {
            tokio::task::yield_now().await;
            world.clock.advance(Duration::from_secs(1));
        }
    };
    tokio::select! {
        answer = asked => answer,
        () = time => unreachable!("time has no end"),
    }
}

#[tokio::test]
async fn stores_that_do_not_work_are_told_to_everybody() {
    for hangs in [false, true] {
        let unreadable = |house: House| House { records: Arc::new(Unreadable { hangs }), ..house };
        let world = world_in(unreadable, web::everything, tokens(), Ok(rehearsal()));
        let answer = in_time(&world, world.get(PATH)).await;
        assert_eq!((answer.status, answer.json()), (503, json!({"ok": false})));
        let (status, told) = in_time(&world, health(&world)).await;
        assert_eq!((status, &told["ok"], &told["stores"]["ok"]), (503, &json!(false), &json!(false)), "{told:#}");
        assert!(told["stores"]["detail"].as_str().unwrap().contains("cannot read"), "{told:#}");
        assert!(!told.to_string().contains("socket"), "{told:#}");
    }
}

#[tokio::test]
async fn key_and_credits_are_those_that_the_provider_tells() {
    let balance = |used| json!({"character_count": used, "character_limit": 10_000, "tier": "free"});
    let bad = json!({"detail": {"status": "invalid_api_key", "message": "{key} is bad"}});
    let missing = json!({"detail": {"status": "missing_permissions", "message": "no user_read for {key}"}});
    let broken = json!({"detail": "socket 7"});
    for (answer, key, credits, left) in [
        ((200, balance(35)), json!(true), json!(true), json!(9_965)),
        ((200, balance(10_000)), json!(true), json!(false), json!(0)),
        ((200, balance(10_007)), json!(true), json!(false), json!(0)),
        ((401, bad), json!(false), Value::Null, Value::Null),
        ((401, missing), json!(true), Value::Null, Value::Null),
        ((500, broken), Value::Null, Value::Null, Value::Null),
        ((200, json!("?")), Value::Null, Value::Null, Value::Null),
    ] {
        let (status, said) = answer;
        let (speech, server) = account(Some((StatusCode::from_u16(status).unwrap(), said.clone()))).await;
        let world = world_of(web::everything, tokens(), speech);
        let (status, told) = health(&world).await;
        let found = (&told["key"]["ok"], &told["credits"]["ok"], &told["credits"]["left_characters"]);
        assert_eq!(found, (&key, &credits, &left), "{said}: {told:#}");
        assert_eq!((status, &told["ok"]), (200, &json!(true)), "the house itself is well");
        for part in ["key", "credits"] {
            let is_well = told[part]["ok"] == json!(true);
            assert_eq!(told[part]["detail"].is_null(), is_well, "{part} says what is wrong: {told:#}");
        }
        for secret in ["0123456789abcdef", "socket"] {
            assert!(!told.to_string().contains(secret), "{told:#}");
        }
        // Strangers cause no question.
        server.abort();
        let _ = server.await;
        assert_eq!(world.get(PATH).await.json(), json!({"ok": true}));
    }
    let world =
        world_in(|house| house, web::everything, tokens(), Err("No key is set: give the parameter Secrets.".into()));
    let (status, told) = health(&world).await;
    assert_eq!((status, &told["key"]["ok"]), (200, &json!(false)));
    assert_eq!(told["key"]["detail"], "No key is set: give the parameter Secrets.");
}

#[tokio::test]
async fn a_provider_that_hangs_holds_nobody_up() {
    let (speech, server) = account(None).await;
    let world = world_of(web::everything, tokens(), speech);
    let (status, told) = in_time(&world, health(&world)).await;
    assert_eq!((status, &told["key"]["ok"]), (200, &Value::Null), "{told:#}");
    assert!(told["key"]["detail"].as_str().unwrap().contains("does not answer"), "{told:#}");
    server.abort();
}

#[tokio::test]
async fn an_account_that_was_stopped_says_what_to_do() {
    let world = world();
    let account = rehearsal().profile().account;
    let stopped: Pace = {
        let mut pace = serde_json::to_value(Pace::new(&account)).unwrap();
        pace["stopped"] = json!({"reason": "no credit is left: add some", "at": crate::world::NOW});
        serde_json::from_value(pace).unwrap()
    };
    world.house.swap(&stopped, None).await.unwrap();
    let told = world.get(PATH).await.json();
    assert_eq!((&told["ok"], &told["speech"]["ok"]), (&json!(true), &json!(false)));
    let detail = told["speech"]["detail"].as_str().unwrap();
    assert!(detail.starts_with("no credit is left: add some") && detail.contains("/v1/speech/resume"), "{detail}");
}
