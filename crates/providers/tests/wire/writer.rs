//! The writers against their doubles: each meaning, each fault, and what a hostile answer may ask of speech and images.

use crate::server::Meaning::{Broken, Busy, Refused, Spent, Unknown};
use crate::server::{Meaning, Server, asked, meaning, short, whole};
use doubles::{WriterFault, WriterSettings};
use providers::writer::chat::{AnswerForm, LimitField};
use providers::writer::{Chat, Gemini, Settings};
use providers::{Key, RehearsalWriter, Timeouts};
use serde_json::{Value, json};
use std::sync::Arc;
use story::maker::{Busy as HowBusy, MakerError};
use story::reading::{Limits, script_from_value};
use story::writer::Ended;
use story::writing::{Brief, FORMAT, Judged, StoryReading, Told, TopicReading, Translation, Work, WriterTask};
use story::{Invalid, Problem, Writer};

const STORY: &str = "The fox woke. He saw the sea. He swam to the island.";

fn story(order: &Value) -> WriterTask {
    WriterTask::new(Work::Story(StoryReading::of_value(order, "").into_order().unwrap()))
}

fn fox() -> WriterTask {
    story(&json!({"text": STORY, "scenes": 3, "speakers": {"Ana": {"voice_id": "a"}, "Bo": {}}, "style": "ink"}))
}

async fn double() -> doubles::Writer {
    doubles::Writer::start(WriterSettings::default()).await.unwrap()
}

fn gemini(base_url: &str, timeouts: Timeouts) -> Arc<dyn Writer> {
    let settings = Settings::gemini(Key::new("key-double").unwrap());
    Arc::new(Gemini::open(Settings { base_url: base_url.to_owned(), timeouts, ..settings }).unwrap())
}

fn chat(base_url: &str, timeouts: Timeouts) -> Arc<dyn Writer> {
    let settings = Settings {
        key: Key::new("key-double"),
        base_url: base_url.to_owned(),
        timeouts,
        ..Settings::chat("model-double")
    };
    Arc::new(Chat::open(settings, AnswerForm::Schema, None).unwrap())
}

fn both(base_url: &str, timeouts: Timeouts) -> [Arc<dyn Writer>; 2] {
    [gemini(base_url, timeouts), chat(base_url, timeouts)]
}

/// Both tries, as a step makes them.
async fn write(writer: &dyn Writer, task: WriterTask) -> Result<Told, String> {
    let mut task = task;
    loop {
        let written = writer.write(&task, asked(true).1).await.map_err(|error| error.to_string())?;
        assert!(written.text.len() <= task.most_answer_bytes(), "more was held than any right answer has");
        match task.judge(&written) {
            Judged::Done(told) => return Ok(*told),
            Judged::Again(again) => task = *again,
            Judged::Failed(sentence) => return Err(sentence),
        }
    }
}

#[tokio::test]
async fn a_story_becomes_a_script_in_one_call() {
    for is_gemini in [true, false] {
        let double = double().await;
        let [gemini, chat] = both(double.base_url(), Timeouts::default());
        let writer = if is_gemini { gemini } else { chat };
        let task = fox();
        let (count, may_begin) = asked(true);
        let written = writer.write(&task, may_begin).await.unwrap();
        assert_eq!((count.load(std::sync::atomic::Ordering::SeqCst), &written.ended), (1, &Ended::Whole));
        let Judged::Done(told) = task.judge(&written) else { panic!("{}", written.text) };
        assert!(told.script.lines.len() == 3 && task.bounds().hold(&told.script));
        let log = double.log();
        let [call] = &log.calls[..] else { panic!("one call") };
        assert_eq!(
            (call.is_gemini, written.tokens.asked, written.tokens.answered),
            (is_gemini, call.asked_tokens, call.answered_tokens)
        );
        assert_eq!((&call.instructions, call.said.len()), (&task.instructions(), 1));
        assert_eq!(call.schema.as_ref(), Some(&task.schema()));
        let material: Value = serde_json::from_str(&call.said[0]).unwrap();
        assert_eq!(material["story"], STORY);
        if is_gemini {
            assert!((written.usd - writer.profile().usd(written.tokens)).abs() < 1e-12 && written.usd > 0.0);
        }
    }
}

#[tokio::test]
async fn the_same_film_in_another_language_has_the_same_pictures() {
    let double = double().await;
    for writer in both(double.base_url(), Timeouts::default()) {
        let told = write(&*writer, fox()).await.unwrap();
        let translation = Translation::of(told.script.clone(), &told.title, "de").unwrap();
        let german = write(&*writer, WriterTask::new(Work::Translation(translation))).await.unwrap();
        let pictures = |told: &Told| told.script.lines.iter().map(|line| line.picture.clone()).collect::<Vec<_>>();
        assert_eq!(pictures(&german), pictures(&told));
        assert_eq!(german.script.language.as_deref(), Some("de"));
    }
}

