//! A topic without any key, and animations in a script: made by the program, and measured on what it made.

use crate::measure::{each_frame, sha256, sound, stream};
use crate::room::{Room, Voices};
use serde_json::{Value, json};
use std::path::PathBuf;

fn file(room: &Room, made: &Value, name: &str) -> PathBuf {
    room.data.join("jobs").join(made["id"].as_str().unwrap()).join(name)
}

fn number(value: &Value) -> f64 {
    value.as_str().map_or_else(|| value.as_f64().unwrap(), |text| text.parse().unwrap())
}

#[test]
fn a_topic_is_explained_in_sections_that_are_films_of_their_own() {
    let room = Room::new(Voices::Tones);
    let explain = ["explain", "The water cycle", "--rehearse", "--sections", "2", "--resolution", "240p"];
    let made = room.read(&explain);
    assert_eq!((&made["source"], &made["status"]), (&json!("topic"), &json!("succeeded")), "{made:#}");
    assert_eq!(
        (&made["stages"]["write"]["done"], &made["stages"]["animate"]),
        (&json!(1), &json!({"done": 2, "of": 2}))
    );
    assert_eq!((made["warnings"].as_array().unwrap().len(), &made["counts"]["animations"]), (0, &json!(2)));
    let film = file(&room, &made, "film.mp4");
    let mut sections_s = 0.0;
    for (index, segment) in made["segments"].as_array().unwrap().iter().enumerate() {
        let section = file(&room, &made, &format!("scene-{index:03}.mp4"));
        let (picture, voice) = (stream(&section, "v"), stream(&section, "a"));
        let seconds = number(&picture["duration"]);
        let spoken_s = segment["end_s"].as_f64().unwrap() - segment["start_s"].as_f64().unwrap();
        assert!((0.0..0.4).contains(&(seconds - spoken_s)), "section {index}: {seconds} s of {spoken_s} s");
        assert!((seconds - number(&voice["duration"])).abs() < 0.05, "section {index}: sound and picture end together");
        assert_eq!(picture["codec_name"], "h264");
        assert!(sound(&section).iter().any(|sample| sample.abs() > 0.05), "section {index} is heard");
        sections_s += seconds;
    }
    let (film_s, loud) = (number(&stream(&film, "v")["duration"]), sound(&film).len());
    assert!((film_s - sections_s).abs() < 0.05 && loud > 0, "the film is its sections: {film_s} s, {sections_s} s");
    // Something happens, and not everywhere at once.
    let (mut frames, mut changes, mut before) = (0, 0, None);
    each_frame(&film, |_, frame| {
        changes += usize::from(before.as_ref().is_some_and(|before| frame.difference(before) > 0.05));
        before = Some(frame);
        frames += 1;
    });
    assert!(changes > 60 && changes < frames, "{changes} of {frames} frames differ from the one before");

    // Again with other captions: nothing is written or spoken again.
    let again = room.read(&[&explain[..], &["--fps", "25"]].concat());
    let counts = &again["counts"];
    assert_eq!(
        (&counts["animations"], &counts["animations_reused"], &counts["spoken"]),
        (&json!(0), &json!(2), &json!(0))
    );
}

#[test]
fn what_a_topic_is_not_is_said_before_anything_is_made() {
    let room = Room::new(Voices::Tones);
    for (arguments, sentence) in [
        (&["explain", "", "--rehearse"][..], "/text: empty"),
        (&["explain", "...", "--rehearse"], "/text: \"...\" holds no letter or digit"),
        (&["explain", "x", "--rehearse", "--style", "neon"], "/style: \"neon\" is not one of declarative, manim"),
        (&["explain", "x", "--rehearse", "--language", "?"], "/language"),
        (&["explain", "x", "--rehearse", "--lang", "de"], "--scenes and --lang are for stories"),
    ] {
        let ran = room.run(arguments);
        assert!(ran.code == Some(2) && ran.err.contains(sentence), "{arguments:?}: {:?} {}", ran.code, ran.err);
        assert!(!room.data.exists(), "nothing was written");
    }
}

fn animated(at: &str, formula: &str) -> Value {
    json!({
        "speakers": {"Ana": {}},
        "lines": [
            {"speaker": "Ana", "text": "First there is a box, and then its formula.", "picture": {"animation": {
                "title": "A box",
                "things": [{"id": "box", "draw": {"box": "Box"}}, {"id": "formula", "draw": {"formula": formula}}],
                "steps": [{"at": "a box", "do": {"appear": ["box"]}}, {"at": at, "do": {"write": "formula"}}],
            }}},
            {"speaker": "Ana", "text": "Both stay where they are."},
        ],
    })
}

