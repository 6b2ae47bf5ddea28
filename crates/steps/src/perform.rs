//! Performs one task from the queue.

use crate::{advance, join, render, track};
use story::queue::Task;
use story::{Failure, House, Studio};

/// Performs a task; what is given up fails its job, with the reason.
///
/// # Errors
/// [`Failure::Retry`] only: hand the task over again later.
pub async fn perform(house: &House, studio: &dyn Studio, task: &Task) -> Result<(), Failure> {
    let done = match task {
        Task::Advance { job, moved } => advance::advance(house, job, moved.as_ref()).await,
        Task::Render { job, part } => render::render(house, studio, job, *part).await,
        Task::Track { job } => track::track(house, studio, job).await,
        Task::Join { job } => join::join(house, studio, job).await,
    };
    match done {
        Err(Failure::GiveUp(reason)) => advance::give_up(house, task, &reason).await,
        other => other,
    }
}
