//! What a caller sees at two sides, row by row: all that differs is named.

use crate::house::{Direct, House};
use crate::rows::{self, Alike, ONE_TEXT, Row};
use crate::sdk::{Caller, Side, with_both};
use doubles::Settings;
use doubles::account::{Change, ErrorForm, Tier};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

/// Of these two sides must only agree that they are there.
const NAMES_OF_A_CALL: [&str; 3] = ["request-id", "x-trace-id", "history-item-id"];

/// Two times told at two moments are one if they lie no farther apart.
const MOMENT: Duration = Duration::from_mins(2);

/// Calls both sides with each row, and says what differs.
fn compare(caller: &mut Caller, sides: [&Side; 2], rows: &[Row]) -> Vec<String> {
    let mut wrong = Vec::new();
    for row in rows {
        let seen = sides.map(|side| {
            let mut side = side.clone();
            side.api_key = row.api_key.map_or(side.api_key, str::to_owned);
            caller.ask(&side, &row.order)
        });
        let [left, right] = seen.map(|seen| shown(&seen, row.alike));
        for (place, left, right) in differences(&left, &right) {
            let [here, there] = sides.map(|side| side.name);
            wrong.push(format!(
                "{}, {}: {place}: {here} {}, {there} {}",
                caller.sdk,
                row.says,
                brief(&left),
                brief(&right)
            ));
        }
    }
    wrong
}

/// What of it must be alike.
fn shown(seen: &Value, alike: Alike) -> Value {
    if alike == Alike::Refusal {
        return json!({"exception": seen["exception"], "status": seen["status"]});
    }
    let mut seen = seen.clone();
    if let Some(detail) = seen.pointer_mut("/body/detail").and_then(Value::as_object_mut)
        && let Some(id) = detail.get_mut("request_id")
    {
        *id = json!(id.is_string());
    }
    if let Some(headers) = seen.get_mut("headers").and_then(Value::as_object_mut) {
        let all = std::mem::take(headers);
        *headers = all.into_iter().filter_map(|(name, value)| header(&name, value)).collect();
    }
    seen
}

fn header(name: &str, value: Value) -> Option<(String, Value)> {
    let name = name.to_lowercase();
    if name == "date" || name.starts_with("x-onetake-") {
        return None;
    }
    let value = if NAMES_OF_A_CALL.contains(&name.as_str()) { json!("some") } else { value };
    Some((name, value))
}

/// Each place at which two values differ, with what stands there. Of two that ended otherwise only that is said, with each one's words.
fn differences(left: &Value, right: &Value) -> Vec<(String, Value, Value)> {
    if left["exception"] != right["exception"] {
        let ended = |seen: &Value| match &seen["exception"] {
            Value::Null => json!("had an answer"),
            class => json!([class, seen["status"], seen["body"], seen["says"]]),
        };
        return vec![("/exception".to_owned(), ended(left), ended(right))];
    }
    let mut found = Vec::new();
    walk("", left, right, &mut found);
    found
}

