//! `ElevenLabs` against its double, which charges, counts, and goes wrong as told. What was called and paid is read from its log.

use crate::server::Meaning::{Broken, Busy, Refused, Spent, Unknown};
use crate::server::{Meaning, asked, listen, meaning, request, short};
use doubles::account::{Change, ErrorForm, FaultKind, Tier};
use providers::{ElevenLabs, Key, Timeouts, elevenlabs};
use std::time::Duration;
use story::Speech;
use story::maker::MakerError;
use story::script::VoiceSettings;
use story::speech::{Books, Context, HistoryQuery, TakeRequest};
use tokio::time::sleep;

const GEORGE: &str = "JBFqnCBsd6RMkjVDRZzb";
const TEXT: &str = "Where did you put the ladder? Here: 5 m, \"over there\", très haut!";

async fn double() -> doubles::ElevenLabs {
    doubles::ElevenLabs::start(doubles::Settings { list_after_ms: 0, ..doubles::Settings::default() }).await.unwrap()
}

fn speech_of(double: &doubles::ElevenLabs, timeouts: Timeouts) -> ElevenLabs {
    let settings = elevenlabs::Settings::new(Key::new(&double.api_key()).unwrap());
    ElevenLabs::open(elevenlabs::Settings { base_url: double.base_url().to_owned(), timeouts, ..settings }).unwrap()
}

fn speech(double: &doubles::ElevenLabs) -> ElevenLabs {
    speech_of(double, Timeouts::default())
}

async fn say(speech: &ElevenLabs, request: &TakeRequest) -> Result<crate::server::Told, MakerError> {
    listen(speech.speak(request, asked(true).1).await).await
}

#[tokio::test]
async fn a_line_is_spoken_with_its_times_and_charged_as_it_says() {
    let double = double().await;
    let speech = speech(&double);
    let models = speech.catalog().await.unwrap().models;
    for model in ["eleven_multilingual_v2", "eleven_flash_v2_5"] {
        let request = TakeRequest { model: model.to_owned(), ..request(TEXT) };
        let told = say(&speech, &request).await.unwrap();
        assert!(told.sound.len() > 20_000 && told.sound[0] == 0xff, "it is MP3");
        assert_eq!(told.alignment.characters.concat(), TEXT);
        let ends = &told.alignment.ends_s;
        assert!(ends.len() == TEXT.chars().count() && ends.windows(2).all(|pair| pair[0] <= pair[1]));
        let log = double.log();
        let call = log.calls.last().unwrap();
        assert_eq!(told.receipt.characters, call.charged);
        assert_eq!(told.receipt.request_id.as_ref(), Some(&call.request_id));
        assert_eq!(told.receipt.item, call.history_item_id);
        let factor = models.iter().find(|known| known.id == model).unwrap().cost_factor;
        assert_eq!(call.charged, (TEXT.chars().count() as f64 * factor).ceil() as u64, "as the catalog foretold");
    }
    assert_eq!(double.log().calls.len(), 2);
}

#[tokio::test]
async fn everything_in_a_request_reaches_the_vendor() {
    let double = double().await;
    let request = TakeRequest {
        model: "eleven_flash_v2_5".to_owned(),
        settings: VoiceSettings {
            stability: Some(0.25),
            similarity_boost: Some(0.5),
            style: Some(0.125),
            use_speaker_boost: Some(false),
            speed: Some(1.1),
        },
        language: Some("en".to_owned()),
        seed: Some(4_294_967_295),
        context: Some(Context { before: Some("Before.".to_owned()), after: Some("After.".to_owned()) }),
        format: "mp3_22050_32".to_owned(),
        ..request(TEXT)
    };
    say(&speech(&double), &request).await.unwrap();
    let call = double.log().calls.remove(0);
    assert_eq!(
        (call.output_format.as_str(), call.seed, call.voice_id.as_str()),
        ("mp3_22050_32", request.seed, GEORGE)
    );
    let settings: VoiceSettings = serde_json::from_value(call.voice_settings).unwrap();
    assert_eq!(settings, request.settings);
    for (name, value) in [
        ("text", TEXT),
        ("model_id", "eleven_flash_v2_5"),
        ("language_code", "en"),
        ("previous_text", "Before."),
        ("next_text", "After."),
        ("apply_text_normalization", "auto"),
    ] {
        assert_eq!(call.body[name], value, "{name}");
    }
    assert_eq!(call.charged, call.characters.div_ceil(2), "what stands beside is not charged");
}

