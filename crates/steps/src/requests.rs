//! What was asked of the provider and what waits to be, newest first: the ledger's calls and the tickets, as they stand.

use crate::want::is_wanted;
use crate::{ledger, settle, takes};
use futures_util::future::try_join_all;
use serde::Serialize;
use std::fmt;
use story::failure::StoreError;
use story::ledger::{Attempt, Came, Ending, day};
use story::queue::Outcome;
use story::records::{Partition, Read};
use story::speech::TakeRequest;
use story::take::{Take, TakeState};
use story::ticket::{Priority, Ticket};
use story::{AttemptId, House, JobId, TakeKey, Timestamp};

/// As much of a text as is shown, in characters.
const SHOWN: usize = 60;
/// Entries read at a time.
const PAGE: usize = 500;
/// Days of the ledger that are looked through.
const MOST_DAYS: u64 = 400;
/// Days that are read at once.
const MOST_DAYS_AT_ONCE: u64 = 32;
/// Days in which one who waited was spoken, at most.
const MOST_DAYS_WAITED: usize = 32;
/// What a job says whose line a person cancelled.
pub const CANCELLED: &str = "cancelled by a person";

/// The name of a request: when it came, then the attempt; or the take, while it waits. Newer ones are greater.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequestId {
    at: Timestamp,
    name: String,
}

impl RequestId {
    /// Whether a text from outside can be a request's name at all; nothing else is ever looked up.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (at, name) = text.split_once('-')?;
        let is_time = at.len() == 13 && at.bytes().all(|b| b.is_ascii_digit());
        let is_name = matches!(name.len(), 16 | 64) && name.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        (is_time && is_name).then_some(Self { at: Timestamp(at.parse().ok()?), name: name.to_owned() })
    }

    fn of_attempt(attempt: &Attempt) -> Self {
        Self { at: attempt.started_at, name: attempt.attempt.0.clone() }
    }

    fn of_ticket(ticket: &Ticket) -> Self {
        Self { at: ticket.arrival, name: ticket.what.0.clone() }
    }

    fn attempt(&self) -> Option<AttemptId> {
        (self.name.len() == 16).then(|| AttemptId(self.name.clone()))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:013}-{}", self.at.0, self.name)
    }
}

/// How a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It waits for its turn.
    Waiting,
    /// The provider speaks.
    Speaking,
    /// Its answer was lost; it is looked for in the provider's history.
    Uncertain,
    /// It brought its take.
    Spoken,
    /// Its answer was lost for good: it may have been charged.
    Lost,
    /// The provider was too busy for it; not charged.
    Busy,
    /// It brought no sound, for its reason; not charged.
    Failed,
}

/// A request to speak.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SpeechRequest {
    /// Its name.
    pub id: String,
    /// The take.
    pub take: TakeKey,
    /// The job it is made for; none where a client waits at the gateway.
    pub job: Option<JobId>,
    /// Who ordered it: the first letters of the hash of the token.
    pub caller: Option<String>,
    /// How it stands.
    pub state: State,
    /// Why it failed.
    pub reason: Option<String>,
    /// How urgent it is. Entries of earlier versions do not say it.
    pub band: Option<Priority>,
    /// When it came, or began to be called; RFC 3339.
    pub created_at: String,
    /// How long ago that is.
    pub age_ms: u64,
    /// Who is asked; this and the next three are not known of a call whose take is gone and whose entry is old.
    pub provider: Option<String>,
    /// The voice.
    pub voice: Option<String>,
    /// The model.
    pub model: Option<String>,
    /// The first 60 characters of the text.
    pub text: Option<String>,
    /// Characters of the text.
    pub characters: u64,
    /// From the call to its first chunk.
    pub first_chunk_ms: Option<u64>,
    /// Chunks of sound that came.
    pub chunks: Option<u64>,
    /// Bytes of sound that came.
    pub bytes: Option<u64>,
    /// How long the sound is.
    pub duration_ms: Option<u64>,
}

/// What came of the wish to cancel a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancelled {
    /// It waits no more; jobs that waited for it are told.
    Done,
    /// There is none of that name.
    Unknown,
    /// The provider speaks already.
    Speaks,
    /// It was called, and what came of it is not known yet.
    Uncertain,
    /// It has ended.
    Ended,
}

