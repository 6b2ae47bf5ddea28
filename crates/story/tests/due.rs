//! `due` is level-triggered: what becomes due by one event after the other is what is due to one who only looks.

use crate::plans::{plan, plan_of};
use proptest::prelude::*;
use std::collections::BTreeSet;
use story::JobId;
use story::due::{Step, due, due_after};
use story::job::{Kind, Progress};
use story::queue::{Outcome, Part};
use story::script::TransitionKind;

/// What settles by a step.
fn part(step: Step) -> Option<Part> {
    match step {
        Step::Want(take) => Some(Part::Take(take)),
        Step::Paint(picture) => Some(Part::Picture(picture)),
        Step::Render(scene) => Some(Part::Scene(scene)),
        Step::Track => Some(Part::Track),
        Step::Join => Some(Part::Film),
        Step::Succeed | Step::Fail => None,
    }
}

/// Whether a step that was taken still waits for what it settles.
fn is_open(progress: &Progress, step: Step) -> bool {
    part(step).is_none_or(|part| progress.outcome(part).is_none())
}

/// How a part settles: mostly well.
fn outcome(part: Part, throw: u8) -> Outcome {
    match throw % 16 {
        0 => Outcome::Failed,
        1 | 2 if matches!(part, Part::Take(_)) => Outcome::Silent,
        1 | 2 if matches!(part, Part::Picture(_)) => Outcome::Card,
        3 | 4 => Outcome::Rebought,
        5 | 6 => Outcome::Reused,
        _ => Outcome::Made,
    }
}

/// Whether something stands in for a part that could not be had.
fn is_degraded(progress: &Progress) -> bool {
    progress.takes().chain(progress.pictures()).any(|it| matches!(it, Some(Outcome::Silent | Outcome::Card)))
}

fn kind(is_video: bool) -> Kind {
    if is_video { Kind::Video } else { Kind::Preview }
}