fn walk(place: &str, left: &Value, right: &Value, found: &mut Vec<(String, Value, Value)>) {
    match (left, right) {
        (Value::Object(one), Value::Object(other)) => {
            let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
            let at = |object: &Map<String, Value>, name: &str| object.get(name).cloned().unwrap_or(json!("(nothing)"));
            for name in names {
                walk(&format!("{place}/{name}"), &at(one, name), &at(other, name), found);
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (index, (one, other)) in one.iter().zip(other).enumerate() {
                walk(&format!("{place}/{index}"), one, other, found);
            }
        }
        (Value::Number(one), Value::Number(other)) if place.to_lowercase().ends_with("unix") => {
            let apart = one.as_u64().zip(other.as_u64()).map(|(one, other)| one.abs_diff(other));
            if apart.is_none_or(|seconds| seconds > MOMENT.as_secs()) {
                found.push((place.to_owned(), left.clone(), right.clone()));
            }
        }
        _ if left == right => {}
        _ => found.push((place.to_owned(), left.clone(), right.clone())),
    }
}

fn brief(value: &Value) -> String {
    let text = value.to_string();
    let short: String = text.chars().take(300).collect();
    if short == text { text } else { format!("{short}…") }
}

fn all_alike(wrong: &[String]) {
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

/// All rows that one account can be asked in this order.
fn all_rows() -> Vec<Row> {
    [rows::lists(), rows::with_a_wrong_key(), rows::refusals(), rows::speaking().0].into_iter().flatten().collect()
}

fn poor() -> Settings {
    Settings { credits: 5, ..Settings::default() }
}

#[test]
fn the_house_refuses_and_lists_as_the_provider_does() {
    with_both(|caller| {
        let (direct, house) = (Direct::start("the double", Settings::default()), House::start(Settings::default()));
        let sides = [&direct.side, &house.side];
        let rows: Vec<Row> =
            [rows::lists(), rows::with_a_wrong_key(), rows::refusals()].into_iter().flatten().collect();
        all_alike(&compare(caller, sides, &rows));
        assert_eq!(house.paid(), 0, "{}", caller.sdk);
    });
}

#[test]
fn the_house_speaks_as_the_provider_does_and_pays_once_for_a_take() {
    with_both(|caller| {
        let (direct, house) = (Direct::start("the double", Settings::default()), House::start(Settings::default()));
        let (rows, takes) = rows::speaking();
        all_alike(&compare(caller, [&direct.side, &house.side], &rows));
        let (paid_there, paid_here) = (direct.double.log(), house.stage.log());
        assert_eq!(
            (paid_there.calls.len(), paid_there.calls_for(ONE_TEXT)),
            (rows.len(), 4),
            "{}: directly",
            caller.sdk
        );
        assert_eq!((paid_here.calls.len(), paid_here.calls_for(ONE_TEXT)), (takes, 1), "{}: by the house", caller.sdk);
    });
}

#[test]
fn the_house_says_that_there_is_no_credit_as_the_provider_does() {
    with_both(|caller| {
        let (direct, house) = (Direct::start("the double", poor()), House::start(poor()));
        all_alike(&compare(caller, [&direct.side, &house.side], &rows::without_credit()));
        assert_eq!(house.paid(), 0, "{}", caller.sdk);
    });
}

#[test]
fn two_doubles_are_alike_in_every_row() {
    with_both(|caller| {
        let both =
            || [Direct::start("one double", Settings::default()), Direct::start("the other", Settings::default())];
        let [one, other] = both();
        all_alike(&compare(caller, [&one.side, &other.side], &all_rows()));
        let (one, other) = (Direct::start("one double", poor()), Direct::start("the other", poor()));
        all_alike(&compare(caller, [&one.side, &other.side], &rows::without_credit()));
    });
}

#[test]
fn a_double_that_is_otherwise_is_told_apart_in_every_row_that_shows_it() {
    with_both(|caller| {
        let one = Direct::start("one double", Settings::default());
        let other = Direct::start("the other", Settings { credits: 2_000_000, ..Settings::default() });
        other.double.change(Change {
            tier: Some(Tier::Scale),
            error_form: Some(ErrorForm::Legacy),
            api_key: Some("sk_wrong".to_owned()),
            ..Change::default()
        });
        other.double.with_account(|account| {
            for voice in &mut account.voices {
                voice.settings.speed = 0.7;
                voice.settings.stability = 0.1;
                voice.name.push_str(" the Other");
            }
        });
        let other = Direct { side: Side { api_key: "sk_wrong".to_owned(), ..other.side.clone() }, ..other };
        let wrong = compare(caller, [&one.side, &other.side], &all_rows());
        let told = |says: &str, place: &str| {
            let begins = format!("{}, {says}: {place}: one double ", caller.sdk);
            assert!(wrong.iter().any(|line| line.starts_with(&begins)), "not told: {begins}\n{}", wrong.join("\n"));
        };
        told("a whole answer", "/audio/sha256");
        told("a whole answer", "/headers/maximum-concurrent-requests");
        told("a stream", "/audio/bytes");
        told("a whole answer with times", "/alignment/times");
        told("a stream with times", "/normalized_alignment/times");
        told("µ-law", "/audio/sha256");
        told("a wrong voice, convert", "/status");
        told("an empty text, stream with times", "/body/detail/code");
        told("a text that is too long, convert", "/body/detail/code");
        told("a wrong key, whole", "/exception");
        told("a wrong key, voices", "/exception");
        told("the subscription", "/body/tier");
        told("all voices", "/body/voices/0/name");
    });
}
