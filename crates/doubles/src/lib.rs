//! The paid providers as they behave on the wire: ElevenLabs, and a speech server that speaks OpenAI's words, with books of their own.
//! Imports nothing of ours: what a provider does is written down twice, here and in its client, so that one can refute the other.
//! **Invariant:** nothing here is part of what users run, and nothing here reads our records: tests count calls and charges in these books.

pub mod account;
pub mod elevenlabs;
pub mod openai;
pub mod sound;

mod connection;
mod pace;
mod watched;

pub use account::{Account, Settings};
pub use elevenlabs::ElevenLabs;
pub use openai::{OpenAiSettings, OpenAiSpeech};
