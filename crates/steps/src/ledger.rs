//! The ledger's entries: written before a call, ended after it, open until the take knows.

use crate::takes;
use story::failure::StoreError;
use story::ledger::{Attempt, Came, Ending, OpenAttempt, day};
use story::records::{Partition, Read, Record};
use story::speech::{HistoryItem, TakeRequest};
use story::take::{Speaking, Take, TakeState};
use story::timeline::Times;
use story::{AttemptId, House, JobId, Timestamp};

/// The job of every attempt that adopts.
pub(crate) const ADOPTED: &str = "adopted";

/// Notes that an attempt begins. The entry by which the sweep finds it goes first.
pub(crate) async fn begin(house: &House, attempt: &Attempt) -> Result<(), StoreError> {
    house.swap(&OpenAttempt(attempt.clone()), None).await?;
    house.swap(attempt, None).await.map(|_| ())
}

/// Notes how an attempt ended. What was spoken stays so.
pub(crate) async fn note(house: &House, attempt: &Attempt, ending: &Ending) -> Result<(), StoreError> {
    let (first_byte_ms, came, now) = (attempt.first_byte_ms, attempt.came, house.clock.now());
    let noted = attempt.times;
    let ended = |attempt: &Attempt| {
        let settled = attempt.ending.receipt().is_some() || attempt.ending == *ending;
        let mut times = noted.or(attempt.times);
        // What brought no sound ends with that; sound that was lost and found came at a time that nobody knows.
        if times.begun_at.is_some() && matches!(ending, Ending::Busy | Ending::Closed(_)) {
            times.ended_at = times.ended_at.or(Some(now));
        }
        (!settled).then(|| Attempt { ending: ending.clone(), first_byte_ms, came, times, ..attempt.clone() })
    };
    house.update(&attempt.partition(), &attempt.attempt.0, ended).await.map(|_| ())
}

/// An attempt that was never begun leaves no trace.
pub(crate) async fn forget(house: &House, attempt: &Attempt) -> Result<(), StoreError> {
    let entry: Option<Read<Attempt>> = house.read(&attempt.partition(), &attempt.attempt.0).await?;
    if let Some(entry) = entry.filter(|read| read.record.ending == Ending::Open) {
        let _ = house.remove(&entry).await?;
    }
    close(house, &attempt.attempt).await
}

/// Takes an attempt from the open ones: its take knows how it ended.
pub(crate) async fn close(house: &House, attempt: &AttemptId) -> Result<(), StoreError> {
    house.remove_at::<OpenAttempt>(&Partition::OpenAttempts, &attempt.0).await
}

/// The attempt of a take that is not settled. Should its entry be missing, it is as the take tells it.
pub(crate) async fn unsettled(house: &House, take: &Take, speaking: &Speaking) -> Result<Attempt, StoreError> {
    let open: Option<Read<OpenAttempt>> = house.read(&Partition::OpenAttempts, &speaking.attempt.0).await?;
    let times = Times { queued_at: Some(speaking.turn.arrival), begun_at: Some(speaking.began_at), ..Times::default() };
    Ok(open.map_or_else(
        || Attempt {
            attempt: speaking.attempt.clone(),
            take: take.key.clone(),
            request: Some(take.request.clone()),
            job: speaking.turn.job.clone(),
            lane: speaking.lane,
            account: speaking.turn.account.clone(),
            characters: take.request.characters(),
            started_at: speaking.began_at,
            begin_by: speaking.begin_by,
            recovers: None,
            first_byte_ms: None,
            caller: speaking.turn.caller.clone(),
            priority: Some(speaking.turn.priority),
            came: Came::default(),
            times,
            ending: Ending::Open,
        },
        |open| Attempt { times, ..open.record.0 },
    ))
}

/// The takes that are being spoken at an account.
pub(crate) async fn speaking(house: &House, account: &str) -> Result<Vec<(Attempt, Speaking)>, StoreError> {
    let mut speaking = Vec::new();
    for open in house.list_all::<OpenAttempt>(&Partition::OpenAttempts).await? {
        let attempt = open.record.0;
        if attempt.account != account || attempt.recovers.is_some() {
            continue;
        }
        if let Some(TakeState::Speaking(spoken)) =
            takes::read(house, &attempt.take).await?.map(|read| read.record.state)
            && spoken.attempt == attempt.attempt
        {
            speaking.push((attempt, spoken));
        }
    }
    Ok(speaking)
}

/// All attempts of an account since an instant.
pub(crate) async fn since(house: &House, account: &str, since: Timestamp) -> Result<Vec<Attempt>, StoreError> {
    let mut attempts = Vec::new();
    for day in day(since)..=day(house.clock.now()) {
        let of_day = house.list_all::<Attempt>(&Partition::Ledger(day)).await?;
        attempts.extend(
            of_day
                .into_iter()
                .map(|read| read.record)
                .filter(|attempt| attempt.account == account && attempt.started_at >= since),
        );
    }
    Ok(attempts)
}

/// Whether the ledger says that an item is an attempt's.
pub(crate) fn names(attempt: &Attempt, item: &HistoryItem) -> bool {
    attempt.ending.receipt().is_some_and(|receipt| {
        receipt.item.as_ref() == Some(&item.id)
            || (receipt.request_id.is_some() && receipt.request_id == item.request_id)
    })
}

/// Whether an attempt asks a provider to speak: those that recover and adopt do not.
pub(crate) fn is_call(attempt: &Attempt) -> bool {
    attempt.recovers.is_none() && attempt.job.0 != ADOPTED
}

/// Letters of a caller's name that are told.
const CALLER_LETTERS: usize = 12;

/// Who ordered what is made for a job. What stands for a job of the gateway says it in its name (`client-<client>-<waiter>`).
pub(crate) fn caller(told: Option<&String>, job: &JobId) -> Option<String> {
    let client = || job.0.strip_prefix("client-")?.rsplit_once('-').map(|(client, _)| client);
    let caller = told.map(String::as_str).or_else(client).filter(|caller| !caller.is_empty())?;
    Some(caller.chars().take(CALLER_LETTERS).collect())
}

/// What an attempt asked for, if it is still known.
pub(crate) async fn request(house: &House, attempt: &Attempt) -> Result<Option<TakeRequest>, StoreError> {
    if let Some(request) = &attempt.request {
        return Ok(Some(request.clone()));
    }
    Ok(takes::read(house, &attempt.take).await?.map(|take| take.record.request))
}
