//! When the parts of a job waited and were made.

use crate::world::{NOW, world, world_with};
use serde_json::{Value, json};
use std::time::Duration;
use story::job::Status;
use story::{JobId, Object};
use web::Settings;

fn path(id: &JobId) -> String {
    format!("/v1/jobs/{id}/timeline")
}

#[tokio::test]
async fn a_job_that_runs_shows_for_how_long_its_lines_have_waited() {
    let world = world();
    let (id, _) = world.preview().await;
    steps::advance::advance(&world.house, &id, None).await.unwrap();
    world.clock.advance(Duration::from_millis(2_500));
    let answer = world.get(&path(&id)).await;
    assert_eq!(
        (answer.status, answer.header("content-type"), answer.header("vary")),
        (200, "application/json", "Accept")
    );
    let timeline = answer.json();
    assert_eq!((&timeline["id"], &timeline["status"]), (&json!(id), &json!("running")));
    assert_eq!((&timeline["created_at"], &timeline["length_ms"]), (&json!(NOW.to_string()), &json!(2_500)));
    let speak = &timeline["stages"][0];
    assert_eq!(
        (&speak["parts"], &speak["waited_ms"], &speak["longest_wait_ms"]),
        (&json!(2), &json!(5_000), &json!(2_500))
    );
    let rows: Vec<&Value> = timeline["rows"].as_array().unwrap().iter().collect();
    assert_eq!((&rows[0]["label"], &rows[0]["spans_ms"]), (&json!("1 Ana: Hello."), &json!({"queued": [0, 2_500]})));
    assert_eq!((&rows[2]["stage"], &rows[2]["spans_ms"]), (&json!("track"), &json!({})));
}

#[tokio::test]
async fn whoever_asks_for_a_picture_gets_one_that_runs_nothing() {
    let world = world();
    let hostile = "</text><script>alert(1)</script>\u{202e}";
    let script = json!({"speakers": {"Ana": {}}, "lines": [{"speaker": "Ana", "text": hostile}]});
    let opened = world.post("/v1/previews", &json!({"script": script})).await.json();
    let id = JobId::parse(opened["id"].as_str().unwrap()).unwrap();
    let answer = world.ask("GET", &path(&id), &[("accept", "text/html;q=0.1"), ("accept", "image/svg+xml")], "").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "image/svg+xml"));
    assert!(answer.header("content-security-policy").starts_with("default-src 'none'"));
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    let svg = std::str::from_utf8(&answer.bytes).unwrap();
    assert!(svg.starts_with("<svg ") && svg.contains("&lt;script&gt;") && !svg.contains("<script"), "{svg}");
    assert!(!svg.contains('\u{202e}'));
}

#[tokio::test]
async fn a_timeline_is_as_private_and_as_mortal_as_its_job() {
    let world = world();
    for path in ["/v1/jobs/0000000000000000000/timeline", "/v1/jobs/%7Bid%7D/timeline", "/v1/jobs/%F0%9F/timeline"] {
        assert_eq!(world.get(path).await.problem(), (404, "not-found".into(), vec![]), "{path}");
    }
    let id = world.ended(Status::Succeeded).await;
    assert_eq!(world.get(&path(&id)).await.status, 200);
    let post = world.ask("POST", &path(&id), &[], "").await;
    assert_eq!((post.status, post.header("allow")), (405, "GET,HEAD"));
    // As a process that has not read it yet.
    world.house.plans.forget(&id);
    world.house.artifacts.delete(&Object::Plan(id.clone())).await.unwrap();
    assert_eq!(world.get(&path(&id)).await.problem(), (410, "gone".into(), vec![]));
    steps::remove::remove(&world.house, &id).await.unwrap();
    assert_eq!(world.get(&path(&id)).await.status, 404);

    let locked = world_with(web::everything, Settings { tokens: vec!["secret".into()], ..Settings::default() });
    assert_eq!(locked.get("/v1/jobs/0000000000000000000/timeline").await.status, 401);
}