enum Entry {
    Waits(Ticket),
    Called(Box<Attempt>),
}

/// Up to `limit` requests older than `after`, newest first, and after which the next page begins, if there is more. One that changes
/// while it is read may be missing from a page.
///
/// # Errors
/// Those of the store.
pub async fn page(
    house: &House,
    after: Option<&RequestId>,
    limit: usize,
) -> Result<(Vec<SpeechRequest>, Option<RequestId>), StoreError> {
    let is_older = |id: &RequestId| after.is_none_or(|after| id < after);
    let mut found = Newest { most: limit + 1, entries: Vec::new() };
    let mut name = String::new();
    loop {
        let tickets = house.list::<Ticket>(&Partition::Tickets, &name, PAGE).await?;
        let is_last = tickets.len() < PAGE;
        for ticket in tickets.into_iter().map(|read| read.record) {
            name.clone_from(&ticket.name);
            found.add(RequestId::of_ticket(&ticket), is_older, || Entry::Waits(ticket));
        }
        found.cut();
        if is_last {
            break;
        }
    }
    let (today, mut at_once) = (day(house.clock.now()), 1);
    let newest = after.map_or(today, |after| day(after.at).min(today));
    let oldest = today.saturating_sub(MOST_DAYS);
    let mut next = newest;
    let mut called = Newest { most: limit + 1, entries: Vec::new() };
    while next >= oldest && called.entries.len() < called.most {
        let first = (next + 1).saturating_sub(at_once).max(oldest);
        let days = try_join_all((first..=next).map(|day| of_day(house, day, called.most, is_older))).await?;
        days.into_iter().for_each(|day| called.entries.extend(day.entries));
        let Some(before) = first.checked_sub(1) else { break };
        (next, at_once) = (before, (at_once * 2).min(MOST_DAYS_AT_ONCE));
    }
    found.entries.extend(called.entries);
    found.cut();
    let has_more = found.entries.len() > limit;
    found.entries.truncate(limit);
    let next = found.entries.last().filter(|_| has_more).map(|(id, _)| id.clone());
    let shown = try_join_all(found.entries.into_iter().map(async |(_, entry)| match entry {
        Entry::Waits(ticket) => waits(house, ticket).await,
        Entry::Called(attempt) => called_of(house, *attempt).await,
    }));
    Ok((shown.await?.into_iter().flatten().collect(), next))
}

/// The newest of many.
struct Newest {
    most: usize,
    entries: Vec<(RequestId, Entry)>,
}

impl Newest {
    fn add(&mut self, id: RequestId, fits: impl Fn(&RequestId) -> bool, entry: impl FnOnce() -> Entry) {
        if fits(&id) {
            self.entries.push((id, entry()));
        }
    }

    fn cut(&mut self) {
        self.entries.sort_by(|(a, _), (b, _)| b.cmp(a));
        self.entries.truncate(self.most);
    }
}

/// The newest calls of a day.
async fn of_day(
    house: &House,
    day: u64,
    most: usize,
    is_older: impl Fn(&RequestId) -> bool,
) -> Result<Newest, StoreError> {
    let mut newest = Newest { most, entries: Vec::new() };
    let mut name = String::new();
    loop {
        let page = house.list::<Attempt>(&Partition::Ledger(day), &name, PAGE).await?;
        let is_last = page.len() < PAGE;
        for attempt in page.into_iter().map(|read| read.record) {
            name.clone_from(&attempt.attempt.0);
            if ledger::is_call(&attempt) {
                newest.add(RequestId::of_attempt(&attempt), &is_older, || Entry::Called(Box::new(attempt)));
            }
        }
        newest.cut();
        if is_last {
            return Ok(newest);
        }
    }
}

