//! What the gateway does not have.

use crate::house::House;
use crate::sdk::{Sdk, with_both};
use doubles::Settings;
use serde_json::json;

#[test]
fn what_the_gateway_does_not_have_is_refused_in_elevenlabs_shape_with_a_sentence() {
    with_both(|caller| {
        let house = House::start(Settings::default());
        let mut orders = vec![json!({"call": "history"}), json!({"call": "sound_effects", "text": "A door."})];
        if caller.sdk == Sdk::Python {
            orders.push(json!({"call": "realtime", "text": "Hello."}));
        }
        for order in &orders {
            let class = match (caller.sdk, order["call"].as_str()) {
                // Only Python's has speech over a WebSocket; who is refused there is the library below it.
                (Sdk::Python, Some("realtime")) => "InvalidStatus",
                (Sdk::Python, _) => "ApiError",
                (Sdk::JavaScript, _) => "ElevenLabsError",
            };
            let seen = caller.ask(&house.side, order);
            let refused = (seen["exception"].as_str(), seen["status"].as_u64());
            assert_eq!(refused, (Some(class), Some(404)), "{}: {order}: {seen:#}", caller.sdk);
            let detail = &seen["body"]["detail"];
            for name in ["type", "code", "status", "message", "request_id"] {
                assert!(detail[name].is_string(), "{}: {order}: no {name}: {seen:#}", caller.sdk);
            }
            let message = detail["message"].as_str().unwrap();
            assert!(message.contains("Onetake") && message.ends_with('.'), "{}: {order}: {message:?}", caller.sdk);
        }
        assert_eq!(house.paid(), 0, "{}", caller.sdk);
    });
}
