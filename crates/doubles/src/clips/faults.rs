//! What is made to go wrong with clips. Each fault is used up by the first call that it can concern.

use serde::{Deserialize, Serialize};

/// What goes wrong, once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ClipFault {
    /// The order is refused: 400, `blocked`.
    Blocked,
    /// The order is refused: 429, with the wait in the body.
    Busy {
        /// Seconds.
        retry_s: u32,
    },
    /// The order is refused: 429 of the quota of a day.
    SpentToday,
    /// The order is taken and charged, and the connection is reset before the answer.
    Lost,
    /// The order is taken and charged, and its answer names nothing.
    Nameless,
    /// The order is taken; it ends in words alone (Veo: filtered). Not charged.
    Words,
    /// The order is taken; it fails. Not charged.
    Failed,
    /// The order is taken; the interaction stands still with this status. Veo knows none, and goes on. Not charged.
    Status {
        /// As it is written.
        status: String,
    },
    /// The order is taken; what was generated cannot be kept as a file. Charged.
    FileFailed,
    /// The order is taken; the file is gone before it is fetched. Charged.
    FileGone,
    /// The order is taken; the clip is no film. Charged.
    Spoiled,
    /// The next question how far an order is: 503.
    Unavailable,
    /// The next download ends in the middle.
    Cut,
    /// The next download stands still in the middle.
    Slow {
        /// Milliseconds.
        ms: u64,
    },
}

impl ClipFault {
    /// Whether it concerns the taking of an order.
    pub(super) fn is_of_order(&self) -> bool {
        !self.is_refusal() && !matches!(self, Self::Unavailable) && !self.is_of_download()
    }

    /// Whether it concerns a download.
    pub(super) fn is_of_download(&self) -> bool {
        matches!(self, Self::Cut | Self::Slow { .. })
    }

    /// Whether an order is refused for it.
    pub(super) fn is_refusal(&self) -> bool {
        matches!(self, Self::Blocked | Self::Busy { .. } | Self::SpentToday)
    }

    /// Whether an order with it brings a clip, and so costs something.
    pub(super) fn is_charged(&self) -> bool {
        !matches!(self, Self::Words | Self::Failed | Self::Status { .. })
    }
}
