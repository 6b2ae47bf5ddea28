//! Sections whose animation is a program: what a job is told where none could be had, or where one could not be drawn.

use crate::job::{self, Due, if_due};
use story::due::Step;
use story::failure::StoreError;
use story::job::{Progress, Warning};
use story::queue::{Outcome, Part, Task};
use story::records::Partition;
use story::scene::{Backdrop, Scene};
use story::{Failure, House};

/// What a job is told by: of a section that is drawn the usual way; and of one that shows its key points, until it is retried.
const MISSED: &str = "manim-missed";
const CARD: &str = "animation-card";

/// Tells a job that a section is drawn the usual way, where it was to be by a program.
pub(crate) async fn note(house: &House, due: &Due, part: usize, scene: &Scene) -> Result<(), StoreError> {
    let Due { plan, progress, .. } = due;
    let Some(painting) = plan.scenes[part].painting else { return Ok(()) };
    let is_drawn = matches!(scene.backdrop, Backdrop::Animation(_));
    // Where nothing could be had at all, it is told so already.
    let is_there = progress.outcome(Part::Picture(painting)) != Some(Outcome::Card);
    if plan.wants_program(&plan.scenes[part]) && is_drawn && is_there {
        warn(house, due, part, MISSED, "no program for Manim came of it that runs; it is drawn the usual way").await?;
    }
    Ok(())
}

/// Has a section's key points stand in for its program, for this job: says whether they do, where they did not before.
pub(crate) async fn stand_in(house: &House, due: &Due, part: usize, why: &str) -> Result<bool, StoreError> {
    let Due { plan, progress, head } = due;
    let Some(painting) = plan.scenes[part].painting.filter(|_| plan.wants_program(&plan.scenes[part])) else {
        return Ok(false);
    };
    let stands_in = |now: &Progress| now.outcome(Part::Picture(painting)) == Some(Outcome::Card);
    let stood_in = |now: &Progress| now.stood_in(progress.life, painting);
    let now = house.update(&Partition::Progress, &head.id.0, stood_in).await?;
    if stands_in(progress) || !now.is_some_and(|now| stands_in(&now)) {
        return Ok(false);
    }
    let sentence = format!("its program could not be drawn ({why}); its key points are shown until the job is retried");
    warn(house, due, part, CARD, &sentence).await?;
    Ok(true)
}

/// The same for a task that never came to its end: says whether it is another one from now on.
pub(crate) async fn is_stood_in(house: &House, task: &Task, why: &str) -> Result<bool, StoreError> {
    let (Task::Render { job, part } | Task::Animate { job, part }) = task else { return Ok(false) };
    match if_due(house, job, Step::Render(*part)).await {
        Ok(Some(due)) => stand_in(house, &due, *part, why).await,
        Ok(None) | Err(Failure::GiveUp(_)) => Ok(false),
        Err(Failure::Retry(error)) => Err(error),
    }
}

/// Once for each section, however often it is drawn.
async fn warn(house: &House, due: &Due, part: usize, code: &str, sentence: &str) -> Result<(), StoreError> {
    let Due { plan, head, .. } = due;
    let line = plan.segments[plan.scenes[part].first].line;
    let warning = Warning {
        code: code.to_owned(),
        detail: format!("section {}: {sentence}", line + 1),
        pointer: Some(format!("/lines/{line}")),
    };
    job::change(house, &head.id, |head| {
        let is_told = |told: &Warning| told.code == warning.code && told.pointer == warning.pointer;
        if !head.warnings.iter().any(is_told) {
            head.warn(warning.clone());
        }
    })
    .await
    .map(|_| ())
}
