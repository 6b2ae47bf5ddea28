//! A job that is cancelled from another process: the line that is being spoken is paid, so it is kept.

use crate::room::{Ran, dialogue};
use crate::stage::quick;
use doubles::account::{Change, Ended};
use serde_json::json;

#[test]
fn a_job_cancelled_from_elsewhere_keeps_the_line_that_is_being_spoken_and_begins_no_other() {
    let stage = quick();
    stage.double.change(Change { speed: Some(1.0), ..Change::default() });
    stage.room.write("script.json", dialogue().to_string());
    let film = stage.command(&["film", "script.json", "--resolution", "240p"]).spawn().unwrap();
    stage.until(|account| account.log().calls.len() == 2);
    let id = stage.read(&["jobs"])["jobs"][0]["id"].as_str().unwrap().to_owned();
    let cancelled = stage.run(&["cancel", &id]);
    assert_eq!(cancelled.code, Some(0), "{}", cancelled.err);
    let ran = Ran::from(film.wait_with_output().unwrap());
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert!(ran.err.contains("onetake: the job was cancelled\n"), "{}", ran.err);
    assert!(ran.err.contains(&format!("`onetake retry {id}` goes on with it")), "{}", ran.err);
    stage.until(|account| account.in_flight() == 0);
    let ends: Vec<Option<Ended>> = stage.log().calls.iter().map(|call| call.ended).collect();
    assert_eq!(ends, [Some(Ended::Complete), Some(Ended::Complete)], "nobody hung up, and no other line was begun");
    assert_eq!(stage.make("estimate", &dialogue(), &[])["new_lines"], 2, "what was spoken is kept");
    stage.double.change(Change { speed: Some(0.0), ..Change::default() });
    let job = stage.read(&["retry", &id]);
    assert_eq!((&job["status"], stage.calls()), (&json!("succeeded"), 4));
    stage.listed();
    stage.audit();
    let ran = stage.run(&["cancel", &id]);
    assert_eq!(ran.code, Some(2), "{}", ran.err);
}
