//! The half of a studio that only hears: it needs neither ffmpeg nor fonts.

use crate::sound;
use async_trait::async_trait;
use std::ops::Range;
use std::path::PathBuf;
use story::artifacts::Body;
use story::failure::Failure;
use story::studio::{Level, Listener};

/// Levels takes, for a process that makes nothing out of them.
pub struct Ear {
    scratch: PathBuf,
}

impl Ear {
    /// Hears by way of files in a folder that is there.
    #[must_use]
    pub fn open(scratch: PathBuf) -> Self {
        Self { scratch }
    }
}

#[async_trait]
impl Listener for Ear {
    async fn level(&self, audio: Body) -> Result<Level, Failure> {
        sound::level(&self.scratch, audio).await
    }

    async fn activity(&self, audio: Body) -> Result<Vec<Range<u64>>, Failure> {
        sound::activity(&self.scratch, audio).await
    }
}
