//! Lines longer than a request, and lines that hear their neighbours.

use crate::room::dialogue;
use crate::stage::quick;
use serde_json::{Value, json};

/// Sound that is quick to make, for minutes of it.
const SMALL: &str = "mp3_22050_32";

/// Sentences of 60 characters, as many as fill a line.
fn long(characters: usize) -> String {
    let sentence =
        |index: usize| format!("{:<59} ", format!("This is sentence {index:04} of a tale that goes on and on and on."));
    (0..characters / 60).map(sentence).collect::<String>().trim().to_owned()
}

#[test]
fn a_line_over_the_models_limit_is_a_row_of_takes_and_a_changed_end_buys_only_the_last() {
    let stage = quick().with("ONETAKE_SPEECH_FORMAT", SMALL);
    let script = |text: &str| json!({ "speakers": { "Ana": {} }, "lines": [{ "speaker": "Ana", "text": text }, { "speaker": "Ana", "text": "The end." }] });
    let text = long(12_000);
    let estimate = stage.make("estimate", &script(&text), &[]);
    let job = stage.make("preview", &script(&text), &[]);
    let log = stage.log();
    assert_eq!(log.calls.len(), 3);
    assert!(log.calls.iter().all(|call| call.characters <= 10_000));
    let lines: Vec<&Value> = job["segments"].as_array().unwrap().iter().map(|segment| &segment["line"]).collect();
    assert_eq!(lines, [&json!(0), &json!(0), &json!(1)]);
    assert_eq!((&job["counts"]["lines"], &job["counts"]["spoken"]), (&json!(2), &json!(2)));
    assert_eq!(
        (&job["cost"]["characters_paid"], &estimate["new_characters"]),
        (&json!(stage.used()), &json!(stage.used()))
    );
    let together: String = log.calls[..2].iter().map(|call| call.text.trim()).collect::<Vec<_>>().join(" ");
    assert_eq!(together, text.trim(), "nothing is said twice or not at all");
    assert!(log.calls[0].text.trim().ends_with('.'), "it is split at the end of a sentence");
    stage.make("preview", &script(&format!("{text} And on.")), &[]);
    let log = stage.log();
    assert_eq!(log.calls.len(), 4);
    assert!(log.calls[3].text.ends_with("And on."));
    stage.listed();
    stage.audit();
}

#[test]
fn a_film_of_a_line_of_two_takes_has_both() {
    let stage = quick().with("ONETAKE_SPEECH_FORMAT", SMALL);
    let text = long(5_040);
    let script = json!({ "speakers": { "Ana": { "model_id": "eleven_v3", "voice_settings": { "speed": 1.2, "stability": 0.5 } } },
        "lines": [{ "speaker": "Ana", "text": text }], "look": { "fps": 24 } });
    let film = stage.make("film", &script, &["--quality", "draft"]);
    assert_eq!((stage.calls(), film["segments"].as_array().unwrap().len()), (2, 2));
    let ends: Vec<f64> =
        film["segments"].as_array().unwrap().iter().map(|one| one["end_s"].as_f64().unwrap()).collect();
    let start_s = film["segments"][1]["start_s"].as_f64().unwrap();
    assert!(
        (start_s - ends[0]).abs() <= 1.0 / 24.0,
        "a line's pieces have no pause between them: {} to {start_s}",
        ends[0]
    );
    assert!(ends[1] > start_s);
}

#[test]
fn a_stitched_line_that_changes_buys_its_neighbours_too_and_the_estimate_says_so() {
    let stage = quick();
    let mut script = dialogue();
    script["speech"] = json!({ "stitch": true });
    let texts: Vec<String> =
        script["lines"].as_array().unwrap().iter().map(|line| line["text"].as_str().unwrap().to_owned()).collect();
    stage.make("preview", &script, &[]);
    let log = stage.log();
    for (index, call) in log.calls.iter().enumerate() {
        let text =
            |index: Option<usize>| index.and_then(|index| texts.get(index)).map_or(Value::Null, |text| json!(text));
        assert_eq!(call.text, texts[index]);
        assert_eq!(call.body["previous_text"], text(index.checked_sub(1)), "{}", call.body);
        assert_eq!(call.body["next_text"], text(Some(index + 1)), "{}", call.body);
        assert_eq!(call.charged, call.text.chars().count() as u64, "neighbours are not charged");
    }
    script["lines"][1]["text"] = json!("There is nobody here tonight");
    let used = stage.used();
    let estimate = stage.make("estimate", &script, &[]);
    stage.make("preview", &script, &[]);
    assert_eq!((stage.calls() - 4, &estimate["new_lines"]), (3, &json!(3)));
    assert_eq!(estimate["new_characters"], stage.used() - used);
}

#[test]
fn a_line_that_is_not_stitched_tells_nothing_of_its_neighbours() {
    let stage = quick();
    stage.make("preview", &dialogue(), &[]);
    let tells = |call: &doubles::account::LoggedCall| {
        call.body.get("previous_text").is_some() || call.body.get("next_text").is_some()
    };
    assert!(!stage.log().calls.iter().any(tells));
}
