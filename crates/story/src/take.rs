//! A take and its states: wanted → speaking → ready, failed, or uncertain; going while its objects are removed. Pure
//! transitions (DESIGN §6.2, §8); the loops that perform them are in `steps`.

use crate::ids::{AttemptId, JobId, TakeKey};
use crate::records::{Partition, Record};
use crate::speech::{Receipt, Reply, TakeRequest};
use crate::studio::Level;
use crate::ticket::{self, Ticket};
use crate::time::Timestamp;
use crate::words::Alignment;
use serde::{Deserialize, Serialize};
use std::ops::Range;

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
    /// Its ticket's name, while it waits or is uncertain. A ticket that its take does not name is dropped.
    pub ticket: Option<String>,
    /// Calls in a row that did not work and were not charged.
    pub tries: u32,
    /// Calls in a row that were lost for good.
    pub lost: u32,
    /// Whether a call for it was ever lost for good: spoken now, it was bought again.
    pub rebought: bool,
    /// Attempts whose objects may still be there, though they are not the take's.
    pub gone: Vec<AttemptId>,
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
    /// An attempt was lost: it may have been charged. The provider's history is looked at.
    Uncertain(Uncertain),
    /// It is there.
    Ready(Recording),
    /// It cannot be spoken; the next wish tries again.
    Failed {
        /// Why, for a user.
        reason: String,
        /// Which attempt or ticket failed: a wish that knows of it goes past it.
        by: String,
        /// Whether it may have been paid for: then only a wish that buys again goes past it, or a person.
        lost: bool,
        /// What the provider said, where it said anything.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reply: Option<Box<Reply>>,
    },
    /// Its objects are being removed.
    Going {
        /// The attempt whose sound it was: nobody writes that any more, so it goes at once.
        sound: Option<AttemptId>,
    },
}

/// An attempt under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Speaking {
    /// Which attempt.
    pub attempt: AttemptId,
    /// On which lane.
    pub lane: u32,
    /// Whose turn it is: the take is counted as spoken for that ticket's job.
    pub turn: Ticket,
    /// When it began.
    pub began_at: Timestamp,
    /// No request is sent later than this.
    pub begin_by: Timestamp,
    /// Until when its holder need not be heard of.
    pub lease_until: Timestamp,
    /// Bytes of sound that its holder had when it was last heard of.
    #[serde(default)]
    pub bytes: u64,
}

/// An attempt that was lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uncertain {
    /// As it was begun; its lease is over.
    pub lost: Speaking,
    /// Looks into the provider's history that found nothing.
    pub looks: u32,
    /// When to look next.
    pub due_at: Timestamp,
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
    /// Where there is a voice (samples), if the provider did not say when each character is spoken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activity: Option<Vec<Range<u64>>>,
}

/// What came with a take's sound: kept beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sidecar {
    /// When each character is spoken, if the provider said it.
    pub alignment: Option<Alignment>,
    /// What the provider said of the call.
    pub receipt: Receipt,
    /// Its answer, the sound left out: so the gateway gives it again as it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<Original>,
}

/// A provider's answer, the sound left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Original {
    /// Its headers, without those of the connection.
    pub headers: Vec<(String, String)>,
    /// Its text: what stands before so many bytes of sound in base64, and behind them.
    pub lines: Vec<(String, u64, String)>,
}

impl Take {
    /// A take that a job wishes for and nobody has.
    #[must_use]
    pub fn new(request: TakeRequest, now: Timestamp, ttl_ms: u64) -> Self {
        Self {
            key: request.key(),
            request,
            state: TakeState::Wanted,
            wanted_at: now,
            ticket: None,
            tries: 0,
            lost: 0,
            rebought: false,
            gone: Vec::new(),
            expires_at: now.plus_ms(ttl_ms),
        }
    }

