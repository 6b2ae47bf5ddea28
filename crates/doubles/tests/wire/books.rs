//! The provider's books: what runs, what it costs, what is left (PROVIDERS 1.12, points 4, 5, 8 and 10).

use crate::support::{TEXT, vendor};
use doubles::account::{Change, Ended, FaultKind, Settings};
use futures_util::StreamExt;
use reqwest::StatusCode;
use serde_json::{Value, json};

#[tokio::test]
async fn a_call_over_the_limit_of_its_group_is_a_429_without_a_time_to_wait() {
    let vendor = vendor(Settings { concurrency: Some(1), ..Settings::default() }).await;
    vendor.double.fault(FaultKind::Hang { headers: true }.once());
    let held = vendor.speak("/stream", "held").await;
    let refused = vendor.speak("/stream", "refused").await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(!refused.headers().contains_key("retry-after"));
    // The fast models have a lane of their own.
    let fast = vendor.speech("", &json!({"text": "a", "model_id": "eleven_flash_v2_5"})).send().await.unwrap();
    assert_eq!(fast.status(), StatusCode::OK);
    vendor.double.change(Change { concurrency: Some(Some(2)), ..Change::default() });
    assert_eq!(vendor.speak("/stream", "taken").await.status(), StatusCode::OK);
    drop(held);
    vendor.until("that the client left", |log| log.calls[0].ended == Some(Ended::ClientLeft)).await;
    let log = vendor.log();
    assert_eq!((log.refused("concurrent_limit_exceeded"), log.max_in_flight, log.calls.len()), (1, 2, 3));
}

#[tokio::test]
async fn who_has_the_last_byte_may_call_again_at_once() {
    let vendor = vendor(Settings { concurrency: Some(1), ..Settings::default() }).await;
    for round in 0..40 {
        let kind = ["", "/stream", "/with-timestamps", "/stream/with-timestamps"][round % 4];
        let answer = vendor.speak(kind, TEXT).await;
        assert_eq!(answer.status(), StatusCode::OK, "round {round}");
        answer.bytes().await.unwrap();
    }
    assert_eq!(vendor.log().max_in_flight, 1);
}

#[tokio::test]
async fn an_answer_says_what_it_cost_and_who_it_was() {
    let vendor = vendor(Settings::default()).await;
    for kind in ["", "/stream", "/with-timestamps", "/stream/with-timestamps"] {
        let answer = vendor.speak(kind, TEXT).await;
        let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        assert_eq!(header("character-cost"), Some(TEXT.chars().count().to_string()));
        assert_eq!(header("current-concurrent-requests"), Some("1".to_owned()));
        assert_eq!(header("maximum-concurrent-requests"), Some("5".to_owned()));
        let call = vendor.log().calls.last().unwrap().clone();
        assert_eq!(header("request-id"), Some(call.request_id));
        assert_eq!(header("history-item-id"), call.history_item_id);
        assert!(header("x-trace-id").is_some() && header("content-type").is_some());
    }
    vendor.double.change(Change { concurrency_headers: Some(false), ..Change::default() });
    let quiet = vendor.speak("?enable_logging=false", TEXT).await;
    assert!(!quiet.headers().contains_key("maximum-concurrent-requests"));
    assert!(!quiet.headers().contains_key("history-item-id"));
}

#[tokio::test]
async fn a_429_says_how_many_calls_run_and_may_now_and_is_logged_with_its_time_and_model() {
    let vendor = vendor(Settings { concurrency: Some(2), ..Settings::default() }).await;
    vendor.double.fault(FaultKind::Hang { headers: true }.times(2));
    let _held = [vendor.speak("/stream", "one").await, vendor.speak("/stream", "two").await];
    let said = async |model: &str| {
        let answer = vendor.speech("", &json!({"text": "three", "model_id": model})).send().await.unwrap();
        let count = |name: &str| Some(answer.headers().get(name)?.to_str().unwrap().to_owned());
        let said = (count("current-concurrent-requests"), count("maximum-concurrent-requests"));
        (answer.status().as_u16(), said.0.zip(said.1))
    };
    let some = |current: &str, maximum: &str| Some((current.to_owned(), maximum.to_owned()));
    assert_eq!(said("eleven_v4").await, (429, some("2", "2")));
    vendor.double.change(Change { concurrency: Some(Some(1)), ..Change::default() });
    assert_eq!(said("eleven_v4").await, (429, some("2", "1")));
    assert_eq!(said("eleven_flash_v2").await, (200, some("1", "1")));
    vendor.double.change(Change { concurrency_headers: Some(false), ..Change::default() });
    assert_eq!(said("eleven_v4").await, (429, None));
    let log = vendor.log();
    let models: Vec<&str> = log.refusals.iter().map(|refusal| &*refusal.model_id).collect();
    assert_eq!((models, log.refused("concurrent_limit_exceeded")), (vec!["eleven_v4"; 3], 3));
    assert!(log.refusals[0].at_ms >= log.calls[1].start_ms);
}

