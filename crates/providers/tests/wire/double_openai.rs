//! The OpenAI-compatible speech against its double.

use crate::server::Meaning::{Broken, Busy, Refused, Spent, Unknown};
use crate::server::{Meaning, asked, listen, meaning, request, short};
use doubles::OpenAiSettings;
use doubles::account::FaultKind;
use providers::{Key, OpenAiSpeech, Timeouts, openai};
use story::Speech;
use story::maker::MakerError;
use story::speech::TakeRequest;

async fn double() -> doubles::OpenAiSpeech {
    doubles::OpenAiSpeech::start(OpenAiSettings::default()).await.unwrap()
}

fn speech(double: &doubles::OpenAiSpeech, key: &str) -> OpenAiSpeech {
    speech_within(double, key, Timeouts::default())
}

fn speech_within(double: &doubles::OpenAiSpeech, key: &str, timeouts: Timeouts) -> OpenAiSpeech {
    let base_url = double.base_url().to_owned();
    OpenAiSpeech::open(openai::Settings { base_url, key: Key::new(key), timeouts, ..Default::default() }).unwrap()
}

fn line(text: &str) -> TakeRequest {
    TakeRequest {
        model: "gpt-4o-mini-tts".to_owned(),
        voice: "nova".to_owned(),
        format: "mp3".to_owned(),
        ..request(text)
    }
}

#[tokio::test]
async fn a_line_is_spoken_without_times() {
    let double = double().await;
    let mut line = line("Where did you put the ladder?");
    line.settings.speed = Some(1.1);
    let told = listen(speech(&double, "sk-double").speak(&line, asked(true).1).await).await.unwrap();
    assert!(told.sound.len() > 10_000 && told.sound[0] == 0xff, "it is MP3");
    assert!(told.alignment.characters.is_empty());
    let log = double.log();
    let [call] = &log.calls[..] else { panic!("{log:?}") };
    assert_eq!((told.receipt.characters, told.receipt.request_id.as_ref()), (29, Some(&call.request_id)));
    assert_eq!(
        (call.model.as_str(), call.voice.as_str(), call.input.as_str()),
        ("gpt-4o-mini-tts", "nova", &*line.text)
    );
    assert_eq!((call.response_format.as_str(), &call.body["speed"]), ("mp3", &serde_json::json!(1.1)));
}

async fn check(fault: FaultKind, expected: Meaning, calls: usize) {
    let double = double().await;
    double.fault(fault.once());
    let timeouts = if matches!(fault, FaultKind::Hang { .. }) { short() } else { Timeouts::default() };
    let speech = speech_within(&double, "sk-double", timeouts);
    let error = listen(speech.speak(&line("Hello."), asked(true).1).await).await.err();
    let error = error.unwrap_or_else(|| panic!("{fault:?}"));
    assert_eq!(meaning(&error), expected, "{fault:?}: {error}");
    let log = double.log();
    assert_eq!((log.calls.len(), log.refusals.len()), (calls, 1 - calls), "{fault:?}");
}

#[tokio::test]
async fn each_fault_is_one_call_and_means_what_it_cost() {
    tokio::join!(
        check(FaultKind::RateLimit, Busy, 0),
        check(FaultKind::QuotaExceeded, Spent, 0),
        check(FaultKind::InternalError, Unknown, 0),
        check(FaultKind::ServiceUnavailable, Broken, 0),
        check(FaultKind::Cut { share: 0.5 }, Unknown, 1),
        check(FaultKind::Cut { share: 1.0 }, Unknown, 1),
        check(FaultKind::Reset, Unknown, 1),
        check(FaultKind::Hang { headers: false }, Unknown, 1),
        check(FaultKind::Hang { headers: true }, Unknown, 1),
    );
}

#[tokio::test]
async fn what_is_wrong_is_refused_and_a_wrong_key_is_named() {
    let double = double().await;
    let right = speech(&double, "sk-double");
    for (line, says) in [
        (line(""), ""),
        (line(&"a".repeat(4_097)), "4096"),
        (TakeRequest { voice: "nobody".to_owned(), ..line("Hello.") }, "nobody"),
        (TakeRequest { model: "nothing".to_owned(), ..line("Hello.") }, "nothing"),
    ] {
        let error = listen(right.speak(&line, asked(true).1).await).await.err().unwrap_or_else(|| panic!("{says}"));
        assert!(meaning(&error) == Refused && error.to_string().contains(says), "{says}: {error:?}");
    }
    let error = listen(speech(&double, "sk-other").speak(&line("Hello."), asked(true).1).await).await.err().unwrap();
    assert!(meaning(&error) == Spent && error.to_string().contains("OPENAI_API_KEY"), "{error}");
    let late = right.speak(&line("Hello."), asked(false).1).await.err().map(|unspoken| unspoken.error);
    assert_eq!(late, Some(MakerError::TooLate));
    assert_eq!(double.log().calls.len(), 0);
}
