//! Plans, for those who try what becomes of them.

use std::collections::BTreeMap;
use story::Script;
use story::images::ImagesProfile;
use story::job::Kind;
use story::plan::{Order, Painter, PictureMakers, Plan, SpokenLines};
use story::speech::{Catalog, Profile};
use story::voicing::Voicing;

/// A plan of lines, each of a text and, if it has a picture, at the beginning of a scene. Some pictures are drawn, others are there.
pub(crate) fn plan(kind: Kind, lines: &[(u8, bool)]) -> Plan {
    let line = |(text, has_picture): &(u8, bool)| {
        let mut line = serde_json::json!({ "speaker": "Ana", "text": format!("Line {text}.") });
        if *has_picture {
            line["picture"] = match text % 3 {
                0 => serde_json::json!({ "color": "#123456" }),
                1 => serde_json::json!({ "url": "https://example.com/a.png" }),
                _ => serde_json::json!({ "prompt": format!("Picture {text}.") }),
            };
        }
        line
    };
    plan_of(kind, lines.iter().map(line).collect())
}

/// Who draws.
pub(crate) fn painter() -> Painter {
    let profile = ImagesProfile {
        provider: "rehearsal".into(),
        base_url: String::new(),
        account: "rehearsal-images".into(),
        model: "cards".into(),
        most_characters: 2_000,
        rehearsed: true,
    };
    Painter { profile, size: (768, 1344), usd: 0.01 }
}

/// A plan of lines as a script spells them.
pub(crate) fn plan_of(kind: Kind, lines: Vec<serde_json::Value>) -> Plan {
    let script = serde_json::json!({ "speakers": { "Ana": {} }, "lines": lines });
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
    let order = Order::new(kind);
    let script: Script = serde_json::from_value(script).expect("a script");
    let spoken = SpokenLines::of(&script, &voicing);
    Plan::new(
        script,
        BTreeMap::new(),
        order,
        spoken,
        &PictureMakers { painter: Some(painter()), clips: None, writer: None },
    )
}
