//! The sending side of the queues: SQS.

use crate::account::{Account, meaning};
use async_trait::async_trait;
use aws_sdk_sqs::Client;
use std::sync::Arc;
use std::time::Duration;
use story::failure::StoreError;
use story::queue::Receiver;
use story::{Clock, Queue, Task};

const SERVICE: &str = "SQS";

/// A queue has no longer timer. Whatever is to be done later than that is looked at by the sweep too.
const LONGEST_DELAY_S: u64 = 900;

/// The URLs of a house's queues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Urls {
    /// Wake-ups: FIFO.
    pub speech: String,
    /// Jobs to be moved on.
    pub advance: String,
    /// What renders, lays or joins.
    pub compose: String,
    /// What draws and fetches pictures.
    pub images: String,
    /// What has clips generated.
    pub clips: String,
    /// What writes.
    pub writer: String,
    /// What draws animations.
    pub animate: String,
}

/// The queues of a house.
#[derive(Clone)]
pub struct SqsQueue {
    client: Client,
    urls: Urls,
    clock: Arc<dyn Clock>,
}

impl SqsQueue {
    /// The queues of these URLs; the clock's chance makes each wake-up a new one.
    #[must_use]
    pub fn new(account: &Account, urls: Urls, clock: Arc<dyn Clock>) -> Self {
        Self { client: account.queues(), urls, clock }
    }
}

/// The seconds that a queue is told to wait: not fewer than asked for.
fn delay_s(after: Duration) -> i32 {
    let whole = after.as_secs() + u64::from(after.subsec_nanos() > 0);
    i32::try_from(whole.min(LONGEST_DELAY_S)).unwrap_or(i32::MAX)
}

#[async_trait]
impl Queue for SqsQueue {
    async fn send(&self, task: &Task, after: Duration) -> Result<(), StoreError> {
        let url = match task.receiver() {
            Receiver::Advance => &self.urls.advance,
            Receiver::Compose | Receiver::Track => &self.urls.compose,
            Receiver::Images => &self.urls.images,
            Receiver::Clips => &self.urls.clips,
            Receiver::Writer | Receiver::Sketches => &self.urls.writer,
            Receiver::Animate => &self.urls.animate,
        };
        let body = serde_json::to_string(task).expect("tasks always serialise");
        let request = self.client.send_message().queue_url(url).message_body(body).delay_seconds(delay_s(after));
        request.send().await.map_err(|error| meaning(SERVICE, &error))?;
        Ok(())
    }

    async fn wake_speech(&self, group: &str) -> Result<(), StoreError> {
        // A worker that has just looked may have looked too early: no wake-up is a repetition of an earlier one.
        let name = format!("{:016x}{:016x}", self.clock.chance(), self.clock.chance());
        let request = self.client.send_message().queue_url(&self.urls.speech).message_body("{}");
        let request = request.message_group_id(group).message_deduplication_id(name);
        request.send().await.map_err(|error| meaning(SERVICE, &error))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delay_is_rounded_up_to_what_a_queue_can_wait() {
        for (ms, s) in [(0, 0), (1, 1), (1_000, 1), (1_001, 2), (900_000, 900), (86_400_000, 900)] {
            assert_eq!(delay_s(Duration::from_millis(ms)), s, "{ms} ms");
        }
    }
}
