//! Keeps messages from others while they are worked on for longer than a minute. It beats: a worker that dies is heard of no more,
//! and its messages are handed over again within a minute, not after the queue's own hour and a half.

use crate::account::{Account, sentence};
use aws_sdk_sqs::Client;
use futures_util::future::{Either, select};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use story::Clock;

/// How long a message stays with a worker that is not heard of.
const VISIBILITY_S: i32 = 60;

/// Between two beats.
const BEAT: Duration = Duration::from_secs(20);

/// What keeps messages of one queue.
#[derive(Clone)]
pub struct Heart {
    client: Client,
    url: String,
    clock: Arc<dyn Clock>,
}

impl Heart {
    /// For the messages of the queue of this URL.
    #[must_use]
    pub fn new(account: &Account, url: &str, clock: Arc<dyn Clock>) -> Self {
        Self { client: account.queues(), url: url.to_owned(), clock }
    }

    /// Beats for messages, by their receipts, until a work is done.
    pub async fn beats_during<T>(&self, receipts: &[String], work: impl Future<Output = T>) -> T {
        // Before the work begins: from now on a worker that is killed costs a minute.
        self.beat(receipts).await;
        let beats = async {
            loop {
                self.clock.sleep(BEAT).await;
                self.beat(receipts).await;
            }
        };
        match select(pin!(work), pin!(beats)).await {
            Either::Left((done, _)) => done,
            Either::Right((never, _)) => never,
        }
    }

    /// One beat. Its failure is no one's failure: the next comes in time, or the message is handed over twice, which changes nothing.
    async fn beat(&self, receipts: &[String]) {
        for receipt in receipts {
            let request = self.client.change_message_visibility().queue_url(&self.url).receipt_handle(receipt);
            if let Err(error) = request.visibility_timeout(VISIBILITY_S).send().await {
                tracing::warn!(error = sentence(&error), "a message that is worked on was not kept from others");
            }
        }
    }
}
