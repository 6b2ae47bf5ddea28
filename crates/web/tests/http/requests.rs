//! What was asked of the provider and what waits: listed, read one by one, and cancelled where it waits.

use crate::world::{Answer, NOW, World, rehearsal, world, world_with};
use serde_json::{Value, json};
use std::time::Duration;
use steps::waiter::{Waited, Wish, wait};
use story::ledger::{Attempt, Came, Ending, OpenAttempt};
use story::records::Read;
use story::speech::{Receipt, TakeRequest};
use story::take::{Speaking, Take, TakeState};
use story::ticket::{Priority, Ticket};
use story::time::DAY_MS;
use story::{AttemptId, JobId, Partition, TakeKey, Task, Timestamp};
use web::Settings;

const PATH: &str = "/v1/speech/requests";

impl World {
    /// A preview with two lines whose tickets are written.
    async fn waiting(&self) -> JobId {
        let (id, _) = self.preview().await;
        steps::advance::advance(&self.house, &id, None).await.unwrap();
        id
    }

    async fn requests(&self, query: &str) -> Vec<Value> {
        let answer = self.get(&format!("{PATH}{query}")).await;
        assert_eq!(answer.status, 200, "{}", answer.json());
        answer.json()["requests"].as_array().unwrap().clone()
    }

    async fn delete(&self, id: &str) -> Answer {
        self.ask("DELETE", &format!("{PATH}/{id}"), &[], "").await
    }

    async fn take(&self, request: &Value) -> Option<Read<Take>> {
        self.house.read(&Partition::Takes, request["take"].as_str().unwrap()).await.unwrap()
    }

    /// Moves jobs on by whatever the queue holds for them.
    async fn advances(&self, id: &JobId) {
        for moved in self.sent().await {
            if let Task::Advance { job, moved } = moved
                && job == *id
            {
                steps::advance::advance(&self.house, id, moved.as_ref()).await.unwrap();
            }
        }
    }

    async fn error(&self, id: &JobId) -> (Value, Value) {
        let job = self.get(&format!("/v1/jobs/{id}")).await.json();
        (job["status"].clone(), job["error"]["detail"].clone())
    }

    /// Begins the take of a request, as a worker does.
    async fn begin(&self, request: &Value) -> Attempt {
        let take = self.take(request).await.unwrap();
        let name = take.record.ticket.clone().unwrap();
        let ticket: Read<Ticket> = self.house.read(&Partition::Tickets, &name).await.unwrap().unwrap();
        let attempt = call("00000000000000aa", NOW, Ending::Open);
        let attempt = Attempt { take: take.record.key.clone(), job: ticket.record.job.clone(), ..attempt };
        self.house.swap(&OpenAttempt(attempt.clone()), None).await.unwrap();
        self.house.swap(&attempt, None).await.unwrap();
        let speaking = Speaking {
            attempt: attempt.attempt.clone(),
            lane: 0,
            turn: ticket.record.clone(),
            began_at: NOW,
            begin_by: NOW,
            lease_until: NOW.plus_ms(30_000),
            bytes: 17,
        };
        let begun = take.record.begun(&name, speaking).unwrap();
        self.house.swap(&begun, Some(take.version)).await.unwrap();
        let _ = self.house.remove(&ticket).await.unwrap();
        attempt
    }
}

fn call(name: &str, started_at: Timestamp, ending: Ending) -> Attempt {
    Attempt {
        attempt: AttemptId(name.into()),
        take: TakeKey("ab".repeat(32)),
        request: Some(TakeRequest::plain("rehearsal", "tones", "Ana", "Hello.")),
        job: JobId("0123456789abcdef012".into()),
        lane: 0,
        account: "rehearsal".into(),
        characters: 6,
        started_at,
        begin_by: started_at,
        recovers: None,
        first_byte_ms: None,
        caller: None,
        priority: Some(Priority::Video),
        came: Came::default(),
        times: story::timeline::Times::default(),
        ending,
    }
}

fn spoken() -> Ending {
    Ending::Spoken(Receipt { characters: 6, ..Receipt::default() })
}

