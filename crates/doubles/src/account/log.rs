//! The provider's own books: what was called, when it ran, and what it cost. Tests count here.

use super::charge::Endpoint;
use super::faults::FaultKind;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Everything that was asked of the account.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Log {
    /// Calls that were taken, and so charged, oldest first.
    pub calls: Vec<LoggedCall>,
    /// Speech calls that were refused; they cost nothing.
    pub refusals: Vec<LoggedRefusal>,
    /// The most calls that ever ran at once.
    pub max_in_flight: usize,
    /// When the history was asked for, in milliseconds since 1970: lists and items.
    pub history_looks_ms: Vec<u64>,
}

/// A call that was taken.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LoggedCall {
    /// What `end` is told.
    pub id: u64,
    /// The header `request-id`.
    pub request_id: String,
    /// `None` with `enable_logging=false`.
    pub history_item_id: Option<String>,
    /// Which of the four.
    pub endpoint: Endpoint,
    /// The voice.
    pub voice_id: String,
    /// The model, also when the request named none.
    pub model_id: String,
    /// What was to be spoken.
    pub text: String,
    /// `voice_settings` as they were sent; null if none were.
    pub voice_settings: Value,
    /// `seed` as it was sent.
    pub seed: Option<u64>,
    /// The body, whole.
    pub body: Value,
    /// The format, also when the request named none.
    pub output_format: String,
    /// Characters of the text.
    pub characters: u64,
    /// Credits taken, at the start.
    pub charged: u64,
    /// When it began, in milliseconds since 1970.
    pub start_ms: u64,
    /// When the generation ends, or ended, whoever listens.
    pub generated_ms: u64,
    /// When it stopped to count as running; `None`: it runs.
    pub end_ms: Option<u64>,
    /// Why.
    pub ended: Option<Ended>,
    /// How many calls ran when it began, this one counted.
    pub in_flight: usize,
    /// The status of the answer: 200, however it went on.
    pub status: u16,
    /// What was made to go wrong.
    pub fault: Option<FaultKind>,
}

/// How a call that was taken ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// The last byte was handed over.
    Complete,
    /// The client closed its connection before.
    ClientLeft,
    /// A fault cut the answer.
    Cut,
    /// A fault reset the connection before the answer.
    Reset,
}

/// A speech call that was refused.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LoggedRefusal {
    /// When, in milliseconds since 1970.
    pub at_ms: u64,
    /// The HTTP status.
    pub status: u16,
    /// The reason, as the current shape names it.
    pub code: String,
    /// The model that was asked for, also when the request named none.
    pub model_id: String,
    /// The voice that was asked for.
    pub voice_id: String,
    /// The text that was sent, or nothing.
    pub text: String,
    /// How many calls ran then.
    pub in_flight: usize,
}

impl Log {
    /// All characters charged.
    pub fn charged(&self) -> u64 {
        self.calls.iter().map(|call| call.charged).sum()
    }

    /// Charged calls for exactly this text.
    pub fn calls_for(&self, text: &str) -> usize {
        self.calls.iter().filter(|call| call.text == text).count()
    }

    /// Refusals with this code.
    pub fn refused(&self, code: &str) -> usize {
        self.refusals.iter().filter(|refusal| refusal.code == code).count()
    }

    pub(super) fn clear(&mut self) {
        self.calls.retain(|call| call.end_ms.is_none());
        self.refusals.clear();
        self.history_looks_ms.clear();
        self.max_in_flight = self.calls.len();
    }
}
