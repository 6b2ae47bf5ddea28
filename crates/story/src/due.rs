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

impl Step {
    /// The take that it wishes for, if it is a wish.
    #[must_use]
    pub fn want(&self) -> Option<usize> {
        match self {
            Self::Want(take) => Some(*take),
            _ => None,
        }
    }
}

/// Everything that is due, ascending.
#[must_use]
pub fn due(plan: &Plan, progress: &Progress) -> Vec<Step> {
    steps(plan, progress).collect()
}

/// Whether a step is due: a message may come late, when its job has been taken up again.
#[must_use]
pub fn is_due(plan: &Plan, progress: &Progress, step: Step) -> bool {
    steps(plan, progress).any(|due| due == step)
}

/// What is due after `after` and was not before: what an event brings.
#[must_use]
pub fn due_after(plan: &Plan, before: &Progress, after: &Progress) -> Vec<Step> {
    let mut known = steps(plan, before).peekable();
    // Both ascend, so one walk along both finds what only the later one has.
    let is_new = |step: &Step| {
        while known.next_if(|known| known < step).is_some() {}
        known.peek() != Some(step)
    };
    steps(plan, after).filter(is_new).collect()
}

/// What is due, in the order of [`Step`]: one walk along the bytes, and nothing is kept of it. An event asks for it.
fn steps<'a>(plan: &'a Plan, progress: &'a Progress) -> impl Iterator<Item = Step> + 'a {
    let of = |part| progress.outcome(part);
    let ends = [of(Part::Track), of(Part::Film)];
    let has_failed = progress.takes().chain(progress.scenes()).chain(ends).any(|it| it == Some(Outcome::Failed));
    let is_there = |take: usize| progress.outcome(Part::Take(take)).is_some();
    let wants = (0..plan.takes.len()).filter(move |take| !is_there(*take)).map(Step::Want);
    let open = plan.scenes.iter().enumerate().filter(|(index, _)| progress.outcome(Part::Scene(*index)).is_none());
    let renders = open
        .filter(move |(_, part)| plan.segments[part.first..part.end].iter().all(|segment| is_there(segment.take)))
        .map(|(index, _)| Step::Render(index));
    let has_track = of(Part::Track).is_some();
    let lays = !has_track && (0..plan.takes.len()).all(is_there);
    let has_parts = has_track && progress.scenes().all(|outcome| outcome.is_some());
    let last = match plan.kind {
        Kind::Preview if has_track => Some(Step::Succeed),
        Kind::Video if has_parts && of(Part::Film).is_none() => Some(Step::Join),
        Kind::Video if has_parts => Some(Step::Succeed),
        Kind::Preview | Kind::Video => None,
    };
    let all = wants.chain(renders).chain(lays.then_some(Step::Track)).chain(last);
    let fails = has_failed.then_some(Step::Fail);
    (!has_failed).then_some(all).into_iter().flatten().chain(fails)
}
