//! Wishing for a take: the wish, the take's document, its ticket. Each may be there already.

use story::artifacts::Object;
use story::expiry::{Expiry, Kept};
use story::failure::StoreError;
use story::job::Warning;
use story::plan::Plan;
use story::queue::Outcome;
use story::records::{Partition, Read};
use story::take::{Recording, Take, TakeState, Want};
use story::ticket::Ticket;
use story::{House, JobId, TakeKey};

/// What became of a wish.
pub(crate) enum Wish {
    /// The take is there, or will never be.
    Settled(Outcome, Option<Warning>),
    /// It waits for its turn or is being spoken; the warning says why it must be spoken again.
    Waits(Option<Warning>),
}

/// Wishes for the take at `index` of a job's plan.
pub(crate) async fn want(house: &House, job: &JobId, plan: &Plan, index: usize) -> Result<Wish, StoreError> {
    let planned = &plan.takes[index];
    let wish = Want { take: planned.key.clone(), job: job.clone(), index };
    let is_new = house.swap(&wish, None).await?.is_some();
    let (take, lost) = wanted(house, plan, index).await?;
    let warning = lost.then(|| Warning {
        code: "take-missing".into(),
        detail: "the sound of this line's take was gone; it is spoken again".into(),
        pointer: plan.segments.iter().position(|take| *take == index).map(|line| format!("/lines/{line}")),
    });
    match &take.state {
        TakeState::Ready(recording) => {
            let outcome = if recording.job == *job { Outcome::Made } else { Outcome::Reused };
            Ok(Wish::Settled(outcome, warning))
        }
        TakeState::Failed { .. } if !is_new => Ok(Wish::Settled(Outcome::Failed, warning)),
        TakeState::Wanted => {
            ticket(house, job, plan, index, &take).await?;
            Ok(Wish::Waits(warning))
        }
        TakeState::Speaking(_) | TakeState::Failed { .. } => Ok(Wish::Waits(warning)),
    }
}

/// The take's document after this wish, and whether its sound was lost.
async fn wanted(house: &House, plan: &Plan, index: usize) -> Result<(Take, bool), StoreError> {
    let planned = &plan.takes[index];
    let (now, ttl_ms) = (house.clock.now(), house.settings.take_ttl_ms);
    loop {
        let found: Option<Read<Take>> = house.read(&Partition::Takes, &planned.key.0).await?;
        let Some(Read { record, version }) = found else {
            let take = Take::new(planned.request.clone(), now, ttl_ms);
            house.swap(&Expiry { at: take.expires_at, of: Kept::Take(take.key.clone()) }, None).await?;
            if house.swap(&take, None).await?.is_some() {
                return Ok((take, false));
            }
            continue;
        };
        let is_there = match &record.state {
            TakeState::Ready(recording) => is_whole(house, &record.key, recording).await?,
            _ => false,
        };
        let lost = matches!(record.state, TakeState::Ready(_)) && record.expires_at > now && !is_there;
        let take = record.wanted(now, ttl_ms, is_there);
        if house.swap(&take, Some(version)).await?.is_some() {
            return Ok((take, lost));
        }
    }
}

/// Whether a recording's sound is there in its full length, and its sidecar too.
async fn is_whole(house: &House, key: &TakeKey, recording: &Recording) -> Result<bool, StoreError> {
    let sound = Object::TakeAudio(key.clone(), recording.attempt.clone());
    let sidecar = Object::TakeSidecar(key.clone(), recording.attempt.clone());
    let sound = house.artifacts.head(&sound).await?.map(|head| head.size_bytes);
    Ok(sound == Some(recording.size_bytes) && house.artifacts.head(&sidecar).await?.is_some())
}

/// The take names its ticket before the ticket is there; a wish that finds a name without its ticket writes it.
async fn ticket(house: &House, job: &JobId, plan: &Plan, index: usize, take: &Take) -> Result<(), StoreError> {
    let fresh = Ticket::new(&take.key, job, plan.priority, house.clock.now(), index);
    let named = house.update(&Partition::Takes, &take.key.0, |take: &Take| take.with_ticket(&fresh.name)).await?;
    let Some(Take { state: TakeState::Wanted, ticket: Some(name), .. }) = named else { return Ok(()) };
    house.swap(&Ticket { name, ..fresh }, None).await.map(|_| ())
}

/// Withdraws a job's wishes: it has ended.
pub(crate) async fn withdraw(house: &House, job: &JobId, plan: &Plan) -> Result<(), StoreError> {
    for take in &plan.takes {
        withdraw_one(house, job, take.key.clone()).await?;
    }
    Ok(())
}

/// Withdraws one wish: its job's byte is set.
pub(crate) async fn withdraw_one(house: &House, job: &JobId, take: TakeKey) -> Result<(), StoreError> {
    let wish: Option<Read<Want>> = house.read(&Partition::Wants(take), &job.0).await?;
    if let Some(wish) = wish {
        let _ = house.remove(&wish).await?;
    }
    Ok(())
}
