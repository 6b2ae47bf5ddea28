//! `ElevenLabs`' clients at the function URL: what they hear, and what it costs.

use crate::books::Books;
use crate::stage::{Stage, TOKEN, script};
use conformance::http::Client;
use doubles::ElevenLabs;
use doubles::account::{FaultKind, Settings as Provider};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// One of the double's voices, and the model that a request and a script name alike.
const VOICE: &str = "EXAVITQu4vr4xnSDxMaL";
const MODEL: &str = "eleven_multilingual_v2";

fn path() -> String {
    format!("/v1/text-to-speech/{VOICE}/stream")
}

fn order(text: &str) -> String {
    json!({"text": text, "model_id": MODEL}).to_string()
}

/// The preview of these lines, in the same voice.
fn preview(lines: &[&str]) -> Value {
    let mut script = script(lines);
    for speaker in ["Ana", "Ben"] {
        script["speakers"][speaker] = json!({"voice_id": VOICE, "model_id": MODEL});
    }
    json!({"script": script})
}

pub(crate) async fn a_line_spoken_at_the_gateway_is_the_providers_and_paid_once(books: Arc<Books>) {
    let stage = Stage::start(books, Provider::default(), |_| ()).await;
    let text = "Said to whoever waits for it.";
    let first = stage.gateway(TOKEN, &path(), &order(text)).await;
    assert_eq!(first.status, 200, "{}\n{}", first.json(), stage.logs());
    assert_eq!(first.header("x-onetake-reused").as_deref(), Some("0"));

    // The same of a provider that is asked directly.
    let direct = ElevenLabs::start(Provider::default()).await.unwrap();
    let (client, key) = (Client::new(direct.base_url()), direct.api_key());
    let headers = [("xi-api-key".to_owned(), key), ("content-type".to_owned(), "application/json".to_owned())];
    let body = order(text);
    let of_provider = tokio::task::spawn_blocking(move || client.ask("POST", &path(), &headers, body.as_bytes()));
    let of_provider = of_provider.await.unwrap();
    assert!(first.body == of_provider.body, "{} bytes, and not {}", first.body.len(), of_provider.body.len());
    assert_eq!(first.header("content-type"), of_provider.header("content-type"));
    assert_eq!(first.header("character-cost"), of_provider.header("character-cost"));

    let again = stage.gateway(TOKEN, &path(), &order(text)).await;
    assert_eq!((again.status, again.header("x-onetake-reused").as_deref()), (200, Some("1")));
    assert!(again.body == first.body, "the take is another sound");
    let job = stage.order("/v1/previews", &preview(&[text])).await;
    let job = stage.succeeded(&job).await;
    assert_eq!((&job["counts"]["spoken"], &job["counts"]["reused"]), (&json!(0), &json!(1)), "{job:#}");
    stage.each_line_was_paid_once(1);

    for (token, code) in [("not-a-token", "invalid_api_key"), ("", "missing_api_key")] {
        let stranger = stage.gateway(token, &path(), &order("Said to nobody.")).await;
        assert_eq!((stranger.status, &stranger.json()["detail"]["code"]), (401, &json!(code)), "{token:?}");
    }
    // The API's own address says where the gateway is.
    let elsewhere = stage.ask("POST", &format!("/elevenlabs{}", path()), &[], &order(text)).await;
    let detail = &elsewhere.json()["detail"];
    assert_eq!((elsewhere.status, &detail["code"]), (404, &json!("not_found")));
    assert!(detail["message"].as_str().unwrap().contains("GatewayUrl"), "{detail}");
    stage.each_line_was_paid_once(1);
    stage.end().await;
}

pub(crate) async fn a_take_whose_sound_is_gone_is_spoken_again(books: Arc<Books>) {
    let stage = Stage::start(books, Provider::default(), |_| ()).await;
    let body = order("Said, lost and said again.");
    let first = stage.gateway(TOKEN, &path(), &body).await;
    assert_eq!(first.status, 200, "{}\n{}", first.json(), stage.logs());
    for object in stage.host.objects().await {
        stage.host.set_object(&object, None).await;
    }
    let again = stage.gateway(TOKEN, &path(), &body).await;
    assert_eq!((again.status, again.header("x-onetake-reused").as_deref()), (200, Some("0")), "{}", stage.logs());
    assert_eq!(stage.provider.log().calls.len(), 2);
    stage.end().await;
}

