//! What a writer is asked for a section's animation, and what his answer is worth.

use super::letters::Letters;
use super::{Section, Style};
use crate::animation::{Animation, Cue, Primitive, problems};
use crate::animator::{Program, Show, drawn_by};
use crate::check::{Findings, check};
use crate::invalid::{Invalid, Problem};
use crate::script::{Aspect, Look};
use crate::time::estimated_speech_s;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

/// Characters that a right answer has at most.
pub(super) const LONGEST_ANIMATION: u64 = 16_000;

/// Everything that changes the animation of a section: its hash is the animation's key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brief {
    /// Who writes it.
    pub provider: String,
    /// Where he is reached.
    pub base_url: String,
    /// The model.
    pub model: String,
    /// The section that it is of.
    pub section: Section,
    /// The shape of the frame.
    pub aspect: Aspect,
    /// The language of what is said, where the order names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Which animations can be read: another number, another animation.
    pub format: u32,
}

/// Raised whenever an animation that was written before could not be read any more.
pub const FORMAT: u32 = 1;

/// What a writer describes: an animation that is drawn here, or the code of a program that draws it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Sketch {
    /// Code for Manim.
    Program(Code),
    /// An animation.
    Animation(Box<Animation>),
}

/// Code for Manim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// It, line by line.
    pub manim: String,
}

/// Frames per second where nothing is drawn.
const FPS: u32 = 30;

impl Brief {
    /// Whether a program is asked for.
    #[must_use]
    pub fn wants_program(&self) -> bool {
        self.section.style == Some(Style::Manim)
    }

    /// The same section, drawn the usual way.
    #[must_use]
    pub fn declarative(&self) -> Self {
        Self { section: Section { style: None, ..self.section.clone() }, ..self.clone() }
    }

    /// A program as it would be seen, were its words spoken as fast as most are.
    #[must_use]
    pub fn show(&self, code: &str) -> Show {
        let look = Look { aspect: self.aspect, ..Look::default() };
        let (width, height) = look.frame_size();
        let frames = |text: &str| (estimated_speech_s(text) * f64::from(FPS)) as u64;
        let words = self.section.words();
        let mut said = String::new();
        let mut cues = Vec::with_capacity(words.len());
        for word in &words {
            cues.push(Cue::At(if said.is_empty() { 0 } else { frames(&said) }));
            said.push_str(word);
            said.push(' ');
        }
        let program = Program {
            code: code.to_owned(),
            words: words.into_iter().map(str::to_owned).collect(),
            cues,
            palette: 0,
            manim: drawn_by(),
        };
        Show { program, width, height, fps: FPS, frames: frames(&said) + u64::from(FPS), colors: None }
    }

    /// What an answer describes.
    pub(super) fn read(&self, value: &Value, rehearsed: bool) -> Result<Sketch, Invalid> {
        if self.wants_program() {
            return program(value).map(Sketch::Program);
        }
        self.animation(value, rehearsed).map(Box::new).map(Sketch::Animation)
    }

    /// The animation that an answer is.
    fn animation(&self, value: &Value, rehearsed: bool) -> Result<Animation, Invalid> {
        let found = check(value, &SCHEMA);
        Invalid::unless_empty(found)?;
        let animation: Animation = serde_json::from_value(value.clone())
            .map_err(|error| Invalid::one("", format!("not an animation: {error}")))?;
        let mut findings = Findings::default();
        for (index, thing) in animation.things.iter().enumerate() {
            if let Primitive::Picture(_) = thing.draw {
                findings.add(
                    format!("/things/{index}/draw/picture"),
                    "pictures are not at hand; draw it with other things",
                );
            }
        }
        if animation.steps.is_empty() {
            findings.add("/steps", "nothing happens; show things when they are spoken of");
        }
        let mut found: Vec<Problem> = findings.into_problems();
        found.extend(problems(&animation, Some(&self.section.words())));
        let expected = Letters::of_text(&self.section.text);
        let mut findings = Findings::default();
        if !rehearsed {
            super::answer::of_letters(&mut findings, "/things", expected, &texts(&animation));
        }
        found.extend(findings.into_problems());
        Invalid::unless_empty(found)?;
        Ok(animation)
    }
}

/// The code that an answer is. What it does is seen when it is run.
fn program(value: &Value) -> Result<Code, Invalid> {
    let code = value["code"].as_str().unwrap_or_default();
    if code.trim().is_empty() {
        return Err(Invalid::one("/code", "no program; write one"));
    }
    let count = code.chars().count() as u64;
    if count > LONGEST_ANIMATION {
        return Err(Invalid::one("/code", format!("{count} characters are too many: at most {LONGEST_ANIMATION}")));
    }
    if let Some(c) = code.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(Invalid::one("/code", format!("holds a control character (U+{:04X}); take it out", c as u32)));
    }
    Ok(Code { manim: code.to_owned() })
}

/// What is to be read in an animation.
fn texts(animation: &Animation) -> String {
    let mut texts: Vec<&str> = animation.title.iter().map(String::as_str).collect();
    for thing in &animation.things {
        match &thing.draw {
            Primitive::Text(words) => texts.push(&words.text),
            Primitive::Box(text) | Primitive::Circle(text) => texts.push(text),
            Primitive::Timeline(timeline) => texts.extend(timeline.events.iter().map(|event| event.what.as_str())),
            _ => {}
        }
    }
    texts.join("\n")
}

static SCHEMA: LazyLock<Value> = LazyLock::new(|| schemars::schema_for!(Animation).to_value());

