//! An order whose script is still to be written: what stands in front of a plan (DESIGN §2), and the writing of it.

use crate::ids::{AttemptId, JobId};
use crate::plan::Order;
use crate::records::{Partition, Record};
use crate::script::Look;
use crate::time::Timestamp;
use crate::writing::WriterTask;
use serde::{Deserialize, Serialize};

/// An order whose script is still to be written. Written once, when the job is opened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    /// What is asked of the writer.
    pub task: WriterTask,
    /// What the order says beside.
    pub order: Order,
    /// How the film looks.
    pub look: Look,
    /// Whether whoever writes is not paid.
    pub rehearsed: bool,
    /// Who ordered it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<String>,
}

impl Draft {
    /// Width and height of the film's frame.
    #[must_use]
    pub fn frame_size(&self) -> (u32, u32) {
        self.look.frame_size()
    }
}

/// The writing of a draft: held by one process at a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Writing {
    /// The job.
    pub job: JobId,
    /// What is to be asked next: the first try, or the second.
    pub task: WriterTask,
    /// Who asks now, and until when he need not be heard of.
    pub held: Option<(AttemptId, Timestamp)>,
    /// What the calls cost that were answered, in US dollars.
    pub usd: f64,
    /// Calls whose answer was lost: they may have been charged.
    pub lost: u32,
    /// Calls in a row that did not work and cost nothing.
    pub tries: u32,
}

impl Writing {
    /// Nothing was asked yet.
    #[must_use]
    pub fn new(job: JobId, task: WriterTask) -> Self {
        Self { job, task, held: None, usd: 0.0, lost: 0, tries: 0 }
    }

    /// The writing as somebody takes it up: nobody has it, or his lease ended before `over`. Of one who died in mid call, the answer
    /// is lost.
    #[must_use]
    pub fn taken(&self, attempt: &AttemptId, over: Timestamp, lease_until: Timestamp) -> Option<Self> {
        let held = Some((attempt.clone(), lease_until));
        match &self.held {
            Some((_, until)) if *until >= over => None,
            Some(_) => Some(Self { held, lost: self.lost + 1, ..self.clone() }),
            None => Some(Self { held, ..self.clone() }),
        }
    }

    /// The writing as its holder lets itself be heard, or goes on with something else in it.
    #[must_use]
    pub fn kept(&self, attempt: &AttemptId, lease_until: Timestamp) -> Option<Self> {
        let held = Some((attempt.clone(), lease_until));
        self.is_of(attempt).then(|| Self { held, ..self.clone() })
    }

    /// The writing as its holder lets go.
    #[must_use]
    pub fn freed(&self, attempt: &AttemptId) -> Option<Self> {
        self.is_of(attempt).then(|| Self { held: None, ..self.clone() })
    }

    /// Whether it is in these hands.
    #[must_use]
    pub fn is_of(&self, attempt: &AttemptId) -> bool {
        self.held.as_ref().is_some_and(|(holder, _)| holder == attempt)
    }
}

impl Record for Writing {
    fn partition(&self) -> Partition {
        Partition::Writings
    }
    fn key(&self) -> String {
        self.job.0.clone()
    }
}
