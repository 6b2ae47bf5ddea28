//! What was paid elsewhere: adopted it need not be paid again, and the audit names what is not of this house.

use crate::room::dialogue;
use crate::stage::{Stage, quick};
use doubles::account::Change;
use serde_json::{Value, json};

/// The outcomes of all items, oldest or newest first.
fn adopt(stage: &Stage) -> (Vec<Value>, Value) {
    let adopted = stage.read(&["adopt", "--since", "90d"]);
    let items = adopted["items"].as_array().unwrap();
    (items.iter().map(|item| item["outcome"].clone()).collect(), adopted)
}

#[test]
fn a_new_house_adopts_what_another_paid_and_buys_none_of_it_again() {
    let old = quick();
    old.make("preview", &dialogue(), &[]);
    old.listed();
    let new = old.another();
    assert_eq!(new.make("estimate", &dialogue(), &[])["new_lines"], 4);
    let (outcomes, adopted) = adopt(&new);
    assert_eq!(outcomes, ["filed", "filed", "filed", "filed"]);
    assert_eq!(adopted["adopted_characters"], new.used());
    for line in dialogue()["lines"].as_array().unwrap() {
        let items = adopted["items"].as_array().unwrap();
        assert!(items.iter().any(|item| item["text"] == line["text"]), "{adopted:#}");
    }
    let estimate = new.make("estimate", &dialogue(), &[]);
    assert_eq!((&estimate["new_characters"], &estimate["cost_usd"]), (&json!(0), &json!(0.0)));
    let film = new.make("film", &dialogue(), &[]);
    assert_eq!((new.calls(), &film["counts"]["reused"], &film["cost"]["characters_paid"]), (4, &json!(4), &json!(0)));
    let (outcomes, _) = adopt(&new);
    assert_eq!(outcomes, ["known", "known", "known", "known"]);
    let audit = new.read(&["audit"]);
    assert_eq!((&audit["agrees"], &audit["ledger"]["paid_characters"]), (&json!(true), &json!(0)));
    assert_eq!((&audit["history"]["adopted_calls"], &audit["elsewhere"]), (&json!(4), &json!([])), "{audit:#}");
    old.audit();
}

#[test]
fn what_the_history_has_no_times_of_is_adopted_and_said_to_lack_them() {
    let old = quick();
    old.make("preview", &dialogue(), &[]);
    old.listed();
    old.double.change(Change { history_alignments: Some(false), ..Change::default() });
    let new = old.another();
    let (outcomes, _) = adopt(&new);
    assert_eq!(outcomes, ["filed-without-times"; 4]);
    let other = old.another();
    let ran = other.run(&["adopt", "--since", "90d"]);
    assert_eq!(ran.out.matches("the history has no times, words are placed by the sound").count(), 4, "{}", ran.out);
    let film = new.make("film", &dialogue(), &[]);
    assert_eq!((new.calls(), &film["counts"]["spoken"]), (4, &json!(0)));
    let manifest: Value =
        serde_json::from_slice(&std::fs::read(new.room.file(&film, "manifest.json")).unwrap()).unwrap();
    assert!(manifest["segments"].as_array().unwrap().iter().all(|segment| segment["word_times"] == "estimated"));
}

#[test]
fn calls_that_came_from_elsewhere_are_named_by_the_audit() {
    let ours = quick();
    ours.make("preview", &dialogue(), &[]);
    let line = json!({ "speakers": { "Ana": {} }, "lines": [{ "speaker": "Ana", "text": "Spoken by somebody else" }] });
    ours.another().make("preview", &line, &[]);
    ours.listed();
    let audit = ours.read(&["audit"]);
    assert_eq!(audit["agrees"], true);
    assert_eq!(audit["elsewhere"].as_array().unwrap().len(), 1);
    assert_eq!(audit["elsewhere"][0]["text"], "Spoken by somebody else");
    assert_eq!(audit["history"]["characters"], ours.used());
    assert_eq!(audit["history"]["our_characters"], audit["ledger"]["paid_characters"]);
    let ran = ours.run(&["audit"]);
    assert!(ran.out.contains("not ours") && ran.out.contains("they agree, to the character"), "{}", ran.out);
}
