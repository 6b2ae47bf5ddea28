//! What a person, and a program, is told when something did not work: which thing it was, which job, and what to type next.

use crate::room::{Ran, Room, Voices, dialogue};
use crate::stage::{Stage, quick};
use doubles::account::Change;
use serde_json::{Value, json};

/// A stage whose account pays for one line of the dialogue.
fn nearly_spent() -> Stage {
    let stage = quick();
    stage.double.change(Change { credits: Some(30), ..Change::default() });
    stage
}

fn newest(stage: &Stage) -> String {
    stage.read(&["jobs"])["jobs"][0]["id"].as_str().unwrap().to_owned()
}

/// What a program reads; it is one document.
fn problem(ran: &Ran) -> Value {
    serde_json::from_str(&ran.out).unwrap()
}

#[test]
fn a_job_that_fails_is_named_with_what_takes_it_up_again() {
    let stage = nearly_spent();
    let ran = stage.attempt("film", &dialogue(), &[]);
    let id = newest(&stage);
    let told = problem(&ran);
    assert_eq!((ran.code, &told["title"], &told["job"]), (Some(1), &json!("the job failed"), &json!(id)));
    assert!(ran.err.starts_with("onetake: the job failed"), "{}", ran.err);
    assert!(ran.err.contains(&format!("`onetake retry {id}`")), "{}", ran.err);
    let status = stage.run(&["status", &id]);
    assert!(status.out.contains(&format!("onetake retry {id}")), "{}", status.out);
}

#[test]
fn a_lost_call_that_is_left_to_a_person_says_what_buys_it_again() {
    let stage = quick();
    stage.double.change(Change { list_after_ms: Some(3_600_000), ..Change::default() });
    stage.double.fault(doubles::account::FaultKind::Reset.for_text("There is nobody here today"));
    let ran = stage.attempt("preview", &dialogue(), &["--on-uncertain", "fail"]);
    assert!(ran.err.contains(&format!("`onetake retry {}`", newest(&stage))), "{}", ran.err);
    assert!(!ran.err.contains("`onetake retry`"), "{}", ran.err);
}

#[test]
fn a_silent_line_is_noted_once_in_a_film_with_what_buys_it() {
    let stage = nearly_spent();
    stage.room.write("script.json", dialogue().to_string());
    let ran = stage.run(&["film", "script.json", "--resolution", "240p", "--on-speech-failure", "silence"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    for line in 1..4 {
        assert_eq!(ran.err.matches(&format!("/lines/{line}  ")).count(), 1, "{}", ran.err);
    }
    let retry = format!("`onetake retry {}`", newest(&stage));
    assert_eq!(ran.err.matches("onetake retry").count(), 1, "{}", ran.err);
    assert!(ran.err.contains(&retry), "{}", ran.err);
}

#[test]
fn no_job_is_said_to_have_failed_where_there_was_none() {
    let wrong = quick().with("ELEVENLABS_API_KEY", "sk_wrong_51d0");
    let nobody = quick().with("ELEVENLABS_BASE_URL", "http://127.0.0.1:9");
    for (stage, title) in [(&wrong, "the account does not work"), (&nobody, "the speech provider does not answer")] {
        let estimate = stage.attempt("estimate", &dialogue(), &[]);
        for ran in [estimate, stage.run(&["audit", "--json"]), stage.run(&["adopt", "--since", "1d", "--json"])] {
            let told = problem(&ran);
            assert_eq!((ran.code, &told["title"], &told["job"]), (Some(1), &json!(title), &Value::Null), "{}", ran.err);
            assert!(ran.err.starts_with(&format!("onetake: {title}\n")), "{}", ran.err);
        }
        assert!(!stage.room.data.exists(), "{title}: something was written");
    }
}

#[test]
fn a_provider_without_books_is_said_to_have_none_and_nothing_is_written() {
    let room = Room::new(Voices::Tones);
    for arguments in [&["audit"][..], &["adopt", "--since", "90d"]] {
        let ran = room.run(arguments);
        assert_eq!(ran.code, Some(1), "{}", ran.err);
        assert!(ran.err.starts_with("onetake: there are no books\n"), "{}", ran.err);
    }
    assert!(!room.data.exists());
}

#[test]
fn a_day_that_is_still_to_come_is_refused_and_nothing_is_written() {
    let stage = quick();
    for since in ["2999-01-01", "-1d"] {
        for verb in ["audit", "adopt"] {
            let ran = stage.run(&[verb, &format!("--since={since}")]);
            assert_eq!(ran.code, Some(2), "{since}\n{}", ran.err);
            assert!(ran.err.contains("lies in the future"), "{since}\n{}", ran.err);
        }
    }
    let ran = stage.run(&["audit", "--since", "yesterday"]);
    assert_eq!((ran.code, ran.err.contains("give days as 30d")), (Some(2), true), "{}", ran.err);
    assert!(!stage.room.data.exists());
}
