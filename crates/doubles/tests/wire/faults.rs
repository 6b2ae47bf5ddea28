//! What can be made to go wrong, from here and from outside (PROVIDERS 1.12, points 9 and 10).

use crate::support::{COST, TEXT, decoded_s, vendor};
use doubles::account::{Change, Ended, FaultKind, Settings};
use futures_util::StreamExt;
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test]
async fn a_refusing_fault_holds_for_its_calls_and_costs_nothing() {
    let vendor = vendor(Settings::default()).await;
    let rows = [
        (FaultKind::ConcurrentLimit, 429, "concurrent_limit_exceeded"),
        (FaultKind::SystemBusy, 429, "system_busy"),
        (FaultKind::RateLimit, 429, "rate_limit_exceeded"),
        (FaultKind::InternalError, 500, "internal_error"),
        (FaultKind::ServiceUnavailable, 503, "service_unavailable"),
        (FaultKind::QuotaExceeded, 401, "quota_exceeded"),
        (FaultKind::InsufficientCredits, 402, "insufficient_credits"),
    ];
    for (fault, status, code) in rows {
        vendor.double.fault(fault.times(2));
        for kind in ["", "/stream/with-timestamps"] {
            vendor.check_refused(kind, json!({"text": TEXT}), status, code).await;
        }
    }
    assert_eq!(vendor.speak("", TEXT).await.status(), StatusCode::OK);
    assert_eq!((vendor.log().calls.len(), vendor.log().refusals.len()), (1, 14));
}

#[tokio::test]
async fn a_rate_limit_may_say_for_how_long() {
    let vendor = vendor(Settings::default()).await;
    let fault = json!({"kind": "rate_limit_for", "retry_after_s": 3});
    vendor.client.post(vendor.url("/double/faults")).json(&fault).send().await.unwrap();
    let answer = vendor.speak("", TEXT).await;
    assert_eq!((answer.status().as_u16(), &answer.headers()["retry-after"]), (429, &"3".parse().unwrap()));
    assert_eq!(vendor.log().refused("rate_limit_exceeded"), 1);
}

