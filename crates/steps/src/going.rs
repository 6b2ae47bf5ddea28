//! Removing takes: the record says that it is going, then the objects go by exact name, then the record (DESIGN §8). Whoever
//! wishes for the take meanwhile changes the record, and keeps it.

use crate::settle::remove_objects;
use crate::takes;
use crate::want::{is_wanted, wants};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use std::collections::HashMap;
use story::failure::StoreError;
use story::job::Job;
use story::picture::PictureState;
use story::records::{Partition, Read, Swap};
use story::take::{Take, TakeState};
use story::ticket::Ticket;
use story::{AttemptId, Failure, House, TakeKey, Timestamp};

/// Plans read at once.
const READS: usize = 8;

/// What an expired entry met.
pub(crate) enum Met {
    /// The take is gone, or goes once its last names are old enough.
    Removed,
    /// It is kept until then, or looked at again then.
    Kept(Timestamp),
    /// There was nothing.
    Nothing,
}

/// Until when live jobs use takes and pictures: asked once a sweep, when the first of them is about to go. A job that is opened
/// after that moves the expiry of what it names.
#[derive(Default)]
pub(crate) struct Users(Option<Used>);

#[derive(Default)]
struct Used {
    takes: HashMap<TakeKey, Timestamp>,
    pictures: HashMap<String, Timestamp>,
}

impl Users {
    async fn of_take(&mut self, house: &House, key: &TakeKey) -> Result<Option<Timestamp>, Failure> {
        Ok(self.used(house).await?.takes.get(key).copied())
    }

    pub(crate) async fn of_picture(&mut self, house: &House, hash: &str) -> Result<Option<Timestamp>, Failure> {
        Ok(self.used(house).await?.pictures.get(hash).copied())
    }

    async fn used(&mut self, house: &House) -> Result<&Used, Failure> {
        let used = match self.0.take() {
            Some(used) => used,
            None => used(house).await?,
        };
        Ok(self.0.insert(used))
    }
}

/// A take whose entry is due.
pub(crate) async fn expire_take(house: &House, key: &TakeKey, users: &mut Users) -> Result<Met, Failure> {
    let now = house.clock.now();
    let Some(found) = takes::read(house, key).await? else {
        // A wish may be left of a step that did not know of its job's end, and stopped.
        wants(house, key).await?;
        return Ok(Met::Nothing);
    };
    let take = &found.record;
    let soon = now.plus_ms(house.settings.lease_ms);
    match take.state {
        TakeState::Going { .. } => Ok(remove(house, found).await.map(|()| Met::Removed)?),
        _ if take.expires_at > now => Ok(Met::Kept(take.expires_at)),
        // Not settled: its ticket's turn, or its holder, decides.
        TakeState::Speaking(_) | TakeState::Uncertain(_) => Ok(Met::Kept(soon)),
        _ if is_wanted(house, take).await? => Ok(Met::Kept(soon)),
        _ => Ok(match users.of_take(house, key).await? {
            // In the record too: a store may remove by itself what has expired long since.
            Some(until) => match takes::swap(house, &found, &Take { expires_at: until, ..take.clone() }).await? {
                Some(_) => Met::Kept(until),
                None => Met::Kept(soon),
            },
            None if send_off(house, found).await? => Met::Removed,
            None => Met::Kept(soon),
        }),
    }
}

/// Removes a take as it was read, unless it was changed since; says whether it goes.
async fn send_off(house: &House, found: Read<Take>) -> Result<bool, StoreError> {
    let going = found.record.going();
    let Some(version) = takes::swap(house, &found, &going).await? else { return Ok(false) };
    if let Some(name) = &found.record.ticket {
        house.remove_at::<Ticket>(&Partition::Tickets, name).await?;
    }
    remove(house, Read { record: going, version }).await?;
    Ok(true)
}

/// Removes the sound of a going take, then its record if no names are left.
async fn remove(house: &House, found: Read<Take>) -> Result<(), StoreError> {
    let TakeState::Going { sound } = &found.record.state else { return Ok(()) };
    let mut found = found.clone();
    if let Some(sound) = sound {
        remove_objects(house, &found.record.key, sound).await?;
        if let Some(cleared) = found.record.cleared(sound) {
            let Some(version) = takes::swap(house, &found, &cleared).await? else { return Ok(()) };
            found = Read { record: cleared, version };
        }
    }
    if found.record.gone.is_empty() {
        let _ = house.remove(&found).await?;
    }
    Ok(())
}

