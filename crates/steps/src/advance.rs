//! Moves a job on: notes what settled, and does or sends what is due. The heart of every job (DESIGN §2).

use crate::want::{Wish, want, withdraw, withdraw_one};
use crate::{job, view};
use std::time::Duration;
use story::due::{Step, due};
use story::failure::StoreError;
use story::invalid::Problem;
use story::job::{Job, OpenJob, Progress, Status, Warning};
use story::plan::Plan;
use story::queue::{Moved, Outcome, Part, Task};
use story::records::{Partition, Read};
use story::take::{Take, TakeState};
use story::{Failure, House, JobId};

/// Moves a job on. With `moved`, does what became due by it; without, everything that is due: the sweep's way, which repairs what was lost.
///
/// # Errors
/// Those of the store: hand it over again.
pub async fn advance(house: &House, id: &JobId, moved: Option<&Moved>) -> Result<(), Failure> {
    let Some(head) = job::head(house, id).await?.filter(|head| !head.status.has_ended()) else {
        return Ok(());
    };
    let plan = match job::plan(house, id).await {
        Err(Failure::GiveUp(reason)) => {
            return Ok(fail(house, &head, None, Problem { pointer: String::new(), detail: reason }).await?);
        }
        other => other?,
    };
    let Some(Read { record: mut progress, .. }) = job::progress(house, id).await? else { return Ok(()) };
    let mut done = if moved.is_some() { due(&plan, &progress) } else { Vec::new() };
    if let Some(moved) = moved {
        progress = note(house, id, &plan, moved).await?;
    }
    if head.status == Status::Queued {
        job::change(house, id, |head| head.status = Status::Running).await?;
    }
    loop {
        let steps: Vec<Step> = due(&plan, &progress).into_iter().filter(|step| !done.contains(step)).collect();
        let mut settled = Vec::new();
        let mut wakes = false;
        for step in &steps {
            match step {
                Step::Want(index) => match want(house, id, &plan, *index).await? {
                    Wish::Settled(outcome, warning) => {
                        warn(house, id, warning).await?;
                        settled.push(Moved { part: Part::Take(*index), outcome });
                    }
                    Wish::Waits(warning) => {
                        warn(house, id, warning).await?;
                        wakes = true;
                    }
                },
                Step::Render(part) => send(house, Task::Render { job: id.clone(), part: *part }).await?,
                Step::Track => send(house, Task::Track { job: id.clone() }).await?,
                Step::Join => send(house, Task::Join { job: id.clone() }).await?,
                Step::Succeed => return Ok(succeed(house, &head, &plan, &progress).await?),
                Step::Fail => {
                    let problem = why_failed(house, &plan, &progress).await?;
                    return Ok(fail(house, &head, Some(&plan), problem).await?);
                }
            }
        }
        if wakes {
            house.queue.wake_speech().await?;
        }
        if settled.is_empty() {
            return Ok(());
        }
        done.extend(steps);
        for moved in &settled {
            progress = note(house, id, &plan, moved).await?;
        }
    }
}

/// Swaps what settled into the progress. A byte that is set stays; two who set different bytes both see theirs kept.
async fn note(house: &House, id: &JobId, plan: &Plan, moved: &Moved) -> Result<Progress, Failure> {
    let progress = house.update(&Partition::Progress, &id.0, |progress: &Progress| progress.after(moved)).await?;
    if let Part::Take(index) = moved.part
        && let Some(take) = plan.takes.get(index)
    {
        withdraw_one(house, id, take.key.clone()).await?;
    }
    progress.ok_or_else(|| Failure::GiveUp("the job's progress is gone".into()))
}

async fn send(house: &House, task: Task) -> Result<(), StoreError> {
    house.queue.send(&task, Duration::ZERO).await
}

async fn warn(house: &House, id: &JobId, warning: Option<Warning>) -> Result<(), StoreError> {
    if let Some(warning) = warning {
        job::change(house, id, |head| head.warnings.push(warning.clone())).await?;
    }
    Ok(())
}

async fn succeed(house: &House, head: &Job, plan: &Plan, progress: &Progress) -> Result<(), StoreError> {
    let now = house.clock.now();
    let ttl_ms = head.ttl_ms;
    let ended = job::change(house, &head.id, |head| {
        head.status = Status::Succeeded;
        head.expires_at = now.plus_ms(ttl_ms);
    });
    ended.await?;
    let counts = view::counts(plan, progress);
    tracing::info!(
        job.id = %head.id,
        segments.reused = counts.reused,
        segments.spoken = counts.spoken,
        "{} segments reused, {} spoken", counts.reused, counts.spoken
    );
    close(house, &head.id, Some(plan)).await
}

async fn fail(house: &House, head: &Job, plan: Option<&Plan>, problem: Problem) -> Result<(), StoreError> {
    tracing::warn!(job.id = %head.id, error = %problem.detail, "the job failed");
    let failed = job::change(house, &head.id, |head| {
        head.status = Status::Failed;
        head.error = head.error.clone().or_else(|| Some(problem.clone()));
    });
    failed.await?;
    close(house, &head.id, plan).await
}

/// After the end: what the job held of others is let go.
async fn close(house: &House, id: &JobId, plan: Option<&Plan>) -> Result<(), StoreError> {
    if let Some(plan) = plan {
        withdraw(house, id, plan).await?;
    }
    let open: Option<Read<OpenJob>> = house.read(&Partition::OpenJobs, &id.0).await?;
    if let Some(open) = open {
        let _ = house.remove(&open).await?;
    }
    Ok(())
}

async fn why_failed(house: &House, plan: &Plan, progress: &Progress) -> Result<Problem, StoreError> {
    let failed = progress.takes().position(|outcome| outcome == Some(Outcome::Failed));
    let Some(index) = failed else {
        return Ok(Problem { pointer: String::new(), detail: "a step of this job could not be done".into() });
    };
    let take: Option<Read<Take>> = house.read(&Partition::Takes, &plan.takes[index].key.0).await?;
    let reason = match take.map(|read| read.record.state) {
        Some(TakeState::Failed { reason }) => reason,
        _ => "the line could not be spoken".into(),
    };
    let line = plan.segments.iter().position(|take| *take == index).unwrap_or_default();
    Ok(Problem { pointer: format!("/lines/{line}"), detail: reason })
}

/// Notes that a task of a job was given up: the reason becomes the job's error.
///
/// # Errors
/// Those of the store.
pub async fn give_up(house: &House, task: &Task, reason: &str) -> Result<(), Failure> {
    let (id, part) = match task {
        Task::Advance { job, .. } => (job, None),
        Task::Render { job, part } => (job, Some(Part::Scene(*part))),
        Task::Track { job } => (job, Some(Part::Track)),
        Task::Join { job } => (job, Some(Part::Film)),
    };
    let problem = Problem { pointer: String::new(), detail: reason.to_owned() };
    job::change(house, id, |head| head.error = Some(problem.clone())).await?;
    let moved = part.map(|part| Moved { part, outcome: Outcome::Failed });
    advance(house, id, moved.as_ref()).await
}
