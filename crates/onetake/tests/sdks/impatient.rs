//! A caller that waits for less time than the call takes, and calls again.

use crate::house::{Direct, House};
use crate::sdk::with_both;
use doubles::Settings;
use serde_json::{Value, json};

const TEXT: &str = "This takes three seconds to begin.";

fn order(call: &str, timeout_s: Option<u64>) -> Value {
    match timeout_s {
        Some(timeout_s) => json!({"call": call, "text": TEXT, "timeout_s": timeout_s, "retries": 3}),
        None => json!({"call": call, "text": TEXT}),
    }
}

fn slow() -> Settings {
    Settings { first_byte_ms: 3_000, ..Settings::default() }
}

#[test]
fn a_call_of_three_seconds_is_paid_once_for_a_caller_that_waits_one() {
    with_both(|caller| {
        let (direct, house) = (Direct::start("the double", slow()), House::start(slow()));
        let patient = caller.gets(&direct.side, &order("convert", None));
        let direct_first = caller.ask(&direct.side, &order("convert", Some(1)));
        let mut seen = caller.ask(&house.side, &order("convert", Some(1)));
        assert!(direct_first["exception"].is_string(), "{}: the double answered in a second", caller.sdk);
        assert_eq!(seen["exception"], direct_first["exception"], "{}: {seen:#}", caller.sdk);
        // The first second went by; the take is there after the third.
        for _ in 0..6 {
            if seen["exception"].is_null() {
                break;
            }
            seen = caller.ask(&house.side, &order("convert", Some(1)));
        }
        assert_eq!(seen["audio"], patient["audio"], "{}: {seen:#}", caller.sdk);
        for call in ["stream", "convert_with_timestamps", "stream_with_timestamps"] {
            let again = caller.gets(&house.side, &order(call, Some(1)));
            assert_eq!(again["audio"], patient["audio"], "{}: {call}", caller.sdk);
        }
        let log = house.stage.log();
        assert_eq!((log.calls.len(), log.max_in_flight), (1, 1), "{}", caller.sdk);
    });
}
