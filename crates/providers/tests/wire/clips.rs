//! Clips, as their servers answer byte for byte: what no double says, and what is said of it.

use crate::server::Meaning::{Broken, Busy, Refused, Spent, Unknown};
use crate::server::{KEY, Meaning, Server, Step, asked, chunk, chunked, meaning, patience, say, whole};
use providers::clips::{Omni, Settings, Veo};
use providers::{Key, Timeouts};
use std::sync::atomic::Ordering;
use story::Clips;
use story::clips::{Aspect, ClipMaterial, ClipRequest, Delivery, Generating};
use story::maker::MakerError;

fn clip() -> ClipRequest {
    ClipRequest {
        provider: "gemini".to_owned(),
        base_url: String::new(),
        model: "m".to_owned(),
        text: "a boat".to_owned(),
        seconds: 8,
        aspect: Aspect::Tall,
        lines: 720,
        image: None,
        from: None,
    }
}

type Open = fn(&str, Timeouts) -> Box<dyn Clips>;

pub(crate) fn by_omni(base_url: &str, timeouts: Timeouts) -> Box<dyn Clips> {
    let settings = Settings::omni(Key::new(KEY).unwrap());
    Box::new(Omni::open(Settings { base_url: base_url.to_owned(), timeouts, ..settings }).unwrap())
}

pub(crate) fn by_veo(base_url: &str, timeouts: Timeouts) -> Box<dyn Clips> {
    let settings = Settings::veo(Key::new(KEY).unwrap(), "p", "r");
    Box::new(Veo::open(Settings { base_url: base_url.to_owned(), timeouts, ..settings }).unwrap())
}

pub(crate) async fn order(clips: &dyn Clips) -> Result<String, MakerError> {
    clips.order(&clip(), ClipMaterial::default(), asked(true).1).await
}

fn says_no_key(error: &MakerError, expected: Meaning, says: &str) {
    assert!(meaning(error) == expected && error.to_string().contains(says), "{says}: {error:?}");
    assert!(!error.to_string().contains(KEY), "{error}");
}

/// One answer to an order, its meaning, and words of its sentence.
async fn check(open: Open, answer: Vec<Step>, expected: Meaning, says: &str) {
    let timeouts = patience(&answer);
    let server = Server::start(vec![answer]).await;
    let (count, may_begin) = asked(true);
    let error = open(&server.base_url, timeouts).order(&clip(), ClipMaterial::default(), may_begin).await.unwrap_err();
    says_no_key(&error, expected, says);
    assert_eq!((server.heard().len(), count.load(Ordering::SeqCst)), (1, 1), "{says}: one post");
}

