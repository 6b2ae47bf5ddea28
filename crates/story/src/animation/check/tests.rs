use super::*;
use serde_json::{Value, json};

fn good() -> Value {
    json!({
        "title": "Gradient descent",
        "things": [
            {"id": "net", "draw": {"network": {"layers": [2, 3, 1], "labels": ["in", "hidden", "out"]}}},
            {"id": "loss", "draw": {"formula": "L = (y - hat(y))^2"}, "color": "bad"},
            {"id": "slope", "draw": {"formula": "partial L / partial w"}},
            {"id": "curve", "draw": {"axes": {"x": {"from": -2, "to": 2}, "y": {"from": 0, "to": 4}, "plots": [{"function": "x^2"}]}}},
            {"id": "back", "draw": {"arrow": {"from": "loss", "to": "net"}}}
        ],
        "layout": {"column": [{"thing": "net"}, {"row": [{"thing": "loss"}, {"place": "aside"}]}, {"thing": "curve"}]},
        "steps": [
            {"at": "network", "do": {"appear": ["net"]}},
            {"at": "error", "do": {"write": "loss"}},
            {"do": {"highlight": {"thing": "net", "part": 2}}},
            {"at": "back", "do": {"trim": "back"}},
            {"do": {"morph": {"thing": "loss", "into": "slope"}}},
            {"do": {"move": {"thing": "slope", "to": "aside"}}},
            {"do": {"connect": {"from": "slope", "to": "curve"}}},
            {"do": {"camera": ["curve"]}},
            {"do": {"camera": []}},
            {"do": {"pulse": "curve"}},
            {"do": {"remove": ["net", "slope"]}}
        ]
    })
}

const SAID: [&str; 7] = ["The", "network", "sends", "its", "error", "back", "again."];

fn found(value: &Value) -> Vec<String> {
    let animation: Animation = serde_json::from_value(value.clone()).unwrap();
    problems(&animation, Some(&SAID))
        .into_iter()
        .map(|problem| format!("{}: {}", problem.pointer, problem.detail))
        .collect()
}

/// `change` to an animation that is otherwise good.
#[track_caller]
fn check(change: impl FnOnce(&mut Value), expected: &[&str]) {
    let mut value = good();
    change(&mut value);
    assert_eq!(found(&value), expected);
}

#[test]
fn what_is_right_has_no_problems_and_goes_through_json_unchanged() {
    check(|_| {}, &[]);
    let animation: Animation = serde_json::from_value(good()).unwrap();
    let again: Animation = serde_json::from_str(&serde_json::to_string(&animation).unwrap()).unwrap();
    assert_eq!(animation, again);
}

#[test]
fn names_must_be_those_of_things() {
    check(
        |value| value["things"][1]["id"] = json!("lost"),
        &[
            "/things/4/draw/arrow/from: no thing is called \"loss\"; there are net, lost, slope, curve, back",
            "/layout/column/1/row/0/thing: no thing is called \"loss\"; there are net, lost, slope, curve, back",
            "/things/1/id: \"lost\" stands nowhere in the layout; put it there",
            "/steps/1/do/write: no thing is called \"loss\"; there are net, lost, slope, curve, back",
            "/steps/4/do/morph: no thing is called \"loss\"; there are net, lost, slope, curve, back",
            "/steps/5/do/move: \"slope\" is not there yet; show it first",
            "/steps/6/do/connect: \"slope\" is not there yet; show it first",
            "/steps/10/do/remove: \"slope\" is not there yet; show it first",
        ],
    );
    check(
        |value| value["things"][1]["id"] = json!("net"),
        &[
            "/things/1/id: another thing is called \"net\" too",
            "/things/4/draw/arrow/from: no thing is called \"loss\"; there are net, net, slope, curve, back",
            "/layout/column/1/row/0/thing: no thing is called \"loss\"; there are net, net, slope, curve, back",
            "/steps/1/do/write: no thing is called \"loss\"; there are net, net, slope, curve, back",
            "/steps/4/do/morph: no thing is called \"loss\"; there are net, net, slope, curve, back",
            "/steps/5/do/move: \"slope\" is not there yet; show it first",
            "/steps/6/do/connect: \"slope\" is not there yet; show it first",
            "/steps/10/do/remove: \"slope\" is not there yet; show it first",
        ],
    );
}

#[test]
fn things_are_shown_once_and_nothing_happens_to_what_is_not_there() {
    check(
        |value| value["steps"][2] = json!({"do": {"appear": ["net"]}}),
        &["/steps/2/do/appear: \"net\" is there already"],
    );
    check(
        |value| value["steps"][9] = json!({"do": {"pulse": "loss"}}),
        &["/steps/9/do/pulse: \"loss\" is not there any more"],
    );
    check(
        |value| value["steps"][5]["do"]["move"]["to"] = json!("net"),
        &["/steps/5/do/move/to: \"net\" stands there; remove or move it first"],
    );
    check(
        |value| value["steps"][5]["do"]["move"]["to"] = json!("there"),
        &["/steps/5/do/move/to: the layout has no \"there\"; there are aside, curve, loss, net"],
    );
    check(
        |value| value["steps"][2]["do"]["highlight"]["part"] = json!(3),
        &["/steps/2/do/highlight/part: there is no part 3: they are counted from 0 to 2"],
    );
}

