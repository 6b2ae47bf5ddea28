//! No credit, or a wrong key: few calls, one reason, and `retry` when it is mended. A key is shown nowhere.

use crate::room::{Ran, dialogue};
use crate::stage::{Stage, quick};
use doubles::account::{Change, Fault, FaultKind};
use serde_json::json;
use std::fs;
use std::path::Path;

/// A job fails for want of credit: at most two calls reach the double, one reason is told. Mended, `retry` buys the rest.
fn check(stage: &Stage, bought: usize, mend: impl Fn()) {
    let ran = stage.attempt("preview", &dialogue(), &[]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    let log = stage.log();
    assert_eq!(log.calls.len(), bought);
    assert!(log.calls.len() + log.refusals.len() <= 2, "{} calls, {:?}", log.calls.len(), log.refusals);
    assert_eq!(ran.err.matches("ElevenLabs has no credit left").count(), 1, "{}", ran.err);
    assert_eq!(ran.err.trim().lines().count(), 2, "{}", ran.err);
    mend();
    let id = stage.read(&["jobs"])["jobs"][0]["id"].as_str().unwrap().to_owned();
    let job = stage.read(&["retry", &id]);
    assert_eq!(job["status"], "succeeded");
    let log = stage.log();
    assert_eq!(log.calls.len(), 4, "only what is missing is bought");
    assert!(
        dialogue()["lines"].as_array().unwrap().iter().all(|line| log.calls_for(line["text"].as_str().unwrap()) == 1)
    );
    assert_eq!(job["counts"]["spoken"], 4);
    stage.listed();
    stage.audit();
}

#[test]
fn credit_that_ends_in_the_middle_is_one_reason_and_retry_buys_the_rest() {
    let stage = quick();
    stage.double.change(Change { credits: Some(30), ..Change::default() });
    check(&stage, 1, || stage.double.change(Change { credits: Some(10_000), ..Change::default() }));
}

#[test]
fn an_account_without_credit_is_asked_once_in_either_of_its_words() {
    for kind in [FaultKind::QuotaExceeded, FaultKind::InsufficientCredits] {
        let stage = quick();
        stage.double.fault(Fault { kind, times: 100, text_contains: None });
        check(&stage, 0, || stage.double.with_account(|account| account.faults.clear()));
    }
}

#[test]
fn a_stopped_account_is_not_called_until_a_person_resumes() {
    let stage = quick();
    stage.double.fault(Fault { kind: FaultKind::InsufficientCredits, times: 100, text_contains: None });
    let asked = || stage.log().calls.len() + stage.log().refusals.len();
    let fails = |verb: &str| {
        let ran = stage.attempt(verb, &dialogue(), &[]);
        assert_eq!(ran.code, Some(1), "{}", ran.err);
        let id = stage.read(&["jobs"])["jobs"][0]["id"].as_str().unwrap().to_owned();
        for once in ["no credit left", &format!("`onetake retry {id}`"), "`onetake resume`", "speech is stopped"] {
            assert_eq!(ran.err.matches(once).count(), 1, "{once}\n{}", ran.err);
        }
    };
    fails("preview");
    let asked_before = asked();
    assert!(asked_before <= 2, "{asked_before} requests");
    stage.double.with_account(|account| account.faults.clear());
    for verb in ["preview", "film"] {
        fails(verb);
        assert_eq!(asked(), asked_before, "no call is made, even with credit: nobody knows of it");
    }
    let stopped = &stage.read(&["stats"])["pace"]["stopped"];
    assert!(stopped["reason"].as_str().unwrap().contains("no credit left"), "{stopped}");
    let resumed = stage.read(&["resume"]);
    assert_eq!((&resumed["was_stopped"], &resumed["reason"]), (&json!(true), &stopped["reason"]));
    assert_eq!(stage.read(&["stats"])["pace"]["stopped"], json!(null));
    assert_eq!(stage.read(&["resume"])["was_stopped"], false, "twice does no harm");
    let job = stage.make("preview", &dialogue(), &[]);
    assert_eq!((&job["counts"]["spoken"], stage.calls()), (&json!(4), 4));
    stage.listed();
    stage.audit();
}

#[test]
fn a_wrong_key_is_one_sentence_before_anything_is_opened() {
    let key = "sk_wrong_2f8d1c";
    let stage = quick().with("ELEVENLABS_API_KEY", key);
    let ran = stage.attempt("film", &dialogue(), &[]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert!(ran.err.contains("ElevenLabs does not know the key: set ELEVENLABS_API_KEY"), "{}", ran.err);
    assert_eq!(ran.err.trim().lines().count(), 2, "{}", ran.err);
    let log = stage.log();
    assert_eq!((log.calls.len(), log.refusals.len()), (0, 0));
    assert!(!stage.room.data.exists(), "something was written");
    assert_eq!(stage.read(&["jobs"])["jobs"], json!([]));
    shown_nowhere(&stage, &ran, key);
}

#[test]
fn a_key_that_is_withdrawn_is_told_once() {
    let stage = quick();
    stage.make(
        "preview",
        &json!({ "speakers": { "Ana": {}, "Bo": {} }, "lines": [
        { "speaker": "Ana", "text": "One" }, { "speaker": "Bo", "text": "Two" },
    ] }),
        &[],
    );
    stage.double.change(Change { api_key: Some("sk_another".into()), ..Change::default() });
    let ran = stage.attempt("preview", &dialogue(), &[]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert_eq!(ran.err.matches("ElevenLabs does not know the key").count(), 1, "{}", ran.err);
    let log = stage.log();
    assert_eq!(log.calls.len(), 2);
    assert!(log.refusals.len() <= 2, "{:?}", log.refusals);
}

#[test]
fn a_key_is_in_no_log_no_error_and_no_file() {
    let key = "sk_kept_7c41aa90";
    let mut stage = quick().with("ONETAKE_LOG", "trace").with("ELEVENLABS_API_KEY", key);
    stage.double.change(Change { api_key: Some(key.into()), ..Change::default() });
    stage.double.fault(FaultKind::Reset.for_text("nobody"));
    let ran = stage.attempt("film", &dialogue(), &[]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.err.contains("TRACE") && ran.err.contains("steps::"), "a log was asked for: {}", ran.err);
    shown_nowhere(&stage, &ran, key);
    stage.listed();
    for arguments in [&["audit"][..], &["adopt", "--since", "1d"], &["jobs"], &["sweep"]] {
        shown_nowhere(&stage, &stage.run(arguments), key);
    }
    let wrong = "sk_wrong_99e3b7";
    stage.set("ELEVENLABS_API_KEY", wrong);
    shown_nowhere(&stage, &stage.attempt("film", &dialogue(), &[]), wrong);
}

fn shown_nowhere(stage: &Stage, ran: &Ran, key: &str) {
    assert!(!ran.out.contains(key) && !ran.err.contains(key), "the key is printed");
    look(&stage.room.path(""), key);
}

fn look(folder: &Path, key: &str) {
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            look(&path, key);
        } else {
            let bytes = fs::read(&path).unwrap();
            assert!(!bytes.windows(key.len()).any(|part| part == key.as_bytes()), "the key is in {}", path.display());
        }
    }
}
