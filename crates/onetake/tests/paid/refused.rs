//! What the provider would refuse is refused before anything is opened or sent.

use crate::stage::{Stage, quick};
use doubles::account::{Change, Tier};
use serde_json::{Value, json};

/// Refused with code 2, a pointer and a sentence; no job is opened, no call is made.
fn check(stage: &Stage, what: &str, script: &Value, pointer: &str, words: &str) {
    for verb in ["film", "preview", "estimate"] {
        let ran = stage.attempt(verb, script, &[]);
        assert_eq!(ran.code, Some(2), "{what}, {verb}\n{}", ran.err);
        let problem: Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{what}: {problem:#}");
        let detail = problem["errors"][0]["detail"].as_str().unwrap();
        assert!(detail.contains(words), "{what}: {detail}");
        assert_eq!(problem["errors"].as_array().unwrap().len(), 1, "{what}: {problem:#}");
    }
    let log = stage.log();
    assert_eq!((log.calls.len(), log.refusals.len()), (0, 0), "{what}");
    assert!(!stage.room.data.exists(), "{what}: something was written");
    assert_eq!(stage.read(&["jobs"])["jobs"], json!([]), "{what}");
}

/// A line said by a speaker like this.
fn said(speaker: Value, text: &str) -> Value {
    json!({ "speakers": { "Ana": speaker }, "lines": [{ "speaker": "Ana", "text": text }] })
}

#[test]
fn an_unknown_voice_or_model_is_named() {
    let stage = quick();
    let (voice, model) = (json!({ "voice_id": "nobody" }), json!({ "model_id": "eleven_v9" }));
    check(&stage, "voice", &said(voice, "Hello."), "/speakers/Ana/voice_id", "has no voice \"nobody\"");
    check(&stage, "model", &said(model, "Hello."), "/speakers/Ana/model_id", "has no model \"eleven_v9\"");
}

#[test]
fn what_v3_does_not_take_is_named() {
    let stage = quick();
    let unsteady = json!({ "model_id": "eleven_v3", "voice_settings": { "stability": 0.3 } });
    check(
        &stage,
        "stability",
        &said(unsteady, "Hello."),
        "/speakers/Ana/voice_settings/stability",
        "0.0, 0.5, 1.0 only",
    );
    let mut stitched = said(json!({ "model_id": "eleven_v3" }), "Hello.");
    stitched["speech"] = json!({ "stitch": true });
    check(&stage, "stitch", &stitched, "/speech/stitch", "eleven_v3 does not take the lines before and after");
}

#[test]
fn a_format_that_the_plan_does_not_have_is_named() {
    let stage = quick().with("ONETAKE_SPEECH_FORMAT", "mp3_44100_192");
    stage.double.change(Change { tier: Some(Tier::Starter), ..Change::default() });
    check(&stage, "format", &said(json!({}), "Hello."), "", "mp3_44100_192");
}

#[test]
fn an_empty_text_is_named() {
    check(&quick(), "empty", &said(json!({}), ""), "/lines/0/text", "");
    check(&quick(), "blank", &said(json!({}), " \n "), "/lines/0/text", "");
}
