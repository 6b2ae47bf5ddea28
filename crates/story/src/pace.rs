//! How fast an account is spoken with (DESIGN §6.3, §6.6): whose turn is next, how many lanes are in use, how long all of them
//! rest after a refusal, and why none of them speaks. Pure transitions; the loops are in `steps`.

use crate::maker::{Busy, Concurrency};
use crate::records::{Partition, Record};
use crate::speech::Reply;
use crate::ticket::{Priority, Ticket};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Without a refusal for so long, one lane more is tried.
pub const QUIET_MS: u64 = 60_000;
/// A maximum that a provider told and has not repeated for so long is forgotten.
const TOLD_MS: u64 = 60_000;
/// The longest wait after a first failure; it doubles with each that follows, up to the longest of all.
const FIRST_WAIT_MS: u64 = 500;
const LONGEST_WAIT_MS: u64 = 30_000;
/// No rest is longer, whatever a provider asks for: one that seems to be was written by a clock that was wrong, and is over.
const LONGEST_REST_MS: u64 = 10 * 60_000;

/// How long is waited after a failure that so many went before: full jitter (Brooker, 2015) of `chance`, but never none.
#[must_use]
pub fn back_off_ms(failures: u32, chance: u64) -> u64 {
    let longest_ms = (FIRST_WAIT_MS << failures.min(10)).min(LONGEST_WAIT_MS);
    longest_ms / 4 + chance % (longest_ms * 3 / 4)
}

/// How fast an account is spoken with. One document, shared by all its lanes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pace {
    /// Which account.
    pub account: String,
    /// The virtual time of each band: that of the ticket last begun there. It never runs backward.
    pub virtual_times: [u64; 4],
    /// Turns so far.
    pub turn: u64,
    /// Lanes that are closed for a while: the provider did not take so many calls at once.
    pub closed: BTreeSet<u32>,
    /// A lane that was opened again and whose first call is not answered yet.
    pub on_trial: Option<u32>,
    /// When the provider last refused a call for being one too many.
    pub refused_at: Timestamp,
    /// Calls at once that the provider says it takes, by model.
    pub told: BTreeMap<String, Told>,
    /// No lane calls before this: see [`rest_ms`](Self::rest_ms).
    pub rests_until: Timestamp,
    /// Refusals in a row for which the lanes rested.
    pub refusals: u32,
    /// How long the last calls took, about; 0 where none was made.
    pub call_ms: u64,
    /// The virtual time of the last ticket of each client who has no job, by band, while it lies ahead.
    pub clients: BTreeMap<String, u64>,
    /// Why no lane calls until a person resumes.
    pub stopped: Option<Stop>,
}

/// What a provider said of calls at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Which it counted.
    pub current: u32,
    /// Which it takes.
    pub maximum: u32,
    /// When it said so.
    pub at: Timestamp,
}

/// Why no lane calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// What the provider said.
    pub reason: String,
    /// Since when.
    pub at: Timestamp,
    /// What the provider said, as it stood there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<Box<Reply>>,
}

impl Pace {
    /// An account that was never spoken with.
    #[must_use]
    pub fn new(account: &str) -> Self {
        Self { account: account.to_owned(), ..Self::default() }
    }

    /// At which band the next turn begins: mostly at the first, and at each other often enough that nothing starves.
    #[must_use]
    pub fn first_band(&self) -> Priority {
        match self.turn + 1 {
            turn if turn % 60 == 0 => Priority::Warm,
            turn if turn % 15 == 0 => Priority::Video,
            turn if turn % 5 == 0 => Priority::Preview,
            _ => Priority::Interactive,
        }
    }

    /// The virtual time of a band.
    #[must_use]
    pub fn virtual_time(&self, band: Priority) -> u64 {
        self.virtual_times[band as usize - 1]
    }

    /// The pace as a client without a job comes: its ticket stands one after its last, or where the band does.
    #[must_use]
    pub fn arrived(&self, client: &str, band: Priority) -> Self {
        let mut next = self.clone();
        let (band_name, now) = (Self::of_client(band, ""), self.virtual_time(band));
        next.clients.retain(|name, last| !name.starts_with(&band_name) || *last > now);
        let last = next.clients.entry(Self::of_client(band, client)).or_default();
        *last = now.max(*last) + 1;
        next
    }

    /// The virtual time of a client's last ticket in a band.
    #[must_use]
    pub fn last_of(&self, client: &str, band: Priority) -> u64 {
        self.clients.get(&Self::of_client(band, client)).copied().unwrap_or_default()
    }

    fn of_client(band: Priority, client: &str) -> String {
        format!("{}#{client}", band as u8)
    }

    /// The pace as a ticket's call begins, after one that took `last_ms`.
    #[must_use]
    pub fn begun<K>(&self, ticket: &Ticket<K>, last_ms: Option<u64>) -> Self {
        let mut next = Self { turn: self.turn + 1, ..self.clone() };
        next.call_ms = match (last_ms, self.call_ms) {
            (None, known) => known,
            (Some(last_ms), 0) => last_ms,
            (Some(last_ms), known) => (known * 7 + last_ms) / 8,
        };
        let band = &mut next.virtual_times[ticket.priority as usize - 1];
        *band = ticket.virtual_time.max(*band);
        next
    }

