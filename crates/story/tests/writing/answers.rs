//! Whatever a model answers, what comes out lies within the bounds or is refused.

use super::{check, order, read, task, written};
use proptest::prelude::*;
use serde_json::{Value, json};
use story::reading::{Limits, script_from_value};
use story::script::{Picture, Script};
use story::writing::{StoryOrder, Work, WriterTask};

fn scene(text: &str) -> Value {
    json!({"text": text, "prompt": "A fox on a cliff.", "speaker": "Narrator", "mood": "tense"})
}

fn fox() -> WriterTask {
    task(&json!({"text": "The fox woke. He saw the sea. He swam.", "scenes": 3, "style": "watercolour"}))
}

/// One scene, of which one field is another.
fn with(field: &str, value: impl Into<Value>) -> Value {
    let mut scene = scene("The fox woke.");
    scene[field] = value.into();
    json!({"title": "Fox", "scenes": [scene]})
}

#[test]
fn a_right_answer_is_a_script() {
    let mut order = json!({"text": "The fox woke.", "style": "watercolour", "language": "en", "speakers": {"Ana": {"voice_id": "v"}, "Bo": {}}});
    let answer = json!({"title": " Fox ", "scenes": [
        {"text": " The fox woke. ", "prompt": "A fox\n on a cliff.", "speaker": "Bo", "mood": "tense"},
        {"text": "He saw \"the sea\": 3 < 4 {really}!", "prompt": "The sea", "speaker": "Ana", "mood": "neutral"}]});
    let told = read(&task(&order), &answer).unwrap();
    assert_eq!((told.title.as_str(), &told.moods[..]), ("Fox", &["tense".to_owned(), "neutral".to_owned()][..]));
    let expected = json!({
        "speakers": {"Ana": {"voice_id": "v"}, "Bo": {}}, "language": "en",
        "lines": [
            {"speaker": "Bo", "text": "The fox woke.", "picture": {"prompt": "A fox on a cliff, tense mood, watercolour"}},
            {"speaker": "Ana", "text": "He saw \"the sea\": 3 < 4 {really}!", "picture": {"prompt": "The sea, watercolour"}}]});
    assert_eq!(told.script, script_from_value(&expected, Limits::default()).unwrap());
    order["title"] = json!("Mine");
    assert_eq!(read(&task(&order), &answer).unwrap().title, "Mine");
}

