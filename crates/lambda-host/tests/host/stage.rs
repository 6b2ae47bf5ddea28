//! A small template with the echo as its only function, deployed.

use lambda_host::{Host, Programs, Settings, repository_file};
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

/// The host, and the folder where the echo notes its events.
pub(crate) struct Stage {
    pub(crate) host: Host,
    folder: TempDir,
}

impl Stage {
    /// Deploys with these settings changed.
    pub(crate) async fn start(change: impl FnOnce(&mut Settings)) -> Self {
        let folder = TempDir::new().unwrap();
        let packed = folder.path().join("EchoFunction");
        fs::create_dir(&packed).unwrap();
        fs::copy(repository_file("crates/lambda-host/tests/host/echo/bootstrap"), packed.join("bootstrap")).unwrap();
        let file = folder.path().join("expanded.json");
        fs::write(&file, template(&folder.path().join("events").to_string_lossy()).to_string()).unwrap();
        let mut settings = Settings::new(&file, Programs::Packed(folder.path().to_owned()));
        settings.busy_every = None;
        change(&mut settings);
        Self { host: Host::start(settings).await, folder }
    }

    /// The bodies of the messages that the echo was given, in their order.
    pub(crate) fn bodies(&self) -> Vec<String> {
        let events = fs::read_to_string(self.events()).unwrap_or_default();
        let events = events.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        events
            .flat_map(|event| event["Records"].as_array().cloned().unwrap_or_default())
            .map(|record| record["body"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Forgets the messages that the echo was given.
    pub(crate) fn forget(&self) {
        fs::remove_file(self.events()).unwrap();
    }

    fn events(&self) -> PathBuf {
        self.folder.path().join("events")
    }
}

fn template(events: &str) -> Value {
    let uri = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${EchoFunction.Arn}/invocations";
    let integration =
        json!({"x-amazon-apigateway-integration": {"uri": {"Fn::Sub": uri}, "payloadFormatVersion": "2.0"}});
    let queue = |dead: &str, fifo: bool| {
        let mut properties = json!({"VisibilityTimeout": 10, "RedrivePolicy":
            {"deadLetterTargetArn": {"Fn::GetAtt": [dead, "Arn"]}, "maxReceiveCount": 2}});
        if fifo {
            properties["FifoQueue"] = true.into();
        }
        json!({"Type": "AWS::SQS::Queue", "Properties": properties})
    };
    let source = |queue: &str, size: u32| {
        json!({"Type": "AWS::Lambda::EventSourceMapping", "Properties": {"EventSourceArn": {"Fn::GetAtt": [queue, "Arn"]},
            "FunctionName": {"Ref": "EchoFunction"}, "BatchSize": size, "FunctionResponseTypes": ["ReportBatchItemFailures"]}})
    };
    let key =
        |name: &str| json!([{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": name, "KeyType": "RANGE"}]);
    json!({
        "Parameters": {"Events": {"Default": events}},
        "Resources": {
            "EchoFunction": {"Type": "AWS::Lambda::Function", "Properties": {"Timeout": 10, "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                "Environment": {"Variables": {"EVENTS": {"Ref": "Events"}, "ONETAKE_AWS_ENDPOINT": ""}}}},
            "Role": {"Type": "AWS::IAM::Role", "Properties": {
                "ManagedPolicyArns": ["arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole"],
                "Policies": [{"PolicyDocument": {"Statement": [
                    {"Effect": "Allow", "Action": ["dynamodb:PutItem", "dynamodb:GetItem"], "Resource": {"Fn::GetAtt": ["Table", "Arn"]}},
                    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": {"Fn::Sub": "${Bucket.Arn}/jobs/*"}},
                ]}}]}},
            "Api": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"Body": {"paths": {
                "/v1/{route+}": {"x-amazon-apigateway-any-method": integration}}}}},
            "Url": {"Type": "AWS::Lambda::Url", "Properties": {"AuthType": "NONE", "InvokeMode": "RESPONSE_STREAM",
                "TargetFunctionArn": {"Ref": "EchoFunction"}}},
            "Table": {"Type": "AWS::DynamoDB::Table", "Properties": {"BillingMode": "PAY_PER_REQUEST", "KeySchema": key("sk"),
                "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "S"}]}},
            "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {}},
            "Plain": queue("PlainDead", false), "PlainDead": {"Type": "AWS::SQS::Queue", "Properties": {}},
            "Lane": queue("LaneDead", true), "LaneDead": {"Type": "AWS::SQS::Queue", "Properties": {"FifoQueue": true}},
            "PlainSource": source("Plain", 10), "LaneSource": source("Lane", 1),
            "EachMinute": {"Type": "AWS::Scheduler::Schedule", "Properties": {"ScheduleExpression": "rate(1 minute)",
                "Target": {"Arn": {"Fn::GetAtt": ["EchoFunction", "Arn"]}}}},
        },
    })
}
