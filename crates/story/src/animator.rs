//! The port for animations that are programs: code of a model's, hostile until proven otherwise, which is run where it can do no harm.

use crate::animation::Cue;
use crate::failure::Failure;
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use serde::{Deserialize, Serialize};

/// Which Manim programs are written for, and draws them.
pub const MANIM: &str = "0.22.0";

/// What runs it: the room `sandbox` has a test that it is the one there.
pub const STAGE: &str = "ebf6717b";

/// A program with all that its scene part adds to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// Its code.
    pub code: String,
    /// The words of its whole scene.
    pub words: Vec<String>,
    /// When each of them is said in this part.
    pub cues: Vec<Cue>,
    /// Which of the film's palettes it is drawn in.
    pub palette: usize,
    /// Which Manim draws it, and what runs that ([`drawn_by`]): others, other pixels.
    pub manim: String,
}

/// What draws programs now.
#[must_use]
pub fn drawn_by() -> String {
    format!("{MANIM}-{STAGE}")
}

/// The colours that a program draws in, by what they mean: red, green, blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colors {
    /// The ground.
    pub ground: [u8; 3],
    /// What is neither more nor less than others.
    pub plain: [u8; 3],
    /// What it is about.
    pub accent: [u8; 3],
    /// What stands against it.
    pub second: [u8; 3],
    /// What is good, right, or grows.
    pub good: [u8; 3],
    /// What is bad, wrong, or shrinks.
    pub bad: [u8; 3],
    /// What steps back.
    pub muted: [u8; 3],
}

/// What is to be seen of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Show {
    /// The program.
    pub program: Program,
    /// Width of the frame in pixels.
    pub width: u32,
    /// Height of the frame in pixels.
    pub height: u32,
    /// Frames per second.
    pub fps: u32,
    /// Its colours; where nothing is painted, none.
    pub colors: Option<Colors>,
    /// How many frames: what is shorter holds its last one, what is longer is cut.
    pub frames: u64,
}

/// Pixels, and how often they are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// In how many frames, at least one.
    pub times: u64,
    /// RGBA from the top left, four bytes a pixel, as many as the frame has.
    pub pixels: Bytes,
}

/// What a program shows.
pub enum Performance {
    /// Frame by frame, as they are drawn; exactly as many as were asked for. An error ends it.
    Frames(BoxStream<'static, Result<Shown, Failure>>),
    /// A whole film from somewhere else: whoever drew it may be the program itself, so it is looked at like any film that comes from
    /// outside.
    Film(Bytes),
}

/// Runs programs. [`Failure::GiveUp`] is the program's fault, in a sentence with its line; [`Failure::Retry`] is not.
#[async_trait]
pub trait Animator: Send + Sync {
    /// Runs a program to its end, and draws nothing.
    async fn check(&self, show: &Show) -> Result<(), Failure>;

    /// Draws it.
    async fn play(&self, show: &Show) -> Result<Performance, Failure>;
}
