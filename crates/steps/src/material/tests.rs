//! What enters the scene that rises out of another one.

use super::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use story::job::Kind;
use story::plan::{Order, PictureMakers, SpokenLines};
use story::speech::{Catalog, Profile};
use story::voicing::Voicing;

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
