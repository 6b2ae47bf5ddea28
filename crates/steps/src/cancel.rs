//! Cancels a job, or takes one up again after it failed: what was made stays, what is missing is bought.

use crate::{advance, job, pace, pictures, takes, window};
use story::draft::Writing;
use story::due::{Step, due};
use story::failure::StoreError;
use story::job::{Job, OpenJob, Progress, Status, Warning};
use story::pace::Pace;
use story::picture::Picture;
use story::queue::{Outcome, Part};
use story::records::{Partition, Read};
use story::take::Take;
use story::window::Window;
use story::{Failure, House, JobId};

/// Cancels a job that has not ended; says whether it was such a one. Its wishes are withdrawn: a take that nobody else wants is
/// not begun any more, one that is being spoken is finished and kept.
///
/// # Errors
/// Those of the store; called again, it goes on.
pub async fn cancel(house: &House, id: &JobId) -> Result<bool, Failure> {
    let now = house.clock.now();
    let Some(before) = job::head(house, id).await? else { return Ok(false) };
    if before.status.has_ended() && before.status != Status::Cancelled {
        return Ok(false);
    }
    let ended = job::change(house, id, |head| {
        head.status = Status::Cancelled;
        head.expires_at = now.plus_ms(head.ttl_ms);
    });
    let is_cancelled = ended.await?.is_some_and(|head| head.status == Status::Cancelled);
    let plan = job::plan(house, id).await.ok();
    advance::close(house, id, plan.as_ref()).await?;
    Ok(is_cancelled)
}

/// Takes a job up again that failed, was cancelled, or has silent lines; says whether it is such a one. A line whose call was
/// lost for good is bought again: whoever asks for this is the person who decides.
///
/// # Errors
/// Those of the store; called again, it goes on.
pub async fn retry(house: &House, id: &JobId) -> Result<bool, Failure> {
    let Some(head) = job::head(house, id).await? else { return Ok(false) };
    if head.is_unwritten() {
        return rewrite(house, &head).await;
    }
    let plan = job::plan(house, id).await?;
    let Some(progress) = job::progress(house, id).await? else { return Ok(false) };
    if !head.status.has_ended() {
        reopen(house, &head).await?;
        return Ok(false);
    }
    if due(&plan, &progress.record.again(&plan)) == [Step::Succeed] {
        return Ok(false);
    }
    // Whoever asks for it has acted.
    pace::change(house, &plan.account, Pace::resumed).await?;
    for (index, take) in plan.takes.iter().enumerate() {
        let outcome = progress.record.outcome(Part::Take(index));
        if !matches!(outcome, Some(Outcome::Made | Outcome::Rebought | Outcome::Reused)) {
            takes::change(house, &take.key, Take::forgiven).await?;
        }
    }
    for (painting, outcome) in plan.paintings.iter().zip(progress.record.pictures()) {
        if !matches!(outcome, Some(Outcome::Made | Outcome::Rebought | Outcome::Reused)) {
            pictures::change(house, &painting.key, Picture::forgiven).await?;
            window::change(house, &painting.account, Window::resumed).await?;
        }
    }
    // Among the open jobs first: from here on the sweep goes on with it.
    reopen(house, &head).await?;
    house
        .update(&Partition::Progress, &id.0, |progress: &Progress| {
            let again = progress.again(&plan);
            (again != *progress).then_some(again)
        })
        .await?;
    taken_up(house, &head).await?;
    Ok(true)
}

/// The head of a job that goes on: what failed before is of the past.
async fn taken_up(house: &House, head: &Job) -> Result<(), Failure> {
    let (now, id) = (house.clock.now(), &head.id);
    let is_old = |warning: &Warning| matches!(warning.code.as_str(), "line-silent" | "picture-card" | "animation-card");
    house
        .update(&Partition::Jobs, &id.0, |head: &Job| {
            head.status.has_ended().then(|| Job {
                status: Status::Running,
                error: None,
                warnings: head.warnings.iter().filter(|warning| !is_old(warning)).cloned().collect(),
                updated_at: now,
                expires_at: now.plus_ms(head.ttl_ms),
                ..head.clone()
            })
        })
        .await?;
    // A sweep that saw the job ended may have closed it.
    reopen(house, head).await?;
    advance::advance(house, id, None).await
}

/// Takes up a job whose script was not written: the writer is asked anew.
async fn rewrite(house: &House, head: &Job) -> Result<bool, Failure> {
    reopen(house, head).await?;
    if !head.status.has_ended() {
        return Ok(false);
    }
    house.remove_at::<Writing>(&Partition::Writings, &head.id.0).await?;
    taken_up(house, head).await?;
    Ok(true)
}

async fn reopen(house: &House, head: &Job) -> Result<(), StoreError> {
    // Written anew if it stands: a step that saw the job ended may be about to remove it as it was.
    loop {
        let stands: Option<Read<OpenJob>> = house.read(&Partition::OpenJobs, &head.id.0).await?;
        let (open, version) = match stands {
            Some(read) => (read.record, Some(read.version)),
            None => (OpenJob::new(head.id.clone(), head.order.clone(), house.clock.now()), None),
        };
        if house.swap(&open, version).await?.is_some() {
            return Ok(());
        }
    }
}
