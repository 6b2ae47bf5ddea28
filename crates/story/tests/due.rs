//! `due` is level-triggered: what becomes due by one event after the other is what is due to one who only looks.

use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use story::due::{Step, due};
use story::job::{Kind, Progress};
use story::plan::{Order, Plan, SpokenLines};
use story::queue::{Moved, Outcome, Part};
use story::speech::{Catalog, Profile};
use story::voicing::Voicing;
use story::{JobId, Script};

fn plan(kind: Kind, lines: &[(u8, bool)]) -> Plan {
    let line = |(text, has_picture): &(u8, bool)| {
        let mut line = serde_json::json!({ "speaker": "Ana", "text": format!("Line {text}.") });
        if *has_picture {
            line["picture"] = serde_json::json!({ "color": "#123456" });
        }
        line
    };
    let lines: Vec<_> = lines.iter().map(line).collect();
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
    Plan::new(script, BTreeMap::new(), order, spoken)
}

/// What settles by a step.
fn part(step: Step) -> Option<Part> {
    match step {
        Step::Want(take) => Some(Part::Take(take)),
        Step::Render(scene) => Some(Part::Scene(scene)),
        Step::Track => Some(Part::Track),
        Step::Join => Some(Part::Film),
        Step::Succeed | Step::Fail => None,
    }
}

proptest! {
    #[test]
    fn events_and_the_sweep_give_the_same_steps(
        is_video: bool,
        lines in prop::collection::vec((0..4_u8, any::<bool>()), 1..12),
        choices in prop::collection::vec(any::<prop::sample::Index>(), 64),
    ) {
        let plan = plan(if is_video { Kind::Video } else { Kind::Preview }, &lines);
        let mut progress = Progress::new(JobId("job".into()), plan.takes.len(), plan.scenes.len());
        let mut sent: BTreeSet<Step> = due(&plan, &progress).into_iter().collect();
        for choice in choices {
            let is_open = |progress: &Progress, step: Step| part(step).is_none_or(|part| progress.outcome(part).is_none());
            let waiting: Vec<Part> = sent.iter().filter(|step| is_open(&progress, **step)).filter_map(|step| part(*step)).collect();
            if waiting.is_empty() {
                break;
            }
            let moved = Moved { part: *choice.get(&waiting), outcome: Outcome::Made };
            let before = due(&plan, &progress);
            progress = progress.after(&moved).expect("it was not settled");
            prop_assert_eq!(progress.after(&moved), None, "what is settled stays");
            let now = due(&plan, &progress);
            sent.extend(now.iter().filter(|step| !before.contains(step)));
            let open: BTreeSet<Step> = sent.iter().copied().filter(|step| is_open(&progress, *step)).collect();
            prop_assert_eq!(open, now.into_iter().collect::<BTreeSet<_>>());
        }
        prop_assert_eq!(due(&plan, &progress), vec![Step::Succeed], "every job ends");
    }
}
