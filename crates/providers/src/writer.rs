//! Who writes: Gemini, any server with OpenAI's chat interface, and the rehearsal. None of them looks at what was written.

pub mod chat;
mod choice;
pub mod gemini;
mod rehearsal;
mod topics;

pub use chat::Chat;
pub use choice::WriterChoice;
pub use gemini::Gemini;
pub use rehearsal::RehearsalWriter;

use crate::http::{Key, Timeouts};
use std::time::Duration;
use story::writer::{Ended, Tokens, WriterProfile, Written};
use story::writing::WriterTask;

/// What a writer is called with.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The key, where one is wanted.
    pub key: Option<Key>,
    /// Where it is reached.
    pub base_url: String,
    /// The setting that says so, for sentences about it.
    pub base_url_setting: &'static str,
    /// The model.
    pub model: String,
    /// What a million tokens of a question cost, in US dollars.
    pub usd_per_million_asked: f64,
    /// What a million tokens of an answer cost, in US dollars.
    pub usd_per_million_answered: f64,
    /// Tokens of an answer, at most.
    pub most_answer_tokens: u64,
    /// How long it may take.
    pub timeouts: Timeouts,
}

/// Nothing of an answer comes before all of it is thought.
fn patience() -> Timeouts {
    let [first_byte, idle] = [300, 60].map(Duration::from_secs);
    Timeouts { first_byte, idle, ..Timeouts::default() }
}

/// An answer that was given up because of its size. Nobody says what it cost: as much as it may have.
fn too_large(profile: &WriterProfile, task: &WriterTask, request_id: Option<String>) -> Written {
    let tokens = Tokens { asked: question_tokens(task), answered: profile.answer_tokens(task) };
    Written {
        text: String::new(),
        ended: Ended::Early("it is larger than any right answer can be".to_owned()),
        tokens,
        usd: profile.usd(tokens),
        request_id,
        rehearsed: false,
    }
}

/// About as many tokens as a question has, where the provider does not count.
fn question_tokens(task: &WriterTask) -> u64 {
    let messages = task.messages().iter().map(|message| message.text.len()).sum::<usize>();
    tokens_of(task.instructions().len() + task.schema().to_string().len() + messages)
}

/// About as many tokens as so many bytes are.
fn tokens_of(bytes: usize) -> u64 {
    bytes.div_ceil(3) as u64
}
