//! The same film in another language: only the words are new.

use super::{check, read};
use proptest::prelude::*;
use serde_json::{Value, json};
use story::Script;
use story::reading::{Limits, script_from_value};
use story::writing::{Translation, Work, WriterTask};

fn script() -> Script {
    let script = json!({
        "speakers": {"Ana": {"voice_id": "v"}, "Bo": {}}, "language": "en", "seed": 7, "look": {"fps": 25},
        "lines": [
            {"speaker": "Ana", "text": "The fox woke.", "pause_ms": 700, "picture": {"prompt": "A fox,  tense mood"}},
            {"speaker": "Bo", "text": "He swam.", "retake": 2},
            {"speaker": "Ana", "text": "狐狸", "picture": {"color": "#fff"}}]});
    script_from_value(&script, Limits::default()).unwrap()
}

pub(super) fn task(language: &str) -> WriterTask {
    WriterTask::new(Work::Translation(Translation::of(script(), "Fox", language).unwrap()))
}

fn lines(texts: [&str; 3]) -> Value {
    let line = |(index, text): (usize, &&str)| json!({"line": index, "text": text});
    json!({"title": "Fuchs", "lines": texts.iter().enumerate().map(line).collect::<Vec<_>>()})
}

#[test]
fn only_the_words_are_new() {
    let told = read(&task("de"), &lines(["Der Fuchs erwachte.", " Er schwamm. ", "Fuchs"])).unwrap();
    let mut expected = script();
    expected.language = Some("de".to_owned());
    for (line, text) in expected.lines.iter_mut().zip(["Der Fuchs erwachte.", "Er schwamm.", "Fuchs"]) {
        text.clone_into(&mut line.text);
    }
    assert_eq!((told.title.as_str(), &told.script), ("Fuchs", &expected));
    assert_eq!(told.script.lines[0].picture, script().lines[0].picture);
    let bounds = task("de").bounds();
    assert_eq!((bounds.scenes, bounds.new_pictures, bounds.speech_characters), (3, 0, 26 + 16 + 16 + 120));
    assert!(bounds.hold(&told.script));
}

#[test]
fn the_question_holds_the_lines_and_none_of_the_pictures() {
    let task = task("de");
    let [message] = &task.messages()[..] else { panic!("one message") };
    let material: Value = serde_json::from_str(&message.text).unwrap();
    assert_eq!(material["lines"][1], json!({"line": 1, "text": "He swam."}));
    assert!(!message.text.contains("mood") && task.instructions().contains("the code de"));
}

#[test]
fn a_wrong_translation_is_named() {
    let task = task("de");
    check(&task, &json!({"title": "x", "lines": []}), &["/lines: 0 lines, and it must be 3: one for each"]);
    check(
        &task,
        &json!({"title": "x", "scenes": []}),
        &[r#"(whole): "lines" is missing"#, "/scenes: unknown field; what can stand here: title, lines"],
    );
    let mut swapped = lines(["a", "b", "c"]);
    swapped["lines"][0]["line"] = json!(1);
    swapped["lines"][1] = json!({"line": 1, "text": "<i>b</i>", "picture": {"url": "file:///x"}});
    check(
        &task,
        &swapped,
        &[
            "/lines/1/picture: unknown field; what can stand here: line, text",
            "/lines/0/line: 1 stands where line 0 belongs",
            r#"/lines/1/text: holds markup ("<i>b</i>"); write plain words that can be spoken"#,
        ],
    );
    check(
        &task,
        &lines(["a", &"b".repeat(57), "c"]),
        &["/lines/1/text: 57 characters are too many for this line: at most 56"],
    );
    check(
        &task,
        &lines(["Лиса", "плыла", "Лиса"]),
        &["/lines: the texts are in Cyrillic letters, and belong in Latin letters: write them in that language"],
    );
}

#[test]
fn what_is_too_much_for_one_question_is_refused_before_it_is_asked() {
    let said = |script: Script, language: &str| Translation::of(script, "x", language).unwrap_err().to_string();
    assert!(said(script(), "Klingon!").contains("/language: \"Klingon!\" is not the code of a language"));
    let mut long = script();
    long.lines = vec![long.lines[0].clone(); 501];
    assert!(said(long.clone(), "de").contains("/lines: 501 lines are too many to be translated: at most 500"));
    long.lines.truncate(2);
    long.lines.iter_mut().for_each(|line| line.text = "x".repeat(50_001));
    assert!(said(long, "de").contains("/lines: 100,002 characters are too many"));
}

proptest! {
    #[test]
    fn whatever_is_answered_it_has_the_same_scenes(
        texts in proptest::collection::vec(prop_oneof!["[a-z]{1,9}[a-z ]{0,60}", "\\PC{0,30}"], 3..=3), more in proptest::option::weighted(0.1, 0_usize..3),
    ) {
        let mut answer = lines([&*texts[0], &*texts[1], &*texts[2]]);
        if let Some(at) = more {
            answer["lines"][at]["picture"] = json!({"url": "https://x"});
        }
        if let Ok(told) = read(&task("de"), &answer) {
            prop_assert!(more.is_none() && task("de").bounds().hold(&told.script));
            let mut same = told.script.clone();
            same.language = Some("en".to_owned());
            same.lines.iter_mut().zip(&script().lines).for_each(|(line, old)| line.text.clone_from(&old.text));
            prop_assert_eq!(same, script());
        }
    }
}
