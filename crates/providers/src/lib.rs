//! Who speaks, paints, films and writes for Onetake: one file per vendor, and the rehearsal, which needs none of them.
//! Imports `story` only: what a take request is, and the ports that are implemented here.
//! **Invariant:** no provider knows of jobs, lanes or stores, and none decides whether a paid call is made, or made again.

pub mod choice;
mod clip_choice;
pub mod clips;
pub mod elevenlabs;
mod espeak;
pub mod fetch;
pub mod gemini_images;
mod http;
mod image_choice;
pub mod images;
pub mod openai;
pub mod rehearsal;
pub mod writer;

pub use choice::{Choice, NoMaker};
pub use clip_choice::{ClipChoice, ClipMaker};
pub use elevenlabs::ElevenLabs;
pub use espeak::find_espeak;
pub use fetch::{WebFetcher, WebSettings};
pub use gemini_images::GeminiImages;
pub use http::{Key, Timeouts};
pub use image_choice::{ImageChoice, Painter};
pub use images::OpenAiImages;
pub use openai::OpenAiSpeech;
pub use rehearsal::{Rehearsal, Settings};
pub use writer::{RehearsalWriter, WriterChoice};
