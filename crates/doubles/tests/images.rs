//! The rules of who draws, asked by hand: the window on the double's own clock.

use doubles::account::Ended;
use doubles::images::{Begun, Door, ImageAccount, ImageFaultKind, ImageRefusal, ImageSettings};
use serde_json::{Value, json};

const KEY: Option<&str> = Some("img-double");

fn body(prompt: &str) -> Value {
    json!({"model": "black-forest-labs/FLUX.1-schnell", "prompt": prompt, "width": 64, "height": 64, "steps": 4, "response_format": "base64"})
}

fn begin(account: &mut ImageAccount, now_ms: u64) -> Result<Begun, ImageRefusal> {
    account.begin(Door::Generations, None, KEY, &body("a boat"), now_ms)
}

#[test]
fn no_window_holds_more_starts_than_it_may_wherever_it_begins() {
    let mut account = ImageAccount::new(ImageSettings::default());
    for start in [0, 10_000, 10_000, 30_000, 59_998, 59_999] {
        assert!(begin(&mut account, start).is_ok(), "{start}");
    }
    assert_eq!(begin(&mut account, 59_999).unwrap_err().status, 429);
    // The first has left its window; the second and third not yet.
    assert!(begin(&mut account, 60_000).is_ok());
    assert!(begin(&mut account, 69_999).is_err());
    assert!(begin(&mut account, 70_000).is_ok() && begin(&mut account, 70_000).is_ok());
    assert!(begin(&mut account, 70_000).is_err());
    let log = account.log();
    assert_eq!((log.calls.len(), log.violations(), log.most_starts_within(60_000)), (9, 3, 6));
    let error = begin(&mut account, 70_000).unwrap_err();
    let said = error.body["error"]["message"].as_str().unwrap();
    assert!(said.starts_with(
        "You have reached the rate limit specific to this model black-forest-labs/FLUX.1-schnell. The maximum rate limit for this model is 6.0 queries per minute."
    ));
    assert_eq!(
        (&error.body["error"]["type"], &error.body["error"]["code"]),
        (&json!("model_rate_limit"), &Value::Null)
    );
}

#[test]
fn a_violation_closes_the_account_and_asking_meanwhile_does_not_prolong_it() {
    let mut account = ImageAccount::new(ImageSettings { block_ms: 900_000, ..ImageSettings::default() });
    (0..6).for_each(|_| assert!(begin(&mut account, 0).is_ok()));
    assert!(begin(&mut account, 1_000).is_err());
    for now_ms in [1_001, 60_000, 500_000, 900_999] {
        assert!(account.is_closed(now_ms) && begin(&mut account, now_ms).is_err(), "{now_ms}");
    }
    assert!(!account.is_closed(901_000) && begin(&mut account, 901_000).is_ok());
    assert_eq!(account.log().violations(), 5);
}

#[test]
fn what_is_refused_takes_no_place_unless_it_was_begun() {
    let mut account = ImageAccount::new(ImageSettings::default());
    for _ in 0..10 {
        assert_eq!(account.begin(Door::Generations, None, Some("x"), &body("a"), 0).unwrap_err().status, 401);
        assert_eq!(account.begin(Door::Generations, None, KEY, &body(" "), 0).unwrap_err().status, 400);
        account.faults.push(ImageFaultKind::Busy { reset_s: Some(2) }.once());
        assert_eq!(begin(&mut account, 0).unwrap_err().reset_s, Some(2));
    }
    account.faults.push(ImageFaultKind::Moderation.times(2));
    account.faults.push(ImageFaultKind::Overloaded.once());
    let statuses = [(); 3].map(|()| begin(&mut account, 0).unwrap_err().status);
    assert_eq!((statuses, account.log().violations()), ([400, 400, 503], 0));
    assert!((0..3).all(|_| begin(&mut account, 0).is_ok()), "three of six places are left");
    assert_eq!((begin(&mut account, 0).unwrap_err().status, account.log().violations()), (429, 1));
}

#[test]
fn calls_are_counted_while_they_run_and_charged_as_their_faults_say() {
    let mut account = ImageAccount::new(ImageSettings { per_window: None, ..ImageSettings::default() });
    account.faults.push(ImageFaultKind::Lost { charged: false }.for_prompt("goat"));
    let begun: Vec<Begun> = (0..9).map(|at| begin(&mut account, at).unwrap()).collect();
    assert_eq!((account.in_flight(), account.log().max_in_flight), (9, 9));
    begun.iter().for_each(|call| account.end(call.id, Ended::Complete, 20));
    account.end(begun[0].id, Ended::Reset, 30);
    assert_eq!((account.in_flight(), account.log().calls[0].ended), (0, Some(Ended::Complete)));
    let goat = account.begin(Door::Generations, None, KEY, &body("a goat"), 40).unwrap();
    assert!(goat.fault.is_some());
    assert_eq!((account.log().charged(), account.log().charged_for("a goat"), account.log().calls.len()), (9, 0, 10));
    account.clear_log();
    assert_eq!(account.log().calls.len(), 1, "what runs is not forgotten");
}

#[test]
fn each_interface_takes_only_what_its_vendor_takes() {
    let mut account = ImageAccount::new(ImageSettings { per_window: None, ..ImageSettings::default() });
    let mut check = |door: Door, model: Option<&str>, body: Value, status: u16| {
        let status_is = account.begin(door, model, KEY, &body, 0).map_or_else(|refusal| refusal.status, |_| 200);
        assert_eq!(status_is, status, "{body}");
    };
    let schnell = |more: Value| {
        let mut body = body("a boat");
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    for (more, status) in [
        (json!({}), 200),
        (json!({"response_format": "b64_json"}), 400),
        (json!({"steps": 13}), 400),
        (json!({"width": 65}), 400),
        (json!({"height": 1800}), 400),
        (json!({"model": "black-forest-labs/FLUX.1.1-pro"}), 400),
        (json!({"model": "none"}), 404),
        (json!({"aspect_ratio": "9:16"}), 200),
        (json!({"prompt": null}), 400),
    ] {
        check(Door::Generations, None, schnell(more), status);
    }
    let gpt = |model: &str, more: Value| {
        let mut body = json!({"model": model, "prompt": "a boat", "quality": "medium"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    check(Door::Generations, None, gpt("gpt-image-2", json!({"size": "1008x1792"})), 200);
    check(Door::Generations, None, gpt("gpt-image-2", json!({"size": "1000x1792"})), 400);
    check(Door::Generations, None, gpt("gpt-image-2", json!({"size": "160x1600"})), 400);
    check(Door::Generations, None, gpt("gpt-image-2", json!({"response_format": "b64_json"})), 400);
    check(Door::Generations, None, gpt("gpt-image-2", json!({"seed": 7})), 400);
    check(Door::Generations, None, gpt("gpt-image-1.5", json!({"size": "1008x1792"})), 400);
    check(Door::Generations, None, gpt("gpt-image-1.5", json!({"size": "1024x1536"})), 200);
    check(Door::Generations, None, Value::Null, 400);
    let gemini = |ratio: &str| {
        json!({
            "contents": [{"parts": [{"text": "a boat"}]}],
            "generationConfig": {"responseModalities": ["IMAGE"], "imageConfig": {"aspectRatio": ratio}},
        })
    };
    check(Door::Gemini, Some("gemini-3.1-flash-image"), gemini("9:16"), 200);
    check(Door::Gemini, Some("gemini-3.1-flash-image"), gemini("9:17"), 400);
    check(Door::Gemini, Some("imagen-4"), gemini("9:16"), 404);
}
