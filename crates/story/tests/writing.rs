//! From a story to a question, and from whatever a model answers to a script within the bounds that were named before.
#![expect(clippy::unwrap_used, reason = "a helper of a test is a test")]

mod answers;
mod orders;
mod topics;
mod translations;

use serde_json::{Value, json};
use story::Invalid;
use story::writer::{Ended, Tokens, Writer, WriterProfile, Written};
use story::writing::{Judged, StoryOrder, StoryReading, Told, Work, WriterTask};

fn order(order: &Value) -> StoryOrder {
    StoryReading::of_value(order, "").into_order().unwrap()
}

fn task(of: &Value) -> WriterTask {
    WriterTask::new(Work::Story(order(of)))
}

fn written(text: &str) -> Written {
    Written {
        text: text.to_owned(),
        ended: Ended::Whole,
        tokens: Tokens::default(),
        usd: 0.0,
        request_id: None,
        rehearsed: false,
    }
}

fn read(task: &WriterTask, answer: &Value) -> Result<Told, Invalid> {
    task.read(&written(&answer.to_string()))
}

/// What is wrong with an answer, a line each.
fn check(task: &WriterTask, answer: &Value, expected: &[&str]) {
    let found = read(task, answer).err().map(|invalid| invalid.to_string()).unwrap_or_default();
    assert_eq!(found, expected.join("\n"), "{answer}");
}

#[test]
fn the_port_can_be_an_object() {
    fn is_an_object(_: Option<&dyn Writer>) {}
    is_an_object(None);
}

#[test]
fn a_wrong_answer_goes_back_once_with_its_problems_and_then_fails() {
    let first = task(&json!({"text": "The fox woke.", "scenes": 3}));
    let wrong = json!({"title": "x".repeat(100_000), "scenes": [{"text": "<b>Hi</b>"}]}).to_string();
    let Judged::Again(second) = first.judge(&written(&wrong)) else { panic!("it was wrong") };
    let earlier = second.earlier.as_ref().unwrap();
    assert!(wrong.starts_with(&earlier.answer) && earlier.answer.len() == first.most_answer_characters());
    let pointers: Vec<&str> = earlier.problems.iter().map(|problem| problem.pointer.as_str()).collect();
    assert_eq!(pointers, ["/scenes/0", "/scenes/0", "/scenes/0", "/title", "/scenes/0/text"]);
    let messages = second.messages();
    assert_eq!(messages.iter().map(|message| message.is_answer).collect::<Vec<_>>(), [false, true, false]);
    assert!(messages[2].text.contains("/scenes/0/text") && messages[2].text.contains("holds markup"));
    assert_eq!((second.instructions(), second.schema()), (first.instructions(), first.schema()));
    let Judged::Failed(sentence) = second.judge(&written(&wrong)) else { panic!("it was wrong twice") };
    assert!(sentence.starts_with("the writer's answer was wrong twice: /scenes/0: "), "{sentence}");
    assert!(sentence.contains("(and 4 more)") && sentence.contains("ONETAKE_WRITER_MODEL"), "{sentence}");
    let right =
        json!({"title": "Fox", "scenes": [{"text": "Hi", "prompt": "a fox", "speaker": "Narrator", "mood": "calm"}]});
    let Judged::Done(told) = second.judge(&written(&right.to_string())) else { panic!("it was right") };
    assert_eq!((told.title.as_str(), told.script.lines.len()), ("Fox", 1));
}

#[test]
fn what_broke_off_or_is_no_json_is_wrong_and_a_fence_is_taken_off() {
    let task = task(&json!({"text": "The fox woke."}));
    let early = Written { ended: Ended::Early("it reached the limit of tokens".into()), ..written("{\"title\"") };
    let said = |written: &Written| task.read(written).unwrap_err().to_string();
    assert_eq!(said(&early), "(whole): not whole: it reached the limit of tokens; answer shorter");
    assert_eq!(said(&written("Sure! Here it is")), "(whole): not JSON: it goes wrong at line 1, column 1");
    assert_eq!(said(&written("")), "(whole): not JSON: it ends too early at line 1, column 0");
    assert!(said(&written(r#"{"title": "a", "title": "b", "scenes": []}"#)).contains("/title: this key stands twice"));
    assert!(said(&written(&"[".repeat(100_000))).contains("not JSON"));
    let good =
        json!({"title": "Fox", "scenes": [{"text": "Hi", "prompt": "a fox", "speaker": "Narrator", "mood": "calm"}]});
    for fence in ["```json\n", "```\n", "```"] {
        assert!(task.read(&written(&format!("{fence}{good}\n```"))).is_ok(), "{fence}");
    }
}

#[test]
fn what_a_task_can_cost_is_known_before_it_is_asked() {
    let profile = WriterProfile {
        provider: "gemini".into(),
        base_url: String::new(),
        account: String::new(),
        model: "m".into(),
        usd_per_million_asked: 1.0,
        usd_per_million_answered: 2.0,
        most_answer_tokens: 65_536,
        rehearsed: false,
    };
    let short = task(&json!({"text": "The fox woke.", "scenes": 3}));
    let long = task(&json!({"text": "The fox woke. ".repeat(7_000), "scenes": 60}));
    assert!(profile.most_usd(&short) < profile.most_usd(&long) && profile.most_usd(&long) < 2.0);
    assert_eq!(profile.answer_tokens(&long), 65_536);
    // Both tries, as they are really sent.
    let Judged::Again(second) = short.judge(&written(&"x".repeat(1_000_000))) else { panic!("it was wrong") };
    let bytes = |task: &WriterTask| {
        let messages: usize = task.messages().iter().map(|message| message.text.len()).sum();
        (messages + task.instructions().len() + task.schema().to_string().len()) as u64
    };
    let tokens = Tokens { asked: bytes(&short) + bytes(&second), answered: 2 * profile.answer_tokens(&short) };
    assert!(profile.usd(tokens) <= profile.most_usd(&short));
    assert_eq!(WriterProfile { rehearsed: true, ..profile }.most_usd(&long), 0.0);
}

#[test]
fn a_strict_mode_takes_every_schema() {
    fn walk(schema: &Value) {
        if let Some(properties) = schema["properties"].as_object() {
            assert_eq!(schema["additionalProperties"], false);
            let names: Vec<&String> = properties.keys().collect();
            let required: Vec<&Value> = schema["required"].as_array().unwrap().iter().collect();
            assert_eq!(json!(names), json!(required));
            properties.values().for_each(walk);
        }
        walk_items(schema);
    }
    fn walk_items(schema: &Value) {
        if schema["items"].is_object() {
            walk(&schema["items"]);
        }
    }
    let story = task(&json!({"text": "a", "speakers": {"Ana": {}, "\"Bo\"": {}}}));
    walk(&story.schema());
    walk(&translations::task("de").schema());
    assert_eq!(
        story.schema()["properties"]["scenes"]["items"]["properties"]["speaker"]["enum"],
        json!(["\"Bo\"", "Ana"])
    );
}
