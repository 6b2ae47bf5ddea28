//! When each part of a job waited, and when it was worked at: what the makers noted, set side by side. For readers; no step reads it.

mod label;
mod rows;
mod sums;
mod svg;

pub use label::label;
pub use rows::{Known, Seen};
pub use sums::{SceneSums, StageSums, Sums, Total};

use crate::ids::JobId;
use crate::job::{Kind, Status};
use crate::queue::{Outcome, Part};
use crate::records::{Partition, Record};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize, Serializer};

/// When something came to wait, was begun, was there, and was kept: as its makers noted it, on several clocks. What nobody noted is
/// not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Times {
    /// It came to wait for its turn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queued_at: Option<Timestamp>,
    /// The call, or the work of the studio, began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub begun_at: Option<Timestamp>,
    /// All of it was there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// It was kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stored_at: Option<Timestamp>,
}

impl Times {
    /// Whether nothing is known.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// These, and what only the others know.
    #[must_use]
    pub fn or(self, others: Self) -> Self {
        Self {
            queued_at: self.queued_at.or(others.queued_at),
            begun_at: self.begun_at.or(others.begun_at),
            ended_at: self.ended_at.or(others.ended_at),
            stored_at: self.stored_at.or(others.stored_at),
        }
    }
}

/// When the studio made a part of a job: written once for each scene part, track and film, after the work. It goes with its job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noted {
    /// The job.
    pub job: JobId,
    /// Which part of it.
    pub part: Part,
    /// When.
    pub times: Times,
    /// When the job expires.
    pub expires_at: Timestamp,
}

impl Noted {
    /// The name of a part's note among those of its job.
    #[must_use]
    pub fn name(part: Part) -> String {
        match part {
            Part::Take(index) => format!("take-{index:06}"),
            Part::Picture(index) => format!("picture-{index:06}"),
            Part::Scene(index) => format!("scene-{index:06}"),
            Part::Track => "track".to_owned(),
            Part::Film => "film".to_owned(),
        }
    }
}

impl Record for Noted {
    fn partition(&self) -> Partition {
        Partition::Timeline(self.job.clone())
    }
    fn key(&self) -> String {
        Self::name(self.part)
    }
    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.expires_at)
    }
}

/// A stage of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Takes are spoken.
    Speak,
    /// Pictures are drawn or fetched.
    Paint,
    /// Scene parts are rendered.
    Compose,
    /// The track is laid.
    Track,
    /// The film is joined.
    Join,
}

impl Stage {
    /// All of them, in their order.
    pub const ALL: [Self; 5] = [Self::Speak, Self::Paint, Self::Compose, Self::Track, Self::Join];

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Speak => "speak",
            Self::Paint => "paint",
            Self::Compose => "compose",
            Self::Track => "track",
            Self::Join => "join",
        }
    }
}

/// What became of a part for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Doing {
    /// All that it needs is there; it waits for its turn.
    Queued,
    /// The provider works at it.
    Provider,
    /// The studio works at it.
    Studio,
    /// It is being kept.
    Stored,
    /// It waits, or the studio works at it: which of the two is noted when it ends.
    Pending,
}

impl Doing {
    /// Whether somebody works at it.
    #[must_use]
    pub fn is_work(self) -> bool {
        matches!(self, Self::Provider | Self::Studio | Self::Stored)
    }
}

/// A part's while; in milliseconds since the job was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each says itself")]
pub struct Span {
    pub doing: Doing,
    pub from_ms: u64,
    pub to_ms: u64,
}

impl Span {
    /// Its length.
    #[must_use]
    pub fn ms(&self) -> u64 {
        self.to_ms - self.from_ms
    }
}

/// One part of a job: a take, a picture, a scene part, the track or the film.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Its stage.
    pub stage: Stage,
    /// Its index in the plan.
    pub part: usize,
    /// What a person knows it by.
    pub label: String,
    /// How it settled, if it did.
    pub outcome: Option<Outcome>,
    /// The lane it was spoken on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lane: Option<u32>,
    /// The scene parts it is for.
    pub scenes: Vec<usize>,
    /// What became of it: one after the other, none empty, each at most once. None at all where it was there before the job. Its
    /// readers get `{"queued": [from, to], …}`: a job has thousands of them.
    #[serde(rename = "spans_ms", serialize_with = "by_doing")]
    pub spans: Vec<Span>,
}

fn by_doing<S: Serializer>(spans: &[Span], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(spans.iter().map(|span| (span.doing, [span.from_ms, span.to_ms])))
}

/// A job's timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Timeline {
    /// The job.
    pub id: JobId,
    /// What it makes.
    pub kind: Kind,
    /// How it stands.
    pub status: Status,
    /// When it was made, RFC 3339: all times count from here.
    pub created_at: String,
    /// How long it took, or has taken so far.
    pub length_ms: u64,
    /// All stages together.
    pub total: Total,
    /// Each stage that the job has.
    pub stages: Vec<StageSums>,
    /// Each scene part.
    pub scenes: Vec<SceneSums>,
    /// Each part, by stage.
    pub rows: Vec<Row>,
}
