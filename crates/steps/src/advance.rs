//! Moves a job on: notes what settled, and does or sends what is due. The heart of every job (DESIGN §2).

use crate::paint::Which;
use crate::pictures::{self, Wishing};
use crate::want::{AT_ONCE, Wanted, Wanting, tickets, withdraw, withdraw_one};
use crate::{clip, job, lane, takes, view, write};
use futures_util::future::try_join_all;
use std::time::Duration;
use story::due::{Step, due, due_after, is_due, spoken};
use story::failure::StoreError;
use story::images::PictureRequest;
use story::invalid::Problem;
use story::job::{Job, OpenJob, Progress, Status, Warning};
use story::plan::{OnPictureFailure, OnSpeechFailure, Plan};
use story::queue::{Moved, Outcome, Part, Task};
use story::records::{Partition, Read};
use story::scene::Backdrop;
use story::take::TakeState;
use story::{Failure, House, JobId};

/// Moves a job on. With `moved`, does what became due by it; without, everything that is due: the sweep's way, which repairs what was lost.
///
/// # Errors
/// Those of the store: hand it over again.
pub async fn advance(house: &House, id: &JobId, moved: Option<&Moved>) -> Result<(), Failure> {
    let Some(head) = job::head(house, id).await? else {
        // Removed while another took it up again: the entry that this one wrote is nobody's.
        return Ok(close(house, id, None).await?);
    };
    if head.status.has_ended() {
        // Its process may have died between the end and this.
        return Ok(close_ended(house, &head).await?);
    }
    if head.is_unwritten() {
        // Its plan comes when its script is written.
        if head.status == Status::Queued {
            job::change(house, id, |head| head.status = Status::Running).await?;
        }
        return Ok(send(house, Task::Write { job: id.clone() }).await?);
    }
    let plan = match job::plan_of(house, &head).await {
        Err(Failure::GiveUp(reason)) => {
            return Ok(fail(house, &head, None, Problem { pointer: String::new(), detail: reason }).await?);
        }
        other => other?,
    };
    let Some(Read { record: mut progress, .. }) = job::progress(house, id).await? else { return Ok(()) };
    if moved.is_some_and(|moved| progress.is_late(moved)) {
        return Ok(());
    }
    let instead = degraded(house, id, &plan, moved).await?;
    let moved = instead.as_ref().or(moved);
    // Takes are kept at least as long as the job that uses them; a clip no longer.
    let at_least_ms = if plan.clip().is_some() { house.settings.clip_ttl_ms } else { house.settings.take_ttl_ms };
    let ttl_ms = head.ttl_ms.max(at_least_ms);
    let mut last = head.last_virtual_time;
    // What was due then is done by others, or was by this.
    let mut done_before = None;
    let mut more_is_spoken = false;
    if let Some(moved) = moved {
        let noted = note(house, id, &plan, std::slice::from_ref(moved)).await?;
        more_is_spoken = spoken(&plan, &noted) > spoken(&plan, &progress);
        done_before = Some(std::mem::replace(&mut progress, noted));
    }
    if head.status == Status::Queued {
        job::change(house, id, |head| head.status = Status::Running).await?;
    }
    loop {
        let steps = match &done_before {
            Some(before) => due_after(&plan, before, &progress),
            None => due(&plan, &progress),
        };
        done_before = Some(progress.clone());
        let wants: Vec<usize> = steps.iter().filter_map(|step| step.want()).collect();
        let mut woken = 0;
        let wanting = Wanting { house, job: id, plan: &plan, life: progress.life, ttl_ms };
        for wants in wants.chunks(AT_ONCE) {
            let wished = wants.iter().map(|index| wanting.want(*index));
            let (mut settled, mut waits) = (Vec::new(), Vec::new());
            for (index, wanted) in wants.iter().zip(try_join_all(wished).await?) {
                let warning = match wanted {
                    Wanted::Settled(outcome, warning) => {
                        let moved = progress.moved(Part::Take(*index), outcome);
                        settled.push(degraded(house, id, &plan, Some(&moved)).await?.unwrap_or(moved));
                        warning
                    }
                    Wanted::Waits(take, warning) => {
                        waits.push(take);
                        warning
                    }
                    Wanted::Speaks(warning) => warning,
                };
                warn(house, id, warning).await?;
            }
            let given = tickets(house, id, &plan, &waits, last).await?;
            if given > last {
                last = given;
                job::change(house, id, |head| head.last_virtual_time = head.last_virtual_time.max(last)).await?;
            }
            if !waits.is_empty() {
                woken += 1;
            }
            // The first are spoken while others are still asked for.
            if woken == 1 && !waits.is_empty() {
                lane::wake(house).await?;
            }
            if !settled.is_empty() {
                progress = note(house, id, &plan, &settled).await?;
            }
        }
        let wishes: Vec<usize> = steps.iter().filter_map(|step| step.paint()).collect();
        let wishing = Wishing { house, job: id, plan: &plan, life: progress.life, ttl_ms };
        for wishes in wishes.chunks(AT_ONCE) {
            let wished = try_join_all(wishes.iter().map(|index| wishing.wish(*index))).await?;
            let mut settled = Vec::new();
            for (index, outcome) in wishes.iter().zip(&wished) {
                let Some(outcome) = outcome else { continue };
                let moved = progress.moved(Part::Picture(*index), *outcome);
                settled.push(degraded(house, id, &plan, Some(&moved)).await?.unwrap_or(moved));
            }
            // One for each: all may be begun at once, where no window is to be kept.
            let waiting = wishes.iter().zip(&wished).filter(|(_, outcome)| outcome.is_none());
            let wakes = waiting.map(|(index, _)| {
                let planned = &plan.paintings[*index];
                Which::of(&planned.request).wake(planned.key.0.clone())
            });
            try_join_all(wakes.map(|wake| send(house, wake))).await?;
            if !settled.is_empty() {
                progress = note(house, id, &plan, &settled).await?;
            }
        }
        for step in &steps {
            match step {
                Step::Want(_) | Step::Paint(_) => {}
                Step::Render(part) if matches!(plan.scenes[*part].backdrop, Backdrop::Animation(_)) => {
                    send(house, Task::Animate { job: id.clone(), part: *part }).await?;
                }
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
        if woken > 1 {
            lane::wake(house).await?;
        }
        if done_before.as_ref() == Some(&progress) {
            break;
        }
    }
    if more_is_spoken && house.tracks.are_ahead() && spoken(&plan, &progress) < plan.segments.len() {
        let sent = send(house, Task::Track { job: id.clone() }).await;
        // It is laid when all is spoken.
        sent.unwrap_or_else(|error| tracing::debug!(job.id = %id, %error, "a track is not laid ahead"));
    }
    Ok(())
}

/// Swaps what settled into the progress, and withdraws its wishes. A byte that is set stays; two who set different bytes both see
/// theirs kept.
async fn note(house: &House, id: &JobId, plan: &Plan, settled: &[Moved]) -> Result<Progress, Failure> {
    let after = |progress: &Progress| {
        let after = settled.iter().fold(progress.clone(), |progress, moved| progress.after(moved).unwrap_or(progress));
        (after != *progress).then_some(after)
    };
    let progress = house.update(&Partition::Progress, &id.0, after).await?;
    let takes = settled.iter().filter_map(|moved| match moved.part {
        Part::Take(index) => plan.takes.get(index),
        _ => None,
    });
    try_join_all(takes.map(|take| withdraw_one(house, id, take.key.clone()))).await?;
    let paintings = settled.iter().filter_map(|moved| match moved.part {
        Part::Picture(index) => plan.paintings.get(index),
        _ => None,
    });
    try_join_all(paintings.map(|painting| pictures::withdraw(house, id, &painting.key))).await?;
    progress.ok_or_else(|| Failure::GiveUp("the job's progress is gone".into()))
}

/// What stands in for a part that cannot be had, where the job has it so: silence for a line, a card for a picture.
async fn degraded(house: &House, id: &JobId, plan: &Plan, moved: Option<&Moved>) -> Result<Option<Moved>, StoreError> {
    let Some(Moved { part, outcome: Outcome::Failed, life }) = moved else { return Ok(None) };
    let (problem, code, detail, outcome) = match part {
        Part::Take(index) if plan.on_speech_failure == OnSpeechFailure::Silence && *index < plan.takes.len() => {
            let why = why_not_spoken(house, plan, *index).await?;
            (why, "line-silent", "the line is silent until the job is retried", Outcome::Silent)
        }
        // An explainer is of use without the one or the other animation.
        Part::Picture(index) if is_written(plan, *index) => {
            let why = why_not_painted(house, plan, *index).await?;
            (why, "animation-card", "the section's key points are shown until the job is retried", Outcome::Card)
        }
        Part::Picture(index) if plan.on_picture_failure == OnPictureFailure::Card && *index < plan.paintings.len() => {
            let why = why_not_painted(house, plan, *index).await?;
            (why, "picture-card", "a card stands in for the picture until the job is retried", Outcome::Card)
        }
        _ => return Ok(None),
    };
    let detail = format!("{}; {detail}", problem.detail);
    warn(house, id, Some(Warning { code: code.into(), detail, pointer: Some(problem.pointer) })).await?;
    Ok(Some(Moved { part: *part, outcome, life: *life }))
}

fn is_written(plan: &Plan, index: usize) -> bool {
    plan.paintings.get(index).is_some_and(|planned| matches!(planned.request, PictureRequest::Written(_)))
}

async fn send(house: &House, task: Task) -> Result<(), StoreError> {
    house.queue.send(&task, Duration::ZERO).await
}

async fn warn(house: &House, id: &JobId, warning: Option<Warning>) -> Result<(), StoreError> {
    if let Some(warning) = warning {
        job::change(house, id, |head| head.warn(warning.clone())).await?;
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
    let outcomes = view::outcomes(plan, progress);
    let are = |which: &[Outcome]| outcomes.iter().flatten().filter(|outcome| which.contains(outcome)).count();
    let (reused, spoken) = (are(&[Outcome::Reused]), are(&[Outcome::Made, Outcome::Rebought]));
    tracing::info!(
        job.id = %head.id,
        segments.reused = reused,
        segments.spoken = spoken,
        "{reused} segments reused, {spoken} spoken"
    );
    close(house, &head.id, Some(plan)).await
}

async fn fail(house: &House, head: &Job, plan: Option<&Plan>, problem: Problem) -> Result<(), StoreError> {
    tracing::warn!(job.id = %head.id, error = %problem.detail, "the job failed");
    let (now, ttl_ms) = (house.clock.now(), head.ttl_ms);
    let refused = match plan {
        Some(plan) => clip::keep_refused(house, head, plan).await?,
        None => None,
    };
    let failed = job::change(house, &head.id, |head| {
        head.files.extend(refused.clone());
        head.status = Status::Failed;
        head.expires_at = now.plus_ms(ttl_ms);
        head.error = head.error.clone().or_else(|| Some(problem.clone()));
    });
    failed.await?;
    close(house, &head.id, plan).await
}

/// Ends a job whose script could not be written.
pub(crate) async fn fail_unwritten(house: &House, head: &Job, reason: &str) -> Result<(), Failure> {
    Ok(fail(house, head, None, Problem { pointer: String::new(), detail: reason.to_owned() }).await?)
}

/// After the end: what the job held of others is let go.
pub(crate) async fn close(house: &House, id: &JobId, plan: Option<&Plan>) -> Result<(), StoreError> {
    if let Some(plan) = plan {
        withdraw(house, id, plan).await?;
    }
    house.tracks.forget(id);
    let open: Option<Read<OpenJob>> = house.read(&Partition::OpenJobs, &id.0).await?;
    // The head after the entry: whoever takes the job up again writes them the other way round, the entry always anew.
    let runs_again = job::head(house, id).await?.is_some_and(|head| !head.status.has_ended());
    if let Some(open) = open.filter(|_| !runs_again) {
        let _ = house.remove(&open).await?;
    }
    Ok(())
}

async fn close_ended(house: &House, head: &Job) -> Result<(), StoreError> {
    let open: Option<Read<OpenJob>> = house.read(&Partition::OpenJobs, &head.id.0).await?;
    if open.is_none() {
        return Ok(());
    }
    let plan = job::plan_of(house, head).await.ok();
    close(house, &head.id, plan.as_deref()).await
}

async fn why_failed(house: &House, plan: &Plan, progress: &Progress) -> Result<Problem, StoreError> {
    let failed = |outcome: Option<Outcome>| outcome == Some(Outcome::Failed);
    if let Some(index) = progress.takes().position(failed) {
        return why_not_spoken(house, plan, index).await;
    }
    if let Some(index) = progress.pictures().position(failed) {
        return why_not_painted(house, plan, index).await;
    }
    Ok(Problem { pointer: String::new(), detail: "a step of this job could not be done".into() })
}

async fn why_not_painted(house: &House, plan: &Plan, index: usize) -> Result<Problem, StoreError> {
    let picture = pictures::read(house, &plan.paintings[index].key).await?;
    let why = picture.and_then(|read| read.record.why);
    let reason = why.unwrap_or_else(|| "the picture could not be had".into());
    Ok(Problem { pointer: plan.pointer_of_picture(index).unwrap_or_default(), detail: reason })
}

async fn why_not_spoken(house: &House, plan: &Plan, index: usize) -> Result<Problem, StoreError> {
    let take = takes::read(house, &plan.takes[index].key).await?;
    let reason = match take.map(|read| read.record.state) {
        Some(TakeState::Failed { reason, .. }) => reason,
        _ => "the line could not be spoken".into(),
    };
    Ok(Problem { pointer: plan.pointer(index).unwrap_or_default(), detail: reason })
}

/// Notes that a task of a job was given up: the reason becomes the job's error. A task that is not due any more harms nobody, and
/// what moves a job on comes again with the sweep.
///
/// # Errors
/// Those of the store.
pub async fn give_up(house: &House, task: &Task, reason: &str) -> Result<(), Failure> {
    let (part, step) = match task {
        // The sweep comes again, and so does whoever draws.
        Task::Advance { .. } | Task::Paint { .. } | Task::Generate { .. } | Task::Sketch { .. } => return Ok(()),
        Task::Write { job } => return write::give_up(house, job, reason).await,
        Task::Render { part, .. } | Task::Animate { part, .. } => (Part::Scene(*part), Step::Render(*part)),
        Task::Track { .. } => (Part::Track, Step::Track),
        Task::Join { .. } => (Part::Film, Step::Join),
    };
    let Some(id) = task.job() else { return Ok(()) };
    let Some(head) = job::head(house, id).await?.filter(|head| !head.status.has_ended()) else { return Ok(()) };
    let moved = match (job::plan_of(house, &head).await, job::progress(house, id).await?) {
        (Ok(plan), Some(Read { record: progress, .. })) if !is_due(&plan, &progress, step) => return Ok(()),
        (_, Some(Read { record: progress, .. })) => progress.moved(part, Outcome::Failed),
        (_, None) => return Ok(()),
    };
    let problem = Problem { pointer: String::new(), detail: reason.to_owned() };
    job::change(house, id, |head| head.error = Some(problem.clone())).await?;
    advance(house, id, Some(&moved)).await
}
