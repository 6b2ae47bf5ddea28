//! Who speaks, paints, films and writes for Onetake: one file per vendor, and the rehearsal, which needs none of them.
//! Imports `story` only: what a take request is, and the ports that are implemented here.
//! **Invariant:** no provider knows of jobs, lanes or stores, and none decides whether a paid call is made, or made again.

pub mod choice;
pub mod elevenlabs;
mod espeak;
mod http;
pub mod openai;
pub mod rehearsal;

pub use choice::{Choice, NoSpeech};
pub use elevenlabs::ElevenLabs;
pub use espeak::find_espeak;
pub use http::{Key, Timeouts};
pub use openai::OpenAiSpeech;
pub use rehearsal::{Rehearsal, Settings};
