//! Pictures, as their servers answer byte for byte: what no double says, and what is said of it.

use crate::server::Meaning::{Broken, Busy, Refused, Spent, Unknown};
use crate::server::{KEY, Meaning, Server, Step, asked, meaning, patience, say, whole};
use providers::{GeminiImages, Key, OpenAiImages, Timeouts, gemini_images, images};
use std::sync::atomic::Ordering;
use story::Images;
use story::images::{Drawn, Prompt};
use story::maker::{self, MakerError};

fn together(base_url: &str, timeouts: Timeouts) -> OpenAiImages {
    let settings = images::Settings::together(Key::new(KEY));
    OpenAiImages::open(images::Settings { base_url: base_url.to_owned(), timeouts, ..settings }).unwrap()
}

fn gemini(base_url: &str, timeouts: Timeouts) -> GeminiImages {
    let settings = gemini_images::Settings::new(Key::new(KEY).unwrap());
    GeminiImages::open(gemini_images::Settings { base_url: base_url.to_owned(), timeouts, ..settings }).unwrap()
}

fn prompt() -> Prompt {
    Prompt {
        provider: "together".to_owned(),
        base_url: String::new(),
        model: "m".to_owned(),
        text: "a boat".to_owned(),
        width: 64,
        height: 64,
        seed: None,
    }
}

pub(crate) async fn draw(images: &dyn Images) -> Result<Drawn, MakerError> {
    images.draw(&prompt(), asked(true).1).await
}

/// One answer to either client, its meaning, and words of its sentence.
async fn check(open: fn(&str, Timeouts) -> Box<dyn Images>, answer: Vec<Step>, expected: Meaning, says: &str) {
    let timeouts = patience(&answer);
    let server = Server::start(vec![answer]).await;
    let (count, may_begin) = asked(true);
    let error = open(&server.base_url, timeouts).draw(&prompt(), may_begin).await.unwrap_err();
    assert!(meaning(&error) == expected && error.to_string().contains(says), "{says}: {error:?}");
    assert!(!error.to_string().contains(KEY), "{error}");
    assert_eq!((server.heard().len(), count.load(Ordering::SeqCst)), (1, 1), "{says}: one post");
}

pub(crate) fn by_together(base_url: &str, timeouts: Timeouts) -> Box<dyn Images> {
    Box::new(together(base_url, timeouts))
}

pub(crate) fn by_gemini(base_url: &str, timeouts: Timeouts) -> Box<dyn Images> {
    Box::new(gemini(base_url, timeouts))
}

