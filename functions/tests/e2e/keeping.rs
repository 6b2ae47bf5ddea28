//! What is kept, and what is not.

use crate::books::Books;
use crate::clips::clip;
use crate::stage::{Stage, illustrated};
use doubles::account::Settings as Provider;
use lambda_host::Turns;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use story::Clock;

/// Seconds that everything is kept.
const KEPT_S: u64 = 20;

pub(crate) async fn what_has_expired_is_gone_after_two_sweeps_but_the_ledger(books: Arc<Books>) {
    let stage = Stage::start(books, Provider::default(), |settings| {
        settings.turns = Turns::Never;
        for parameter in ["PreviewTtlSeconds", "FilmTtlSeconds", "TakeTtlSeconds", "ClipTtlSeconds"] {
            settings.parameters.push((parameter.into(), KEPT_S.to_string()));
        }
    })
    .await;
    let order = json!({"script": illustrated(&[("Here today.", "A sunrise."), ("Gone tomorrow.", "A sunset.")])});
    let video = stage.order("/v1/videos", &order).await;
    stage.succeeded(&video).await;
    let moving = stage.order("/v1/videos", &clip("A sun that rises.")).await;
    stage.succeeded(&moving).await;
    assert!(stage.host.objects().await.len() > 5);
    tokio::time::sleep(Duration::from_secs(KEPT_S + 1)).await;
    let swept_at_ms = local::SystemClock.now().0;
    for _ in 0..2 {
        stage.host.take_turn("CleanupFunction").await.unwrap();
    }
    assert_eq!(stage.host.objects().await, Vec::<String>::new(), "{}", stage.logs());
    // Beside the ledger: lanes, paces and windows are the account's, a voice's rate is its own, voices are kept for an hour, an order's key for a day, and both
    // have their entries among what will expire.
    let stays = |pk: &str| {
        pk.starts_with("ledger#")
            || ["lanes", "paces", "windows", "voices", "voice-rates", "idempotency", "expiry"].contains(&pk)
    };
    let items = stage.host.items().await;
    let left: Vec<_> = items.iter().filter(|(pk, _)| !stays(pk)).collect();
    assert_eq!(left, Vec::<&(String, String)>::new());
    // An entry of what will expire begins with its time.
    let due_ms = |sk: &str| sk.split('#').next().and_then(|ms| ms.parse::<u64>().ok());
    let overdue = items.iter().filter(|(pk, sk)| pk == "expiry" && due_ms(sk).is_none_or(|at| at <= swept_at_ms));
    assert_eq!(overdue.collect::<Vec<_>>(), left, "what expired before the sweep is still to be removed");
    assert_eq!(stage.ask("GET", &format!("/v1/jobs/{video}"), &[], "").await.status, 404);
    stage.end().await;
}
