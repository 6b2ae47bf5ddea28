//! From lines to requests: what a provider adds, what it would refuse, and which takes a script is made of.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use story::Script;
use story::job::Kind;
use story::plan::{Order, PictureMakers, Plan, SpokenLines};
use story::script::{Normalization, VoiceSettings};
use story::speech::{Catalog, Context, Model, Profile, TakeRequest, Voice};
use story::voicing::Voicing;

fn model(id: &str, max_characters: u64) -> Model {
    Model {
        id: id.into(),
        max_characters,
        cost_factor: if id == "flash" { 0.5 } else { 1.0 },
        languages: vec!["en".into(), "de".into()],
        stitches: id != "v3",
        stability_steps: if id == "v3" { vec![0.0, 0.5, 1.0] } else { Vec::new() },
    }
}

fn voicing() -> Voicing {
    let settings = VoiceSettings {
        stability: Some(0.4),
        similarity_boost: Some(0.75),
        style: Some(0.0),
        use_speaker_boost: Some(true),
        speed: Some(1.0),
    };
    let voice = |id: &str| Some(Voice { id: id.into(), name: id.into(), settings: settings.clone() });
    Voicing {
        profile: Profile {
            provider: "elevenlabs".into(),
            base_url: "https://example.test".into(),
            account: "acc".into(),
            model: "v2".into(),
            voices: vec!["george".into(), "sarah".into()],
            format: "mp3_44100_128".into(),
            usd_per_1000_characters: 0.08,
            rehearsed: false,
        },
        catalog: Catalog {
            models: vec![model("v2", 20), model("v3", 20), model("flash", 20)],
            takes_other_models: false,
            refused_format: None,
        },
        voices: BTreeMap::from([
            ("george".to_owned(), voice("george")),
            ("sarah".to_owned(), voice("sarah")),
            ("nobody".to_owned(), None),
        ]),
    }
}

fn script(change: impl Fn(&mut Value)) -> Script {
    let mut script = json!({
        "speakers": { "Ana": {}, "Bo": {} },
        "lines": [
            { "speaker": "Ana", "text": "Hello there." },
            { "speaker": "Bo", "text": "Good day." },
            { "speaker": "Ana", "text": "Is it?" },
        ],
    });
    change(&mut script);
    serde_json::from_value(script).expect("a script")
}

fn plan(script: &Script) -> Plan {
    Plan::new(
        script.clone(),
        BTreeMap::new(),
        Order::new(Kind::Preview),
        SpokenLines::of(script, &voicing()),
        &PictureMakers::default(),
    )
}

fn keys(script: &Script) -> Vec<String> {
    let plan = plan(script);
    (0..plan.segments.len()).map(|segment| plan.take(segment).key.0.clone()).collect()
}

/// What is refused, as `pointer: the first words`.
fn check(change: impl Fn(&mut Value), expected: &[&str]) {
    let refused = voicing().check(&script(change)).err().map(|invalid| invalid.problems).unwrap_or_default();
    let found: Vec<&str> = refused.iter().map(|problem| problem.pointer.as_str()).collect();
    assert_eq!(found, expected, "{refused:?}");
}

#[test]
fn what_the_provider_would_refuse_is_refused_with_its_place() {
    check(|_| {}, &[]);
    check(|script| script["speakers"]["Ana"] = json!({ "voice_id": "nobody" }), &["/speakers/Ana/voice_id"]);
    check(|script| script["speakers"]["Bo"] = json!({ "model_id": "v9" }), &["/speakers/Bo/model_id"]);
    let v3 = |stability: f64| json!({ "model_id": "v3", "voice_settings": { "stability": stability } });
    check(|script| script["speakers"]["Ana"] = v3(0.3), &["/speakers/Ana/voice_settings/stability"]);
    check(|script| script["speakers"]["Ana"] = v3(0.5), &[]);
    // The voice's own stability is no step either.
    check(
        |script| script["speakers"]["Ana"] = json!({ "model_id": "v3" }),
        &["/speakers/Ana/voice_settings/stability"],
    );
    check(
        |script| {
            script["speakers"]["Ana"] = v3(1.0);
            script["speech"] = json!({ "stitch": true });
        },
        &["/speech/stitch"],
    );
    // Who says nothing is refused nothing.
    check(|script| script["speakers"]["Zoe"] = json!({ "voice_id": "nobody", "model_id": "v9" }), &[]);
}

