//! A job's head and its progress (DESIGN §2): small documents, changed by swap.

use crate::ids::JobId;
use crate::invalid::Problem;
use crate::plan::Plan;
use crate::queue::{Moved, Outcome, Part};
use crate::records::{Partition, Record, Version};
use crate::studio::Footage;
use crate::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What a job makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "each says itself")]
pub enum Kind {
    Preview,
    Video,
}

/// What a job was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "each says itself")]
pub enum Source {
    Script,
    Preview,
    Story,
    Topic,
    Clip,
}

/// How a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "each says itself")]
pub enum Status {
    Queued,
    Running,
    Succeeded,
    Failed,
    Cancelled,
}

impl Status {
    /// Whether nothing will change any more.
    #[must_use]
    pub fn has_ended(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }
}

/// Something a user should know that stopped nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Warning {
    /// Which kind, for programs.
    pub code: String,
    /// What and why, for people.
    pub detail: String,
    /// Where in the script.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
}

/// A file of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub content_type: String,
    /// Its length.
    pub size_bytes: u64,
    /// Its SHA-256.
    pub sha256: String,
    /// Whether its bytes lie among the pictures, by their hash: a clip is kept once, whoever shows it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_picture: bool,
}

/// The head of a job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// Its name.
    pub id: JobId,
    /// What it makes.
    pub kind: Kind,
    /// What it was made from.
    pub source: Source,
    /// How it stands.
    pub status: Status,
    /// When it was made.
    pub created_at: Timestamp,
    /// When this document last changed.
    pub updated_at: Timestamp,
    /// When it may be removed.
    pub expires_at: Timestamp,
    /// How long it is kept after its last use.
    pub ttl_ms: u64,
    /// Hash of what was ordered: the same order, while this job is open, is this job.
    pub order: String,
    /// The virtual time of its last ticket.
    #[serde(default)]
    pub last_virtual_time: u64,
    /// What a user should know.
    pub warnings: Vec<Warning>,
    /// Why it failed.
    pub error: Option<Problem>,
    /// The user's own notes, echoed.
    pub metadata: Map<String, Value>,
    /// Its files.
    pub files: Vec<File>,
    /// The track it was given, once it is laid.
    pub track: Option<TrackMark>,
    /// What was written for it, once it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written: Option<WritingMark>,
    /// What its clip is, by the file itself, once it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub footage: Option<Footage>,
    /// Whether the command that ordered it stays with it: once that was stopped, nothing is made for it until it is given again. An
    /// order that was accepted and left to the house goes on by itself.
    #[serde(default)]
    pub attended: bool,
    /// The `Idempotency-Key` it was made with, hashed with its token: free again once the job is removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// What a writer made of a story.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WritingMark {
    /// The film's title.
    pub title: String,
    /// What it cost, all its calls together, in US dollars.
    pub usd: f64,
}

/// What a track is a function of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackMark {
    /// Hash of takes, volumes, pauses and grid.
    pub key: String,
    /// Frames per second of its grid.
    pub fps: u32,
}

/// As much as a head's warnings may be together, as JSON: a store's documents may end at 400 KB.
const MOST_WARNING_BYTES: usize = 200_000;

impl Job {
    /// Whether it is there for its readers: one that has not ended does not expire under its own hands.
    #[must_use]
    pub fn is_alive(&self, now: Timestamp) -> bool {
        !self.status.has_ended() || self.expires_at > now
    }

    /// Whether its plan is still to come: when its script is written.
    #[must_use]
    pub fn is_unwritten(&self) -> bool {
        matches!(self.source, Source::Story | Source::Topic) && self.written.is_none()
    }

    /// Tells a user something. What would be too much is left out, for it says the same of other lines.
    pub fn warn(&mut self, warning: Warning) {
        let bytes = |warning: &Warning| warning.detail.len() + warning.pointer.as_ref().map_or(0, String::len) + 100;
        let told: usize = self.warnings.iter().map(bytes).sum();
        if told + bytes(&warning) <= MOST_WARNING_BYTES {
            self.warnings.push(warning);
        }
    }
}

impl Record for Job {
    fn partition(&self) -> Partition {
        Partition::Jobs
    }
    fn key(&self) -> String {
        self.id.0.clone()
    }
    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.expires_at)
    }
}

/// A job that has not ended, for the sweep and for whoever orders the same again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenJob {
    /// The job.
    pub id: JobId,
    /// Hash of what was ordered.
    pub order: String,
    /// Whether nothing is made for it until its own command is given again.
    pub rests: bool,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// How the sweep last saw it.
    pub seen: Option<Seen>,
}