#[tokio::test]
async fn a_fault_can_wait_for_its_text() {
    let vendor = vendor(Settings::default()).await;
    vendor.double.fault(FaultKind::SystemBusy.for_text("second"));
    assert_eq!(vendor.speak("", "the first").await.status(), StatusCode::OK);
    assert_eq!(vendor.speak("", "the second").await.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(vendor.speak("", "the second").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_fault_of_charged_calls_waits_until_one_is_charged() {
    let vendor = vendor(Settings { concurrency: Some(0), ..Settings::default() }).await;
    vendor.double.fault(FaultKind::Reset.once());
    assert_eq!(vendor.speak("", TEXT).await.status(), StatusCode::TOO_MANY_REQUESTS);
    vendor.double.change(Change { concurrency: Some(None), ..Change::default() });
    assert!(vendor.speech("", &json!({"text": TEXT})).send().await.is_err());
    assert_eq!(vendor.log().calls.len(), 1);
}

#[tokio::test]
async fn a_cut_answer_ends_where_it_was_cut_and_is_no_proper_end() {
    let vendor = vendor(Settings::default()).await;
    let whole = vendor.speak("", TEXT).await.bytes().await.unwrap().len();
    for kind in ["", "/stream", "/with-timestamps", "/stream/with-timestamps"] {
        for share in [0.0, 0.5, 1.0] {
            vendor.double.fault(FaultKind::Cut { share }.once());
            let mut parts = vendor.speak(kind, TEXT).await.bytes_stream();
            let mut got = 0;
            let end = loop {
                match parts.next().await {
                    Some(Ok(part)) => got += part.len(),
                    end => break end,
                }
            };
            assert!(matches!(end, Some(Err(_))), "{kind} {share} looked whole");
            match (kind, share) {
                (_, 0.0) => assert_eq!(got, 0, "{kind}"),
                ("" | "/stream", 0.5) => assert!((0.4..0.6).contains(&(got as f64 / whole as f64)), "{got} of {whole}"),
                ("/stream", 1.0) => assert_eq!(got, whole),
                ("", 1.0) => assert_eq!(got, whole - 1),
                _ => assert!(got > whole / 2),
            }
        }
    }
    let log = vendor.log();
    assert_eq!(log.calls.len(), 13);
    assert!(log.calls[1..].iter().all(|call| call.ended == Some(Ended::Cut) && call.charged == COST));
}

#[tokio::test]
async fn a_reset_gives_no_answer_and_is_charged() {
    let vendor = vendor(Settings::default()).await;
    for kind in ["", "/stream", "/with-timestamps", "/stream/with-timestamps"] {
        vendor.double.fault(FaultKind::Reset.once());
        let error = vendor.speech(kind, &json!({"text": TEXT})).send().await.unwrap_err();
        assert!(error.is_request() && !error.is_timeout() && !error.is_connect(), "{error:?}");
        assert!(format!("{error:?}").contains("ConnectionReset"), "{error:?}");
    }
    let log = vendor.log();
    assert_eq!((log.charged(), log.refusals.len()), (4 * COST, 0));
    assert!(log.calls.iter().all(|call| call.ended == Some(Ended::Reset)));
}

#[tokio::test]
async fn a_slow_first_byte_comes_late_and_a_hang_never() {
    let vendor = vendor(Settings::default()).await;
    let patient = Duration::from_millis(300);
    vendor.double.fault(FaultKind::SlowFirstByte { ms: 400 }.times(2));
    for kind in ["", "/stream"] {
        let early = tokio::time::timeout(patient, vendor.speak(kind, TEXT)).await;
        assert!(early.is_err(), "{kind}");
    }
    for kind in ["", "/stream/with-timestamps"] {
        vendor.double.fault(FaultKind::Hang { headers: false }.once());
        assert!(tokio::time::timeout(patient, vendor.speak(kind, TEXT)).await.is_err());
        vendor.double.fault(FaultKind::Hang { headers: true }.once());
        let silent = vendor.speak(kind, TEXT).await;
        assert_eq!(silent.status(), StatusCode::OK);
        assert!(tokio::time::timeout(patient, silent.bytes()).await.is_err());
    }
    vendor.until("that all clients left", |log| log.calls.iter().all(|call| call.end_ms.is_some())).await;
    let log = vendor.log();
    assert_eq!((log.calls.len(), log.charged()), (6, 6 * COST));
    assert!(log.calls.iter().all(|call| call.ended == Some(Ended::ClientLeft)));
}

#[tokio::test]
async fn a_broken_line_is_no_json_and_the_others_are() {
    let vendor = vendor(Settings::default()).await;
    vendor.double.fault(FaultKind::BrokenLine.once());
    let body = vendor.speak("/stream/with-timestamps", TEXT).await.text().await.unwrap();
    let lines: Vec<&str> = body.lines().filter(|line| !line.is_empty()).collect();
    let broken = lines.iter().filter(|line| serde_json::from_str::<Value>(line).is_err()).count();
    assert_eq!(broken, 1);
    assert!(lines.len() > 2);
}

#[tokio::test]
async fn faults_and_settings_can_be_changed_from_another_process() {
    let vendor = vendor(Settings::default()).await;
    let control = async |path: &str, body: Value| -> Value {
        let answer = vendor.client.post(vendor.url(path)).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path} {body}");
        answer.json().await.unwrap()
    };
    let rows = [
        json!({"kind": "system_busy", "times": 2}),
        json!({"kind": "cut", "share": 0.5, "text_contains": "harbour"}),
        json!({"kind": "slow_first_byte", "ms": 5}),
        json!({"kind": "hang", "headers": true}),
    ];
    let waiting = control("/double/faults", json!(rows)).await;
    assert_eq!(waiting.as_array().unwrap().len(), 4);
    assert_eq!(vendor.speak("", "a").await.status(), StatusCode::TOO_MANY_REQUESTS);
    let repaired = vendor.client.delete(vendor.url("/double/faults")).send().await.unwrap();
    assert_eq!(repaired.json::<Value>().await.unwrap(), json!([]));
    assert_eq!(vendor.speak("", "a").await.status(), StatusCode::OK);
    control("/double/faults", json!({"kind": "reset"})).await;
    assert!(vendor.speech("", &json!({"text": "a"})).send().await.is_err());

    let change = json!({"concurrency": 0, "credits": 50, "tier": "pro", "list_after_ms": 7, "error_form": "legacy"});
    let shown = control("/double/settings", change).await;
    assert_eq!((&shown["concurrency"], &shown["tier"], &shown["used"]), (&json!(0), &json!("pro"), &json!(2)));
    assert_eq!(vendor.speak("", "a").await.status(), StatusCode::TOO_MANY_REQUESTS);
    control("/double/settings", json!({"concurrency": null})).await;
    let audio = vendor.speak("?output_format=wav_44100", "a").await.bytes().await.unwrap();
    assert!(decoded_s(&audio, "wav") > 0.0);
    let wrong = vendor.client.post(vendor.url("/double/settings")).json(&json!({"credit": 1})).send().await.unwrap();
    assert!(wrong.status().is_client_error());
}
