//! A take and its states: wanted → speaking → ready or failed. Pure transitions; the loops that perform them are in `steps`.

use crate::ids::{AttemptId, JobId, TakeKey};
use crate::records::{Partition, Record};
use crate::speech::TakeRequest;
use crate::studio::Level;
use crate::time::Timestamp;
use crate::words::Alignment;
use serde::{Deserialize, Serialize};

/// The one recording of a line, or the way to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Take {
    /// The request's hash.
    pub key: TakeKey,
    /// What is asked of the provider.
    pub request: TakeRequest,
    /// How far it is.
    pub state: TakeState,
    /// When a job last wished for it. Writing it makes a step that is about to drop the take lose its swap.
    pub wanted_at: Timestamp,
    /// Its ticket's name, while it waits. A ticket that its take does not name is dropped.
    pub ticket: Option<String>,
    /// When it may be removed.
    pub expires_at: Timestamp,
}

/// How far a take is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum TakeState {
    /// It waits for its turn.
    Wanted,
    /// An attempt is under way.
    Speaking(Speaking),
    /// It is there.
    Ready(Recording),
    /// The provider refused it; the next wish tries again.
    Failed {
        /// Why, for a user.
        reason: String,
    },
}

/// An attempt under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Speaking {
    /// Which attempt.
    pub attempt: AttemptId,
    /// On which lane.
    pub lane: u32,
    /// For which job it is counted as spoken: the one whose ticket came first.
    pub job: JobId,
    /// Until when its holder need not be heard of.
    pub lease_until: Timestamp,
    /// No request is sent later than this.
    pub begin_by: Timestamp,
}

/// A take that is there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recording {
    /// The attempt whose sound counts.
    pub attempt: AttemptId,
    /// The job it was spoken for.
    pub job: JobId,
    /// SHA-256 of the sound.
    pub audio_sha256: String,
    /// Length of the sound in bytes.
    pub size_bytes: u64,
    /// Length and loudness.
    pub level: Level,
    /// Characters charged.
    pub characters: u64,
}

/// What came with a take's sound: kept beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sidecar {
    /// When each character is spoken.
    pub alignment: Alignment,
    /// What the provider said of the call.
    pub receipt: crate::speech::Receipt,
}

impl Take {
    /// A take that a job wishes for and nobody has.
    #[must_use]
    pub fn new(request: TakeRequest, now: Timestamp, ttl_ms: u64) -> Self {
        let expires_at = now.plus_ms(ttl_ms);
        Self { key: request.key(), request, state: TakeState::Wanted, wanted_at: now, ticket: None, expires_at }
    }

    /// The take after a job wished for it: kept longer; a failed, lost or expired one starts anew.
    #[must_use]
    pub fn wanted(&self, now: Timestamp, ttl_ms: u64, audio_is_there: bool) -> Self {
        let mut take = Self { wanted_at: now, expires_at: now.plus_ms(ttl_ms), ..self.clone() };
        let starts_anew = match &self.state {
            TakeState::Failed { .. } => true,
            TakeState::Ready(_) => !audio_is_there || self.expires_at <= now,
            TakeState::Wanted | TakeState::Speaking(_) => false,
        };
        if starts_anew {
            take.state = TakeState::Wanted;
            take.ticket = None;
        }
        take
    }

    /// The take with a ticket, if it waits and has none yet.
    #[must_use]
    pub fn with_ticket(&self, ticket: &str) -> Option<Self> {
        let waits = self.state == TakeState::Wanted && self.ticket.is_none();
        waits.then(|| Self { ticket: Some(ticket.to_owned()), ..self.clone() })
    }

    /// The take as an attempt begins, if it is this ticket's turn.
    #[must_use]
    pub fn begun(&self, ticket: &str, speaking: Speaking) -> Option<Self> {
        let due = self.state == TakeState::Wanted && self.ticket.as_deref() == Some(ticket);
        due.then(|| Self { state: TakeState::Speaking(speaking), ticket: None, ..self.clone() })
    }

    /// The take as its holder lets itself be heard.
    #[must_use]
    pub fn beaten(&self, attempt: &AttemptId, lease_until: Timestamp) -> Option<Self> {
        let mut speaking = self.attempt(attempt)?.clone();
        speaking.lease_until = lease_until;
        Some(Self { state: TakeState::Speaking(speaking), ..self.clone() })
    }

    /// The take as its attempt's sound is there.
    #[must_use]
    pub fn recorded(&self, recording: Recording) -> Option<Self> {
        self.attempt(&recording.attempt)?;
        Some(Self { state: TakeState::Ready(recording), ..self.clone() })
    }

    /// The take as its attempt was refused.
    #[must_use]
    pub fn failed(&self, attempt: &AttemptId, reason: &str) -> Option<Self> {
        self.attempt(attempt)?;
        Some(Self { state: TakeState::Failed { reason: reason.to_owned() }, ..self.clone() })
    }

    /// The take as its attempt ended without sound and without charge: it waits again.
    #[must_use]
    pub fn given_back(&self, attempt: &AttemptId) -> Option<Self> {
        self.attempt(attempt)?;
        Some(Self { state: TakeState::Wanted, ticket: None, ..self.clone() })
    }

    /// The recording, if it is there and alive.
    #[must_use]
    pub fn recording(&self, now: Timestamp) -> Option<&Recording> {
        match &self.state {
            TakeState::Ready(recording) if self.expires_at > now => Some(recording),
            _ => None,
        }
    }

    fn attempt(&self, attempt: &AttemptId) -> Option<&Speaking> {
        match &self.state {
            TakeState::Speaking(speaking) if speaking.attempt == *attempt => Some(speaking),
            _ => None,
        }
    }
}

impl Record for Take {
    fn partition(&self) -> Partition {
        Partition::Takes
    }
    fn key(&self) -> String {
        self.key.0.clone()
    }
    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.expires_at)
    }
}

/// One job's wish for one take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Want {
    /// The take.
    pub take: TakeKey,
    /// The job.
    pub job: JobId,
    /// The take's index in the job's plan.
    pub index: usize,
}

impl Record for Want {
    fn partition(&self) -> Partition {
        Partition::Wants(self.take.clone())
    }
    fn key(&self) -> String {
        self.job.0.clone()
    }
}
