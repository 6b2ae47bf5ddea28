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

/// A wanted take waiting its turn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// `<band>#<arrival ms, 13 digits>#<place in its job, 6 digits>#<take key>`: tickets are served in this order.
    pub name: String,
    /// The take.
    pub take: TakeKey,
    /// The job it was written for.
    pub job: JobId,
}

impl Ticket {
    /// A ticket for a take of a job.
    #[must_use]
    pub fn new(take: &TakeKey, job: &JobId, priority: Priority, arrival: Timestamp, place: usize) -> Self {
        let name = format!("{}#{:013}#{place:06}#{take}", priority as u8, arrival.0);
        Self { name, take: take.clone(), job: job.clone() }
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