    /// Which of a house's lanes are open. One always is: another process, with more lanes, may have closed all that this one has.
    pub fn open(&self, lanes: u32) -> impl Iterator<Item = u32> + '_ {
        let none_is = (0..lanes).all(|lane| self.closed.contains(&lane));
        (0..lanes).filter(move |lane| !self.closed.contains(lane) || (none_is && *lane == 0))
    }

    /// The pace as a call on `lane` was taken by the provider. `None` if that says nothing new.
    #[must_use]
    pub fn taken(
        &self,
        (lane, lanes): (u32, u32),
        model: &str,
        said: Option<Concurrency>,
        now: Timestamp,
    ) -> Option<Self> {
        let mut next = Self { refusals: 0, ..self.clone() };
        if next.on_trial == Some(lane) {
            next.on_trial = None;
        }
        next.obey(lanes, Some(lane), model, said, now);
        (next != *self).then_some(next)
    }

    /// The pace as a call on `lane` was refused: one call too many closes its lane, the last one excepted; whatever else was too
    /// much has all lanes rest, by `chance`.
    #[must_use]
    pub fn refused(&self, (lane, lanes): (u32, u32), model: &str, busy: &Busy, now: Timestamp, chance: u64) -> Self {
        let mut next = self.clone();
        if next.on_trial == Some(lane) {
            next.on_trial = None;
        }
        if busy.is_crowded {
            next.refused_at = now;
        }
        if busy.is_crowded && next.open(lanes).any(|other| other != lane) {
            next.closed.insert(lane);
        } else if !(busy.is_crowded && next.closed.contains(&lane)) {
            let rest_ms = back_off_ms(next.refusals, chance).max(busy.retry_after_ms.unwrap_or_default());
            next.refusals += 1;
            next.rests_until = now.plus_ms(rest_ms.min(LONGEST_REST_MS).max(self.rest_ms(now)));
        }
        next.obey(lanes, None, model, busy.concurrency, now);
        next
    }

    /// How long no lane calls yet.
    #[must_use]
    pub fn rest_ms(&self, now: Timestamp) -> u64 {
        Some(self.rests_until.since_ms(now)).filter(|rest_ms| *rest_ms <= LONGEST_REST_MS).unwrap_or_default()
    }

    /// The pace after a quiet minute: one lane more is open. After that each lane that turns out to be one not too many opens another.
    #[must_use]
    pub fn eased(&self, lanes: u32, now: Timestamp) -> Option<Self> {
        let most = self.most(lanes);
        let may = self.on_trial.is_none()
            && now.since_ms(self.refused_at) >= QUIET_MS
            && self.open(lanes).count() < most as usize;
        let lane = (0..lanes).find(|lane| self.closed.contains(lane))?;
        may.then(|| {
            let mut next = Self { on_trial: Some(lane), ..self.clone() };
            next.closed.remove(&lane);
            next
        })
    }

    /// The pace as no call of the account works.
    #[must_use]
    pub fn stopped(&self, reason: &str, reply: Option<&Reply>, now: Timestamp) -> Option<Self> {
        let stop = Stop { reason: reason.to_owned(), at: now, reply: reply.cloned().map(Box::new) };
        self.stopped.is_none().then(|| Self { stopped: Some(stop), ..self.clone() })
    }

    /// The pace after a person has acted.
    #[must_use]
    pub fn resumed(&self) -> Option<Self> {
        let stands = self.stopped.is_some() || self.refusals > 0;
        stands.then(|| Self { stopped: None, refusals: 0, rests_until: Timestamp(0), ..self.clone() })
    }

    /// Calls at once that the provider takes of what is spoken now, as far as it told.
    fn most(&self, lanes: u32) -> u32 {
        self.told.values().map(|told| told.maximum.max(1)).min().unwrap_or(lanes).min(lanes)
    }

    /// Closes what is more than the provider says it takes, `lane` last; opens what it says it takes anew.
    fn obey(&mut self, lanes: u32, lane: Option<u32>, model: &str, said: Option<Concurrency>, now: Timestamp) {
        let Some(Concurrency { current, maximum }) = said else { return };
        let before = self.most(lanes);
        self.told.retain(|other, told| other == model || now.since_ms(told.at) < TOLD_MS);
        let known = self.told.get(model).filter(|told| told.maximum == maximum && now.since_ms(told.at) < TOLD_MS / 2);
        if known.is_none() {
            self.told.insert(model.to_owned(), Told { current, maximum, at: now });
        }
        let most = self.most(lanes) as usize;
        while self.open(lanes).count() > most {
            let last = self.open(lanes).filter(|open| Some(*open) != lane).last();
            self.closed.extend(last);
        }
        if most > before as usize {
            let again: Vec<u32> = (0..lanes).filter(|lane| self.closed.contains(lane)).collect();
            let missing = most - self.open(lanes).count();
            for lane in again.into_iter().take(missing) {
                self.closed.remove(&lane);
            }
        }
    }
}

impl Record for Pace {
    fn partition(&self) -> Partition {
        Partition::Paces
    }
    fn key(&self) -> String {
        self.account.clone()
    }
}