    /// The take after a job wished for it: kept longer; one whose sound is lost or going starts anew, and one whose failure the
    /// wish goes past. One that has expired and whose sound is still there stays: nothing is paid twice for a sweep's delay.
    #[must_use]
    pub fn wanted(&self, want: &Want, now: Timestamp, ttl_ms: u64, sound_is_there: bool) -> Self {
        let expires_at = now.plus_ms(ttl_ms).max(self.expires_at);
        let take = Self { wanted_at: now, expires_at, ..self.clone() };
        match &self.state {
            TakeState::Ready(_) if sound_is_there => take,
            TakeState::Wanted | TakeState::Speaking(_) | TakeState::Uncertain(_) => take,
            TakeState::Ready(recording) => Self { rebought: false, ..take.without(&recording.attempt) }.waiting(None),
            TakeState::Failed { lost: true, .. } if !want.buys_again => take,
            TakeState::Failed { by, .. } if want.past.as_ref() != Some(by) => take,
            TakeState::Failed { .. } => Self { lost: 0, ..take }.waiting(None),
            TakeState::Going { .. } => Self { rebought: false, ..take }.waiting(None),
        }
    }

    /// The take with a ticket, if it waits and has none yet, or one of the same account that comes later in the bands. One that was
    /// put off stays so.
    #[must_use]
    pub fn with_ticket(&self, ticket: &Ticket) -> Option<Self> {
        let of = ticket::of(&ticket.account);
        let comes_later = |name: &String| {
            name.starts_with(&of) && !name.starts_with(&ticket::first_later(&ticket.account)) && *name > ticket.name
        };
        let waits = self.state == TakeState::Wanted && self.ticket.as_ref().is_none_or(comes_later);
        waits.then(|| Self { ticket: Some(ticket.name.clone()), ..self.clone() })
    }

    /// The take as an attempt begins, if it is this ticket's turn.
    #[must_use]
    pub fn begun(&self, ticket: &str, speaking: Speaking) -> Option<Self> {
        let due = self.state == TakeState::Wanted && self.ticket.as_deref() == Some(ticket);
        due.then(|| Self { state: TakeState::Speaking(speaking), ticket: None, ..self.clone() })
    }

    /// The take as its holder lets itself be heard.
    #[must_use]
    pub fn beaten(&self, attempt: &AttemptId, lease_until: Timestamp, bytes: u64) -> Option<Self> {
        let TakeState::Speaking(speaking) = &self.state else { return None };
        let speaking = Speaking { lease_until, bytes, ..speaking.clone() };
        (speaking.attempt == *attempt).then(|| Self { state: TakeState::Speaking(speaking), ..self.clone() })
    }

    /// The take as its attempt is lost: it may have been charged, and is looked for under `ticket`.
    #[must_use]
    pub fn lost(&self, attempt: &AttemptId, uncertain: Uncertain, ticket: &str) -> Option<Self> {
        let speaks = matches!(&self.state, TakeState::Speaking(speaking) if speaking.attempt == *attempt);
        speaks.then(|| Self { state: TakeState::Uncertain(uncertain), ticket: Some(ticket.to_owned()), ..self.clone() })
    }

    /// The take after a look that found nothing, to be looked for again.
    #[must_use]
    pub fn looked(&self, attempt: &AttemptId, looks: u32, due_at: Timestamp, ticket: &str) -> Option<Self> {
        let uncertain = self.uncertain_of(attempt)?;
        let uncertain = Uncertain { looks, due_at, ..uncertain.clone() };
        Some(Self { state: TakeState::Uncertain(uncertain), ticket: Some(ticket.to_owned()), ..self.clone() })
    }

    /// The take as a recovery is about to write objects under the name `recovery`.
    #[must_use]
    pub fn recovering(&self, attempt: &AttemptId, recovery: &AttemptId) -> Option<Self> {
        self.uncertain_of(attempt)?;
        Some(self.without(recovery))
    }

