//! The books of who generates clips: what was ordered, what it cost, what was asked and fetched. Tests count here.

use super::faults::ClipFault;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// By which of the two interfaces an order came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClipDoor {
    /// Gemini's Interactions API.
    Interactions,
    /// Vertex.
    Vertex,
}

/// The provider's own books of clips.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ClipLog {
    /// Orders that were taken, oldest first.
    pub orders: Vec<LoggedOrder>,
    /// Orders that were not.
    pub refusals: Vec<RefusedOrder>,
    /// Questions how far an order is.
    pub questions: usize,
    /// Questions whether a file is there.
    pub file_questions: usize,
    /// Downloads, by each address that they led through.
    pub downloads: Vec<LoggedDownload>,
}

/// An order that was taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoggedOrder {
    /// Its name.
    pub name: String,
    /// By which interface it came.
    pub door: ClipDoor,
    /// The model.
    pub model: String,
    /// How long the clip is to be.
    pub seconds: u32,
    /// What that costs, in US dollars; 0 where it brings no clip.
    pub usd: f64,
    /// When, on the provider's clock, in milliseconds.
    pub at_ms: u64,
    /// The body, whole.
    pub body: Value,
    /// What was made to go wrong.
    pub fault: Option<ClipFault>,
}

/// An order that was not taken; it costs nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedOrder {
    /// The HTTP status.
    pub status: u16,
    /// What was said.
    pub message: String,
}

/// An address of a file that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoggedDownload {
    /// The order's name.
    pub order: String,
    /// Whether it was on the other host.
    pub is_elsewhere: bool,
    /// Whether the key came along.
    pub had_key: bool,
    /// The status of the answer.
    pub status: u16,
}

impl ClipLog {
    /// Seconds that are paid for.
    pub fn charged_s(&self) -> u32 {
        self.orders.iter().filter(|order| order.usd > 0.0).map(|order| order.seconds).sum()
    }

    /// What all of it costs, in US dollars.
    pub fn charged_usd(&self) -> f64 {
        self.orders.iter().map(|order| order.usd).sum()
    }

    /// Whether a key came to the other host.
    pub fn is_key_leaked(&self) -> bool {
        self.downloads.iter().any(|download| download.is_elsewhere && download.had_key)
    }
}
