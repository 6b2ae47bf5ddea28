//! What enters the scene that rises out of another one.

use super::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use story::job::Kind;
use story::plan::{Order, PictureMakers, SpokenLines};
use story::speech::{Catalog, Profile};
use story::voicing::Voicing;
use story::words::Word;

fn plan(lines: &Value, transition: &Value) -> Plan {
    let script = json!({ "speakers": { "Ana": {}, "Ben": {} }, "lines": lines, "look": { "transition": transition } });
    let profile = Profile {
        provider: "rehearsal".into(),
        base_url: String::new(),
        account: "rehearsal".into(),
        model: "tones".into(),
        voices: vec!["one".into()],
        format: "mp3_44100_128".into(),
        usd_per_1000_characters: 0.08,
        rehearsed: true,
    };
    let catalog = Catalog { models: Vec::new(), takes_other_models: true, refused_format: None };
    let voicing = Voicing { profile, catalog, voices: BTreeMap::new() };
    let script = serde_json::from_value(script).expect("a script");
    let spoken = SpokenLines::of(&script, &voicing);
    Plan::new(script, BTreeMap::new(), Order::new(Kind::Video), spoken, &PictureMakers::default())
}

fn lines(first: &str) -> Value {
    let line = |speaker: &str, text: &str, color: &str| json!({ "speaker": speaker, "text": text, "picture": { "color": color } });
    json!([line(first, first, "#102030"), line("Ana", "The end.", "#405060")])
}

/// The part as it is rendered, rising out of `before`; each of its segments lasts a second.
fn part(plan: &Plan, index: usize, before: &Backdrop) -> Scene {
    let planned = &plan.scenes[index];
    let silent = |_| Material { recording: None, samples: 48_000, pages: Vec::new(), has_times: false };
    let material: Vec<Material> = (planned.first..planned.end).map(silent).collect();
    let outgoing = plan.outgoing(planned).map(|_| before.clone());
    scene(plan, index, &material, (planned.backdrop.clone(), outgoing))
}

#[test]
fn of_the_scene_before_only_its_picture_enters_the_key() {
    let crossfade = json!({ "kind": "crossfade", "duration_ms": 300 });
    let (ana, ben) = (plan(&lines("Ana"), &crossfade), plan(&lines("Ben"), &crossfade));
    let [one, other] = ["one", "other"].map(|hash| Backdrop::Picture(hash.into()));
    let key = |plan: &Plan, before: &Backdrop| part(plan, 1, before).key("studio");
    assert_eq!(key(&ana, &one), key(&ben, &one));
    assert_ne!(key(&ana, &one), key(&ana, &other));
    assert_eq!(part(&ana, 1, &one).pictures(), ["one"]);
    assert_eq!(part(&ana, 1, &one).outgoing.map(|outgoing| outgoing.frames), Some(9));
    assert_eq!(part(&ana, 0, &one).outgoing, None, "nothing is before the first");
}

#[test]
fn a_crossfade_ends_inside_its_scene_and_other_transitions_have_nothing_of_the_scene_before() {
    let one = Backdrop::Picture("one".into());
    let long = plan(&lines("Ana"), &json!({ "kind": "crossfade", "duration_ms": 5000 }));
    let scene = part(&long, 1, &one);
    assert_eq!(scene.outgoing.as_ref().map(|outgoing| u64::from(outgoing.frames)), Some(scene.frames() - 1));
    let mut parts = long.clone();
    parts.scenes[1].goes_on = true;
    assert_eq!(part(&parts, 1, &one).outgoing, None, "a later part goes on");
    let none = json!({ "kind": "crossfade", "duration_ms": 0 });
    for transition in [none, json!({ "kind": "cut" }), json!({ "kind": "fade" })] {
        assert_eq!(part(&plan(&lines("Ana"), &transition), 1, &one).outgoing, None, "{transition}");
    }
}