/// A fault in the first answer, or in both: what comes of it and how often is asked.
async fn check_answer(fault: WriterFault, comes_right: bool) {
    let double = double().await;
    for (index, writer) in both(double.base_url(), Timeouts::default()).into_iter().enumerate() {
        let calls = || double.log().calls.len() - index * 4;
        double.fault(fault);
        let told = write(&*writer, fox()).await.unwrap_or_else(|why| panic!("{fault:?}: {why}"));
        let is_within = fox().bounds().hold(&told.script);
        assert!(is_within && told.script.lines.len() == 3, "{fault:?}");
        let again = double.log().calls[index * 4 + calls() - 1].clone();
        if comes_right {
            // Nothing was wrong with it.
            assert_eq!(calls(), 1, "{fault:?}");
            double.fault(fault);
            write(&*writer, fox()).await.unwrap();
            double.fault(fault);
            write(&*writer, fox()).await.unwrap();
            write(&*writer, fox()).await.unwrap();
            continue;
        }
        assert_eq!((calls(), again.said.len()), (2, 3), "{fault:?}");
        assert!(again.said[1].chars().count() <= fox().most_answer_characters(), "{fault:?}");
        assert!(again.said[2].contains("\"problem\""), "{fault:?}");
        double.fault(fault);
        double.fault(fault);
        let why = write(&*writer, fox()).await.unwrap_err();
        assert!(why.starts_with("the writer's answer was wrong twice: ") && why.len() < 800, "{fault:?}: {why}");
        assert_eq!(calls(), 4, "{fault:?}: never a third time");
    }
}

#[tokio::test]
async fn a_hostile_answer_goes_back_once_and_never_reaches_a_script() {
    use WriterFault::*;
    for fault in [
        AddedFields,
        UrlPicture,
        FilePicture,
        ParentPicture,
        ObjectPicture,
        HugePrompt,
        Html,
        Ass,
        Stranger,
        ManyScenes,
        OtherLanguage,
        LongTexts,
        InvalidJson,
        Empty,
        MaxTokens,
    ] {
        check_answer(fault, false).await;
    }
    check_answer(Fenced, true).await;
}

async fn check(fault: WriterFault, means: Meaning, sentence: &str, calls: usize) {
    let double = double().await;
    let timeouts = if matches!(fault, WriterFault::Slow { .. }) { short() } else { Timeouts::default() };
    for (index, writer) in both(double.base_url(), timeouts).into_iter().enumerate() {
        double.fault(fault);
        let error = writer.write(&fox(), asked(true).1).await.err().unwrap_or_else(|| panic!("{fault:?}"));
        assert_eq!(meaning(&error), means, "{fault:?}: {error}");
        assert!(
            error.to_string().contains(sentence) && !error.to_string().contains("key-double"),
            "{fault:?}: {error}"
        );
        let log = double.log();
        assert_eq!(
            (log.calls.len(), log.refusals.len()),
            (calls * (index + 1), (1 - calls) * (index + 1)),
            "{fault:?}"
        );
        if let WriterFault::RateLimit { retry_after_s } = fault {
            let wait = Some(u64::from(retry_after_s) * 1_000);
            assert_eq!(error, MakerError::Busy(HowBusy { retry_after_ms: wait, ..HowBusy::default() }));
        }
    }
}

#[tokio::test]
async fn each_fault_is_one_call_and_means_what_it_cost() {
    tokio::join!(
        check(WriterFault::Blocked, Refused, "change the text", 1),
        check(WriterFault::Refusal, Refused, "change the text", 1),
        check(WriterFault::RateLimit { retry_after_s: 34 }, Busy, "", 0),
        check(WriterFault::Quota, Spent, "quota", 0),
        check(WriterFault::Overloaded, Broken, "overloaded", 0),
        check(WriterFault::InternalError, Unknown, "(500)", 0),
        check(WriterFault::Slow { ms: 60_000 }, Unknown, "took too long", 1),
        check(WriterFault::Reset, Unknown, "did not answer", 1),
        check(WriterFault::Cut, Unknown, "was cut", 1),
        check(WriterFault::Gateway, Unknown, "(503)", 1),
        check(WriterFault::OtherShape, Unknown, "", 1),
    );
}

