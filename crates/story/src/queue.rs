//! The port for work to be done. Receiving is the host's business.

use crate::failure::StoreError;
use crate::ids::JobId;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// One piece of work. Handing it over twice, late, or after it is done changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "task", rename_all = "kebab-case")]
pub enum Task {
    /// Move a job on; `moved` names what settled, if anything did.
    Advance {
        /// The job.
        job: JobId,
        /// What settled.
        moved: Option<Moved>,
    },
    /// Render one scene part of a job.
    Render {
        /// The job.
        job: JobId,
        /// Index of the part in its plan.
        part: usize,
    },
    /// Lay a job's track; before all of it is spoken, what is.
    Track {
        /// The job.
        job: JobId,
    },
    /// Join a job's film.
    Join {
        /// The job.
        job: JobId,
    },
    /// Have a job's script written.
    Write {
        /// The job.
        job: JobId,
    },
    /// Draw or fetch the pictures that wait: a wake-up, not the work.
    Paint {
        /// What it came about by: a queue may hand over two of the same as one.
        wake: String,
    },
    /// Draw one scene part of a job that is an animation.
    Animate {
        /// The job.
        job: JobId,
        /// Index of the part in its plan.
        part: usize,
    },
    /// Have the animations written that wait: a wake-up, not the work.
    Sketch {
        /// What it came about by.
        wake: String,
    },
    /// Order the clips that wait, or ask how far those are that were ordered: a wake-up, not the work.
    Generate {
        /// What it came about by.
        wake: String,
    },
}

impl Task {
    /// Who receives it.
    #[must_use]
    pub fn receiver(&self) -> Receiver {
        match self {
            Self::Advance { .. } => Receiver::Advance,
            Self::Render { .. } | Self::Join { .. } => Receiver::Compose,
            Self::Track { .. } => Receiver::Track,
            Self::Paint { .. } => Receiver::Images,
            Self::Generate { .. } => Receiver::Clips,
            Self::Write { .. } => Receiver::Writer,
            Self::Sketch { .. } => Receiver::Sketches,
            Self::Animate { .. } => Receiver::Animate,
        }
    }

    /// The job that the work is for, if it is for one alone.
    #[must_use]
    pub fn job(&self) -> Option<&JobId> {
        match self {
            Self::Advance { job, .. }
            | Self::Render { job, .. }
            | Self::Animate { job, .. }
            | Self::Track { job }
            | Self::Join { job }
            | Self::Write { job } => Some(job),
            Self::Paint { .. } | Self::Generate { .. } | Self::Sketch { .. } => None,
        }
    }
}

/// Who receives a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Receiver {
    /// What moves a job on: quick.
    Advance,
    /// What renders or joins: one core for seconds.
    Compose,
    /// What lays tracks, and waits for no scene: a film is heard before it is seen. On AWS that is done where films are composed.
    Track,
    /// What draws and fetches pictures: mostly it waits.
    Images,
    /// What writes: it waits for a language model.
    Writer,
    /// What has clips generated, and asks how far they are.
    Clips,
    /// What draws animations: one core for seconds.
    Animate,
    /// What has animations written. On AWS that is done where scripts are written.
    Sketches,
}

impl Receiver {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Advance,
        Self::Compose,
        Self::Track,
        Self::Images,
        Self::Writer,
        Self::Clips,
        Self::Animate,
        Self::Sketches,
    ];

    /// Its name in a store.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Advance => "advance",
            Self::Compose => "compose",
            Self::Track => "track",
            Self::Images => "images",
            Self::Writer => "writer",
            Self::Clips => "clips",
            Self::Animate => "animate",
            Self::Sketches => "sketches",
        }
    }
}

/// A part of a job that settled, and how.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Moved {
    /// Which part.
    pub part: Part,
    /// How it ended.
    pub outcome: Outcome,
    /// The life of its job in which it was wished for or made ([`crate::job::Progress::moved`]).
    #[serde(default)]
    pub life: u32,
}

/// A part of a job that has a byte of its own in the progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// A take, by its index in the plan.
    Take(usize),
    /// A picture that is drawn or fetched, by its index in the plan.
    Picture(usize),
    /// A scene part, by its index in the plan.
    Scene(usize),
    /// The track.
    Track,
    /// The film.
    Film,
}

/// How a part of a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Failed; the reason is a warning of the job or the error of the take.
    Failed,
    /// It was there already.
    Reused,
    /// It was made for this job.
    Made,
    /// It was made for this job, after a call for it that was lost and may have been charged.
    Rebought,
    /// A line that could not be spoken and is silent, as the job allows.
    Silent,
    /// A picture that could not be had and is a card, as the job allows.
    Card,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Failed, Self::Reused, Self::Made, Self::Rebought, Self::Silent, Self::Card];
}

/// Sends work.
#[async_trait]
pub trait Queue: Send + Sync {
    /// Sends a task, to be received not before `after`.
    async fn send(&self, task: &Task, after: Duration) -> Result<(), StoreError>;

    /// Wakes a worker: tickets may wait. One of the same `group` is woken only when it has returned, however often it is said. No
    /// timer: a FIFO queue has none.
    async fn wake_speech(&self, group: &str) -> Result<(), StoreError>;
}
