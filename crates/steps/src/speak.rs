//! Speaks one take at a time, in order, so that the speech provider never hears two of us at once.

use crate::lane::{Holding, between_beats, lease};
use crate::settle::{record, said, settle};
use futures_util::future::{Either, select};
use futures_util::stream::{self, StreamExt};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use story::artifacts::{Body, Object, body};
use story::failure::StoreError;
use story::ledger::{Attempt, Ending, OpenAttempt};
use story::records::{Partition, Read};
use story::speech::{Answer, Heard, Receipt, SpeechError};
use story::take::{Sidecar, Speaking, Take, Want};
use story::ticket::Ticket;
use story::words::Alignment;
use story::{AttemptId, Failure, House, Speech, Studio};

/// The one lane of a house.
const LANE: u32 = 0;

/// Calls for one take before it is given up, and the wait before the second.
const TRIES: u32 = 4;
const BACK_OFF_MS: u64 = 500;

/// Speaks all takes that wait, if the lane is to be had; returns when none waits any more.
///
/// # Errors
/// Those of the stores: what was begun is settled by whoever next holds the lane.
pub async fn speak(house: &House, speech: &dyn Speech, studio: &dyn Studio) -> Result<(), Failure> {
    let Some(holding) = Holding::take(house, LANE).await? else { return Ok(()) };
    settle(house, studio, holding.lane).await?;
    loop {
        if holding.beat(house, None).await?.is_none() {
            return Ok(());
        }
        let Some(ticket) = house.list::<Ticket>(&Partition::Tickets, "", 1).await?.into_iter().next() else { break };
        if let Some(take) = begin(house, &holding, &ticket).await? {
            serve(house, speech, studio, &holding, &take).await?;
        }
    }
    Ok(holding.free(house).await?)
}

/// A ticket's take in the hands of an attempt of ours.
struct Begun {
    take: Take,
    speaking: Speaking,
    attempt: Attempt,
}

/// Begins the take of a ticket: the attempt's documents, then the swap that makes it ours, then the ticket goes.
async fn begin(house: &House, holding: &Holding, ticket: &Read<Ticket>) -> Result<Option<Begun>, StoreError> {
    let Ticket { name, take: key, job } = &ticket.record;
    let found: Option<Read<Take>> = house.read(&Partition::Takes, &key.0).await?;
    let speaking = Speaking {
        attempt: AttemptId::new(house.clock.chance()),
        lane: holding.lane,
        job: job.clone(),
        lease_until: lease(house),
        begin_by: house.clock.now().plus_ms(house.settings.lease_ms.saturating_sub(house.settings.guard_ms)),
    };
    let begun = found.and_then(|read| Some((read.record.begun(name, speaking.clone())?, read.version)));
    // The take is read before the wishes are listed: whoever wishes anew after that changes the take, and this swap loses.
    let is_wanted = !house.list::<Want>(&Partition::Wants(key.clone()), "", 1).await?.is_empty();
    let Some((take, version)) = begun.filter(|_| is_wanted) else {
        let _ = house.remove(ticket).await?;
        return Ok(None);
    };
    let attempt = Attempt {
        attempt: speaking.attempt.clone(),
        take: key.clone(),
        job: job.clone(),
        lane: holding.lane,
        started_at: house.clock.now(),
        ending: Ending::Open,
    };
    house.swap(&attempt, None).await?;
    house.swap(&OpenAttempt(attempt.clone()), None).await?;
    if house.swap(&take, Some(version)).await?.is_none() {
        end(house, &attempt, Ending::Closed("another step changed the take first".into())).await?;
        return Ok(None);
    }
    let _ = house.remove(ticket).await?;
    Ok(Some(Begun { take, speaking, attempt }))
}

/// Makes the calls for a begun take until one ends it.
async fn serve(
    house: &House,
    speech: &dyn Speech,
    studio: &dyn Studio,
    holding: &Holding,
    begun: &Begun,
) -> Result<(), Failure> {
    let reason = {
        let calls = pin!(calls(house, speech, begun));
        let beats = pin!(beats(house, holding, begun));
        match select(calls, beats).await {
            Either::Left((called, _)) => called?,
            // The lane is another's: the connection is cut by dropping the call.
            Either::Right((lost, _)) => return Ok(lost?),
        }
    };
    match reason {
        None => {
            let sidecar = Object::TakeSidecar(begun.take.key.clone(), begun.attempt.attempt.clone());
            let lost = || StoreError::Unavailable("a take's sidecar is not there yet".into());
            let said = said(house, &sidecar).await?.ok_or_else(lost)?;
            record(house, studio, &begun.attempt, said).await
        }
        Some(reason) => {
            end(house, &begun.attempt, Ending::Closed(reason.clone())).await?;
            let attempt = &begun.speaking.attempt;
            house.update(&Partition::Takes, &begun.take.key.0, |take: &Take| take.failed(attempt, &reason)).await?;
            Ok(crate::settle::tell(house, &begun.take.key, story::queue::Outcome::Failed).await?)
        }
    }
}