/// How the sweep saw an open job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// The version of its progress.
    progress: u64,
    /// When it stands still if that is its progress yet.
    until: Timestamp,
    /// How long it was given.
    patience_ms: u64,
}

impl OpenJob {
    /// What the sweep gives a job to move by itself, at first and at most. A little less than a minute: the sweep comes each.
    const PATIENCE_MS: [u64; 2] = [55_000, 15 * 60_000];

    /// An open job that was never swept.
    #[must_use]
    pub fn new(id: JobId, order: String, now: Timestamp) -> Self {
        Self { id, order, rests: false, opened_at: now, seen: None }
    }

    /// As it is once the sweep has seen it, and whether it stands still: then it is to be moved on. Each time all that is due is
    /// sent anew, and work that takes long is not to be done twice: so the gaps grow.
    #[must_use]
    pub fn seen(&self, progress: Version, now: Timestamp) -> (Self, bool) {
        let [first, most] = Self::PATIENCE_MS;
        let (patience_ms, stands_still) = match self.seen {
            None => (first, now.since_ms(self.opened_at) >= first),
            Some(seen) if seen.progress != progress.0 => (first, false),
            Some(seen) if now < seen.until => return (self.clone(), false),
            Some(seen) => ((seen.patience_ms * 2).min(most), true),
        };
        let seen = Seen { progress: progress.0, until: now.plus_ms(patience_ms), patience_ms };
        (Self { seen: Some(seen), ..self.clone() }, stands_still)
    }
}

impl Record for OpenJob {
    fn partition(&self) -> Partition {
        Partition::OpenJobs
    }
    fn key(&self) -> String {
        self.id.0.clone()
    }
}

/// A job by the `Idempotency-Key` it was made with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Idempotency {
    /// The key, hashed with its token.
    pub key: String,
    /// Hash of what was ordered.
    pub order: String,
    /// The job.
    pub job: JobId,
    /// When the key may be used for something else.
    pub expires_at: Timestamp,
}

impl Record for Idempotency {
    fn partition(&self) -> Partition {
        Partition::Idempotency
    }
    fn key(&self) -> String {
        self.key.clone()
    }
    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.expires_at)
    }
}

/// How far each part of a job is: a byte for each take, picture and scene part, one for the track, one for the film.
/// Each is `.` or a byte of its outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The job.
    pub job: JobId,
    /// How often the job was taken up again: what failed before, or was made of what failed, is of no use then.
    #[serde(default)]
    pub life: u32,
    takes: String,
    #[serde(default)]
    pictures: String,
    scenes: String,
    track: String,
    film: String,
}

/// The byte of what is not settled.
const UNSETTLED: &str = ".";

/// The byte of an outcome.
fn byte_of(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Failed => "x",
        Outcome::Reused => "r",
        Outcome::Made => "m",
        Outcome::Rebought => "b",
        Outcome::Silent => "s",
        Outcome::Card => "c",
    }
}

/// What a byte says.
fn outcome_of(byte: u8) -> Option<Outcome> {
    match byte {
        b'x' => Some(Outcome::Failed),
        b'r' => Some(Outcome::Reused),
        b'm' => Some(Outcome::Made),
        b'b' => Some(Outcome::Rebought),
        b's' => Some(Outcome::Silent),
        b'c' => Some(Outcome::Card),
        _ => None,
    }
}

impl Progress {
    /// Nothing of a plan is settled.
    #[must_use]
    pub fn new(job: JobId, plan: &Plan) -> Self {
        Self::of(job, [plan.takes.len(), plan.paintings.len(), plan.scenes.len()])
    }

    /// Nothing is settled of so many takes, pictures and scene parts.
    #[must_use]
    pub fn of(job: JobId, parts: [usize; 3]) -> Self {
        let [takes, pictures, scenes] = parts.map(|parts| UNSETTLED.repeat(parts));
        Self { job, life: 0, takes, pictures, scenes, track: UNSETTLED.into(), film: UNSETTLED.into() }
    }

    /// What is to be told of a part that settled in this life.
    #[must_use]
    pub fn moved(&self, part: Part, outcome: Outcome) -> Moved {
        Moved { part, outcome, life: self.life }
    }

