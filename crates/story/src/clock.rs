//! The port for time and chance, so that tests own both.

use crate::time::Timestamp;
use async_trait::async_trait;
use std::time::Duration;

/// Tells the time and throws the dice.
#[async_trait]
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;

    /// Waits.
    async fn sleep(&self, duration: Duration);

    /// 64 random bits.
    fn chance(&self) -> u64;
}
