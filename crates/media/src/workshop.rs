//! The studio of this house: ffmpeg, fonts and a scratch folder behind the port.

use crate::ear::Ear;
use crate::eye::Eye;
use crate::ffmpeg::Ffmpeg;
use crate::fonts::{Fonts, font_folders};
use crate::program::Drawer;
use crate::scenery::Scenery;
use crate::{join, scene, sound};
use async_trait::async_trait;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use story::Problem;
use story::animation::Animation;
use story::animator::{Animator, Show};
use story::artifacts::Body;
use story::failure::{Failure, StoreError};
use story::ids::sha256_hex;
use story::scene::Scene;
use story::studio::{Film, Footage, Laying, Level, Listener, Reel, Rendered, Studio, Viewer};

/// What a workshop stands on.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `ONETAKE_FFMPEG`: the program, by its path or by its name alone; the one in `PATH` where not set.
    pub ffmpeg: PathBuf,
    /// `ONETAKE_FONTS`, separated as in `PATH`: folders that fonts are looked for in; [`crate::font_folders`] where not set.
    pub fonts: Vec<PathBuf>,
    /// Where files stand while they are worked on.
    pub scratch: PathBuf,
}

impl Settings {
    /// What the owner has set; `read` knows a variable's text by its name.
    #[must_use]
    pub fn read(read: impl Fn(&str) -> Option<String>, scratch: PathBuf) -> Self {
        let fonts = read("ONETAKE_FONTS").map(|folders| std::env::split_paths(&folders).collect());
        Self {
            ffmpeg: read("ONETAKE_FFMPEG").unwrap_or_else(|| "ffmpeg".to_owned()).into(),
            fonts: fonts.unwrap_or_else(font_folders),
            scratch,
        }
    }
}

/// Makes sound and pictures with ffmpeg and named fonts.
pub struct Workshop {
    ffmpeg: Ffmpeg,
    fonts: Arc<Fonts>,
    scratch: PathBuf,
    ear: Ear,
    eye: Eye,
    drawer: Drawer,
    version: OnceLock<String>,
}

impl Workshop {
    /// Looks for ffmpeg, for fonts, and for room to work.
    ///
    /// # Errors
    /// [`Failure::GiveUp`] with what to install; [`Failure::Retry`] if the scratch folder cannot be made.
    pub fn open(settings: Settings) -> Result<Self, Failure> {
        let ffmpeg = Ffmpeg::find(&settings.ffmpeg)?;
        let fonts = Arc::new(Fonts::find(&settings.fonts)?);
        std::fs::create_dir_all(&settings.scratch)
            .map_err(|error| StoreError::of_io("making the scratch folder", &error))?;
        let ear = Ear::open(settings.scratch.clone());
        let eye = Eye::watching(ffmpeg.clone(), settings.scratch.clone());
        Ok(Self {
            ffmpeg,
            fonts,
            scratch: settings.scratch,
            ear,
            eye,
            drawer: Err(Eye::NO_MANIM.to_owned()),
            version: OnceLock::new(),
        })
    }

    /// With somebody who draws programs for Manim; or why nobody does.
    #[must_use]
    pub fn with_animator(self, animator: Result<Arc<dyn Animator>, String>) -> Self {
        Self { eye: self.eye.with_animator(animator.clone()), drawer: animator, ..self }
    }

    /// The rehearsal's clips, made with what this workshop stands on.
    #[must_use]
    pub fn scenery(&self) -> Scenery {
        Scenery::of(self.ffmpeg.clone(), Arc::clone(&self.fonts), self.scratch.clone())
    }
}

#[async_trait]
impl Listener for Workshop {
    async fn level(&self, audio: Body) -> Result<Level, Failure> {
        self.ear.level(audio).await
    }

    async fn activity(&self, audio: Body) -> Result<Vec<Range<u64>>, Failure> {
        self.ear.activity(audio).await
    }
}

#[async_trait]
impl Viewer for Workshop {
    async fn watch(&self, clip: Bytes) -> Result<Footage, Failure> {
        self.eye.watch(clip).await
    }

    fn proof(&self, animation: &Animation) -> Vec<Problem> {
        self.eye.proof(animation)
    }

    async fn look(&self, picture: Bytes) -> Result<(), Failure> {
        self.eye.look(picture).await
    }

    fn programs(&self) -> Result<(), String> {
        self.eye.programs()
    }

    async fn rehearse(&self, show: &Show) -> Result<(), Failure> {
        self.eye.rehearse(show).await
    }
}

#[async_trait]
impl Studio for Workshop {
    async fn lacks(&self) -> Option<String> {
        let ffmpeg = self.ffmpeg.clone();
        let found = tokio::task::spawn_blocking(move || ffmpeg.again()).await;
        match found {
            Ok(Err(Failure::GiveUp(sentence))) => Some(sentence),
            _ => None,
        }
    }

    fn version(&self) -> String {
        let version = || {
            let settings = [&scene::SETTINGS.join("\n"), &self.ffmpeg.version, self.fonts.hash()].join("\n");
            format!("compositor/{} {}", scene::VERSION, sha256_hex(settings.as_bytes()))
        };
        self.version.get_or_init(version).clone()
    }

    async fn lay(&self) -> Result<Box<dyn Laying>, Failure> {
        Ok(Box::new(sound::begin(&self.ffmpeg, &self.scratch)?))
    }

    async fn render(&self, scene: &Scene, pictures: BTreeMap<String, Bytes>) -> Result<Rendered, Failure> {
        let fonts = Arc::clone(&self.fonts);
        scene::render(&self.ffmpeg, fonts, &self.drawer, &self.scratch, scene, pictures).await
    }

    async fn join(&self, reel: Reel) -> Result<Film, Failure> {
        join::join(&self.ffmpeg, &self.scratch, reel).await
    }
}