    /// How a part settled, if it did.
    #[must_use]
    pub fn outcome(&self, part: Part) -> Option<Outcome> {
        let (bytes, index) = match part {
            Part::Take(index) => (&self.takes, index),
            Part::Picture(index) => (&self.pictures, index),
            Part::Scene(index) => (&self.scenes, index),
            Part::Track => (&self.track, 0),
            Part::Film => (&self.film, 0),
        };
        bytes.as_bytes().get(index).copied().and_then(outcome_of)
    }

    /// Whether this was told of an earlier life. A take or a picture that is there is there in all of them.
    #[must_use]
    pub fn is_late(&self, moved: &Moved) -> bool {
        let is_there = matches!(moved.outcome, Outcome::Reused | Outcome::Made | Outcome::Rebought);
        moved.life != self.life && !(matches!(moved.part, Part::Take(_) | Part::Picture(_)) && is_there)
    }

    /// The progress after a part settled; what has settled stays as it is, and what is late changes nothing. `None` if nothing
    /// changes.
    #[must_use]
    pub fn after(&self, moved: &Moved) -> Option<Self> {
        if self.is_late(moved) || self.outcome(moved.part).is_some() {
            return None;
        }
        let mut next = self.clone();
        let (bytes, index) = match moved.part {
            Part::Take(index) => (&mut next.takes, index),
            Part::Picture(index) => (&mut next.pictures, index),
            Part::Scene(index) => (&mut next.scenes, index),
            Part::Track => (&mut next.track, 0),
            Part::Film => (&mut next.film, 0),
        };
        (index < bytes.len()).then(|| bytes.replace_range(index..=index, byte_of(moved.outcome)))?;
        Some(next)
    }

    /// The progress as a picture that came cannot be shown: something else stands in its place, and only this byte is ever written
    /// over. `None` where it did not come in this life, or something else stands there already.
    #[must_use]
    pub fn stood_in(&self, life: u32, picture: usize) -> Option<Self> {
        let outcome = self.outcome(Part::Picture(picture));
        let came = matches!(outcome, Some(Outcome::Reused | Outcome::Made | Outcome::Rebought));
        (came && self.life == life).then(|| {
            let mut next = self.clone();
            next.pictures.replace_range(picture..=picture, byte_of(Outcome::Card));
            next
        })
    }

    /// The progress as a job is taken up again: what failed, was left silent or a card, or hangs on such a part is to be made.
    #[must_use]
    pub fn again(&self, plan: &Plan) -> Self {
        // A film fails where something that it is joined from is gone: all that is looked at again, and made where it is gone.
        let parts_went = self.outcome(Part::Film) == Some(Outcome::Failed);
        let open = |outcome: Option<Outcome>| {
            matches!(outcome, None | Some(Outcome::Failed | Outcome::Silent | Outcome::Card))
        };
        let mut next = self.clone();
        // A picture changes no sound.
        let (mut new_sound, mut new_film) = (parts_went, parts_went);
        for (index, _) in self.takes().enumerate().filter(|(_, outcome)| open(*outcome)) {
            next.takes.replace_range(index..=index, UNSETTLED);
            new_sound = true;
        }
        for (index, _) in self.pictures().enumerate().filter(|(_, outcome)| open(*outcome)) {
            next.pictures.replace_range(index..=index, UNSETTLED);
        }
        for (index, outcome) in self.scenes().enumerate() {
            let hangs = plan.needs(&plan.scenes[index]).any(|part| open(self.outcome(part)));
            if hangs || parts_went || outcome == Some(Outcome::Failed) {
                next.scenes.replace_range(index..=index, UNSETTLED);
                new_film = true;
            }
        }
        for (byte, is_stale) in [(&mut next.track, new_sound), (&mut next.film, new_sound || new_film)] {
            if is_stale || byte == "x" {
                UNSETTLED.clone_into(byte);
            }
        }
        if next != *self {
            next.life += 1;
        }
        next
    }

    /// Outcomes of all takes, in the plan's order.
    pub fn takes(&self) -> impl Iterator<Item = Option<Outcome>> + '_ {
        self.takes.bytes().map(outcome_of)
    }

    /// Outcomes of all pictures that are drawn or fetched, in the plan's order.
    pub fn pictures(&self) -> impl Iterator<Item = Option<Outcome>> + '_ {
        self.pictures.bytes().map(outcome_of)
    }

    /// Outcomes of all scene parts, in order.
    pub fn scenes(&self) -> impl Iterator<Item = Option<Outcome>> + '_ {
        self.scenes.bytes().map(outcome_of)
    }
}

impl Record for Progress {
    fn partition(&self) -> Partition {
        Partition::Progress
    }
    fn key(&self) -> String {
        self.job.0.clone()
    }
}
