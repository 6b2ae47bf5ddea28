//! What is lost or comes too late: an object, a message, the job itself.

use crate::books::Books;
use crate::stage::{Stage, script};
use doubles::account::Settings as Provider;
use lambda_host::Turns;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

pub(crate) async fn a_plan_that_is_gone_is_told_and_not_waited_for(books: Arc<Books>) {
    let stage = Stage::start(books, Provider::default(), |_| ()).await;
    stage.host.pause("AdvanceQueue", true).await;
    let order = json!({"script": script(&["Ordered, and then forgotten."])});
    let forgotten = stage.order("/v1/videos", &order).await;
    stage.host.set_object(&format!("jobs/{forgotten}/plan.json"), None).await;
    stage.host.pause("AdvanceQueue", false).await;
    let is_open = (String::from("open-jobs"), forgotten.clone());
    let has_ended = || async { (!stage.host.items().await.contains(&is_open)).then_some(()) };
    stage.until("the job ends", has_ended).await;
    let gone = stage.ask("GET", &format!("/v1/jobs/{forgotten}"), &[], "").await;
    assert_eq!((gone.status, &gone.json()["detail"]), (410, &json!("the job's plan is gone: make the job again")));

    let preview = stage.order("/v1/previews", &json!({"script": script(&["Heard, and then forgotten."])})).await;
    stage.succeeded(&preview).await;
    stage.host.set_object(&format!("jobs/{preview}/plan.json"), None).await;
    let body = json!({"preview_id": preview}).to_string();
    let gone = stage.ask("POST", "/v1/videos", &[], &body).await;
    assert_eq!((gone.status, &gone.json()["type"]), (410, &json!("preview-expired")), "{}", gone.json());
    stage.each_line_was_paid_once(1);
    stage.end().await;
}

pub(crate) async fn a_track_that_comes_after_its_job_was_removed_leaves_nothing(books: Arc<Books>) {
    let stage = Stage::start(books, Provider::default(), |_| ()).await;
    let preview = stage.order("/v1/previews", &json!({"script": script(&["Heard, and removed."])})).await;
    stage.succeeded(&preview).await;
    assert_eq!(stage.ask("DELETE", &format!("/v1/jobs/{preview}"), &[], "").await.status, 204);
    // What a step wrote whose job was removed meanwhile, and which then was handed over again.
    let files = format!("jobs/{preview}/");
    stage.host.set_object(&format!("{files}preview.m4a"), Some(b"late")).await;
    stage.host.send("ComposeQueue", &json!({"task": "track", "job": preview}).to_string(), "").await;
    let is_gone = || async { (!stage.host.objects().await.iter().any(|name| name.starts_with(&files))).then_some(()) };
    stage.until("the late track is removed", is_gone).await;
    stage.end().await;
}

pub(crate) async fn a_waiting_line_that_a_person_cancels_is_told_to_its_job(books: Arc<Books>) {
    let stage = Stage::start(books, Provider::default(), |settings| settings.turns = Turns::Never).await;
    stage.host.pause("SpeechQueue", true).await;
    let preview = stage.order("/v1/previews", &json!({"script": script(&["Said after all."])})).await;
    let waiting = || async {
        let requests = stage.ask("GET", "/v1/speech/requests", &[], "").await.json();
        requests["requests"][0]["id"].as_str().map(str::to_owned)
    };
    let request = stage.until("the line waits", waiting).await;
    let cancelled = stage.ask("DELETE", &format!("/v1/speech/requests/{request}"), &[], "").await;
    assert_eq!(cancelled.status, 204, "{request}");
    let job = stage.ended(&preview).await;
    assert_eq!(job["status"], "failed", "{job:#}");
    stage.each_line_was_paid_once(0);
    assert_eq!(stage.ask("POST", &format!("/v1/jobs/{preview}/retry"), &[], "").await.status, 202);
    stage.host.pause("SpeechQueue", false).await;
    stage.succeeded(&preview).await;
    stage.each_line_was_paid_once(1);
    stage.end().await;
}

pub(crate) async fn what_no_message_says_the_sweep_says(books: Arc<Books>) {
    let stage = Stage::start(books, Provider::default(), |settings| settings.turns = Turns::Never).await;
    stage.host.pause("ComposeQueue", true).await;
    let video = stage.order("/v1/videos", &json!({"script": script(&["Said, and not drawn."])})).await;
    let both_wait = || async { (stage.host.messages("ComposeQueue").await[0] >= 2).then_some(()) };
    stage.until("the scene and the track are to be made", both_wait).await;
    assert!(stage.host.lose("ComposeQueue").await >= 2);
    stage.host.pause("ComposeQueue", false).await;
    // What was opened a moment ago moves by itself; a minute later it stands still.
    tokio::time::sleep(Duration::from_secs(56)).await;
    stage.host.take_turn("CleanupFunction").await.unwrap();
    stage.succeeded(&video).await;
    stage.each_line_was_paid_once(1);
    stage.end().await;
}

pub(crate) async fn a_film_of_a_preview_that_still_runs_waits_for_its_track(books: Arc<Books>) {
    let stage = Stage::start(books, Provider::default(), |_| ()).await;
    stage.host.pause("ComposeQueue", true).await;
    let preview = stage.order("/v1/previews", &json!({"script": script(&["Heard first.", "Then seen."])})).await;
    let video = stage.order("/v1/videos", &json!({"preview_id": preview})).await;
    // Both tracks and a scene: then they are handed over at once, and the film's finds a preview that has not ended.
    let all_wait = || async { (stage.host.messages("ComposeQueue").await[0] >= 3).then_some(()) };
    stage.until("both tracks are to be laid", all_wait).await;
    stage.host.pause("ComposeQueue", false).await;
    let heard = stage.succeeded(&preview).await;
    let seen = stage.succeeded(&video).await;
    assert_eq!((&heard["counts"]["spoken"], &seen["warnings"]), (&json!(2), &json!([])), "{seen:#}");
    assert_eq!(stage.file(&preview, "preview.m4a").await, stage.file(&video, "preview.m4a").await);
    stage.each_line_was_paid_once(2);
    stage.end().await;
}
