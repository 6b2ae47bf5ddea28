//! Calls to `MiniStack` that the host makes itself: it is AWS here, and asks nobody for leave.

use crate::MiniStack;
use crate::template::{Bucket, Queue, Table};
use reqwest::header::AUTHORIZATION;
use serde_json::{Map, Value, json};
use std::time::Duration;

/// `MiniStack`'s services, over their wire.
#[derive(Clone)]
pub(crate) struct Services {
    client: reqwest::Client,
    url: String,
}

/// A message that was received.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) receipt: String,
    pub(crate) body: String,
    pub(crate) attributes: Map<String, Value>,
    pub(crate) md5: String,
}

impl Services {
    pub(crate) fn new(url: &str) -> Result<Self, String> {
        let client = reqwest::Client::builder().no_proxy().build().map_err(|error| error.to_string())?;
        Ok(Self { client, url: url.to_owned() })
    }

    /// One call of a service that speaks JSON.
    pub(crate) async fn call(&self, target: &str, body: &Value) -> Result<Value, String> {
        let service = match target.split_once('.') {
            Some(("AmazonSQS", _)) => "sqs",
            Some(("AmazonSSM", _)) => "ssm",
            Some(("secretsmanager", _)) => "secretsmanager",
            _ => "dynamodb",
        };
        let request = self.client.post(&self.url).header("x-amz-target", target).header(AUTHORIZATION, signed(service));
        let request = request.header("content-type", "application/x-amz-json-1.0").body(body.to_string());
        let answer = request.send().await.map_err(|error| format!("{target}: {error}"))?;
        let status = answer.status();
        let text = answer.text().await.map_err(|error| format!("{target}: {error}"))?;
        if !status.is_success() {
            return Err(format!("{target}: {status} {text}"));
        }
        if text.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&text).map_err(|error| format!("{target}: {error}: {text}"))
    }

    /// Makes a table as the template has it, its TTL included.
    pub(crate) async fn make_table(&self, table: &Table) -> Result<(), String> {
        const CREATION: [&str; 4] = ["AttributeDefinitions", "KeySchema", "BillingMode", "ProvisionedThroughput"];
        let mut body = json!({"TableName": table.name});
        for field in CREATION {
            if let Some(value) = table.properties.get(field) {
                body[field] = value.clone();
            }
        }
        self.call("DynamoDB_20120810.CreateTable", &body).await?;
        if let Some(ttl) = table.properties.get("TimeToLiveSpecification") {
            let body = json!({"TableName": table.name, "TimeToLiveSpecification": ttl});
            self.call("DynamoDB_20120810.UpdateTimeToLive", &body).await?;
        }
        Ok(())
    }

    /// Makes a queue as the template has it.
    pub(crate) async fn make_queue(&self, queue: &Queue) -> Result<(), String> {
        let body = json!({"QueueName": queue.name, "Attributes": queue.attributes});
        let made = self.call("AmazonSQS.CreateQueue", &body).await?;
        if made["QueueUrl"] == queue.url.as_str() {
            Ok(())
        } else {
            Err(format!("{} was made as {}", queue.url, made["QueueUrl"]))
        }
    }

    /// Makes a bucket.
    pub(crate) async fn make_bucket(&self, bucket: &Bucket) -> Result<(), String> {
        let request = self.client.put(format!("{}/{}", self.url, bucket.name)).header(AUTHORIZATION, signed("s3"));
        let place = format!(
            "<CreateBucketConfiguration><LocationConstraint>{}</LocationConstraint></CreateBucketConfiguration>",
            MiniStack::REGION
        );
        let answer = request.body(place).send().await.map_err(|error| error.to_string())?;
        if answer.status().is_success() { Ok(()) } else { Err(format!("{}: {}", bucket.name, answer.status())) }
    }

    /// The names of all objects of a bucket.
    pub(crate) async fn objects(&self, bucket: &str) -> Result<Vec<String>, String> {
        let mut names = Vec::new();
        let mut after = String::new();
        loop {
            let request = self.client.get(format!("{}/{bucket}", self.url)).header(AUTHORIZATION, signed("s3"));
            let query = [("list-type", "2"), ("start-after", after.as_str())];
            let answer = request.query(&query).send().await.map_err(|error| error.to_string())?;
            let text = answer.text().await.map_err(|error| error.to_string())?;
            let page = text.split("<Key>").skip(1).filter_map(|rest| Some(rest.split_once("</Key>")?.0.to_owned()));
            names.extend(page);
            match names.last() {
                Some(last) if text.contains("<IsTruncated>true</IsTruncated>") => after.clone_from(last),
                _ => return Ok(names),
            }
        }
    }

    /// Writes an object of these bytes; removes it where there are none.
    pub(crate) async fn set_object(&self, bucket: &str, name: &str, bytes: Option<&[u8]>) -> Result<(), String> {
        let url = format!("{}/{bucket}/{name}", self.url);
        let request = match bytes {
            Some(bytes) => self.client.put(url).body(bytes.to_owned()),
            None => self.client.delete(url),
        };
        let answer = request.header(AUTHORIZATION, signed("s3")).send().await.map_err(|error| error.to_string())?;
        if answer.status().is_success() { Ok(()) } else { Err(format!("{name}: {}", answer.status())) }
    }

    /// All items of a table, as the wire has them.
    pub(crate) async fn items(&self, table: &str) -> Result<Vec<Value>, String> {
        let mut items = Vec::new();
        let mut body = json!({"TableName": table, "ConsistentRead": true});
        loop {
            let page = self.call("DynamoDB_20120810.Scan", &body).await?;
            items.extend(page["Items"].as_array().into_iter().flatten().cloned());
            match page.get("LastEvaluatedKey") {
                Some(last) if last.is_object() => body["ExclusiveStartKey"] = last.clone(),
                _ => return Ok(items),
            }
        }
    }

    /// Keeps a secret, and answers its ARN.
    pub(crate) async fn keep_secret(&self, name: &str, text: &str) -> Result<String, String> {
        let body = json!({"Name": name, "SecretString": text, "ClientRequestToken": format!("{name:0>32}")});
        let kept = self.call("secretsmanager.CreateSecret", &body).await?;
        kept["ARN"].as_str().map(str::to_owned).ok_or_else(|| format!("a secret without ARN: {kept}"))
    }

    /// Keeps a parameter as a secure string; its name begins with a slash. Answers its ARN.
    pub(crate) async fn keep_parameter(&self, name: &str, text: &str) -> Result<String, String> {
        let body = json!({"Name": name, "Value": text, "Type": "SecureString", "Overwrite": true});
        self.call("AmazonSSM.PutParameter", &body).await?;
        Ok(format!("arn:aws:ssm:{}:{}:parameter{name}", MiniStack::REGION, MiniStack::ACCOUNT))
    }

    /// Receives up to `most` messages, after a second at the latest.
    pub(crate) async fn receive(&self, queue: &Queue, most: usize) -> Result<Vec<Message>, String> {
        let body = json!({
            "QueueUrl": queue.url, "MaxNumberOfMessages": most.clamp(1, 10), "WaitTimeSeconds": 1,
            "AttributeNames": ["All"], "MessageAttributeNames": ["All"],
        });
        let received = self.call("AmazonSQS.ReceiveMessage", &body).await?;
        let text = |message: &Value, name: &str| message[name].as_str().unwrap_or_default().to_owned();
        let messages = received["Messages"].as_array().into_iter().flatten();
        Ok(messages
            .map(|message| Message {
                id: text(message, "MessageId"),
                receipt: text(message, "ReceiptHandle"),
                body: text(message, "Body"),
                attributes: message["Attributes"].as_object().cloned().unwrap_or_default(),
                md5: text(message, "MD5OfBody"),
            })
            .collect())
    }

    /// Takes a message off its queue.
    pub(crate) async fn delete(&self, queue: &Queue, message: &Message) -> Result<(), String> {
        let body = json!({"QueueUrl": queue.url, "ReceiptHandle": message.receipt});
        self.call("AmazonSQS.DeleteMessage", &body).await.map(|_| ())
    }

    /// Lets a message be received again after so long.
    pub(crate) async fn show_again(&self, queue: &Queue, message: &Message, after: Duration) -> Result<(), String> {
        let body =
            json!({"QueueUrl": queue.url, "ReceiptHandle": message.receipt, "VisibilityTimeout": after.as_secs()});
        self.call("AmazonSQS.ChangeMessageVisibility", &body).await.map(|_| ())
    }

    /// Sends a message; a FIFO queue's needs a group, and a deduplication name of its own.
    pub(crate) async fn send(&self, queue: &Queue, message: &str, group: Option<(&str, &str)>) -> Result<(), String> {
        let mut body = json!({"QueueUrl": queue.url, "MessageBody": message});
        if let Some((group, deduplication)) = group {
            body["MessageGroupId"] = group.into();
            body["MessageDeduplicationId"] = deduplication.into();
        }
        self.call("AmazonSQS.SendMessage", &body).await.map(|_| ())
    }

    /// Messages that wait, those that are hidden, and those that are not due yet.
    pub(crate) async fn counts(&self, queue: &Queue) -> Result<[u64; 3], String> {
        let body = json!({"QueueUrl": queue.url, "AttributeNames": ["All"]});
        let answer = self.call("AmazonSQS.GetQueueAttributes", &body).await?;
        let count = |kind: &str| {
            let name = format!("ApproximateNumberOfMessages{kind}");
            answer["Attributes"][name].as_str().and_then(|text| text.parse().ok()).unwrap_or(0)
        };
        Ok([count(""), count("NotVisible"), count("Delayed")])
    }
}

/// `MiniStack` reads from a signature whose and where a call is, and for which service; it does not check it.
fn signed(service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential={}/20260101/{}/{service}/aws4_request, SignedHeaders=host, Signature=0",
        MiniStack::KEY_ID,
        MiniStack::REGION
    )
}
