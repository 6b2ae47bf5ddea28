//! A ticket: a wanted take, or a wanted picture, waiting its turn. Its name says when that is.

use crate::ids::{JobId, PictureKey, TakeKey};
use crate::records::{Partition, Record};
use crate::time::Timestamp;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fmt::Display;

/// How urgent a job is. The discriminant is the band in a ticket's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    /// A person waits at the other end.
    Interactive = 1,
    /// Previews, unless they say otherwise.
    Preview = 2,
    /// Films, unless they say otherwise.
    Video = 3,
    /// When nothing else is to be done.
    Warm = 4,
}

/// The band of tickets that are not due yet.
const LATER: char = '9';

/// What may wait for its turn, by its key.
pub trait Waits: Clone + Display + Serialize + DeserializeOwned + Send + Sync {
    /// Where its tickets stand.
    const TICKETS: Partition;
}

impl Waits for TakeKey {
    const TICKETS: Partition = Partition::Tickets;
}

impl Waits for PictureKey {
    const TICKETS: Partition = Partition::PictureTickets;
}

/// A wanted take, or a wanted picture, waiting its turn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket<K = TakeKey> {
    /// `<account>/<band>#<virtual time, 12 digits>#<arrival ms, 13 digits>#<key>`: the tickets of an account are served in
    /// this order. One that is not due yet: `<account>/9#<due ms, 13 digits>#<key>`.
    pub name: String,
    /// Which account serves it.
    pub account: String,
    /// What waits.
    pub what: K,
    /// The job it was written for.
    pub job: JobId,
    /// How urgent that job is.
    pub priority: Priority,
    /// Its place among those of its band: each job counts its own from where the band stands when it comes, so that all share fairly
    /// (start-time fair queueing).
    pub virtual_time: u64,
    /// When it first came.
    pub arrival: Timestamp,
    /// Who ordered that job, by the plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<String>,
    /// Who will speak it himself, and waits for the lane.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiter: Option<Waiter>,
}

/// A process that waits for the lane to speak one take itself, as a client waits at its other end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiter {
    /// Its name as a holder of lanes.
    pub name: String,
    /// Not heard of since then, it is dead.
    pub alive_until: Timestamp,
}

impl<K: Waits> Ticket<K> {
    /// A ticket of a job, or of whoever asks.
    #[must_use]
    pub fn new(
        account: &str,
        what: &K,
        job: &JobId,
        (priority, virtual_time): (Priority, u64),
        arrival: Timestamp,
    ) -> Self {
        let name = format!("{}{virtual_time:012}#{:013}#{what}", first(account, priority), arrival.0);
        Self {
            name,
            account: account.to_owned(),
            what: what.clone(),
            job: job.clone(),
            priority,
            virtual_time,
            arrival,
            caller: None,
            waiter: None,
        }
    }

    /// The ticket as a take names it: another step's, of which only the name is known.
    #[must_use]
    pub fn named(self, name: String) -> Self {
        let mut parts = name.strip_prefix(&of(&self.account)).unwrap_or_default().split('#');
        let band = match parts.next() {
            Some("1") => Priority::Interactive,
            Some("2") => Priority::Preview,
            Some("3") => Priority::Video,
            Some("4") => Priority::Warm,
            _ => return Self { name, ..self },
        };
        let mut number = || parts.next().and_then(|part| part.parse().ok()).unwrap_or_default();
        let (virtual_time, arrival) = (number(), Timestamp(number()));
        Self { name, priority: band, virtual_time, arrival, ..self }
    }

    /// The ticket, put off until `due`.
    #[must_use]
    pub fn later(&self, due: Timestamp) -> Self {
        let name = format!("{}{:013}#{}", first_later(&self.account), due.0, self.what);
        Self { name, waiter: None, ..self.clone() }
    }

    /// The ticket in its band again.
    #[must_use]
    pub fn again(&self) -> Self {
        let again = Self::new(&self.account, &self.what, &self.job, (self.priority, self.virtual_time), self.arrival);
        Self { caller: self.caller.clone(), ..again }
    }

    /// When it is due, if it was put off.
    #[must_use]
    pub fn due(&self) -> Option<Timestamp> {
        let later = self.name.strip_prefix(&first_later(&self.account))?;
        later.split('#').next()?.parse().ok().map(Timestamp)
    }
}

/// What the names of all tickets of an account begin with.
#[must_use]
pub fn of(account: &str) -> String {
    format!("{account}/")
}

/// The name after which an account's tickets of a band, and of those after it, stand.
#[must_use]
pub fn first(account: &str, band: Priority) -> String {
    format!("{account}/{}#", band as u8)
}

/// The name after which those of an account's tickets stand that are not due yet.
#[must_use]
pub fn first_later(account: &str) -> String {
    format!("{account}/{LATER}#")
}

impl<K: Waits> Record for Ticket<K> {
    fn partition(&self) -> Partition {
        K::TICKETS
    }
    fn key(&self) -> String {
        self.name.clone()
    }
}
