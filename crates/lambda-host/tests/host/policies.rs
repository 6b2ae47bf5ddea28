//! What a function may ask of AWS, and how it is told no.

use crate::stage::Stage;
use reqwest::Client;
use serde_json::{Value, json};

async fn endpoint(stage: &Stage) -> String {
    let said = stage.host.invoke("EchoFunction", json!("endpoint")).await.unwrap();
    said.as_str().unwrap().to_owned()
}

/// A call of DynamoDB: its status, and what kind of error it is.
async fn call(url: &str, operation: &str, body: Value) -> (u16, String) {
    let request = Client::new().post(url).header("x-amz-target", format!("DynamoDB_20120810.{operation}"));
    let answer = request.body(body.to_string()).send().await.unwrap();
    let status = answer.status().as_u16();
    let answer: Value = answer.json().await.unwrap();
    (status, answer["__type"].as_str().unwrap_or_default().rsplit('#').next().unwrap().to_owned())
}

#[tokio::test]
async fn only_what_its_policy_says_reaches_aws_and_what_was_never_needed_is_told() {
    let stage = Stage::start(|_| ()).await;
    let url = endpoint(&stage).await;
    let item = json!({"TableName": "onetake-Table", "Item": {"pk": {"S": "a"}, "sk": {"S": "b"}}});
    assert_eq!(call(&url, "PutItem", item).await, (200, String::new()));
    assert_eq!(stage.host.items().await, [("a".to_owned(), "b".to_owned())]);
    let (denied, key) = ("AccessDeniedException".to_owned(), json!({"pk": {"S": "a"}, "sk": {"S": "b"}}));
    assert_eq!(
        call(&url, "DeleteItem", json!({"TableName": "onetake-Table", "Key": key})).await,
        (400, denied.clone())
    );
    assert_eq!(call(&url, "PutItem", json!({"TableName": "other", "Item": key})).await, (400, denied));
    let report = stage.host.report();
    assert_eq!(report.refused.len(), 2, "{:?}", report.refused);
    let unused: Vec<_> = report.uses.iter().filter(|(.., is_used)| !is_used).map(|(_, action, ..)| action).collect();
    assert_eq!(unused, ["dynamodb:GetItem", "s3:GetObject"]);
    stage.host.stop().await;
}

#[tokio::test]
async fn who_may_not_list_a_bucket_is_not_told_what_is_missing_in_it() {
    let stage = Stage::start(|_| ()).await;
    let url = endpoint(&stage).await;
    for path in ["jobs/1/film.mp4", "takes/1"] {
        let answer = Client::new().get(format!("{url}/onetake-bucket/{path}")).send().await.unwrap();
        let (status, body) = (answer.status().as_u16(), answer.text().await.unwrap());
        assert!(status == 403 && body.contains("<Code>AccessDenied</Code>"), "{path}: {status} {body}");
    }
    stage.host.stop().await;
}

#[tokio::test]
async fn every_so_many_calls_a_service_is_busy() {
    let stage = Stage::start(|settings| settings.busy_every = Some(3)).await;
    let url = endpoint(&stage).await;
    let mut kinds = Vec::new();
    for _ in 0..6 {
        let body = json!({"TableName": "onetake-Table", "Key": {"pk": {"S": "a"}, "sk": {"S": "b"}}});
        kinds.push(call(&url, "GetItem", body).await.1);
    }
    assert_eq!(kinds, ["", "", "ThrottlingException", "", "", "ThrottlingException"]);
    assert_eq!(stage.host.report().calls, (6, 2));
    stage.host.stop().await;
}