fn said(code: u16, status: &str, word: &str) -> Vec<Step> {
    let body = format!(r#"{{"error":{{"code":{code},"message":"Words {KEY}.","status":"{word}"}}}}"#);
    vec![whole(&format!("{code} {status}"), "", &body)]
}

#[tokio::test]
async fn a_status_or_a_broken_answer_to_an_order_says_what_it_means() {
    for (open, key) in [(by_omni as Open, "GEMINI_API_KEY"), (by_veo, "VERTEX_ACCESS_TOKEN")] {
        let check = async |answer, expected, says: &str| check(open, answer, expected, says).await;
        check(said(400, "Bad Request", "INVALID_ARGUMENT"), Refused, "(400) (It says: \"Words ….\")").await;
        check(said(400, "Bad Request", "FAILED_PRECONDITION"), Spent, key).await;
        check(said(401, "Unauthorized", "UNAUTHENTICATED"), Spent, &format!("set {key}")).await;
        check(said(402, "Payment Required", "X"), Spent, &format!("{key} has no credit left")).await;
        check(said(403, "Forbidden", "PERMISSION_DENIED"), Spent, &format!("set {key}")).await;
        check(said(404, "Not Found", "NOT_FOUND"), Refused, "ONETAKE_CLIPS_MODEL").await;
        check(said(408, "Request Timeout", "X"), Unknown, "(408)").await;
        check(said(409, "Conflict", "ABORTED"), Unknown, "(409)").await;
        check(said(429, "Too Many Requests", "RESOURCE_EXHAUSTED"), Busy, "").await;
        check(said(500, "Internal Server Error", "INTERNAL"), Unknown, "(500)").await;
        check(said(503, "Service Unavailable", "UNAVAILABLE"), Broken, "(503)").await;
        check(said(504, "Gateway Timeout", "DEADLINE_EXCEEDED"), Unknown, "(504)").await;
        check(vec![whole("503 Service Unavailable", "", "<html>")], Unknown, "(503)").await;
        let elsewhere = whole("307 Temporary Redirect", "location: http://127.0.0.1:1/\r\n", "");
        check(vec![elsewhere], Refused, "says that it is elsewhere").await;
        for body in
            ["", "[", "{}", "<html>", r#"{"id":null,"name":""}"#, r#"{"id":"","name":null}"#, r#"{"id":7,"name":7}"#]
        {
            check(vec![whole("200 OK", "", body)], Unknown, "does not name what was ordered").await;
        }
        check(vec![say("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{\"id\"")], Unknown, "was cut").await;
        check(vec![Step::Hang], Unknown, "took too long").await;
        check(vec![Step::Reset], Unknown, "did not answer").await;
    }
}

#[tokio::test]
async fn an_order_is_named_though_all_that_was_sent_stands_in_the_answer() {
    let sent = "A".repeat(3 << 20);
    let answer =
        format!(r#"{{"steps":[{{"type":"user_input","content":[{{"data":"{sent}"}}]}}],"id":"n","name":"n"}}"#);
    for open in [by_omni as Open, by_veo] {
        let server = Server::start(vec![vec![whole("200 OK", "", &answer)]]).await;
        assert_eq!(order(&*open(&server.base_url, Timeouts::default())).await.unwrap(), "n");
    }
}

/// What is told of an operation, by an answer that is a success.
async fn told(open: Open, body: &str) -> Result<Generating, MakerError> {
    let server = Server::start(vec![vec![whole("200 OK", "", body)]]).await;
    open(&server.base_url, Timeouts::default()).ask(&clip(), "operation").await
}

fn address(address: &str) -> Result<Generating, MakerError> {
    Ok(Generating::Done(Delivery::Address(address.to_owned())))
}

fn film() -> Result<Generating, MakerError> {
    Ok(Generating::Done(Delivery::Bytes("film".into())))
}

#[tokio::test]
async fn what_omni_tells_is_understood_in_each_form() {
    let output = |content: &str| {
        format!(
            r#"{{"status":"completed","steps":[{{"type":"user_input","content":"a"}},{{"type":"model_output","content":{content}}}]}}"#
        )
    };
    let told = async |body: &str| told(by_omni, body).await;
    assert_eq!(told(&output(r#"[{"type":"video","data":"ZmlsbQ=="}]"#)).await, film());
    assert_eq!(
        told(&output(r#"[{"type":"text","text":"So:"},{"type":"sound"},{"type":"video","data":"ZmlsbQ"}]"#)).await,
        film()
    );
    let at = "https://cdn.example/clip.mp4";
    let uri = format!(r#"[{{"type":"video","data":"","uri":"{at}"}}]"#);
    assert_eq!(told(&output(&uri)).await, address(at), "what lies in no Files API is not asked for there");
    for running in ["{}", r#"{"status":null,"steps":null}"#, r#"{"status":"in_progress","error":null}"#] {
        assert_eq!(told(running).await, Ok(Generating::Running), "{running}");
    }
    for (body, expected, says) in [
        (output("null"), Refused, "say it in other words"),
        (output(r#"[{"type":"text"}]"#), Refused, "say it in other words"),
        (
            output(r#"[{"type":"text","text":"I\n would "},{"type":"text","text":"rather not."}]"#),
            Refused,
            "\"I would rather not.\"",
        ),
        (output(r#"[{"type":"video"}]"#), Refused, "sends none"),
        (output(r#"[{"type":"video","data":"äöü"}]"#), Broken, "cannot be read"),
        (r#"{"status":"completed"}"#.to_owned(), Refused, "say it in other words"),
        (r#"{"status":"failed","error":"x"}"#.to_owned(), Refused, "did not finish the clip (failed)"),
        ("<html>".to_owned(), Broken, "is nothing that can be read"),
    ] {
        says_no_key(&told(&body).await.unwrap_err(), expected, says);
    }
}

#[tokio::test]
async fn what_veo_tells_is_understood_in_each_form() {
    let told = async |body: &str| told(by_veo, body).await;
    let done = |response: &str| format!(r#"{{"done":true,"response":{response}}}"#);
    let bytes = r#"{"bytesBase64Encoded":"ZmlsbQ=="}"#;
    assert_eq!(told(&done(&format!(r#"{{"videos":[{bytes}]}}"#))).await, film());
    let samples =
        |video: &str| done(&format!(r#"{{"generateVideoResponse":{{"generatedSamples":[{{"video":{video}}}]}}}}"#));
    assert_eq!(told(&samples(bytes)).await, film());
    let at = "https://cdn.example/clip.mp4";
    assert_eq!(told(&samples(&format!(r#"{{"uri":"{at}"}}"#))).await, address(at));
    for running in ["{}", r#"{"name":"n","metadata":{}}"#, r#"{"done":false,"response":null,"error":null}"#] {
        assert_eq!(told(running).await, Ok(Generating::Running), "{running}");
    }
    for (body, expected, says) in [
        (done("{}"), Refused, "say it in other words"),
        (done("null"), Refused, "say it in other words"),
        (
            done(r#"{"generateVideoResponse":{"raiMediaFilteredCount":2,"raiMediaFilteredReasons":["One.","Two."]}}"#),
            Refused,
            "(It says: \"One.; Two.\")",
        ),
        (done(r#"{"videos":[{"gcsUri":"gs://bucket/clip.mp4"}]}"#), Refused, "sends none"),
        (r#"{"done":true,"error":{"code":3,"message":"Not this."}}"#.to_owned(), Refused, "(It says: \"Not this.\")"),
        (r#"{"done":true,"error":{"code":13}}"#.to_owned(), Refused, "did not finish the clip"),
        ("[".to_owned(), Broken, "is nothing that can be read"),
    ] {
        says_no_key(&told(&body).await.unwrap_err(), expected, says);
    }
}

#[tokio::test]
async fn a_download_is_whole_or_it_is_none() {
    let fetched = async |answer: Vec<Step>| {
        let timeouts = patience(&answer);
        let server = Server::start(vec![answer]).await;
        let clips = by_omni(&server.base_url, timeouts);
        clips.fetch(&format!("{}/v1beta/files/x:download?alt=media", server.base_url)).await
    };
    let ok = "HTTP/1.1 200 OK\r\n";
    assert_eq!(fetched(vec![whole("200 OK", "", "film")]).await.unwrap(), "film");
    let chunks = format!("{}{}{}{}", chunked(""), chunk("fi"), chunk("lm"), chunk(""));
    assert_eq!(fetched(vec![say(chunks)]).await.unwrap(), "film");
    for (answer, says) in [
        (vec![say(format!("{ok}content-length: 9\r\n\r\nfilm"))], "was cut"),
        (vec![say(format!("{}{}", chunked(""), chunk("film")))], "was cut"),
        (vec![say(format!("{ok}connection: close\r\n\r\nfilm"))], "looks like a cut one"),
        (vec![say(format!("{ok}content-length: 9\r\n\r\nfilm")), Step::Hang], "stood still"),
        (vec![whole("200 OK", "", "")], "holds no clip"),
        (vec![whole("404 Not Found", "", "")], "says 404"),
        (vec![whole("302 Found", "", "")], "leads nowhere"),
        (vec![whole("302 Found", "location: http://localhost:1/\r\n", "")], "not asked"),
    ] {
        says_no_key(&fetched(answer).await.unwrap_err(), Broken, says);
    }
}

#[tokio::test]
async fn the_key_goes_into_one_header_and_each_address_is_as_it_was_given() {
    let answer = || vec![whole("200 OK", "", r#"{"id":"i","name":"n"}"#)];
    for (open, post, get, header) in [
        (
            by_omni as Open,
            "POST /base/v1beta/interactions HTTP/1.1",
            "GET /base/v1beta/interactions/a%2Fb%3F HTTP/1.1",
            format!("x-goog-api-key: {KEY}"),
        ),
        (
            by_veo,
            "POST /base/publishers/google/models/m:predictLongRunning HTTP/1.1",
            "POST /base/publishers/google/models/m:fetchPredictOperation HTTP/1.1",
            format!("authorization: Bearer {KEY}"),
        ),
    ] {
        let server = Server::start(vec![answer()]).await;
        let clips = open(&format!("{}/base/", server.base_url), Timeouts::default());
        order(&*clips).await.unwrap();
        assert_eq!(clips.ask(&clip(), "a/b?").await, Ok(Generating::Running));
        for (heard, first) in server.heard().iter().zip([post, get]) {
            assert_eq!(heard.lines().next(), Some(first));
            assert!(heard.lines().any(|line| line == header) && heard.matches(KEY).count() == 1, "{heard}");
        }
        assert_eq!(server.heard().len(), 2);
    }
}
