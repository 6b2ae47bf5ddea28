//! Looks for a lost attempt in the provider's history. Found, its sound is fetched for nothing; after the last look it may be
//! bought again (DESIGN §6.2).

use crate::hear::write_sidecar;
use crate::settle::{self, Ours};
use crate::speak::wants;
use crate::{audit, ledger, takes};
use futures_util::stream::{self, StreamExt};
use std::collections::HashSet;
use story::artifacts::{Body, Object};
use story::failure::StoreError;
use story::ledger::{Attempt, Claim, Ending, OpenAttempt, day};
use story::looking::{self, Look, Rival};
use story::queue::Outcome;
use story::records::{Partition, Read};
use story::speech::{Answer, Books, Heard, HistoryItem, HistoryQuery, Receipt, SpeechError};
use story::take::{Sidecar, Take, TakeState, Uncertain};
use story::{AttemptId, Failure, House, Listener, Speech, Timestamp};

/// The next look where this one showed nothing certain, or did not work.
const AGAIN_MS: u64 = 30_000;
/// A history that cannot be read for so long after the last look was due is given up, and nothing is bought.
const BLIND_MS: u64 = 10 * 60_000;

/// Looks once for the attempt of an uncertain take.
pub(crate) async fn look(
    house: &House,
    speech: &dyn Speech,
    listener: &dyn Listener,
    take: &Read<Take>,
    uncertain: &Uncertain,
) -> Result<(), Failure> {
    let take = &take.record;
    let Some(attempt) = attempt_of(house, uncertain).await? else {
        return Ok(give_up(house, speech, take, uncertain, None).await?);
    };
    if let Some(said) = settle::left_behind(house, &take.key, &attempt.attempt).await? {
        return settle::record(house, listener, Ours { attempt: &attempt, sound: &attempt.attempt }, said).await;
    }
    let Some(books) = speech.books() else {
        return Ok(give_up(house, speech, take, uncertain, Some(&attempt)).await?);
    };
    let items = match items(books, take, uncertain).await {
        Ok(items) => items,
        Err(error @ (SpeechError::Refused(_) | SpeechError::Spent(_))) => {
            // Nothing will ever be seen there, as with a key that may not read it.
            tracing::warn!(take.key = %take.key, %error, "the provider's history cannot be read");
            Vec::new()
        }
        Err(error) => return Ok(blind(house, take, uncertain, &attempt, &error).await?),
    };
    let (rivals, left_behind) = rivals(house, take, &attempt).await?;
    let mut taken = taken(house, &attempt).await?;
    taken.extend(left_behind.into_iter().flat_map(|receipt| [receipt.request_id, receipt.item]).flatten());
    // Another lane may have found its item since: then what else fits is another attempt's.
    if takes::read(house, &take.key).await?.is_none_or(|read| read.record.unsettled(&attempt.attempt).is_none()) {
        return Ok(());
    }
    let is_taken =
        |item: &HistoryItem| taken.contains(&item.id) || item.request_id.as_ref().is_some_and(|id| taken.contains(id));
    let mut left: &[HistoryItem] = &items;
    loop {
        match looking::look(left, &take.request, &uncertain.lost, &rivals, is_taken) {
            Look::Found(item) if claim(house, item, &attempt).await? => {
                return found(house, listener, books, (take, uncertain), &attempt, item).await;
            }
            // Another attempt was quicker: what stands after it may be ours.
            Look::Found(item) => {
                let place = left.iter().position(|one| one.id == item.id).unwrap_or_default();
                left = &left[place + 1..];
            }
            Look::Unclear => return Ok(later(house, take, uncertain, uncertain.looks, AGAIN_MS).await?),
            Look::Nothing => break,
        }
    }
    if uncertain.looks + 1 >= house.settings.looks.count()
        && let Some(item) = looking::last_look(&items, &take.request, &rivals, is_taken)
        && claim(house, item, &attempt).await?
    {
        return found(house, listener, books, (take, uncertain), &attempt, item).await;
    }
    Ok(nothing(house, speech, take, uncertain, &attempt).await?)
}

/// An item is the attempt's own: its sound is fetched, or will be.
async fn found(
    house: &House,
    listener: &dyn Listener,
    books: &dyn Books,
    (take, uncertain): (&Take, &Uncertain),
    attempt: &Attempt,
    item: &HistoryItem,
) -> Result<(), Failure> {
    match recover(house, listener, books, take, attempt, item).await? {
        Ok(()) => Ok(()),
        Err(error) => Ok(blind(house, take, uncertain, attempt, &error).await?),
    }
}

async fn attempt_of(house: &House, uncertain: &Uncertain) -> Result<Option<Attempt>, StoreError> {
    let found: Option<Read<Attempt>> =
        house.read(&Partition::Ledger(day(uncertain.lost.began_at)), &uncertain.lost.attempt.0).await?;
    Ok(found.map(|read| read.record))
}

