//! Many calls at once.

use crate::house::{Direct, House};
use crate::sdk::{Caller, Side, with_both};
use doubles::Settings;
use serde_json::{Value, json};

/// Of the first call: the others arrive meanwhile, so that all of them wait.
const FIRST_BYTE_MS: u64 = 300;

/// Apart enough to arrive in this order, near enough to come while the first is spoken or waited for.
const APART_MS: u64 = 60;

fn wide() -> Settings {
    Settings { first_byte_ms: FIRST_BYTE_MS, concurrency: Some(20), ..Settings::default() }
}

fn at_once(caller: &mut Caller, side: &Side, texts: &[String]) -> Vec<Value> {
    let orders: Vec<Value> = texts.iter().map(|text| json!({"call": "convert", "text": text})).collect();
    let seen = caller.ask(side, &json!({"orders": orders, "apart_ms": APART_MS}));
    let seen = seen.as_array().unwrap().clone();
    for (text, seen) in texts.iter().zip(&seen) {
        assert!(seen["exception"].is_null(), "{} at {}: {text}: {seen:#}", caller.sdk, side.name);
    }
    seen.into_iter().map(|seen| seen["audio"].clone()).collect()
}

#[test]
fn ten_texts_at_once_are_spoken_in_order_of_arrival_and_never_two_at_once() {
    with_both(|caller| {
        let (direct, house) = (Direct::start("the double", wide()), House::start(wide()));
        let texts: Vec<String> = (0..10).map(|number| format!("Text number {number} of ten.")).collect();
        let there = at_once(caller, &direct.side, &texts);
        assert!(direct.double.log().max_in_flight > 1, "{}: without a house they are not at once", caller.sdk);
        assert_eq!(at_once(caller, &house.side, &texts), there, "{}", caller.sdk);
        let log = house.stage.log();
        let spoken: Vec<&String> = log.calls.iter().map(|call| &call.text).collect();
        assert_eq!(spoken, texts.iter().collect::<Vec<_>>(), "{}", caller.sdk);
        assert_eq!(log.max_in_flight, 1, "{}", caller.sdk);
        assert!(log.refusals.is_empty(), "{}: {:?}", caller.sdk, log.refusals);
    });
}

#[test]
fn ten_calls_of_one_text_at_once_are_one_payment_and_ten_equal_answers() {
    with_both(|caller| {
        let (direct, house) = (Direct::start("the double", wide()), House::start(wide()));
        let texts = vec!["The same ten times.".to_owned(); 10];
        let there = at_once(caller, &direct.side, &texts);
        assert_eq!(direct.double.log().calls.len(), 10, "{}", caller.sdk);
        assert_eq!(at_once(caller, &house.side, &texts), there, "{}", caller.sdk);
        assert_eq!(house.paid(), 1, "{}", caller.sdk);
    });
}
