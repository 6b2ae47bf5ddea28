//! The port for clips: short films that a provider generates from a prompt, or from a prompt and a picture; and what is asked of it.
//! A clip is a picture that moves: it is wished for, made and kept like one ([`crate::picture`]). But no call brings it: one orders
//! it, others ask how far it is, and a last one fetches it.

mod order;

use crate::maker::{MakerError, MayBegin};
use async_trait::async_trait;
use bytes::Bytes;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use order::{ClipOrder, ClipReading, clip_schema};

/// Everything that changes a generated clip, after defaults are filled in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClipRequest {
    /// Which provider generates.
    pub provider: String,
    /// Where it is reached.
    pub base_url: String,
    /// The model.
    pub model: String,
    /// What is to happen.
    pub text: String,
    /// How long it is to be.
    pub seconds: u32,
    /// The shape of its frame.
    pub aspect: Aspect,
    /// Lines of its frame, by its shorter side.
    pub lines: u32,
    /// The picture that it begins with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<FirstImage>,
    /// The clip that it goes on with, or that is edited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Earlier>,
}

/// The picture that a clip begins with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FirstImage {
    /// One that is kept, by the SHA-256 of its bytes.
    Kept(String),
    /// One that lies at an address: it is fetched when the clip is ordered.
    At(String),
}

/// A clip that another is made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earlier {
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// What is done with it.
    pub task: ClipTask,
}

/// What is done with an earlier clip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ClipTask {
    /// It goes on.
    Extend,
    /// It is made otherwise.
    Edit,
}

/// The shape of a clip's frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Aspect {
    /// Upright.
    #[serde(rename = "9:16")]
    Tall,
    /// Lying.
    #[serde(rename = "16:9")]
    Wide,
}

impl Aspect {
    /// As it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Tall => "9:16",
            Self::Wide => "16:9",
        }
    }

    /// That of a frame, or the nearer one.
    #[must_use]
    pub fn of(width: u32, height: u32) -> Self {
        if width > height { Self::Wide } else { Self::Tall }
    }
}

/// What a model generates.
#[derive(Clone, Debug, PartialEq)]
pub struct ClipModel {
    /// Its name.
    pub name: String,
    /// The lengths that may be asked for, in seconds, ascending.
    pub seconds: Vec<u32>,
    /// What a second costs in US dollars, by the lines of the frame, ascending.
    pub usd_per_s: Vec<(u32, f64)>,
    /// Whether it begins with a picture.
    pub takes_images: bool,
    /// What it does with an earlier clip.
    pub tasks: Vec<ClipTask>,
    /// Characters of a prompt, at most.
    pub most_characters: usize,
}

impl ClipModel {
    /// What a clip costs, in US dollars; `None` where it makes none with so many lines.
    #[must_use]
    pub fn usd(&self, seconds: u32, lines: u32) -> Option<f64> {
        let (_, usd) = self.usd_per_s.iter().find(|(of, _)| *of == lines)?;
        Some(f64::from(seconds) * usd)
    }

    /// The length to ask for so that so many seconds are filled, or the longest.
    #[must_use]
    pub fn filling(&self, seconds: f64) -> u32 {
        let long_enough = self.seconds.iter().find(|given| f64::from(**given) >= seconds);
        long_enough.or(self.seconds.last()).copied().unwrap_or_default()
    }
}

/// What a provider of clips is.
#[derive(Clone, Debug, PartialEq)]
pub struct ClipsProfile {
    /// The provider's name.
    pub provider: String,
    /// Where it is reached.
    pub base_url: String,
    /// Which account pays: a hash of its address and key, never the key.
    pub account: String,
    /// Its models; the first is taken where none is named.
    pub models: Vec<ClipModel>,
    /// Whether nothing is paid here.
    pub rehearsed: bool,
}

impl ClipsProfile {
    /// The name under which its tickets and its window stand.
    #[must_use]
    pub fn generating_account(&self) -> String {
        format!("{GENERATING}{}", self.account)
    }
}

/// Whether clips wait at an account, not pictures.
#[must_use]
pub fn is_generating(account: &str) -> bool {
    account.starts_with(GENERATING)
}

/// What the names of accounts begin with that clips wait at.
const GENERATING: &str = "clips-";

/// What a request refers to by its hash.
#[derive(Clone, Debug, Default)]
pub struct ClipMaterial {
    /// The picture's bytes.
    pub image: Option<Bytes>,
    /// The earlier clip's.
    pub from: Option<Bytes>,
}

/// How far an ordered clip is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Generating {
    /// It is not there yet.
    Running,
    /// It is there.
    Done(Delivery),
}

/// How a clip comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// With the answer.
    Bytes(Bytes),
    /// From an address.
    Address(String),
}

/// Generates clips.
#[async_trait]
pub trait Clips: Send + Sync {
    /// What this provider is.
    fn profile(&self) -> ClipsProfile;

    /// Orders a clip: the one call that is charged, never a second one by itself. Answers the provider's name of it. Between
    /// `may_begin` and the first byte of the request's body nothing is awaited.
    async fn order(
        &self,
        clip: &ClipRequest,
        material: ClipMaterial,
        may_begin: MayBegin,
    ) -> Result<String, MakerError>;

    /// Asks how far an ordered clip is; that is never charged, so it never fails as [`MakerError::Unknown`]. [`MakerError::Refused`]
    /// where it will never be there, with the provider's reason.
    async fn ask(&self, clip: &ClipRequest, operation: &str) -> Result<Generating, MakerError>;

    /// Fetches a clip that is there, within limits of size and time. That is not charged either.
    async fn fetch(&self, address: &str) -> Result<Bytes, MakerError>;
}
