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

/// The name after which the tickets stand that are not due yet: band 9.
pub const LATER: &str = "9";

/// A wanted take waiting its turn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// `<band>#<arrival ms, 13 digits>#<place in its job, 6 digits>#<take key>`: tickets are served in this order. One that
    /// is not due yet: `9#<due ms, 13 digits>#<take key>`.
    pub name: String,
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
    /// A ticket for a take of a job.
    #[must_use]
    pub fn new(take: &TakeKey, job: &JobId, priority: Priority, arrival: Timestamp, place: usize) -> Self {
        let name = format!("{}#{:013}#{place:06}#{take}", priority as u8, arrival.0);
        Self { name, take: take.clone(), job: job.clone(), priority, arrival, place }
    }

    /// The ticket, put off until `due`.
    #[must_use]
    pub fn later(&self, due: Timestamp) -> Self {
        Self { name: format!("{LATER}#{:013}#{}", due.0, self.take), ..self.clone() }
    }

    /// The ticket in its band again.
    #[must_use]
    pub fn again(&self) -> Self {
        Self::new(&self.take, &self.job, self.priority, self.arrival, self.place)
    }

    /// When it is due, if it was put off.
    #[must_use]
    pub fn due(&self) -> Option<Timestamp> {
        let due = self.name.strip_prefix(LATER)?.strip_prefix('#')?.split('#').next()?;
        due.parse().ok().map(Timestamp)
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
