//! Stories: what a writer answers is data, and what it makes the house ask of others was named before.

use crate::room::Ran;
use crate::stage::{Stage, quick, runtime};
use doubles::images::{ImageSettings, Images};
use doubles::writer::{Writer, WriterFault, WriterSettings};
use serde_json::{Value, json};

const STORY: &str = "A lighthouse keeper finds a bottle on the beach. Inside is a map of the sea floor. She rows out at \
                     night and follows it. At the cross she finds her own lamp, still burning.";

/// A stage with somebody who writes and somebody who draws.
struct Studio {
    stage: Stage,
    writer: Writer,
    images: Images,
}

impl Studio {
    fn new() -> Self {
        let drawing = ImageSettings { per_window: None, ..ImageSettings::default() };
        let (drawing_key, writing) = (drawing.api_key.clone().unwrap(), WriterSettings::default());
        let writing_key = writing.api_key.clone().unwrap();
        let images = runtime().block_on(Images::start(drawing)).unwrap();
        let writer = runtime().block_on(Writer::start(writing)).unwrap();
        let stage = quick()
            .with("TOGETHER_API_KEY", &drawing_key)
            .with("TOGETHER_BASE_URL", &images.base_url())
            .with("ONETAKE_IMAGES_PER_MINUTE", "none")
            .with("GEMINI_API_KEY", &writing_key)
            .with("GEMINI_BASE_URL", writer.base_url());
        stage.room.write("story.txt", STORY);
        Self { stage, writer, images }
    }

    fn run(&self, verb: &str, more: &[&str]) -> Ran {
        self.stage.run(&[&[verb, "story.txt", "--resolution", "240p", "--json"], more].concat())
    }

    fn read(&self, verb: &str, more: &[&str]) -> Value {
        let ran = self.run(verb, more);
        assert_eq!(ran.code, Some(0), "{verb} {more:?}\n{}", ran.err);
        serde_json::from_str(ran.out.lines().next_back().map_or("", |_| &ran.out)).unwrap_or_else(|_| {
            // One job after the other.
            let mut jobs = serde_json::Deserializer::from_str(&ran.out).into_iter::<Value>();
            jobs.by_ref().last().unwrap().unwrap()
        })
    }

    /// Characters that were asked of speech, and pictures that were asked for.
    fn asked(&self) -> (u64, usize) {
        let log = self.stage.log();
        (log.calls.iter().map(|call| call.text.chars().count() as u64).sum(), self.images.log().calls.len())
    }
}

#[test]
fn a_story_is_written_once_and_its_film_shows_and_says_each_scene_once() {
    let studio = Studio::new();
    let estimate = studio.read("estimate", &[]);
    assert!(studio.writer.log().calls.is_empty(), "an estimate asks nobody");
    let job = studio.read("film", &[]);
    assert_eq!((&job["source"], &job["status"]), (&"story".into(), &"succeeded".into()), "{job:#}");
    assert_eq!((&job["stages"]["write"]["done"], studio.writer.log().calls.len()), (&1.into(), 1));
    let (lines, scenes) = (job["counts"]["lines"].as_u64().unwrap(), job["counts"]["scenes"].as_u64().unwrap());
    assert_eq!((studio.stage.calls() as u64, studio.images.log().calls.len() as u64), (lines, scenes));
    let (characters, pictures) = studio.asked();
    assert!(characters <= estimate["characters"].as_u64().unwrap(), "{characters} characters\n{estimate:#}");
    assert!(pictures as u64 <= estimate["new_pictures"].as_u64().unwrap());
    assert!(job["cost"]["cost_usd"].as_f64().unwrap() <= estimate["cost_usd"].as_f64().unwrap());
}

#[test]
fn the_same_film_in_another_language_asks_for_no_picture_and_for_each_line() {
    let studio = Studio::new();
    let first = studio.read("film", &[]);
    let (pictures, calls) = (studio.images.log().calls.len(), studio.stage.calls());
    let other = studio.read("film", &["--lang", "de"]);
    assert_eq!(studio.images.log().calls.len(), pictures, "the pictures are there");
    assert_eq!(other["counts"]["pictures_reused"], first["counts"]["pictures"], "{other:#}");
    assert_eq!(other["counts"]["lines"], first["counts"]["lines"]);
    assert_eq!(studio.stage.calls() as u64, calls as u64 + other["counts"]["spoken"].as_u64().unwrap());
    assert_eq!(other["counts"]["spoken"], other["counts"]["lines"], "all words are new");
}

