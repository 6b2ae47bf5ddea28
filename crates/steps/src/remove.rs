//! Removes a job: its files and records. Takes and scenes stay: other jobs use them.

use crate::timeline;
use story::artifacts::Object;
use story::draft::Writing;
use story::failure::StoreError;
use story::job::{Idempotency, Job, OpenJob, Progress};
use story::records::{Partition, Read};
use story::segment::KeptSegment;
use story::{Failure, House, JobId};

/// Removes a job; says whether it was there. A running one ends: its steps find no head any more.
///
/// # Errors
/// Those of the store; called again, it goes on.
pub async fn remove(house: &House, id: &JobId) -> Result<bool, Failure> {
    // Who waits for it, as a film for its preview, need not wait for ever if this stops midway.
    crate::cancel::cancel(house, id).await?;
    let head: Option<Read<Job>> = house.read(&Partition::Jobs, &id.0).await?;
    if let Ok(plan) = crate::job::plan(house, id).await {
        crate::want::withdraw(house, id, &plan).await?;
    }
    if let Some(key) = head.as_ref().and_then(|head| head.record.key.as_ref()) {
        // Whoever orders with it again orders another job: what is still under way for this one must not reach that.
        let claim: Option<Read<Idempotency>> = house.read(&Partition::Idempotency, key).await?;
        if let Some(claim) = claim.filter(|claim| claim.record.job == *id) {
            let _ = house.remove(&claim).await?;
        }
    }
    let named = head.iter().flat_map(|head| &head.record.files).map(|file| file.name.clone()).collect();
    clear(house, id, named).await?;
    house.remove_at::<OpenJob>(&Partition::OpenJobs, &id.0).await?;
    house.remove_at::<Progress>(&Partition::Progress, &id.0).await?;
    house.remove_at::<Job>(&Partition::Jobs, &id.0).await?;
    house.remove_at::<Writing>(&Partition::Writings, &id.0).await?;
    house.artifacts.delete(&Object::Plan(id.clone())).await?;
    house.plans.forget(id);
    house.tracks.forget(id);
    // What a step wrote that still saw the head.
    clear(house, id, Vec::new()).await?;
    Ok(head.is_some())
}

/// Removes the files of these names, those that no head names, the segments, and what was noted of its times.
async fn clear(house: &House, id: &JobId, mut names: Vec<String>) -> Result<(), StoreError> {
    for stored in house.artifacts.list(&Object::prefix_of(id)).await? {
        names.extend(stored.path.rsplit('/').next().map(str::to_owned));
    }
    names.sort();
    names.dedup();
    let plan = Object::Plan(id.clone()).to_string();
    let files = names.into_iter().map(|name| Object::File(id.clone(), name));
    for file in files.filter(|file| file.to_string() != plan) {
        house.artifacts.delete(&file).await?;
    }
    for segment in house.list_all::<KeptSegment>(&Partition::Segments(id.clone())).await? {
        let _ = house.remove(&segment).await?;
    }
    timeline::clear(house, id).await
}
