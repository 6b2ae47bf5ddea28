//! The ports for pictures that are not at hand: drawn from a prompt, or fetched from an address; and what is asked of them.

use crate::clips::ClipRequest;
use crate::ids::{PictureKey, content_key};
use crate::maker::{MakerError, MayBegin};
use crate::writing::Brief;
use async_trait::async_trait;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// Where a picture comes from. The hash of its JSON is the picture's key: a changed field, or order of fields, would buy every
/// picture again. A new field must be absent where it is not set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PictureRequest {
    /// A provider draws it.
    Drawn(Prompt),
    /// It lies at an address.
    Fetched(String),
    /// A provider generates it: it moves.
    Generated(ClipRequest),
    /// A writer describes it: an animation, which is drawn when its words are spoken.
    Written(Box<Brief>),
}

/// Everything that changes a drawn picture, after defaults are filled in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompt {
    /// Which provider draws.
    pub provider: String,
    /// Where it is reached.
    pub base_url: String,
    /// The model.
    pub model: String,
    /// What is to be seen.
    pub text: String,
    /// Width in pixels, as it is asked for: what comes may differ.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Where the provider takes one: the same seed, about the same picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
}

impl PictureRequest {
    /// The picture's name in the house.
    #[must_use]
    pub fn key(&self) -> PictureKey {
        PictureKey(content_key("picture/1", self))
    }
}

/// What a provider of pictures is.
#[derive(Clone, Debug, PartialEq)]
pub struct ImagesProfile {
    /// The provider's name.
    pub provider: String,
    /// Where it is reached.
    pub base_url: String,
    /// Which account pays: a hash of its address and key, never the key.
    pub account: String,
    /// The model that draws.
    pub model: String,
    /// Characters of a prompt, at most.
    pub most_characters: usize,
    /// Whether nothing is paid here, and no window is to be kept.
    pub rehearsed: bool,
}

impl ImagesProfile {
    /// The name under which its tickets and its window stand: a key may speak and draw.
    #[must_use]
    pub fn drawing_account(&self) -> String {
        format!("images-{}", self.account)
    }
}

/// A picture that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawn {
    /// As it came: PNG, JPEG or WebP.
    pub bytes: Bytes,
    /// The provider's name of the call.
    pub request_id: Option<String>,
}

/// Draws.
#[async_trait]
pub trait Images: Send + Sync {
    /// What this provider is.
    fn profile(&self) -> ImagesProfile;

    /// The size that it is asked for, so that a frame of `width` by `height` is filled: of about the same shape, and one that it draws.
    fn size(&self, width: u32, height: u32) -> (u32, u32);

    /// What a picture of a size that it draws costs, in US dollars; of a rehearsal, what it would.
    fn usd(&self, width: u32, height: u32) -> f64;

    /// Makes one call, never a second one by itself. Between `may_begin` and the first byte of the request's body nothing is awaited.
    async fn draw(&self, prompt: &Prompt, may_begin: MayBegin) -> Result<Drawn, MakerError>;
}

/// Fetches what lies at an address that a user gave.
#[async_trait]
pub trait Fetcher: Send + Sync {
    /// Whether an address may be asked at all, by its looks: nothing is sent.
    ///
    /// # Errors
    /// A sentence for the user.
    fn check(&self, address: &str) -> Result<(), String>;

    /// A picture's bytes, within limits of size and time. [`MakerError::Refused`] where it will never be had.
    async fn fetch(&self, address: &str) -> Result<Bytes, MakerError>;
}

/// The longest side that most models draw.
const LONGEST_SIDE: f64 = 1_792.0;
/// What is smaller is drawn badly.
const LEAST_SIDE: f64 = 512.0;
/// What sides are multiples of, for most models.
const STEP: f64 = 16.0;

/// The size to ask a model for that draws any, so that a frame of `width` by `height` is filled: of about the same shape, and no larger
/// than need be.
#[must_use]
pub fn drawn_size(width: u32, height: u32) -> (u32, u32) {
    let (width, height) = (f64::from(width.max(1)), f64::from(height.max(1)));
    let grown = (LEAST_SIDE / width.min(height)).max(1.0);
    let scale = grown.min(LONGEST_SIDE / width.max(height));
    let side = |side: f64| ((side * scale / STEP).round() * STEP).clamp(LEAST_SIDE / 2.0, LONGEST_SIDE) as u32;
    (side(width), side(height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_to_draw_has_the_frames_shape_and_whole_steps() {
        for (frame, drawn) in [
            ((1_080, 1_920), (1_008, 1_792)),
            ((1_920, 1_080), (1_792, 1_008)),
            ((1_080, 1_080), (1_088, 1_088)),
            ((720, 1_280), (720, 1_280)),
            ((270, 480), (512, 912)),
            ((3_840, 2_160), (1_792, 1_008)),
            ((2, 2), (512, 512)),
            ((2, 4_000), (256, 1_792)),
            ((0, 0), (512, 512)),
            ((u32::MAX, 1), (1_792, 256)),
        ] {
            assert_eq!(drawn_size(frame.0, frame.1), drawn, "{frame:?}");
        }
    }
}