#[test]
fn each_thing_that_was_not_asked_for_is_named() {
    let fox = fox();
    check(&fox, &json!({"title": "Fox", "scenes": [scene("a"), scene("b"), scene("c")]}), &[]);
    let scenes: Vec<Value> = (0..500).map(|_| scene("a")).collect();
    check(&fox, &json!({"title": "Fox", "scenes": scenes}), &["/scenes: 500 scenes are too many: at most 3"]);
    check(&fox, &json!({"title": "Fox", "scenes": []}), &["/scenes: no scenes; tell the story in at least one"]);
    check(&fox, &json!({"title": "Fox"}), &[r#"(whole): "scenes" is missing"#]);
    check(&fox, &json!(["Fox"]), &["(whole): expected an object, found a list"]);
    check(
        &fox,
        &json!({"title": 7, "scenes": [7]}),
        &["/title: expected a text, found 7", "/scenes/0: expected an object, found 7"],
    );
    let mut more = with("voice_id", "v");
    more["look"] = json!({"fps": 60});
    check(
        &fox,
        &more,
        &[
            "/scenes/0/voice_id: unknown field; what can stand here: text, prompt, speaker, mood",
            "/look: unknown field; what can stand here: title, scenes",
        ],
    );
    check(&fox, &with("speaker", "Eve"), &[r#"/scenes/0/speaker: "Eve" is not one of Narrator"#]);
    check(&fox, &with("speaker", " Narrator"), &[r#"/scenes/0/speaker: " Narrator" is not one of Narrator"#]);
    check(
        &fox,
        &with("mood", "evil"),
        &[
            r#"/scenes/0/mood: "evil" is not one of calm, joyful, funny, romantic, solemn, sad, tense, mysterious, neutral"#,
        ],
    );
    check(&fox, &with("prompt", json!({"url": "https://x"})), &["/scenes/0/prompt: expected a text, found an object"]);
    let place = "/scenes/0/prompt: names an address or a file; say in words what is to be seen";
    for prompt in [
        "https://example.com/a.png",
        "A fox, FILE:/etc/passwd",
        "../../secret.png",
        "..\\secret.png",
        "/etc/passwd",
        "data:image/png;base64,AAAA",
        "http://169.254.169.254/latest",
    ] {
        check(&fox, &with("prompt", prompt), &[place]);
    }
    check(
        &fox,
        &with("prompt", "x".repeat(10 << 20)),
        &["/scenes/0/prompt: 10,485,760 characters are too many: at most 600"],
    );
    check(&fox, &with("prompt", " … "), &["/scenes/0/prompt: says nothing; write what is to be seen"]);
    check(&fox, &with("prompt", "a\u{1b}[2J"), &["/scenes/0/prompt: holds a control character; take it out"]);
    let html = "/scenes/0/text: holds markup (\"<script>alert(1)</script>\"); write plain words that can be spoken";
    check(&fox, &with("text", "Hi <script>alert(1)</script>"), &[html]);
    let ass = r#"/scenes/0/text: holds markup ("{\pos(0,0)}"); write plain words that can be spoken"#;
    check(&fox, &with("text", r"Hi {\pos(0,0)}"), &[ass]);
    check(&fox, &with("text", " \n"), &["/scenes/0/text: empty; write what is said"]);
    check(
        &fox,
        &with("text", "a\u{0}"),
        &["/scenes/0/text: holds the control character U+0000, which nobody can speak; take it out"],
    );
    check(
        &fox,
        &with("text", "a".repeat(1_201)),
        &["/scenes: their texts have 1,201 characters: at most 1,200 together"],
    );
    for (title, sentence) in [
        ("", "empty; write a title"),
        ("a\nb", "holds a control character; take it out"),
        ("<b>Fox</b>", r#"holds markup ("<b>Fox</b>"); write plain words"#),
        (&"x".repeat(201), "201 characters are too many: at most 200"),
    ] {
        let answer = json!({"title": title, "scenes": [scene("a")]});
        check(&fox, &answer, &[&format!("/title: {sentence}")]);
    }
}

#[test]
fn a_story_keeps_its_language_as_far_as_letters_tell() {
    let said = |order: Value, text: &str| {
        let answer = json!({"title": "x", "scenes": [scene(text)]});
        read(&task(&order), &answer).err().map(|invalid| invalid.problems[0].detail.clone())
    };
    let russian = "Лиса проснулась и увидела море.";
    let english = "The fox woke and saw the sea.";
    let japanese = "きつねが目をさますと、海が見えました。";
    let chinese = "狐狸醒来看见了大海，于是它决定学习游泳，直到太阳下山为止。";
    for (order, text, is_right) in [
        (json!({"text": english}), english, true),
        (json!({"text": english}), russian, false),
        (json!({"text": english}), "He said: Привет! And then he went to sleep.", true),
        (json!({"text": russian}), russian, true),
        (json!({"text": russian}), english, false),
        (json!({"text": russian, "language": "en"}), english, true),
        (json!({"text": russian, "language": "en"}), russian, false),
        (json!({"text": japanese}), chinese, false),
        (json!({"text": chinese}), japanese, false),
        (json!({"text": chinese}), chinese, true),
        (json!({"text": japanese}), "東京", true),
        (json!({"text": "مرحبا بالعالم"}), english, false),
        (json!({"text": "2 + 2"}), russian, true),
        (json!({"text": english, "language": "sr"}), russian, true),
        (json!({"text": english}), "7", true),
    ] {
        assert_eq!(said(order.clone(), text).is_none(), is_right, "{order} {text}");
    }
    let sentence = "the texts are in Cyrillic letters, and belong in Latin letters: write them in that language";
    assert_eq!(said(json!({"text": english}), russian).as_deref(), Some(sentence));
    let mut rehearsed = written(&json!({"title": "x", "scenes": [scene(russian)]}).to_string());
    rehearsed.rehearsed = true;
    assert!(task(&json!({"text": english, "language": "en"})).read(&rehearsed).is_ok());
}

/// What is asked of speech and images because of a script, counted by hand.
pub(super) fn is_within(order: &StoryOrder, script: &Script) -> bool {
    let most = order.bounds();
    let names = order.cast();
    let spoken: usize = script.lines.iter().map(|line| line.text.chars().count()).sum();
    let drawn = script.lines.iter().map(|line| match &line.picture {
        Some(Picture::Prompt(prompt)) => Some(prompt.chars().count() as u64),
        _ => None,
    });
    let read_again = script_from_value(&serde_json::to_value(script).unwrap(), Limits::default());
    most.hold(script)
        && script.speakers == names
        && !script.lines.is_empty()
        && script.lines.len() <= most.scenes as usize
        && spoken as u64 <= most.speech_characters
        && drawn.into_iter().all(|characters| characters.is_some_and(|count| count <= most.prompt_characters))
        && script.lines.iter().all(|line| names.contains_key(&line.speaker))
        && read_again.as_ref() == Ok(script)
}

fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-zA-Z ,.]{1,80}",
        1 => "\\PC{0,60}",
        1 => ".{0,30}",
        1 => "[一-九あ-ん。]{1,40}",
        1 => proptest::sample::select(vec!["<b>x</b>", "{\\b1}", "../x", "file:x", "https://x", "", " ", "…", "\u{0}", "\u{202e}abc"])
            .prop_map(str::to_owned),
        1 => (1_usize..3_000).prop_map(|length| "x".repeat(length)),
    ]
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        words().prop_map(Value::from)
    ];
    leaf.prop_recursive(3, 30, 5, |inner| {
        let name = prop_oneof![
            3 => proptest::sample::select(vec!["title", "scenes", "text", "prompt", "speaker", "mood", "url", "picture", "lines"]).prop_map(str::to_owned),
            1 => words(),
        ];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::vec((name, inner), 0..6).prop_map(|fields| fields.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

/// Nearly what was asked for, so that much of it is right.
fn likely() -> impl Strategy<Value = Value> {
    let speaker = prop_oneof![30 => Just("Ana"), 10 => Just("Bo"), 1 => Just("Eve")];
    let mood = prop_oneof![30 => Just("calm"), 1 => Just("evil")];
    let plain = || prop_oneof![25 => "[a-zA-Z]{1,10}[a-zA-Z ,.]{0,150}", 3 => "[a-zA-Z]{1,10}[a-zA-Z ,.]{150,900}", 1 => words()];
    let scene = (plain(), plain(), speaker, mood, proptest::option::weighted(0.03, any_json())).prop_map(
        |(text, prompt, speaker, mood, more)| {
            let mut scene = json!({"text": text, "prompt": prompt, "speaker": speaker, "mood": mood});
            if let Some(more) = more {
                scene["more"] = more;
            }
            scene
        },
    );
    (plain(), proptest::collection::vec(scene, 0..7))
        .prop_map(|(title, scenes)| json!({"title": title, "scenes": scenes}))
}

fn orders() -> impl Strategy<Value = StoryOrder> {
    let style = proptest::option::of("[a-z]{1,300}");
    // Short ones of one scene too: what is answered to those is soon too much.
    let text = prop_oneof!["[a-zA-Z]{1,9}[a-zA-Z .]{0,900}", "[a-zA-Z]{1,9}[a-zA-Z .]{0,20}"];
    let scenes = prop_oneof![Just(None), Just(Some(1)), (1_u32..=60).prop_map(Some)];
    (text, scenes, style, any::<bool>()).prop_map(|(text, scenes, style, titled)| {
        let mut asked =
            json!({"text": text, "scenes": scenes, "speakers": {"Ana": {"voice_id": "v"}, "Bo": {"volume": 2.0}}});
        if let Some(style) = style {
            asked["style"] = json!(style);
        }
        if titled {
            asked["title"] = json!("Mine");
        }
        order(&asked)
    })
}

#[test]
fn whatever_is_answered_what_comes_out_lies_within_the_bounds() {
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 1_500,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let right = std::cell::Cell::new(0);
    let answers = prop_oneof![4 => likely(), 1 => any_json()];
    runner
        .run(&(orders(), answers), |(order, answer)| {
            let told = read(&WriterTask::new(Work::Story(order.clone())), &answer);
            if let Ok(told) = told {
                right.set(right.get() + 1);
                prop_assert!(is_within(&order, &told.script), "{:?}", told);
                prop_assert!(told.title.chars().count() <= 200);
            }
            Ok(())
        })
        .unwrap();
    assert!(right.get() > 100, "only {} answers were right: this tests nothing", right.get());
}