    /// The take as sound is there for its `attempt`: under that name, or under that of a recovery.
    #[must_use]
    pub fn recorded(&self, attempt: &AttemptId, recording: Recording) -> Option<Self> {
        self.unsettled(attempt)?;
        let is_own = recording.attempt == *attempt;
        // A recovery counts only while its name stands there: else its objects may have been removed.
        (is_own || self.gone.contains(&recording.attempt)).then_some(())?;
        let mut take = if is_own { self.clone() } else { self.without(attempt) };
        take.gone.retain(|gone| *gone != recording.attempt);
        Some(Self { state: TakeState::Ready(recording), ticket: None, tries: 0, lost: 0, ..take })
    }

    /// The take as sound that was paid for elsewhere is about to be filed under it, as `name`: unless it is there, or on its way.
    #[must_use]
    pub fn adopting(&self, name: &AttemptId, now: Timestamp, ttl_ms: u64) -> Option<Self> {
        let is_free = match &self.state {
            TakeState::Wanted | TakeState::Failed { .. } | TakeState::Going { .. } => true,
            TakeState::Ready(_) => self.expires_at <= now,
            TakeState::Speaking(_) | TakeState::Uncertain(_) => false,
        };
        let expires_at = now.plus_ms(ttl_ms).max(self.expires_at);
        is_free.then(|| Self { expires_at, wanted_at: now, ..self.without(name) })
    }

    /// The take as sound that was paid for elsewhere is there.
    #[must_use]
    pub fn adopted(&self, recording: Recording) -> Option<Self> {
        let mut take = match &self.state {
            TakeState::Wanted | TakeState::Failed { .. } | TakeState::Going { .. } => self.clone(),
            TakeState::Ready(old) => self.without(&old.attempt),
            TakeState::Speaking(_) | TakeState::Uncertain(_) => return None,
        };
        // Only a name that stands there: else another step has been since.
        self.gone.contains(&recording.attempt).then_some(())?;
        take.gone.retain(|gone| *gone != recording.attempt);
        Some(Self { state: TakeState::Ready(recording), ticket: None, tries: 0, rebought: false, ..take })
    }

    /// The take as its attempt failed for good.
    #[must_use]
    pub fn failed(&self, attempt: &AttemptId, reason: &str) -> Option<Self> {
        self.unsettled(attempt)?;
        Some(self.without(attempt).failing(reason, &attempt.0, false))
    }

    /// The failed take, with what the provider said.
    #[must_use]
    pub fn told(self, said: Option<&Reply>) -> Self {
        match self.state {
            TakeState::Failed { reason, by, lost, .. } => {
                let reply = said.cloned().map(Box::new);
                Self { state: TakeState::Failed { reason, by, lost, reply }, ..self }
            }
            _ => self,
        }
    }

    /// The take as its lost attempt is given up and is not made again by itself.
    #[must_use]
    pub fn lost_for_good(&self, attempt: &AttemptId, reason: &str) -> Option<Self> {
        self.uncertain_of(attempt)?;
        Some(Self { rebought: true, ..self.without(attempt) }.failing(reason, &attempt.0, true))
    }

    /// The take as a person has decided that what was lost may be bought again.
    #[must_use]
    pub fn forgiven(&self) -> Option<Self> {
        let TakeState::Failed { reason, by, lost: true, reply } = &self.state else { return None };
        let state = TakeState::Failed { reason: reason.clone(), by: by.clone(), lost: false, reply: reply.clone() };
        Some(Self { state, ..self.clone() })
    }

    /// The take as it waits for, or is looked for by, another account: nobody serves the one it waited for.
    #[must_use]
    pub fn moved_to(&self, ticket: &Ticket) -> Option<Self> {
        let state = match &self.state {
            TakeState::Wanted => TakeState::Wanted,
            TakeState::Uncertain(uncertain) => {
                let lost = Speaking { turn: ticket.clone(), ..uncertain.lost.clone() };
                TakeState::Uncertain(Uncertain { lost, ..uncertain.clone() })
            }
            _ => return None,
        };
        Some(Self { state, ticket: Some(ticket.name.clone()), ..self.clone() })
    }

    /// The take as it fails without an attempt of its own: no call of this account would work.
    #[must_use]
    pub fn hopeless(&self, ticket: &str, reason: &str) -> Option<Self> {
        let waits = self.state == TakeState::Wanted && self.ticket.as_deref() == Some(ticket);
        waits.then(|| self.failing(reason, ticket, false))
    }

