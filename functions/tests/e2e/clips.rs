//! Clips: by the books of who generates them.

use crate::books::Books;
use crate::stage::Stage;
use doubles::account::Settings as Provider;
use doubles::clips::{ClipFault, Clips};
use lambda_host::Turns;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// The order of a clip.
pub(crate) fn clip(prompt: &str) -> Value {
    json!({"clip": {"prompt": prompt, "seconds": 4}})
}

/// Orders that were taken, and how often a clip was sent.
pub(crate) fn bought(stage: &Stage) -> (usize, usize) {
    let log = stage.director.log();
    (log.orders.len(), log.downloads.iter().filter(|download| download.status == 200).count())
}

pub(crate) async fn a_clip_is_ordered_once_asked_for_and_fetched_once(books: Arc<Books>) {
    let stage = Stage::start(books, Provider::default(), |_| ()).await;
    stage.director.with_account(|account| {
        account.settings.generating_ms = 5_000;
        account.settings.redirects = 2;
    });
    let boat = stage.order("/v1/videos", &clip("A paper boat crosses a harbour at dawn.")).await;
    let asked = stage.job(&boat).await;
    assert_eq!((&asked["source"], &asked["clip"]["seconds"]), (&json!("clip"), &json!(4)), "{asked:#}");
    assert!(["queued", "running"].contains(&asked["status"].as_str().unwrap()), "{asked:#}");
    let job = stage.succeeded(&boat).await;
    assert_eq!(bought(&stage), (1, 1), "{:#?}", stage.director.log());
    assert!(stage.director.log().questions > 1, "it is not there when it is asked for first");
    assert!(stage.director.log().downloads.iter().any(|download| download.is_elsewhere));
    assert!(!stage.director.log().is_key_leaked());

    // It says what it is by its own file; that file is the object of its bytes, and lies nowhere else.
    let footage = &job["clip"]["footage"];
    assert!(footage["frames"].as_u64().unwrap() > 0 && footage["width"].as_u64().unwrap() > 0, "{job:#}");
    assert!((footage["seconds"].as_f64().unwrap() - 2.0).abs() < 0.1, "{job:#}");
    assert!(job["cost"]["cost_usd"].as_f64().unwrap() > 0.0, "{job:#}");
    let film = job["files"].as_array().unwrap().iter().find(|file| file["name"] == "film.mp4").cloned().unwrap();
    assert_eq!(stage.file(&boat, "film.mp4").await, Clips::film());
    assert!(stage.file(&boat, "thumbnail.jpg").await.starts_with(b"\xff\xd8"));
    let objects = stage.host.objects().await;
    let pictures: Vec<_> = objects.iter().filter(|name| name.starts_with("pictures/")).collect();
    assert_eq!(pictures, [&format!("pictures/{}", film["sha256"].as_str().unwrap())], "{objects:#?}");
    assert!(!objects.contains(&format!("jobs/{boat}/film.mp4")), "{objects:#?}");
    let listed = stage.ask("GET", "/v1/jobs?source=clip", &[], "").await.json();
    assert_eq!((&listed["jobs"][0]["id"], listed["jobs"].as_array().unwrap().len()), (&json!(boat), 1), "{listed:#}");

    // The same clip is there; one that goes on with it brings it along.
    let again = json!({"clip": clip("A paper boat crosses a harbour at dawn.")["clip"], "metadata": {"again": true}});
    stage.succeeded(&stage.order("/v1/videos", &again).await).await;
    assert_eq!(bought(&stage), (1, 1));
    stage.director.with_account(|account| account.settings.generating_ms = 0);
    let onward = |prompt: &str| json!({"clip": {"prompt": prompt, "seconds": 4, "from": boat}});
    stage.succeeded(&stage.order("/v1/videos", &onward("It begins to rain.")).await).await;
    assert_eq!(bought(&stage), (2, 2));
    let order = stage.director.log().orders.pop().unwrap();
    assert!(order.body.to_string().len() > Clips::film().len(), "the earlier clip is sent along");

    // One that is refused says why, and is ordered when its job is taken up again.
    stage.director.fault(ClipFault::Blocked);
    let refused = stage.order("/v1/videos", &clip("A boat sinks.")).await;
    let job = stage.ended(&refused).await;
    assert_eq!(job["status"], "failed", "{job:#}");
    assert_eq!(stage.ask("POST", &format!("/v1/jobs/{refused}/retry"), &[], "").await.status, 202);
    stage.succeeded(&refused).await;
    assert_eq!(bought(&stage), (3, 3));

    // What an order is to be made from may be gone by then: it says so, and nothing is charged.
    stage.host.set_object(&format!("pictures/{}", film["sha256"].as_str().unwrap()), None).await;
    let lost = stage.ended(&stage.order("/v1/videos", &onward("The rain ends.")).await).await;
    assert!(lost["error"]["detail"].as_str().unwrap().contains("is gone"), "{lost:#}");
    assert_eq!(bought(&stage), (3, 3));
    stage.end().await;
}

pub(crate) async fn a_worker_killed_while_it_fetches_a_clip_costs_no_second_order(books: Arc<Books>) {
    let stage = Stage::start(books, Provider::default(), |settings| {
        settings.turns = Turns::Every(Duration::from_secs(5));
    })
    .await;
    stage.director.fault(ClipFault::Slow { ms: 5_000 });
    let boat = stage.order("/v1/videos", &clip("A paper boat stands still in mid harbour.")).await;
    stage.director.until(|account| account.log().downloads.len() == 1).await;
    assert_eq!(stage.host.kill("ClipWorkerFunction"), 1);
    assert!(!stage.host.objects().await.iter().any(|name| name.starts_with("pictures/")));
    let job = stage.succeeded(&boat).await;
    assert_eq!((bought(&stage), &job["counts"]["rebought"]), ((1, 2), &json!(0)), "{job:#}");
    assert_eq!(stage.file(&boat, "film.mp4").await, Clips::film());
    let objects = stage.host.objects().await;
    assert_eq!(objects.iter().filter(|name| name.starts_with("pictures/")).count(), 1, "{objects:#?}");
    stage.end().await;
}
