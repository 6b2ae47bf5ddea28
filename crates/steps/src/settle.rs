//! Settles attempts: what they left behind becomes the take, or the take is uncertain and looked for.

use crate::hashed::hashed;
use crate::lane::Holding;
use crate::{ledger, rate, sidecar, takes};
use futures_util::TryStreamExt;
use futures_util::future::join;
use std::future::ready;
use std::time::Duration;
use story::artifacts::Object;
use story::failure::StoreError;
use story::ledger::{Attempt, Came, Claim, Ending, OpenAttempt};
use story::queue::{Moved, Outcome, Part, Task};
use story::records::{Partition, Read, Record};
use story::studio::Level;
use story::take::{Recording, Sidecar, Speaking, Take, TakeState, Uncertain, Want};
use story::ticket::Ticket;
use story::time::SAMPLE_RATE;
use story::timeline::Times;
use story::{AttemptId, Failure, House, JobId, Listener, TakeKey};

/// Visits every attempt that is not settled. Of a lane that its holder has alone, the machine promises that earlier holders are dead;
/// `own` is the call that he himself makes meanwhile.
pub(crate) async fn visit_all(
    house: &House,
    holding: Option<&Holding>,
    own: Option<&AttemptId>,
) -> Result<(), StoreError> {
    // Claims are listed before attempts: a claim whose attempt is not open then is needed no more.
    let claims = house.list_all::<Claim>(&Partition::Claims).await?;
    let open = house.list_all::<OpenAttempt>(&Partition::OpenAttempts).await?;
    for claim in claims {
        if !open.iter().any(|open| open.record.0.attempt == claim.record.attempt) {
            let _ = house.remove(&claim).await?;
        }
    }
    for open in open.into_iter().filter(|open| Some(&open.record.0.attempt) != own) {
        let attempt = open.record.0;
        let is_of = |holding: &&Holding| holding.account == attempt.account && holding.lane == attempt.lane;
        let is_dead = holding.filter(is_of).is_some_and(|holding| holding.alone);
        visit(house, &attempt, is_dead).await?;
    }
    Ok(())
}

/// An attempt whose holder may be dead. What it left behind, and what the provider knows of it, is looked at in its ticket's turn.
async fn visit(house: &House, attempt: &Attempt, is_dead: bool) -> Result<(), StoreError> {
    let now = house.clock.now();
    let take = takes::read(house, &attempt.take).await?.map(|read| read.record);
    match take.as_ref().filter(|take| take.unsettled(&attempt.attempt).is_some()).map(|take| &take.state) {
        Some(TakeState::Speaking(speaking)) => {
            let is_over = speaking.lease_until.plus_ms(house.settings.guard_ms) < now;
            if is_dead || is_over { lose(house, attempt).await } else { Ok(()) }
        }
        Some(TakeState::Uncertain(uncertain)) => look_again(house, take.as_ref(), uncertain).await,
        _ => close_settled(house, attempt, take.as_ref(), is_dead).await,
    }
}

/// The take knows how an attempt ended, or knows nothing of it: then, after a while, no request of it can be sent any more.
async fn close_settled(house: &House, attempt: &Attempt, take: Option<&Take>, is_dead: bool) -> Result<(), StoreError> {
    let entry: Option<Read<Attempt>> = house.read(&attempt.partition(), &attempt.attempt.0).await?;
    // No entry yet is as good as an open one: its process may be about to write it, and then the take.
    if entry.is_none_or(|read| read.record.ending == Ending::Open) {
        let is_recorded =
            matches!(take.map(|take| &take.state), Some(TakeState::Ready(ready)) if ready.attempt == attempt.attempt);
        let ending = match left_behind(house, &attempt.take, &attempt.attempt).await? {
            Some(said) if is_recorded => Ending::Recovered(said.receipt),
            _ if is_dead || attempt.begin_by.plus_ms(takes::GONE_MS) < house.clock.now() => {
                Ending::Closed("its process ended before it began".into())
            }
            _ => return Ok(()),
        };
        ledger::note(house, attempt, &ending).await?;
    }
    // The take was read before its entry: the attempt may have begun and been paid between, and not be recorded yet.
    let take = takes::read(house, &attempt.take).await?;
    if take.is_some_and(|read| read.record.unsettled(&attempt.attempt).is_some()) {
        return Ok(());
    }
    ledger::close(house, &attempt.attempt).await
}

