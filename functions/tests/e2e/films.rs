//! From a script to a film, as it is meant to go.

mod probe;

use crate::books::Books;
use crate::stage::{Stage, script};
use doubles::account::Settings as Provider;
use serde_json::json;
use std::sync::Arc;

pub(crate) async fn a_script_becomes_a_film_that_plays_and_its_sound_is_the_previews_packet_for_packet(
    books: Arc<Books>,
) {
    let stage = Stage::start(books, Provider::default(), |_| ()).await;
    let lines = ["A film on Lambda.", "Each line is paid once.", "And played from S3."];
    let preview = stage.order("/v1/previews", &json!({"script": script(&lines)})).await;
    let job = stage.succeeded(&preview).await;
    assert_eq!((&job["counts"]["spoken"], &job["counts"]["reused"]), (&json!(3), &json!(0)), "{job:#}");
    let video = stage.order("/v1/videos", &json!({"preview_id": preview})).await;
    let job = stage.succeeded(&video).await;
    assert_eq!((&job["counts"]["spoken"], &job["counts"]["reused"]), (&json!(0), &json!(3)), "{job:#}");
    assert_eq!(job["warnings"], json!([]), "{job:#}");
    stage.each_line_was_paid_once(3);
    let audit = stage.ask("GET", "/v1/speech/audit", &[], "").await.json();
    assert_eq!(audit["agrees"], true, "the ledger is the provider's books: {audit:#}");

    let film = stage.file(&video, "film.mp4").await;
    let stated = job["files"].as_array().unwrap().iter().find(|file| file["name"] == "film.mp4").unwrap();
    assert_eq!(stated["size_bytes"], film.len());
    let played = probe::play(&film);
    assert_eq!((played.width, played.height), (426, 240), "{played:?}");
    let length_s = job["segments"].as_array().unwrap().last().unwrap()["end_s"].as_f64().unwrap();
    assert!((played.duration_s - length_s).abs() < 0.5, "{played:?}, and its last word ends at {length_s}");
    assert!((played.frames as f64 / 24.0 - played.duration_s).abs() < 0.1, "{played:?}");
    let preview_sound = probe::packets(&stage.file(&preview, "preview.m4a").await);
    assert!(preview_sound.len() > 50 && preview_sound == probe::packets(&film), "the sound differs");
    stage.end().await;
}

pub(crate) async fn a_cold_start_midway_changes_nothing(books: Arc<Books>) {
    let provider = Provider { speed: 8.0, ..Provider::default() };
    let stage = Stage::start(books, provider, |_| ()).await;
    let lines = ["The first of four.", "The second of four.", "The third of four.", "The fourth of four."];
    let video = stage.order("/v1/videos", &json!({"script": script(&lines)})).await;
    let mut cooled = 0;
    while stage.job(&video).await["status"] != "succeeded" {
        for function in stage.host.function_names() {
            stage.host.cool(function).await;
        }
        cooled += 1;
        assert!(cooled < 400, "{}", stage.logs());
    }
    stage.each_line_was_paid_once(4);
    let tallies = stage.host.report().tallies;
    assert!(tallies["AdvanceFunction"].started > 1 && tallies["ComposeFunction"].started > 1, "{tallies:?}");
    stage.end().await;
}
