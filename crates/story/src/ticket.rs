//! A ticket: a wanted take waiting its turn. Its name says when that is.

use crate::ids::{JobId, TakeKey};
use crate::records::{Partition, Record};
use crate::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How urgent a job is. The discriminant is the band in a ticket's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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

/// A wanted take waiting its turn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// `<account>/<band>#<arrival ms, 13 digits>#<place in its job, 6 digits>#<take key>`: the tickets of an account are served
    /// in this order. One that is not due yet: `<account>/9#<due ms, 13 digits>#<take key>`.
    pub name: String,
    /// Which account speaks it.
    pub account: String,
    /// The take.
    pub take: TakeKey,
    /// The job it was written for.
    pub job: JobId,
    /// How urgent that job is.
    pub priority: Priority,
    /// When it first came.
    pub arrival: Timestamp,
    /// The take's place in its job.
    pub place: usize,
}

impl Ticket {
    /// A ticket for the take at `place` of a job.
    #[must_use]
    pub fn new(
        account: &str,
        take: &TakeKey,
        job: &JobId,
        priority: Priority,
        arrival: Timestamp,
        place: usize,
    ) -> Self {
        let name = format!("{account}/{}#{:013}#{place:06}#{take}", priority as u8, arrival.0);
        Self { name, account: account.to_owned(), take: take.clone(), job: job.clone(), priority, arrival, place }
    }

    /// The name after which an account's tickets stand.
    #[must_use]
    pub fn first(account: &str) -> String {
        format!("{account}/")
    }

    /// The name after which those of an account's tickets stand that are not due yet.
    #[must_use]
    pub fn first_later(account: &str) -> String {
        format!("{account}/{LATER}")
    }

    /// The ticket, put off until `due`.
    #[must_use]
    pub fn later(&self, due: Timestamp) -> Self {
        Self { name: format!("{}/{LATER}#{:013}#{}", self.account, due.0, self.take), ..self.clone() }
    }

    /// The ticket in its band again.
    #[must_use]
    pub fn again(&self) -> Self {
        Self::new(&self.account, &self.take, &self.job, self.priority, self.arrival, self.place)
    }

    /// When it is due, if it was put off.
    #[must_use]
    pub fn due(&self) -> Option<Timestamp> {
        let later = self.name.strip_prefix(&Self::first_later(&self.account))?.strip_prefix('#')?;
        later.split('#').next()?.parse().ok().map(Timestamp)
    }
}

impl Record for Ticket {
    fn partition(&self) -> Partition {
        Partition::Tickets
    }
    fn key(&self) -> String {
        self.name.clone()
    }
}