    /// The take as its attempt ended without sound and without charge: it waits again, with `ticket`.
    #[must_use]
    pub fn given_back(&self, attempt: &AttemptId, tries: u32, ticket: &str) -> Option<Self> {
        self.unsettled(attempt)?;
        Some(Self { tries, ..self.without(attempt) }.waiting(Some(ticket)))
    }

    /// The take as its lost attempt is given up and may be bought again, with `ticket`.
    #[must_use]
    pub fn to_buy_again(&self, attempt: &AttemptId, rebought: bool, ticket: &str) -> Option<Self> {
        self.uncertain_of(attempt)?;
        let lost = self.lost + 1;
        Some(Self { lost, rebought: rebought || self.rebought, ..self.without(attempt) }.waiting(Some(ticket)))
    }

    /// The take on its way out: it has expired, or waits and nobody wants it.
    #[must_use]
    pub fn going(&self) -> Self {
        let (take, sound) = match &self.state {
            TakeState::Ready(recording) => (self.without(&recording.attempt), Some(recording.attempt.clone())),
            TakeState::Going { sound } => (self.clone(), sound.clone()),
            _ => (self.clone(), None),
        };
        Self { state: TakeState::Going { sound }, ticket: None, ..take }
    }

    /// The take after the objects of an attempt were removed.
    #[must_use]
    pub fn cleared(&self, attempt: &AttemptId) -> Option<Self> {
        let mut take = self.clone();
        take.gone.retain(|gone| gone != attempt);
        (take.gone.len() < self.gone.len()).then_some(take)
    }

    /// The failure, if it failed.
    #[must_use]
    pub fn failure(&self) -> Option<&String> {
        match &self.state {
            TakeState::Failed { by, .. } => Some(by),
            _ => None,
        }
    }

    /// The recording, if it is there: until the sweep finds that it has expired and that no job uses it.
    #[must_use]
    pub fn recording(&self) -> Option<&Recording> {
        match &self.state {
            TakeState::Ready(recording) => Some(recording),
            _ => None,
        }
    }

    /// The attempt that is neither recorded nor given up, if it is this one.
    #[must_use]
    pub fn unsettled(&self, attempt: &AttemptId) -> Option<&Speaking> {
        match &self.state {
            TakeState::Speaking(speaking) | TakeState::Uncertain(Uncertain { lost: speaking, .. }) => Some(speaking),
            _ => None,
        }
        .filter(|speaking| speaking.attempt == *attempt)
    }

    fn uncertain_of(&self, attempt: &AttemptId) -> Option<&Uncertain> {
        match &self.state {
            TakeState::Uncertain(uncertain) if uncertain.lost.attempt == *attempt => Some(uncertain),
            _ => None,
        }
    }

    /// The take with an attempt's name among those whose objects may be there.
    fn without(&self, attempt: &AttemptId) -> Self {
        let mut take = self.clone();
        if !take.gone.contains(attempt) {
            take.gone.push(attempt.clone());
        }
        take
    }

    fn waiting(&self, ticket: Option<&str>) -> Self {
        Self { state: TakeState::Wanted, ticket: ticket.map(str::to_owned), ..self.clone() }
    }

    fn failing(&self, reason: &str, by: &str, lost: bool) -> Self {
        Self {
            state: TakeState::Failed { reason: reason.to_owned(), by: by.to_owned(), lost, reply: None },
            ticket: None,
            tries: 0,
            ..self.clone()
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
    /// The life of the job in which it wished.
    #[serde(default)]
    pub life: u32,
    /// Whether the job has a call that was lost for good made again.
    pub buys_again: bool,
    /// The failure that the job knew of when it wished: the wish goes past it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub past: Option<String>,
}

impl Record for Want {
    fn partition(&self) -> Partition {
        Partition::Wants(self.take.clone())
    }
    fn key(&self) -> String {
        self.job.0.clone()
    }
}
