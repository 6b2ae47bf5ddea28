//! What the speech provider has a say in: refusals by their meaning, and the ledger beside its books.

use crate::world::{NOW, World, script, world, world_of};
use async_trait::async_trait;
use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use providers::{ElevenLabs, Key, Rehearsal, elevenlabs};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use story::ledger::{Attempt, Came, Ending};
use story::maker::{Busy, MakerError, MayBegin};
use story::plan::{OnSpeechFailure, OnUncertain};
use story::records::Read;
use story::speech::{
    Answer, Balance, Books, Catalog, HistoryItem, HistoryPage, HistoryQuery, Profile, Receipt, TakeRequest, Unspoken,
    Voice,
};
use story::time::DAY_MS;
use story::{AttemptId, JobId, Speech, TakeKey, Timestamp};
use web::Settings;

/// An account that says what it is told to, and shows what is in its books.
struct Account {
    rehearsal: Rehearsal,
    trouble: Option<MakerError>,
    items: Vec<HistoryItem>,
    asked_since: Mutex<Option<Timestamp>>,
}

impl Account {
    fn new(trouble: Option<MakerError>, items: Vec<HistoryItem>) -> Arc<Self> {
        let rehearsal = Rehearsal::open(providers::Settings::default());
        Arc::new(Self { rehearsal, trouble, items, asked_since: Mutex::new(None) })
    }

    fn trouble(&self) -> Result<(), MakerError> {
        self.trouble.clone().map_or(Ok(()), Err)
    }
}

#[async_trait]
impl Speech for Account {
    fn profile(&self) -> Profile {
        self.rehearsal.profile()
    }

    async fn catalog(&self) -> Result<Catalog, MakerError> {
        self.trouble()?;
        self.rehearsal.catalog().await
    }

    async fn voice(&self, id: &str) -> Result<Option<Voice>, MakerError> {
        self.rehearsal.voice(id).await
    }

    async fn speak(&self, request: &TakeRequest, _: MayBegin) -> Result<Box<dyn Answer>, Unspoken> {
        panic!("no route may speak, and one wished to say {:?}", request.text)
    }

    fn books(&self) -> Option<&dyn Books> {
        Some(self)
    }
}

#[async_trait]
impl Books for Account {
    async fn balance(&self) -> Result<Option<Balance>, MakerError> {
        Ok(Some(Balance { used: 35, limit: 10_000, tier: "free".into(), period_began: None }))
    }

    async fn history(&self, query: &HistoryQuery) -> Result<HistoryPage, MakerError> {
        self.trouble()?;
        *self.asked_since.lock().unwrap() = query.since;
        Ok(HistoryPage { items: self.items.clone(), next: None })
    }

    async fn sound(&self, item: &str) -> Result<Box<dyn Answer>, MakerError> {
        panic!("no route may fetch {item}")
    }
}

fn world_of_account(account: Arc<dyn Speech>) -> World {
    world_of(web::everything, Settings::default(), account)
}

#[tokio::test]
async fn what_the_provider_cannot_do_is_told_by_its_meaning() {
    let wrong = || MakerError::Refused("there is no voice \"Zed\"".into());
    let spent = || MakerError::Spent("no credit is left: add some".into());
    let broken = || MakerError::Broken("socket 7 of pool 3".into());
    let unknown = || MakerError::Unknown("socket 8 of pool 3".into());
    for (error, status, kind, retry_after, detail) in [
        (wrong(), 422, "invalid", "", "there is no voice \"Zed\""),
        (spent(), 503, "speech-account", "", "no credit is left: add some"),
        (
            MakerError::Busy(Busy::default()),
            503,
            "speech-unavailable",
            "10",
            "The speech provider does not answer well",
        ),
        (broken(), 503, "speech-unavailable", "10", "The speech provider does not answer well"),
        (unknown(), 503, "speech-unavailable", "10", "The speech provider does not answer well"),
        (MakerError::TooLate, 503, "speech-unavailable", "10", "The speech provider does not answer well"),
    ] {
        let world = world_of_account(Account::new(Some(error), Vec::new()));
        let order = json!({"script": script()});
        let answers = [
            world.post("/v1/previews", &order).await,
            world.post("/v1/videos", &order).await,
            world.post("/v1/estimates", &order).await,
            world.get("/v1/speech/audit").await,
        ];
        for answer in answers {
            let problem = answer.json();
            assert_eq!((answer.status, problem["type"].as_str().unwrap()), (status, kind), "{problem}");
            assert_eq!(answer.header("retry-after"), retry_after, "{problem}");
            assert!(problem["detail"].as_str().unwrap().starts_with(detail), "{problem}");
            assert!(!problem.to_string().contains("socket"), "{problem}");
        }
        assert_eq!(world.get("/v1/jobs").await.json()["jobs"], json!([]), "nothing is opened");
    }
    let world = world_of_account(Account::new(Some(spent()), Vec::new()));
    let problem = world.post("/v1/previews", &json!({"script": script()})).await.json();
    assert_eq!(problem["title"], "The speech account does not work");
}

