//! The queue in memory: due by the clock alone, so that a paused one leaps to the next task.

use crate::clock::milliseconds;
use crate::queue::{Delivery, Inbox, Receipt};
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use story::failure::StoreError;
use story::queue::Receiver;
use story::{Clock, Queue, Task, Timestamp};
use tokio::sync::Notify;

struct Message {
    task: Task,
    due: Timestamp,
    received: bool,
    tries: u32,
}

#[derive(Default)]
struct State {
    messages: BTreeMap<i64, Message>,
    last_id: i64,
    wakes: u64,
}

impl State {
    fn waiting(&mut self, task: &Task) -> Option<&mut Message> {
        self.messages.values_mut().find(|message| !message.received && message.task == *task)
    }

    fn received(&mut self, receipt: Receipt) -> Option<&mut Message> {
        self.messages.get_mut(&receipt.id).filter(|message| message.received && message.tries == receipt.tries)
    }
}

/// The queue in memory.
pub struct MemoryQueue {
    state: Mutex<State>,
    clock: Arc<dyn Clock>,
    sent: Notify,
    woken: Notify,
}

impl MemoryQueue {
    /// An empty queue; the clock says what is due.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { state: Mutex::default(), clock, sent: Notify::new(), woken: Notify::new() }
    }

    /// Every task, received or not, in the order they were sent: what a test ends in.
    #[must_use]
    pub fn all(&self) -> Vec<Task> {
        self.state().messages.values().map(|message| message.task.clone()).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn later(&self, after: Duration) -> Timestamp {
        self.clock.now().plus_ms(milliseconds(after))
    }

    fn next_due(&self, receiver: Receiver) -> Option<Timestamp> {
        let state = self.state();
        let ours = state.messages.values().filter(|message| message.task.receiver() == receiver);
        ours.map(|message| message.due).min()
    }
}

#[async_trait]
impl Queue for MemoryQueue {
    async fn send(&self, task: &Task, after: Duration) -> Result<(), StoreError> {
        let due = self.later(after);
        let mut state = self.state();
        if let Some(waiting) = state.waiting(task) {
            waiting.due = waiting.due.min(due);
        } else {
            state.last_id += 1;
            let id = state.last_id;
            state.messages.insert(id, Message { task: task.clone(), due, received: false, tries: 0 });
        }
        drop(state);
        self.sent.notify_waiters();
        Ok(())
    }

    async fn wake_speech(&self, _group: &str) -> Result<(), StoreError> {
        self.state().wakes += 1;
        self.woken.notify_waiters();
        Ok(())
    }
}

#[async_trait]
impl Inbox for MemoryQueue {
    async fn receive(&self, receiver: Receiver, visibility: Duration) -> Result<Option<Delivery>, StoreError> {
        let (now, visible) = (self.later(Duration::ZERO), self.later(visibility));
        let mut state = self.state();
        let ours = |message: &Message| message.due <= now && message.task.receiver() == receiver;
        let due = state.messages.iter_mut().filter(|(_, message)| ours(message));
        let Some((&id, message)) = due.min_by_key(|(id, message)| (message.due, **id)) else {
            return Ok(None);
        };
        message.received = true;
        message.tries += 1;
        message.due = visible;
        let receipt = Receipt { id, tries: message.tries };
        Ok(Some(Delivery { task: message.task.clone(), receipt, tries: message.tries }))
    }

    async fn done(&self, receipt: Receipt) -> Result<(), StoreError> {
        let mut state = self.state();
        if state.received(receipt).is_some() {
            state.messages.remove(&receipt.id);
        }
        Ok(())
    }

    async fn again(&self, receipt: Receipt, after: Duration) -> Result<(), StoreError> {
        let due = self.later(after);
        let mut state = self.state();
        let Some(task) = state.received(receipt).map(|message| message.task.clone()) else {
            return Ok(());
        };
        // The same task may have been sent meanwhile: then that one waits for both.
        if let Some(waiting) = state.waiting(&task) {
            waiting.due = waiting.due.min(due);
            waiting.tries = waiting.tries.max(receipt.tries);
            state.messages.remove(&receipt.id);
        } else if let Some(message) = state.received(receipt) {
            message.received = false;
            message.due = due;
        }
        drop(state);
        self.sent.notify_waiters();
        Ok(())
    }

    async fn renew(&self, receipt: Receipt, visibility: Duration) -> Result<bool, StoreError> {
        let visible = self.later(visibility);
        let mut state = self.state();
        let ours = state.received(receipt);
        Ok(ours.map(|message| message.due = visible).is_some())
    }

    async fn wait(&self, receiver: Receiver) -> Result<(), StoreError> {
        loop {
            // Listen first, then look: what is sent in between is heard.
            let mut sent = std::pin::pin!(self.sent.notified());
            sent.as_mut().enable();
            match self.next_due(receiver).map(|due| due.since_ms(self.clock.now())) {
                Some(0) => return Ok(()),
                Some(left_ms) => tokio::select! {
                    () = sent => {}
                    () = self.clock.sleep(Duration::from_millis(left_ms)) => {}
                },
                None => sent.await,
            }
        }
    }

    async fn speech_woken(&self, seen: u64) -> Result<u64, StoreError> {
        loop {
            let mut woken = std::pin::pin!(self.woken.notified());
            woken.as_mut().enable();
            let wakes = self.state().wakes;
            if wakes > seen {
                return Ok(wakes);
            }
            woken.await;
        }
    }
}
