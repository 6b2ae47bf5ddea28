//! What reads a queue for a function: batches, message groups, partial failures, and what is deleted when.

use crate::MiniStack;
use crate::function::Function;
use crate::policy::Policy;
use crate::services::{Message, Services};
use crate::template::{Queue, Source};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// One queue and the function that it calls.
pub(crate) struct Poller {
    pub(crate) source: Source,
    pub(crate) queue: Queue,
    pub(crate) function: Arc<Function>,
    pub(crate) services: Services,
    /// What failed is shown again after so long; `None`: when its visibility is over, as on AWS.
    pub(crate) failed_again: Option<Duration>,
    /// Hands each message over twice: at once, or one after the other where the queue is FIFO.
    pub(crate) doubles: AtomicBool,
    /// Reads nothing while set.
    pub(crate) pauses: AtomicBool,
    at_once: Arc<Semaphore>,
}

impl Poller {
    /// What AWS refuses to set up is refused here.
    pub(crate) fn new(
        (source, queue): (Source, Queue),
        function: Arc<Function>,
        (timeout_s, policy): (u32, &Policy),
        services: Services,
        failed_again: Option<Duration>,
    ) -> Result<Self, String> {
        if queue.visibility_s < timeout_s {
            return Err(format!(
                "{}: its messages are hidden for {} s, and {} may run for {timeout_s} s",
                queue.id, queue.visibility_s, function.id
            ));
        }
        if !policy.allows_reading(&queue.arn) {
            return Err(format!("{} may not read {}", function.id, queue.id));
        }
        if queue.is_fifo && source.batch_size > 10 {
            return Err(format!("{}: a FIFO queue's batch has 10 messages at most", queue.id));
        }
        let at_once = Arc::new(Semaphore::new(source.most_at_once.unwrap_or(Semaphore::MAX_PERMITS)));
        let (doubles, pauses) = (AtomicBool::new(false), AtomicBool::new(false));
        Ok(Self { source, queue, function, services, failed_again, doubles, pauses, at_once })
    }

    /// Reads until it is ended. Only what there is room for is received: a FIFO queue's group is shut while one of its
    /// messages is out, which is the queue's own doing.
    pub(crate) async fn poll(self: Arc<Self>) {
        loop {
            if self.pauses.load(Ordering::Relaxed) {
                tokio::time::sleep(Duration::from_millis(20)).await;
                continue;
            }
            let at_once = self.at_once.clone().acquire_owned().await.expect("the semaphore is never closed");
            let mut places = vec![(self.function.place().await, at_once)];
            let Ok(messages) = self.services.receive(&self.queue, self.source.batch_size).await else {
                // MiniStack is ending, or had too much to do.
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            };
            for batch in self.batches(messages) {
                let place = match places.pop() {
                    Some(place) => place,
                    None => {
                        let at_once =
                            self.at_once.clone().acquire_owned().await.expect("the semaphore is never closed");
                        (self.function.place().await, at_once)
                    }
                };
                let poller = self.clone();
                tokio::spawn(async move { poller.hand_over(place, batch).await });
            }
        }
    }

    /// A FIFO queue's batch is of one message group.
    fn batches(&self, messages: Vec<Message>) -> Vec<Vec<Message>> {
        let mut batches: Vec<Vec<Message>> = Vec::new();
        for message in messages {
            let group = message.attributes.get("MessageGroupId");
            let same =
                |batch: &&mut Vec<Message>| !self.queue.is_fifo || batch[0].attributes.get("MessageGroupId") == group;
            match batches.iter_mut().find(same) {
                Some(batch) => batch.push(message),
                None => batches.push(vec![message]),
            }
        }
        batches
    }

    /// Hands a batch to the function, and settles its messages.
    async fn hand_over(&self, _places: Places, batch: Vec<Message>) {
        let event = event(&self.queue.arn, &batch);
        let doubles = self.doubles.load(Ordering::Relaxed);
        if doubles && self.queue.is_fifo {
            let _ = self.function.invoke(event.clone()).await;
        }
        let first = self.function.invoke(event.clone());
        let answer = if doubles && !self.queue.is_fifo {
            tokio::join!(first, self.function.invoke(event)).0
        } else {
            first.await
        };
        let back = failures(&batch, answer.as_ref(), self.source.reports_failures);
        for (message, goes_back) in batch.iter().zip(back) {
            // A receipt that is no longer good belongs to a message that someone else has by now.
            let _ = match (goes_back, self.failed_again) {
                (false, _) => self.services.delete(&self.queue, message).await,
                (true, Some(after)) => self.services.show_again(&self.queue, message, after).await,
                (true, None) => Ok(()),
            };
        }
    }
}

/// Leave to run the function once more at once: its own, and the queue's.
type Places = (OwnedSemaphorePermit, OwnedSemaphorePermit);

/// Which messages of a batch stay in the queue.
fn failures(batch: &[Message], answer: Result<&Value, &String>, reports: bool) -> Vec<bool> {
    let Ok(answer) = answer else { return vec![true; batch.len()] };
    if !reports {
        return vec![false; batch.len()];
    }
    let failed = answer["batchItemFailures"].as_array().into_iter().flatten();
    let failed: Vec<&str> = failed.map(|item| item["itemIdentifier"].as_str().unwrap_or_default()).collect();
    // A name that no message has: AWS takes the whole batch for failed.
    if failed.iter().any(|id| !batch.iter().any(|message| message.id == *id)) {
        return vec![true; batch.len()];
    }
    batch.iter().map(|message| failed.contains(&message.id.as_str())).collect()
}

fn event(queue_arn: &str, batch: &[Message]) -> Value {
    let records: Vec<Value> = (batch.iter())
        .map(|message| {
            json!({
                "messageId": message.id, "receiptHandle": message.receipt, "body": message.body,
                "attributes": message.attributes, "messageAttributes": {}, "md5OfBody": message.md5,
                "eventSource": "aws:sqs", "eventSourceARN": queue_arn, "awsRegion": MiniStack::REGION,
            })
        })
        .collect();
    json!({"Records": records})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(id: &str) -> Message {
        let (receipt, body, md5) = (String::new(), String::new(), String::new());
        Message { id: id.into(), receipt, body, attributes: serde_json::Map::new(), md5 }
    }

    #[test]
    fn only_what_a_function_names_goes_back() {
        let batch = [message("a"), message("b")];
        let check = |answer: Result<Value, String>, reports: bool, back: [bool; 2]| {
            assert_eq!(failures(&batch, answer.as_ref(), reports), back, "{answer:?}");
        };
        let named = |id: &str| Ok(json!({"batchItemFailures": [{"itemIdentifier": id}]}));
        check(named("b"), true, [false, true]);
        check(named("b"), false, [false, false]);
        check(named("c"), true, [true, true]);
        check(Ok(json!({"batchItemFailures": []})), true, [false, false]);
        check(Ok(Value::Null), true, [false, false]);
        check(Err("killed".into()), true, [true, true]);
        check(Err("killed".into()), false, [true, true]);
    }
}