#[tokio::test]
async fn what_waits_and_what_was_called_is_told_newest_first_with_all_that_is_known() {
    let world = world();
    assert_eq!(world.get(PATH).await.json(), json!({"requests": [], "next_cursor": null}));
    let came = Came { chunks: Some(3), bytes: Some(4_096), duration_ms: Some(812) };
    let spoken =
        Attempt { came, first_byte_ms: Some(140), ..call("00000000000000a1", Timestamp(NOW.0 - 9_000), spoken()) };
    world.house.swap(&spoken, None).await.unwrap();
    let id = world.waiting().await;
    world.clock.advance(Duration::from_millis(1_500));
    let all = world.requests("").await;
    assert_eq!(all.len(), 3, "{all:#?}");
    let waits = all.iter().find(|one| one["text"] == "Hello." && one["state"] == "waiting").unwrap();
    for (field, expected) in [
        ("job", json!(id)),
        ("band", json!("preview")),
        ("age_ms", json!(1_500)),
        ("characters", json!(6)),
        ("provider", json!("rehearsal")),
        ("created_at", json!(NOW.to_string())),
        ("chunks", Value::Null),
        ("reason", Value::Null),
        ("caller", Value::Null),
    ] {
        assert_eq!(waits[field], expected, "{field}: {waits:#}");
    }
    assert_eq!(waits["id"], format!("{:013}-{}", NOW.0, waits["take"].as_str().unwrap()));
    assert_eq!(
        all[2],
        json!({"id": format!("{}-00000000000000a1", NOW.0 - 9_000), "take": "ab".repeat(32), "job": "0123456789abcdef012",
            "caller": null, "state": "spoken", "reason": null, "band": "video",
            "created_at": Timestamp(NOW.0 - 9_000).to_string(), "age_ms": 10_500, "provider": "rehearsal", "voice": "Ana",
            "model": "tones", "text": "Hello.", "characters": 6, "first_chunk_ms": 140, "chunks": 3, "bytes": 4_096,
            "duration_ms": 812})
    );
    for one in &all {
        let path = format!("{PATH}/{}", one["id"].as_str().unwrap());
        assert_eq!(world.get(&path).await.json(), *one, "one is told as the list tells it");
    }
}

#[tokio::test]
async fn a_state_is_what_ledger_and_take_say() {
    let world = world();
    world.waiting().await;
    let waits = world.requests("").await.remove(0);
    let attempt = world.begin(&waits).await;
    for (name, ending) in [
        ("00000000000000a1", Ending::Busy),
        ("00000000000000a2", Ending::Lost),
        ("00000000000000a3", Ending::Closed("no such voice".into())),
        ("00000000000000a4", spoken()),
        // Written before its call, which is not begun: no request yet.
        ("00000000000000a5", Ending::Open),
    ] {
        let at = Timestamp(NOW.0 - 1_000);
        world.house.swap(&call(name, at, ending), None).await.unwrap();
    }
    // What makes no call is no request.
    let adopted = Attempt { job: JobId("adopted".into()), ..call("00000000000000a6", NOW, spoken()) };
    let recovery = Attempt { recovers: Some(attempt.attempt.clone()), ..call("00000000000000a7", NOW, spoken()) };
    for attempt in [adopted, recovery] {
        world.house.swap(&attempt, None).await.unwrap();
    }
    let all = world.requests("").await;
    let states: Vec<_> =
        all.iter().map(|one| (one["state"].as_str().unwrap(), &one["reason"], &one["bytes"])).collect();
    let null = Value::Null;
    let (reason, bytes) = (json!("no such voice"), json!(17));
    assert_eq!(
        states,
        [
            ("waiting", &null, &null),
            ("speaking", &null, &bytes),
            ("spoken", &null, &null),
            ("failed", &reason, &null),
            ("lost", &null, &null),
            ("busy", &null, &null),
        ]
    );
    // The one that waited is found by that name as what became of it.
    let became = world.get(&format!("{PATH}/{}", waits["id"].as_str().unwrap())).await.json();
    assert_eq!((&became["state"], &became["id"]), (&json!("speaking"), &all[1]["id"]));
}

