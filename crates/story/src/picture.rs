//! A picture that is drawn or fetched, and its states: wanted → under way → there, or failed. Pure transitions; the loops that
//! perform them are in `steps`. Simpler than a take: no provider of pictures keeps books in which a lost call could be found, and the
//! bytes are stored by their own hash, so that an attempt leaves nothing behind that others could mistake for theirs.

use crate::ids::{AttemptId, JobId, PictureKey};
use crate::images::PictureRequest;
use crate::records::{Partition, Record};
use crate::ticket::Ticket;
use crate::time::Timestamp;
use crate::timeline::Times;
use crate::writing::Earlier;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A picture, or the way to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Picture {
    /// The request's hash.
    pub key: PictureKey,
    /// Where it comes from.
    pub request: PictureRequest,
    /// How far it is.
    pub state: PictureState,
    /// The jobs that wish for it.
    pub wishes: BTreeMap<JobId, Wish>,
    /// Its ticket's name, while it waits; while it is under way, that of the one by which a dead painter's work is found. A ticket
    /// that its picture does not name is dropped.
    pub ticket: Option<String>,
    /// Calls in a row that did not work and were not charged.
    pub tries: u32,
    /// Calls in a row whose answer was lost: they may have been charged.
    pub lost: u32,
    /// Whether a call for it was ever lost: drawn now, it was bought again.
    pub rebought: bool,
    /// Why it failed last, for a user: kept when a later wish tries again.
    pub why: Option<String>,
    /// What came and could not be shown: kept for a while, so that a person can look at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Painted>,
    /// Of an animation that is being written: the wrong answer before, which is paid, and what was wrong with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier: Option<Earlier>,
    /// When it waited, and was last made.
    #[serde(default, skip_serializing_if = "Times::is_nothing")]
    pub times: Times,
    /// When it may be removed.
    pub expires_at: Timestamp,
}

/// A job's wish for a picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// Its index in the job's plan.
    pub index: usize,
    /// The life of the job in which it was wished for.
    pub life: u32,
    /// Whether what was lost is bought again.
    pub buys_again: bool,
}

/// How far a picture is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum PictureState {
    /// It waits for its turn.
    Wanted,
    /// It is being drawn or fetched.
    UnderWay(Painting),
    /// It is there.
    Ready(Painted),
    /// It cannot be had; the next wish tries again.
    Failed {
        /// Whether a call for it may have been paid for: then only a wish that buys again goes past it.
        lost: bool,
    },
}

/// An attempt under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Painting {
    /// Which attempt.
    pub attempt: AttemptId,
    /// Whose turn it is: the picture is counted as made for that ticket's job.
    pub turn: Ticket<PictureKey>,
    /// Until when its painter need not be heard of.
    pub lease_until: Timestamp,
    /// What was ordered of a provider that is asked later how far it is: nobody is about it then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<Operation>,
}

/// A clip that was ordered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    /// The provider's name of it.
    pub name: String,
    /// When it was ordered.
    pub since: Timestamp,
    /// How often it was asked how far it is.
    pub asked: u32,
}

/// A picture that is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Painted {
    /// SHA-256 of its bytes: where they lie.
    pub sha256: String,
    /// How many.
    pub size_bytes: u64,
    /// The job it was made for.
    pub job: JobId,
}

/// Answers lost in a row before a picture is given up: what was lost once is bought again once.
const MOST_LOST: u32 = 2;

impl Picture {
    /// A picture that nobody has.
    #[must_use]
    pub fn new(request: PictureRequest, expires_at: Timestamp) -> Self {
        Self {
            key: request.key(),
            request,
            state: PictureState::Wanted,
            wishes: BTreeMap::new(),
            ticket: None,
            tries: 0,
            lost: 0,
            rebought: false,
            why: None,
            refused: None,
            earlier: None,
            times: Times::default(),
            expires_at,
        }
    }

