//! The OpenAI-compatible double: whole audio for a text, errors in OpenAI's shape, a log of its own.

use crate::support::{TEXT, decoded_s};
use doubles::account::{Ended, FaultKind};
use doubles::{OpenAiSettings, OpenAiSpeech};
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;

async fn double() -> OpenAiSpeech {
    OpenAiSpeech::start(OpenAiSettings::default()).await.unwrap()
}

fn ask(double: &OpenAiSpeech, more: Value) -> RequestBuilder {
    let mut body = json!({"model": "kokoro", "voice": "alloy", "input": TEXT});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Client::new().post(format!("{}/audio/speech", double.base_url())).bearer_auth("sk-double").json(&body)
}

#[tokio::test]
async fn each_format_is_sound_of_the_same_length() {
    let double = double().await;
    let sound = async |more: Value| {
        let answer = ask(&double, more).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        assert!(answer.headers().contains_key("x-request-id"));
        (answer.headers()["content-type"].to_str().unwrap().to_owned(), answer.bytes().await.unwrap())
    };
    let (kind, mp3) = sound(json!({})).await;
    assert_eq!(kind, "audio/mpeg");
    let (kind, wav) = sound(json!({"response_format": "wav"})).await;
    assert_eq!(kind, "audio/wav");
    let (_, pcm) = sound(json!({"response_format": "pcm"})).await;
    let length_s = decoded_s(&wav, "wav");
    assert!(length_s > 3.0 && (decoded_s(&mp3, "mp3") - length_s).abs() < 0.05);
    assert_eq!(pcm.len() as f64 / 48_000.0, length_s);
    let (_, fast) = sound(json!({"response_format": "wav", "speed": 2.0})).await;
    assert!((decoded_s(&fast, "wav") - length_s / 2.0).abs() < 0.05);
    assert_eq!(double.log().calls.len(), 4);
}

#[tokio::test]
async fn what_is_wrong_is_refused_in_the_shape_of_the_original() {
    let double = double().await;
    let check = async |request: RequestBuilder, status: u16, param: Value, code: Value| {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status);
        let error = answer.json::<Value>().await.unwrap()["error"].clone();
        assert_eq!((&error["param"], &error["code"]), (&param, &code), "{error}");
        assert!(error["message"].is_string() && error["type"].is_string());
    };
    let null = Value::Null;
    let url = format!("{}/audio/speech", double.base_url());
    check(Client::new().post(&url).json(&json!({})), 401, null.clone(), null.clone()).await;
    check(Client::new().post(&url).bearer_auth("sk-x").json(&json!({})), 401, null.clone(), json!("invalid_api_key"))
        .await;
    check(ask(&double, json!({"input": null})), 400, json!("input"), null.clone()).await;
    check(ask(&double, json!({"input": ""})), 400, json!("input"), null.clone()).await;
    check(ask(&double, json!({"input": "a".repeat(4_097)})), 400, json!("input"), json!("string_above_max_length"))
        .await;
    check(ask(&double, json!({"model": "none"})), 404, null.clone(), json!("model_not_found")).await;
    check(ask(&double, json!({"voice": "none"})), 400, json!("voice"), null.clone()).await;
    check(ask(&double, json!({"response_format": "opus"})), 400, json!("response_format"), null.clone()).await;
    check(ask(&double, json!({"speed": 9})), 400, json!("speed"), null.clone()).await;
    for (fault, status, code) in [
        (FaultKind::RateLimit, 429, json!("rate_limit_exceeded")),
        (FaultKind::InsufficientCredits, 429, json!("insufficient_quota")),
        (FaultKind::InternalError, 500, null.clone()),
        (FaultKind::ServiceUnavailable, 503, null.clone()),
    ] {
        double.fault(fault.once());
        check(ask(&double, json!({})), status, null.clone(), code).await;
    }
    assert_eq!((double.log().calls.len(), double.log().refusals.len()), (0, 13));
}

#[tokio::test]
async fn answers_can_be_cut_reset_and_never_come() {
    let double = double().await;
    double.fault(FaultKind::Cut { share: 0.5 }.once());
    assert!(ask(&double, json!({})).send().await.unwrap().bytes().await.is_err());
    double.fault(FaultKind::Reset.once());
    assert!(ask(&double, json!({})).send().await.is_err());
    for headers in [true, false] {
        double.fault(FaultKind::Hang { headers }.once());
        let never = async { ask(&double, json!({})).send().await.unwrap().bytes().await };
        assert!(tokio::time::timeout(Duration::from_millis(200), never).await.is_err());
    }
    let root = double.base_url().trim_end_matches("/v1").to_owned();
    double.until(|server| server.in_flight() == 0).await;
    let log: Value = Client::new().get(format!("{root}/double/log")).send().await.unwrap().json().await.unwrap();
    let ended: Vec<&Value> = log["calls"].as_array().unwrap().iter().map(|call| &call["ended"]).collect();
    assert_eq!(ended, ["cut", "reset", "client_left", "client_left"]);
    assert_eq!(double.log().calls[0].ended, Some(Ended::Cut));
}

#[tokio::test]
async fn a_local_server_needs_no_key() {
    let double = OpenAiSpeech::start(OpenAiSettings { api_key: None, ..OpenAiSettings::default() }).await.unwrap();
    let body = json!({"model": "kokoro", "voice": "alloy", "input": "Hello."});
    let url = format!("{}/audio/speech", double.base_url());
    assert_eq!(Client::new().post(url).json(&body).send().await.unwrap().status(), StatusCode::OK);
}
