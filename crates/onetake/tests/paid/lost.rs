//! Calls that were charged and brought nothing: each is found in the provider's history, or bought again where it may be.

use crate::measure::sha256;
use crate::room::dialogue;
use crate::stage::{Stage, quick};
use doubles::account::{Change, Fault, FaultKind};
use serde_json::{Value, json};
use std::fs;
use std::sync::OnceLock;

/// The line whose call goes wrong.
const LOST: &str = "There is nobody here today";

struct Undisturbed {
    film: String,
    captions: String,
}

fn made(stage: &Stage, job: &Value) -> Undisturbed {
    let captions = fs::read_to_string(stage.room.file(job, "captions.vtt")).unwrap();
    Undisturbed { film: sha256(&stage.room.file(job, "film.mp4")), captions }
}

fn undisturbed() -> &'static Undisturbed {
    static ONCE: OnceLock<Undisturbed> = OnceLock::new();
    ONCE.get_or_init(|| {
        let stage = quick();
        let job = stage.make("film", &dialogue(), &[]);
        made(&stage, &job)
    })
}

/// One call goes wrong after it was charged. It is paid once, and the film is the one that would have been, to the byte.
fn check(what: &str, kind: FaultKind) {
    let stage = quick().with("ONETAKE_SPEECH_FIRST_BYTE_S", "0.7").with("ONETAKE_SPEECH_IDLE_S", "0.7");
    stage.double.fault(kind.for_text(LOST));
    let job = stage.make("film", &dialogue(), &[]);
    let log = stage.log();
    assert!(log.calls.iter().any(|call| call.fault.is_some()), "{what}: nothing went wrong");
    assert_eq!((log.calls.len(), log.calls_for(LOST)), (4, 1), "{what}");
    assert_eq!(job["counts"]["rebought"], 0, "{what}");
    assert_eq!(job["cost"]["characters_paid"], stage.used(), "{what}");
    let made = made(&stage, &job);
    assert_eq!(made.captions, undisturbed().captions, "{what}: other times of words");
    assert_eq!(made.film, undisturbed().film, "{what}: another film");
    stage.listed();
    stage.audit();
}

#[test]
fn a_connection_that_is_reset_after_the_charge_costs_nothing_more() {
    check("reset", FaultKind::Reset);
}

#[test]
fn an_answer_that_is_cut_costs_nothing_more_wherever_it_is_cut() {
    for share in [0.5, 1.0] {
        check(&format!("cut at {share}"), FaultKind::Cut { share });
    }
}

#[test]
fn an_answer_with_a_broken_line_costs_nothing_more() {
    check("broken line", FaultKind::BrokenLine);
}

#[test]
fn an_answer_that_hangs_costs_nothing_more() {
    check("no headers", FaultKind::Hang { headers: false });
    check("no body", FaultKind::Hang { headers: true });
}

#[test]
fn an_answer_that_begins_too_late_costs_nothing_more() {
    check("late", FaultKind::SlowFirstByte { ms: 1_500 });
}

#[test]
fn a_gateway_that_fails_over_a_call_that_was_made_costs_nothing_more() {
    check("503 in HTML", FaultKind::Gateway);
}