#[tokio::test]
async fn a_status_or_a_broken_answer_says_what_it_means() {
    let check = async |answer, expected, says| check(by_together, answer, expected, says).await;
    let error =
        |code: &str| format!(r#"{{"error":{{"message":"Words {KEY}.","type":"{code}","param":null,"code":null}}}}"#);
    let said = |status: &str, code: &str| vec![whole(status, "", &error(code))];
    check(said("429 Too Many Requests", "model_rate_limit"), Busy, "").await;
    check(said("429 Too Many Requests", "dynamic_request_limited"), Busy, "").await;
    check(said("429 Too Many Requests", "dynamic_token_limited"), Busy, "").await;
    check(said("429 Too Many Requests", "insufficient_quota"), Spent, "TOGETHER_API_KEY has no credit left").await;
    check(said("402 Payment Required", ""), Spent, "no credit left").await;
    check(said("401 Unauthorized", "invalid_api_key"), Spent, "set TOGETHER_API_KEY (It says: \"Words ….\")").await;
    check(said("403 Forbidden", ""), Spent, "TOGETHER_API_KEY").await;
    check(said("404 Not Found", "model_not_found"), Refused, "ONETAKE_IMAGES_MODEL").await;
    check(said("400 Bad Request", "model_not_available"), Refused, "ONETAKE_IMAGES_MODEL").await;
    check(said("400 Bad Request", "content_policy_violation"), Refused, "moderation: say it in other words").await;
    check(said("403 Forbidden", "moderation_blocked"), Refused, "moderation").await;
    check(said("400 Bad Request", "invalid_request_error"), Refused, "(400)").await;
    check(said("413 Content Too Large", ""), Refused, "(413)").await;
    check(said("422 Unprocessable Entity", ""), Refused, "(422)").await;
    check(said("408 Request Timeout", ""), Unknown, "(408)").await;
    check(said("409 Conflict", ""), Unknown, "(409)").await;
    check(said("500 Internal Server Error", "server_error"), Unknown, "(500)").await;
    check(said("502 Bad Gateway", "x"), Unknown, "(502)").await;
    check(said("503 Service Unavailable", "overloaded"), Broken, "(503)").await;
    check(vec![whole("503 Service Unavailable", "", "<html>")], Unknown, "(503)").await;
    check(vec![whole("307 Temporary Redirect", "location: http://127.0.0.1:1/\r\n", "")], Refused, "TOGETHER_BASE_URL")
        .await;
    for body in ["{}", r#"{"data":null}"#, r#"{"data":[]}"#, r#"{"data":[{"b64_json":null,"url":null}]}"#, &error("x")]
    {
        check(vec![whole("200 OK", "", body)], Unknown, "holds no picture").await;
    }
    for body in ["", "<html>", "[]", r#"{"data":7}"#, r#"{"data":[{"b64_json":[]}]}"#] {
        check(vec![whole("200 OK", "", body)], Unknown, "is nothing that can be read").await;
    }
    check(vec![whole("200 OK", "", r#"{"data":[{"b64_json":"äöü"}]}"#)], Unknown, "cannot be read").await;
    check(vec![say("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{\"data\"")], Unknown, "was cut").await;
    check(vec![say("HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n{}")], Unknown, "").await;
    check(vec![Step::Hang], Unknown, "took too long").await;
    check(vec![Step::Reset], Unknown, "did not answer").await;
}

#[tokio::test]
async fn gemini_says_it_in_its_own_words() {
    let check = async |answer, expected, says| check(by_gemini, answer, expected, says).await;
    let said = |code: u16, status: &str, word: &str| {
        let body = format!(r#"{{"error":{{"code":{code},"message":"Words {KEY}.","status":"{word}"}}}}"#);
        vec![whole(&format!("{code} {status}"), "", &body)]
    };
    check(said(400, "Bad Request", "INVALID_ARGUMENT"), Refused, "(400) (It says: \"Words ….\")").await;
    check(said(400, "Bad Request", "FAILED_PRECONDITION"), Spent, "GEMINI_API_KEY").await;
    check(said(403, "Forbidden", "PERMISSION_DENIED"), Spent, "GEMINI_API_KEY").await;
    check(said(402, "Payment Required", "X"), Spent, "GEMINI_API_KEY has no credit left").await;
    check(said(404, "Not Found", "NOT_FOUND"), Refused, "ONETAKE_IMAGES_MODEL").await;
    check(said(429, "Too Many Requests", "RESOURCE_EXHAUSTED"), Busy, "").await;
    check(said(500, "Internal Server Error", "INTERNAL"), Unknown, "(500)").await;
    check(said(503, "Service Unavailable", "UNAVAILABLE"), Broken, "(503)").await;
    check(said(504, "Gateway Timeout", "DEADLINE_EXCEEDED"), Unknown, "(504)").await;
    check(vec![whole("503 Service Unavailable", "", "<html>")], Unknown, "(503)").await;
    for body in [
        "{}",
        r#"{"candidates":[]}"#,
        r#"{"candidates":[{"finishReason":"STOP"}]}"#,
        r#"{"candidates":[{"content":{}}]}"#,
    ] {
        check(vec![whole("200 OK", "", body)], Unknown, "holds no picture").await;
    }
    let picture =
        r#"{"candidates":[{"content":{"parts":[{"inlineData":{"data":"AAAA"}}]},"finishReason":"MAX_TOKENS"}]}"#;
    check(vec![whole("200 OK", "", picture)], Refused, "stopped before it had drawn (It says: \"MAX_TOKENS.\")").await;
    let hidden = r#"{"candidates":[{"finishReason":"IMAGE_PROHIBITED_CONTENT"}]}"#;
    check(vec![whole("200 OK", "", hidden)], Refused, "moderation: say it in other words").await;
    let blocked = r#"{"promptFeedback":{"blockReason":"OTHER","blockReasonMessage":"Not\u0007 this."}}"#;
    check(vec![whole("200 OK", "", blocked)], Refused, "(It says: \"Not this.\")").await;
    check(vec![whole("200 OK", "", "[")], Unknown, "is nothing that can be read").await;
    check(vec![Step::Reset], Unknown, "did not answer").await;
}

#[tokio::test]
async fn a_429_says_how_long_to_wait_in_either_header() {
    for (headers, expected) in [
        ("", None),
        ("x-ratelimit-reset: 7\r\n", Some(7_000)),
        ("retry-after: 2\r\n", Some(2_000)),
        ("retry-after: 2\r\nx-ratelimit-reset: 9\r\n", Some(9_000)),
        ("x-ratelimit-reset: 6m0s\r\n", None),
    ] {
        let server = Server::start(vec![vec![whole("429 Too Many Requests", headers, "{}")]]).await;
        let busy = maker::Busy { retry_after_ms: expected, ..maker::Busy::default() };
        assert_eq!(
            draw(&together(&server.base_url, Timeouts::default())).await,
            Err(MakerError::Busy(busy)),
            "{headers}"
        );
    }
}

#[tokio::test]
async fn the_key_goes_into_one_header_and_the_address_is_as_it_was_given() {
    // The least PNG that has its marks.
    let picture = "iVBORw0KGgoAAAAASUVORK5CYII=";
    let answer =
        format!(r#"{{"id":"id \u0007\n7","data":[{{"url":null,"b64_json":"data:image/png;base64,{picture}"}}]}}"#);
    for (path, expected) in
        [("", "/v1/images/generations"), ("/", "/v1/images/generations"), ("/api/v3/", "/api/v3/images/generations")]
    {
        let server = Server::start(vec![vec![whole("200 OK", "", &answer)]]).await;
        let drawn = draw(&together(&format!("{}{path}", server.base_url), Timeouts::default())).await.unwrap();
        assert_eq!((drawn.bytes.len(), drawn.request_id.as_deref()), (20, Some("id 7")));
        let heard = server.heard().remove(0);
        assert!(heard.starts_with(&format!("POST {expected} HTTP/1.1\r\n")), "{heard}");
        assert!(heard.lines().any(|line| line == format!("authorization: Bearer {KEY}")), "{heard}");
        assert_eq!(heard.matches(KEY).count(), 1, "{heard}");
    }
    let inline = format!(r#"{{"candidates":[{{"content":{{"parts":[{{"inlineData":{{"data":"{picture}"}}}}]}}}}]}}"#);
    let server = Server::start(vec![vec![whole("200 OK", "", &inline)]]).await;
    assert_eq!(draw(&gemini(&server.base_url, Timeouts::default())).await.unwrap().bytes.len(), 20);
    let heard = server.heard().remove(0);
    assert!(heard.starts_with("POST /v1beta/models/m:generateContent HTTP/1.1\r\n"), "{heard}");
    assert!(heard.lines().any(|line| line == format!("x-goog-api-key: {KEY}")) && heard.matches(KEY).count() == 1);
}