#[tokio::test]
async fn pages_go_on_where_the_last_one_ended_over_days_and_years() {
    let world = world();
    let mut expected = Vec::new();
    for index in 0..9_u64 {
        let at = Timestamp(NOW.0 - index * index * 6 * DAY_MS - index);
        let attempt = call(&format!("{index:016x}"), at, Ending::Busy);
        world.house.swap(&attempt, None).await.unwrap();
        // Older than 400 days is not looked through.
        if index * index * 6 <= 400 {
            expected.push(json!(format!("{:013}-{index:016x}", at.0)));
        }
    }
    assert_eq!(expected.len(), 9, "eight times eight times six days are 384");
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let answer = world.get(&format!("{PATH}?limit=2{cursor}")).await.json();
        let ids: Vec<Value> = answer["requests"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect();
        assert!(ids.len() <= 2);
        found.extend(ids);
        match answer["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(found, expected);
    let late = world.get(&format!("{PATH}?cursor=9999999999999-{}", "f".repeat(64))).await.json();
    assert_eq!(late["requests"].as_array().unwrap().len(), 9, "a cursor later than all is before all");
    let early = world.get(&format!("{PATH}?cursor=0000000000000-{}", "0".repeat(16))).await;
    assert_eq!(early.json(), json!({"requests": [], "next_cursor": null}), "a cursor before all has nothing after it");
}

#[tokio::test]
async fn a_thousand_that_wait_are_listed_a_page_at_a_time() {
    let world = world();
    for index in 0..1_050_u64 {
        let request = TakeRequest::plain("rehearsal", "tones", "Ana", &format!("Line {index}."));
        let mut take = Take::new(request, NOW, 60_000);
        let at = Timestamp(NOW.0 - 2_000 + index);
        let ticket = Ticket::new("rehearsal", &take.key, &JobId("j".into()), (Priority::Warm, index), at);
        take.ticket = Some(ticket.name.clone());
        world.house.swap(&take, None).await.unwrap();
        world.house.swap(&ticket, None).await.unwrap();
    }
    let answer = world.get(&format!("{PATH}?limit=100")).await.json();
    let texts: Vec<&str> =
        answer["requests"].as_array().unwrap().iter().map(|one| one["text"].as_str().unwrap()).collect();
    assert_eq!((texts.len(), texts[0], texts[99]), (100, "Line 1049.", "Line 950."));
    let next = answer["next_cursor"].as_str().unwrap();
    assert_eq!(world.requests(&format!("?limit=1&cursor={next}")).await[0]["text"], "Line 949.");
    assert_eq!(world.requests("").await.len(), 20);
}

#[tokio::test]
async fn a_line_that_waits_is_cancelled_and_its_job_says_so_until_it_is_retried() {
    let world = world();
    let id = world.waiting().await;
    let waits = world.requests("").await;
    let [one, other] = ["Hello.", "Good day."].map(|text| waits.iter().find(|one| one["text"] == text).unwrap());
    let name = one["id"].as_str().unwrap();
    assert_eq!(world.delete(name).await.status, 204);
    let left: Vec<Value> = world.requests("").await.iter().map(|one| one["text"].clone()).collect();
    assert_eq!(left, ["Good day."], "its ticket is gone");
    let read = world.get(&format!("{PATH}/{name}")).await.json();
    assert_eq!((&read["state"], &read["reason"]), (&json!("failed"), &json!("cancelled by a person")));
    assert_eq!(world.delete(name).await.problem(), (409, "conflict".into(), vec![]));
    world.advances(&id).await;
    assert_eq!(world.error(&id).await, (json!("running"), Value::Null), "its other line goes on");
    assert_eq!(world.delete(other["id"].as_str().unwrap()).await.status, 204);
    world.advances(&id).await;
    assert_eq!(world.error(&id).await, (json!("failed"), json!("cancelled by a person")));
    assert_eq!(world.ask("POST", &format!("/v1/jobs/{id}/retry"), &[], "").await.status, 202);
    let again = world.requests("").await;
    assert!(again.iter().any(|one| one["text"] == "Hello." && one["state"] == "waiting"), "{again:#?}");
    assert_eq!(world.error(&id).await.1, Value::Null);
}

#[tokio::test]
async fn every_job_that_waits_for_a_cancelled_line_is_told() {
    let world = world();
    let (first, second) = (world.waiting().await, world.waiting().await);
    assert_ne!(first, second);
    let waits = world.requests("").await;
    assert_eq!(waits.len(), 2, "both wish for the same takes");
    assert_eq!(world.delete(waits[0]["id"].as_str().unwrap()).await.status, 204);
    let sent = world.sent().await;
    for id in [&first, &second] {
        let told = sent.iter().filter(|task| matches!(task, Task::Advance { job, moved: Some(_) } if job == id));
        assert_eq!(told.count(), 1, "{sent:?}");
    }
}

#[tokio::test]
async fn a_line_that_nobody_wants_any_more_goes_with_its_take() {
    let world = world();
    let id = world.waiting().await;
    let waits = world.requests("").await.remove(0);
    world.ask("POST", &format!("/v1/jobs/{id}/cancel"), &[], "").await;
    assert_eq!(world.delete(waits["id"].as_str().unwrap()).await.status, 204);
    assert!(world.take(&waits).await.is_none());
    assert_eq!(world.delete(waits["id"].as_str().unwrap()).await.problem(), (404, "not-found".into(), vec![]));
}

#[tokio::test]
async fn a_client_that_waits_at_the_gateway_is_told_at_once() {
    let world = world();
    let speech = rehearsal();
    // The lane is another's, so that the client waits.
    let account = speech.profile().account;
    let lane = story::lane::Lane::free(&account, 0).taken("another", NOW, NOW.plus_ms(600_000), false).unwrap();
    world.house.swap(&lane, None).await.unwrap();
    let wish = Wish {
        request: TakeRequest::plain("rehearsal", "tones", "Ana", "Hello."),
        priority: Priority::Interactive,
        client: "0123456789abcdef".repeat(4),
        patience: Duration::from_secs(55),
    };
    let house = world.house.clone();
    let waits = tokio::spawn(async move {
        let studio = Deaf;
        wait(&house, speech.as_ref(), &studio, &wish, steps::tap::Tap::default(), &|| false).await
    });
    let one = loop {
        if let Some(one) = world.requests("").await.pop() {
            break one;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(
        (&one["caller"], &one["job"], &one["band"]),
        (&json!("0123456789ab"), &Value::Null, &json!("interactive"))
    );
    assert_eq!(world.delete(one["id"].as_str().unwrap()).await.status, 204);
    let waited = loop {
        world.clock.advance(Duration::from_millis(250));
        if waits.is_finished() {
            break waits.await.unwrap().unwrap();
        }
        tokio::task::yield_now().await;
    };
    assert!(matches!(&waited, Waited::Failed { .. }), "{waited:?}");
    assert!(format!("{waited:?}").contains("cancelled by a person"));
}

/// Hears nothing: nothing is spoken here.
struct Deaf;

#[async_trait::async_trait]
impl story::Listener for Deaf {
    async fn level(&self, _: story::Body) -> Result<story::studio::Level, story::Failure> {
        panic!("nothing is spoken")
    }

    async fn activity(&self, _: story::Body) -> Result<Vec<std::ops::Range<u64>>, story::Failure> {
        panic!("nothing is spoken")
    }
}

#[tokio::test]
async fn what_does_not_wait_is_not_cancelled_and_says_why() {
    let world = world();
    let id = world.waiting().await;
    let waits = world.requests("").await.remove(0);
    let (name, attempt) = (waits["id"].as_str().unwrap(), world.begin(&waits).await);
    let called = format!("{:013}-{}", NOW.0, attempt.attempt);
    let check = async |name: &str, sentence: &str| {
        let answer = world.delete(name).await;
        assert_eq!(answer.problem(), (409, "conflict".into(), vec![]), "{name}");
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(sentence), "{detail}");
    };
    check(name, "never cut").await;
    check(&called, "never cut").await;
    let take = world.take(&waits).await.unwrap();
    assert!(matches!(take.record.state, TakeState::Speaking(_)), "the call goes on");
    // It is lost.
    let TakeState::Speaking(lost) = take.record.state.clone() else { panic!("it speaks") };
    let uncertain = story::take::Uncertain { lost, looks: 0, due_at: NOW };
    let lost = take.record.lost(&attempt.attempt, uncertain, "rehearsal/9#later").unwrap();
    world.house.swap(&lost, Some(take.version)).await.unwrap();
    check(name, "may have been paid for").await;
    check(&called, "may have been paid for").await;
    assert_eq!(world.get(&format!("{PATH}/{called}")).await.json()["state"], "uncertain");
    let ended = call("00000000000000a1", NOW, spoken());
    world.house.swap(&ended, None).await.unwrap();
    check(&format!("{:013}-{}", NOW.0, ended.attempt), "ended already").await;
    assert_ne!(world.error(&id).await.0, "failed");
}

#[tokio::test]
async fn what_is_no_request_is_refused() {
    let world = world();
    world.waiting().await;
    let waits = world.requests("").await.remove(0);
    let take = waits["take"].as_str().unwrap();
    for id in [
        "1",
        "%00",
        "%FF",
        "..%2F..%2Fetc%2Fpasswd",
        "1795210000000-",
        "1795210000000-00000000000000ff",
        &format!("1795210000000-{}", "f".repeat(64)),
        // It waits, though not since then.
        &format!("1795209999999-{take}"),
        &"9".repeat(5_000),
    ] {
        for method in ["GET", "DELETE"] {
            let answer = world.ask(method, &format!("{PATH}/{id}"), &[], "").await;
            assert_eq!(answer.problem(), (404, "not-found".into(), vec![]), "{method} {id}");
        }
    }
    for query in [
        "limit=0",
        "limit=101",
        "limit=-1",
        "limit=x",
        "cursor=x",
        "cursor=",
        "cursor=..%2Fx",
        "page=2",
        "limit=1&limit=2",
        "limit=99999999999999999999999",
    ] {
        let answer = world.get(&format!("{PATH}?{query}")).await;
        assert_eq!((answer.status, answer.problem().1.as_str()), (422, "invalid"), "{query}");
    }
    for (method, path, allow) in [
        ("POST", PATH.to_owned(), "GET,HEAD"),
        ("DELETE", PATH.to_owned(), "GET,HEAD"),
        ("PUT", format!("{PATH}/1"), "GET,HEAD,DELETE"),
    ] {
        let answer = world.ask(method, &path, &[], "").await;
        assert_eq!((answer.status, answer.header("allow")), (405, allow), "{method} {path}");
    }
    assert_eq!(world.requests("").await.len(), 2, "nothing was cancelled");
}

#[tokio::test]
async fn who_ordered_is_told_by_the_hash_of_the_token_and_never_by_the_token() {
    let tokens = ["one-secret", "another-secret"].map(str::to_owned);
    let world = world_with(web::everything, Settings { tokens: tokens.to_vec(), ..Settings::default() });
    let order = json!({"script": crate::world::script()}).to_string();
    let answer = world.ask("POST", "/v1/previews", &[("x-api-key", &tokens[0])], order).await;
    let id = JobId::parse(answer.json()["id"].as_str().unwrap()).unwrap();
    steps::advance::advance(&world.house, &id, None).await.unwrap();
    let short = story::ids::sha256_hex(b"one-secret")[..12].to_owned();
    let attempt = Attempt { caller: Some(short.clone()), ..call("00000000000000a1", NOW, spoken()) };
    let of_gateway = JobId(format!("client-{}-0123", story::ids::sha256_hex(b"another-secret")));
    let gateway = Attempt { job: of_gateway, ..call("00000000000000a2", NOW, spoken()) };
    for attempt in [attempt, gateway, call("00000000000000a3", NOW, Ending::Busy)] {
        world.house.swap(&attempt, None).await.unwrap();
    }
    let ask = async |path: &str| world.ask("GET", path, &[("x-api-key", &tokens[1])], "").await;
    let (all, stats) = (ask(PATH).await, ask("/v1/stats").await);
    let waits = all.json()["requests"].as_array().unwrap().iter().filter(|one| one["state"] == "waiting").count();
    assert_eq!(waits, 2);
    for one in all.json()["requests"].as_array().unwrap().iter().filter(|one| one["state"] == "waiting") {
        assert_eq!(one["caller"], json!(short));
    }
    let other = &story::ids::sha256_hex(b"another-secret")[..12];
    let mut callers = stats.json()["callers"].as_array().unwrap().clone();
    let mut expected = vec![
        json!({"caller": null, "jobs": 0, "requests": 1, "characters": 0}),
        json!({"caller": short, "jobs": 1, "requests": 1, "characters": 6}),
        json!({"caller": other, "jobs": 0, "requests": 1, "characters": 6}),
    ];
    for sums in [&mut callers, &mut expected] {
        sums.sort_by_key(|one| one["caller"].as_str().map(str::to_owned));
    }
    assert_eq!(callers, expected);
    for text in [all.json().to_string(), stats.json().to_string()] {
        assert!(!text.contains("secret"), "{text}");
    }
    for (method, path) in [("GET", PATH), ("GET", &format!("{PATH}/1")), ("DELETE", &format!("{PATH}/1"))] {
        assert_eq!(world.ask(method, path, &[], "").await.status, 401, "{method} {path}");
    }
}