/// A request by its name. One that waited is found by that name as what became of it.
///
/// # Errors
/// Those of the store.
pub async fn find(house: &House, id: &RequestId) -> Result<Option<SpeechRequest>, StoreError> {
    if let Some(name) = id.attempt() {
        return match entry(house, &name, day(id.at)).await?.filter(|attempt| attempt.started_at == id.at) {
            Some(attempt) => called_of(house, attempt).await,
            None => Ok(None),
        };
    }
    let Some(take) = takes::read(house, &TakeKey(id.name.clone())).await?.map(|read| read.record) else {
        return Ok(None);
    };
    let (attempt, reason) = match &take.state {
        TakeState::Wanted => {
            return match ticket_of(house, &take, id).await? {
                Some(ticket) => waits(house, ticket.record).await,
                None => Ok(None),
            };
        }
        TakeState::Speaking(speaking) => (speaking.attempt.clone(), None),
        TakeState::Uncertain(uncertain) => (uncertain.lost.attempt.clone(), None),
        TakeState::Ready(recording) => (recording.attempt.clone(), None),
        TakeState::Failed { reason, by, .. } => (AttemptId(by.clone()), Some(reason.clone())),
        TakeState::Going { .. } => return Ok(None),
    };
    for day in (day(id.at)..=day(house.clock.now())).take(MOST_DAYS_WAITED) {
        if let Some(attempt) = entry(house, &attempt, day).await? {
            return called_of(house, attempt).await;
        }
    }
    // It failed before any call, with its ticket.
    Ok(reason.map(|reason| {
        let shown = shown(house, id, (&take.key, Some(&take.request)));
        SpeechRequest { state: State::Failed, reason: Some(reason), ..shown }
    }))
}

async fn entry(house: &House, name: &AttemptId, day: u64) -> Result<Option<Attempt>, StoreError> {
    let found: Option<Read<Attempt>> = house.read(&Partition::Ledger(day), &name.0).await?;
    Ok(found.map(|read| read.record).filter(ledger::is_call))
}

/// The ticket of a take that waits, if it is that of this request.
async fn ticket_of(house: &House, take: &Take, id: &RequestId) -> Result<Option<Read<Ticket>>, StoreError> {
    let Some(name) = &take.ticket else { return Ok(None) };
    let found: Option<Read<Ticket>> = house.read(&Partition::Tickets, name).await?;
    Ok(found.filter(|read| read.record.arrival == id.at))
}

/// Cancels a request that waits: its take fails, as one does that cannot be spoken, so that each job that waits for it is told and
/// ends as it is to; `retry` buys the line. A take that nobody waits for goes. A call that runs is never cut: it is paid for.
///
/// # Errors
/// Those of the store; called again, it goes on.
pub async fn cancel(house: &House, id: &RequestId) -> Result<Cancelled, StoreError> {
    if id.attempt().is_some() {
        return Ok(match find(house, id).await?.map(|request| request.state) {
            None => Cancelled::Unknown,
            Some(State::Speaking) => Cancelled::Speaks,
            Some(State::Uncertain) => Cancelled::Uncertain,
            Some(_) => Cancelled::Ended,
        });
    }
    let key = TakeKey(id.name.clone());
    let Some(found) = takes::read(house, &key).await? else { return Ok(Cancelled::Unknown) };
    match &found.record.state {
        TakeState::Wanted => {}
        TakeState::Speaking(_) => return Ok(Cancelled::Speaks),
        TakeState::Uncertain(_) => return Ok(Cancelled::Uncertain),
        TakeState::Ready(_) | TakeState::Failed { .. } => return Ok(Cancelled::Ended),
        TakeState::Going { .. } => return Ok(Cancelled::Unknown),
    }
    let Some(ticket) = ticket_of(house, &found.record, id).await? else { return Ok(Cancelled::Unknown) };
    let name = &ticket.record.name;
    let take = takes::change(house, &key, |take| take.hopeless(name, CANCELLED)).await?;
    let Some(take) = take else { return Ok(Cancelled::Unknown) };
    if take.failure() != Some(name) {
        // It was begun, or put off, between.
        return Ok(match take.state {
            TakeState::Wanted | TakeState::Going { .. } => Cancelled::Unknown,
            TakeState::Speaking(_) => Cancelled::Speaks,
            TakeState::Uncertain(_) => Cancelled::Uncertain,
            TakeState::Ready(_) | TakeState::Failed { .. } => Cancelled::Ended,
        });
    }
    settle::tell(house, &key, Outcome::Failed).await?;
    tracing::info!(take.key = %key, "a request that waited was cancelled by a person");
    // A client that waits is told by the take.
    let waiter = ticket.record.waiter.as_ref();
    let is_awaited = waiter.is_some_and(|waiter| waiter.alive_until >= house.clock.now());
    if !is_awaited && !is_wanted(house, &take).await? {
        let stands = takes::read(house, &key).await?;
        if let Some(stands) = stands.filter(|read| read.record.failure() == Some(name) && read.record.gone.is_empty()) {
            let _ = house.remove(&stands).await?;
        }
    }
    house.remove_at::<Ticket>(&Partition::Tickets, name).await?;
    Ok(Cancelled::Done)
}

