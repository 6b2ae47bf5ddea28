//! Topics that are explained: by the books of who writes and of who speaks.

use crate::books::Books;
use crate::packed;
use crate::stage::Stage;
use doubles::account::Settings as Provider;
use lambda_host::Turns;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// The order of a small film about a topic.
pub(crate) fn topic(text: &str, sections: usize) -> Value {
    json!({"topic": {"text": text, "sections": sections}, "look": {"resolution": "240p"}})
}

/// What a film of two sections is made of: its animations, and each section as a film of its own.
async fn has_two_sections(stage: &Stage, id: &str, job: &Value) {
    assert_eq!((&job["source"], &job["stages"]["write"]), (&json!("topic"), &json!({"done": 1, "of": 1})), "{job:#}");
    assert_eq!(job["stages"]["animate"], json!({"done": 2, "of": 2}), "{job:#}");
    assert_eq!(job["counts"]["cards"], 0, "{job:#}");
    for name in ["film.mp4", "scene-000.mp4", "scene-001.mp4"] {
        let file = job["files"].as_array().unwrap().iter().find(|file| file["name"] == name);
        assert_eq!(file.unwrap_or_else(|| panic!("{name}: {job:#}"))["content_type"], "video/mp4");
        assert_eq!(stage.file(id, name).await[4..8], *b"ftyp", "{name}");
    }
    let listed = stage.ask("GET", "/v1/jobs?source=topic", &[], "").await.json();
    assert!(listed["jobs"].as_array().unwrap().iter().any(|job| job["id"] == id), "{listed:#}");
}

/// The same topic in another order: what was written of it and spoken is there.
async fn is_told_again(stage: &Stage, order: &Value) -> String {
    let mut again = order.clone();
    again["metadata"] = json!({"again": true});
    let again = stage.order("/v1/videos", &again).await;
    let job = stage.succeeded(&again).await;
    let counts = &job["counts"];
    assert_eq!((&counts["animations"], &counts["animations_reused"]), (&json!(0), &json!(2)), "{job:#}");
    assert_eq!((&counts["spoken"], &counts["reused"]), (&json!(0), &json!(2)), "{job:#}");
    has_two_sections(stage, &again, &job).await;
    again
}

pub(crate) async fn a_topic_is_rehearsed_and_its_animations_are_written_once(books: Arc<Books>) {
    let stage = Stage::start(books, Provider::default(), |settings| {
        settings.parameters.push(("Rehearsal".into(), "true".into()));
    })
    .await;
    let order = topic("backpropagation", 2);
    let film = stage.order("/v1/videos", &order).await;
    let job = stage.succeeded(&film).await;
    assert_eq!((&job["counts"]["animations"], &job["counts"]["spoken"]), (&json!(2), &json!(2)), "{job:#}");
    has_two_sections(&stage, &film, &job).await;
    is_told_again(&stage, &order).await;
    assert_eq!((stage.provider.log().calls.len(), stage.author.log().calls.len()), (0, 0), "no provider is asked");
    stage.end().await;
}

pub(crate) async fn a_topic_is_planned_written_and_spoken_once(books: Arc<Books>) {
    let stage = Stage::start(books, Provider::default(), |_| ()).await;
    let order = topic("the tides", 2);
    let film = stage.order("/v1/videos", &order).await;
    let job = stage.succeeded(&film).await;
    has_two_sections(&stage, &film, &job).await;
    // The plan, and the animation of each section: none of them is a picture that is drawn for money.
    assert_eq!((stage.author.log().calls.len(), stage.artist.log().calls.len()), (3, 0));
    assert!(job["cost"]["cost_usd"].as_f64().unwrap() > 0.0, "{job:#}");
    // Whoever orders it anew has it planned anew, and meets the same sections.
    let again = is_told_again(&stage, &order).await;
    assert_eq!(stage.author.log().calls.len(), 4);
    stage.each_line_was_paid_once(2);

    // What a step wrote whose job was removed meanwhile, and which then was handed over again.
    assert_eq!(stage.ask("DELETE", &format!("/v1/jobs/{again}"), &[], "").await.status, 204);
    let files = format!("jobs/{again}/");
    stage.host.set_object(&format!("{files}scene-000.mp4"), Some(b"late")).await;
    stage.host.send("AnimateQueue", &json!({"task": "animate", "job": again, "part": 0}).to_string(), "").await;
    let is_gone = || async { (!stage.host.objects().await.iter().any(|name| name.starts_with(&files))).then_some(()) };
    stage.until("the late section is removed", is_gone).await;
    stage.end().await;
}

pub(crate) async fn a_program_is_drawn_by_the_function_that_has_no_rights(books: Arc<Books>) {
    let stage = Stage::start(books, Provider::default(), |settings| {
        let image = "000000000000.dkr.ecr.eu-west-1.amazonaws.com/onetake-manim:1";
        settings.parameters.extend([("Rehearsal".into(), "true".into()), ("ManimImage".into(), image.into())]);
        settings.images.push(packed::manim());
    })
    .await;
    let mut order = topic("the water cycle", 2);
    order["topic"]["style"] = json!("manim");
    let film = stage.order("/v1/videos", &order).await;
    let job = stage.succeeded(&film).await;
    assert_eq!(job["warnings"], json!([]), "{job:#}\n{}", stage.logs());
    has_two_sections(&stage, &film, &job).await;
    // Each program was run once and drawn once, in an environment that no other one has seen.
    let tally = stage.host.report().tallies["ManimFunction"];
    assert_eq!((tally.invoked, tally.started), (4, 2), "{tally:?}");
    is_told_again(&stage, &order).await;
    assert_eq!(stage.host.report().tallies["ManimFunction"].invoked, 4, "the same section is the same film");

    // One that ends its function is at fault itself: it is written anew, and then runs.
    stage.host.doom("ManimFunction", "check\":true", 1);
    let mut other = topic("compound interest", 1);
    other["topic"]["style"] = json!("manim");
    let film = stage.order("/v1/videos", &other).await;
    let job = stage.succeeded(&film).await;
    assert_eq!(job["warnings"], json!([]), "{job:#}\n{}", stage.logs());
    assert_eq!(stage.host.report().tallies["ManimFunction"].killed, 1);
    stage.end().await;
}

pub(crate) async fn an_animation_that_ends_its_function_each_time_ends_its_job_with_a_reason(books: Arc<Books>) {
    let stage = Stage::start(books, Provider::default(), |settings| {
        settings.turns = Turns::Never;
        settings.failed_again = Some(Duration::ZERO);
    })
    .await;
    stage.host.doom("AnimateFunction", "animate", 3);
    let film = stage.order("/v1/videos", &topic("erosion", 1)).await;
    let job = stage.ended(&film).await;
    assert_eq!(job["status"], "failed", "{job:#}\n{}", stage.logs());
    assert!(job["error"].to_string().contains("tried three times"), "{job:#}");
    assert_eq!(stage.host.messages("AnimateDeadLetters").await, [0; 3], "a job that knows its end leaves none");
    let again = stage.ask("POST", &format!("/v1/jobs/{film}/retry"), &[], "").await;
    assert_eq!(again.status, 202, "{}", again.json());
    stage.succeeded(&film).await;
    // Neither a line nor an animation is made for a second time.
    assert_eq!(stage.author.log().calls.len(), 2);
    stage.each_line_was_paid_once(1);
    stage.end().await;
}
