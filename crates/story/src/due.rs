//! What a job needs next. A pure function of its plan and its progress: called twice, late, or from two places, it says the same.

use crate::job::{Kind, Progress};
use crate::plan::Plan;
use crate::queue::{Outcome, Part};

/// Something to be done for a job. Each is safe to do twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Wish for a take, by its index in the plan.
    Want(usize),
    /// Render a scene part, by its index in the plan.
    Render(usize),
    /// Lay the track.
    Track,
    /// Join the film.
    Join,
    /// End the job well.
    Succeed,
    /// End the job: a part of it failed.
    Fail,
}

/// Everything that is due.
#[must_use]
pub fn due(plan: &Plan, progress: &Progress) -> Vec<Step> {
    let of = |part| progress.outcome(part);
    let ends = [of(Part::Track), of(Part::Film)];
    if progress.takes().chain(progress.scenes()).chain(ends).any(|outcome| outcome == Some(Outcome::Failed)) {
        return vec![Step::Fail];
    }
    let is_there = |take: usize| of(Part::Take(take)).is_some();
    let mut steps: Vec<Step> = (0..plan.takes.len()).filter(|take| !is_there(*take)).map(Step::Want).collect();
    let all_takes = steps.is_empty();
    for (index, part) in plan.scenes.iter().enumerate() {
        let has_takes = plan.segments[part.first..part.end].iter().all(|segment| is_there(segment.take));
        if has_takes && of(Part::Scene(index)).is_none() {
            steps.push(Step::Render(index));
        }
    }
    let has_track = of(Part::Track).is_some();
    if all_takes && !has_track {
        steps.push(Step::Track);
    }
    let has_parts = has_track && progress.scenes().all(|outcome| outcome.is_some());
    match plan.kind {
        Kind::Preview if has_track => steps.push(Step::Succeed),
        Kind::Video if has_parts && of(Part::Film).is_none() => steps.push(Step::Join),
        Kind::Video if has_parts => steps.push(Step::Succeed),
        Kind::Preview | Kind::Video => {}
    }
    steps
}
