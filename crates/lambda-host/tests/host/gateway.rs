//! The HTTP API as any client meets it.

use crate::stage::Stage;
use serde_json::Value;

#[tokio::test]
async fn a_request_reaches_the_function_as_an_event_and_its_answer_comes_back_as_http() {
    let stage = Stage::start(|_| ()).await;
    let client = reqwest::Client::new();
    let request = client.post(format!("{}/v1/a%20b%3Fc?wait=20&wait=1", stage.host.url()));
    let request = request.header("X-Two", "1").header("X-Two", "2").header("Cookie", "a=1; b=2");
    let answer = request.header("Content-Type", "application/json").body("{\"é\":1}").send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers()["x-answer"].as_bytes()), (201, b"yes".as_slice()));
    assert_eq!(answer.headers().get_all("set-cookie").iter().count(), 2);
    let event: Value = answer.json().await.unwrap();
    let context = &event["requestContext"];
    assert_eq!(
        event["rawPath"], "/v1/a b",
        "an HTTP API decodes the path, and cuts it where a question mark was hidden"
    );
    assert_eq!(
        (&event["rawQueryString"], &event["queryStringParameters"]["wait"]),
        (&"wait=20&wait=1".into(), &"20,1".into())
    );
    assert_eq!((&event["headers"]["x-two"], &event["cookies"][1]), (&"1,2".into(), &"b=2".into()));
    assert_eq!((&context["http"]["method"], &event["body"]), (&"POST".into(), &"{\"é\":1}".into()));
    stage.host.stop().await;
}

#[tokio::test]
async fn a_functions_own_url_answers_with_what_the_function_streams() {
    let stage = Stage::start(|settings| settings.timeouts_s.push(("EchoFunction".into(), 1))).await;
    let client = reqwest::Client::new();
    let url = stage.host.function_url("EchoFunction");
    let answer = client.post(format!("{url}v1/a%20b?wait=20")).body("{}").send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers()["x-answer"].as_bytes()), (201, b"yes".as_slice()));
    assert_eq!(answer.headers()["set-cookie"], "a=1");
    let body = answer.bytes().await.unwrap();
    let (last, event) = body.split_last().unwrap();
    assert_eq!(*last, 0xff, "a stream is bytes, not text");
    let event: Value = serde_json::from_slice(event).unwrap();
    assert_eq!((&event["rawPath"], &event["body"]), (&"/v1/a%20b".into(), &"e30=".into()));
    assert_eq!(event["requestContext"]["http"]["method"], "POST");
    let failed = client.post(url).header("X-Do", "sleep").send().await.unwrap();
    assert_eq!(failed.status().as_u16(), 502);
    let stranger = client.get(url).header("Host", "onetake.example").send().await.unwrap();
    assert_eq!(stranger.status().as_u16(), 403);
    stage.host.stop().await;
}

#[tokio::test]
async fn what_no_function_answers_is_answered_by_the_gateway() {
    let stage = Stage::start(|settings| settings.timeouts_s.push(("EchoFunction".into(), 1))).await;
    let client = reqwest::Client::new();
    let url = stage.host.url();
    let check = async |request: reqwest::RequestBuilder, status: u16, message: &str| {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status);
        assert_eq!(answer.json::<Value>().await.unwrap()["message"], message);
    };
    check(client.get(format!("{url}/elsewhere")), 404, "Not Found").await;
    check(client.get(format!("{url}/v1/a")).header("Host", "onetake.example"), 403, "Forbidden").await;
    check(client.post(format!("{url}/v1/a")).body(vec![0_u8; 11 << 20]), 413, "Request Entity Too Large").await;
    check(client.post(format!("{url}/v1/a")).header("X-Do", "fail"), 500, "Internal Server Error").await;
    check(client.post(format!("{url}/v1/a")).header("X-Do", "sleep"), 500, "Internal Server Error").await;
    let tally = stage.host.report().tallies["EchoFunction"];
    assert_eq!((tally.invoked, tally.cut), (2, 1));
    stage.host.stop().await;
}
