//! What is bought, and what is not bought again: in calls, characters and cents.

use crate::room::{dialogue, reused, spoken};
use crate::stage::{Stage, quick};
use serde_json::{Value, json};

/// What 1,000 characters cost where nothing else is set.
const USD_PER_1000: f64 = 0.08;

/// Makes something; `expected` calls reach the double, and their price is the bill, and was the estimate.
fn check(stage: &Stage, what: &str, verb: &str, script: &Value, expected: usize) -> Value {
    let (calls, used) = (stage.calls(), stage.used());
    let estimate = stage.make("estimate", script, &[]);
    assert_eq!(stage.calls(), calls, "{what}: an estimate buys nothing");
    let job = stage.make(verb, script, &[]);
    let paid = stage.used() - used;
    assert_eq!((stage.calls() - calls, spoken(&job)), (expected, expected as u64), "{what}");
    assert_eq!(reused(&job), 4 - expected as u64, "{what}");
    assert_eq!((&job["cost"]["characters_paid"], &estimate["new_characters"]), (&json!(paid), &json!(paid)), "{what}");
    assert_eq!(estimate["new_lines"], expected, "{what}");
    for (which, bill) in [("bill", &job["cost"]["cost_usd"]), ("estimate", &estimate["cost_usd"])] {
        let off = bill.as_f64().unwrap() - paid as f64 * USD_PER_1000 / 1000.0;
        assert!(off.abs() < 1e-9, "{what}: the {which} is {bill} for {paid} characters");
    }
    job
}

/// The dialogue was heard; then `change` is done to it, and `expected` of its lines are bought.
fn changed(stage: &Stage, what: &str, expected: usize, change: impl Fn(&mut Value)) {
    let mut script = dialogue();
    change(&mut script);
    check(stage, what, "preview", &script, expected);
}

fn heard() -> Stage {
    let stage = quick();
    check(&stage, "the first time", "preview", &dialogue(), 4);
    stage
}

#[test]
fn a_dialogue_of_four_lines_is_four_calls_at_preview_and_none_at_film() {
    let stage = heard();
    let preview = stage.read(&["jobs"])["jobs"][0]["id"].as_str().unwrap().to_owned();
    let film = stage.read(&["video", "--preview", &preview, "--resolution", "240p"]);
    assert_eq!((stage.calls(), spoken(&film), reused(&film)), (4, 0, 4));
    check(&stage, "the film of the script", "film", &dialogue(), 0);
    check(&stage, "the same again", "preview", &dialogue(), 0);
    assert_eq!(stage.log().max_in_flight, 1);
    stage.listed();
    let audit = stage.audit();
    assert_eq!((&audit["ledger"]["paid_calls"], &audit["history"]["our_calls"]), (&json!(4), &json!(4)));
    assert_eq!(audit["elsewhere"], json!([]));
}

#[test]
fn a_film_without_a_preview_first_buys_each_line_once() {
    let stage = quick();
    check(&stage, "the film", "film", &dialogue(), 4);
}

#[test]
fn a_changed_word_buys_one_line_and_a_changed_voice_those_of_its_speaker() {
    let stage = heard();
    changed(&stage, "a word", 1, |script| script["lines"][1]["text"] = json!("There is nobody here tonight"));
    changed(&stage, "a voice", 2, |script| script["speakers"]["Bo"] = json!({ "voice_id": "21m00Tcm4TlvDq8ikWAM" }));
    let setting = json!({ "voice_settings": { "stability": 0.9 } });
    changed(&stage, "a setting", 2, |script| script["speakers"]["Ana"] = setting.clone());
}

#[test]
fn volume_pause_order_picture_captions_and_aspect_buy_nothing() {
    let stage = heard();
    changed(&stage, "all of them", 0, |script| {
        script["speakers"]["Bo"] = json!({ "volume": 1.3 });
        script["lines"][2]["pause_ms"] = json!(900);
        script["lines"][1]["picture"] = json!({ "color": "#204060" });
        script["look"] = json!({ "captions": { "style": "box" }, "aspect": "1:1" });
        script["lines"].as_array_mut().unwrap().reverse();
    });
}

#[test]
fn a_retake_raised_buys_one_line_and_lowered_again_none() {
    let stage = heard();
    changed(&stage, "raised", 1, |script| script["lines"][3]["retake"] = json!(1));
    changed(&stage, "lowered again", 0, |_| {});
    changed(&stage, "raised again", 0, |script| script["lines"][3]["retake"] = json!(1));
}

#[test]
fn a_flash_model_costs_half_a_character_each_rounded_up_by_the_line() {
    let stage = quick();
    let mut script = dialogue();
    script["speakers"]["Ana"] = json!({ "model_id": "eleven_flash_v2_5" });
    let job = check(&stage, "one speaker by flash", "film", &script, 4);
    let half = |index: usize| script["lines"][index]["text"].as_str().unwrap().len().div_ceil(2) as u64;
    let whole = |index: usize| script["lines"][index]["text"].as_str().unwrap().len() as u64;
    assert_eq!(job["cost"]["characters_paid"], half(0) + whole(1) + half(2) + whole(3));
}

#[test]
fn what_is_the_same_to_the_provider_is_bought_once_however_it_is_written() {
    let stage = quick();
    let said = |more: Value| {
        let mut script = json!({ "speakers": { "Ana": { "model_id": "eleven_flash_v2_5" } }, "lines": [{ "speaker": "Ana", "text": "Hello there" }] });
        script.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        stage.make("preview", &script, &[]);
        stage.calls()
    };
    assert_eq!(said(json!({})), 1);
    assert_eq!(said(json!({ "speech": { "stitch": true } })), 1, "there is nothing before it and nothing after");
    assert_eq!(said(json!({ "language": "en" })), 2);
    assert_eq!(said(json!({ "language": "en-GB" })), 2, "the provider is sent `en`");
}