/// An attempt that is a take's no more and is old enough: nobody writes its objects any more.
pub(crate) async fn clear(house: &House, key: &TakeKey, attempt: &AttemptId) -> Result<(), StoreError> {
    loop {
        let Some(found) = takes::read(house, key).await? else { return remove_objects(house, key, attempt).await };
        let Some(cleared) = found.record.cleared(attempt) else { return Ok(()) };
        remove_objects(house, key, attempt).await?;
        if let Some(version) = takes::swap(house, &found, &cleared).await? {
            return remove(house, Read { record: cleared, version }).await;
        }
    }
}

/// What became of the takes that were too many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shed {
    /// Takes removed.
    pub(crate) removed: usize,
    /// Takes kept because jobs that are alive use them.
    pub(crate) in_use: usize,
}

/// Removes takes that no live job uses, least recently used first, until the rest fits into `most_bytes`.
///
/// # Errors
/// Those of the store.
pub(crate) async fn keep_within(house: &House, most_bytes: u64) -> Result<Shed, Failure> {
    // The takes are read before the jobs: a job that is opened after that changes the takes it wants, and keeps them.
    let mut takes = Vec::new();
    for found in house.list_all::<Take>(&Partition::Takes).await? {
        if let TakeState::Ready(recording) = &found.record.state {
            takes.push((found.record.wanted_at, recording.size_bytes, found));
        }
    }
    let mut bytes: u64 = takes.iter().map(|(_, size_bytes, _)| size_bytes).sum();
    if bytes <= most_bytes {
        return Ok(Shed::default());
    }
    let used = used(house).await?;
    takes.sort_by_key(|(used_at, _, _)| *used_at);
    let mut shed = Shed::default();
    for (_, size_bytes, found) in takes {
        if bytes <= most_bytes {
            break;
        }
        if used.takes.contains_key(&found.record.key) || is_wanted(house, &found.record).await? {
            shed.in_use += 1;
        } else if send_off(house, found).await? {
            bytes -= size_bytes;
            shed.removed += 1;
        }
    }
    Ok(shed)
}

/// The takes and pictures of all jobs that are alive, and until when they are: one that has not ended, for a while from now.
async fn used(house: &House) -> Result<Used, Failure> {
    let now = house.clock.now();
    let jobs = house.list_all::<Job>(&Partition::Jobs).await?.into_iter().map(|read| read.record);
    let alive = jobs.filter(|job| job.is_alive(now));
    let plans = alive.map(async |job| match crate::job::plan(house, &job.id).await {
        Ok(plan) => Ok(Some((plan, job.files, job.expires_at.max(now.plus_ms(house.settings.lease_ms))))),
        Err(Failure::GiveUp(_)) => Ok(None),
        Err(retry) => Err(retry),
    });
    let mut plans = stream::iter(plans).buffer_unordered(READS);
    let mut used = Used::default();
    while let Some(read) = plans.try_next().await? {
        let Some((plan, files, until)) = read else { continue };
        // A clip's own document may be gone while its job is still looked at.
        for file in files.into_iter().filter(|file| file.is_picture) {
            let known = used.pictures.entry(file.sha256).or_insert(until);
            *known = until.max(*known);
        }
        for painting in &plan.paintings {
            let found = crate::pictures::read(house, &painting.key).await?;
            if let Some(PictureState::Ready(painted)) = found.map(|read| read.record.state) {
                let known = used.pictures.entry(painted.sha256).or_insert(until);
                *known = until.max(*known);
            }
        }
        for take in plan.takes {
            let known = used.takes.entry(take.key).or_insert(until);
            *known = until.max(*known);
        }
        for hash in plan.pictures.into_values() {
            let known = used.pictures.entry(hash).or_insert(until);
            *known = until.max(*known);
        }
    }
    Ok(used)
}

/// Removes a record that has expired, if it has not been written anew.
pub(crate) async fn expire_record<T: story::records::Record>(
    house: &House,
    partition: &Partition,
    key: &str,
) -> Result<Met, StoreError> {
    let Some(found) = house.read::<T>(partition, key).await? else { return Ok(Met::Nothing) };
    match found.record.expires_at() {
        Some(at) if at > house.clock.now() => Ok(Met::Kept(at)),
        _ => Ok(match house.remove(&found).await? {
            Swap::Done => Met::Removed,
            Swap::Lost => Met::Kept(house.clock.now().plus_ms(house.settings.lease_ms)),
        }),
    }
}
