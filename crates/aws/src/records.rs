//! Records in one DynamoDB table: each conditional write is one call, so that it needs no transaction.

use crate::account::{Account, meaning};
use crate::tries::Tries;
use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use std::collections::HashMap;
use story::Timestamp;
use story::failure::StoreError;
use story::records::{Document, Partition, Records, Swap, Version};
use story::segment::{KeptSegment, Segment};
use story::time::DAY_MS;

const SERVICE: &str = "DynamoDB";

/// The store's own removal of what expired is a net below the sweep: it comes this much later.
const NET_MS: u64 = 7 * DAY_MS;

type Item = HashMap<String, AttributeValue>;

/// Records in a table with the key `pk`, `sk`.
#[derive(Clone, Debug)]
pub struct DynamoRecords {
    client: Client,
    table: String,
}

impl DynamoRecords {
    /// The records of a table.
    #[must_use]
    pub fn new(account: &Account, table: &str) -> Self {
        Self { client: account.table(), table: table.to_owned() }
    }
}

fn text(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

fn number(number: impl ToString) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

fn item(document: &Document) -> Item {
    let mut item = Item::from([
        ("pk".to_owned(), text(document.partition.to_string())),
        ("sk".to_owned(), text(&document.key)),
        ("version".to_owned(), number(document.version.0)),
        ("body".to_owned(), text(&document.body)),
    ]);
    if let Some(at) = document.expires_at {
        item.insert("expires_at".to_owned(), number(at.0));
        item.insert("ttl".to_owned(), number(at.plus_ms(NET_MS).0 / 1_000));
    }
    if let Partition::Segments(_) = document.partition
        && let Ok(KeptSegment { segment, .. }) = serde_json::from_str(&document.body)
    {
        item.extend(attributes(segment));
    }
    item
}

/// A segment as it is shown to readers who know no more than DynamoDB.
fn attributes(segment: Segment) -> [(String, AttributeValue); 8] {
    [
        ("index", number(segment.index)),
        ("line", number(segment.line)),
        ("speaker", text(segment.speaker)),
        ("text", text(segment.text)),
        ("take", text(segment.take.0)),
        ("start", number(segment.start)),
        ("end", number(segment.end)),
        ("volume", number(segment.volume)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
}

fn version(item: &Item) -> Option<Version> {
    item.get("version")?.as_n().ok()?.parse().ok().map(Version)
}

fn document(partition: &Partition, item: &Item) -> Result<Document, StoreError> {
    let read = || {
        let expires_at = match item.get("expires_at") {
            Some(at) => Some(Timestamp(at.as_n().ok()?.parse().ok()?)),
            None => None,
        };
        Some(Document {
            partition: partition.clone(),
            key: item.get("sk")?.as_s().ok()?.clone(),
            version: version(item)?,
            expires_at,
            body: item.get("body")?.as_s().ok()?.clone(),
        })
    };
    read().ok_or_else(|| StoreError::Unavailable(format!("{SERVICE}: an item of {partition} is no record")))
}

/// What a refused condition means. `found` is what stood there when the last try was refused; `mine` the version that the
/// write would have left.
fn refused(found: Option<&Item>, mine: Option<Version>, tries: &Tries) -> Result<Swap, StoreError> {
    if !tries.lost_an_answer() {
        return Ok(Swap::Lost);
    }
    if mine.is_some() && found.and_then(version) == mine {
        // An earlier try was done.
        return Ok(Swap::Done);
    }
    // It may have been done, and another have written or removed after it.
    Err(StoreError::Unavailable(format!("{SERVICE}: an answer was lost, and the record has changed since")))
}

/// What DynamoDB says where no condition was refused.
fn failed<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> StoreError {
    meaning(SERVICE, error)
}

#[async_trait]
impl Records for DynamoRecords {
    async fn get(&self, partition: &Partition, key: &str) -> Result<Option<Document>, StoreError> {
        let request = self.client.get_item().table_name(&self.table).consistent_read(true);
        let request = request.key("pk", text(partition.to_string())).key("sk", text(key));
        let answer = request.send().await.map_err(|error| failed(&error))?;
        answer.item.map(|item| document(partition, &item)).transpose()
    }

    async fn put(&self, document: &Document, expected: Option<Version>) -> Result<Swap, StoreError> {
        let tries = Tries::default();
        let request = self.client.put_item().table_name(&self.table).set_item(Some(item(document)));
        let request = match expected {
            None => request.condition_expression("attribute_not_exists(pk)"),
            Some(Version(expected)) => request
                .condition_expression("#version = :expected")
                .expression_attribute_names("#version", "version")
                .expression_attribute_values(":expected", number(expected)),
        };
        let request = request.return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let Err(error) = request.customize().interceptor(tries.clone()).send().await else { return Ok(Swap::Done) };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(no)) => {
                refused(no.item(), Some(document.version), &tries)
            }
            _ => Err(failed(&error)),
        }
    }

    async fn delete(&self, partition: &Partition, key: &str, version: Version) -> Result<Swap, StoreError> {
        let tries = Tries::default();
        let request = self.client.delete_item().table_name(&self.table);
        let request = request
            .key("pk", text(partition.to_string()))
            .key("sk", text(key))
            .condition_expression("#version = :expected")
            .expression_attribute_names("#version", "version")
            .expression_attribute_values(":expected", number(version.0));
        let Err(error) = request.customize().interceptor(tries.clone()).send().await else { return Ok(Swap::Done) };
        match error.as_service_error() {
            Some(DeleteItemError::ConditionalCheckFailedException(_)) => refused(None, None, &tries),
            _ => Err(failed(&error)),
        }
    }

    async fn list(&self, partition: &Partition, after: &str, limit: usize) -> Result<Vec<Document>, StoreError> {
        let mut found = Vec::new();
        let mut start = None;
        while found.len() < limit {
            let request = self.client.query().table_name(&self.table).consistent_read(true);
            let request = request.expression_attribute_values(":pk", text(partition.to_string()));
            // No key is empty, and DynamoDB takes no empty one to compare with.
            let request = if after.is_empty() {
                request.key_condition_expression("pk = :pk")
            } else {
                request
                    .key_condition_expression("pk = :pk AND sk > :after")
                    .expression_attribute_values(":after", text(after))
            };
            let rest = i32::try_from(limit - found.len()).unwrap_or(i32::MAX);
            let request = request.limit(rest).set_exclusive_start_key(start);
            let page = request.send().await.map_err(|error| failed(&error))?;
            for item in page.items() {
                found.push(document(partition, item)?);
            }
            // A page ends at 1 MB, however much was asked for.
            start = page.last_evaluated_key;
            if start.is_none() {
                break;
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use story::{JobId, TakeKey};

    /// As DynamoDB counts it: names and values, numbers generously.
    fn size_bytes(item: &Item) -> usize {
        let value = |value: &AttributeValue| value.as_s().map_or(21, String::len);
        item.iter().map(|(name, found)| name.len() + value(found)).sum()
    }

    #[test]
    fn the_longest_segment_is_far_from_what_an_item_holds() {
        // No provider takes more in one call, and no character has more bytes.
        let text = "😀".repeat(40_000);
        let segment = Segment {
            index: 4_999,
            line: 4_999,
            speaker: "A".repeat(100),
            text: text.clone(),
            take: TakeKey("k".repeat(64)),
            start: u64::MAX,
            end: u64::MAX,
            volume: 1.2,
            characters: 40_000,
            silent: false,
        };
        let kept = KeptSegment { job: JobId("job".to_owned()), segment, expires_at: Timestamp(1) };
        let document = Document {
            partition: Partition::Segments(JobId("job".to_owned())),
            key: "004999".to_owned(),
            version: Version(1),
            expires_at: Some(Timestamp(253_402_300_799_999)),
            body: serde_json::to_string(&kept).unwrap(),
        };
        let item = item(&document);
        assert_eq!(item["text"].as_s().unwrap(), &text);
        assert!(size_bytes(&item) < 350_000, "{}", size_bytes(&item));
    }
}
