//! Phrases that are spoken before anybody needs them.

use crate::stage::quick;
use serde_json::{Value, json};

const PHRASES: &str = "# what the harbour says\nWelcome to the harbour\n\n  Please wait here  \nThe ferry is late\n";

fn says(text: &str) -> Value {
    json!({ "speakers": { "Ana": {} }, "lines": [{ "speaker": "Ana", "text": text }] })
}

#[test]
fn a_phrase_that_was_warmed_costs_a_film_nothing() {
    let stage = quick();
    stage.room.write("phrases.txt", PHRASES);
    let ran = stage.run(&["warm", "phrases.txt"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.err.contains("3 of 3 lines to speak · 55 characters · $0.004 to pay"), "{}", ran.err);
    assert!(ran.out.contains("3/3 phrases ready"), "{}", ran.out);
    assert_eq!(stage.calls(), 3);
    let film = stage.make("film", &says("Please wait here"), &[]);
    assert_eq!((stage.calls(), &film["counts"]["reused"], &film["cost"]["characters_paid"]), (3, &json!(1), &json!(0)));
    stage.room.write("phrases.txt", format!("{PHRASES}Mind the gap\n"));
    let again = stage.read(&["warm", "phrases.txt"]);
    assert_eq!((stage.calls(), &again["counts"]["spoken"], &again["counts"]["reused"]), (4, &json!(1), &json!(3)));
}

#[test]
fn a_script_is_warmed_as_its_film_says_it() {
    let stage = quick();
    let plain = "ANA: Good morning to the harbour\nBO: There is nobody here today\n";
    stage.room.write("script.txt", plain);
    assert_eq!(stage.read(&["warm", "script.txt"])["counts"]["spoken"], 2);
    let film = stage.read(&["film", "script.txt", "--resolution", "240p"]);
    assert_eq!((stage.calls(), &film["counts"]["reused"]), (2, &json!(2)));
}

#[test]
fn a_list_for_one_voice_is_a_list_even_where_its_lines_begin_like_names() {
    let stage = quick();
    stage.room.write("phrases.txt", "Warning: mind the gap\nNote: the ferry is late\n");
    stage.read(&["warm", "phrases.txt", "--voice", "JBFqnCBsd6RMkjVDRZzb", "--model", "eleven_flash_v2_5"]);
    let said: Vec<_> = stage.log().calls.iter().map(|call| (call.voice_id.clone(), call.text.clone())).collect();
    let voice = "JBFqnCBsd6RMkjVDRZzb".to_owned();
    let expected = ["Warning: mind the gap", "Note: the ferry is late"].map(|text| (voice.clone(), text.to_owned()));
    assert_eq!(said, expected);
}

#[test]
fn a_list_that_cannot_be_spoken_is_refused_with_what_to_do_and_nothing_is_written() {
    let stage = quick().with("ONETAKE_MAX_LINES", "2");
    for (phrases, more, told) in [
        (
            PHRASES,
            &[][..],
            "3 phrases are too many: at most 2 at once; make several lists of it, or set ONETAKE_MAX_LINES",
        ),
        ("# nothing\n\n", &[], "no phrases; write one a line"),
        ("One\n", &["--voice", "nobody"], "--voice: "),
        ("One\n", &["--model", "none"], "--model: "),
    ] {
        stage.room.write("phrases.txt", phrases);
        let ran = stage.run(&[&["warm", "phrases.txt"], more].concat());
        assert_eq!((ran.code, ran.err.contains(told)), (Some(2), true), "{}", ran.err);
    }
    assert_eq!((stage.calls(), stage.room.data.exists()), (0, false));
}
