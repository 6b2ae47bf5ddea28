//! Cancelling a job, taking it up again, and how long one that has not ended is there.

use crate::world::{Answer, World, world};
use serde_json::{Value, json};
use std::time::Duration;
use story::job::{Progress, Status};
use story::queue::{Outcome, Part};
use story::{JobId, Partition};

const GONE: &str = "0000000000000000000";

impl World {
    async fn command(&self, id: &JobId, verb: &str) -> Answer {
        self.ask("POST", &format!("/v1/jobs/{id}/{verb}"), &[], "").await
    }

    async fn job(&self, id: &JobId) -> Value {
        self.get(&format!("/v1/jobs/{id}")).await.json()
    }

    /// Notes how parts of a job settled.
    async fn settle(&self, id: &JobId, parts: &[(Part, Outcome)]) {
        for (part, outcome) in parts {
            let after = |progress: &Progress| progress.after(&progress.moved(*part, *outcome));
            self.house.update(&Partition::Progress, &id.0, after).await.unwrap();
        }
    }

    /// The statuses of all jobs that are listed.
    async fn listed(&self, query: &str) -> Vec<Value> {
        let answer = self.get(&format!("/v1/jobs{query}")).await.json();
        answer["jobs"].as_array().unwrap().iter().map(|job| job["status"].clone()).collect()
    }
}

async fn refused(world: &World, id: &JobId, verb: &str, reason: &str) {
    let answer = world.command(id, verb).await;
    assert_eq!(answer.problem(), (409, "conflict".into(), vec![]), "{verb}: {}", answer.json());
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let detail = answer.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.starts_with(reason), "{detail}");
}

#[tokio::test]
async fn a_job_that_has_not_ended_is_cancelled_and_cancelled_again_nothing_changes() {
    let world = world();
    let (id, _) = world.preview().await;
    for _ in 0..2 {
        let answer = world.command(&id, "cancel").await;
        let job = answer.json();
        assert_eq!((answer.status, &job["id"], &job["status"]), (202, &json!(id), &json!("cancelled")), "{job}");
    }
    assert_eq!(world.job(&id).await["status"], "cancelled");
    assert_eq!(world.listed("?status=cancelled").await, ["cancelled"]);
    assert_eq!(world.listed("?status=running").await, [] as [&str; 0]);
}

#[tokio::test]
async fn a_job_that_has_ended_cannot_be_cancelled() {
    let world = world();
    for status in [Status::Succeeded, Status::Failed] {
        let id = world.ended(status).await;
        refused(&world, &id, "cancel", "it has ended already").await;
        assert_eq!(world.job(&id).await["status"], json!(status));
    }
}

#[tokio::test]
async fn a_job_that_failed_or_was_cancelled_is_taken_up_again() {
    let world = world();
    for status in [Status::Failed, Status::Cancelled] {
        let id = world.ended(status).await;
        let answer = world.command(&id, "retry").await;
        assert_eq!((answer.status, &answer.json()["status"]), (202, &json!("running")), "{}", answer.json());
        refused(&world, &id, "retry", "it has not ended").await;
        assert_eq!(world.command(&id, "cancel").await.status, 202);
    }
}

#[tokio::test]
async fn a_job_that_runs_or_misses_nothing_is_not_taken_up_again() {
    let world = world();
    let (id, _) = world.preview().await;
    refused(&world, &id, "retry", "it has not ended").await;
    let made = [Part::Take(0), Part::Take(1), Part::Track].map(|part| (part, Outcome::Made));
    world.settle(&id, &made).await;
    world.end(&id, Status::Succeeded).await;
    refused(&world, &id, "retry", "nothing is missing").await;
    assert_eq!(world.job(&id).await["status"], "succeeded");
}

#[tokio::test]
async fn a_silent_line_is_shown_and_only_it_is_bought_by_another_try() {
    let world = world();
    let (id, _) = world.preview().await;
    let parts = [(Part::Take(0), Outcome::Made), (Part::Take(1), Outcome::Silent), (Part::Track, Outcome::Made)];
    world.settle(&id, &parts).await;
    world.end(&id, Status::Succeeded).await;
    let states = |job: &Value| [0, 1].map(|index| job["segments"][index]["state"].as_str().unwrap().to_owned());
    let job = world.job(&id).await;
    assert_eq!((states(&job), &job["counts"]["silent"]), (["ready".into(), "silent".into()], &json!(1)));

    let answer = world.command(&id, "retry").await;
    assert_eq!(answer.status, 202, "{}", answer.json());
    let job = answer.json();
    assert_eq!((states(&job), &job["counts"]["silent"]), (["ready".into(), "waiting".into()], &json!(0)));
}

#[tokio::test]
async fn a_name_of_no_job_is_answered_as_such() {
    let world = world();
    let (removed, _) = world.preview().await;
    assert_eq!(world.ask("DELETE", &format!("/v1/jobs/{removed}"), &[], "").await.status, 204);
    let expired = world.ended(Status::Failed).await;
    world.clock.advance(Duration::from_secs(2 * 3600));
    let long = "0".repeat(4_000);
    for name in [GONE, &removed.0, &expired.0, "x", "..%2F..%2Fplan", "%00", "%FF", "%2e%2e", "*", "0 or 1=1", &long] {
        let name = name.replace(' ', "%20");
        for verb in ["cancel", "retry"] {
            let answer = world.ask("POST", &format!("/v1/jobs/{name}/{verb}"), &[], "").await;
            assert_eq!(answer.problem(), (404, "not-found".into(), vec![]), "{verb} {name}");
        }
    }
}

#[tokio::test]
async fn only_a_post_commands() {
    let world = world();
    let (id, _) = world.preview().await;
    for verb in ["cancel", "retry"] {
        for method in ["GET", "HEAD", "PUT", "PATCH", "DELETE"] {
            let answer = world.ask(method, &format!("/v1/jobs/{id}/{verb}"), &[], "").await;
            assert_eq!((answer.status, answer.header("allow")), (405, "POST"), "{method} {verb}");
        }
    }
    assert_eq!(world.job(&id).await["status"], "queued");
}

#[tokio::test]
async fn a_job_that_has_not_ended_does_not_expire() {
    let world = world();
    let (id, _) = world.preview().await;
    let path = format!("/v1/jobs/{id}");
    let tag = world.get(&path).await.header("etag").to_owned();
    world.clock.advance(Duration::from_secs(2 * 3600));
    let known = [("if-none-match", tag.as_str())];
    assert_eq!(world.ask("GET", &path, &known, "").await.status, 304);
    assert_eq!((world.get(&path).await.status, world.listed("").await), (200, vec![json!("queued")]));

    let path_and_wait = format!("{path}?wait=20");
    let waiting = world.ask("GET", &path_and_wait, &known, "");
    let cancelling = async {
        tokio::task::yield_now().await;
        assert_eq!(world.command(&id, "cancel").await.status, 202);
        world.clock.advance(Duration::from_secs(1));
    };
    let (answer, ()) = tokio::join!(waiting, cancelling);
    assert_eq!((answer.status, &answer.json()["status"]), (200, &json!("cancelled")));

    // It is kept from its end on.
    world.clock.advance(Duration::from_secs(3500));
    assert_eq!(world.get(&path).await.status, 200);
    world.clock.advance(Duration::from_secs(101));
    assert_eq!((world.get(&path).await.status, world.listed("").await), (404, vec![]));
}
