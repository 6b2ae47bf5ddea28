//! Orders of topics, the plan that a writer answers with, and the animation of a section.

use serde_json::{Value, json};
use story::Invalid;
use story::animation::Cue;
use story::writer::{Ended, Tokens, Written};
use story::writing::{Brief, FORMAT, Judged, Sketch, Style, TopicOrder, TopicReading, Work, WriterTask};

fn check(order: &Value, expected: &[&str]) {
    let reading = TopicReading::of_value(order, "/topic");
    let found: Vec<String> = reading.problems.iter().map(|p| format!("{}: {}", p.pointer, p.detail)).collect();
    assert_eq!(found, expected, "{order}");
    assert_eq!(reading.order.is_some(), expected.is_empty());
}

#[test]
fn every_problem_of_an_order_is_named_at_once() {
    check(&json!({"text": "tides"}), &[]);
    check(
        &json!({"text": "潮汐", "sections": 12, "language": "ja", "speaker": {"voice_id": "v"}, "style": "declarative"}),
        &[],
    );
    check(
        &json!({"text": "…", "sections": 13, "language": "German", "speaker": {"volme": 1}, "style": "manim", "title": "a"}),
        &[
            "/topic/sections: 13 is too high: at most 12",
            r#"/topic/speaker/volme: unknown field; did you mean "volume"?"#,
            "/topic/title: unknown field; what can stand here: text, sections, language, speaker, style",
            r#"/topic/text: "…" holds no letter or digit; write it in words"#,
            r#"/topic/language: "German" is not the code of a language; write it as en, de or pt-BR"#,
        ],
    );
    check(
        &json!({"text": "tides", "speaker": {"avatar": {"file": "a.png"}}}),
        &["/topic/speaker/avatar/file: a topic has no files beside it; leave the avatar out"],
    );
}

fn order(sections: u32) -> TopicOrder {
    TopicReading::of_value(&json!({"text": "how tides work", "sections": sections}), "").into_order().unwrap()
}

fn plan(sections: usize) -> Value {
    let section = json!({
        "heading": "The moon pulls", "text": "The moon pulls the sea. The sea bulges.", "idea": "A circle and an arrow.",
        "points": [{"text": "It pulls", "at": "moon pulls"}, {"text": "It bulges", "at": "bulges"}],
    });
    json!({"title": "Tides", "sections": vec![section; sections]})
}

fn written(value: &Value) -> Written {
    let text = value.to_string();
    Written { text, ended: Ended::Whole, tokens: Tokens::default(), usd: 0.0, request_id: None, rehearsed: false }
}

/// A plan with something changed, and what is wrong with it.
#[track_caller]
fn check_plan(change: impl FnOnce(&mut Value), expected: &[&str]) {
    let mut answer = plan(2);
    change(&mut answer);
    let found = match WriterTask::new(Work::Topic(order(2))).judge(&written(&answer)) {
        Judged::Again(again) => again.earlier.unwrap().problems,
        Judged::Done(told) => {
            assert_eq!((told.script.lines.len(), told.sections.len()), (2, 2));
            Vec::new()
        }
        Judged::Failed(sentence) => panic!("{sentence}"),
    };
    let found: Vec<String> = found.iter().map(|p| format!("{}: {}", p.pointer, p.detail)).collect();
    assert_eq!(found, expected);
}

#[test]
fn a_plan_is_sections_within_bounds_or_all_that_is_wrong_with_it() {
    check_plan(|_| (), &[]);
    check_plan(|plan| plan["sections"] = json!([]), &["/sections: no sections; explain the topic in at least one"]);
    check_plan(|answer| *answer = plan(3), &["/sections: 3 sections are too many: at most 2"]);
    check_plan(
        |plan| {
            plan["sections"][0]["text"] = json!("<b>The moon</b>");
            plan["sections"][0]["heading"] = json!("h".repeat(61));
            plan["sections"][1]["points"] = json!([]);
            plan["sections"][1]["url"] = json!("http://169.254.169.254/");
        },
        &[
            "/sections/1/url: unknown field; what can stand here: heading, text, idea, points",
            r#"/sections/0/text: holds markup ("<b>The moon</b>"); write plain words that can be spoken"#,
            "/sections/0/heading: 61 characters are too many: at most 60",
            "/sections/1/points: 0 points: give 1 to 4",
        ],
    );
    check_plan(
        |plan| {
            plan["sections"]
                .as_array_mut()
                .unwrap()
                .iter_mut()
                .for_each(|section| section["text"] = json!("Луна притягивает море."))
        },
        &["/sections: the texts are in Cyrillic letters, and belong in Latin letters: write them in that language"],
    );
}

#[test]
fn what_a_topic_may_cost_counts_its_animations_and_all_tries() {
    use story::writer::WriterProfile;
    let profile = WriterProfile {
        provider: "p".into(),
        base_url: String::new(),
        account: "a".into(),
        model: "m".into(),
        usd_per_million_asked: 1.0,
        usd_per_million_answered: 10.0,
        most_answer_tokens: 1_000,
        rehearsed: false,
    };
    let usd = |sections| profile.most_usd(&WriterTask::new(Work::Topic(order(sections))));
    let animation = profile.most_usd(&order(1).longest_animation());
    assert!(animation > 3.0 * 1_000.0 * 10.0 / 1e6, "three answers: {animation}");
    assert!(usd(5) > 5.0 * animation && usd(5) < 6.0 * usd(1), "{} {}", usd(5), usd(1));
}

