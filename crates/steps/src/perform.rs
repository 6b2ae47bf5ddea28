//! Performs one task from the queue.

use crate::{advance, join, render, track};
use story::failure::StoreError;
use story::queue::Task;
use story::{Failure, House, Studio};

/// Performs a task; what is given up fails its job, with the reason.
///
/// # Errors
/// [`Failure::Retry`] only: hand the task over again later.
pub async fn perform(house: &House, studio: &dyn Studio, task: &Task) -> Result<(), Failure> {
    let done = match task {
        Task::Advance { .. } => return move_on(house, task).await,
        Task::Render { job, part } => render::render(house, studio, job, *part).await,
        Task::Track { job } => track::track(house, studio, job).await,
        Task::Join { job } => join::join(house, studio, job).await,
    };
    ended(house, task, done).await
}

/// The same for a process that has no studio: it moves jobs on, and whatever else comes to it goes back to the queue.
///
/// # Errors
/// Those of [`perform`].
pub async fn move_on(house: &House, task: &Task) -> Result<(), Failure> {
    let Task::Advance { job, moved } = task else {
        let sentence = "this process only moves jobs on: it has no ffmpeg and no fonts";
        return Err(Failure::Retry(StoreError::Unavailable(sentence.to_owned())));
    };
    let done = advance::advance(house, job, moved.as_ref()).await;
    ended(house, task, done).await
}

async fn ended(house: &House, task: &Task, done: Result<(), Failure>) -> Result<(), Failure> {
    match done {
        Err(Failure::GiveUp(reason)) => advance::give_up(house, task, &reason).await,
        other => other,
    }
}
