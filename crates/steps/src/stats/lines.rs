//! What the lines of jobs came to.

use crate::{job, view};
use serde::Serialize;
use std::collections::HashSet;
use story::job::{Job, Status};
use story::ledger::Attempt;
use story::plan::Plan;
use story::queue::Outcome;
use story::records::Partition;
use story::segment::{KeptSegment, Segment};
use story::{Failure, House, JobId, TakeKey, Timestamp};

/// Lines of the jobs that were opened in this time and are still there. A film goes on with its preview: a line that it has from
/// there is counted once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Lines {
    /// All: the sum of `successful`, `reused`, `silent`, `failed`, `cancelled` and `waiting`.
    pub total: usize,
    /// Those that were spoken for their job.
    pub successful: usize,
    /// Those whose take was there: nothing was paid.
    pub reused: usize,
    /// Those that could not be spoken, and are silent in their film.
    pub silent: usize,
    /// Those that could not be spoken, and for which their job failed.
    pub failed: usize,
    /// Those that were not spoken any more, as their job was cancelled or had failed.
    pub cancelled: usize,
    /// Those that are to be spoken yet.
    pub waiting: usize,
    /// Takes that were bought a second time, their first call being lost for good.
    pub rebought: usize,
}

/// What jobs come to.
#[derive(Default)]
pub(super) struct Summed {
    pub(super) lines: Lines,
    /// What was saved, in charged characters.
    pub(super) characters_saved: u64,
    /// The same in dollars, at the price of each job's day.
    pub(super) saved_usd: f64,
    /// The jobs.
    pub(super) opened: Vec<Opened>,
}

/// A job.
pub(super) struct Opened {
    /// Who ordered it.
    pub(super) caller: Option<String>,
}

/// The lines, what was saved, and for whom.
pub(super) async fn lines(
    house: &House,
    account: &str,
    since: Timestamp,
    attempts: &[Attempt],
) -> Result<Summed, Failure> {
    // A film whose preview has expired still is what that was paid for, once.
    let spoken = attempts.iter().filter(|attempt| attempt.ending.receipt().is_some());
    let mut spoken: HashSet<(JobId, TakeKey)> = spoken.map(|one| (one.job.clone(), one.take.clone())).collect();
    let mut summed = Summed::default();
    let sums = &mut summed.lines;
    let now = house.clock.now();
    for found in house.list_all::<Job>(&Partition::Jobs).await? {
        let head = found.record;
        if !is_of(&head, since, now) {
            continue;
        }
        let Some(plan) = plan(house, &head.id).await?.filter(|plan| plan.account == account) else { continue };
        let Some(progress) = job::progress(house, &head.id).await? else { continue };
        summed.opened.push(Opened { caller: plan.caller.clone() });
        let mut outcomes = view::outcomes(&plan, &progress.record);
        let mut counted = HashSet::new();
        if let Some(preview) = &plan.preview {
            counted = takes_of(house, preview, since).await?;
            for (index, outcome) in outcomes.iter_mut().enumerate() {
                if *outcome == Some(Outcome::Reused) && spoken.remove(&(preview.clone(), plan.take(index).key.clone()))
                {
                    *outcome = Some(Outcome::Made);
                }
            }
        }
        for (segments, line) in view::lines(&plan, &outcomes) {
            if segments.clone().all(|index| counted.contains(&plan.take(index).key)) {
                outcomes[segments].fill(None);
                continue;
            }
            sums.total += 1;
            let sum = match (line, head.status) {
                (Some(Outcome::Made | Outcome::Rebought), _) => &mut sums.successful,
                (Some(Outcome::Reused), _) => &mut sums.reused,
                (Some(Outcome::Silent), _) => &mut sums.silent,
                (Some(Outcome::Failed | Outcome::Card), _) => &mut sums.failed,
                (None, Status::Queued | Status::Running) => &mut sums.waiting,
                (None, Status::Succeeded | Status::Failed | Status::Cancelled) => &mut sums.cancelled,
            };
            *sum += 1;
        }
        sums.rebought += progress.record.takes().filter(|outcome| *outcome == Some(Outcome::Rebought)).count();
        if outcomes.contains(&Some(Outcome::Reused)) {
            let kept = house.list_all::<KeptSegment>(&Partition::Segments(head.id.clone())).await?;
            let laid: Vec<Segment> = kept.into_iter().map(|read| read.record.segment).collect();
            let cost = view::cost_of(&plan, &outcomes, &laid);
            summed.characters_saved += cost.characters_saved;
            summed.saved_usd += cost.saved_usd;
        }
    }
    Ok(summed)
}

fn is_of(head: &Job, since: Timestamp, now: Timestamp) -> bool {
    head.created_at >= since && head.is_alive(now)
}

/// The takes that are counted with a preview, if it is.
async fn takes_of(house: &House, preview: &JobId, since: Timestamp) -> Result<HashSet<TakeKey>, Failure> {
    let head = job::head(house, preview).await?.filter(|head| is_of(head, since, house.clock.now()));
    let Some(head) = head else { return Ok(HashSet::new()) };
    let plan = plan(house, &head.id).await?;
    Ok(plan.into_iter().flat_map(|plan| plan.takes).map(|take| take.key).collect())
}

/// A job's plan, unless it is being removed right now.
async fn plan(house: &House, id: &JobId) -> Result<Option<Plan>, Failure> {
    match job::plan(house, id).await {
        Ok(plan) => Ok(Some(plan)),
        Err(Failure::GiveUp(_)) => Ok(None),
        Err(failure) => Err(failure),
    }
}
