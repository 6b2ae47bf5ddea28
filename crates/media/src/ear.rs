//! The half of a studio that only hears: it needs neither ffmpeg nor fonts.

use crate::{picture, sound};
use async_trait::async_trait;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;
use story::artifacts::Body;
use story::failure::{Failure, StoreError};
use story::scene::Scene;
use story::studio::{Film, Level, Reel, Rendered, Slot, Studio};

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

/// Another process makes it: the work goes back to where it came from.
fn elsewhere() -> Failure {
    Failure::Retry(StoreError::Unavailable("this process only hears: it has no ffmpeg and no fonts".to_owned()))
}

#[async_trait]
impl Studio for Ear {
    fn version(&self) -> String {
        "ear".to_owned()
    }

    async fn level(&self, audio: Body) -> Result<Level, Failure> {
        sound::level(&self.scratch, audio).await
    }

    async fn activity(&self, audio: Body) -> Result<Vec<Range<u64>>, Failure> {
        sound::activity(&self.scratch, audio).await
    }

    fn picture_size(&self, picture: &[u8]) -> Result<(u32, u32), String> {
        // Read whole: a file that is cut short must be named now, not when its scene is rendered.
        picture::read(picture).map(|picture| picture.dimensions())
    }

    async fn lay(&self, _: Vec<Slot>) -> Result<Body, Failure> {
        Err(elsewhere())
    }

    async fn render(&self, _: &Scene, _: BTreeMap<String, Bytes>) -> Result<Rendered, Failure> {
        Err(elsewhere())
    }

    async fn join(&self, _: Reel) -> Result<Film, Failure> {
        Err(elsewhere())
    }
}