pub(crate) async fn ten_at_the_gateway_and_a_preview_share_one_voice(books: Arc<Books>) {
    let stage = Stage::start(books, Provider { first_byte_ms: 400, ..Provider::default() }, |_| ()).await;
    let texts: Vec<String> = (0..10).map(|number| format!("I am client number {number}.")).collect();
    let asked = texts.iter().map(async |text| stage.gateway(TOKEN, &path(), &order(text)).await);
    // The worker speaks the preview meanwhile: four lines of its own, and one that a client wants too.
    let previewed = async {
        let lines = ["Told by the worker.", "And this as well.", "A third one.", "And the last.", &texts[9]];
        let job = stage.order("/v1/previews", &preview(&lines)).await;
        stage.succeeded(&job).await
    };
    let (answers, job) = tokio::join!(futures_util::future::join_all(asked), previewed);
    for answer in answers {
        assert_eq!(answer.status, 200, "{}\n{}", String::from_utf8_lossy(&answer.body), stage.logs());
        assert!(!answer.body.is_empty());
    }
    assert_eq!(job["counts"]["rebought"], 0, "{job:#}");
    assert!(stage.host.report().tallies["TtsWorkerFunction"].invoked > 0, "the worker had nothing to do");
    stage.each_line_was_paid_once(14);
    stage.end().await;
}

pub(crate) async fn a_gateway_killed_in_mid_call_is_asked_again_and_nothing_is_paid_twice(books: Arc<Books>) {
    let stage = Stage::start(books, Provider::default(), |_| ()).await;
    let text = "Cut off before the client heard it.";
    stage.provider.fault(FaultKind::SlowFirstByte { ms: 4_000 }.once());
    let body = order(text);
    let path = path();
    let killed = async {
        stage.provider.until(|account| account.in_flight() == 1).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(stage.host.kill("SpeechFunction"), 1);
        // A job that wants the same line is told when it is found.
        stage.order("/v1/previews", &preview(&[text])).await
    };
    let (cut, job) = tokio::join!(stage.gateway(TOKEN, &path, &body), killed);
    assert_eq!(cut.status, 502, "{}", cut.json());
    // As SDKs do: once more.
    let again = stage.gateway(TOKEN, &path, &body).await;
    assert_eq!(again.status, 200, "{}\n{}", again.json(), stage.logs());
    assert!(!again.body.is_empty());
    stage.succeeded(&job).await;
    stage.each_line_was_paid_once(1);
    stage.end().await;
}

pub(crate) async fn the_first_sound_is_heard_while_the_line_is_still_spoken(books: Arc<Books>) {
    // As fast as it sounds: some seconds.
    let stage = Stage::start(books, Provider { speed: 1.0, ..Provider::default() }, |_| ()).await;
    let streaming = tokio::task::block_in_place(|| stage.host.streaming("SpeechFunction"));
    let text = "Whoever listens hears the beginning of this before its end was said.";
    let (authority, body) = (streaming.authority(), order(text));
    let mut connection = TcpStream::connect(&authority).await.unwrap();
    // In HTTP/1.0 the body is not cut into chunks, and ends with the connection.
    let head = format!(
        "POST /elevenlabs{} HTTP/1.0\r\nhost: {authority}\r\nxi-api-key: {TOKEN}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        path(),
        body.len()
    );
    connection.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let begins = loop {
        let read = tokio::time::timeout(Duration::from_secs(30), connection.read_buf(&mut answer)).await;
        let read = read.unwrap_or_else(|_| panic!("nothing is answered\n{}", streaming.log())).unwrap();
        assert!(read > 0, "{}\n{}", String::from_utf8_lossy(&answer), streaming.log());
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4);
        if let Some(end) = end.filter(|end| answer.len() > *end) {
            break end;
        }
    };
    assert!(answer.starts_with(b"HTTP/1.0 200"), "{}\n{}", String::from_utf8_lossy(&answer), streaming.log());
    let in_flight = stage.provider.with_account(|account| account.in_flight());
    assert_eq!(in_flight, 1, "the sound came when the call had ended\n{}", streaming.log());
    connection.read_to_end(&mut answer).await.unwrap();
    let again = stage.gateway(TOKEN, &path(), &body).await;
    assert_eq!((again.status, again.header("x-onetake-reused").as_deref()), (200, Some("1")));
    assert!(answer.split_off(begins) == again.body, "what was streamed is not what was kept");
    stage.each_line_was_paid_once(1);
    tokio::task::block_in_place(|| drop(streaming));
    stage.end().await;
}

pub(crate) async fn a_rehearsal_is_heard_at_the_gateway_and_asks_no_provider(books: Arc<Books>) {
    let stage = Stage::start(books, Provider::default(), |settings| {
        settings.parameters.push(("Rehearsal".into(), "true".into()));
    })
    .await;
    let rehearsed = stage.gateway(TOKEN, &path(), &json!({"text": "Only a rehearsal."}).to_string()).await;
    assert_eq!(rehearsed.status, 200, "{}\n{}", rehearsed.json(), stage.logs());
    assert!(!rehearsed.body.is_empty());
    assert_eq!(stage.provider.log().calls.len(), 0, "a rehearsal asks no provider");
    stage.end().await;
}