/// The JSON Schema of an animation (draft 2020-12).
#[must_use]
pub fn animation_schema() -> Value {
    SCHEMA.clone()
}

/// The same for a model's strict mode: all fields must be given, what may be absent may be null, and no picture can be asked for.
pub(super) fn strict_schema() -> Value {
    let mut schema = SCHEMA.clone();
    strict(&mut schema);
    if let Some(kinds) = schema["$defs"]["Primitive"]["anyOf"].as_array_mut() {
        kinds.retain(|kind| kind["properties"]["picture"].is_null());
    }
    if let Some(defs) = schema["$defs"].as_object_mut() {
        defs.remove("Photo");
    }
    unrolled(&schema)
}

/// A layout holds layouts, and no strict mode takes what must hold itself: as many levels as there are, one after the other.
fn unrolled(schema: &Value) -> Value {
    const INNERMOST: usize = 0;
    const OUTERMOST: usize = 2;
    let point =
        |text: &str, from: &str, to: &str| text.replace(&format!("\"#/$defs/{from}\""), &format!("\"#/$defs/{to}\""));
    let at = |value: &Value, inside: usize, own: usize| {
        let text = point(&value.to_string(), "Layout", &format!("Layout{inside}"));
        let text = point(&point(&text, "Grid", &format!("Grid{own}")), "NextTo", &format!("NextTo{own}"));
        serde_json::from_str(&text).unwrap_or(Value::Null)
    };
    let mut unrolled: Value = at(schema, OUTERMOST, OUTERMOST);
    let defs = &schema["$defs"];
    for name in ["Layout", "Grid", "NextTo"] {
        if let Some(defs) = unrolled["$defs"].as_object_mut() {
            defs.remove(name);
        }
    }
    let mut innermost = defs["Layout"].clone();
    if let Some(branches) = innermost["anyOf"].as_array_mut() {
        branches.retain(|branch| !branch["properties"]["thing"].is_null() || !branch["properties"]["place"].is_null());
    }
    unrolled["$defs"][format!("Layout{INNERMOST}")] = innermost;
    for level in INNERMOST + 1..=OUTERMOST {
        for name in ["Layout", "Grid", "NextTo"] {
            unrolled["$defs"][format!("{name}{level}")] = at(&defs[name], level - 1, level);
        }
    }
    unrolled
}

fn strict(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            // A field of an object may be called as a keyword is.
            if let Some(Value::Object(properties)) = fields.get_mut("properties") {
                properties.values_mut().for_each(strict);
                let names: Vec<String> = properties.keys().cloned().collect();
                fields.insert("required".to_owned(), json!(names));
                fields.insert("additionalProperties".to_owned(), json!(false));
            }
            for word in ["$schema", "title", "default", "format", "minLength", "maxLength"] {
                fields.remove(word);
            }
            // Nothing may stand beside a reference.
            if fields.contains_key("$ref") {
                fields.retain(|name, _| name == "$ref");
            }
            if let Some(branches) = fields.remove("oneOf") {
                let words: Option<Vec<Value>> = branches
                    .as_array()
                    .and_then(|branches| branches.iter().map(|one| one.get("const").cloned()).collect());
                match words {
                    Some(words) => {
                        fields.insert("type".to_owned(), json!("string"));
                        fields.insert("enum".to_owned(), json!(words));
                    }
                    None => {
                        fields.insert("anyOf".to_owned(), branches);
                    }
                }
            }
            let mut rest: Map<String, Value> = std::mem::take(fields);
            rest.iter_mut()
                .filter(|(name, _)| *name != "properties" && *name != "required")
                .for_each(|(_, value)| strict(value));
            *fields = rest;
        }
        Value::Array(items) => items.iter_mut().for_each(strict),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every object of a schema.
    fn objects<'a>(schema: &'a Value, found: &mut Vec<&'a Value>) {
        if schema["properties"].is_object() {
            found.push(schema);
        }
        match schema {
            Value::Object(fields) => fields.values().for_each(|value| objects(value, found)),
            Value::Array(items) => items.iter().for_each(|value| objects(value, found)),
            _ => {}
        }
    }

    fn references_of<'a>(schema: &'a Value, found: &mut Vec<&'a Value>) {
        if schema["$ref"].is_string() {
            found.push(schema);
        }
        match schema {
            Value::Object(fields) => fields.values().for_each(|value| references_of(value, found)),
            Value::Array(items) => items.iter().for_each(|value| references_of(value, found)),
            _ => {}
        }
    }

    #[test]
    fn a_strict_mode_finds_what_it_asks_for() {
        let schema = strict_schema();
        let text = schema.to_string();
        assert!(!text.contains("oneOf") && !text.contains("maxLength") && !text.contains("picture"), "{schema:#}");
        let mut found = Vec::new();
        objects(&schema, &mut found);
        assert!(found.len() > 30);
        assert!(!text.contains("const") && !text.contains("#/$defs/Layout\""), "{schema:#}");
        let mut references = Vec::new();
        references_of(&schema, &mut references);
        for reference in references {
            let name = reference["$ref"].as_str().unwrap().trim_start_matches("#/$defs/");
            assert_eq!(reference.as_object().unwrap().len(), 1, "{reference}");
            assert!(schema["$defs"][name].is_object(), "{name}");
        }
        for object in found {
            let names: Vec<&String> = object["properties"].as_object().unwrap().keys().collect();
            assert_eq!(object["required"], json!(names), "{object:#}");
            assert_eq!(object["additionalProperties"], json!(false));
        }
    }
}