#[tokio::test]
async fn a_wrong_key_or_model_is_named_and_nothing_is_charged() {
    let double = double().await;
    let at = || double.base_url().to_owned();
    let wrong = Key::new("key-secret");
    let open = |settings: Settings, is_gemini: bool| -> Arc<dyn Writer> {
        let settings = Settings { base_url: at(), ..settings };
        if is_gemini {
            Arc::new(Gemini::open(settings).unwrap())
        } else {
            Arc::new(Chat::open(settings, AnswerForm::Schema, None).unwrap())
        }
    };
    let right = Key::new("key-double");
    let no_model = |settings: Settings| Settings { model: "nothing".to_owned(), key: right.clone(), ..settings };
    for (writer, means, sentence) in [
        (open(Settings::gemini(wrong.clone().unwrap()), true), Spent, "set GEMINI_API_KEY"),
        (open(Settings { key: wrong, ..Settings::chat("model-double") }, false), Spent, "set OPENAI_API_KEY"),
        (open(no_model(Settings::gemini(right.clone().unwrap())), true), Refused, "ONETAKE_WRITER_MODEL"),
        (open(no_model(Settings::chat("")), false), Refused, "ONETAKE_WRITER_MODEL"),
    ] {
        let error = writer.write(&fox(), asked(true).1).await.err().unwrap();
        assert!(meaning(&error) == means && error.to_string().contains(sentence), "{error}");
        assert!(!error.to_string().contains("key-secret"), "{error}");
        assert_eq!(writer.write(&fox(), asked(false).1).await.err(), Some(MakerError::TooLate));
    }
    assert_eq!((double.log().calls.len(), double.log().refusals.len()), (0, 4));
}

#[tokio::test]
async fn servers_differ_and_both_switches_fit_them() {
    let settings = WriterSettings {
        api_key: None,
        knows_schemas: false,
        limit_field: "max_completion_tokens".to_owned(),
        counts_tokens: false,
        ..WriterSettings::default()
    };
    let double = doubles::Writer::start(settings).await.unwrap();
    let open = |form, limit| {
        let settings = Settings { base_url: format!("{}/v1", double.base_url()), ..Settings::chat("model-double") };
        Chat::open(settings, form, limit).unwrap()
    };
    let refused = open(AnswerForm::Schema, None).write(&fox(), asked(true).1).await.err().unwrap();
    assert!(refused.to_string().contains("ONETAKE_WRITER_LIMIT"), "{refused}");
    let limit = Some(LimitField::MaxCompletionTokens);
    let refused = open(AnswerForm::Schema, limit).write(&fox(), asked(true).1).await.err().unwrap();
    assert!(refused.to_string().contains("ONETAKE_WRITER_FORMAT"), "{refused}");
    let written = open(AnswerForm::Object, limit).write(&fox(), asked(true).1).await.unwrap();
    assert!(matches!(fox().judge(&written), Judged::Done(_)), "{}", written.text);
    assert!(written.tokens.asked > 100 && written.tokens.answered > 50, "estimated where nobody counts");
    assert_eq!(double.log().calls[0].body["max_completion_tokens"], json!(fox().most_answer_tokens()));
}

#[tokio::test]
async fn an_answer_without_end_is_not_held() {
    let endless = whole("200 OK", "", &"x".repeat(8 << 20));
    let server = Server::start(vec![vec![endless]]).await;
    for writer in both(&server.base_url, Timeouts::default()) {
        let written = writer.write(&fox(), asked(true).1).await.unwrap();
        assert!(written.text.is_empty() && matches!(written.ended, Ended::Early(_)));
        assert!(written.tokens.answered == fox().most_answer_tokens(), "as much as it may have cost");
        assert!(matches!(fox().judge(&written), Judged::Again(_)));
    }
}

