//! What vendors say of too much at once, and of how much they take.

use crate::server::{KEY, Server, Step, asked, listen, request, whole};
use doubles::account::{Change, ErrorForm, FaultKind};
use doubles::{OpenAiSettings, Settings};
use providers::{ElevenLabs, Key, OpenAiSpeech, elevenlabs, openai};
use std::time::{Duration, Instant};
use story::Speech;
use story::maker::{Busy, Concurrency, MakerError};
use story::speech::Books;

const CROWDED: &str = r#"{"detail":{"code":"concurrent_limit_exceeded","message":"Too many concurrent requests."}}"#;

fn too_much(headers: &str, body: &str) -> Vec<Step> {
    vec![whole("429 Too Many Requests", headers, body)]
}

async fn busy(speech: &dyn Speech) -> Busy {
    match listen(speech.speak(&request("Hello."), asked(true).1).await).await.err() {
        Some(MakerError::Busy(busy)) => busy,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_429_says_whether_it_is_crowded_how_long_to_wait_and_how_many_may_call() {
    let told = "current-concurrent-requests: 3\r\nmaximum-concurrent-requests: 2\r\n";
    let some = |current: u32, maximum: u32| Some(Concurrency { current, maximum });
    let date = "date: Sat, 21 Nov 2026 04:00:00 GMT\r\nretry-after: Sat, 21 Nov 2026 04:00:09 GMT\r\n";
    for (headers, body, is_crowded, retry_after_ms, concurrency) in [
        (told, CROWDED, true, None, some(3, 2)),
        ("", CROWDED, true, None, None),
        ("maximum-concurrent-requests: 4\r\nretry-after: 7\r\n", "{}", false, Some(7_000), some(0, 4)),
        ("current-concurrent-requests: 4\r\n", "{}", false, None, None),
        ("maximum-concurrent-requests: none\r\nretry-after: soon\r\n", "<html>", false, None, None),
        (date, "{}", false, Some(9_000), None),
        ("retry-after: 86400\r\n", "{}", false, Some(600_000), None),
    ] {
        let server = Server::start(vec![too_much(headers, body)]).await;
        let expected = Busy { is_crowded, retry_after_ms, concurrency };
        assert_eq!(busy(&server.elevenlabs()).await, expected, "{headers} {body}");
    }
}

#[tokio::test]
async fn an_openai_server_is_never_crowded_and_its_time_to_wait_is_heard() {
    let server = Server::start(vec![too_much("retry-after: 2\r\nmaximum-concurrent-requests: 2\r\n", CROWDED)]).await;
    let settings = openai::Settings { base_url: server.base_url.clone(), key: Key::new(KEY), ..Default::default() };
    let expected = Busy { retry_after_ms: Some(2_000), ..Busy::default() };
    assert_eq!(busy(&OpenAiSpeech::open(settings).unwrap()).await, expected);
    let double = doubles::OpenAiSpeech::start(OpenAiSettings::default()).await.unwrap();
    double.fault(FaultKind::RateLimitFor { retry_after_s: 3 }.once());
    let key = Key::new("sk-double");
    let settings = openai::Settings { base_url: double.base_url().to_owned(), key, ..Default::default() };
    let mut take = request("Hello.");
    (take.model, take.voice, take.format) = ("kokoro".to_owned(), "nova".to_owned(), "mp3".to_owned());
    let error =
        OpenAiSpeech::open(settings).unwrap().speak(&take, asked(true).1).await.err().map(|unspoken| unspoken.error);
    assert_eq!(error, Some(MakerError::Busy(Busy { retry_after_ms: Some(3_000), ..Busy::default() })));
}

#[tokio::test]
async fn a_free_question_waits_as_long_as_it_is_told_if_that_is_not_long() {
    let check = async |headers: &str, least_ms: u64| {
        let plan = whole("200 OK", "", r#"{"tier":"creator","character_count":1,"character_limit":2}"#);
        let server = Server::start(vec![too_much(headers, "{}"), vec![plan]]).await;
        #[expect(clippy::disallowed_methods, reason = "how long it waits is what is tested")]
        let began = Instant::now();
        assert_eq!(server.elevenlabs().balance().await.unwrap().unwrap().used, 1);
        let waited = began.elapsed();
        assert!((Duration::from_millis(least_ms)..Duration::from_secs(5)).contains(&waited), "{headers} {waited:?}");
    };
    // The header tells whole seconds; half a second is what it waits untold.
    tokio::join!(check("retry-after: 1\r\n", 1_000), check("retry-after: 6\r\n", 500));
}

fn speech_of(double: &doubles::ElevenLabs) -> ElevenLabs {
    let settings = elevenlabs::Settings::new(Key::new(&double.api_key()).unwrap());
    ElevenLabs::open(elevenlabs::Settings { base_url: double.base_url().to_owned(), ..settings }).unwrap()
}

#[tokio::test]
async fn an_answer_and_a_refusal_of_the_double_say_how_many_calls_run_and_may() {
    let double = doubles::ElevenLabs::start(Settings { concurrency: Some(2), ..Settings::default() }).await.unwrap();
    let speech = speech_of(&double);
    double.fault(FaultKind::Hang { headers: true }.once());
    let held = speech.speak(&request("Held."), asked(true).1).await.unwrap();
    assert_eq!(held.concurrency(), Some(Concurrency { current: 1, maximum: 2 }));
    double.change(Change { concurrency: Some(Some(1)), ..Change::default() });
    let concurrency = Some(Concurrency { current: 1, maximum: 1 });
    for form in [ErrorForm::Current, ErrorForm::Legacy, ErrorForm::Validation, ErrorForm::Plain] {
        double.change(Change { error_form: Some(form), ..Change::default() });
        let expected = Busy { is_crowded: true, retry_after_ms: None, concurrency };
        assert_eq!(busy(&speech).await, expected, "{form:?}");
    }
    double.fault(FaultKind::RateLimitFor { retry_after_s: 4 }.once());
    assert_eq!(busy(&speech).await, Busy { is_crowded: false, retry_after_ms: Some(4_000), concurrency });
    double.change(Change { concurrency_headers: Some(false), ..Change::default() });
    assert_eq!(busy(&speech).await, Busy { is_crowded: true, ..Busy::default() });
    drop(held);
    double.until(|account| account.in_flight() == 0).await;
    let quiet = speech.speak(&request("Quiet."), asked(true).1).await.unwrap();
    assert_eq!(quiet.concurrency(), None);
}
