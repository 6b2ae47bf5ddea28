//! Films whose pictures are drawn: by the books of who draws.

use crate::books::Books;
use crate::stage::{Stage, illustrated};
use doubles::account::Settings as Provider;
use doubles::images::ImageFaultKind;
use doubles::writer::WriterFault;
use serde_json::json;
use std::sync::Arc;

pub(crate) async fn a_film_of_described_pictures_has_each_drawn_once(books: Arc<Books>) {
    let stage = Stage::start(books, Provider::default(), |_| ()).await;
    let order = json!({"script": illustrated(&[
        ("A red door.", "A red door in a white wall."),
        ("A blue one.", "A blue door in a white wall."),
        ("The red one again.", "A red door in a white wall."),
    ])});
    let video = stage.order("/v1/videos", &order).await;
    let job = stage.succeeded(&video).await;
    assert_eq!((&job["counts"]["pictures"], &job["stages"]["paint"]["of"]), (&json!(2), &json!(2)), "{job:#}");
    assert!(job["cost"]["cost_usd"].as_f64().unwrap() > 0.0, "{job:#}");
    assert_eq!((stage.artist.log().calls.len(), stage.artist.log().violations()), (2, 0));
    let scenes: serde_json::Value = serde_json::from_slice(&stage.file(&video, "scenes.json").await).unwrap();
    let shown = |scene: usize| scenes["scenes"][scene]["picture"]["sha256"].as_str().unwrap().to_owned();
    assert!(shown(0) == shown(2) && shown(0) != shown(1), "{scenes:#}");

    // The same pictures under other words: they are there.
    let order = json!({"script": illustrated(&[
        ("Another red door.", "A red door in a white wall."),
        ("Another blue one.", "A blue door in a white wall."),
    ])});
    let again = stage.succeeded(&stage.order("/v1/videos", &order).await).await;
    assert_eq!(again["counts"]["pictures_reused"], 2, "{again:#}");
    assert_eq!(stage.artist.log().calls.len(), 2);

    // One that is refused says why, and is drawn when its film is retried.
    stage.artist.fault(ImageFaultKind::Moderation.once());
    let refused = json!({"script": illustrated(&[("Said, and refused.", "A third door.")])});
    let refused = stage.order("/v1/videos", &refused).await;
    let job = stage.ended(&refused).await;
    assert_eq!((&job["status"], &job["error"]["pointer"]), (&json!("failed"), &json!("/lines/0/picture")), "{job:#}");
    assert_eq!(stage.ask("POST", &format!("/v1/jobs/{refused}/retry"), &[], "").await.status, 202);
    stage.succeeded(&refused).await;
    stage.end().await;
}

/// The order of a small film of a story.
pub(crate) fn story(text: &str) -> serde_json::Value {
    json!({"story": {"text": text, "scenes": 2}, "look": {"resolution": "240p", "fps": 24, "aspect": "16:9"}})
}

pub(crate) async fn a_story_is_written_once_and_becomes_a_film(books: Arc<Books>) {
    let stage = Stage::start(books, Provider::default(), |_| ()).await;
    // The writer is overloaded, and asked again later; then his answer is no script, and goes back with what is wrong with it.
    stage.author.fault(WriterFault::Overloaded);
    stage.author.fault(WriterFault::Stranger);
    let video =
        stage.order("/v1/videos", &story("A fox wakes up. It sees the sea. It has never seen it before.")).await;
    let job = stage.succeeded(&video).await;
    assert_eq!((&job["source"], &job["stages"]["write"]), (&json!("story"), &json!({"done": 1, "of": 1})), "{job:#}");
    assert_eq!((stage.author.log().calls.len(), stage.artist.log().calls.len()), (2, 2));
    stage.each_line_was_paid_once(2);

    // One whom the writer refuses says why, and is written when it is retried.
    stage.author.fault(WriterFault::Refusal);
    let refused = stage.order("/v1/videos", &story("A storm comes. The fox goes home.")).await;
    let job = stage.ended(&refused).await;
    assert_eq!(job["status"], "failed", "{job:#}");
    assert_eq!(stage.ask("POST", &format!("/v1/jobs/{refused}/retry"), &[], "").await.status, 202);
    stage.succeeded(&refused).await;
    stage.end().await;
}

pub(crate) async fn no_minute_has_more_pictures_than_the_limit(books: Arc<Books>) {
    let stage = Stage::start(books, Provider::default(), |settings| {
        settings.parameters.push(("ImagesPerMinute".into(), "2".into()));
    })
    .await;
    stage.artist.with_account(|account| account.settings.per_window = Some(2));
    let order = json!({"script": illustrated(&[("One.", "First."), ("Two.", "Second."), ("Three.", "Third.")])});
    let video = stage.order("/v1/videos", &order).await;
    stage.succeeded(&video).await;
    let log = stage.artist.log();
    assert_eq!((log.calls.len(), log.violations()), (3, 0), "{:#?}", log.refusals);
    assert!(log.calls[2].start_ms - log.calls[0].start_ms >= 60_000);
    stage.end().await;
}