#[test]
fn a_call_that_is_lost_again_and_again_is_bought_once_more_and_then_left_to_a_person() {
    let stage = unlisted();
    for _ in 0..4 {
        stage.double.fault(FaultKind::Reset.for_text(LOST));
    }
    let ran = stage.attempt("preview", &dialogue(), &[]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert!(ran.err.contains("a call for this line was lost"), "{}", ran.err);
    assert_eq!(stage.log().calls_for(LOST), 2);
}

#[test]
fn what_is_left_to_a_person_is_not_bought_by_the_same_command_again() {
    let stage = unlisted();
    let fails = ["--on-uncertain", "fail"];
    for _ in 0..2 {
        let ran = stage.attempt("preview", &dialogue(), &fails);
        assert_eq!(ran.code, Some(1), "{}", ran.err);
        assert_eq!(stage.log().calls_for(LOST), 1);
    }
    let job = stage.make("preview", &dialogue(), &[]);
    assert_eq!((stage.log().calls_for(LOST), &job["counts"]["rebought"]), (2, &json!(1)));
}

#[test]
fn a_clock_that_is_wrong_by_minutes_still_finds_what_was_lost() {
    let stage = quick();
    // As the provider would date its items if this machine's clock were four minutes ahead.
    stage.double.with_account(|account| account.settings.dated_behind_ms = 240_000);
    stage.double.fault(FaultKind::Reset.for_text(LOST));
    let job = stage.make("preview", &dialogue(), &[]);
    assert_eq!((stage.log().calls_for(LOST), &job["counts"]["rebought"]), (1, &json!(0)));
}

#[test]
fn a_key_that_is_changed_takes_over_what_the_old_one_began() {
    let mut stage = quick();
    stage.double.change(Change { speed: Some(1.0), ..Change::default() });
    stage.room.write("script.json", dialogue().to_string());
    let mut film = stage.command(&["preview", "script.json"]).spawn().unwrap();
    stage.until(|account| account.log().calls.len() == 2);
    film.kill().unwrap();
    film.wait().unwrap();
    stage.double.change(Change { api_key: Some("sk_new".into()), speed: Some(0.0), ..Change::default() });
    stage.set("ELEVENLABS_API_KEY", "sk_new");
    let job = stage.make("preview", &dialogue(), &[]);
    assert_eq!((stage.calls(), &job["counts"]["rebought"]), (4, &json!(0)), "each line once, by whatever key");
}

#[test]
fn a_server_that_fails_is_asked_again_only_after_the_history_was_looked_at() {
    let stage = quick();
    stage.double.fault(FaultKind::InternalError.for_text(LOST));
    stage.make("film", &dialogue(), &[]);
    let log = stage.log();
    assert_eq!((log.calls.len(), log.calls_for(LOST), log.refusals.len()), (4, 1, 1));
    let again_ms = log.calls.iter().find(|call| call.text == LOST).unwrap().start_ms;
    let between = log.history_looks_ms.iter().filter(|look| (log.refusals[0].at_ms..again_ms).contains(look)).count();
    assert_eq!(between, 3, "500 does not say whether it was charged");
    stage.listed();
    stage.audit();
}

/// One call is lost, and the history will not list anything for an hour.
fn unlisted() -> Stage {
    let stage = quick();
    stage.double.change(Change { list_after_ms: Some(3_600_000), ..Change::default() });
    stage.double.fault(FaultKind::Reset.for_text(LOST));
    stage
}

#[test]
fn a_call_that_the_history_never_lists_is_bought_again_after_the_third_look_and_the_bill_says_so() {
    let stage = unlisted();
    stage.room.write("script.json", dialogue().to_string());
    let ran = stage.run(&["preview", "script.json"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.out.contains("4 spoken · 0 reused · 1 rebought"), "{}", ran.out);
    let log = stage.log();
    assert_eq!((log.calls.len(), log.calls_for(LOST)), (5, 2));
    let times: Vec<u64> = log.calls.iter().filter(|call| call.text == LOST).map(|call| call.start_ms).collect();
    let looks = log.history_looks_ms.iter().filter(|look| (times[0]..times[1]).contains(look)).count();
    assert_eq!(looks, 3);
    let id = stage.read(&["jobs"])["jobs"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(stage.read(&["status", &id])["counts"]["rebought"], 1);
    // When the history lists it after all, the audit says what it cost.
    stage.double.change(Change { list_after_ms: Some(0), ..Change::default() });
    let ran = stage.run(&["audit", "--since", "1d", "--json"]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    let audit: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((&audit["agrees"], &audit["ledger"]["lost"]), (&json!(false), &json!(1)));
    assert_eq!(audit["differences"].as_array().unwrap().len(), 1, "{audit:#}");
    assert_eq!(audit["differences"][0]["history_characters"], LOST.len());
    assert_eq!(audit["elsewhere"], json!([]));
    assert!(ran.err.starts_with("onetake: they differ\n"), "{}", ran.err);
}

#[test]
fn where_it_is_left_to_a_person_a_call_that_is_not_found_fails_and_retry_buys_it() {
    let stage = unlisted();
    let ran = stage.attempt("preview", &dialogue(), &["--on-uncertain", "fail"]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert!(ran.err.contains("/lines/1 a call for this line was lost: it may have been paid for"), "{}", ran.err);
    assert_eq!(ran.err.trim().lines().count(), 2, "{}", ran.err);
    assert_eq!(stage.log().calls_for(LOST), 1);
    let id = stage.read(&["jobs"])["jobs"][0]["id"].as_str().unwrap().to_owned();
    let job = stage.read(&["retry", &id]);
    assert_eq!((&job["status"], stage.calls(), stage.log().calls_for(LOST)), (&json!("succeeded"), 5, 2));
}

#[test]
fn a_busy_provider_is_asked_again_and_charges_each_line_once() {
    let stage = quick();
    let kinds =
        [FaultKind::ConcurrentLimit, FaultKind::SystemBusy, FaultKind::RateLimit, FaultKind::ServiceUnavailable];
    let all = kinds.into_iter().zip(dialogue()["lines"].as_array().unwrap().clone());
    for (kind, line) in all {
        let text = line["text"].as_str().map(str::to_owned);
        stage.double.fault(Fault { kind, times: 2, text_contains: text });
    }
    let job = stage.make("preview", &dialogue(), &[]);
    let log = stage.log();
    assert_eq!((log.calls.len(), log.refusals.len(), &job["counts"]["spoken"]), (4, 8, &json!(4)));
    assert_eq!(job["counts"]["rebought"], 0);
    stage.listed();
    stage.audit();
}