#[tokio::test]
async fn a_key_that_the_provider_repeats_goes_no_further() {
    for status in [StatusCode::UNAUTHORIZED, StatusCode::BAD_REQUEST] {
        let repeats = async move |headers: HeaderMap| {
            let key = headers["xi-api-key"].to_str().unwrap().to_owned();
            (status, json!({"detail": {"status": "invalid_api_key", "message": format!("{key} is bad")}}).to_string())
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move { axum::serve(listener, Router::new().fallback(repeats)).await });
        let defaults = elevenlabs::Settings::new(Key::new("sk_0123456789abcdef").unwrap());
        let account = ElevenLabs::open(elevenlabs::Settings { base_url, ..defaults }).unwrap();
        let world = world_of_account(Arc::new(account));
        for answer in [
            world.post("/v1/previews", &json!({"script": script()})).await,
            world.post("/v1/estimates", &json!({"script": script()})).await,
            world.get("/v1/speech/audit").await,
        ] {
            let problem = answer.json();
            assert!([422, 503].contains(&answer.status), "{problem}");
            assert!(!problem.to_string().contains("0123456789abcdef"), "{problem}");
        }
        server.abort();
    }
}

fn item(id: &str, request_id: &str, at: Timestamp, characters: u64) -> HistoryItem {
    HistoryItem {
        id: id.into(),
        request_id: Some(request_id.into()),
        voice: "Ana".into(),
        model: "tones".into(),
        is_speech: true,
        text: "Hello.".into(),
        at,
        characters,
        settings: None,
        format: None,
        alignment: None,
    }
}

/// Files a call that was paid for.
async fn paid(world: &World, name: &str, request_id: &str, characters: u64, at: Timestamp) {
    let receipt = Receipt { request_id: Some(request_id.into()), item: None, characters };
    let attempt = Attempt { characters, ending: Ending::Spoken(receipt), ..call(name, at) };
    world.house.swap(&attempt, None).await.unwrap();
}

fn call(name: &str, at: Timestamp) -> Attempt {
    Attempt {
        attempt: AttemptId(name.into()),
        take: TakeKey("take".into()),
        request: None,
        job: JobId("job".into()),
        lane: 0,
        account: "rehearsal".into(),
        characters: 6,
        started_at: at,
        begin_by: at,
        recovers: None,
        first_byte_ms: None,
        caller: None,
        priority: None,
        came: Came::default(),
        times: story::timeline::Times::default(),
        ending: Ending::Open,
    }
}

#[tokio::test]
async fn an_audit_sets_the_ledger_beside_the_providers_books() {
    let at = Timestamp(NOW.0 - 3 * DAY_MS);
    let account = Account::new(None, vec![item("i1", "r1", at, 6), item("i2", "elsewhere", at, 29)]);
    let world = world_of_account(account.clone());
    paid(&world, "a1", "r1", 6, at).await;
    let answer = world.get("/v1/speech/audit").await;
    let audit = answer.json();
    assert_eq!((answer.status, &audit["agrees"], &audit["differences"]), (200, &json!(true), &json!([])), "{audit}");
    assert_eq!((&audit["provider"], &audit["ledger"]["paid_calls"]), (&json!("rehearsal"), &json!(1)));
    assert_eq!(
        audit["history"],
        json!({"calls": 2, "characters": 35, "our_calls": 1, "our_characters": 6, "adopted_calls": 0, "adopted_characters": 0})
    );
    assert_eq!(
        audit["balance"],
        json!({"used_characters": 35, "limit_characters": 10_000, "tier": "free", "period_began": null, "whole_period": false, "rest_characters": 0})
    );
    assert_eq!((&audit["elsewhere"][0]["item"], &audit["elsewhere"][1]), (&json!("i2"), &Value::Null));
    assert_eq!(audit["since"], json!(Timestamp(NOW.0 - 30 * DAY_MS).to_string()));

    paid(&world, "a2", "r2", 7, Timestamp(at.0 + 1)).await;
    let audit = world.get("/v1/speech/audit?since=4d").await.json();
    assert_eq!((&audit["agrees"], &audit["differences"][0]["attempt"]), (&json!(false), &json!("a2")), "{audit}");
    assert_eq!(*account.asked_since.lock().unwrap(), Some(Timestamp(NOW.0 - 4 * DAY_MS)));
    let today = Timestamp(NOW.0 - NOW.0 % DAY_MS);
    let date = &today.to_string()[..10];
    let audit = world.get(&format!("/v1/speech/audit?since={date}")).await.json();
    assert_eq!((&audit["ledger"]["paid_calls"], &audit["since"]), (&json!(0), &json!(today.to_string())));
}