#[test]
fn whatever_a_writer_answers_lies_within_what_the_estimate_named() {
    for fault in [
        WriterFault::AddedFields,
        WriterFault::UrlPicture,
        WriterFault::FilePicture,
        WriterFault::ParentPicture,
        WriterFault::ObjectPicture,
        WriterFault::HugePrompt,
        WriterFault::Html,
        WriterFault::Ass,
        WriterFault::Stranger,
        WriterFault::ManyScenes,
        WriterFault::OtherLanguage,
        WriterFault::LongTexts,
    ] {
        let studio = Studio::new();
        let estimate = studio.read("estimate", &["--scenes", "3"]);
        studio.writer.fault(fault);
        studio.writer.fault(fault);
        let ran = studio.run("film", &["--scenes", "3"]);
        let (characters, pictures) = studio.asked();
        assert!(studio.writer.log().calls.len() <= 2, "{fault:?}: a wrong answer goes back once");
        assert!(characters <= estimate["characters"].as_u64().unwrap(), "{fault:?}: {characters} characters");
        assert!(pictures as u64 <= estimate["new_pictures"].as_u64().unwrap(), "{fault:?}: {pictures} pictures");
        let voices: Vec<String> = studio.stage.log().calls.iter().map(|call| call.voice_id.clone()).collect();
        assert!(voices.windows(2).all(|pair| pair[0] == pair[1]), "{fault:?}: one narrator: {voices:?}");
        for call in studio.images.log().calls {
            let is_data =
                !call.prompt.starts_with("file:") && !call.prompt.contains("../") && !call.prompt.contains("://");
            assert!(is_data && call.prompt.len() < 4_000, "{fault:?}: {}", call.prompt);
        }
        match ran.code {
            Some(0) => assert!(characters > 0, "{fault:?}"),
            _ => assert!(ran.err.contains("wrong twice") && characters == 0 && pictures == 0, "{fault:?}\n{}", ran.err),
        }
    }
}

#[test]
fn a_story_that_could_not_be_written_is_written_when_it_is_retried() {
    let studio = Studio::new();
    studio.writer.fault(WriterFault::Refusal);
    let ran = studio.run("film", &[]);
    assert_ne!(ran.code, Some(0));
    assert_eq!(studio.asked(), (0, 0));
    let jobs = studio.stage.read(&["jobs"]);
    let job = &jobs["jobs"][0];
    assert_eq!((&job["status"], &job["source"]), (&"failed".into(), &"story".into()), "{job:#}");
    let again = studio.stage.run(&["retry", job["id"].as_str().unwrap()]);
    assert_eq!(again.code, Some(0), "{}", again.err);
    assert!(again.out.contains("title"), "{}", again.out);
}

#[test]
fn a_final_film_after_its_draft_asks_nobody_for_anything() {
    let studio = Studio::new();
    let line = |text: &str, prompt: &str| json!({ "speaker": "Ana", "text": text, "picture": { "prompt": prompt } });
    let lines = [line("A lamp in the night.", "a lighthouse"), line("And the sea below.", "the sea")];
    let script = json!({ "speakers": { "Ana": {} }, "lines": lines });
    let draft = studio.stage.make("film", &script, &["--quality", "draft"]);
    assert_eq!((studio.stage.calls(), studio.images.log().calls.len()), (2, 2));
    let film = studio.stage.make("film", &script, &[]);
    assert_eq!((studio.stage.calls(), studio.images.log().calls.len()), (2, 2), "nobody was asked again");
    assert_eq!((&film["cost"]["characters_paid"], &film["duration_s"]), (&json!(0), &draft["duration_s"]));
    let again = studio.stage.make("film", &script, &["--quality", "draft"]);
    let rendered = |job: &Value| job["counts"]["scenes_reused"].clone();
    assert_eq!([rendered(&draft), rendered(&film), rendered(&again)], [json!(0), json!(0), json!(2)], "{film:#}");
}
