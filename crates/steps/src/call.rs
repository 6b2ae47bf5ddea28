//! One attempt: its documents, the call, and what its end means for the take (DESIGN §6.2).

use crate::lane::{Holding, between_beats, lease};
use crate::settle::{self, Ours};
use crate::{ledger, takes};
use futures_util::future::{Either, select};
use futures_util::stream::{self, StreamExt};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use story::artifacts::{Body, Object, body};
use story::failure::StoreError;
use story::ledger::{Attempt, Ending};
use story::queue::Outcome;
use story::records::Read;
use story::speech::{Answer, Heard, SpeechError};
use story::take::{Sidecar, Speaking, Take, TakeState};
use story::ticket::Ticket;
use story::words::Alignment;
use story::{AttemptId, Failure, House, Speech, Studio};

/// Calls in a row that did not work and were not charged, before a take is given up.
const TRIES: u32 = 4;
/// The same where the provider was only busy.
const BUSY_TRIES: u32 = 20;
/// The wait before the second call; it doubles with each, up to the longest.
const BACK_OFF_MS: u64 = 500;
const LONGEST_BACK_OFF_MS: u64 = 30_000;

/// What became of an attempt.
pub(crate) enum Called {
    /// The take knows.
    Settled,
    /// The lane is lost; the call was cut.
    Cut,
    /// No call of this account works until a person acts.
    Spent(String),
}

/// Makes one call for the take of a ticket.
pub(crate) async fn call(
    house: &House,
    speech: &dyn Speech,
    studio: &dyn Studio,
    holding: &Holding,
    ticket: &Read<Ticket>,
    take: &Read<Take>,
) -> Result<Called, Failure> {
    let account = speech.profile().account;
    let Some((attempt, speaking)) = begin(house, account, holding, ticket, take).await? else {
        return Ok(Called::Settled);
    };
    let take = &take.record;
    let error = {
        let call = pin!(async {
            let said = once(house, speech, holding, take, &speaking).await?;
            let ours = Ours { attempt: &attempt, sound: &attempt.attempt };
            settle::record(house, studio, ours, said).await.map_err(CallError::Step)
        });
        let beats = pin!(beats(house, holding, &speaking));
        let cut = pin!(holding.cut(house));
        match select(call, select(beats, cut)).await {
            Either::Left((Ok(()), _)) => return Ok(Called::Settled),
            Either::Left((Err(error), _)) => error,
            // The call is dropped, and with it its connection.
            Either::Right((Either::Left((Err(store), _)), _)) => return Err(store.into()),
            Either::Right(_) => {
                settle::lose(house, &attempt).await?;
                return Ok(Called::Cut);
            }
        }
    };
    match error {
        CallError::Step(failure) => Err(failure),
        CallError::Speech(error) => end(house, &attempt, &speaking, take, error).await,
    }
}

/// The attempt's documents, then the swap that makes the take ours, then the ticket goes.
async fn begin(
    house: &House,
    account: String,
    holding: &Holding,
    ticket: &Read<Ticket>,
    take: &Read<Take>,
) -> Result<Option<(Attempt, Speaking)>, StoreError> {
    let (now, lease_until) = (house.clock.now(), lease(house));
    let speaking = Speaking {
        attempt: AttemptId::new(house.clock.chance()),
        lane: holding.lane,
        turn: ticket.record.clone(),
        began_at: now,
        begin_by: story::Timestamp(lease_until.0.saturating_sub(house.settings.guard_ms)),
        lease_until,
    };
    let Some(begun) = take.record.begun(&ticket.record.name, speaking.clone()) else { return Ok(None) };
    let attempt = Attempt {
        attempt: speaking.attempt.clone(),
        take: take.record.key.clone(),
        request: Some(take.record.request.clone()),
        job: ticket.record.job.clone(),
        lane: holding.lane,
        account,
        characters: take.record.request.characters(),
        started_at: now,
        begin_by: speaking.begin_by,
        recovers: None,
        ending: Ending::Open,
    };
    ledger::begin(house, &attempt).await?;
    if takes::swap(house, take, &begun).await?.is_none() {
        // Lost, unless it was written and a wish has written since.
        let stands = takes::read(house, &attempt.take).await?;
        let is_mine = stands.is_some_and(|read| read.record.unsettled(&attempt.attempt).is_some());
        if !is_mine {
            ledger::note(house, &attempt, &Ending::Closed("another step changed the take first".into())).await?;
            ledger::close(house, &attempt.attempt).await?;
            return Ok(None);
        }
    }
    let _ = house.remove(ticket).await?;
    Ok(Some((attempt, speaking)))
}

/// Why a call brought no take.
enum CallError {
    /// The provider's doing.
    Speech(SpeechError),
    /// Ours.
    Step(Failure),
}

/// Calls, and stores the answer while it arrives: the sidecar, then the sound, whose object is the commit.
async fn once(
    house: &House,
    speech: &dyn Speech,
    holding: &Holding,
    take: &Take,
    speaking: &Speaking,
) -> Result<Sidecar, CallError> {
    let may_begin = holding.may_begin(house, speaking.begin_by);
    let answer = speech.speak(&take.request, may_begin).await.map_err(CallError::Speech)?;
    let heard = Arc::new(Mutex::new(Listened::default()));
    let sidecar = Object::TakeSidecar(take.key.clone(), speaking.attempt.clone());
    let sound = listen(house.clone(), answer, sidecar, Arc::clone(&heard));
    let stored = house.artifacts.put_new(&Object::TakeAudio(take.key.clone(), speaking.attempt.clone()), sound).await;
    let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
    match (heard.error.take(), heard.said.take(), stored) {
        (Some(error), _, _) => Err(CallError::Speech(error)),
        (None, Some(said), Ok(_)) => Ok(said),
        (None, _, Err(error)) => Err(CallError::Step(error.into())),
        (None, None, Ok(_)) => Err(CallError::Speech(SpeechError::Unknown("the answer ended early".into()))),
    }
}

