//! The sweep: moves on what stands still, removes what has expired.

use crate::advance::advance;
use crate::going::{self, Met, Users};
use crate::paint::Which;
use crate::remove::remove;
use crate::{choose, lane, settle, window};
use serde::Serialize;
use serde_json::Value;
use story::artifacts::Object;
use story::expiry::{Expiry, Kept, KeptScene};
use story::failure::StoreError;
use story::job::{Idempotency, Job, OpenJob};
use story::picture::{Picture, PictureState};
use story::records::{Partition, Read, Record, Version};
use story::ticket::{self, Ticket};
use story::time::DAY_MS;
use story::voicing::Said;
use story::{Failure, House, JobId, PictureKey, TakeKey, Timestamp};

/// Expiry entries that are read at once.
const ENTRIES: usize = 500;

/// No entry is looked at so long after the first: the rest waits for the next sweep, which comes each minute.
const EXPIRING_MS: u64 = 40_000;

/// A job that has not ended and has not changed for this long is given up.
const UNENDED_MS: u64 = 7 * DAY_MS;

/// What a sweep did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Swept {
    /// Open jobs that stood still and were moved on.
    pub advanced: usize,
    /// Jobs removed.
    pub jobs: usize,
    /// Takes removed.
    pub takes: usize,
    /// Scene parts removed.
    pub scenes: usize,
    /// Takes that are too many and stay, because jobs that are alive use them.
    pub takes_in_use: usize,
}

/// Sweeps once.
///
/// # Errors
/// Those of the store; the next sweep goes on.
pub async fn sweep(house: &House) -> Result<Swept, Failure> {
    let mut swept = Swept::default();
    house.tracks.give_up_idle(house.clock.now());
    for open in house.list_all::<OpenJob>(&Partition::OpenJobs).await? {
        if open.record.rests || !stands_still(house, &open).await? {
            continue;
        }
        match advance(house, &open.record.id, None).await {
            Ok(()) => swept.advanced += 1,
            // One job must not stand in the way of all others.
            Err(failure) => {
                tracing::warn!(job.id = %open.record.id, %failure, "a job could not be moved on; the next sweep tries")
            }
        }
    }
    settle::visit_all(house, None, None).await?;
    wake(house).await?;
    wake_painters(house).await?;
    expire(house, &mut swept).await?;
    keep_within(house, &mut swept).await?;
    Ok(swept)
}

/// Whether a job does not move by itself. That it was seen is noted before it is moved on.
async fn stands_still(house: &House, open: &Read<OpenJob>) -> Result<bool, StoreError> {
    let progress = crate::job::progress(house, &open.record.id).await?;
    let version = progress.map_or(Version(0), |progress| progress.version);
    let (seen, stands_still) = open.record.seen(version, house.clock.now());
    if seen != open.record {
        // Whoever wrote meanwhile took it up, or lets it rest.
        return Ok(house.swap(&seen, Some(open.version)).await?.is_some() && stands_still);
    }
    Ok(stands_still)
}

/// Wakes every lane that nobody holds while a ticket is due, by a message in a group of its own: that of a worker that died may be shut.
async fn wake(house: &House) -> Result<(), StoreError> {
    let mut after = String::new();
    while let Some(ticket) = house.list::<Ticket>(&Partition::Tickets, &after, 1).await?.pop() {
        let account = ticket.record.account;
        if choose::is_due::<TakeKey>(house, &account).await? {
            let (over, now) = (lane::over(house), house.clock.now().0);
            for lane in lane::all(house, &account).await?.iter().filter(|lane| !lane.is_held(over)) {
                house.queue.wake_speech(&format!("sweep-{}-{now}", lane.lane)).await?;
            }
        }
        // After the last ticket of this account.
        after = format!("{}~", ticket::of(&account));
    }
    Ok(())
}

/// Wakes a painter for every account at which a picture's ticket is due. Whether the window has a place he sees himself.
async fn wake_painters(house: &House) -> Result<(), StoreError> {
    let mut after = String::new();
    while let Some(ticket) = house.list::<Ticket<PictureKey>>(&Partition::PictureTickets, &after, 1).await?.pop() {
        let account = ticket.record.account;
        if choose::is_due::<PictureKey>(house, &account).await? {
            window::wake(house, Which::at(&account), &account, 0).await?;
        }
        after = format!("{}~", ticket::of(&account));
    }
    Ok(())
}

/// Removes the least recently used takes that no live job uses, where the house is to keep so many only.
///
/// # Errors
/// Those of the store; called again, it goes on.
pub async fn keep_within(house: &House, swept: &mut Swept) -> Result<(), Failure> {
    let Some(most_bytes) = house.settings.keep_takes_bytes else { return Ok(()) };
    let shed = going::keep_within(house, most_bytes).await?;
    swept.takes += shed.removed;
    swept.takes_in_use += shed.in_use;
    Ok(())
}

