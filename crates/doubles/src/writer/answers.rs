//! What a model writes: something that fits the schema, made of what it was told; or what a hostile or broken one writes.

use super::WriterFault;
use serde_json::{Map, Value, json};

/// The text of an answer to what was said, by the schema.
pub(super) fn text(schema: &Value, said: &str, fault: Option<WriterFault>) -> String {
    let material: Value = serde_json::from_str(said).unwrap_or_default();
    let mut answer = match (&material["topic"], &material["narration"]) {
        (Value::String(topic), _) => sections(topic, schema),
        (_, Value::String(narration)) => animation(narration, &material["heading"]),
        _ => by(schema, &material, "", 0),
    };
    let Some(fault) = fault else { return answer.to_string() };
    let list = if answer["scenes"].is_array() { "scenes" } else { "lines" };
    let picture = if list == "scenes" { "prompt" } else { "picture" };
    let each = |answer: &mut Value, change: &dyn Fn(&mut Value)| {
        answer[list].as_array_mut().into_iter().flatten().for_each(change);
    };
    match fault {
        WriterFault::AddedFields => {
            answer["voice_settings"] = json!({"speed": 1.2});
            answer["look"] = json!({"music": {"url": "http://169.254.169.254/"}});
            each(&mut answer, &|scene| scene["avatar"] = json!({"file": "/etc/passwd"}));
        }
        WriterFault::UrlPicture => {
            each(&mut answer, &|scene| scene[picture] = json!("http://169.254.169.254/latest/meta-data"))
        }
        WriterFault::FilePicture => each(&mut answer, &|scene| scene[picture] = json!("file:///etc/passwd")),
        WriterFault::ParentPicture => each(&mut answer, &|scene| scene[picture] = json!("../../../secret.png")),
        WriterFault::ObjectPicture => each(&mut answer, &|scene| scene[picture] = json!({"url": "http://127.0.0.1/"})),
        WriterFault::HugePrompt => answer[list][0][picture] = json!("a fox ".repeat((10 << 20) / 6)),
        WriterFault::Html => {
            each(&mut answer, &|scene| scene["text"] = json!("<script>alert('x')</script> <b>Hello</b>"))
        }
        WriterFault::Ass => each(&mut answer, &|scene| scene["text"] = json!(r"{\pos(0,0)\fs200}Hello")),
        WriterFault::Stranger => each(&mut answer, &|scene| {
            scene["speaker"] = json!("Eve");
            scene["voice_id"] = json!("somebody-elses-voice");
        }),
        WriterFault::ManyScenes => {
            let one = answer[list][0].clone();
            answer[list] = Value::Array(vec![one; 500]);
        }
        WriterFault::OtherLanguage => {
            each(&mut answer, &|scene| scene["text"] = json!("Лиса проснулась и увидела море."))
        }
        WriterFault::LongTexts => each(&mut answer, &|scene| scene["text"] = json!("hello ".repeat(50_000 / 6))),
        WriterFault::Unsaid => {
            let steps = answer["steps"].as_array_mut().into_iter().flatten();
            steps.for_each(|step| step["at"] = json!("words that nobody says"));
        }
        WriterFault::InvalidJson => return format!("Sure! Here is your film:\n{}", &answer.to_string()[1..]),
        WriterFault::Fenced => return format!("```json\n{answer}\n```"),
        WriterFault::Empty => return String::new(),
        WriterFault::MaxTokens => {
            let whole = answer.to_string();
            return whole.chars().take(whole.chars().count() / 2).collect();
        }
        _ => {}
    }
    answer.to_string()
}

/// As many sections of a topic as may be.
fn sections(topic: &str, schema: &Value) -> Value {
    let most = schema["properties"]["sections"]["maxItems"].as_u64().unwrap_or(1);
    let section = |index: u64| {
        let text = format!("Part {index} of it is about {topic}, and there is more to say.");
        let points = json!([{"text": format!("Part {index}"), "at": "Part"}, {"text": "More", "at": "there is more"}]);
        json!({"heading": format!("Part {index}"), "text": text, "idea": "A box, then a formula.", "points": points})
    };
    json!({"title": "A film", "sections": (0..most).map(section).collect::<Vec<_>>()})
}

/// A box and a formula, at the first words of what is said and at later ones.
fn animation(narration: &str, heading: &Value) -> Value {
    let words: Vec<&str> = narration.split_whitespace().collect();
    let later = words.get(words.len() / 2).copied().unwrap_or_default();
    json!({
        "title": heading, "layout": null,
        "things": [
            {"id": "box", "draw": {"box": "Part"}, "color": "accent"},
            {"id": "formula", "draw": {"formula": "x^2 + 1"}, "color": "plain"},
        ],
        "steps": [
            {"at": words.first(), "do": {"appear": ["box"]}},
            {"at": later, "do": {"write": "formula"}},
        ],
    })
}

/// A value that fits: of a list as many as may be, of words the first, of texts what the user said.
fn by(schema: &Value, material: &Value, name: &str, index: usize) -> Value {
    if let Some(allowed) = schema["enum"].as_array() {
        return allowed.get(index % allowed.len().max(1)).cloned().unwrap_or_default();
    }
    match schema["type"].as_str().unwrap_or_default() {
        "object" => {
            let properties = schema["properties"].as_object().into_iter().flatten();
            Value::Object(
                properties.map(|(name, inner)| (name.clone(), by(inner, material, name, index))).collect::<Map<_, _>>(),
            )
        }
        "array" => {
            let count = schema["maxItems"].as_u64().unwrap_or(1);
            (0..count as usize).map(|index| by(&schema["items"], material, name, index)).collect()
        }
        "integer" => json!(index),
        _ => json!(words(material, name, index)),
    }
}

fn words(material: &Value, name: &str, index: usize) -> String {
    let story = material["story"].as_str().or_else(|| material["lines"][index]["text"].as_str()).unwrap_or("Hello.");
    match name {
        "title" => "A film".to_owned(),
        "prompt" => format!("Picture {index}: a wide view of it, in morning light"),
        _ => {
            let sentences: Vec<&str> =
                story.split_inclusive(['.', '。', '؟']).filter(|said| said.trim().len() > 1).collect();
            let said = sentences.get(index % sentences.len().max(1)).copied().unwrap_or(story);
            let said: String = said.trim().chars().take(300).collect();
            // Another language has other words.
            if material["lines"].is_array() { format!("Nun: {said}") } else { said }
        }
    }
}
