//! What was paid elsewhere: adopted it need not be paid again, and the audit names what is not of this house.

use crate::room::{dialogue, signal};
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

/// A script whose requests differ from those of the defaults in all that the history does not tell.
fn particular() -> Value {
    let mut script = dialogue();
    script["seed"] = json!(7);
    script["lines"][1]["retake"] = json!(1);
    script
}

#[test]
fn takes_that_are_gone_are_adopted_again_under_the_request_they_were_paid_for() {
    let stage = quick();
    stage.make("film", &particular(), &[]);
    stage.listed();
    let (outcomes, _) = adopt(&stage);
    assert_eq!(outcomes, ["known"; 4]);
    let forget = || {
        let jobs = stage.read(&["jobs"]);
        let ids = jobs["jobs"].as_array().unwrap().iter().map(|job| job["id"].as_str().unwrap());
        let rm: Vec<&str> = ["rm"].into_iter().chain(ids).collect();
        for arguments in [&rm[..], &["sweep", "--keep-takes-mb", "0"]] {
            assert_eq!(stage.run(arguments).code, Some(0), "{arguments:?}");
        }
    };
    forget();
    assert_eq!(stage.make("estimate", &particular(), &[])["new_lines"], 4);
    let (outcomes, _) = adopt(&stage);
    assert_eq!(outcomes, ["filed"; 4]);
    assert_eq!(stage.make("estimate", &particular(), &[])["new_lines"], 0);
    let audit = stage.audit();
    assert_eq!((&audit["ledger"]["adopted"], &audit["ledger"]["recovered"]), (&json!(0), &json!(4)), "{audit:#}");
    let new = stage.another();
    for _ in 0..2 {
        let (outcomes, _) = adopt(&new);
        assert_eq!(outcomes, ["filed"; 4]);
        assert_eq!(new.make("estimate", &dialogue(), &[])["new_lines"], 0);
        assert_eq!(new.run(&["sweep", "--keep-takes-mb", "0"]).code, Some(0));
    }
    assert_eq!(new.read(&["audit"])["ledger"]["adopted"], 4);
}

#[test]
fn a_call_that_is_not_settled_keeps_its_sound_for_itself() {
    let stage = quick();
    stage.double.change(Change { speed: Some(1.0), ..Change::default() });
    stage.room.write("script.json", particular().to_string());
    let mut film = stage.command(&["film", "script.json", "--resolution", "240p"]).spawn().unwrap();
    stage.until(|account| account.log().calls.len() == 2);
    // The first take is stored while the second is spoken.
    while stage.read(&["stats"])["lines"]["successful"] != 1 {}
    signal(&film, "KILL");
    film.wait().unwrap();
    stage.listed();
    let (mut outcomes, _) = adopt(&stage);
    outcomes.sort_by_key(Value::to_string);
    assert_eq!(outcomes, ["known", "of-an-open-call"]);
    stage.double.change(Change { speed: Some(0.0), ..Change::default() });
    stage.make("film", &particular(), &[]);
    assert_eq!(stage.calls(), 4, "no line is bought twice");
    stage.listed();
    stage.audit();
}

#[test]
fn a_sound_that_cannot_be_had_stops_no_other() {
    let old = quick();
    old.make("preview", &dialogue(), &[]);
    old.listed();
    let item = old.double.with_account(|account| account.items()[1].id.clone());
    old.double.change(Change { down: Some(vec![format!("/v1/history/{item}/audio")]), ..Change::default() });
    let new = old.another();
    let (outcomes, _) = adopt(&new);
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == "filed").count(), 3, "{outcomes:?}");
    let unusable = outcomes.iter().find_map(|outcome| outcome["unusable"].as_str());
    assert!(unusable.is_some_and(|why| why.contains("out of service")), "{outcomes:?}");
    old.double.change(Change { down: Some(Vec::new()), ..Change::default() });
    let (mut outcomes, _) = adopt(&new);
    outcomes.sort_by_key(Value::to_string);
    assert_eq!(outcomes, ["filed", "known", "known", "known"]);
    assert_eq!(new.make("estimate", &dialogue(), &[])["new_lines"], 0);
}

#[test]
fn what_spoke_no_text_is_no_take() {
    let old = quick();
    old.make("preview", &dialogue(), &[]);
    old.double.with_account(|account| account.make_textless("Good morning to the harbour"));
    old.listed();
    let new = old.another();
    let (outcomes, adopted) = adopt(&new);
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == "filed").count(), 3, "{outcomes:?}");
    let other = adopted["items"].as_array().unwrap().iter().find(|item| item["text"] == "").unwrap();
    assert!(other["outcome"]["unusable"].is_string() && other["take"].is_null(), "{other:#}");
    let film = new.make("film", &dialogue(), &[]);
    assert_eq!((&film["counts"]["spoken"], &film["counts"]["reused"]), (&json!(1), &json!(3)));
}

#[test]
fn numbers_that_the_history_tells_as_short_floats_are_those_of_the_script() {
    let mut script = dialogue();
    script["speakers"]["Ana"] = json!({ "voice_settings": { "stability": 0.3, "speed": 1.1 } });
    let old = quick();
    old.double.change(Change { history_floats: Some(true), ..Change::default() });
    old.make("preview", &script, &[]);
    old.listed();
    let new = old.another();
    adopt(&new);
    assert_eq!(new.make("estimate", &script, &[])["new_lines"], 0);
}