#[tokio::test]
async fn a_call_whose_take_is_gone_is_still_told_from_those_of_others() {
    let at = Timestamp(NOW.0 - 3 * DAY_MS);
    let other = HistoryItem { text: "Hello?".into(), ..item("i2", "r2", at, 6) };
    let world = world_of_account(Account::new(None, vec![item("i1", "r1", at, 6), other]));
    let request = TakeRequest {
        seed: Some(7),
        format: "mp3".into(),
        retake: 1,
        ..TakeRequest::plain("rehearsal", "tones", "Ana", "Hello.")
    };
    for (name, ending, meaning) in [
        ("a1", Ending::Lost, "lost"),
        ("a2", Ending::Open, "not settled"),
        ("a3", Ending::Closed("busy".into()), "charged all the same"),
    ] {
        let attempt = Attempt { request: Some(request.clone()), ending, ..call(name, at) };
        let version = world.house.swap(&attempt, None).await.unwrap().unwrap();
        let audit = world.get("/v1/speech/audit").await.json();
        assert_eq!((&audit["agrees"], audit["elsewhere"].as_array().unwrap().len()), (&json!(false), 1), "{audit}");
        assert_eq!((&audit["elsewhere"][0]["item"], &audit["history"]["our_calls"]), (&json!("i2"), &json!(1)));
        assert!(audit["differences"][0]["detail"].as_str().unwrap().contains(meaning), "{audit}");
        let _ = world.house.remove(&Read { record: attempt, version }).await.unwrap();
    }
}

#[tokio::test]
async fn an_audit_of_what_keeps_no_history_or_from_no_day_is_refused() {
    assert_eq!(world().get("/v1/speech/audit").await.problem(), (409, "no-history".into(), vec![]));
    let world = world_of_account(Account::new(None, Vec::new()));
    for query in ["since=", "since=401d", "since=-1d", "since=2999-01-01", "since=%00", "since=1d&since=1d", "sinse=1d"]
    {
        let answer = world.get(&format!("/v1/speech/audit?{query}")).await;
        assert_eq!((answer.status, answer.problem().1.as_str()), (422, "invalid"), "{query}");
    }
    for method in ["POST", "PUT", "DELETE"] {
        let answer = world.ask(method, "/v1/speech/audit", &[], "").await;
        assert_eq!((answer.status, answer.header("allow")), (405, "GET,HEAD"), "{method}");
    }
}

#[tokio::test]
async fn an_order_says_what_becomes_of_a_line_that_cannot_be_spoken() {
    let world = world();
    let silence = (OnSpeechFailure::Silence, OnUncertain::Fail);
    for path in ["/v1/previews", "/v1/videos"] {
        for (fields, expected) in [
            (json!({}), (OnSpeechFailure::Fail, OnUncertain::Buy)),
            (json!({"on_speech_failure": null, "on_uncertain": null}), (OnSpeechFailure::Fail, OnUncertain::Buy)),
            (json!({"on_speech_failure": "fail", "on_uncertain": "buy"}), (OnSpeechFailure::Fail, OnUncertain::Buy)),
            (json!({"on_speech_failure": "silence", "on_uncertain": "fail"}), silence),
        ] {
            let mut order = json!({"script": script()});
            order.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
            let answer = world.post(path, &order).await;
            assert_eq!(answer.status, 202, "{path} {fields}: {}", answer.json());
            let id = JobId::parse(answer.json()["id"].as_str().unwrap()).unwrap();
            let plan = steps::job::plan(&world.house, &id).await.unwrap();
            assert_eq!((plan.on_speech_failure, plan.on_uncertain), expected, "{path} {fields}");
            assert_eq!(world.post("/v1/estimates", &order).await.status, 200, "{fields}");
        }
        for (name, value) in [
            ("on_speech_failure", json!("Silence")),
            ("on_speech_failure", json!("buy")),
            ("on_speech_failure", json!(["fail"])),
            ("on_uncertain", json!("")),
            ("on_uncertain", json!("silence")),
            ("on_uncertain", json!(0)),
        ] {
            let mut order = json!({"script": script()});
            order[name] = value.clone();
            for path in [path, "/v1/estimates"] {
                let answer = world.post(path, &order).await;
                assert_eq!(answer.problem(), (422, "invalid".into(), vec![format!("/{name}")]), "{path} {value}");
            }
        }
    }
}

#[tokio::test]
async fn the_same_key_with_another_word_for_failures_is_another_order() {
    let world = world();
    let ask = async |order: Value| {
        world.ask("POST", "/v1/previews", &[("idempotency-key", "k")], order.to_string()).await.status
    };
    assert_eq!(ask(json!({"script": script()})).await, 202);
    assert_eq!(ask(json!({"script": script(), "on_speech_failure": "silence"})).await, 409);
    assert_eq!(ask(json!({"script": script(), "on_uncertain": "fail"})).await, 409);
    assert_eq!(ask(json!({"script": script(), "on_uncertain": "buy"})).await, 202);
}