#[test]
fn an_animation_is_judged_by_its_words_and_goes_back_twice() {
    let Judged::Done(told) = WriterTask::new(Work::Topic(order(2))).judge(&written(&plan(2))) else { panic!("a plan") };
    let [provider, base_url, model] = [const { String::new() }; 3];
    let section = told.sections[0].clone();
    let brief = Brief {
        provider,
        base_url,
        model,
        section,
        aspect: story::script::Aspect::Portrait,
        language: None,
        format: FORMAT,
    };
    let animation = |at: &str, draw: Value| {
        written(&json!({"things": [{"id": "a", "draw": draw}], "steps": [{"at": at, "do": {"appear": ["a"]}}]}))
    };
    let task = WriterTask::new(Work::Animation(Box::new(brief)));
    let judge = |task: &WriterTask, written: &Written| task.judged(written, task.sketch(written));
    assert!(matches!(judge(&task, &animation("the sea", json!({"box": "Sea"}))), Judged::Done(_)));
    let Judged::Again(second) = judge(&task, &animation("the sun", json!({"box": "Sea"}))) else {
        panic!("wrong words")
    };
    let pointers = |task: &WriterTask| -> Vec<String> {
        task.earlier.iter().flat_map(|earlier| &earlier.problems).map(|problem| problem.pointer.clone()).collect()
    };
    assert_eq!(pointers(&second), ["/steps/0/at"]);
    let picture = animation("the sea", json!({"picture": {"url": "http://127.0.0.1/"}}));
    let Judged::Again(third) = judge(&second, &picture) else { panic!("no picture can be asked for") };
    assert_eq!(pointers(&third), ["/things/0/draw/picture"]);
    let Judged::Failed(sentence) = judge(&third, &animation("the sea", json!({"box": "Море"}))) else {
        panic!("thrice")
    };
    assert!(
        sentence.starts_with("the writer's answer was wrong 3 times: /things: the texts are in Cyrillic"),
        "{sentence}"
    );
}

#[test]
fn a_program_is_asked_for_where_the_order_says_so_and_otherwise_once_it_was_wrong_three_times() {
    let order = json!({"text": "a topic", "sections": 1, "style": "manim"});
    let order = TopicReading::of_value(&order, "").into_order().unwrap();
    let Judged::Done(told) = WriterTask::new(Work::Topic(order)).judge(&written(&plan(1))) else { panic!("a plan") };
    let section = told.sections[0].clone();
    assert_eq!(section.style, Some(Style::Manim));
    let [provider, base_url, model] = [const { String::new() }; 3];
    let (aspect, language) = (story::script::Aspect::Portrait, None);
    let brief = Brief { provider, base_url, model, section, aspect, language, format: FORMAT };
    assert_ne!(json!(brief), json!(brief.declarative()), "another key");
    let show = brief.show("code");
    assert_eq!((show.width, show.height, show.program.words.len()), (1080, 1920, show.program.cues.len()));
    assert_eq!(show.program.cues[0], Cue::At(0));

    let mut task = WriterTask::sketching(&brief, None);
    assert_eq!((task.schema_name(), task.schema()["required"].clone()), ("program", json!(["code"])));
    assert!(task.instructions().contains("self.at(") && task.instructions().contains("8.0 wide and 14.22 high"));
    let right = written(&json!({"code": "class Film(Section):\n    pass\n"}));
    assert!(matches!(task.sketch(&right), Ok(Sketch::Program(_))));
    for (answer, expected) in [
        (json!({"code": " "}), "/code: no program; write one"),
        (json!({"things": []}), "/code: no program; write one"),
        (json!({"code": "x".repeat(16_001)}), "/code: 16001 characters are too many: at most 16000"),
        (json!({"code": "a\u{0}"}), "/code: holds a control character (U+0000); take it out"),
    ] {
        assert_eq!(task.sketch(&written(&answer)).unwrap_err().to_string(), expected);
    }
    // As whoever runs it says.
    let wrong = || Err::<Sketch, _>(Invalid::one("/code", "line 3: it is off frame"));
    for times in 1..=2 {
        let Judged::Again(again) = task.judged(&right, wrong()) else { panic!("{times}") };
        assert!(again.messages().last().unwrap().text.contains("line 3: it is off frame"));
        task = *again;
    }
    assert!(matches!(task.judged(&right, wrong()), Judged::Failed(_)));
    let (instead, noted) = task.instead().unwrap();
    assert_eq!(
        (instead.schema_name(), instead.earlier.is_none(), instead.instead().is_none()),
        ("animation", true, true)
    );
    // Whoever goes on asks for no program either.
    assert_eq!(WriterTask::sketching(&brief, Some(noted)), instead);
}
