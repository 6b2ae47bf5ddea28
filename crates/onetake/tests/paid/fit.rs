//! How long a film will be is said before it is paid, ever nearer as its voices are known, with what would make it fit.

use crate::stage::Stage;
use doubles::Settings;
use serde_json::{Value, json};

fn script(language: &str, numbers: std::ops::Range<usize>) -> Value {
    let words: &[&str] = match language {
        "de" => &["der", "und", "Brücke", "ist", "nicht", "die", "schöne", "Schiff", "auf", "dem", "Meer", "früh"],
        "ja" => &["海は", "静かで", "とても", "美しい", "日の", "船が", "ゆっくりと", "進む"],
        _ => &["the", "and", "wonderful", "is", "harbour", "of", "evening", "boats", "with", "light", "sea"],
    };
    let (space, comma, stop) = if language == "ja" { ("", "、", "。") } else { (" ", ", ", ".") };
    let line = |number: usize| {
        let words: Vec<&str> = (0..8 + number * 5 % 9).map(|at| words[(number * 31 + at * 17) % words.len()]).collect();
        let parts: Vec<String> = words.chunks(5).map(|part| part.join(space)).collect();
        json!({"speaker": "Ana", "text": format!("{}{stop}", parts.join(comma))})
    };
    json!({"speakers": {"Ana": {"voice_id": "EXAVITQu4vr4xnSDxMaL"}}, "lines": numbers.map(line).collect::<Vec<_>>()})
}

fn length_s(preview: &Value) -> f64 {
    preview["segments"].as_array().unwrap().last().unwrap()["end_s"].as_f64().unwrap() + 0.25
}

fn number(value: &Value, name: &str) -> f64 {
    value[name].as_f64().unwrap_or_else(|| panic!("{name} in {value:#}"))
}

/// One world. Lines that are each up to 15 % off by chance cannot all be told from ten others: how often it goes so well is counted
/// over many worlds beside `story::fit`.
fn check(language: &str, seed: u64) {
    let stage = Stage::new(Settings { voices_differ: true, seed, ..Settings::default() });
    let asked = script(language, 100..116);
    let before = stage.make("estimate", &asked, &[]);
    stage.make("preview", &script(language, 0..10), &[]);
    let calls = stage.calls();
    let after = stage.make("estimate", &asked, &["--fit", "20s"]);
    assert_eq!((calls, stage.calls()), (10, 10), "an estimate buys nothing");
    let spoken_s = length_s(&stage.make("preview", &asked, &["--fit", "20s"]));
    let off = |estimate: &Value| (number(estimate, "duration_s") - spoken_s).abs() / spoken_s;
    assert!(off(&before) <= 0.2, "{language} {seed}: {:.3} off before", off(&before));
    assert!(off(&after) <= 0.05, "{language} {seed}: {:.3} off after", off(&after));
    for estimate in [&before, &after] {
        let said = number(estimate, "duration_error_s") / number(estimate, "duration_s");
        assert!(off(estimate) <= said && said < 0.3, "{language} {seed}: {:.3} off, {said:.3} said", off(estimate));
    }
    assert!(number(&after, "duration_error_s") < 0.4 * number(&before, "duration_error_s"));
    assert_eq!(before["proposals"], Value::Null);
    let kinds: Vec<&Value> = after["proposals"].as_array().unwrap().iter().map(|proposal| &proposal["kind"]).collect();
    assert_eq!(kinds, ["pauses", "speed", "cut"]);
    let cut = &after["proposals"][2];
    assert!(cut["fits"] == true && number(cut, "duration_s") <= 20.0, "{cut}");
    // What was spoken is as long as it is; each line begins on a frame.
    let known = stage.make("estimate", &asked, &["--fit", "10m"]);
    assert_eq!((number(&known, "duration_error_s"), &known["proposals"]), (0.0, &json!([])));
    assert!((number(&known, "duration_s") - spoken_s).abs() < 16.0 / 30.0 + 0.01);
    // Without the lines that it said, it is as long as it said, and nothing is spoken.
    let mut shorter = asked.clone();
    let cut = stage.make("estimate", &asked, &["--fit", "20s"])["proposals"][2].clone();
    for line in cut["lines"].as_array().unwrap().iter().rev() {
        shorter["lines"].as_array_mut().unwrap().remove(line.as_u64().unwrap() as usize);
    }
    let estimate = stage.make("estimate", &shorter, &[]);
    assert!((number(&estimate, "duration_s") - number(&cut, "duration_s")).abs() < 1e-6 && estimate["new_lines"] == 0);
}

#[test]
fn english_is_known_after_ten_lines() {
    check("en", 1);
    check("en", 2);
}

#[test]
fn german_is_known_after_ten_lines() {
    check("de", 1);
    check("de", 2);
}

#[test]
fn japanese_is_known_after_ten_lines() {
    check("ja", 1);
}

#[test]
fn lines_that_are_taken_over_make_their_voice_known() {
    let elsewhere = Stage::new(Settings { voices_differ: true, ..Settings::default() });
    elsewhere.make("preview", &script("de", 0..10), &[]);
    elsewhere.listed();
    let stage = elsewhere.another();
    let error_s = || number(&stage.make("estimate", &script("de", 100..116), &[]), "duration_error_s");
    let before_s = error_s();
    stage.read(&["adopt", "--since", "1d"]);
    let after_s = error_s();
    assert!(after_s < 0.4 * before_s, "{before_s} s before, {after_s} s after");
}

#[test]
fn a_person_is_told_before_anything_is_paid() {
    let stage = Stage::new(Settings { voices_differ: true, ..Settings::default() });
    stage.room.write("script.json", script("en", 0..8).to_string());
    let ran = stage.run(&["estimate", "script.json", "--fit", "12s"]);
    for told in ["▸ fit ", " s more than 12 s", "pauses of 0 % of what they are: ", "(spoken anew): ", "without line "]
    {
        assert!(ran.out.contains(told), "{told:?} in {}", ran.out);
    }
    let ran = stage.run(&["preview", "script.json", "--resolution", "240p", "--fit", "12s"]);
    let told = ran.err.find("more than 12 s").expect(&ran.err);
    assert!(told > ran.err.find("▸ speech").unwrap() && stage.calls() == 8, "{}", ran.err);
    assert_eq!(stage.run(&["estimate", "script.json", "--fit", "soon"]).code, Some(2));
}