    /// The picture after a job wished for it. One that failed, for a wish that did not know of it, is tried again; so is one whose
    /// bytes are gone.
    #[must_use]
    pub fn wished(&self, job: &JobId, wish: &Wish, expires_at: Timestamp, is_there: bool) -> Self {
        // The same wish again: only asked how it stands.
        let knows = self.wishes.get(job).is_some_and(|known| known.life == wish.life);
        let mut next = Self { expires_at: expires_at.max(self.expires_at), ..self.clone() };
        let begins_anew = match &self.state {
            PictureState::Wanted | PictureState::UnderWay(_) => false,
            PictureState::Ready(_) => !is_there,
            PictureState::Failed { lost, .. } => !knows && (!lost || wish.buys_again),
        };
        if begins_anew {
            let times = Times::default();
            next = Self { state: PictureState::Wanted, ticket: None, tries: 0, lost: 0, earlier: None, times, ..next };
            next.rebought = matches!(self.state, PictureState::Failed { .. }) && self.rebought;
        }
        next.wishes.insert(job.clone(), wish.clone());
        next
    }

    /// The picture without a job's wish, if the job has one.
    #[must_use]
    pub fn without(&self, job: &JobId) -> Option<Self> {
        let mut next = self.clone();
        next.wishes.remove(job)?;
        Some(next)
    }

    /// The picture with a ticket, if it waits and has none yet.
    #[must_use]
    pub fn with_ticket(&self, ticket: &Ticket<PictureKey>) -> Option<Self> {
        let waits = self.state == PictureState::Wanted && self.ticket.is_none();
        waits.then(|| Self { ticket: Some(ticket.name.clone()), ..self.clone() })
    }

    /// The picture as an attempt begins, if it is this ticket's turn. `later` is the ticket by which it is found should its painter die.
    #[must_use]
    pub fn begun(&self, ticket: &str, painting: Painting, later: &str) -> Option<Self> {
        let due = self.state == PictureState::Wanted && self.ticket.as_deref() == Some(ticket);
        let state = PictureState::UnderWay(painting);
        due.then(|| Self { state, ticket: Some(later.to_owned()), ..self.clone() })
    }

    /// The picture with what is noted of its times.
    #[must_use]
    pub fn timed(self, times: Times) -> Self {
        Self { times, ..self }
    }

    /// The attempt under way, if it is this one.
    #[must_use]
    pub fn painting(&self, attempt: &AttemptId) -> Option<&Painting> {
        match &self.state {
            PictureState::UnderWay(painting) if painting.attempt == *attempt => Some(painting),
            _ => None,
        }
    }

    /// The picture as an answer of its writer goes back.
    #[must_use]
    pub fn sent_back(&self, attempt: &AttemptId, earlier: Option<&Earlier>) -> Option<Self> {
        self.painting(attempt)?;
        Some(Self { earlier: earlier.cloned(), ..self.clone() })
    }

    /// The picture as its painter lets itself be heard.
    #[must_use]
    pub fn beaten(&self, attempt: &AttemptId, lease_until: Timestamp) -> Option<Self> {
        let painting = Painting { lease_until, ..self.painting(attempt)?.clone() };
        Some(Self { state: PictureState::UnderWay(painting), ..self.clone() })
    }

    /// The picture as it was ordered: nobody is about it until `ticket` is due.
    #[must_use]
    pub fn ordered(&self, attempt: &AttemptId, name: &str, since: Timestamp, ticket: &str) -> Option<Self> {
        let operation = Some(Operation { name: name.to_owned(), since, asked: 0 });
        let painting = Painting { operation, lease_until: Timestamp(0), ..self.painting(attempt)?.clone() };
        Some(Self { state: PictureState::UnderWay(painting), ticket: Some(ticket.to_owned()), ..self.clone() })
    }

    /// The picture as somebody takes it up to ask how far it is: its ticket is due, and whoever asked before is not heard of any
    /// more. `later` is the ticket by which it is found should this one die.
    #[must_use]
    pub fn taken_up(
        &self,
        ticket: &str,
        attempt: &AttemptId,
        (over, lease_until): (Timestamp, Timestamp),
        later: &str,
    ) -> Option<Self> {
        let PictureState::UnderWay(painting) = &self.state else { return None };
        let operation = painting.operation.as_ref()?;
        if self.ticket.as_deref() != Some(ticket) || painting.lease_until >= over {
            return None;
        }
        let operation = Some(Operation { asked: operation.asked + 1, ..operation.clone() });
        let painting = Painting { attempt: attempt.clone(), lease_until, operation, ..painting.clone() };
        Some(Self { state: PictureState::UnderWay(painting), ticket: Some(later.to_owned()), ..self.clone() })
    }