/// A fault, what it is taken for, how many calls the double charged, and how many it refused.
async fn check(fault: FaultKind, expected: Meaning, charged: usize, refused: usize) {
    let double = double().await;
    // Would it be called again, that call would go well.
    double.fault(fault.once());
    let is_slow = matches!(fault, FaultKind::Hang { .. } | FaultKind::SlowFirstByte { .. });
    let timeouts = if is_slow { short() } else { Timeouts::default() };
    let error = say(&speech_of(&double, timeouts), &request(TEXT)).await.err().unwrap_or_else(|| panic!("{fault:?}"));
    assert_eq!(meaning(&error), expected, "{fault:?}: {error}");
    sleep(Duration::from_millis(50)).await;
    let log = double.log();
    assert_eq!((log.calls.len(), log.refusals.len()), (charged, refused), "{fault:?}");
    assert_eq!(log.charged(), (charged * TEXT.chars().count()) as u64, "{fault:?}");
}

#[tokio::test]
async fn each_fault_is_one_call_and_means_what_it_cost() {
    tokio::join!(
        check(FaultKind::ConcurrentLimit, Busy, 0, 1),
        check(FaultKind::SystemBusy, Busy, 0, 1),
        check(FaultKind::RateLimit, Busy, 0, 1),
        check(FaultKind::InternalError, Unknown, 0, 1),
        check(FaultKind::ServiceUnavailable, Broken, 0, 1),
        check(FaultKind::QuotaExceeded, Spent, 0, 1),
        check(FaultKind::InsufficientCredits, Spent, 0, 1),
        check(FaultKind::Cut { share: 0.0 }, Unknown, 1, 0),
        check(FaultKind::Cut { share: 0.5 }, Unknown, 1, 0),
        check(FaultKind::Cut { share: 1.0 }, Unknown, 1, 0),
        check(FaultKind::Reset, Unknown, 1, 0),
        check(FaultKind::SlowFirstByte { ms: 2_000 }, Unknown, 1, 0),
        check(FaultKind::Hang { headers: false }, Unknown, 1, 0),
        check(FaultKind::Hang { headers: true }, Unknown, 1, 0),
        check(FaultKind::BrokenLine, Unknown, 1, 0),
    );
}

#[tokio::test]
async fn in_whatever_form_an_error_comes_its_meaning_is_the_same() {
    for form in [ErrorForm::Current, ErrorForm::Legacy, ErrorForm::Validation, ErrorForm::Plain] {
        let double = double().await;
        double.change(Change { error_form: Some(form), ..Change::default() });
        let speech = speech(&double);
        // Without a code of its own a 503 may be anybody's.
        let has_code = matches!(form, ErrorForm::Current | ErrorForm::Legacy);
        let unavailable = if has_code { Broken } else { Unknown };
        for (kind, expected) in [(FaultKind::SystemBusy, Busy), (FaultKind::ServiceUnavailable, unavailable)] {
            double.fault(kind.once());
            let error = say(&speech, &request(TEXT)).await.err().unwrap();
            assert_eq!(meaning(&error), expected, "{form:?}");
        }
        double.fault(FaultKind::QuotaExceeded.once());
        let error = say(&speech, &request(TEXT)).await.err().unwrap();
        assert_eq!(meaning(&error), Spent, "{form:?}: {error}");
    }
}

#[tokio::test]
async fn what_is_wrong_is_refused_and_costs_nothing() {
    let double = double().await;
    let speech = speech(&double);
    let context = Some(Context { before: Some("Before.".to_owned()), after: None });
    let v3 = || TakeRequest { model: "eleven_v3".to_owned(), ..request(TEXT) };
    for (request, says) in [
        (request(""), ""),
        (request(&"a".repeat(10_001)), "10001"),
        (TakeRequest { voice: "nobody".to_owned(), ..request(TEXT) }, "nobody"),
        (TakeRequest { voice: "../models".to_owned(), ..request(TEXT) }, ""),
        (TakeRequest { model: "eleven_v9".to_owned(), ..request(TEXT) }, "eleven_v9"),
        (TakeRequest { format: "mp3".to_owned(), ..request(TEXT) }, ""),
        (TakeRequest { format: "pcm_44100".to_owned(), ..request(TEXT) }, "Pro"),
        (TakeRequest { context, ..v3() }, "not yet supported"),
        (TakeRequest { settings: VoiceSettings { stability: Some(0.4), ..VoiceSettings::default() }, ..v3() }, "0.5"),
    ] {
        let error = say(&speech, &request).await.err().unwrap_or_else(|| panic!("{says}"));
        assert!(meaning(&error) == Refused && error.to_string().contains(says), "{says}: {error:?}");
    }
    assert_eq!((double.log().calls.len(), double.log().charged()), (0, 0));
}

