//! The half of a studio that only looks: it needs no fonts, and ffmpeg only for what moves.

use crate::animation::proof;
use crate::clip;
use crate::cores::Cores;
use crate::ffmpeg::Ffmpeg;
use crate::picture::check_picture;
use crate::program::Drawer;
use crate::workshop::Settings;
use async_trait::async_trait;
use bytes::Bytes;
use std::path::PathBuf;
use std::sync::Arc;
use story::animation::Animation;
use story::animator::{Animator, Show};
use story::failure::{Failure, StoreError};
use story::studio::Footage;
use story::{Problem, Viewer};

/// Looks at pictures, still or moving, for a process that draws nothing out of them. By default it has no ffmpeg: it then looks at
/// stills only.
#[derive(Clone)]
pub struct Eye {
    cores: Cores,
    screen: Screen,
    drawer: Drawer,
}

impl Default for Eye {
    fn default() -> Self {
        Self { cores: Cores::default(), screen: Screen::default(), drawer: Err(Self::NO_MANIM.to_owned()) }
    }
}

/// What a clip is watched on.
#[derive(Clone, Debug)]
enum Screen {
    Ready {
        ffmpeg: Ffmpeg,
        scratch: PathBuf,
    },
    /// Why there is none.
    Missing(String),
}

impl Default for Screen {
    fn default() -> Self {
        Self::Missing("clips cannot be watched here: it takes ffmpeg".to_owned())
    }
}

impl Eye {
    /// Why no program is drawn, where nobody says more.
    pub(crate) const NO_MANIM: &str = "Manim is not there";

    /// With somebody who runs programs for Manim; or why nobody does.
    #[must_use]
    pub fn with_animator(self, animator: Result<Arc<dyn Animator>, String>) -> Self {
        Self { drawer: animator, ..self }
    }

    /// One that watches clips too, with the ffmpeg and the scratch folder of `settings`. Where there is no ffmpeg, clips are not
    /// refused: they wait for one.
    #[must_use]
    pub fn with_ffmpeg(settings: &Settings) -> Self {
        match Ffmpeg::find(&settings.ffmpeg) {
            Ok(ffmpeg) => Self::watching(ffmpeg, settings.scratch.clone()),
            Err(why) => Self { screen: Screen::Missing(why.to_string()), ..Self::default() },
        }
    }

    pub(crate) fn watching(ffmpeg: Ffmpeg, scratch: PathBuf) -> Self {
        Self { screen: Screen::Ready { ffmpeg, scratch }, ..Self::default() }
    }
}

#[async_trait]
impl Viewer for Eye {
    async fn watch(&self, clip: Bytes) -> Result<Footage, Failure> {
        match &self.screen {
            Screen::Ready { ffmpeg, scratch } => {
                let _core = self.cores.core().await;
                clip::watch(ffmpeg, scratch, clip).await
            }
            Screen::Missing(why) => Err(StoreError::Unavailable(why.clone()).into()),
        }
    }

    fn proof(&self, animation: &Animation) -> Vec<Problem> {
        proof(animation)
    }

    fn programs(&self) -> Result<(), String> {
        self.drawer.as_ref().map(|_| ()).map_err(Clone::clone)
    }

    async fn rehearse(&self, show: &Show) -> Result<(), Failure> {
        let animator = self.drawer.as_ref().map_err(|why| Failure::GiveUp(why.clone()))?;
        animator.check(show).await
    }

    async fn look(&self, picture: Bytes) -> Result<(), Failure> {
        match self.cores.work(move || check_picture(&picture)).await {
            Some(looked) => looked.map_err(Failure::GiveUp),
            None => Err(StoreError::Unavailable("a picture could not be looked at".to_owned()).into()),
        }
    }
}