/// What a segment sounds like whose words each take so many samples.
fn said(words: &[&str], samples: u64) -> Material {
    let word = |(index, text): (usize, &&str)| {
        let start = index as u64 * samples;
        Word { text: (*text).to_owned(), space_before: true, start, end: start + samples }
    };
    let pages = vec![Page { words: words.iter().enumerate().map(word).collect() }];
    Material { recording: None, samples: words.len() as u64 * samples, pages, has_times: true }
}

fn cues_of(scene: &Scene) -> Vec<Cue> {
    let Backdrop::Animation(staged) = &scene.backdrop else { panic!("an animation") };
    staged.cues.clone()
}

#[test]
fn the_steps_of_an_animation_begin_when_their_words_are_said_whoever_says_them() {
    let step = |at: &str, verb: Value| json!({ "at": at, "do": verb });
    let animation = json!({
        "things": [{ "id": "box", "draw": { "box": "A" } }],
        "steps": [step("two", json!({ "appear": ["box"] })), step("four", json!({ "pulse": "box" }))],
    });
    let line = |speaker: &str, text: &str, picture: Value| json!({ "speaker": speaker, "text": text, "pause_ms": 0, "picture": picture });
    let lines = json!([
        line("Ana", "one two", json!({ "animation": animation })),
        line("Ben", "three four", Value::Null),
        line("Ana", "five", json!({ "color": "#123456" })),
    ]);
    let plan = plan(&lines, &json!({ "kind": "crossfade", "duration_ms": 300 }));
    let scene_of = |samples| {
        let material = [said(&["one", "two"], samples), said(&["three", "four"], samples)];
        scene(&plan, 0, &material, (plan.scenes[0].backdrop.clone(), None))
    };
    // At 30 frames a second: half a second a word, then a whole one.
    let (quick, slow) = (scene_of(24_000), scene_of(48_000));
    assert_eq!(cues_of(&quick), [Cue::At(15), Cue::At(45)]);
    assert_eq!(cues_of(&slow), [Cue::At(30), Cue::At(90)]);
    assert_ne!(quick.key("studio"), slow.key("studio"), "another take, another scene");

    // What the next scene rises out of is how it ended, whenever its words were said.
    let after =
        scene(&plan, 1, &[said(&["five"], 24_000)], (plan.scenes[1].backdrop.clone(), Some(quick.backdrop.clone())));
    let Some(Backdrop::Animation(left)) = after.outgoing.map(|outgoing| outgoing.backdrop) else {
        panic!("an animation")
    };
    assert_eq!(left.cues, [Cue::Done, Cue::Done]);
}

#[test]
fn a_part_of_a_long_scene_goes_on_with_its_animation() {
    let animation = json!({
        "things": [{ "id": "box", "draw": { "box": "A" } }],
        "steps": [{ "at": "first", "do": { "appear": ["box"] } }, { "at": "second", "do": { "pulse": "box" } }],
    });
    let long = |word: &str| format!("{word} {}", "and so on ".repeat(120));
    let lines = json!([
        { "speaker": "Ana", "text": long("first"), "picture": { "animation": animation } },
        { "speaker": "Ben", "text": long("second") },
    ]);
    let plan = plan(&lines, &json!({ "kind": "cut" }));
    assert_eq!(plan.scenes.len(), 2, "one scene, in two parts");
    let part = |index: usize, word: &str| {
        scene(&plan, index, &[said(&[word, "and"], 24_000)], (plan.scenes[index].backdrop.clone(), None))
    };
    assert_eq!(cues_of(&part(0, "first")), [Cue::At(0), Cue::Later]);
    assert_eq!(cues_of(&part(1, "second")), [Cue::Done, Cue::At(0)]);
    let palette = |index: usize| match &plan.scenes[index].backdrop {
        Backdrop::Animation(staged) => staged.palette,
        _ => panic!("an animation"),
    };
    assert_eq!(palette(0), palette(1), "whoever goes on speaking, its colours stay");
}