#[test]
fn an_animation_is_the_picture_of_any_scene_and_waits_for_its_words() {
    let room = Room::new(Voices::Tones);
    let make = |script: &Value| {
        room.write("script.json", script.to_string());
        let made = room.read(&["film", "script.json", "--rehearse", "--resolution", "240p"]);
        let film = file(&room, &made, "film.mp4");
        let mut frames = Vec::new();
        each_frame(&film, |_, frame| frames.push(frame.brightness()));
        (made, film, frames)
    };
    let (made, film, early) = make(&animated("then", "x^2"));
    assert_eq!(
        (&made["counts"]["scenes"], made["warnings"].as_array().unwrap().len()),
        (&json!(1), 0),
        "one picture: one scene"
    );
    let (_, same, _) = make(&animated("then", "x^2"));
    assert_eq!(sha256(&film), sha256(&same), "the same words, the same bytes");
    let (_, _, late) = make(&animated("formula", "x^2"));
    let differ: Vec<usize> = (0..early.len()).filter(|frame| (early[*frame] - late[*frame]).abs() > 0.02).collect();
    assert_eq!(early.len(), late.len());
    assert!(!differ.is_empty() && differ.len() < early.len() / 2, "only between the two words: {differ:?}");

    for (script, sentence) in [
        (animated("never", "x^2"), "/lines/0/picture/animation/steps/1/at: \"never\" is not said"),
        (
            animated("then", "#read"),
            "/lines/0/picture/animation/things/1/draw/formula: \"#\" cannot stand in a formula",
        ),
        (animated("then", "frac("), "/lines/0/picture/animation/things/1/draw/formula"),
    ] {
        room.write("script.json", script.to_string());
        let ran = room.run(&["film", "script.json", "--rehearse", "--resolution", "240p"]);
        assert!(ran.code == Some(2) && ran.err.contains(sentence), "{:?} {}", ran.code, ran.err);
    }
}

#[test]
fn manim_draws_sections_to_the_frame_and_where_it_is_not_they_are_drawn_the_usual_way() {
    let room = Room::new(Voices::Tones);
    let explain =
        ["explain", "The water cycle", "--rehearse", "--sections", "2", "--resolution", "240p", "--style", "manim"];
    let made = room.read(&explain);
    assert_eq!((&made["status"], &made["counts"]["animations"]), (&json!("succeeded"), &json!(2)), "{made:#}");
    assert_eq!(made["warnings"], json!([]));
    for (index, segment) in made["segments"].as_array().unwrap().iter().enumerate() {
        let picture = stream(&file(&room, &made, &format!("scene-{index:03}.mp4")), "v");
        let spoken_s = segment["end_s"].as_f64().unwrap() - segment["start_s"].as_f64().unwrap();
        let seconds = number(&picture["duration"]);
        assert!((0.0..0.4).contains(&(seconds - spoken_s)), "section {index}: {seconds} s of {spoken_s} s");
        assert_eq!((&picture["color_space"], &picture["codec_name"]), (&json!("bt709"), &json!("h264")));
    }
    let (mut frames, mut changes, mut before) = (0, 0, None);
    each_frame(&file(&room, &made, "film.mp4"), |_, frame| {
        changes += usize::from(before.as_ref().is_some_and(|before| frame.difference(before) > 0.05));
        before = Some(frame);
        frames += 1;
    });
    assert!(changes > 60 && changes < frames, "{changes} of {frames} frames differ from the one before");

    // Where it is not installed nothing of it is used.
    let mut room = Room::new(Voices::Tones);
    room.environment.insert("ONETAKE_MANIM", "/nowhere".to_owned());
    let made = room.read(&explain);
    assert_eq!((&made["status"], &made["counts"]["animations"]), (&json!("succeeded"), &json!(2)), "{made:#}");
    let [warning] = made["warnings"].as_array().unwrap().as_slice() else { panic!("{made:#}") };
    assert_eq!(warning["code"], "manim-missing");
    assert!(warning["detail"].as_str().unwrap().contains("onetake doctor --install-manim"), "{warning}");
}

#[test]
fn the_doctor_says_what_is_missing_and_what_to_do() {
    let mut room = Room::new(Voices::Tones);
    room.environment.insert("ONETAKE_MANIM", "/nowhere".to_owned());
    let ran = room.run(&["doctor"]);
    assert_eq!(ran.code, Some(3), "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("✓ studio") && ran.out.contains("✗ Manim"), "{}", ran.out);
    assert!(ran.out.contains("run `onetake doctor --install-manim`"), "{}", ran.out);

    // All files are there, and its Python is none.
    let manim = room.path("manim");
    std::fs::create_dir_all(manim.join("bin")).unwrap();
    std::fs::write(manim.join("installed.txt"), include_str!("../../../sandbox/manim.txt")).unwrap();
    std::os::unix::fs::symlink("/usr/bin/false", manim.join("bin/python")).unwrap();
    room.environment.insert("ONETAKE_MANIM", manim.to_str().unwrap().to_owned());
    let ran = room.run(&["doctor"]);
    assert_eq!(ran.code, Some(3), "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("✓ Manim") && ran.out.contains("✗ programs"), "{}", ran.out);
    assert!(ran.out.contains("`onetake doctor --install-manim` installs it anew"), "{}", ran.out);
}