/// Removes what has expired.
///
/// # Errors
/// Those of the store; called again, it goes on.
pub async fn expire(house: &House, swept: &mut Swept) -> Result<(), Failure> {
    let began_at = house.clock.now();
    let mut users = Users::default();
    let mut after = String::new();
    loop {
        let entries = house.list::<Expiry>(&Partition::Expiry, &after, ENTRIES).await?;
        let Some(last) = entries.last() else { return Ok(()) };
        after = last.record.key();
        for entry in entries {
            if entry.record.at > began_at || house.clock.now().since_ms(began_at) > EXPIRING_MS {
                return Ok(());
            }
            // One entry must not stand in the way of all others.
            if let Err(failure) = look_at(house, &entry, &mut users, swept).await {
                tracing::warn!(entry = entry.record.key(), %failure, "what expired could not be removed; the next sweep tries");
            }
        }
    }
}

async fn look_at(house: &House, entry: &Read<Expiry>, users: &mut Users, swept: &mut Swept) -> Result<(), Failure> {
    match met(house, &entry.record, users, swept).await? {
        // The new entry is filed before the old one goes.
        Met::Kept(at) => file_anew(house, entry, at).await?,
        Met::Removed | Met::Nothing => {}
    }
    let _ = house.remove(entry).await?;
    Ok(())
}

/// What a due entry meets, and what becomes of it.
async fn met(house: &House, entry: &Expiry, users: &mut Users, swept: &mut Swept) -> Result<Met, Failure> {
    let met = match &entry.of {
        Kept::Job(id) => expire_job(house, id).await?,
        Kept::Take(key) => going::expire_take(house, key, users).await?,
        Kept::Gone(key, attempt) => {
            going::clear(house, key, attempt).await?;
            Met::Nothing
        }
        Kept::Scene(key) => {
            expire_scene(house, key, [Object::Scene(key.clone()), Object::SceneBoxes(key.clone())]).await?
        }
        Kept::Picture(hash) => match users.of_picture(house, hash).await? {
            Some(until) => Met::Kept(until),
            None => expire_scene(house, hash, [Object::Picture(hash.clone())]).await?,
        },
        Kept::Painting(key) => expire_painting(house, key).await?,
        Kept::Voice(key) => going::expire_record::<Said<Value>>(house, &Partition::Voices, key).await?,
        Kept::Idempotency(key) => going::expire_record::<Idempotency>(house, &Partition::Idempotency, key).await?,
    };
    if let Met::Removed = met {
        match &entry.of {
            Kept::Job(_) => swept.jobs += 1,
            Kept::Take(_) => swept.takes += 1,
            Kept::Scene(_) => swept.scenes += 1,
            Kept::Picture(_) | Kept::Painting(_) | Kept::Gone(..) | Kept::Voice(_) | Kept::Idempotency(_) => {}
        }
    }
    Ok(met)
}

async fn expire_job(house: &House, id: &JobId) -> Result<Met, Failure> {
    let now = house.clock.now();
    let job: Option<Read<Job>> = house.read(&Partition::Jobs, &id.0).await?;
    let open: Option<Read<OpenJob>> = house.read(&Partition::OpenJobs, &id.0).await?;
    Ok(match job.and_then(|read| kept_until(&read.record, open.is_some(), now)) {
        Some(later) => Met::Kept(later),
        None if remove(house, id).await? => Met::Removed,
        None => Met::Nothing,
    })
}

/// What is known of a picture: its bytes have an entry of their own.
async fn expire_painting(house: &House, key: &PictureKey) -> Result<Met, StoreError> {
    let found = crate::pictures::read(house, key).await?;
    let is_under_way = found.is_some_and(|read| matches!(read.record.state, PictureState::UnderWay(_)));
    if is_under_way {
        return Ok(Met::Kept(house.clock.now().plus_ms(house.settings.lease_ms)));
    }
    going::expire_record::<Picture>(house, &Partition::Pictures, &key.0).await
}

/// A scene, or a picture. The record first: whoever used it since it was read keeps it. Objects without a record go too.
async fn expire_scene(house: &House, key: &str, objects: impl IntoIterator<Item = Object>) -> Result<Met, StoreError> {
    let met = going::expire_record::<KeptScene>(house, &Partition::Scenes, key).await?;
    if !matches!(met, Met::Kept(_)) {
        for object in objects {
            house.artifacts.delete(&object).await?;
        }
    }
    Ok(met)
}

/// Until when a job is kept. One that is worked on is kept for a week after it last changed, however short its life is to be; one
/// that has not ended and is not among the open ones was never accepted.
fn kept_until(job: &Job, is_open: bool, now: Timestamp) -> Option<Timestamp> {
    let is_worked_on = is_open && !job.status.has_ended();
    let at = if is_worked_on { job.updated_at.plus_ms(UNENDED_MS).max(job.expires_at) } else { job.expires_at };
    (at > now).then_some(at)
}

async fn file_anew(house: &House, entry: &Read<Expiry>, at: Timestamp) -> Result<(), StoreError> {
    let anew = Expiry { at, ..entry.record.clone() };
    if anew.key() != entry.record.key() {
        house.swap(&anew, None).await?;
    }
    Ok(())
}
