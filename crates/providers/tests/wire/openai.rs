//! The OpenAI-compatible speech, as its servers answer it.

use crate::server::Meaning::{Broken, Busy, Refused, Spent, Unknown};
use crate::server::{
    KEY, Meaning, Server, Step, asked, chunk, chunked, listen, meaning, patience, request, say, whole,
};
use providers::{Key, OpenAiSpeech, openai};
use std::sync::atomic::Ordering;
use story::Speech;
use story::maker::MakerError;
use story::speech::{Heard, TakeRequest};

fn speech(base_url: &str, key: Option<&str>) -> OpenAiSpeech {
    let key = key.and_then(Key::new);
    OpenAiSpeech::open(openai::Settings { base_url: base_url.to_owned(), key, ..Default::default() }).unwrap()
}

fn line() -> TakeRequest {
    TakeRequest { model: "kokoro".to_owned(), voice: "af_heart".to_owned(), format: "mp3".to_owned(), ..request("Hi") }
}

async fn check(answer: Vec<Step>, expected: Meaning, sentence: &str) {
    let timeouts = patience(&answer);
    let server = Server::start(vec![answer]).await;
    let (count, may_begin) = asked(true);
    let base_url = server.base_url.clone();
    let speech = OpenAiSpeech::open(openai::Settings { base_url, timeouts, ..Default::default() }).unwrap();
    let error = listen(speech.speak(&line(), may_begin).await).await.err().unwrap();
    assert!(meaning(&error) == expected && error.to_string().contains(sentence), "{sentence}: {error:?}");
    assert_eq!((server.heard().len(), count.load(Ordering::SeqCst)), (1, 1), "{sentence}");
}

#[tokio::test]
async fn sound_is_heard_while_it_arrives_and_its_end_is_known() {
    let head = chunked("content-type: audio/mpeg\r\nx-request-id: req_1\r\n");
    let answer = vec![Step::Say(format!("{head}{}{}0\r\n\r\n", chunk("abc"), chunk("de")), 3)];
    let server = Server::start(vec![answer]).await;
    let told = listen(speech(&server.base_url, Some(KEY)).speak(&line(), Box::new(|| true)).await).await.unwrap();
    assert_eq!((told.sound, told.alignment.characters.len()), (b"abcde".to_vec(), 0));
    let receipt = told.receipt;
    assert_eq!((receipt.request_id.as_deref(), receipt.item, receipt.characters), (Some("req_1"), None, 2));
    let heard = server.heard().remove(0);
    let (head, body) = heard.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /v1/audio/speech HTTP/1.1\r\n"), "{head}");
    assert!(head.lines().any(|line| line == format!("authorization: Bearer {KEY}")), "{head}");
    let sent = r#"{"model":"kokoro","voice":"af_heart","input":"Hi","response_format":"mp3","speed":1.0}"#;
    assert_eq!(body, sent);
}

#[tokio::test]
async fn a_server_of_ones_own_needs_no_key_and_may_live_anywhere() {
    for (path, expected) in
        [("", "/v1/audio/speech"), ("/", "/v1/audio/speech"), ("/api/tts/", "/api/tts/audio/speech")]
    {
        let server = Server::start(vec![vec![whole("200 OK", "", "abc")]]).await;
        let speech = speech(&format!("{}{path}", server.base_url), None);
        listen(speech.speak(&line(), Box::new(|| true)).await).await.unwrap();
        let heard = server.heard().remove(0);
        assert!(heard.starts_with(&format!("POST {expected} ")) && !heard.contains("authorization"), "{heard}");
    }
}

#[tokio::test]
async fn a_status_or_a_broken_answer_says_what_it_means() {
    let error = |code: &str| format!(r#"{{"error":{{"message":"Words.","type":"t","param":null,"code":"{code}"}}}}"#);
    let whole = |status: &str, code: &str| vec![whole(status, "", &error(code))];
    check(whole("429 Too Many Requests", "insufficient_quota"), Spent, "no credit left").await;
    check(whole("402 Payment Required", ""), Spent, "OPENAI_API_KEY").await;
    check(whole("429 Too Many Requests", "rate_limit_exceeded"), Busy, "").await;
    check(whole("401 Unauthorized", "invalid_api_key"), Spent, "set OPENAI_API_KEY (It says: \"Words.\")").await;
    check(whole("403 Forbidden", ""), Spent, "").await;
    check(whole("400 Bad Request", "string_too_long"), Refused, "(400)").await;
    check(whole("404 Not Found", "model_not_found"), Refused, "OPENAI_BASE_URL").await;
    check(whole("422 Unprocessable Entity", ""), Refused, "").await;
    check(whole("408 Request Timeout", ""), Unknown, "").await;
    check(whole("409 Conflict", ""), Unknown, "").await;
    check(whole("503 Service Unavailable", ""), Broken, "").await;
    check(vec![crate::server::whole("503 Service Unavailable", "", "<html>")], Unknown, "").await;
    check(whole("500 Internal Server Error", ""), Unknown, "").await;
    check(vec![crate::server::whole("200 OK", "content-type: application/json\r\n", "{}")], Unknown, "no sound").await;
    check(vec![crate::server::whole("200 OK", "content-type: audio/mpeg\r\n", "")], Unknown, "holds no sound").await;
    check(vec![say(format!("{}{}", chunked(""), chunk("abc")))], Unknown, "was cut").await;
    check(vec![say("HTTP/1.0 200 OK\r\n\r\nabc")], Unknown, "neither a length nor chunks").await;
    check(vec![Step::Hang], Unknown, "took too long").await;
}

#[tokio::test]
async fn who_may_not_begin_sends_nothing_and_a_left_answer_is_closed() {
    let server = Server::start(vec![vec![say(format!("{}{}", chunked(""), chunk("abc"))), Step::Hang]]).await;
    let speech = speech(&server.base_url, None);
    let late = speech.speak(&line(), asked(false).1).await.err().map(|unspoken| unspoken.error);
    assert_eq!(late, Some(MakerError::TooLate));
    server.left(1).await;
    assert!(!server.heard()[0].contains("kokoro"));
    let server = Server::start(vec![vec![say(format!("{}{}", chunked(""), chunk("abc"))), Step::Hang]]).await;
    let mut answer = self::speech(&server.base_url, None).speak(&line(), asked(true).1).await.unwrap();
    assert_eq!(answer.next().await, Ok(Heard::Sound(bytes::Bytes::from("abc").into())));
    drop(answer);
    server.left(1).await;
}

#[tokio::test]
async fn it_takes_any_name_and_keeps_no_books() {
    let speech = speech("http://127.0.0.1:1", None);
    let catalog = speech.catalog().await.unwrap();
    assert!(catalog.takes_other_models && catalog.refused_format.is_none());
    let model = &catalog.models[0];
    assert_eq!((model.id.as_str(), model.max_characters, model.stitches), ("gpt-4o-mini-tts", 4_096, false));
    assert_eq!(speech.voice("af_heart").await.unwrap().unwrap().settings.speed, Some(1.0));
    assert!(speech.books().is_none() && speech.profile().provider == "openai");
    assert!(OpenAiSpeech::open(openai::Settings { base_url: "x".to_owned(), ..Default::default() }).is_err());
}