#[test]
fn words_must_be_said_in_their_order() {
    check(
        |value| value["steps"][3]["at"] = json!("network"),
        &[
            "/steps/3/at: \"network\" is not said from the step before on; name words of the narration, in its order and as they are said",
        ],
    );
}

#[test]
fn what_cannot_be_drawn_is_refused() {
    for (place, value, sentence) in [
        (
            "/things/0/draw/network/layers/0",
            json!(9),
            "/things/0/draw/network/layers/0: 9 neurons: from 1 to 8 can be shown",
        ),
        (
            "/things/0/draw/network/labels",
            json!(["a"]),
            "/things/0/draw/network/labels: 1 labels for 3 layers: give one for each, or none",
        ),
        (
            "/things/1/draw/formula",
            json!("#read(\"/etc/passwd\")"),
            "/things/1/draw/formula: \"#\" cannot stand in a formula; leave it out",
        ),
        (
            "/things/1/draw/formula",
            json!("std.eval(\"1\")"),
            "/things/1/draw/formula: \"std\" is no mathematics; leave it out, or put it into quotation marks with another word",
        ),
        (
            "/things/3/draw/axes/x/to",
            json!(-2),
            "/things/3/draw/axes/x: ends where it begins, or before; \"from\" must be less than \"to\"",
        ),
        (
            "/things/3/draw/axes/plots/0/function",
            json!("y"),
            "/things/3/draw/axes/plots/0/function: \"y\" is not known; there are x, e, pi and sin cos tan tanh exp ln log sqrt abs floor ceil min max",
        ),
        ("/things/4/draw/arrow/to", json!("loss"), "/things/4/draw/arrow: from a thing to itself; name two things"),
    ] {
        check(|animation| *animation.pointer_mut(place).unwrap() = value, &[sentence]);
    }
}

#[test]
fn arrows_go_with_their_ends_and_nothing_becomes_what_was_there_before() {
    check(
        |value| value["steps"][9] = json!({"do": {"pulse": "back"}}),
        &["/steps/9/do/pulse: \"back\" is an arrow; it goes where its ends go"],
    );
    check(
        |value| {
            value["steps"][4] = json!({"do": {"remove": ["curve"]}});
            value["steps"][5] = json!({"do": {"pulse": "net"}});
            value["steps"][6] = json!({"do": {"pulse": "loss"}});
            value["steps"][7] = json!({"do": {"pulse": "net"}});
            value["steps"][8] = json!({"do": {"remove": ["net"]}});
            value["steps"][9] = json!({"do": {"pulse": "loss"}});
            value["steps"][10] = json!({"do": {"morph": {"thing": "loss", "into": "slope"}}});
            value["steps"][3] = json!({"do": {"pulse": "net"}});
            value["things"].as_array_mut().unwrap().pop();
        },
        &[],
    );
    check(
        |value| {
            value["things"][3]["id"] = json!("slope");
            value["things"][2]["id"] = json!("curve");
            value["things"].as_array_mut().unwrap().pop();
            value["layout"] = json!({"column": [{"thing": "net"}, {"thing": "loss"}, {"thing": "curve"}]});
            value["steps"] = json!([
                {"at": "network", "do": {"appear": ["slope"]}},
                {"do": {"remove": ["slope"]}},
                {"do": {"morph": {"thing": "loss", "into": "slope"}}},
            ]);
        },
        &["/steps/2/do/morph: \"slope\" was there before; take another thing"],
    );
}

#[test]
fn any_number_of_things_and_places_is_refused_at_once() {
    let many = |count: usize| -> Value {
        let things: Vec<Value> = (0..count).map(|n| json!({"id": format!("t{n}"), "draw": {"box": ""}})).collect();
        let ids: Vec<String> = (0..count).map(|n| format!("t{n}")).collect();
        let steps: Vec<Value> = (0..count).map(|_| json!({"do": {"appear": ids}})).collect();
        json!({"things": things, "steps": steps})
    };
    let found = found(&many(2_000));
    assert_eq!(
        found,
        [
            "/things: 2000 things: from 1 to 12 can be shown",
            "/steps: 2000 steps: from 0 to 40 can be shown",
            "/layout: 2000 things and places are too many: at most 24"
        ]
    );
    let places: Vec<Value> = (0..12)
        .map(|row| json!({"row": (0..12).map(|n| json!({"place": format!("p{row} {n}")})).collect::<Vec<_>>()}))
        .collect();
    check(
        |value| value["layout"] = json!({"column": places}),
        &["/layout: 144 things and places are too many: at most 24"],
    );
}
