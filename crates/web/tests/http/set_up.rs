//! A house that has no token or no key yet.

use crate::world::{rehearsal, script, world_in};
use serde_json::json;
use web::Settings;

#[tokio::test]
async fn without_the_token_that_it_is_to_have_a_house_answers_health_only() {
    let sentence = "No token is set: give the parameter Secrets.";
    let settings = Settings { missing_token: Some(sentence.into()), ..Settings::default() };
    let world = world_in(|house| house, web::everything, settings, Ok(rehearsal()));
    let order = json!({"script": script()}).to_string();
    for (method, path, body) in [
        ("GET", "/v1/jobs", ""),
        ("POST", "/v1/previews", order.as_str()),
        ("POST", "/v1/cleanup", ""),
        ("GET", "/v1/nothing", ""),
    ] {
        for headers in [&[][..], &[("authorization", "Bearer "), ("x-api-key", "")], &[("x-api-key", "guess")]] {
            let answer = world.ask(method, path, headers, body.to_owned()).await;
            assert_eq!(answer.problem(), (503, "not-set-up".into(), vec![]), "{method} {path} {headers:?}");
            assert_eq!(answer.json()["detail"], sentence);
        }
    }
    assert_eq!(world.get("/v1/health").await.json(), json!({"ok": true}));
}

#[tokio::test]
async fn without_a_key_what_needs_no_provider_is_answered_all_the_same() {
    let sentence = "No key is set: give the parameter Secrets, or set Rehearsal.";
    let world = world_in(|house| house, web::everything, Settings::default(), Err(sentence.into()));
    let order = json!({"script": script()}).to_string();
    for (method, path, status) in [
        ("POST", "/v1/previews", 503),
        ("POST", "/v1/videos", 503),
        ("POST", "/v1/estimates", 503),
        ("GET", "/v1/voices", 503),
        ("GET", "/v1/stats", 503),
        ("GET", "/v1/speech/audit", 503),
        ("POST", "/v1/speech/resume", 503),
        ("GET", "/v1/jobs", 200),
        ("POST", "/v1/cleanup", 200),
        ("GET", "/v1/health", 200),
        ("GET", "/v1/jobs/0000000000000000000", 404),
    ] {
        let answer = world.ask(method, path, &[], order.clone()).await;
        assert_eq!(answer.status, status, "{method} {path}");
        if status == 503 {
            assert_eq!((&answer.json()["type"], &answer.json()["detail"]), (&json!("not-set-up"), &json!(sentence)));
        }
    }
}