/// An uncertain take whose ticket is not there gets it.
async fn look_again(house: &House, take: Option<&Take>, uncertain: &Uncertain) -> Result<(), StoreError> {
    let Some(name) = take.and_then(|take| take.ticket.clone()) else { return Ok(()) };
    let ticket = Ticket { name, ..uncertain.lost.turn.clone() };
    house.swap(&ticket, None).await.map(|_| ())
}

/// What came with an attempt's sound, if both are there.
pub(crate) async fn left_behind(
    house: &House,
    key: &TakeKey,
    attempt: &AttemptId,
) -> Result<Option<Sidecar>, StoreError> {
    if house.artifacts.head(&Object::TakeAudio(key.clone(), attempt.clone())).await?.is_none() {
        return Ok(None);
    }
    sidecar::read(house, key, attempt).await
}

/// An attempt may have been charged and brought no sound: from now on it is looked for.
pub(crate) async fn lose(house: &House, attempt: &Attempt) -> Result<(), StoreError> {
    let now = house.clock.now();
    let take = takes::change(house, &attempt.take, |take| {
        let TakeState::Speaking(speaking) = &take.state else { return None };
        // Its holder is dead, or says so itself: no request of it is sent from now on.
        let lease_until = speaking.lease_until.min(now);
        let lost = Speaking { lease_until, begin_by: speaking.begin_by.min(now), ..speaking.clone() };
        let due = house.settings.looks.due(0, &lost, attempt.characters).max(now);
        take.lost(&attempt.attempt, Uncertain { lost, looks: 0, due_at: due }, &speaking.turn.later(due).name)
    });
    let take = take.await?;
    if let Some(Take { state: TakeState::Uncertain(uncertain), .. }) = &take
        && uncertain.lost.attempt == attempt.attempt
    {
        tracing::warn!(take.key = %attempt.take, attempt = %attempt.attempt, "a call was lost; it is looked for in the provider's history");
        look_again(house, take.as_ref(), uncertain).await?;
    }
    Ok(())
}

/// An attempt, and the name under which its sound lies: its own, or that of a recovery.
#[derive(Clone, Copy)]
pub(crate) struct Ours<'a> {
    pub(crate) attempt: &'a Attempt,
    pub(crate) sound: &'a AttemptId,
}

/// An attempt's sound is there: the ledger's entry, then the take's record, whose swap names the attempt that counts. Says whether the
/// attempt is settled: not by a recovery that was so slow that what it stored may have been removed meanwhile.
pub(crate) async fn record(
    house: &House,
    listener: &dyn Listener,
    ours: Ours<'_>,
    said: Sidecar,
) -> Result<bool, Failure> {
    let Ours { attempt, sound } = ours;
    let format = attempt.request.as_ref().map_or("mp3", |request| &request.format);
    let recording = match recording(house, listener, (&attempt.take, format), sound, &attempt.job, &said).await {
        Ok(recording) => recording,
        Err(Failure::GiveUp(reason)) => return unusable(house, attempt, said, &reason).await.map(|()| true),
        Err(retry) => return Err(retry),
    };
    let samples = recording.level.samples;
    let duration_ms = Some(samples * 1000 / SAMPLE_RATE);
    let came = Came { bytes: Some(recording.size_bytes), duration_ms, ..attempt.came };
    let times = Times { stored_at: Some(house.clock.now()), ..attempt.times };
    paid(house, &Attempt { came, times, ..attempt.clone() }, &said).await?;
    let recorded =
        takes::change(house, &attempt.take, |take| take.recorded(&attempt.attempt, recording.clone())).await?;
    let is_mine = |take: &Take| matches!(&take.state, TakeState::Ready(ready) if ready.attempt == *sound);
    if !recorded.as_ref().is_some_and(is_mine) {
        remove_objects(house, &attempt.take, sound).await?;
    }
    if recorded.is_some_and(|take| take.unsettled(&attempt.attempt).is_some()) {
        return Ok(false);
    }
    // The jobs that wait for it wait no longer for that.
    let learned = async {
        if let Some(request) = &attempt.request {
            rate::learn(house, &attempt.take, request, samples).await;
        }
    };
    join(tell(house, &attempt.take, Outcome::Made), learned).await.0?;
    tracing::debug!(take.key = %attempt.take, "spoken");
    ledger::close(house, &attempt.attempt).await?;
    Ok(true)
}

