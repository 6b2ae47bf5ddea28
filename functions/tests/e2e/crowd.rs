//! Many at once: requests, jobs, lanes.

use crate::books::Books;
use crate::stage::{Stage, TOKEN, script};
use conformance::http::Place;
use doubles::account::{Settings as Provider, Tier};
use serde_json::json;
use std::sync::Arc;

pub(crate) async fn the_table_of_requests_and_answers_holds_behind_the_gateway(books: Arc<Books>) {
    let stage = Stage::start(books, Provider::default(), |settings| {
        settings.parameters.push(("Rehearsal".into(), "true".into()));
    })
    .await;
    let url = stage.host.url().to_owned();
    let table = tokio::task::spawn_blocking(move || conformance::http::run(&url, TOKEN, Place::Gateway)).await;
    if let Err(panic) = table {
        panic!("{panic}\n{}", stage.logs());
    }
    assert_eq!(stage.provider.log().calls.len(), 0, "a rehearsal asks no provider");
    stage.end().await;
}

pub(crate) async fn three_lanes_speak_at_once_and_never_more(books: Arc<Books>) {
    let provider = Provider { tier: Tier::Creator, first_byte_ms: 1_500, ..Provider::default() };
    let stage = Stage::start(books, provider, |settings| {
        settings.parameters.push(("SpeechLanes".into(), "3".into()));
    })
    .await;
    let lines: Vec<String> = (1..=12).map(|number| format!("Line number {number}.")).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let preview = stage.order("/v1/previews", &json!({"script": script(&lines)})).await;
    stage.succeeded(&preview).await;
    let log = stage.provider.log();
    assert_eq!(log.calls.len(), 12);
    assert!((2..=3).contains(&log.max_in_flight), "{} calls were in flight at once", log.max_in_flight);
    stage.end().await;
}

pub(crate) async fn twenty_jobs_at_once_all_end_and_each_line_is_paid_once(books: Arc<Books>) {
    let stage = Stage::start(books, Provider::default(), |_| ()).await;
    let scripts = (0..20).map(|number| {
        // Every job wants one line of its own, and one that all want.
        let own = format!("I am job {number}.");
        json!({"script": script(&["We all say this.", &own])})
    });
    let orders = scripts.map(|order| {
        let stage = &stage;
        async move { stage.order("/v1/previews", &order).await }
    });
    let jobs = futures_util::future::join_all(orders).await;
    for job in &jobs {
        let ended = stage.succeeded(job).await;
        assert_eq!(ended["warnings"], json!([]), "{ended:#}");
    }
    stage.each_line_was_paid_once(21);
    stage.end().await;
}
