//! Settles attempts: what they left behind becomes the take, or the take waits again.

use crate::speak::end;
use futures_util::StreamExt;
use sha2::{Digest, Sha256};
use std::time::Duration;
use story::artifacts::{Object, collect};
use story::failure::StoreError;
use story::ids::hex;
use story::ledger::{Attempt, Ending, OpenAttempt};
use story::queue::{Moved, Outcome, Part, Task};
use story::records::Partition;
use story::take::{Recording, Sidecar, Take, TakeState, Want};
use story::{Failure, House, Studio, TakeKey};

/// Settles the attempts that an earlier holder of this lane left open: it is dead, or it would hold the lane.
pub(crate) async fn settle(house: &House, studio: &dyn Studio, lane: u32) -> Result<(), Failure> {
    for open in house.list_all::<OpenAttempt>(&Partition::OpenAttempts).await? {
        let attempt = open.record.0;
        if attempt.lane == lane {
            settle_one(house, studio, &attempt).await?;
        }
    }
    Ok(())
}

async fn settle_one(house: &House, studio: &dyn Studio, attempt: &Attempt) -> Result<(), Failure> {
    let sound = Object::TakeAudio(attempt.take.clone(), attempt.attempt.clone());
    let sidecar = Object::TakeSidecar(attempt.take.clone(), attempt.attempt.clone());
    let has_sound = house.artifacts.head(&sound).await?.is_some();
    if let Some(said) = said(house, &sidecar).await?.filter(|_| has_sound) {
        return record(house, studio, attempt, said).await;
    }
    house.artifacts.delete(&sound).await?;
    house.artifacts.delete(&sidecar).await?;
    house.update(&Partition::Takes, &attempt.take.0, |take: &Take| take.given_back(&attempt.attempt)).await?;
    end(house, attempt, Ending::Closed("its process ended before the sound was whole".into())).await?;
    // Whoever wishes for it writes its ticket anew.
    for want in house.list_all::<Want>(&Partition::Wants(attempt.take.clone())).await? {
        house.queue.send(&Task::Advance { job: want.record.job, moved: None }, Duration::ZERO).await?;
    }
    Ok(())
}

/// What came with an attempt's sound, if it is there and can be read.
pub(crate) async fn said(house: &House, sidecar: &Object) -> Result<Option<Sidecar>, StoreError> {
    let Some(stored) = house.artifacts.get(sidecar, None).await? else { return Ok(None) };
    Ok(serde_json::from_slice(&collect(stored).await?).ok())
}

/// An attempt's sound is there: the ledger's entry, then the take's record, whose swap names the attempt that counts.
pub(crate) async fn record(
    house: &House,
    studio: &dyn Studio,
    attempt: &Attempt,
    said: Sidecar,
) -> Result<(), Failure> {
    let sound = Object::TakeAudio(attempt.take.clone(), attempt.attempt.clone());
    let sidecar = Object::TakeSidecar(attempt.take.clone(), attempt.attempt.clone());
    let Some(audio) = house.artifacts.get(&sound, None).await? else {
        return Err(StoreError::Unavailable("a take's sound is not there yet".into()).into());
    };
    let level = match studio.level(audio).await {
        Ok(level) => level,
        Err(Failure::GiveUp(reason)) => return unusable(house, attempt, said, &reason).await,
        Err(retry) => return Err(retry),
    };
    let Some((audio_sha256, size_bytes)) = sound_facts(house, &sound).await? else {
        return Err(StoreError::Unavailable("a take's sound is gone".into()).into());
    };
    let recording = Recording {
        attempt: attempt.attempt.clone(),
        job: attempt.job.clone(),
        audio_sha256,
        size_bytes,
        level,
        characters: said.receipt.characters,
    };
    let recorded =
        house.update(&Partition::Takes, &attempt.take.0, |take: &Take| take.recorded(recording.clone())).await?;
    let counts =
        recorded.is_some_and(|take| matches!(take.state, TakeState::Ready(ready) if ready.attempt == attempt.attempt));
    if !counts {
        house.artifacts.delete(&sound).await?;
        house.artifacts.delete(&sidecar).await?;
    }
    tell(house, &attempt.take, Outcome::Made).await?;
    end(house, attempt, Ending::Spoken(said.receipt)).await?;
    tracing::debug!(take.key = %attempt.take, "spoken");
    Ok(())
}

/// SHA-256 in hexadecimal and length in bytes of a sound, which is never whole in memory; `None` if it is not there.
async fn sound_facts(house: &House, sound: &Object) -> Result<Option<(String, u64)>, StoreError> {
    let Some(mut audio) = house.artifacts.get(sound, None).await? else { return Ok(None) };
    let (mut hash, mut size_bytes) = (Sha256::new(), 0);
    while let Some(chunk) = audio.next().await {
        let chunk = chunk?;
        hash.update(&chunk);
        size_bytes += chunk.len() as u64;
    }
    Ok(Some((hex(&hash.finalize()), size_bytes)))
}

/// Sound that cannot be decoded: charged, and of no use.
async fn unusable(house: &House, attempt: &Attempt, said: Sidecar, reason: &str) -> Result<(), Failure> {
    house.update(&Partition::Takes, &attempt.take.0, |take: &Take| take.failed(&attempt.attempt, reason)).await?;
    end(house, attempt, Ending::Spoken(said.receipt)).await?;
    Ok(tell(house, &attempt.take, Outcome::Failed).await?)
}

/// Tells every job that wishes for a take that it settled; the one it was spoken for has it made, the others reuse it.
pub(crate) async fn tell(house: &House, key: &TakeKey, outcome: Outcome) -> Result<(), StoreError> {
    let take: Option<story::records::Read<Take>> = house.read(&Partition::Takes, &key.0).await?;
    let spoken_for = take.and_then(|read| match read.record.state {
        TakeState::Ready(recording) => Some(recording.job),
        _ => None,
    });
    for want in house.list_all::<Want>(&Partition::Wants(key.clone())).await? {
        let Want { job, index, .. } = want.record;
        let outcome = match outcome {
            Outcome::Made if spoken_for.as_ref() != Some(&job) => Outcome::Reused,
            other => other,
        };
        let moved = Some(Moved { part: Part::Take(index), outcome });
        house.queue.send(&Task::Advance { job, moved }, Duration::ZERO).await?;
    }
    Ok(())
}
