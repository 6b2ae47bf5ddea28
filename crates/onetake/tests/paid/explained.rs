//! Topics that are paid for: a writer who plans and animates, and a voice. Each is asked once.

use crate::stage::{Stage, quick, runtime};
use doubles::account::FaultKind;
use doubles::writer::{Writer, WriterFault, WriterSettings};
use serde_json::{Value, json};

struct Studio {
    stage: Stage,
    writer: Writer,
}

impl Studio {
    fn new() -> Self {
        let writing = WriterSettings::default();
        let key = writing.api_key.clone().unwrap();
        let writer = runtime().block_on(Writer::start(writing)).unwrap();
        let stage = quick()
            .with("ONETAKE_IMAGES", "rehearsal")
            .with("ONETAKE_CLIPS", "rehearsal")
            .with("GEMINI_API_KEY", &key)
            .with("GEMINI_BASE_URL", writer.base_url());
        Self { stage, writer }
    }

    fn explain(&self, more: &[&str]) -> Value {
        let explain = ["explain", "how tides work", "--sections", "3", "--resolution", "240p"];
        self.stage.read(&[&explain, more].concat())
    }
}

#[test]
fn a_topic_is_asked_for_once_and_what_is_there_is_not_asked_for_again() {
    let studio = Studio::new();
    let made = studio.explain(&[]);
    assert_eq!((&made["status"], &made["counts"]["animations"]), (&json!("succeeded"), &json!(3)), "{made:#}");
    assert_eq!(
        (studio.writer.log().calls.len(), studio.stage.calls()),
        (4, 3),
        "a plan, three animations, three takes"
    );
    assert!(made["cost"]["cost_usd"].as_f64().unwrap() > 0.0);
    let again = studio.explain(&["--fps", "25"]);
    assert_eq!(
        (&again["counts"]["animations_reused"], &again["counts"]["reused"]),
        (&json!(3), &json!(3)),
        "{again:#}"
    );
    assert_eq!((studio.writer.log().calls.len(), studio.stage.calls()), (5, 3), "a plan only");
}

#[test]
fn a_wrong_animation_goes_back_and_a_hopeless_one_becomes_a_card() {
    let studio = Studio::new();
    // The plan is right; of the animations that come first, answers are wrong.
    studio.writer.fault(WriterFault::Fenced);
    for _ in 0..9 {
        studio.writer.fault(WriterFault::Unsaid);
    }
    let made = studio.explain(&[]);
    assert_eq!((&made["status"], &made["counts"]["cards"]), (&json!("succeeded"), &json!(3)), "{made:#}");
    assert_eq!(studio.writer.log().calls.len(), 10, "each animation is asked for three times");
    let codes: Vec<&Value> = made["warnings"].as_array().unwrap().iter().map(|warning| &warning["code"]).collect();
    assert_eq!(codes, ["animation-card"; 3]);
    let again = studio.stage.read(&["retry", made["id"].as_str().unwrap()]);
    assert_eq!((&again["counts"]["cards"], again["warnings"].as_array().unwrap().len()), (&json!(0), 0), "{again:#}");
    assert_eq!((studio.writer.log().calls.len(), studio.stage.calls()), (13, 3));
}

#[test]
fn a_section_without_its_voice_is_there_and_a_retry_buys_that_voice_alone() {
    let studio = Studio::new();
    studio.stage.double.with_account(|account| {
        account.faults.push(doubles::account::Fault { times: 50, ..FaultKind::InternalError.for_text("Part 1") });
    });
    let explain = ["explain", "how tides work", "--sections", "3", "--resolution", "240p", "--json"];
    let ran = studio.stage.run(&explain);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    let jobs = studio.stage.read(&["jobs"]);
    let failed = &jobs["jobs"][0];
    let mut names: Vec<&str> =
        failed["files"].as_array().unwrap().iter().filter_map(|file| file["name"].as_str()).collect();
    // As they came.
    names.sort_unstable();
    assert_eq!(names, ["scene-000.mp4", "scene-001.mp4", "scene-002.mp4"], "{failed:#}");
    studio.stage.double.with_account(|account| account.faults.clear());
    let calls = studio.writer.log().calls.len();
    let made = studio.stage.read(&["retry", failed["id"].as_str().unwrap()]);
    assert_eq!((&made["status"], &made["counts"]["scenes_reused"]), (&json!("succeeded"), &json!(0)), "{made:#}");
    assert_eq!(studio.writer.log().calls.len(), calls, "nothing is written again");
    assert_eq!(made["counts"]["spoken"], 3);
}
