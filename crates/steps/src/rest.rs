//! Jobs that rest: nothing is made for them until they are taken up. A job whose command was stopped waits for its command; one
//! that was left to the house goes on with the house.

use crate::advance::advance;
use crate::job;
use crate::lane;
use crate::want::withdraw;
use story::failure::StoreError;
use story::job::{Job, OpenJob};
use story::records::{Partition, Read};
use story::{Failure, House, JobId};

/// Lets every open job but these rest: its wishes are withdrawn and its tasks passed over, so that nothing is made for it
/// until it is taken up.
///
/// # Errors
/// Those of the store.
pub async fn rest(house: &House, but: &[JobId]) -> Result<(), Failure> {
    for open in house.list_all::<OpenJob>(&Partition::OpenJobs).await? {
        if !but.contains(&open.record.id) && !open.record.rests {
            rest_one(house, &open.record.id).await?;
        }
    }
    Ok(())
}

/// The same for a job whose command is stopped; one that was left to the house goes on with it.
///
/// # Errors
/// Those of the store.
pub async fn rest_with_its_command(house: &House, id: &JobId) -> Result<(), Failure> {
    let head = job::head(house, id).await?;
    if head.is_some_and(|head| head.attended && !head.status.has_ended()) {
        rest_one(house, id).await?;
    }
    Ok(())
}

async fn rest_one(house: &House, id: &JobId) -> Result<(), Failure> {
    let resting = |open: &OpenJob| (!open.rests).then(|| OpenJob { rests: true, ..open.clone() });
    house.update(&Partition::OpenJobs, &id.0, resting).await?;
    if let Ok(plan) = job::plan(house, id).await {
        withdraw(house, id, &plan).await?;
    }
    Ok(())
}

/// Whether an open job rests. What is no one job's never does.
///
/// # Errors
/// Those of the store.
pub async fn rests<'a>(house: &House, id: impl Into<Option<&'a JobId>>) -> Result<bool, StoreError> {
    let Some(id) = id.into() else { return Ok(false) };
    let open: Option<Read<OpenJob>> = house.read(&Partition::OpenJobs, &id.0).await?;
    Ok(open.is_some_and(|read| read.record.rests))
}

/// Takes a job up: it rests no more, and all that is due is done or sent.
///
/// # Errors
/// Those of the store.
pub async fn take_up(house: &House, id: &JobId) -> Result<(), Failure> {
    let awake = |open: &OpenJob| open.rests.then(|| OpenJob { rests: false, ..open.clone() });
    house.update(&Partition::OpenJobs, &id.0, awake).await?;
    advance(house, id, None).await?;
    Ok(lane::wake(house).await?)
}

/// Leaves a job to the house: it waits for its command no more.
///
/// # Errors
/// Those of the store.
pub async fn leave(house: &House, id: &JobId) -> Result<(), StoreError> {
    let left = |job: &Job| job.attended.then(|| Job { attended: false, ..job.clone() });
    house.update(&Partition::Jobs, &id.0, left).await.map(|_| ())
}

/// The open jobs, by who goes on with them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Open {
    /// Those that were left to the house.
    pub left: Vec<JobId>,
    /// Those that wait for their command.
    pub attended: Vec<JobId>,
}

/// Begins a house that works by itself: jobs that were left to it are taken up, those of commands rest. A command that is running
/// takes its own up again.
///
/// # Errors
/// Those of the store.
pub async fn begin(house: &House) -> Result<Open, Failure> {
    let mut jobs = Open::default();
    for open in house.list_all::<OpenJob>(&Partition::OpenJobs).await? {
        let id = open.record.id;
        match job::head(house, &id).await? {
            Some(head) if head.attended && !head.status.has_ended() => {
                rest_one(house, &id).await?;
                jobs.attended.push(id);
            }
            _ => {
                take_up(house, &id).await?;
                jobs.left.push(id);
            }
        }
    }
    Ok(jobs)
}

/// Takes up again what was left to the house and another process, on its way to its own job, let rest.
///
/// # Errors
/// Those of the store.
pub async fn take_up_left(house: &House) -> Result<(), Failure> {
    for open in house.list_all::<OpenJob>(&Partition::OpenJobs).await? {
        let id = &open.record.id;
        if open.record.rests && job::head(house, id).await?.is_none_or(|head| !head.attended) {
            take_up(house, id).await?;
        }
    }
    Ok(())
}