#[tokio::test]
async fn a_voice_that_the_plan_lacks_is_refused_and_the_others_speak_on() {
    let double = double().await;
    double.change(Change { tier: Some(Tier::Free), ..Change::default() });
    let voices = double.with_account(|account| account.voices.clone());
    let voice = voices.into_iter().find(|voice| voice.category == "professional").unwrap().id;
    for form in [ErrorForm::Current, ErrorForm::Legacy, ErrorForm::Validation, ErrorForm::Plain] {
        double.change(Change { error_form: Some(form), ..Change::default() });
        let lacking = TakeRequest { voice: voice.clone(), ..request(TEXT) };
        let error = say(&speech(&double), &lacking).await.err().unwrap();
        assert!(meaning(&error) == Refused && error.to_string().contains("another voice"), "{form:?}: {error}");
    }
    assert!(say(&speech(&double), &request(TEXT)).await.is_ok());
}

#[tokio::test]
async fn a_wrong_key_and_an_empty_account_are_told_apart() {
    let double = double().await;
    let settings = elevenlabs::Settings::new(Key::new("sk_other").unwrap());
    let stranger =
        ElevenLabs::open(elevenlabs::Settings { base_url: double.base_url().to_owned(), ..settings }).unwrap();
    let error = say(&stranger, &request(TEXT)).await.err().unwrap();
    assert!(meaning(&error) == Spent && error.to_string().contains("set ELEVENLABS_API_KEY"), "{error}");
    assert_eq!(stranger.balance().await.err().map(|error| meaning(&error)), Some(Spent));
    double.change(Change { credits: Some(3), ..Change::default() });
    let error = say(&speech(&double), &request(TEXT)).await.err().unwrap();
    assert!(meaning(&error) == Spent && error.to_string().contains("add credit"), "{error}");
    assert_eq!(double.log().charged(), 0);
}

#[tokio::test]
async fn too_late_is_never_called() {
    let double = double().await;
    let late = speech(&double).speak(&request(TEXT), asked(false).1).await.err().map(|unspoken| unspoken.error);
    assert_eq!(late, Some(MakerError::TooLate));
    sleep(Duration::from_millis(50)).await;
    assert_eq!((double.log().calls.len(), double.log().refusals.len()), (0, 0));
}

#[tokio::test]
async fn a_lost_answer_is_found_again_for_nothing_with_its_sound_and_its_times() {
    let double = double().await;
    let speech = speech(&double);
    let heard = say(&speech, &request(TEXT)).await.unwrap();
    double.fault(FaultKind::Cut { share: 0.5 }.once());
    assert_eq!(say(&speech, &request("Lost.")).await.err().map(|error| meaning(&error)), Some(Unknown));
    sleep(Duration::from_millis(100)).await;
    let page = speech.history(&HistoryQuery { voice: Some(GEORGE.to_owned()), ..Default::default() }).await.unwrap();
    assert_eq!(page.next, None);
    let [lost, kept] = &page.items[..] else { panic!("{page:?}") };
    assert_eq!((lost.text.as_str(), lost.characters), ("Lost.", 5));
    assert_eq!((kept.text.as_str(), Some(&kept.id)), (TEXT, heard.receipt.item.as_ref()));
    assert_eq!((&kept.request_id, kept.alignment.as_ref()), (&heard.receipt.request_id, Some(&heard.alignment)));
    assert_eq!((kept.voice.as_str(), kept.model.as_str()), (GEORGE, "eleven_multilingual_v2"));
    assert_eq!(kept.settings.as_ref().and_then(|settings| settings.stability), Some(0.5));
    let again = listen(speech.sound(&kept.id).await).await.unwrap();
    assert!(again.sound == heard.sound, "the same bytes");
    assert_eq!((again.receipt.item.as_ref(), again.receipt.characters), (Some(&kept.id), 0));
    assert_eq!(listen(speech.sound("nothing").await).await.err().map(|error| meaning(&error)), Some(Refused));
    let balance = speech.balance().await.unwrap().unwrap();
    assert_eq!((balance.used, balance.tier.as_str()), (double.log().charged(), "creator"));
    assert_eq!(double.log().calls.len(), 2, "and nothing was bought");
}

