//! When the last take settled: what is done after it is what is measured.

use crate::pipeline::machine;
use async_trait::async_trait;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use story::failure::StoreError;
use story::queue::{Moved, Part};
use story::{Clock, Queue, Task, Timestamp};

/// A queue that notes when the last take settled.
pub(crate) struct Noting {
    inner: Arc<dyn Queue>,
    clock: Arc<dyn Clock>,
    last_take: Mutex<Option<(Timestamp, f64)>>,
}

impl Noting {
    pub(crate) fn new(inner: Arc<dyn Queue>, clock: Arc<dyn Clock>) -> Self {
        Self { inner, clock, last_take: Mutex::default() }
    }

    /// When it was, and what this process and its programs had taken of processors by then, in milliseconds.
    pub(crate) fn last_take(&self) -> Option<(Timestamp, f64)> {
        *self.last_take.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Queue for Noting {
    async fn send(&self, task: &Task, after: Duration) -> Result<(), StoreError> {
        if let Task::Advance { moved: Some(Moved { part: Part::Take(_), .. }), .. } = task {
            let now = (self.clock.now(), machine::cpu_with_children_ms());
            *self.last_take.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
        }
        self.inner.send(task, after).await
    }

    async fn wake_speech(&self, group: &str) -> Result<(), StoreError> {
        self.inner.wake_speech(group).await
    }
}
