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
use story::{Failure, House, JobId, Timestamp};

/// Expiry entries that one sweep looks at: the rest waits for the next.
const ENTRIES: usize = 500;

/// A job that has not ended and has not changed for this long is given up.
const UNENDED_MS: u64 = 7 * 24 * 3_600_000;

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
        if !open.record.rests {
            advance(house, &open.record.id, None).await?;
            swept.advanced += 1;
        }
    }
    if !house.list::<Ticket>(&Partition::Tickets, "", 1).await?.is_empty() {
        house.queue.wake_speech().await?;
    }
    expire(house, &mut swept).await?;
    Ok(swept)
}

/// Removes what has expired.
///
/// # Errors
/// Those of the store; called again, it goes on.
pub async fn expire(house: &House, swept: &mut Swept) -> Result<(), Failure> {
    let now = house.clock.now();
    for entry in house.list::<Expiry>(&Partition::Expiry, "", ENTRIES).await? {
        if entry.record.at > now {
            break;
        }
        match &entry.record.of {
            Kept::Job(id) => {
                let job: Option<Read<Job>> = house.read(&Partition::Jobs, &id.0).await?;
                match job.and_then(|read| kept_until(&read.record, now)) {
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
                    // The record first, as with takes: whoever used the scene since it was read keeps it.
                    Some(read) if house.remove(&read).await? == Swap::Done => {
                        house.artifacts.delete(&Object::Scene(key.clone())).await?;
                        house.artifacts.delete(&Object::SceneBoxes(key.clone())).await?;
                        swept.scenes += 1;
                    }
                    Some(_) => file_anew(house, &entry, now.plus_ms(house.settings.lease_ms)).await?,
                    None => {}
                }
            }
        }
        let _ = house.remove(&entry).await?;
    }
    Ok(())
}

/// Lets every open job but one rest: its wishes are withdrawn and its tasks passed over, so that nothing is made for it
/// until it is taken up.
///
/// # Errors
/// Those of the store.
pub async fn rest(house: &House, but: &JobId) -> Result<(), Failure> {
    for open in house.list_all::<OpenJob>(&Partition::OpenJobs).await? {
        let id = &open.record.id;
        if id == but || open.record.rests {
            continue;
        }
        let resting = |open: &OpenJob| Some(OpenJob { rests: true, ..open.clone() });
        house.update(&Partition::OpenJobs, &id.0, resting).await?;
        if let Ok(plan) = crate::job::plan(house, id).await {
            crate::want::withdraw(house, id, &plan).await?;
        }
    }
    Ok(())
}

/// Whether an open job rests.
///
/// # Errors
/// Those of the store.
pub async fn rests(house: &House, id: &JobId) -> Result<bool, StoreError> {
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
    Ok(house.queue.wake_speech().await?)
}

/// Until when a job is kept. One that has not ended is kept for a week after it last changed, however short its life is to be.
fn kept_until(job: &Job, now: Timestamp) -> Option<Timestamp> {
    let at =
        if job.status.has_ended() { job.expires_at } else { job.updated_at.plus_ms(UNENDED_MS).max(job.expires_at) };
    (at > now).then_some(at)
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