/// All items of the time in which the attempt's must lie, the oldest first: of two equal calls that were lost, the later one may
/// lie in both attempts' time, the earlier one in its own only.
async fn items(books: &dyn Books, take: &Take, uncertain: &Uncertain) -> Result<Vec<HistoryItem>, SpeechError> {
    let (since, until) = looking::wide_span(&uncertain.lost);
    let voice = Some(take.request.voice.clone());
    let query = HistoryQuery { since: Some(since), until: Some(until), voice, after: None };
    let mut items = audit::history(books, query).await?;
    // Told newest first, in whole seconds: turned round, those of one second are in order too.
    items.reverse();
    items.sort_by_key(|item| item.at);
    Ok(items)
}

/// Other attempts that are not settled and ask for the same; and the calls of those that left their sound behind, which the ledger
/// does not name yet.
async fn rivals(house: &House, take: &Take, attempt: &Attempt) -> Result<(Vec<Rival>, Vec<Receipt>), StoreError> {
    let (mut rivals, mut left_behind) = (Vec::new(), Vec::new());
    for open in house.list_all::<OpenAttempt>(&Partition::OpenAttempts).await? {
        let other = open.record.0;
        if other.attempt == attempt.attempt || other.recovers.is_some() || other.characters != attempt.characters {
            continue;
        }
        let Some(found) = takes::read(house, &other.take).await? else { continue };
        let request = &found.record.request;
        let asks_the_same = (&request.text, &request.voice, &request.model)
            == (&take.request.text, &take.request.voice, &take.request.model);
        if asks_the_same && let Some(speaking) = found.record.unsettled(&other.attempt) {
            if let Some(said) = settle::left_behind(house, &other.take, &other.attempt).await? {
                left_behind.push(said.receipt);
                continue;
            }
            rivals.push(Rival {
                settings: request.settings.clone(),
                began_at: speaking.began_at,
                speaks: matches!(found.record.state, TakeState::Speaking(_)),
                attempt: other.attempt,
            });
        }
    }
    Ok((rivals, left_behind))
}

/// Names of calls and items that stand in the ledger for other attempts.
async fn taken(house: &House, attempt: &Attempt) -> Result<HashSet<String>, StoreError> {
    let mut taken = HashSet::new();
    for day in day(attempt.started_at).saturating_sub(1)..=day(house.clock.now()) {
        for other in house.list_all::<Attempt>(&Partition::Ledger(day)).await? {
            if other.record.attempt != attempt.attempt
                && let Some(receipt) = other.record.ending.receipt()
            {
                taken.extend(receipt.request_id.clone());
                taken.extend(receipt.item.clone());
            }
        }
    }
    Ok(taken)
}

/// Claims an item for an attempt; says whether it has it.
async fn claim(house: &House, item: &HistoryItem, attempt: &Attempt) -> Result<bool, StoreError> {
    let claim = Claim { item: item.id.clone(), attempt: attempt.attempt.clone() };
    if house.swap(&claim, None).await?.is_some() {
        return Ok(true);
    }
    let stands: Option<Read<Claim>> = house.read(&Partition::Claims, &item.id).await?;
    Ok(stands.is_some_and(|read| read.record.attempt == attempt.attempt))
}

/// Fetches an item's sound under a name of its own, in the order of every take: ledger, name, sidecar, sound, record.
async fn recover(
    house: &House,
    listener: &dyn Listener,
    books: &dyn Books,
    take: &Take,
    attempt: &Attempt,
    item: &HistoryItem,
) -> Result<Result<(), SpeechError>, Failure> {
    let name = AttemptId::new(house.clock.chance());
    let now = house.clock.now();
    let recovery = Attempt {
        attempt: name.clone(),
        started_at: now,
        begin_by: now,
        recovers: Some(attempt.attempt.clone()),
        ending: Ending::Open,
        ..attempt.clone()
    };
    ledger::begin(house, &recovery).await?;
    let named = takes::change(house, &take.key, |take| take.recovering(&attempt.attempt, &name)).await?;
    if named.is_none_or(|take| !take.gone.contains(&name)) {
        return Ok(Ok(()));
    }
    let receipt =
        Receipt { request_id: item.request_id.clone(), item: Some(item.id.clone()), characters: item.characters };
    let said = Sidecar { alignment: item.alignment.clone(), receipt };
    let sound = match books.sound(&item.id).await {
        Ok(answer) => answer,
        Err(error) => return Ok(Err(error)),
    };
    write_sidecar(house, &Object::TakeSidecar(take.key.clone(), name.clone()), &said).await?;
    let audio = Object::TakeAudio(take.key.clone(), name.clone());
    if let Err(error) = house.artifacts.put_new(&audio, only_sound(sound)).await {
        return match error {
            StoreError::Full(_) => Err(error.into()),
            StoreError::Unavailable(reason) => Ok(Err(SpeechError::Broken(reason))),
        };
    }
    let ended = Ending::Recovered(said.receipt.clone());
    settle::record(house, listener, Ours { attempt, sound: &name }, said).await?;
    ledger::note(house, &recovery, &ended).await?;
    ledger::close(house, &name).await?;
    tracing::info!(take.key = %take.key, "a lost call was found in the provider's history");
    Ok(Ok(()))
}

