//! Performs one task from the queue, and decides when it is tried no more.

use crate::makers::Makers;
use crate::{advance, join, programs, render, track, write};
use story::failure::StoreError;
use story::queue::Task;
use story::{Failure, House, Studio};

/// Times that a task is tried.
const TRIES: u32 = 3;

/// Why it is tried no more.
const TRIED: &str = "a step of this job was tried three times and came to no end: it may need more time or memory than it has, or a \
                     store did not answer; the log of whoever ran it says more";

/// Performs a task that was handed over so often, this time included; what is given up fails its job, with the reason.
///
/// # Errors
/// [`Failure::Retry`] only: hand the task over again later. Of a full store, that is no matter of tries: a person must make room.
pub async fn perform(house: &House, studio: &dyn Studio, task: &Task, tries: u32) -> Result<(), Failure> {
    let work = async {
        match task {
            Task::Advance { job, moved } => advance::advance(house, job, moved.as_ref()).await,
            Task::Render { job, part } | Task::Animate { job, part } => {
                render::render(house, studio, job, *part, tries >= TRIES).await
            }
            Task::Track { job } => track::track(house, studio, job).await,
            Task::Join { job } => join::join(house, studio, job).await,
            Task::Paint { .. } | Task::Generate { .. } | Task::Sketch { .. } | Task::Write { .. } => {
                let sentence = "this process neither draws nor writes";
                Err(Failure::Retry(StoreError::Unavailable(sentence.to_owned())))
            }
        }
    };
    in_the_end(house, task, tries, work).await
}

/// The same for a process that has no studio: it moves jobs on, and whatever else comes to it goes back to the queue.
///
/// # Errors
/// Those of [`perform`].
pub async fn move_on(house: &House, task: &Task, tries: u32) -> Result<(), Failure> {
    let Task::Advance { job, moved } = task else {
        let sentence = "this process only moves jobs on: it has no ffmpeg and no fonts";
        return Err(Failure::Retry(StoreError::Unavailable(sentence.to_owned())));
    };
    in_the_end(house, task, tries, advance::advance(house, job, moved.as_ref())).await
}

/// The same for a process that has scripts written, and does nothing else.
///
/// # Errors
/// Those of [`perform`].
pub async fn have_written(house: &House, makers: Makers<'_>, task: &Task, tries: u32) -> Result<(), Failure> {
    let Task::Write { job } = task else {
        let sentence = "this process only has scripts written";
        return Err(Failure::Retry(StoreError::Unavailable(sentence.to_owned())));
    };
    in_the_end(house, task, tries, write::write(house, makers, job)).await
}

async fn in_the_end(
    house: &House,
    task: &Task,
    tries: u32,
    work: impl Future<Output = Result<(), Failure>>,
) -> Result<(), Failure> {
    if tries > TRIES && !programs::is_stood_in(house, task, TRIED).await? {
        // It took its process along each time.
        return advance::give_up(house, task, TRIED).await;
    }
    match work.await {
        Err(Failure::GiveUp(reason)) => advance::give_up(house, task, &reason).await,
        Err(Failure::Retry(full @ StoreError::Full(_))) => Err(full.into()),
        Err(Failure::Retry(error)) if tries >= TRIES => {
            tracing::error!(?task, %error, "a task did not work; it is given up");
            advance::give_up(house, task, TRIED).await
        }
        done => done,
    }
}
