//! What the house says of itself, and how a stopped account is opened again.

use crate::world::{NOW, World, world, world_with};
use providers::Rehearsal;
use serde_json::json;
use std::time::Duration;
use story::job::Status;
use story::ledger::{Attempt, Came, Ending};
use story::pace::Pace;
use story::speech::Receipt;
use story::ticket::{Priority, Ticket};
use story::{AttemptId, JobId, Partition, Speech, TakeKey, Timestamp};
use web::Settings;

fn account() -> String {
    Rehearsal::open(providers::Settings::default()).profile().account
}

async fn called(world: &World, name: &str, first_byte_ms: Option<u64>, ending: Ending) {
    let started_at = Timestamp(NOW.0 - 60_000);
    let attempt = Attempt {
        attempt: AttemptId(name.into()),
        take: TakeKey(format!("take-{name}")),
        request: None,
        job: JobId("job".into()),
        lane: 0,
        account: account(),
        characters: 6,
        started_at,
        begin_by: started_at,
        recovers: None,
        first_byte_ms,
        caller: None,
        priority: None,
        came: Came::default(),
        times: story::timeline::Times::default(),
        ending,
    };
    world.house.swap(&attempt, None).await.unwrap();
}

async fn stop(world: &World, at: Timestamp) {
    let pace = Pace::new(&account()).stopped("no credit is left: add some", None, at).unwrap();
    world.house.swap(&pace, None).await.unwrap();
}

#[tokio::test]
async fn stats_are_sums_of_what_is_kept() {
    let world = world();
    let receipt = Receipt { characters: 6, ..Receipt::default() };
    called(&world, "a1", Some(300), Ending::Spoken(receipt.clone())).await;
    called(&world, "a2", Some(100), Ending::Spoken(receipt)).await;
    called(&world, "a3", None, Ending::Busy).await;
    called(&world, "a4", None, Ending::Lost).await;
    called(&world, "a5", None, Ending::Closed("no such voice".into())).await;
    world.preview().await;
    world.ended(Status::Cancelled).await;
    let job = JobId("job".into());
    let ticket = Ticket::new(&account(), &TakeKey("t1".into()), &job, (Priority::Warm, 1), NOW);
    let other = Ticket::new("another", &TakeKey("t2".into()), &job, (Priority::Warm, 1), NOW);
    let later = Ticket::new(&account(), &TakeKey("t3".into()), &job, (Priority::Preview, 1), NOW);
    for ticket in [&ticket, &other, &later.later(NOW.plus_ms(9_000))] {
        world.house.swap(ticket, None).await.unwrap();
    }
    world.clock.advance(Duration::from_millis(2_500));
    let answer = world.get("/v1/stats").await;
    let stats = answer.json();
    assert_eq!((answer.status, &stats["provider"]), (200, &json!("rehearsal")));
    assert_eq!(
        stats["lines"],
        json!({"total": 4, "successful": 0, "reused": 0, "silent": 0, "failed": 0, "cancelled": 2, "waiting": 2, "rebought": 0})
    );
    assert_eq!(
        stats["calls"],
        json!({"total": 5, "successful": 2, "rate_limit_errors": 1, "failed": 1, "lost": 1, "open": 0, "recovered": 0})
    );
    assert_eq!((&stats["cost"]["characters_paid"], &stats["cost"]["rehearsed"]), (&json!(12), &json!(true)));
    assert_eq!(stats["time_to_first_byte_ms"], json!({"count": 2, "p50": 100, "p95": 300}));
    assert_eq!(stats["queue"]["warm"], json!({"count": 1, "oldest_s": 2.5}));
    assert_eq!(stats["queue"]["later"], json!({"count": 1, "oldest_s": 2.5}));
    assert_eq!(stats["queue"]["interactive"], json!({"count": 0, "oldest_s": null}));
    assert_eq!(stats["lanes"], json!([{"lane": 0, "state": "open", "is_held": false, "lease_until": null}]));
    assert_eq!(stats["pace"], json!({"open_lanes": 1, "lanes": 1, "told": [], "rests_until": null, "stopped": null}));
    world.clock.advance(Duration::from_secs(2 * 24 * 3600));
    let stats = world.get("/v1/stats?since=1d").await.json();
    assert_eq!((&stats["calls"]["total"], &stats["lines"]["total"]), (&json!(0), &json!(0)), "{stats:#}");
    for query in ["since=0x", "sinse=1d"] {
        assert_eq!(world.get(&format!("/v1/stats?{query}")).await.status, 422, "{query}");
    }
}

#[tokio::test]
async fn a_queue_of_many_pages_is_counted_whole() {
    let world = world();
    for index in 0..1_234_u64 {
        let key = TakeKey(format!("take-{index}"));
        let ticket = Ticket::new(&account(), &key, &JobId("job".into()), (Priority::Video, index), NOW);
        world.house.swap(&ticket, None).await.unwrap();
    }
    assert_eq!(world.get("/v1/stats").await.json()["queue"]["video"]["count"], 1_234);
}

#[tokio::test]
async fn a_stopped_account_is_opened_again_and_says_why_it_was() {
    let world = world();
    stop(&world, NOW).await;
    let stopped = world.get("/v1/stats").await.json()["pace"]["stopped"].clone();
    assert_eq!(stopped, json!({"reason": "no credit is left: add some", "since": NOW.to_string()}));
    let answer = world.ask("POST", "/v1/speech/resume", &[], "").await;
    assert_eq!(answer.status, 200);
    let expected = json!({"was_stopped": true, "reason": "no credit is left: add some", "stopped_at": NOW.to_string()});
    assert_eq!(answer.json(), expected);
    let pace = world.house.read::<Pace>(&Partition::Paces, &account()).await.unwrap().unwrap();
    assert_eq!(pace.record.stopped, None);
    let again = world.ask("POST", "/v1/speech/resume", &[], "").await;
    assert_eq!((again.status, again.json()["was_stopped"].clone()), (200, json!(false)));
}

#[tokio::test]
async fn stats_and_resume_are_for_those_with_a_token() {
    let settings = Settings { tokens: vec!["token".into()], ..Settings::default() };
    let world = world_with(web::everything, settings);
    stop(&world, NOW).await;
    for (method, path) in [("GET", "/v1/stats"), ("POST", "/v1/speech/resume")] {
        assert_eq!(world.ask(method, path, &[], "").await.status, 401, "{path}");
    }
    let pace = world.house.read::<Pace>(&Partition::Paces, &account()).await.unwrap().unwrap();
    assert!(pace.record.stopped.is_some(), "a stranger resumes nothing");
    assert_eq!(world.ask("POST", "/v1/speech/resume", &[("x-api-key", "token")], "").await.status, 200);
}