/// The bytes of an answer that brings nothing but sound.
pub(crate) fn only_sound(answer: Box<dyn Answer>) -> Body {
    let parts = stream::unfold(Some(answer), |answer| async move {
        let mut answer = answer?;
        match answer.next().await {
            Ok(Heard::Sound(bytes, _)) => Some((Ok(bytes), Some(answer))),
            Ok(Heard::End(_)) => None,
            Err(error) => Some((Err(StoreError::Unavailable(error.to_string())), None)),
        }
    });
    parts.boxed()
}

/// A look that showed nothing: another is to come, or this was the last.
async fn nothing(
    house: &House,
    speech: &dyn Speech,
    take: &Take,
    uncertain: &Uncertain,
    attempt: &Attempt,
) -> Result<(), StoreError> {
    let looks = uncertain.looks + 1;
    if looks >= house.settings.looks.count() {
        return give_up(house, speech, take, uncertain, Some(attempt)).await;
    }
    let due = house.settings.looks.due(looks, &uncertain.lost, attempt.characters).max(house.clock.now());
    put_off(house, take, uncertain, looks, due).await
}

/// The history cannot be read now: that is no look. It is tried again, though not for ever.
async fn blind(
    house: &House,
    take: &Take,
    uncertain: &Uncertain,
    attempt: &Attempt,
    error: &SpeechError,
) -> Result<(), StoreError> {
    let settings = &house.settings.looks;
    let last = settings.due(settings.count().saturating_sub(1), &uncertain.lost, attempt.characters);
    if house.clock.now() <= last.plus_ms(BLIND_MS) {
        return later(house, take, uncertain, uncertain.looks, AGAIN_MS).await;
    }
    let reason = format!("a call for this line was lost, and the provider's history cannot be read ({error})");
    fail(house, take, attempt, &reason).await
}

async fn later(house: &House, take: &Take, uncertain: &Uncertain, looks: u32, after_ms: u64) -> Result<(), StoreError> {
    put_off(house, take, uncertain, looks, house.clock.now().plus_ms(after_ms)).await
}

async fn put_off(
    house: &House,
    take: &Take,
    uncertain: &Uncertain,
    looks: u32,
    due: Timestamp,
) -> Result<(), StoreError> {
    let lost = &uncertain.lost;
    let ticket = lost.turn.later(due);
    let looked = takes::change(house, &take.key, |take| {
        (take.ticket.as_ref() != Some(&ticket.name)).then(|| take.looked(&lost.attempt, looks, due, &ticket.name))?
    });
    if looked.await?.is_some_and(|take| take.ticket.as_ref() == Some(&ticket.name)) {
        house.swap(&ticket, None).await?;
    }
    Ok(())
}

/// After the last look: bought again if a wish has it so, else failed until a wish that buys again, or a person, goes past that.
async fn give_up(
    house: &House,
    speech: &dyn Speech,
    take: &Take,
    uncertain: &Uncertain,
    attempt: Option<&Attempt>,
) -> Result<(), StoreError> {
    let lost = &uncertain.lost;
    // A rehearsal costs nothing: there is nothing to lose, and nothing is bought.
    let is_paid = !speech.profile().rehearsed;
    if let Some(attempt) = attempt {
        let ending =
            if is_paid { Ending::Lost } else { Ending::Closed("its process ended before the sound was whole".into()) };
        ledger::note(house, attempt, &ending).await?;
    }
    // Read before the wishes are listed: who wishes after that changes the take, and the swap loses.
    let Some(found) = takes::read(house, &take.key).await? else { return Ok(()) };
    if found.record.unsettled(&lost.attempt).is_none() {
        return Ok(());
    }
    let wants = wants(house, take).await?;
    // Once by itself: a call that is lost again is a person's business.
    let buys = found.record.lost == 0 && wants.iter().any(|want| want.buys_again);
    let turn = lost.turn.again();
    let next = if buys || !is_paid {
        found.record.to_buy_again(&lost.attempt, is_paid, &turn.name)
    } else {
        found.record.lost_for_good(&lost.attempt, LOST_FOR_GOOD)
    };
    if let Some(next) = next
        && takes::swap(house, &found, &next).await?.is_some()
    {
        if next.state == TakeState::Wanted {
            tracing::warn!(take.key = %take.key, "a lost call was not found; it is made again");
            house.swap(&turn, None).await?;
        } else {
            settle::tell(house, &take.key, Outcome::Failed).await?;
        }
    }
    match attempt {
        Some(attempt) => ledger::close(house, &attempt.attempt).await,
        None => Ok(()),
    }
}

/// Why a line is not bought again by itself.
const LOST_FOR_GOOD: &str = "a call for this line was lost: it may have been paid for, and the provider's history does not have it; \
     retry the job to buy it again";

async fn fail(house: &House, take: &Take, attempt: &Attempt, reason: &str) -> Result<(), StoreError> {
    ledger::note(house, attempt, &Ending::Lost).await?;
    takes::change(house, &take.key, |take| take.lost_for_good(&attempt.attempt, reason)).await?;
    settle::tell(house, &take.key, Outcome::Failed).await?;
    ledger::close(house, &attempt.attempt).await
}
