//! The ports for everything that hears what is there, or makes sound and pictures out of it.

use crate::animation::Animation;
use crate::animator::Show;
use crate::artifacts::Body;
use crate::failure::Failure;
use crate::invalid::Problem;
use crate::scene::{Scene, WordBox};
use async_trait::async_trait;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;

/// How a take sounds when it is levelled: kept in its record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Level {
    /// Length at 48 kHz, without the codec's padding.
    pub samples: u64,
    /// Gain that brings the limited take to −16 LUFS, within ±8 dB.
    pub gain_db: f64,
    /// Version of the limiter that the gain was searched with.
    pub limiter: u32,
}

/// A take's sound.
#[derive(Clone, Debug)]
pub struct Sound {
    /// As the provider sent it.
    pub audio: Bytes,
    /// How it is levelled.
    pub level: Level,
}

/// One slot of a track: a take, as it is laid.
#[derive(Clone, Debug)]
pub struct Slot {
    /// The take; `None` is silence.
    pub sound: Option<Sound>,
    /// The speaker's volume.
    pub volume: f64,
    /// Length of the slot at 48 kHz: take, pause and filling.
    pub samples: u64,
}

/// A rendered scene part.
pub struct Rendered {
    /// H.264 in MPEG-TS, no sound, as many frames as the scene has.
    pub film: Body,
    /// Where each word stands.
    pub boxes: Vec<WordBox>,
}

/// What joins into a film.
pub struct Reel {
    /// The scene parts, in order.
    pub parts: Vec<Body>,
    /// The track (AAC in MP4).
    pub track: Body,
    /// Frames per second.
    pub fps: u32,
    /// Chapters: title and first frame.
    pub chapters: Vec<(String, u64)>,
    /// Whether a thumbnail is wanted too.
    pub has_thumbnail: bool,
}

/// A finished film.
pub struct Film {
    /// H.264 and AAC in MP4, index first.
    pub film: Body,
    /// A JPEG of a frame near the beginning; nothing where none was wanted.
    pub thumbnail: Bytes,
}

/// Hears a take. Failures are [`Failure::GiveUp`] where the material is wrong, else [`Failure::Retry`].
#[async_trait]
pub trait Listener: Send + Sync {
    /// Measures a take and finds the gain that levels it. Its memory does not grow with the sound.
    async fn level(&self, audio: Body) -> Result<Level, Failure>;

    /// The spans of samples at 48 kHz in which there is a voice, ascending.
    async fn activity(&self, audio: Body) -> Result<Vec<Range<u64>>, Failure>;
}

/// What a clip is, by its own file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Footage {
    /// Its codec's name.
    pub codec: String,
    /// Width of its frames in pixels.
    pub width: u32,
    /// Height of its frames in pixels.
    pub height: u32,
    /// How many frames it has.
    pub frames: u64,
    /// Its length in seconds.
    pub seconds: f64,
    /// Frames per second, on average.
    pub fps: f64,
    /// A JPEG of its first frame.
    #[serde(skip)]
    pub thumbnail: Bytes,
}

/// Looks at pictures, still or moving.
#[async_trait]
pub trait Viewer: Send + Sync {
    /// Watches a clip to its end. [`Failure::GiveUp`] with what it is instead, if it cannot be shown.
    async fn watch(&self, clip: Bytes) -> Result<Footage, Failure>;

    /// Whether bytes are a picture that can be shown. [`Failure::GiveUp`] says why not.
    async fn look(&self, picture: Bytes) -> Result<(), Failure>;

    /// What of a well-formed animation cannot be drawn: a formula that is none. Pointers lead into the animation.
    fn proof(&self, _animation: &Animation) -> Vec<Problem> {
        Vec::new()
    }

    /// Whether programs for Manim can be drawn; else why not.
    fn programs(&self) -> Result<(), String> {
        Err("Manim is not there".to_owned())
    }

    /// Whether a program runs to its end. [`Failure::GiveUp`] says what is wrong with it, in a sentence with its line.
    async fn rehearse(&self, _show: &Show) -> Result<(), Failure> {
        Err(Failure::GiveUp("there is no Manim here to run it".to_owned()))
    }
}

/// A track that is being laid, slot by slot, end to end. Dropped, it is given up.
#[async_trait]
pub trait Laying: Send {
    /// Lays one more slot. What failed is not gone on with.
    async fn add(&mut self, slot: Slot) -> Result<(), Failure>;

    /// The track: AAC in MP4.
    async fn end(self: Box<Self>) -> Result<Body, Failure>;
}

/// Lays, renders and joins too. Its failures mean the same.
#[async_trait]
pub trait Studio: Listener + Viewer {
    /// Version of everything here that changes bytes: compositor, encoder and its settings, the fonts' hashes.
    fn version(&self) -> String;

    /// What it needs and does not find any more, as a sentence for a person.
    async fn lacks(&self) -> Option<String> {
        None
    }

    /// Begins a track.
    async fn lay(&self) -> Result<Box<dyn Laying>, Failure>;

    /// Renders a scene part; `pictures` by the SHA-256 of their bytes.
    async fn render(&self, scene: &Scene, pictures: BTreeMap<String, Bytes>) -> Result<Rendered, Failure>;

    /// Joins scene parts and a track by stream copy.
    async fn join(&self, reel: Reel) -> Result<Film, Failure>;
}
