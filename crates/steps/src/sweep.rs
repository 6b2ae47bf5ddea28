//! The sweep: moves on what stands still, removes what has expired.

use crate::advance::advance;
use crate::remove::remove;
use serde::Serialize;
use story::artifacts::Object;
use story::expiry::{Expiry, Kept, KeptScene};
use story::failure::StoreError;
use story::job::{Job, OpenJob};
use story::records::{Partition, Read, Record, Swap};
use story::take::{Take, TakeState, Want};
use story::ticket::Ticket;
use story::{Failure, House, JobId};

/// Expiry entries that one sweep looks at: the rest waits for the next.
const ENTRIES: usize = 500;

/// What a sweep did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Swept {
    /// Open jobs that were moved on.
    pub advanced: usize,
    /// Jobs removed.
    pub jobs: usize,
    /// Takes removed.
    pub takes: usize,
    /// Scene parts removed.
    pub scenes: usize,
}

/// Sweeps once.
///
/// # Errors
/// Those of the store; the next sweep goes on.
pub async fn sweep(house: &House) -> Result<Swept, Failure> {
    let mut swept = Swept::default();
    for open in house.list_all::<OpenJob>(&Partition::OpenJobs).await? {
        advance(house, &open.record.id, None).await?;
        swept.advanced += 1;
    }
    if !house.list::<Ticket>(&Partition::Tickets, "", 1).await?.is_empty() {
        house.queue.wake_speech().await?;
    }
    let now = house.clock.now();
    for entry in house.list::<Expiry>(&Partition::Expiry, "", ENTRIES).await? {
        if entry.record.at > now {
            break;
        }
        match &entry.record.of {
            Kept::Job(id) => {
                let job: Option<Read<Job>> = house.read(&Partition::Jobs, &id.0).await?;
                match job.map(|read| read.record.expires_at).filter(|at| *at > now) {
                    Some(later) => file_anew(house, &entry, later).await?,
                    None => swept.jobs += usize::from(remove(house, id).await?),
                }
            }
            Kept::Take(key) => {
                let take: Option<Read<Take>> = house.read(&Partition::Takes, &key.0).await?;
                let is_wanted = !house.list::<Want>(&Partition::Wants(key.clone()), "", 1).await?.is_empty();
                match take {
                    Some(read) if read.record.expires_at > now => {
                        file_anew(house, &entry, read.record.expires_at).await?
                    }
                    Some(_) if is_wanted => file_anew(house, &entry, now.plus_ms(house.settings.lease_ms)).await?,
                    Some(read) => swept.takes += usize::from(drop_take(house, &read).await?),
                    None => {}
                }
            }
            Kept::Scene(key) => {
                let scene: Option<Read<KeptScene>> = house.read(&Partition::Scenes, key).await?;
                match scene {
                    Some(read) if read.record.expires_at > now => {
                        file_anew(house, &entry, read.record.expires_at).await?
                    }
                    Some(read) => {
                        house.artifacts.delete(&Object::Scene(key.clone())).await?;
                        house.artifacts.delete(&Object::SceneBoxes(key.clone())).await?;
                        swept.scenes += usize::from(house.remove(&read).await? == Swap::Done);
                    }
                    None => {}
                }
            }
        }
        let _ = house.remove(&entry).await?;
    }
    Ok(swept)
}

/// Lets every open job but one rest: its wishes are withdrawn, so that nothing is spoken for it. Moving it on takes it up again.
///
/// # Errors
/// Those of the store.
pub async fn rest(house: &House, but: &JobId) -> Result<(), Failure> {
    for open in house.list_all::<OpenJob>(&Partition::OpenJobs).await? {
        let id = &open.record.id;
        if id != but
            && let Ok(plan) = crate::job::plan(house, id).await
        {
            crate::want::withdraw(house, id, &plan).await?;
        }
    }
    Ok(())
}

/// Whether an open job rests: its wishes were withdrawn by [`rest`] in another process.
///
/// # Errors
/// Those of the store.
pub async fn rests(house: &House, id: &JobId) -> Result<bool, Failure> {
    let Some(progress) = crate::job::progress(house, id).await? else { return Ok(false) };
    let Some(pending) = progress.record.takes().position(|outcome| outcome.is_none()) else { return Ok(false) };
    let plan = crate::job::plan(house, id).await?;
    let wish: Option<Read<Want>> = house.read(&Partition::Wants(plan.takes[pending].key.clone()), &id.0).await?;
    Ok(wish.is_none())
}

/// An entry met too early: the new one is filed before the old one goes.
async fn file_anew(house: &House, entry: &Read<Expiry>, at: story::Timestamp) -> Result<(), StoreError> {
    let anew = Expiry { at, ..entry.record.clone() };
    if anew.key() != entry.record.key() {
        house.swap(&anew, None).await?;
    }
    Ok(())
}

/// The record first, at the version that was read: whoever wished for the take since then keeps it.
async fn drop_take(house: &House, read: &Read<Take>) -> Result<bool, StoreError> {
    if house.remove(read).await? == Swap::Lost {
        return Ok(false);
    }
    if let TakeState::Ready(recording) = &read.record.state {
        let (key, attempt) = (read.record.key.clone(), recording.attempt.clone());
        house.artifacts.delete(&Object::TakeAudio(key.clone(), attempt.clone())).await?;
        house.artifacts.delete(&Object::TakeSidecar(key, attempt)).await?;
    }
    Ok(true)
}