/// What an answer said beside its sound, noted while the sound goes by.
#[derive(Default)]
struct Listened {
    alignment: Option<Alignment>,
    said: Option<Sidecar>,
    error: Option<SpeechError>,
}

/// The sound of an answer. At its end, before the store has it whole, the sidecar is written.
fn listen(house: House, answer: Box<dyn Answer>, sidecar: Object, heard: Arc<Mutex<Listened>>) -> Body {
    let parts = stream::unfold(Some(answer), move |answer| {
        let (house, sidecar, heard) = (house.clone(), sidecar.clone(), Arc::clone(&heard));
        async move {
            let mut answer = answer?;
            let note = || heard.lock().unwrap_or_else(PoisonError::into_inner);
            match answer.next().await {
                Ok(Heard::Sound(bytes, alignment)) => {
                    if let Some(later) = alignment {
                        note().alignment.get_or_insert_default().extend(later);
                    }
                    Some((Ok(bytes), Some(answer)))
                }
                Ok(Heard::End(receipt)) => {
                    let said = Sidecar { alignment: note().alignment.take(), receipt };
                    let written = write_sidecar(&house, &sidecar, &said).await;
                    note().said = Some(said);
                    written.err().map(|error| (Err(error), None))
                }
                Err(error) => {
                    let broken = StoreError::Unavailable(error.to_string());
                    note().error = Some(error);
                    Some((Err(broken), None))
                }
            }
        }
    });
    parts.boxed()
}

/// Writes what came with a sound.
pub(crate) async fn write_sidecar(house: &House, object: &Object, said: &Sidecar) -> Result<(), StoreError> {
    let json = serde_json::to_vec(said).expect("a sidecar always serialises");
    house.artifacts.put_new(object, body(json)).await.map(|_| ())
}

/// Lets the lane, then the take, be heard of, until the lane is another's.
async fn beats(house: &House, holding: &Holding, speaking: &Speaking) -> Result<(), StoreError> {
    let key = &speaking.turn.take;
    loop {
        let Some(lane) = holding.beat(house, Some(key)).await? else { return Ok(()) };
        takes::change(house, key, |take| take.beaten(&speaking.attempt, lane.lease_until)).await?;
        house.clock.sleep(between_beats(house)).await;
    }
}

/// What an error means: the one place where that is decided.
async fn end(
    house: &House,
    attempt: &Attempt,
    speaking: &Speaking,
    take: &Take,
    error: SpeechError,
) -> Result<Called, Failure> {
    tracing::warn!(take.key = %take.key, %error, "a call brought no sound");
    match error {
        SpeechError::Unknown(_) => settle::lose(house, attempt).await?,
        SpeechError::Refused(reason) => fail(house, attempt, &reason).await?,
        SpeechError::Spent(reason) => {
            fail(house, attempt, &reason).await?;
            return Ok(Called::Spent(reason));
        }
        SpeechError::TooLate => put_off(house, attempt, speaking, take.tries, 0).await?,
        SpeechError::Busy if take.tries + 1 >= BUSY_TRIES => {
            fail(house, attempt, "the speech provider was busy for too long; retry later").await?;
        }
        SpeechError::Broken(reason) if take.tries + 1 >= TRIES => fail(house, attempt, &reason).await?,
        SpeechError::Busy | SpeechError::Broken(_) => {
            let longest_ms = (BACK_OFF_MS << take.tries.min(10)).min(LONGEST_BACK_OFF_MS);
            // Full jitter (Brooker, 2015), but never none: others wait for the same provider.
            let back_off_ms = longest_ms / 4 + house.clock.chance() % (longest_ms * 3 / 4);
            put_off(house, attempt, speaking, take.tries + 1, back_off_ms).await?;
        }
    }
    Ok(Called::Settled)
}

/// Nothing was charged, and nothing will be: the take fails with its reason.
async fn fail(house: &House, attempt: &Attempt, reason: &str) -> Result<(), Failure> {
    ledger::note(house, attempt, &Ending::Closed(reason.to_owned())).await?;
    takes::change(house, &attempt.take, |take| take.failed(&attempt.attempt, reason)).await?;
    settle::tell(house, &attempt.take, Outcome::Failed).await?;
    Ok(ledger::close(house, &attempt.attempt).await?)
}

/// Nothing was charged: the take gets a ticket again.
async fn put_off(
    house: &House,
    attempt: &Attempt,
    speaking: &Speaking,
    tries: u32,
    back_off_ms: u64,
) -> Result<(), Failure> {
    let ticket = speaking.turn.later(house.clock.now().plus_ms(back_off_ms));
    let given_back = |take: &Take| take.given_back(&attempt.attempt, tries, &ticket.name);
    let take = takes::change(house, &attempt.take, given_back).await?;
    if take.is_some_and(|take| take.state == TakeState::Wanted && take.ticket.as_ref() == Some(&ticket.name)) {
        house.swap(&ticket, None).await?;
    }
    let said = if tries == 0 { "it was too late to begin" } else { "the provider did not take it" };
    ledger::note(house, attempt, &Ending::Closed(said.into())).await?;
    Ok(ledger::close(house, &attempt.attempt).await?)
}
