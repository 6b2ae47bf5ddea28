//! What becomes of each message of a batch. Pure but for the log: tested without Lambda.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use story::failure::Failure;

/// An SQS event, as far as it is read here.
/// Shape: <https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html>.
#[derive(Debug, Deserialize)]
pub(crate) struct Batch {
    #[serde(rename = "Records")]
    messages: Vec<Message>,
}

/// One message of an SQS event.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    message_id: String,
    body: String,
    #[serde(rename = "eventSourceARN", default)]
    queue: String,
    #[serde(default)]
    receipt_handle: String,
    #[serde(default)]
    attributes: Attributes,
}

/// What SQS says of a message.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attributes {
    /// How often it was handed over, this time included: a number in quotes.
    #[serde(default)]
    approximate_receive_count: String,
}

impl Batch {
    /// By what names its messages are kept from others.
    pub(crate) fn receipts(&self) -> Vec<String> {
        self.messages.iter().map(|message| message.receipt_handle.clone()).collect()
    }
}

impl Message {
    fn tries(&self) -> u32 {
        self.attributes.approximate_receive_count.parse().unwrap_or(1)
    }
}

/// Which messages go back to the queue (`ReportBatchItemFailures`).
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Answer {
    batch_item_failures: Vec<Failed>,
}

/// One message that goes back.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Failed {
    item_identifier: String,
}

/// Handles messages in their order, each with how often it was handed over. On a FIFO queue the first that goes back takes all after it along: Lambda would hand a
/// later one over before it otherwise.
pub(crate) async fn settle<T, F>(batch: Batch, handler: &F) -> Answer
where
    T: DeserializeOwned,
    F: AsyncFn(T, u32) -> Result<(), Failure>,
{
    let mut answer = Answer::default();
    let mut blocked = false;
    for message in batch.messages {
        if !blocked && !goes_back(&message, handler).await {
            continue;
        }
        blocked = message.queue.ends_with(".fifo");
        answer.batch_item_failures.push(Failed { item_identifier: message.message_id });
    }
    answer
}

/// Handles one message; true if it is to be handed over again.
async fn goes_back<T, F>(message: &Message, handler: &F) -> bool
where
    T: DeserializeOwned,
    F: AsyncFn(T, u32) -> Result<(), Failure>,
{
    let id = message.message_id.as_str();
    // Reading it again would not help, and no job depends on a message arriving: the sweep advances what stands still.
    let task = match serde_json::from_str(&message.body) {
        Ok(task) => task,
        Err(error) => {
            tracing::error!(message.id = id, %error, "a message that cannot be read was dropped");
            return false;
        }
    };
    match handler(task, message.tries()).await {
        Ok(()) => false,
        Err(Failure::Retry(error)) => {
            tracing::warn!(message.id = id, %error, "not now; the queue hands it over again");
            true
        }
        Err(Failure::GiveUp(reason)) => {
            tracing::error!(message.id = id, reason, "given up");
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use std::cell::RefCell;
    use story::failure::StoreError;

    /// Sends a message for each word through a queue of this name; a step does what the word says. Answers which messages
    /// were begun and which went back.
    fn check(queue: &str, words: &[&str]) -> (Vec<String>, Vec<String>) {
        let records: Vec<Value> = (words.iter().enumerate())
            .map(|(index, word)| json!({"messageId": format!("{index}"), "body": word, "eventSourceARN": format!("arn:aws:sqs:eu-west-1:1:{queue}"), "receiptHandle": format!("receipt {index}"), "attributes": {"ApproximateReceiveCount": format!("{}", index + 1)}}))
            .collect();
        let batch: Batch = serde_json::from_value(json!({"Records": records})).unwrap();
        let begun = RefCell::new(Vec::new());
        let step = async |word: String, tries: u32| {
            assert_eq!(words[tries as usize - 1], format!("\"{word}\""), "the message's own number of tries");
            begun.borrow_mut().push(word.clone());
            match word.as_str() {
                "later" => Err(Failure::Retry(StoreError::Unavailable("away".into()))),
                "never" => Err(Failure::GiveUp("it cannot be done".into())),
                _ => Ok(()),
            }
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let answer = runtime.block_on(settle(batch, &step));
        (begun.take(), answer.batch_item_failures.into_iter().map(|failed| failed.item_identifier).collect())
    }

    #[test]
    fn only_what_is_to_be_tried_again_goes_back() {
        let (begun, back) = check("advance", &["\"done\"", "\"later\"", "\"never\"", "\"done\"", "\"later\""]);
        assert_eq!(begun, ["done", "later", "never", "done", "later"]);
        assert_eq!(back, ["1", "4"]);
    }

    #[test]
    fn on_a_fifo_queue_all_after_the_first_failure_go_back_unbegun() {
        let (begun, back) = check("speech.fifo", &["\"done\"", "\"later\"", "\"done\"", "\"never\""]);
        assert_eq!(begun, ["done", "later"]);
        assert_eq!(back, ["1", "2", "3"]);
    }

    #[test]
    fn what_is_given_up_does_not_hold_up_a_fifo_queue() {
        let (begun, back) = check("speech.fifo", &["\"never\"", "\"done\""]);
        assert_eq!((begun.len(), back.len()), (2, 0));
    }

    #[test]
    fn a_message_that_cannot_be_read_is_dropped_and_the_rest_is_handled() {
        let (begun, back) = check("speech.fifo", &["{", "7", "\"done\""]);
        assert_eq!(begun, ["done"]);
        assert!(back.is_empty());
    }

    #[test]
    fn messages_are_kept_by_their_receipts() {
        let events = r#"{"Records": [{"messageId": "a", "body": "", "receiptHandle": "one"}, {"messageId": "b", "body": "", "receiptHandle": "two"}]}"#;
        let batch: Batch = serde_json::from_str(events).unwrap();
        assert_eq!(batch.receipts(), ["one", "two"]);
        assert_eq!(batch.messages[0].tries(), 1, "where nothing is said, it is the first time");
    }

    #[test]
    fn the_answer_has_the_names_that_lambda_reads() {
        let answer = Answer { batch_item_failures: vec![Failed { item_identifier: "a".into() }] };
        assert_eq!(serde_json::to_value(answer).unwrap(), json!({"batchItemFailures": [{"itemIdentifier": "a"}]}));
        assert_eq!(serde_json::to_value(Answer::default()).unwrap(), json!({"batchItemFailures": []}));
    }

    #[test]
    fn a_wake_up_is_an_empty_object() {
        assert_eq!(serde_json::from_str::<crate::Wake>("{}").unwrap(), crate::Wake {});
    }
}
