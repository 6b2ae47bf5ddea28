//! The window: how many pictures may be begun in a minute, across workers, restarts and clocks (DESIGN §5.3), and the breaker that
//! keeps all of them away from a provider that refused one. Pure transitions; the loop is in `steps`.

use crate::records::{Partition, Record};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

/// Starts are counted for a minute of the provider's clock, which is 66 s of ours: two clocks 2 s off either way, 1 s from taking a
/// place to the request being written, 1 s on its way.
pub const SPAN_MS: u64 = 66_000;

/// A place that was taken is used within this, or not at all.
pub const USE_WITHIN_MS: u64 = 1_000;

/// How long all stay away after a first refusal, where the provider does not say; twice as long after each that follows, up to the
/// longest: so long Together closes an account that asked too often.
const FIRST_REST_MS: u64 = SPAN_MS;
const LONGEST_REST_MS: u64 = 15 * 60_000;

/// What no call of an account would change, as a spent credit, is believed for so long.
const BELIEVED_MS: u64 = 60_000;

/// The last starts at an account. One document, swapped by all who draw there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Window {
    /// Which account.
    pub account: String,
    /// When a place was taken, ascending: as many as may be in a minute.
    pub starts: VecDeque<Timestamp>,
    /// No picture is begun before this: the provider refused one.
    pub rests_until: Timestamp,
    /// Refusals in a row.
    pub refusals: u32,
    /// Why no call would work, and when that was said.
    pub spent: Option<(String, Timestamp)>,
    /// For when somebody is sent to look for a free place.
    pub wakes_at: Timestamp,
    /// How long the last clips of each model took, in milliseconds: what a reader is told of one that is under way.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub took_ms: BTreeMap<String, VecDeque<u64>>,
}

/// Clips of a model whose length of making is known.
const MOST_TOOK: usize = 15;

impl Window {
    /// A window in which nothing was begun.
    #[must_use]
    pub fn new(account: &str) -> Self {
        Self { account: account.to_owned(), ..Self::default() }
    }

    /// When the next picture may be begun, where `most` may be in a minute; `None` for no limit. Not before `now`.
    #[must_use]
    pub fn free_at(&self, most: Option<usize>, now: Timestamp) -> Timestamp {
        // Of a clock that was wrong by more, nothing can be told.
        let rests_until = self.rests_until.min(now.plus_ms(LONGEST_REST_MS));
        let Some(most) = most else { return now.max(rests_until) };
        let counts = |start: &&Timestamp| **start <= now.plus_ms(SPAN_MS);
        // The last `most` of them: a limit may have been higher before.
        let first = self.starts.iter().filter(counts).rev().nth(most.saturating_sub(1));
        first.map_or(now, |first| first.plus_ms(SPAN_MS + 1)).max(rests_until).max(now)
    }

    /// The window with one place taken now, if one is free.
    #[must_use]
    pub fn taken(&self, most: Option<usize>, now: Timestamp) -> Option<Self> {
        (self.free_at(most, now) <= now).then_some(())?;
        let mut next = self.clone();
        if let Some(most) = most {
            next.starts.push_back(now);
            next.starts.make_contiguous().sort_unstable();
            next.starts.drain(..next.starts.len().saturating_sub(most));
        }
        Some(next)
    }

    /// The window as somebody is sent to look when it is free again; `None` if somebody is already.
    #[must_use]
    pub fn woken(&self, at: Timestamp, now: Timestamp) -> Option<Self> {
        let is_awaited = self.wakes_at > now && self.wakes_at <= at;
        (!is_awaited).then(|| Self { wakes_at: at, ..self.clone() })
    }

    /// The window as the provider refused a picture for being one too many.
    #[must_use]
    pub fn refused(&self, retry_after_ms: Option<u64>, now: Timestamp) -> Self {
        let rest_ms = (FIRST_REST_MS << self.refusals.min(8)).max(retry_after_ms.unwrap_or_default());
        let rests_until = now.plus_ms(rest_ms.min(LONGEST_REST_MS)).max(self.rests_until);
        Self { rests_until, refusals: self.refusals.saturating_add(1), ..self.clone() }
    }

    /// The window as the provider took a picture on. `None` if that says nothing new.
    #[must_use]
    pub fn accepted(&self) -> Option<Self> {
        let is_new = self.refusals > 0 || self.spent.is_some();
        is_new.then(|| Self { refusals: 0, spent: None, ..self.clone() })
    }

    /// The window as no call of the account works until a person acts.
    #[must_use]
    pub fn spent(&self, reason: &str, now: Timestamp) -> Self {
        Self { spent: Some((reason.to_owned(), now)), ..self.clone() }
    }

    /// Why no call would work, where that was said a moment ago: a person may have acted since.
    #[must_use]
    pub fn why_hopeless(&self, now: Timestamp) -> Option<&str> {
        let (reason, at) = self.spent.as_ref()?;
        (now.since_ms(*at) < BELIEVED_MS).then_some(reason)
    }

    /// The window as a person has acted. `None` if nothing stood in the way.
    #[must_use]
    pub fn resumed(&self) -> Option<Self> {
        self.spent.is_some().then(|| Self { spent: None, ..self.clone() })
    }

    /// The window as a clip of a model came after so long.
    #[must_use]
    pub fn took(&self, model: &str, ms: u64) -> Self {
        let mut next = self.clone();
        let took = next.took_ms.entry(model.to_owned()).or_default();
        took.push_back(ms);
        took.drain(..took.len().saturating_sub(MOST_TOOK));
        next
    }

    /// How long a clip of a model takes: the median of the last ones.
    #[must_use]
    pub fn expected_ms(&self, model: &str) -> Option<u64> {
        let mut took: Vec<u64> = self.took_ms.get(model)?.iter().copied().collect();
        took.sort_unstable();
        took.get(took.len() / 2).copied()
    }

    /// How long the breaker stays open yet.
    #[must_use]
    pub fn rest_ms(&self, now: Timestamp) -> u64 {
        self.rests_until.since_ms(now).min(LONGEST_REST_MS)
    }
}

impl Record for Window {
    fn partition(&self) -> Partition {
        Partition::Windows
    }
    fn key(&self) -> String {
        self.account.clone()
    }
}
