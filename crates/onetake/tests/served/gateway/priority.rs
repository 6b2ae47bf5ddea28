//! `x-onetake-priority`: whose turn it is while the lane is busy.

use super::{FORMS, House, said};
use doubles::Settings;
use serde_json::json;

#[test]
fn who_is_in_a_hurry_comes_first_while_the_lane_is_busy() {
    let house = House::start(Settings { first_byte_ms: 1_500, ..Settings::default() });
    let side = house.side();
    let mut connections = vec![side.begin("", "", &[], &said("busy"))];
    house.until(|account| account.in_flight() > 0);
    let rows =
        [("video", Some("video")), ("preview", Some("preview")), ("interactive", Some("interactive")), ("none", None)];
    for (index, (text, priority)) in rows.into_iter().enumerate() {
        let header = priority.map(|priority| ("x-onetake-priority", priority));
        connections.push(side.begin(FORMS[index], "", header.as_slice(), &said(text)));
        house.queued(index as u64 + 1);
    }
    for mut connection in connections {
        assert_eq!(connection.whole().status, 200);
    }
    assert_eq!(house.spoken(), ["busy", "interactive", "none", "preview", "video"]);
}

#[test]
fn a_wish_that_nobody_knows_is_refused_in_the_providers_shape() {
    let house = House::start(Settings::default());
    for (name, value) in [
        ("x-onetake-priority", "urgent"),
        ("x-onetake-priority", ""),
        ("x-onetake-priority", "warm"),
        ("x-onetake-on-failure", "noise"),
        ("x-onetake-on-failure", "1"),
    ] {
        for form in FORMS {
            let told = house.side().begin(form, "", &[(name, value)], &said("A wrong wish.")).whole();
            let refused = told.json();
            let place = (&refused["detail"][0]["loc"], &refused["detail"][0]["type"]);
            assert_eq!((told.status, place), (422, (&json!(["header", name]), &json!("enum"))), "{value}: {told:?}");
            let sentence = refused["detail"][0]["msg"].as_str();
            assert!(
                sentence.is_some_and(
                    |text| text.starts_with("Input should be 'i") || text.starts_with("Input should be 'f")
                ),
                "{told:?}"
            );
        }
    }
    assert_eq!(house.stage.calls(), 0);
}
