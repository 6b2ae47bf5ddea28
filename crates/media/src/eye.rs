//! The half of a studio that only looks: it needs neither ffmpeg nor fonts.

use crate::cores::Cores;
use crate::picture::check_picture;
use async_trait::async_trait;
use bytes::Bytes;
use story::Viewer;
use story::failure::{Failure, StoreError};

/// Looks at pictures, for a process that draws nothing out of them.
#[derive(Clone, Debug, Default)]
pub struct Eye(Cores);

#[async_trait]
impl Viewer for Eye {
    async fn look(&self, picture: Bytes) -> Result<(), Failure> {
        match self.0.work(move || check_picture(&picture)).await {
            Some(looked) => looked.map_err(Failure::GiveUp),
            None => Err(StoreError::Unavailable("a picture could not be looked at".to_owned()).into()),
        }
    }
}
