//! A scene part, as it is rendered: everything that changes its pixels, and nothing that does not.
//! A scene holds no absolute time: it begins at its own sample 0.

use crate::animation::Staged;
use crate::animator::Program;
use crate::captions::Page;
use crate::ids::content_key;
use crate::script::{Captions, Motion};
use serde::{Deserialize, Serialize};

/// Everything that changes the pixels of a scene part. Its hash is the part's key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scene {
    /// Width of the frame in pixels.
    pub width: u32,
    /// Height of the frame in pixels.
    pub height: u32,
    /// Frames per second.
    pub fps: u32,
    /// Draws every second frame only, repeats it, and is encoded in haste.
    pub draft: bool,
    /// What is shown.
    pub backdrop: Backdrop,
    /// How a still picture moves. The kind of movement is chosen by the backdrop's key and ends in a fixed pose.
    pub motion: Motion,
    /// Whether this part holds the pose in which the motion ended: the second and later parts of a long scene.
    pub holds_end_pose: bool,
    /// Frames at the head in which the scene rises out of black.
    pub fade_frames: u32,
    /// The picture out of which the scene rises at its head.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outgoing: Option<Outgoing>,
    /// The words on the screen.
    pub captions: Captions,
    /// What is said, in order. Never empty.
    pub spoken: Vec<Spoken>,
}

/// What the scene before showed: it stands still, in the pose in which its motion ended, while the later scene rises over it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outgoing {
    /// What is left.
    pub backdrop: Backdrop,
    /// Frames at the head in which something of it is seen: at least 1, and fewer than the part has.
    pub frames: u32,
    /// Where avatars stood over a card, whose letters made room for them: whether on the right. Of other backdrops none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub avatar_sides: Vec<bool>,
}

/// What a scene shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Backdrop {
    /// A picture of the user's, by the SHA-256 of its bytes.
    Picture(String),
    /// A clip, by the SHA-256 of its bytes: it begins anew with each part, and begins again where the part is longer. Its own sound is off.
    Clip(String),
    /// An animation, with the frames of its steps.
    Animation(Box<Staged>),
    /// A program that draws, with the frames of its words.
    Program(Box<Program>),
    /// One colour.
    Color([u8; 3]),
    /// The card that Onetake draws itself.
    Card(Card),
}

/// The picture that Onetake draws itself, where none is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// Who speaks.
    pub speaker: String,
    /// What is said: the large type of the card.
    pub text: String,
    /// The speaker's place among the speakers: chooses the colour.
    pub speaker_index: usize,
}

/// One segment inside a scene.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spoken {
    /// Frames of its slot: take, pause and filling.
    pub frames: u64,
    /// SHA-256 of the take's sound: a take made again under its key is another sound.
    pub audio_sha256: String,
    /// The avatar of who speaks, by the SHA-256 of its bytes, and its side.
    pub avatar: Option<Avatar>,
    /// The words, in pages; times in samples from the start of this slot.
    pub pages: Vec<Page>,
}

/// The picture of who speaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Avatar {
    /// SHA-256 of the picture's bytes.
    pub picture: String,
    /// Whether it stands on the right.
    pub right: bool,
}

impl Scene {
    /// Frames of the whole part.
    #[must_use]
    pub fn frames(&self) -> u64 {
        self.spoken.iter().map(|spoken| spoken.frames).sum()
    }

    /// The key of the part when drawn by `studio` (its version, encoder and fonts). Same key, same bytes.
    #[must_use]
    pub fn key(&self, studio: &str) -> String {
        content_key("scene/1", &(studio, self))
    }

    /// The SHA-256 of every picture that the part shows.
    #[must_use]
    pub fn pictures(&self) -> Vec<&str> {
        let shown = [Some(&self.backdrop), self.outgoing.as_ref().map(|outgoing| &outgoing.backdrop)];
        let backdrops = shown.into_iter().flatten().flat_map(|backdrop| match backdrop {
            Backdrop::Picture(hash) | Backdrop::Clip(hash) => vec![hash.as_str()],
            Backdrop::Animation(staged) => staged.pictures.values().map(String::as_str).collect(),
            Backdrop::Program(_) | Backdrop::Color(_) | Backdrop::Card(_) => Vec::new(),
        });
        let avatars =
            self.spoken.iter().filter_map(|spoken| spoken.avatar.as_ref()).map(|avatar| avatar.picture.as_str());
        let mut hashes: Vec<&str> = backdrops.chain(avatars).collect();
        hashes.sort_unstable();
        hashes.dedup();
        hashes
    }
}

/// Where a word stood in the frame, and when it was the spoken one; times in samples from the start of the part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WordBox {
    /// Index of the segment in the part.
    pub spoken: usize,
    /// The word.
    pub text: String,
    /// Left, top, width, height in pixels: nothing of the word's ink lies outside.
    #[serde(rename = "box")]
    pub area: [u32; 4],
    /// First sample in which it is spoken.
    pub start: u64,
    /// First sample after it.
    pub end: u64,
}
