//! What a job needs next. A pure function of its plan and its progress: called twice, late, or from two places, it says the same.

use crate::job::{Kind, Progress};
use crate::plan::Plan;
use crate::queue::{Outcome, Part};

/// Something to be done for a job. Each is safe to do twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Wish for a take, by its index in the plan.
    Want(usize),
    /// Wish for a picture, by its index in the plan.
    Paint(usize),
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

    /// The picture that it wishes for, if it is such a wish.
    #[must_use]
    pub fn paint(&self) -> Option<usize> {
        match self {
            Self::Paint(picture) => Some(*picture),
            _ => None,
        }
    }
}

/// Segments that can be laid: those that are spoken, or silent, from the first on.
#[must_use]
pub fn spoken(plan: &Plan, progress: &Progress) -> usize {
    let is_spoken = |take| progress.outcome(Part::Take(take)).is_some_and(|outcome| outcome != Outcome::Failed);
    plan.segments.iter().take_while(|segment| is_spoken(segment.take)).count()
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
    let is_there = |part| progress.outcome(part).is_some();
    let has = |part| progress.outcome(part).is_some_and(|outcome| outcome != Outcome::Failed);
    let wants = (0..plan.takes.len()).filter(move |take| !is_there(Part::Take(*take))).map(Step::Want);
    let paints = (0..plan.paintings.len()).filter(move |index| !is_there(Part::Picture(*index))).map(Step::Paint);
    let open = plan.scenes.iter().enumerate().filter(move |(index, _)| !is_there(Part::Scene(*index)));
    let unspoken = plan.is_drawn_unspoken();
    let serves = move |part| if unspoken && matches!(part, Part::Take(_)) { is_there(part) } else { has(part) };
    let renders = open.filter(move |(_, part)| plan.needs(part).all(serves)).map(|(index, _)| Step::Render(index));
    // Of a clip there is no line: its own sound is its track.
    let is_clip = plan.clip().is_some();
    let lays = !is_clip && !is_there(Part::Track) && (0..plan.takes.len()).map(Part::Take).all(has);
    let makes = wants.chain(paints).chain(renders).chain(lays.then_some(Step::Track));
    // What failed stands in the way of nothing that does not need it: a retry makes only what is missing.
    let ends = [of(Part::Track), of(Part::Film)];
    let parts = progress.takes().chain(progress.pictures()).chain(progress.scenes());
    let has_failed = parts.chain(ends).any(|outcome| outcome == Some(Outcome::Failed));
    let is_laid = if is_clip { has(Part::Picture(0)) } else { has(Part::Track) };
    let has_parts = is_laid && progress.scenes().all(|outcome| outcome.is_some());
    let last = match plan.kind {
        _ if has_failed => Some(Step::Fail),
        Kind::Preview if has(Part::Track) => Some(Step::Succeed),
        Kind::Video if has_parts && of(Part::Film).is_none() => Some(Step::Join),
        Kind::Video if has_parts => Some(Step::Succeed),
        Kind::Preview | Kind::Video => None,
    };
    let mut makes = makes.peekable();
    // A failed job ends when nothing more can be made of it.
    let last = if has_failed && makes.peek().is_some() { None } else { last };
    makes.chain(last)
}