    /// The picture as it is not there yet: nobody is about it until `ticket` is due.
    #[must_use]
    pub fn put_off(&self, attempt: &AttemptId, ticket: &str) -> Option<Self> {
        let painting = Painting { lease_until: Timestamp(0), ..self.painting(attempt)?.clone() };
        painting.operation.as_ref()?;
        Some(Self { state: PictureState::UnderWay(painting), ticket: Some(ticket.to_owned()), ..self.clone() })
    }

    /// The picture as the ticket is put off by which a dead painter's work is found: its painter is alive.
    #[must_use]
    pub fn watched(&self, ticket: &str, later: &str) -> Option<Self> {
        let is_named = self.ticket.as_deref() == Some(ticket) && matches!(self.state, PictureState::UnderWay(_));
        is_named.then(|| Self { ticket: Some(later.to_owned()), ..self.clone() })
    }

    /// The picture as it came.
    #[must_use]
    pub fn painted(&self, attempt: &AttemptId, sha256: &str, size_bytes: u64) -> Option<Self> {
        let job = self.painting(attempt)?.turn.job.clone();
        let state = PictureState::Ready(Painted { sha256: sha256.to_owned(), size_bytes, job });
        Some(Self { state, ticket: None, tries: 0, lost: 0, earlier: None, ..self.clone() })
    }

    /// The picture as its attempt ended without a picture and without a charge: it waits again, with `ticket`.
    #[must_use]
    pub fn given_back(&self, attempt: &AttemptId, tries: u32, ticket: &str) -> Option<Self> {
        self.painting(attempt)?;
        Some(Self { state: PictureState::Wanted, ticket: Some(ticket.to_owned()), tries, ..self.clone() })
    }

    /// The picture as it cannot be had.
    #[must_use]
    pub fn failed(&self, attempt: &AttemptId, reason: &str) -> Option<Self> {
        self.painting(attempt)?;
        Some(self.failing(reason, false))
    }

    /// The picture as it fails without an attempt of its own: no call of this account would work.
    #[must_use]
    pub fn hopeless(&self, ticket: &str, reason: &str) -> Option<Self> {
        let waits = self.state == PictureState::Wanted && self.ticket.as_deref() == Some(ticket);
        waits.then(|| self.failing(reason, false))
    }

    /// The picture as the answer to a call was lost. It may have been charged, and nobody can tell: it is drawn once more, with
    /// `ticket`, if a job that wishes for it has it so; else a person decides.
    #[must_use]
    pub fn lost(&self, attempt: &AttemptId, ticket: &str) -> Option<Self> {
        self.painting(attempt)?;
        // What is fetched costs nothing.
        let is_free = matches!(self.request, PictureRequest::Fetched(_));
        let lost = self.lost + 1;
        if lost >= MOST_LOST {
            let reason = "the answer was lost on its way, twice: retry later";
            return Some(Self { lost, rebought: !is_free, ..self.failing(reason, !is_free) });
        }
        if !is_free && !self.wishes.values().any(|wish| wish.buys_again) {
            let reason =
                "the answer to the call was lost; it may have been charged for, and is not made again by itself";
            return Some(Self { lost, rebought: true, ..self.failing(reason, true) });
        }
        let ticket = Some(ticket.to_owned());
        Some(Self { state: PictureState::Wanted, ticket, lost, rebought: !is_free, ..self.clone() })
    }

    /// The picture as a person has decided that what was lost may be bought again.
    #[must_use]
    pub fn forgiven(&self) -> Option<Self> {
        let is_lost = matches!(self.state, PictureState::Failed { lost: true });
        is_lost.then(|| Self { state: PictureState::Failed { lost: false }, ..self.clone() })
    }

    fn failing(&self, reason: &str, lost: bool) -> Self {
        let why = Some(reason.to_owned());
        Self { state: PictureState::Failed { lost }, ticket: None, tries: 0, why, ..self.clone() }
    }
}

impl Record for Picture {
    fn partition(&self) -> Partition {
        Partition::Pictures
    }
    fn key(&self) -> String {
        self.key.0.clone()
    }
    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.expires_at)
    }
}