/// Notes what an attempt cost. Its item in the history needs no claim any more: the ledger names its call.
async fn paid(house: &House, attempt: &Attempt, said: &Sidecar) -> Result<(), StoreError> {
    ledger::note(house, attempt, &Ending::Spoken(said.receipt.clone())).await?;
    let Some(item) = &said.receipt.item else { return Ok(()) };
    house.remove_at::<Claim>(&Partition::Claims, item).await
}

/// Measures a sound that is there.
pub(crate) async fn recording(
    house: &House,
    listener: &dyn Listener,
    (key, format): (&TakeKey, &str),
    sound: &AttemptId,
    job: &JobId,
    said: &Sidecar,
) -> Result<Recording, Failure> {
    let object = Object::TakeAudio(key.clone(), sound.clone());
    let gone = || StoreError::Unavailable("a take's sound is not there yet".into());
    let read = async || house.artifacts.get(&object, None).await?.ok_or_else(gone);
    let (audio, facts) = hashed(read().await?);
    let is_measured = format.starts_with("mp3") || format.starts_with("wav");
    let level = if is_measured {
        listener.level(audio).await?
    } else {
        // A client of the gateway asked for it, and no film is made of it.
        audio.try_for_each(|_| ready(Ok(()))).await?;
        Level { samples: 0, gain_db: 0.0, limiter: 0 }
    };
    let activity = match said.alignment {
        None if is_measured => Some(listener.activity(read().await?).await?),
        _ => None,
    };
    let (audio_sha256, size_bytes) = facts.end();
    Ok(Recording {
        attempt: sound.clone(),
        job: job.clone(),
        audio_sha256,
        size_bytes,
        level,
        characters: said.receipt.characters,
        activity,
    })
}

/// Sound that cannot be decoded: charged, and of no use.
async fn unusable(house: &House, attempt: &Attempt, said: Sidecar, reason: &str) -> Result<(), Failure> {
    paid(house, attempt, &said).await?;
    takes::change(house, &attempt.take, |take| take.failed(&attempt.attempt, reason)).await?;
    tell(house, &attempt.take, Outcome::Failed).await?;
    Ok(ledger::close(house, &attempt.attempt).await?)
}

/// Removes what lies under an attempt's name.
pub(crate) async fn remove_objects(house: &House, key: &TakeKey, attempt: &AttemptId) -> Result<(), StoreError> {
    house.artifacts.delete(&Object::TakeAudio(key.clone(), attempt.clone())).await?;
    house.artifacts.delete(&Object::TakeSidecar(key.clone(), attempt.clone())).await
}

/// Tells every job that wishes for a take that it settled; the one it was spoken for has it made, the others reuse it.
pub(crate) async fn tell(house: &House, key: &TakeKey, outcome: Outcome) -> Result<(), StoreError> {
    let take = takes::read(house, key).await?.map(|read| read.record);
    let (spoken_for, made) = match take.map(|take| (take.state, take.rebought)) {
        Some((TakeState::Ready(recording), true)) => (Some(recording.job), Outcome::Rebought),
        Some((TakeState::Ready(recording), false)) => (Some(recording.job), Outcome::Made),
        _ => (None, Outcome::Made),
    };
    for want in house.list_all::<Want>(&Partition::Wants(key.clone())).await? {
        let Want { job, index, life, .. } = want.record;
        let outcome = match outcome {
            Outcome::Made if spoken_for.as_ref() == Some(&job) => made,
            Outcome::Made => Outcome::Reused,
            other => other,
        };
        let moved = Some(Moved { part: Part::Take(index), outcome, life });
        house.queue.send(&Task::Advance { job, moved }, Duration::ZERO).await?;
    }
    Ok(())
}
