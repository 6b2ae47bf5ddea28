//! Functions that are killed, or outlast their time.

use crate::books::Books;
use crate::clips::clip;
use crate::explainers::topic;
use crate::pictures::story;
use crate::stage::{Stage, TOKEN, illustrated, script};
use crate::stories::now;
use doubles::account::{FaultKind, Settings as Provider};
use lambda_host::Turns;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// What a worker that died may cost its lane.
const MOST: Duration = Duration::from_secs(60);

/// Three lines, of which the first is cut off by `end`. The others are begun within a minute, and each is paid once.
async fn a_call_ends_badly(stage: Stage, end: impl AsyncFnOnce(&Stage)) {
    let lines = ["Cut off in the middle of it.", "Said after it.", "And this at the end."];
    let preview = stage.order("/v1/previews", &json!({"script": script(&lines)})).await;
    stage.provider.until(|account| account.in_flight() == 1).await;
    end(&stage).await;
    let died = now();
    stage.provider.until(|account| account.log().calls.len() > 1).await;
    let waited = died.elapsed();
    assert!(waited <= MOST, "the next call came after {} s", waited.as_secs());
    let job = stage.succeeded(&preview).await;
    assert_eq!((&job["counts"]["spoken"], &job["counts"]["rebought"]), (&json!(3), &json!(0)), "{job:#}");
    stage.each_line_was_paid_once(3);
    stage.end().await;
}

pub(crate) async fn a_worker_killed_in_mid_call_costs_a_minute_and_no_second_payment(books: Arc<Books>) {
    let stage = Stage::start(books, Provider::default(), |_| ()).await;
    stage.provider.fault(FaultKind::SlowFirstByte { ms: 4_000 }.once());
    a_call_ends_badly(stage, async |stage| {
        // In the middle of the call: the minute counts from the message's last beat, which came as the work began.
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(stage.host.kill("TtsWorkerFunction"), 1);
    })
    .await;
}

pub(crate) async fn a_worker_that_outlasts_its_time_costs_a_minute_and_no_second_payment(books: Arc<Books>) {
    let stage = Stage::start(books, Provider::default(), |settings| {
        settings.timeouts_s.push(("TtsWorkerFunction".into(), 5));
    })
    .await;
    stage.provider.fault(FaultKind::SlowFirstByte { ms: 9_000 }.once());
    a_call_ends_badly(stage, async |stage| {
        let is_cut = || async { (stage.host.report().tallies["TtsWorkerFunction"].cut > 0).then_some(()) };
        stage.until("the worker is cut off", is_cut).await;
    })
    .await;
}

pub(crate) async fn every_function_is_killed_in_mid_call_and_the_film_is_made_all_the_same(books: Arc<Books>) {
    let stage = Stage::start(books, Provider::default(), |settings| {
        settings.turns = Turns::Every(Duration::from_secs(5));
        // AWS hides what failed for as long as the queue says; the story need not wait for that.
        settings.failed_again = Some(Duration::from_secs(1));
    })
    .await;
    // The first invocation of each at its beginning, its third a moment later.
    let functions: Vec<String> = stage.host.function_names().map(str::to_owned).collect();
    for function in &functions {
        stage.host.foretell(function, [Some(Duration::ZERO), None, Some(Duration::from_millis(30))]);
    }
    let lines = [("Killed everywhere.", "A road in the rain."), ("And made all the same.", "A road in the sun.")];
    // Beside all others: who wrote it and was killed is waited for.
    let explained = stage.order("/v1/videos", &topic("resilience", 2)).await;
    let preview = stage.order("/v1/previews", &json!({"script": illustrated(&lines)})).await;
    stage.succeeded(&preview).await;
    let video = stage.order("/v1/videos", &json!({"preview_id": preview})).await;
    stage.succeeded(&video).await;
    let told = stage.order("/v1/videos", &story("A function is killed. The story goes on.")).await;
    stage.succeeded(&told).await;
    let moving = stage.order("/v1/videos", &clip("A road in the wind.")).await;
    stage.succeeded(&moving).await;
    assert_eq!(stage.director.log().orders.len(), 1);
    stage.succeeded(&explained).await;
    let order = json!({"text": "Asked for twice."}).to_string();
    let speech = "/v1/text-to-speech/EXAVITQu4vr4xnSDxMaL";
    assert_eq!(stage.gateway(TOKEN, speech, &order).await.status, 502, "its first invocation is killed");
    let spoken = stage.gateway(TOKEN, speech, &order).await;
    assert_eq!(spoken.status, 200, "{}\n{}", spoken.json(), stage.logs());
    stage.each_line_was_paid_once(7);
    for (function, tally) in stage.host.report().tallies {
        assert!(tally.killed > 0, "{function}: {tally:?}");
    }
    stage.end().await;
}