#[tokio::test]
async fn the_history_is_read_to_its_end_and_only_where_it_was_asked() {
    let double = double().await;
    let speech = speech(&double);
    for number in 0..103 {
        say(&speech, &request(&format!("{number}"))).await.unwrap();
    }
    sleep(Duration::from_millis(300)).await;
    let (mut query, mut texts) = (HistoryQuery::default(), Vec::new());
    loop {
        let page = speech.history(&query).await.unwrap();
        texts.extend(page.items.iter().map(|item| item.text.clone()));
        query.after = page.next;
        if query.after.is_none() {
            break;
        }
    }
    assert_eq!(texts, (0..103).rev().map(|number| number.to_string()).collect::<Vec<_>>());
    let newest = speech.history(&HistoryQuery::default()).await.unwrap().items[0].at;
    let count = async |since, until| {
        let query = HistoryQuery { since, until, ..HistoryQuery::default() };
        speech.history(&query).await.unwrap().items.len()
    };
    assert!(count(Some(newest), None).await > 0, "the first second is inclusive");
    assert_eq!(count(Some(newest.plus_ms(1_000)), None).await, 0);
    assert!(count(None, Some(newest.plus_ms(1))).await >= 100, "the last second is filled up");
}

#[tokio::test]
async fn all_voices_of_the_account_are_listed_page_after_page() {
    let double = double().await;
    double.with_account(|account| {
        let one = account.voices[0].clone();
        account
            .voices
            .extend((0..230).map(|number| doubles::account::Voice { id: format!("more-{number}"), ..one.clone() }));
    });
    let voices = speech(&double).voices().await.unwrap();
    let ids: std::collections::BTreeSet<&str> = voices.iter().map(|voice| voice.id.as_str()).collect();
    let expected = double.with_account(|account| account.voices.len());
    assert_eq!((voices.len(), ids.len()), (expected, expected), "each once");
    let george = voices.iter().find(|voice| voice.id == GEORGE).unwrap();
    assert_eq!((george.name.as_str(), george.language.as_deref()), ("George", Some("en")));
    assert_eq!(george.labels["gender"], "male");
    assert_eq!(george.labels["category"], "premade");
    assert_eq!(george.sample_url, Some(format!("https://samples.example/{GEORGE}.mp3")));
}

#[tokio::test]
async fn the_catalog_says_what_the_account_may_use() {
    let double = double().await;
    let catalog = speech(&double).catalog().await.unwrap();
    assert!(!catalog.takes_other_models && catalog.refused_format.is_none());
    let model = |id: &str| catalog.models.iter().find(|model| model.id == id);
    let flash = model("eleven_flash_v2_5").unwrap();
    assert_eq!((flash.max_characters, flash.cost_factor, flash.stitches), (40_000, 0.5, true));
    assert!(flash.languages.iter().any(|language| language == "de") && flash.stability_steps.is_empty());
    let v3 = model("eleven_v3").unwrap();
    assert_eq!((v3.max_characters, v3.stitches, &v3.stability_steps[..]), (5_000, false, &[0.0, 0.5, 1.0][..]));
    assert!(model("eleven_multilingual_v2").unwrap().languages.is_empty());
    assert!(model("eleven_multilingual_sts_v2").is_none(), "it does not speak");
    double.change(Change { tier: Some(Tier::Starter), ..Change::default() });
    let settings = elevenlabs::Settings::new(Key::new(&double.api_key()).unwrap());
    let settings = elevenlabs::Settings { base_url: double.base_url().to_owned(), ..settings };
    let speech = ElevenLabs::open(elevenlabs::Settings { format: "mp3_44100_192".to_owned(), ..settings }).unwrap();
    let refused = speech.catalog().await.unwrap().refused_format.unwrap();
    assert!(refused.contains("Creator") && refused.contains("starter"), "{refused}");
}

#[tokio::test]
async fn voices_come_with_all_their_settings() {
    let double = double().await;
    let speech = speech(&double);
    for known in double.with_account(|account| account.voices.clone()) {
        let voice = speech.voice(&known.id).await.unwrap().unwrap();
        let expected = VoiceSettings {
            stability: Some(known.settings.stability),
            similarity_boost: Some(known.settings.similarity_boost),
            style: Some(known.settings.style),
            use_speaker_boost: Some(known.settings.use_speaker_boost),
            speed: Some(known.settings.speed),
        };
        assert_eq!((voice.id, voice.name, voice.settings), (known.id, known.name, expected));
    }
    assert_eq!(speech.voice("nobody").await, Ok(None));
    for default in speech.profile().voices {
        assert!(speech.voice(&default).await.unwrap().is_some(), "{default}");
    }
}
