//! When bytes may leave: the doubles' only clock.

use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// Milliseconds since 1970.
#[expect(clippy::disallowed_methods, reason = "a provider has a clock of its own; tests read it in its log")]
pub(crate) fn now_ms() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as u64)
}

/// A provider's own clock. It may stand still, or be ahead of ours, or behind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Clock {
    pub(crate) stands_at_ms: Option<u64>,
    pub(crate) ahead_ms: i64,
}

impl Clock {
    pub(crate) fn now_ms(self) -> u64 {
        self.stands_at_ms.unwrap_or_else(now_ms).saturating_add_signed(self.ahead_ms)
    }
}

/// How fast sound is made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    start: Instant,
    first_byte_ms: u64,
    speed: f64,
}

impl Pace {
    pub(crate) fn new(first_byte_ms: u64, speed: f64) -> Self {
        Self { start: Instant::now(), first_byte_ms, speed }
    }

    /// Waits until the sound up to there is made.
    pub(crate) async fn reach(&self, sound_ms: u64) {
        let made_ms = if self.speed > 0.0 && self.speed.is_finite() { sound_ms as f64 / self.speed } else { 0.0 };
        let wait = Duration::from_millis(self.first_byte_ms) + Duration::from_secs_f64(made_ms / 1_000.0);
        if !wait.is_zero() {
            sleep_until(self.start + wait).await;
        }
    }
}

/// Lets what was written leave before the connection breaks.
pub(crate) async fn let_it_leave() {
    tokio::time::sleep(Duration::from_millis(20)).await;
}

/// What breaks a body.
pub(crate) fn broken() -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::ConnectionAborted, "the double cut this answer")
}