/// A request as far as its take tells.
fn shown(house: &House, id: &RequestId, (take, request): (&TakeKey, Option<&TakeRequest>)) -> SpeechRequest {
    SpeechRequest {
        id: id.to_string(),
        take: take.clone(),
        job: None,
        caller: None,
        state: State::Waiting,
        reason: None,
        band: None,
        created_at: id.at.to_string(),
        age_ms: house.clock.now().since_ms(id.at),
        provider: request.map(|request| request.provider.clone()),
        voice: request.map(|request| request.voice.clone()),
        model: request.map(|request| request.model.clone()),
        text: request.map(|request| request.text.chars().take(SHOWN).collect()),
        characters: request.map_or(0, TakeRequest::characters),
        first_chunk_ms: None,
        chunks: None,
        bytes: None,
        duration_ms: None,
    }
}

/// A ticket, if its take waits under it.
async fn waits(house: &House, ticket: Ticket) -> Result<Option<SpeechRequest>, StoreError> {
    let take = takes::named(house, &ticket).await?.map(|read| read.record);
    Ok(take.filter(|take| take.state == TakeState::Wanted).map(|take| SpeechRequest {
        job: JobId::parse(&ticket.job.0),
        caller: ledger::caller(ticket.caller.as_ref(), &ticket.job),
        band: Some(ticket.priority),
        ..shown(house, &RequestId::of_ticket(&ticket), (&take.key, Some(&take.request)))
    }))
}

/// A call. One whose entry was written and that did not begin yet is none.
async fn called_of(house: &House, attempt: Attempt) -> Result<Option<SpeechRequest>, StoreError> {
    let mut came = attempt.came;
    let (state, reason) = match &attempt.ending {
        Ending::Spoken(_) | Ending::Recovered(_) => (State::Spoken, None),
        Ending::Lost => (State::Lost, None),
        Ending::Busy => (State::Busy, None),
        Ending::Closed(reason) => (State::Failed, Some(reason.clone())),
        Ending::Open => {
            let take = takes::read(house, &attempt.take).await?.map(|read| read.record);
            match take.filter(|take| take.unsettled(&attempt.attempt).is_some()).map(|take| take.state) {
                Some(TakeState::Speaking(speaking)) => {
                    came = Came { bytes: Some(speaking.bytes).filter(|bytes| *bytes > 0), ..came };
                    (State::Speaking, None)
                }
                Some(_) => (State::Uncertain, None),
                None => return Ok(None),
            }
        }
    };
    let request = ledger::request(house, &attempt).await?;
    Ok(Some(SpeechRequest {
        job: JobId::parse(&attempt.job.0),
        caller: ledger::caller(attempt.caller.as_ref(), &attempt.job),
        state,
        reason,
        band: attempt.priority,
        characters: attempt.characters,
        first_chunk_ms: attempt.first_byte_ms,
        chunks: came.chunks,
        bytes: came.bytes,
        duration_ms: came.duration_ms,
        ..shown(house, &RequestId::of_attempt(&attempt), (&attempt.take, request.as_ref()))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_named_by_its_time_and_nothing_else_is_looked_up() {
        let (attempt, take) = ("0123456789abcdef", "0f".repeat(32));
        let at = |at: &str, name: &str| RequestId::parse(&format!("{at}-{name}"));
        let (old, new) = (at("1795210000000", attempt).expect("good"), at("1795210000001", &take).expect("good"));
        assert!(old < new);
        assert_eq!(new.to_string(), format!("1795210000001-{take}"));
        for (time, name) in [
            ("", ""),
            ("1795210000000", ""),
            ("1795210000000", "0123456789abcdeg"),
            ("1795210000000", "0123456789ABCDEF"),
            ("1795210000000", "../../etc/passwd"),
            ("+795210000000", attempt),
            ("17952100000000", attempt),
            ("179521000000", attempt),
        ] {
            assert_eq!(at(time, name), None, "{time}-{name}");
        }
    }
}