proptest! {
    /// Each event takes the steps that it brings and no other; one whose process dies after noting it takes none, and a look at
    /// the whole job makes up for it. What failed or was left silent is taken up again in between.
    #[test]
    fn events_and_the_sweep_give_the_same_steps(
        is_video: bool,
        lines in prop::collection::vec((0..6_u8, any::<bool>()), 1..16),
        events in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..12_u8), 160),
    ) {
        let plan = plan(kind(is_video), &lines);
        let mut progress = Progress::new(JobId("job".into()), &plan);
        let mut taken: BTreeSet<Step> = due(&plan, &progress).into_iter().collect();
        let mut lost = false;
        for (choice, throw, fate) in events {
            let waiting: Vec<Part> =
                taken.iter().filter(|step| is_open(&progress, **step)).filter_map(|step| part(*step)).collect();
            if waiting.is_empty() && !lost {
                break;
            }
            if let Some(part) = (!waiting.is_empty()).then(|| *choice.get(&waiting)) {
                let moved = progress.moved(part, outcome(part, throw));
                let before = progress.clone();
                progress = before.after(&moved).expect("it was not settled");
                prop_assert_eq!(progress.after(&moved), None, "what is settled stays");
                prop_assert_eq!(due_after(&plan, &progress, &progress), vec![], "an event that comes again brings nothing");
                let brought = due_after(&plan, &before, &progress);
                prop_assert!(brought.iter().all(|step| !taken.contains(step)) || lost, "no step is taken twice");
                if fate == 0 {
                    lost = true;
                } else {
                    taken.extend(brought);
                }
            }
            let now: BTreeSet<Step> = due(&plan, &progress).into_iter().collect();
            if lost && (fate == 1 || waiting.is_empty()) {
                taken.extend(now.iter().copied());
                lost = false;
            }
            if lost {
                continue;
            }
            if now.contains(&Step::Fail) || (now.contains(&Step::Succeed) && is_degraded(&progress)) {
                prop_assert!(now.is_subset(&taken), "its end is seen");
                progress = progress.again(&plan);
                taken = due(&plan, &progress).into_iter().collect();
            } else {
                let open: BTreeSet<Step> = taken.iter().copied().filter(|step| is_open(&progress, *step)).collect();
                prop_assert_eq!(open, now);
            }
        }
    }

    /// Whatever settled between two looks, in whatever order: what the later one adds is what it has and the earlier one had not.
    #[test]
    fn what_an_event_brings_is_what_was_not_due_before_it(
        is_video: bool,
        lines in prop::collection::vec((0..6_u8, any::<bool>()), 1..16),
        events in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..60),
        cuts in prop::array::uniform2(any::<prop::sample::Index>()),
    ) {
        let plan = plan(kind(is_video), &lines);
        let mut progress = Progress::new(JobId("job".into()), &plan);
        let parts: Vec<Part> = (0..plan.takes.len())
            .map(Part::Take)
            .chain((0..plan.paintings.len()).map(Part::Picture))
            .chain((0..plan.scenes.len()).map(Part::Scene))
            .chain([Part::Track, Part::Film])
            .collect();
        let mut all = vec![progress.clone()];
        for (choice, throw) in events {
            let part = *choice.get(&parts);
            let moved = progress.moved(part, outcome(part, throw));
            progress = progress.after(&moved).unwrap_or(progress);
            all.push(progress.clone());
        }
        for (before, after) in [(cuts[0].get(&all), cuts[1].get(&all)), (&all[0], &progress), (&progress, &progress.again(&plan))] {
            let known: BTreeSet<Step> = due(&plan, before).into_iter().collect();
            let now = due(&plan, after);
            prop_assert!(now.is_sorted_by(|one, next| one < next), "one walk finds what is new because steps ascend");
            let new: Vec<Step> = now.into_iter().filter(|step| !known.contains(step)).collect();
            prop_assert_eq!(due_after(&plan, before, after), new);
        }
    }

    #[test]
    fn every_job_ends(is_video: bool, lines in prop::collection::vec((0..6_u8, any::<bool>()), 1..16), fails_at in 0..40_usize) {
        let plan = plan(kind(is_video), &lines);
        let mut progress = Progress::new(JobId("job".into()), &plan);
        let mut steps = due(&plan, &progress);
        let mut settled = 0;
        while let Some(part) = steps.first().copied().and_then(part) {
            let outcome = if settled == fails_at { Outcome::Failed } else { Outcome::Made };
            progress = progress.after(&progress.moved(part, outcome)).expect("it was not settled");
            steps = due(&plan, &progress);
            settled += 1;
        }
        prop_assert_eq!(steps, vec![if settled > fails_at { Step::Fail } else { Step::Succeed }]);
    }
}

#[test]
fn a_scene_waits_for_the_picture_that_it_rises_out_of() {
    let lines = [serde_json::json!({ "prompt": "A harbour." }), serde_json::json!({ "color": "#123456" })];
    let line = |picture| serde_json::json!({ "speaker": "Ana", "text": "One.", "picture": picture });
    let mut plan = plan_of(Kind::Video, lines.into_iter().map(line).collect());
    for (kind, waits) in
        [(TransitionKind::Cut, false), (TransitionKind::Fade, false), (TransitionKind::Crossfade, true)]
    {
        plan.script.look.transition.kind = kind;
        let settle = |progress: &Progress, part| {
            progress.after(&progress.moved(part, Outcome::Made)).expect("it was not settled")
        };
        let spoken = settle(&Progress::new(JobId("job".into()), &plan), Part::Take(0));
        assert_eq!(due(&plan, &spoken).contains(&Step::Render(1)), !waits, "{kind:?}");
        assert!(!due(&plan, &spoken).contains(&Step::Render(0)), "{kind:?}");
        let painted = settle(&spoken, Part::Picture(0));
        let renders = due(&plan, &painted).into_iter().filter(|step| matches!(step, Step::Render(_)));
        assert_eq!(renders.collect::<Vec<_>>(), [Step::Render(0), Step::Render(1)], "{kind:?}");
    }
}
