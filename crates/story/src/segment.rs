//! A segment: a take's place in one preview.

use crate::ids::{JobId, TakeKey};
use crate::records::{Partition, Record};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// A take's place in one preview. Times in samples at 48 kHz from the start of the track.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// Its place, from 0.
    pub index: usize,
    /// The line it speaks.
    pub line: usize,
    /// Who speaks.
    pub speaker: String,
    /// What is said.
    pub text: String,
    /// The take.
    pub take: TakeKey,
    /// First sample.
    pub start: u64,
    /// First sample after the take; the pause follows.
    pub end: u64,
    /// The speaker's volume.
    pub volume: f64,
    /// Characters charged for its take; 0 where it is silent.
    pub characters: u64,
    /// Whether it is silent because it could not be spoken.
    #[serde(default)]
    pub silent: bool,
}

/// A segment as it is kept for readers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptSegment {
    /// The job.
    pub job: JobId,
    /// The segment.
    pub segment: Segment,
    /// When the preview expires.
    pub expires_at: Timestamp,
}

impl Record for KeptSegment {
    fn partition(&self) -> Partition {
        Partition::Segments(self.job.clone())
    }
    fn key(&self) -> String {
        format!("{:06}", self.segment.index)
    }
    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.expires_at)
    }
}
