//! Which requests are taken and which are refused, in which words (PROVIDERS 1.12, points 1 to 3).

use crate::support::{GEORGE, TEXT, vendor};
use doubles::account::{Change, ErrorForm, FaultKind, Settings, Tier};
use reqwest::StatusCode;
use serde_json::{Value, json};

#[tokio::test]
async fn a_call_without_the_right_key_is_a_401_and_costs_nothing() {
    let vendor = vendor(Settings::default()).await;
    let url = vendor.url(&format!("/v1/text-to-speech/{GEORGE}"));
    for (key, code) in [(None, "missing_api_key"), (Some("sk_other"), "invalid_api_key")] {
        let mut request = vendor.client.post(&url).json(&json!({"text": TEXT}));
        if let Some(key) = key {
            request = request.header("xi-api-key", key);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(answer.json::<Value>().await.unwrap()["detail"]["code"], code);
        assert_eq!(vendor.log().refused(code), 1);
    }
    for path in ["/v1/models", "/v2/voices", "/v1/history", "/v1/user/subscription", "/v1/history/x/audio"] {
        let answer = vendor.client.get(vendor.url(path)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{path}");
    }
    assert_eq!(vendor.log().charged(), 0);
}

#[tokio::test]
async fn a_body_that_is_wrong_is_refused_in_the_recorded_words() {
    let vendor = vendor(Settings { tier: Tier::Starter, ..Settings::default() }).await;
    let check =
        async |kind: &str, body: Value, status: u16, code: &str| vendor.check_refused(kind, body, status, code).await;
    check("", json!({}), 422, "missing").await;
    check("", json!([]), 422, "model_attributes_type").await;
    check("", json!({"text": 5}), 422, "string_type").await;
    check("/stream", json!({"text": " "}), 400, "empty_text").await;
    check("/with-timestamps", json!({"text": "a".repeat(10_001)}), 400, "text_too_long").await;
    check("", json!({"text": "a".repeat(5_001), "model_id": "eleven_v3"}), 400, "text_too_long").await;
    check("", json!({"text": "a", "model_id": "eleven_v0"}), 400, "model_not_found").await;
    check("", json!({"text": "a", "model_id": "eleven_multilingual_sts_v2"}), 400, "unsupported_model").await;
    check("?output_format=mp3_1_1", json!({"text": "a"}), 422, "enum").await;
    check("/stream?output_format=wav_24000", json!({"text": "a"}), 422, "enum").await;
    check("?output_format=opus_48000_64", json!({"text": "a"}), 400, "invalid_output_format").await;
    check("?output_format=wav_44100", json!({"text": "a"}), 403, "output_format_not_allowed").await;
    check("?output_format=mp3_44100_192", json!({"text": "a"}), 403, "output_format_not_allowed").await;
    check("", json!({"text": "a", "seed": -1}), 422, "int_type").await;
    check("", json!({"text": "a", "seed": 4_294_967_296_u64}), 422, "less_than_equal").await;
    check("", json!({"text": "a", "voice_settings": {"stability": 1.5}}), 422, "less_than_equal").await;
    check("", json!({"text": "a", "voice_settings": {"style": "much"}}), 422, "float_type").await;
    check("", json!({"text": "a", "apply_text_normalization": "maybe"}), 422, "enum").await;
    check("", json!({"text": "a", "previous_request_ids": ["1", "2", "3", "4"]}), 422, "too_long").await;
    assert_eq!((vendor.log().calls.len(), vendor.log().charged()), (0, 0));
    assert_eq!(vendor.log().refusals.len(), 19);
}

#[tokio::test]
async fn what_no_json_is_says_where_it_broke() {
    let vendor = vendor(Settings::default()).await;
    let answer = vendor.speech("", &json!({})).body("{\"text\":").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.json::<Value>().await.unwrap()["detail"][0]["type"], "json_invalid");
    assert_eq!(vendor.log().refused("json_invalid"), 1);
}

#[tokio::test]
async fn an_unknown_voice_or_address_is_not_found() {
    let vendor = vendor(Settings::default()).await;
    let answer = vendor.post("/v1/text-to-speech/nobody", &json!({"text": "a"})).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    assert_eq!(answer.json::<Value>().await.unwrap()["detail"]["code"], "voice_not_found");
    let lost = vendor.get("/v1/text-to-speech/x/stream-input").send().await.unwrap();
    assert_eq!(lost.status(), StatusCode::NOT_FOUND);
    assert_eq!(lost.json::<Value>().await.unwrap(), json!({"detail": "Not Found"}));
}

#[tokio::test]
async fn a_free_account_may_not_use_the_librarys_voices() {
    let vendor = vendor(Settings { tier: Tier::Free, ..Settings::default() }).await;
    let voice = vendor.double.with_account(|account| {
        account.voices.iter().find(|voice| voice.category == "professional").map(|voice| voice.id.clone())
    });
    let url = format!("/v1/text-to-speech/{}", voice.unwrap());
    let answer = vendor.post(&url, &json!({"text": "a"})).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::PAYMENT_REQUIRED);
    assert_eq!(answer.json::<Value>().await.unwrap()["detail"]["code"], "paid_plan_required");
}

#[tokio::test]
async fn version_three_knows_no_neighbours_and_three_steps_of_stability() {
    let vendor = vendor(Settings::default()).await;
    let with = |more: Value| {
        let mut body = json!({"text": "a", "model_id": "eleven_v3"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    for more in [json!({"previous_text": "b"}), json!({"next_text": "b"}), json!({"next_request_ids": ["b"]})] {
        vendor.check_refused("", with(more), 400, "unsupported_model").await;
    }
    vendor.check_refused("", with(json!({"voice_settings": {"stability": 0.3}})), 400, "invalid_ttd_stability").await;
    for stability in [0.0, 0.5, 1.0] {
        let body = with(json!({"voice_settings": {"stability": stability}}));
        assert_eq!(vendor.speech("", &body).send().await.unwrap().status(), StatusCode::OK);
    }
    let stitched = json!({"text": "a", "model_id": "eleven_multilingual_v2", "previous_text": "b"});
    assert_eq!(vendor.speech("", &stitched).send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn errors_have_each_of_the_recorded_shapes() {
    let vendor = vendor(Settings::default()).await;
    let shown = async |form: ErrorForm| {
        vendor.double.change(Change { error_form: Some(form), ..Change::default() });
        vendor.double.fault(FaultKind::ConcurrentLimit.once());
        let (status, detail) = vendor.refused("", json!({"text": "a"})).await;
        assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
        detail
    };
    let current = shown(ErrorForm::Current).await;
    assert_eq!(current["type"], "rate_limit_error");
    assert_eq!(current["code"], "concurrent_limit_exceeded");
    assert_eq!(current["status"], "too_many_concurrent_requests");
    assert!(current["request_id"].is_string());
    let legacy = shown(ErrorForm::Legacy).await;
    assert_eq!(legacy["status"], "too_many_concurrent_requests");
    assert_eq!(legacy.as_object().unwrap().len(), 2);
    let lost = vendor.post("/v1/text-to-speech/nobody", &json!({"text": "a"})).send().await.unwrap();
    assert_eq!(lost.status(), StatusCode::BAD_REQUEST);
    assert_eq!(shown(ErrorForm::Validation).await[0]["type"], "too_many_concurrent_requests");
    assert!(shown(ErrorForm::Plain).await.as_str().unwrap().starts_with("Too many concurrent requests."));
}