#[tokio::test]
async fn characters_are_charged_by_the_models_factor_rounded_up() {
    let vendor = vendor(Settings::default()).await;
    let check = async |model: &str, text: &str, cost: u64| {
        let answer = vendor.speech("", &json!({"text": text, "model_id": model})).send().await.unwrap();
        assert_eq!(answer.headers()["character-cost"].to_str().unwrap(), cost.to_string(), "{model} {text}");
    };
    check("eleven_multilingual_v2", "Grüße 👋", 7).await;
    check("eleven_v4", "今日は", 3).await;
    check("eleven_flash_v2_5", "abc", 2).await;
    check("eleven_turbo_v2_5", "abcd", 2).await;
    assert_eq!(vendor.log().charged(), 14);
    let subscription = vendor.json("/v1/user/subscription").await;
    assert_eq!(subscription["character_count"], 14);
}

#[tokio::test]
async fn an_empty_account_answers_401_quota_exceeded_and_a_full_one_speaks_again() {
    let vendor = vendor(Settings { credits: 10, used: 4, ..Settings::default() }).await;
    let (status, detail) = vendor.refused("", json!({"text": "seven c"})).await;
    assert_eq!((status, &detail["code"]), (StatusCode::UNAUTHORIZED, &json!("quota_exceeded")));
    assert_eq!(
        detail["message"],
        "This request exceeds your quota of 10. You have 6 credits remaining, while 7 credits are required for this request."
    );
    assert_eq!(vendor.speak("", "six ch").await.status(), StatusCode::OK);
    assert_eq!(vendor.double.with_account(|account| account.credits_left()), 0);
    vendor.double.change(Change { credits: Some(100), ..Change::default() });
    assert_eq!(vendor.speak("", "seven c").await.status(), StatusCode::OK);
    assert_eq!(vendor.json("/v1/user/subscription").await["character_count"], 17);
}

#[tokio::test]
async fn every_repetition_is_charged_again() {
    let vendor = vendor(Settings { list_after_ms: 0, ..Settings::default() }).await;
    let body = json!({"text": TEXT, "seed": 3});
    let first = vendor.speech("", &body).send().await.unwrap().bytes().await.unwrap();
    let second = vendor.speech("", &body).send().await.unwrap().bytes().await.unwrap();
    assert_eq!(first, second);
    let log = vendor.log();
    assert_eq!((log.calls_for(TEXT), log.charged()), (2, 2 * TEXT.chars().count() as u64));
    assert_ne!(log.calls[0].history_item_id, log.calls[1].history_item_id);
    assert_eq!(vendor.json("/v1/history").await["history"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn the_log_shows_who_left_and_what_was_sent() {
    let vendor = vendor(Settings { speed: 1.0, ..Settings::default() }).await;
    let body = json!({"text": TEXT, "seed": 9, "model_id": "eleven_v4", "voice_settings": {"stability": 0.25}});
    let answer = vendor.speech("/stream", &body).send().await.unwrap();
    let mut parts = answer.bytes_stream();
    parts.next().await.unwrap().unwrap();
    assert_eq!(vendor.double.with_account(|account| account.in_flight()), 1);
    drop(parts);
    vendor.until("that the client left", |log| log.calls[0].end_ms.is_some()).await;
    let log: Value = vendor.client.get(vendor.url("/double/log")).send().await.unwrap().json().await.unwrap();
    let call = &log["calls"][0];
    assert_eq!(
        (&call["ended"], &call["seed"], &call["model_id"]),
        (&json!("client_left"), &json!(9), &json!("eleven_v4"))
    );
    assert_eq!((&call["voice_settings"]["stability"], &call["body"]), (&json!(0.25), &body));
    // The generation goes on without its client.
    assert!(call["generated_ms"].as_u64() > call["end_ms"].as_u64());
    assert_eq!((&log["in_flight"], &log["charged"]), (&json!(0), &json!(TEXT.chars().count())));
    vendor.client.delete(vendor.url("/double/log")).send().await.unwrap();
    assert_eq!(vendor.log().calls.len(), 0);
    assert_eq!(vendor.json("/v1/user/subscription").await["character_count"], TEXT.chars().count());
}
