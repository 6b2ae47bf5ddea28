//! Lines longer than a request, and lines that hear their neighbours.

use crate::room::dialogue;
use crate::stage::quick;
use serde_json::{Value, json};

/// Sentences of 58 characters, as many as fill a line. Most of each is a direction, which is charged and not heard: minutes of
/// sound would take as long to make.
fn long(characters: usize) -> String {
    let sentence = |index: usize| format!("[As if nobody else in the house were to hear it] Yes {index:04}.");
    (0..characters / 59).map(sentence).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_line_over_the_models_limit_is_a_row_of_takes_and_a_changed_end_buys_only_the_last() {
    let stage = quick();
    let script = |text: &str| {
        let line = |text: &str| json!({ "speaker": "Ana", "text": text, "picture": { "color": "#204060" } });
        json!({ "speakers": { "Ana": { "model_id": "eleven_v3" } }, "lines": [line(text), line("The end.")] })
    };
    let text = long(6_000);
    let estimate = stage.make("estimate", &script(&text), &[]);
    let film = stage.make("film", &script(&text), &["--quality", "draft"]);
    let log = stage.log();
    assert_eq!(log.calls.len(), 3);
    assert!(log.calls.iter().all(|call| call.characters <= 5_000));
    let segments = film["segments"].as_array().unwrap();
    assert_eq!(segments.iter().map(|one| &one["line"]).collect::<Vec<_>>(), [&json!(0), &json!(0), &json!(1)]);
    assert_eq!((&film["counts"]["lines"], &film["counts"]["spoken"]), (&json!(2), &json!(2)));
    let used = json!(stage.used());
    assert_eq!((&film["cost"]["characters_paid"], &estimate["new_characters"]), (&used, &used));
    let together = log.calls[..2].iter().map(|call| call.text.trim()).collect::<Vec<_>>().join(" ");
    assert!(together == text, "nothing is said twice or not at all");
    assert!(log.calls[0].text.trim().ends_with('.'), "it is split at the end of a sentence");
    let time = |index: usize, name: &str| segments[index][name].as_f64().unwrap();
    let pause_s = time(1, "start_s") - time(0, "end_s");
    assert!((0.0..=1.0 / 30.0).contains(&pause_s), "a line's pieces have no pause between them: {pause_s} s");
    stage.make("preview", &script(&format!("{text} And on.")), &[]);
    let log = stage.log();
    assert_eq!(log.calls.len(), 4);
    assert!(log.calls[3].text.ends_with("And on."));
    stage.listed();
    stage.audit();
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
