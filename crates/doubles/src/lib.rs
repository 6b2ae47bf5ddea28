//! The paid providers as they behave on the wire: ElevenLabs, a speech server that speaks OpenAI's words, who draws pictures, as
//! Together, OpenAI and Gemini do, and who generates clips, as Gemini Omni and Veo do; with books of their own.
//! Imports nothing of ours: what a provider does is written down twice, here and in its client, so that one can refute the other.
//! **Invariant:** nothing here is part of what users run, and nothing here reads our records: tests count calls and charges in these books.

pub mod account;
pub mod clips;
pub mod elevenlabs;
pub mod images;
pub mod openai;
pub mod sound;
pub mod writer;

mod connection;
mod pace;
mod watched;

pub use account::{Account, Settings};
pub use clips::{ClipFault, ClipSettings, Clips};
pub use elevenlabs::ElevenLabs;
pub use images::{ImageSettings, Images};
pub use openai::{OpenAiSettings, OpenAiSpeech};
pub use writer::{Writer, WriterFault, WriterSettings};