#[test]
fn a_plan_that_lacks_a_format_refuses_every_script() {
    let mut voicing = voicing();
    voicing.catalog.refused_format = Some("only on the Pro plan".into());
    assert!(voicing.check(&script(|_| {})).is_err());
}

#[test]
fn settings_that_are_left_out_are_the_voices_own_and_enter_the_key() {
    let bare = keys(&script(|_| {}));
    let spelled = json!({ "voice_id": "george", "model_id": "v2", "voice_settings":
        { "stability": 0.4, "similarity_boost": 0.75, "style": 0.0, "use_speaker_boost": true, "speed": 1.0 } });
    assert_eq!(keys(&script(|script| script["speakers"]["Ana"] = spelled.clone())), bare);
    let other = json!({ "voice_settings": { "stability": 0.6 } });
    let changed = keys(&script(|script| script["speakers"]["Ana"] = other.clone()));
    assert_eq!([0, 1, 2].map(|segment| changed[segment] == bare[segment]), [false, true, false]);
}

#[test]
fn a_language_is_sent_only_where_the_model_takes_it() {
    let language = |language: &str| {
        let plan = plan(&script(|script| script["language"] = json!(language)));
        plan.take(0).request.language.clone()
    };
    assert_eq!(language("de"), Some("de".into()));
    assert_eq!(language("de-AT"), Some("de".into()));
    assert_eq!(language("fr"), None);
}

#[test]
fn neighbours_enter_the_key_only_where_stitching_is_asked_for() {
    let with = |stitch: bool, middle: &str| {
        keys(&script(|script| {
            script["speech"] = json!({ "stitch": stitch });
            script["lines"][1]["text"] = json!(middle);
        }))
    };
    let same = |stitch: bool| {
        let (one, other) = (with(stitch, "Good day."), with(stitch, "Bad day."));
        [0, 1, 2].map(|segment| one[segment] == other[segment])
    };
    assert_eq!(same(false), [true, false, true]);
    assert_eq!(same(true), [false, false, false]);
}

#[test]
fn a_text_over_the_models_limit_is_a_row_of_takes_of_one_line() {
    let script = script(|script| {
        script["lines"][0] =
            json!({ "speaker": "Ana", "text": "One two three. Four five six. Seven.", "pause_ms": 500 });
    });
    let plan = plan(&script);
    let rows: Vec<(usize, &str, u32)> = (0..plan.segments.len())
        .map(|segment| (plan.segments[segment].line, plan.take(segment).request.text.as_str(), plan.pause_ms(segment)))
        .collect();
    let pause = script.lines[1].pause_ms;
    assert_eq!(
        rows,
        [
            (0, "One two three.", 0),
            (0, "Four five six.", 0),
            (0, "Seven.", 500),
            (1, "Good day.", pause),
            (2, "Is it?", pause),
        ]
    );
}

#[test]
fn a_models_price_is_in_the_plan() {
    let plan = plan(&script(|script| script["speakers"]["Ana"] = json!({ "model_id": "flash" })));
    let charged: Vec<u64> = (0..3).map(|segment| plan.take(segment).characters).collect();
    assert_eq!(charged, [6, 9, 3], "12, 9 and 6 characters; half price for Ana");
}

#[test]
fn takes_that_were_paid_for_are_found_under_the_keys_that_they_always_had() {
    let plain = TakeRequest::plain("elevenlabs", "eleven_multilingual_v2", "JBFqnCBsd6RMkjVDRZzb", "Good morning.");
    assert_eq!(plain.key().0, "f4d20714628420f047876313ad552efc0dc1f76ee1337166bdff3b4a76034c24");
    let whole = TakeRequest {
        base_url: "https://api.elevenlabs.io".into(),
        settings: VoiceSettings {
            stability: Some(0.5),
            similarity_boost: Some(0.75),
            style: Some(0.25),
            use_speaker_boost: Some(true),
            speed: Some(1.1),
        },
        language: Some("en".into()),
        normalization: Normalization::On,
        seed: Some(7),
        context: Some(Context { before: Some("One.".into()), after: None }),
        retake: 2,
        ..TakeRequest::plain("elevenlabs", "eleven_v3", "v", "Good morning.")
    };
    assert_eq!(whole.key().0, "d4618d1b0b8cbcbd2d3c7e8358b2dde9588d2d249a0690a8f23b8c91c29ce962");
}
