//! The port for speech, and what a request for it is made of.

use crate::failure::StoreError;
use crate::ids::{TakeKey, content_key};
use crate::script::{Normalization, VoiceSettings};
use crate::words::Alignment;
use async_trait::async_trait;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Everything that changes the sound of a take, after defaults are filled in. Its hash is the take's key (DESIGN §6.1).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TakeRequest {
    /// Which provider speaks.
    pub provider: String,
    /// Where it is reached.
    pub base_url: String,
    /// Its model.
    pub model: String,
    /// Its voice.
    pub voice: String,
    /// Settings of the voice, resolved.
    pub settings: VoiceSettings,
    /// The text, as sent.
    pub text: String,
    /// The language, where the model takes one.
    pub language: Option<String>,
    /// Whether numbers are spelled out.
    pub normalization: Normalization,
    /// The provider's seed.
    pub seed: Option<u64>,
    /// The provider's name of the sound's format.
    pub format: String,
    /// Which reading of the line.
    pub retake: u32,
}

impl TakeRequest {
    /// The key of the take that answers this request.
    #[must_use]
    pub fn key(&self) -> TakeKey {
        TakeKey(content_key("take/1", self))
    }

    /// Characters that the provider charges for: Unicode scalar values of the text.
    #[must_use]
    pub fn characters(&self) -> u64 {
        self.text.chars().count() as u64
    }
}

/// What a provider adds to the lines of a script to make requests of them, and what they cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Voicing {
    /// The provider's name.
    pub provider: String,
    /// Where it is reached.
    pub base_url: String,
    /// The model of speakers that name none.
    pub model: String,
    /// The voices of speakers that name none, in the order of the speakers.
    pub voices: Vec<String>,
    /// The provider's name of the sound's format.
    pub format: String,
    /// Price of 1,000 characters in US dollars.
    pub usd_per_1000_characters: f64,
    /// Whether nothing is paid here: prices then say what the same lines would have cost.
    pub rehearsed: bool,
}

/// A part of an answer, in the order it arrives.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// Sound, and the characters it holds with their times in the whole take.
    Sound(Bytes, Option<Alignment>),
    /// The end, with what the provider said of the call.
    End(Receipt),
}

/// What a provider said of a call that succeeded.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    /// The provider's name of the call.
    pub request_id: Option<String>,
    /// Characters charged.
    pub characters: u64,
}

/// What can go wrong with a call, by meaning.
#[derive(Clone, Debug, Error)]
pub enum SpeechError {
    /// Too much at once; not charged.
    #[error("the speech provider is busy")]
    Busy,
    /// The request is wrong; it will never work. The sentence says why.
    #[error("{0}")]
    Refused(String),
    /// It did not work, was not charged, and may be tried again.
    #[error("{0}")]
    Broken(String),
}

/// An answer while it arrives: parts until [`Heard::End`].
#[async_trait]
pub trait Answer: Send {
    /// The next part.
    async fn next(&mut self) -> Result<Heard, SpeechError>;
}

/// Speaks.
#[async_trait]
pub trait Speech: Send + Sync {
    /// What this provider makes of a script's lines.
    fn voicing(&self) -> Voicing;

    /// Begins a call. The first byte of the request is sent within it.
    async fn speak(&self, request: &TakeRequest) -> Result<Box<dyn Answer>, SpeechError>;
}

impl From<StoreError> for SpeechError {
    fn from(error: StoreError) -> Self {
        Self::Broken(error.to_string())
    }
}
