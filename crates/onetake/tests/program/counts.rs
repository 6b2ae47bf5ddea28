//! What is spoken, and what is not spoken again.

use crate::room::{Room, Voices, dialogue, reused, spoken, timed};
use serde_json::{Value, json};
use std::time::Duration;

/// The dialogue was heard; then `change` is done to it, and `expected` of its lines are spoken.
fn check(room: &Room, what: &str, expected: u64, change: impl Fn(&mut Value)) {
    let mut script = dialogue();
    change(&mut script);
    let job = room.make("preview", &script, &[]);
    assert_eq!((spoken(&job), reused(&job)), (expected, 4 - expected), "{what}");
    let film = room.make("video", &script, &["--preview", job["id"].as_str().unwrap()]);
    assert_eq!((spoken(&film), reused(&film)), (0, 4), "{what}: the film of what was heard");
}

fn heard() -> Room {
    let room = Room::new(Voices::Tones);
    assert_eq!(spoken(&room.make("preview", &dialogue(), &[])), 4);
    room
}

#[test]
fn a_film_pays_for_its_lines_once() {
    let room = Room::new(Voices::Tones);
    let film = room.make("film", &dialogue(), &[]);
    assert_eq!((spoken(&film), reused(&film)), (4, 0));
    assert!(film["cost"]["characters_paid"].as_u64() > Some(0));
    assert_eq!(film["cost"]["characters_saved"], 0);
    let again = room.make("film", &dialogue(), &[]);
    assert_eq!((spoken(&again), reused(&again)), (0, 4));
    assert_eq!(again["cost"]["characters_saved"], film["cost"]["characters_paid"]);
}

#[test]
fn a_dialogue_of_four_lines_is_four_speakings_at_preview_and_none_at_film() {
    let room = heard();
    let preview = room.read(&["jobs"])["jobs"][0]["id"].as_str().unwrap().to_owned();
    let film = room.read(&["video", "--preview", &preview, "--rehearse", "--resolution", "240p"]);
    assert_eq!((spoken(&film), reused(&film), &film["counts"]["lines"]), (0, 4, &json!(4)));
    assert_eq!(film["cost"]["characters_paid"], 0);
    assert_eq!(film["warnings"], json!([]));
}

#[test]
fn the_same_script_again_speaks_nothing() {
    check(&heard(), "nothing", 0, |_| {});
}

#[test]
fn one_changed_word_speaks_one_line() {
    check(&heard(), "a word", 1, |script| script["lines"][1]["text"] = json!("There is nobody here tonight"));
}

#[test]
fn another_voice_speaks_the_lines_of_its_speaker_only() {
    check(&heard(), "a voice", 2, |script| script["speakers"]["Bo"] = json!({ "voice_id": "another" }));
}

#[test]
fn volume_pause_order_picture_captions_and_aspect_speak_nothing() {
    let room = heard();
    check(&room, "volume", 0, |script| script["speakers"]["Bo"] = json!({ "volume": 1.3 }));
    check(&room, "pause", 0, |script| script["lines"][2]["pause_ms"] = json!(900));
    check(&room, "picture", 0, |script| script["lines"][1]["picture"] = json!({ "color": "#204060" }));
    check(&room, "captions", 0, |script| {
        script["look"] = json!({ "captions": { "style": "box", "max_words_per_line": 2, "position": "top" } });
    });
    check(&room, "aspect", 0, |script| script["look"] = json!({ "aspect": "1:1" }));
    check(&room, "order", 0, |script| script["lines"].as_array_mut().unwrap().swap(1, 2));
}

#[test]
fn another_order_speaks_nothing_whoever_speaks_first() {
    check(&heard(), "all turned round", 0, |script| script["lines"].as_array_mut().unwrap().reverse());
}

#[test]
fn a_retake_raised_speaks_one_line_and_lowered_again_none() {
    let room = heard();
    check(&room, "raised", 1, |script| script["lines"][3]["retake"] = json!(1));
    check(&room, "lowered again", 0, |_| {});
}

#[test]
fn two_previews_at_once_that_share_a_line_speak_it_once() {
    let room = Room::new(Voices::Counted);
    let script = |own: [&str; 2]| {
        json!({ "speakers": { "Ana": {} }, "lines": [
            { "speaker": "Ana", "text": own[0] }, { "speaker": "Ana", "text": "This line is shared by both" }, { "speaker": "Ana", "text": own[1] },
        ] })
    };
    room.write("one.json", script(["First of the one", "Last of the one"]).to_string());
    room.write("other.json", script(["First of the other", "Last of the other"]).to_string());
    let start = |name| room.command(&["preview", name, "--rehearse", "--json"]).spawn().unwrap();
    let both = || [start("one.json"), start("other.json")].map(|child| child.wait_with_output().unwrap());
    let (ended, took) = timed(both);
    let jobs = ended.map(|output| {
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    });
    assert_eq!(jobs.iter().map(spoken).sum::<u64>(), 5, "{} and {}", jobs[0]["counts"], jobs[1]["counts"]);
    assert_eq!(jobs.iter().map(reused).sum::<u64>(), 1);
    assert_eq!(room.calls().unwrap_or(5), 5);
    // What stands still for 30 s is moved on without a message. Neither may need that.
    assert!(took < Duration::from_secs(20), "{took:?}");
}

#[test]
fn an_unchanged_scene_of_a_changed_script_is_not_rendered_again() {
    let room = Room::new(Voices::Tones);
    let scenes = |job: &Value| (job["counts"]["scenes"].clone(), job["counts"]["scenes_reused"].clone());
    assert_eq!(scenes(&room.make("video", &dialogue(), &[])), (json!(4), json!(0)));
    let mut changed = dialogue();
    changed["lines"][1]["text"] = json!("There is nobody here tonight");
    assert_eq!(scenes(&room.make("video", &changed, &[])), (json!(4), json!(3)));
}
