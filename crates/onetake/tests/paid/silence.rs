//! Lines that cannot be spoken are silent where that is asked for, until `retry` buys them.

use crate::room::dialogue;
use crate::stage::quick;
use doubles::account::{Change, Fault, FaultKind};
use serde_json::{Value, json};

fn change(credits: u64) -> Change {
    Change { credits: Some(credits), ..Change::default() }
}

#[test]
fn a_line_that_is_refused_is_silent_costs_nothing_and_retry_buys_only_it() {
    let stage = quick();
    let script = dialogue();
    stage.double.change(change(30));
    let film = stage.make("film", &script, &["--on-speech-failure", "silence"]);
    assert_eq!((stage.calls(), &film["status"]), (1, &json!("succeeded")));
    assert_eq!((&film["counts"]["silent"], &film["counts"]["spoken"]), (&json!(3), &json!(1)));
    assert_eq!(film["cost"]["characters_paid"], stage.used());
    let warnings = film["warnings"].as_array().unwrap();
    let silent: Vec<&Value> = warnings.iter().filter(|warning| warning["code"] == "line-silent").collect();
    let pointers: Vec<&Value> = silent.iter().map(|warning| &warning["pointer"]).collect();
    assert_eq!(pointers, [&json!("/lines/1"), &json!("/lines/2"), &json!("/lines/3")], "{warnings:?}");
    assert!(silent.iter().all(|one| one["detail"].as_str().unwrap().contains("no credit left")), "{warnings:?}");
    let states: Vec<&Value> = film["segments"].as_array().unwrap().iter().map(|segment| &segment["state"]).collect();
    assert_eq!(states, ["ready", "silent", "silent", "silent"]);
    assert_eq!(stage.make("estimate", &script, &[])["new_lines"], 3, "a silence is no take");
    stage.double.change(change(10_000));
    let again = stage.read(&["retry", film["id"].as_str().unwrap()]);
    assert_eq!((stage.calls(), &again["counts"]["silent"], &again["warnings"]), (4, &json!(0), &json!([])));
    let heard = quick().make("film", &script, &[]);
    let sha256 = |job: &Value| {
        job["files"].as_array().unwrap().iter().find(|f| f["name"] == "film.mp4").unwrap()["sha256"].clone()
    };
    assert_eq!(sha256(&again), sha256(&heard), "it is the film that would have been");
    stage.listed();
    stage.audit();
}

#[test]
fn a_film_of_silence_is_as_long_as_was_estimated() {
    let stage = quick();
    stage.double.fault(Fault { kind: FaultKind::InsufficientCredits, times: 100, text_contains: None });
    let estimate = stage.make("estimate", &dialogue(), &[]);
    let film = stage.make("film", &dialogue(), &["--on-speech-failure", "silence"]);
    assert_eq!((stage.used(), &film["counts"]["silent"]), (0, &json!(4)));
    let last = film["segments"].as_array().unwrap().last().unwrap();
    let length_s = last["end_s"].as_f64().unwrap() + 0.25;
    let expected_s = estimate["duration_s"].as_f64().unwrap();
    // Each line begins on a frame.
    assert!((length_s - expected_s).abs() < 4.0 / 30.0 + 0.01, "{length_s} s, {expected_s} s were estimated");
}