/// Calls until there is sound (`None`) or no hope (`Some(reason)`).
async fn calls(house: &House, speech: &dyn Speech, begun: &Begun) -> Result<Option<String>, Failure> {
    let mut tries = 0;
    loop {
        tries += 1;
        // Between this look at the clock and the request nothing is awaited.
        if tries == 1 && house.clock.now() > begun.speaking.begin_by {
            return Ok(Some("its turn came too late".into()));
        }
        let error = match speech.speak(&begun.take.request).await {
            Ok(answer) => match listen(house, answer, begun).await? {
                Ok(()) => return Ok(None),
                Err(error) => error,
            },
            Err(error) => error,
        };
        match error {
            SpeechError::Refused(reason) => return Ok(Some(reason)),
            SpeechError::Busy | SpeechError::Broken(_) if tries < TRIES => {
                tracing::warn!(take.key = %begun.take.key, %error, "the speech provider did not answer; once more");
                house.clock.sleep(Duration::from_millis(BACK_OFF_MS << tries)).await;
            }
            SpeechError::Busy | SpeechError::Broken(_) => return Ok(Some(error.to_string())),
        }
    }
}

/// What an answer said beside its sound, noted while the sound goes by.
#[derive(Default)]
struct Said {
    alignment: Alignment,
    error: Option<SpeechError>,
}

/// Stores an answer while it arrives: the sidecar, then the sound, whose object is the commit.
async fn listen(house: &House, answer: Box<dyn Answer>, begun: &Begun) -> Result<Result<(), SpeechError>, Failure> {
    let said = Arc::new(Mutex::new(Said::default()));
    let sidecar = Object::TakeSidecar(begun.take.key.clone(), begun.attempt.attempt.clone());
    let sound = sound(house.clone(), answer, sidecar, Arc::clone(&said));
    let stored =
        house.artifacts.put_new(&Object::TakeAudio(begun.take.key.clone(), begun.attempt.attempt.clone()), sound).await;
    let error = said.lock().unwrap_or_else(std::sync::PoisonError::into_inner).error.take();
    match (error, stored) {
        (Some(error), _) => Ok(Err(error)),
        (None, stored) => Ok(Ok(stored.map(|_| ())?)),
    }
}

fn sound(house: House, answer: Box<dyn Answer>, sidecar: Object, said: Arc<Mutex<Said>>) -> Body {
    let note = move |change: &mut dyn FnMut(&mut Said)| {
        change(&mut said.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
    };
    let parts = stream::unfold(Some((answer, note)), move |listening| {
        let (house, sidecar) = (house.clone(), sidecar.clone());
        async move {
            let (mut answer, note) = listening?;
            match answer.next().await {
                Ok(Heard::Sound(bytes, alignment)) => {
                    if let Some(alignment) = alignment {
                        let mut alignment = Some(alignment);
                        note(&mut |said| said.alignment.extend(alignment.take().unwrap_or_default()));
                    }
                    Some((Ok(bytes), Some((answer, note))))
                }
                Ok(Heard::End(receipt)) => {
                    let mut alignment = Alignment::default();
                    note(&mut |said| alignment = std::mem::take(&mut said.alignment));
                    match write_sidecar(&house, &sidecar, alignment, receipt).await {
                        Ok(()) => None,
                        Err(error) => Some((Err(error), None)),
                    }
                }
                Err(error) => {
                    let broken = StoreError::Unavailable(error.to_string());
                    let mut error = Some(error);
                    note(&mut |said| said.error = error.take());
                    Some((Err(broken), None))
                }
            }
        }
    });
    parts.boxed()
}

async fn write_sidecar(
    house: &House,
    object: &Object,
    alignment: Alignment,
    receipt: Receipt,
) -> Result<(), StoreError> {
    let json = serde_json::to_vec(&Sidecar { alignment, receipt }).expect("a sidecar always serialises");
    house.artifacts.put_new(object, body(json)).await.map(|_| ())
}

/// Lets the lane, then the take, be heard of, until the lane is another's.
async fn beats(house: &House, holding: &Holding, begun: &Begun) -> Result<(), StoreError> {
    loop {
        let Some(until) = holding.beat(house, Some(&begun.take.key)).await? else { return Ok(()) };
        let attempt = &begun.speaking.attempt;
        house.update(&Partition::Takes, &begun.take.key.0, |take: &Take| take.beaten(attempt, until)).await?;
        house.clock.sleep(between_beats(house)).await;
    }
}

/// Ends an attempt in the ledger, then takes it from the open ones.
pub(crate) async fn end(house: &House, attempt: &Attempt, ending: Ending) -> Result<(), StoreError> {
    use story::records::Record;
    let ended = |attempt: &Attempt| Some(Attempt { ending: ending.clone(), ..attempt.clone() });
    house.update(&attempt.partition(), &attempt.attempt.0, ended).await?;
    let open: Option<Read<OpenAttempt>> = house.read(&Partition::OpenAttempts, &attempt.attempt.0).await?;
    if let Some(open) = open {
        let _ = house.remove(&open).await?;
    }
    Ok(())
}
