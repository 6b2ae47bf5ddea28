//! How much of takes is kept, where that is limited: what no job uses goes, what one uses stays and is said to.

use crate::room::{Ran, Room, Voices, dialogue};
use serde_json::{Value, json};

fn one_line() -> Value {
    json!({ "speakers": { "Ana": {} }, "lines": [{ "speaker": "Ana", "text": "Something else" }] })
}

fn new_lines(room: &Room, script: &Value) -> Value {
    room.make("estimate", script, &[])["new_lines"].clone()
}

/// Makes a preview in a house that keeps no take longer than it is used.
fn made(room: &Room, script: &Value) {
    room.write("script.json", script.to_string());
    let mut command = room.command(&["preview", "script.json", "--rehearse"]);
    let ran = Ran::from(command.env("ONETAKE_KEEP_TAKES_MB", "0").output().unwrap());
    assert_eq!(ran.code, Some(0), "{}", ran.err);
}

#[test]
fn a_job_that_is_done_leaves_no_more_takes_than_are_to_be_kept() {
    let room = Room::new(Voices::Tones);
    let heard = room.make("preview", &dialogue(), &[]);
    assert_eq!(room.run(&["rm", heard["id"].as_str().unwrap()]).code, Some(0));
    assert_eq!(new_lines(&room, &dialogue()), 0, "a job that goes leaves its takes");
    made(&room, &one_line());
    assert_eq!(new_lines(&room, &dialogue()), 4, "nothing uses them");
    assert_eq!(new_lines(&room, &one_line()), 0, "the job that was just made uses it");
}

#[test]
fn a_sweep_says_how_many_takes_jobs_hold() {
    let room = Room::new(Voices::Tones);
    room.make("preview", &dialogue(), &[]);
    let ran = room.run(&["sweep", "--keep-takes-mb", "0"]);
    assert!(ran.out.contains("removed 0 jobs, 0 takes") && ran.out.contains("4 takes stay"), "{}", ran.out);
    assert_eq!(room.read(&["sweep", "--keep-takes-mb", "0"])["takes_in_use"], 4);
    let ran = room.run(&["sweep"]);
    assert!(!ran.out.contains("stay"), "without a limit none is too many\n{}", ran.out);
}