#[tokio::test]
async fn the_rehearsal_writes_everything_into_bounds() {
    let long = "Der Fuchs schwamm weiter, immer weiter. ".repeat(2_500);
    let unbroken = "x".repeat(100_000);
    for (text, scenes, expected) in [
        (STORY, 3, 3),
        (STORY, 2, 2),
        ("a", 60, 1),
        ("狐狸醒来了。它看见了大海！它游泳。", 3, 3),
        ("استيقظ الثعلب. رأى البحر. سبح.", 3, 3),
        ("<b>Hi</b> {\\b1} <<script>> {{\\x https://x/../y file:///etc. \u{202e}Yes", 5, 1),
        ("1984", 1, 1),
        ("👍👍👍 a 👍… ??? ***", 9, 1),
        (long.trim(), 60, 60),
        (unbroken.as_str(), 60, 60),
        (unbroken.as_str(), 1, 1),
    ] {
        let task = story(&json!({"text": text, "scenes": scenes, "speakers": {"Ana": {}, "Bo": {}}}));
        let written = RehearsalWriter.write(&task, asked(true).1).await.unwrap();
        let Judged::Done(told) = task.judge(&written) else { panic!("{:.60}: {:?}", text, task.read(&written)) };
        assert!(told.script.lines.len() <= scenes && told.script.lines.len() >= expected.min(2), "{text:.60}");
        if expected == 3 {
            let speakers: Vec<&str> = told.script.lines.iter().map(|line| line.speaker.as_str()).collect();
            assert_eq!(speakers, ["Ana", "Bo", "Ana"], "{text}");
        }
        assert!(task.bounds().hold(&told.script) && !told.title.is_empty(), "{text:.60}");
        let read = script_from_value(&serde_json::to_value(&told.script).unwrap(), Limits::default());
        assert_eq!(read.as_ref(), Ok(&told.script), "{text:.60}");
        assert_eq!(RehearsalWriter.write(&task, asked(true).1).await.unwrap(), written, "always the same");
        let kept = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).count();
        let said: usize = told.script.lines.iter().map(|line| kept(&line.text)).sum();
        assert_eq!(said, kept(text), "{text:.60}: all of it is said");
        if text.len() < 1_000 {
            let translation = Translation::of(told.script.clone(), &told.title, "ru").unwrap();
            let task = WriterTask::new(Work::Translation(translation));
            let written = RehearsalWriter.write(&task, asked(true).1).await.unwrap();
            let Judged::Done(other) = task.judge(&written) else { panic!("{text}: {:?}", task.read(&written)) };
            assert!(
                other
                    .script
                    .lines
                    .iter()
                    .zip(&told.script.lines)
                    .all(|(a, b)| a.picture == b.picture && a.text != b.text)
            );
        }
    }
    assert_eq!(RehearsalWriter.write(&fox(), asked(false).1).await.err(), Some(MakerError::TooLate));
}

#[tokio::test]
async fn a_topic_becomes_sections_and_each_of_them_an_animation() {
    for is_gemini in [true, false] {
        let double = double().await;
        let [gemini, chat] = both(double.base_url(), Timeouts::default());
        let writer = if is_gemini { gemini } else { chat };
        let order = TopicReading::of_value(&json!({"text": "how tides work", "sections": 2}), "").into_order().unwrap();
        let told = write(&*writer, WriterTask::new(Work::Topic(order))).await.unwrap();
        assert_eq!((told.script.lines.len(), told.sections.len()), (2, 2));
        let profile = writer.profile();
        let brief = Brief {
            provider: profile.provider,
            base_url: profile.base_url,
            model: profile.model,
            section: told.sections[1].clone(),
            aspect: story::script::Aspect::Portrait,
            language: None,
            format: FORMAT,
        };
        let mut task = WriterTask::new(Work::Animation(Box::new(brief)));
        // Wrong twice, each time told what is wrong; then right.
        double.fault(WriterFault::Unsaid);
        double.fault(WriterFault::Fenced);
        double.fault(WriterFault::InvalidJson);
        let (mut judged, mut tries) = (None, 0);
        while judged.is_none() {
            tries += 1;
            let written = writer.write(&task, asked(true).1).await.unwrap();
            let problem = Problem { pointer: "/things/1/draw/formula".into(), detail: "no formula".into() };
            let proof = if tries == 2 { vec![problem] } else { Vec::new() };
            let read = task.sketch(&written).and_then(|sketch| Invalid::unless_empty(proof).map(|()| sketch));
            match task.judged(&written, read) {
                Judged::Done(animation) => judged = Some(Ok(animation)),
                Judged::Again(again) => {
                    assert_eq!(again.earlier.as_ref().map(|earlier| earlier.times), Some(tries));
                    task = *again;
                }
                Judged::Failed(sentence) => judged = Some(Err(sentence)),
            }
        }
        let sentence = judged.unwrap().unwrap_err();
        assert!(tries == 3 && sentence.starts_with("the writer's answer was wrong 3 times"), "{tries}: {sentence}");
        let log = double.log();
        let said: Vec<&str> = log.calls.last().unwrap().said.iter().map(String::as_str).collect();
        assert!(said.iter().any(|said| said.contains("no formula")), "{said:?}");
        let written = writer.write(&task, asked(true).1).await.unwrap();
        assert!(matches!(task.judged(&written, task.sketch(&written)), Judged::Done(_)), "{}", written.text);
    }
}
