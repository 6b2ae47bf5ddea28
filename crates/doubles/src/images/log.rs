//! The books of who draws: what was asked, when it began, and what it cost. Tests count here.

use super::faults::ImageFaultKind;
use super::request::Door;
use crate::account::Ended;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The provider's own books of pictures.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ImageLog {
    /// Calls that were taken, oldest first. Each stands in the window, whatever became of it.
    pub calls: Vec<LoggedImage>,
    /// Calls that were not.
    pub refusals: Vec<RefusedImage>,
    /// Pictures that were fetched at the addresses of answers.
    pub fetches: Vec<LoggedFetch>,
    /// The most calls that ever ran at once.
    pub max_in_flight: usize,
}

/// A call that was taken.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LoggedImage {
    /// What `end` is told; no two calls share one.
    pub id: u64,
    /// The provider's name of the call.
    pub request_id: String,
    /// By which of the two interfaces it came.
    pub door: Door,
    /// The model.
    pub model: String,
    /// What was to be drawn.
    pub prompt: String,
    /// The width that was drawn.
    pub width: u32,
    /// The height.
    pub height: u32,
    /// `seed` as it was sent.
    pub seed: Option<u64>,
    /// The body, whole.
    pub body: Value,
    /// When it began, on the provider's clock, in milliseconds.
    pub start_ms: u64,
    /// When it stopped to count as running; `None`: it runs.
    pub end_ms: Option<u64>,
    /// How.
    pub ended: Option<Ended>,
    /// How many calls ran when it began, this one counted.
    pub in_flight: usize,
    /// Whether it costs something.
    pub is_charged: bool,
    /// What was made to go wrong.
    pub fault: Option<ImageFaultKind>,
}

/// A call that was not taken; it costs nothing.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RefusedImage {
    /// When, on the provider's clock, in milliseconds.
    pub at_ms: u64,
    /// The HTTP status.
    pub status: u16,
    /// The reason, as programs read it.
    pub code: String,
    /// What was to be drawn, or nothing.
    pub prompt: String,
    /// Whether the window was full, or closed: the client did what it must never do.
    pub is_violation: bool,
}

/// A picture that was fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoggedFetch {
    /// What was asked for.
    pub path: String,
    /// Whether the key came along.
    pub had_key: bool,
    /// The status of the answer.
    pub status: u16,
}

impl ImageLog {
    /// Calls that cost something.
    pub fn charged(&self) -> usize {
        self.calls.iter().filter(|call| call.is_charged).count()
    }

    /// Charged calls for exactly this prompt.
    pub fn charged_for(&self, prompt: &str) -> usize {
        self.calls.iter().filter(|call| call.is_charged && call.prompt == prompt).count()
    }

    /// Starts that the window did not take.
    pub fn violations(&self) -> usize {
        self.refusals.iter().filter(|refusal| refusal.is_violation).count()
    }

    /// The most starts that any window of this length contains.
    pub fn most_starts_within(&self, window_ms: u64) -> usize {
        let starts: Vec<u64> = self.calls.iter().map(|call| call.start_ms).collect();
        let within =
            |from: &u64| starts.iter().filter(|at| (*from..from.saturating_add(window_ms)).contains(*at)).count();
        starts.iter().map(within).max().unwrap_or(0)
    }
}
