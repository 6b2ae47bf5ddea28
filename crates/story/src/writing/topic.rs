//! The order of an explainer: a topic that a writer plans in sections, each with what is said, what is to be kept of it, and an idea of
//! what is to be seen.

use super::answer::{findings_of_title, of_letters, of_text};
use super::bounds::Bounds;
use super::letters::Letters;
use super::order::{is_language, not_a_language};
use super::{Brief, FORMAT, Told, Work, WriterTask};
use crate::animation::Point;
use crate::check::{Findings, check, say::quoted, say::thousands};
use crate::invalid::{Invalid, Problem};
use crate::reading::{self, senseless, speakers};
use crate::script::{Aspect, Line, Look, Script, Speaker, SpeechOptions};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Sections where nobody says how many.
const USUAL_SECTIONS: u32 = 5;
/// Who speaks.
const NARRATOR: &str = "Narrator";
/// Characters of what is said in a section: about a minute.
pub(super) const LONGEST_SECTION: u64 = 900;
/// Characters of its heading, of a point, and of the idea.
pub(super) const LONGEST_HEADING: usize = 60;
pub(super) const LONGEST_POINT: usize = 80;
pub(super) const LONGEST_IDEA: usize = 500;
/// Points of a section.
pub(super) const MOST_POINTS: usize = 4;

/// A topic that is to be explained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TopicOrder {
    /// What is to be explained, in a few words or in many.
    #[schemars(length(min = 1, max = 20_000))]
    pub text: String,
    /// How many sections; about five where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 12))]
    pub sections: Option<u32>,
    /// Language of the film (ISO 639-1, `en`); the topic's own where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 2, max = 16))]
    pub language: Option<String>,
    /// Who explains it, as a speaker of a script.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speaker: Option<Speaker>,
    /// How animations are made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub style: Option<Style>,
}

/// How animations are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Style {
    /// Out of things that Onetake lays out and draws.
    Declarative,
    /// By a program for Manim.
    Manim,
}

/// A section of an explainer, as it is planned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// What it is about, in a few words.
    pub heading: String,
    /// What is said.
    pub text: String,
    /// What is to be seen.
    pub idea: String,
    /// What is to be kept of it.
    pub points: Vec<Point>,
    /// How its animation is made, where not the usual way: no writer says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub style: Option<Style>,
}

impl Section {
    /// The words that are said.
    #[must_use]
    pub fn words(&self) -> Vec<&str> {
        self.text.split_whitespace().collect()
    }
}

/// An order as far as it could be read.
#[derive(Clone, Debug, PartialEq)]
pub struct TopicReading {
    /// The order, if nothing is wrong with it.
    pub order: Option<TopicOrder>,
    /// Everything that is wrong.
    pub problems: Vec<Problem>,
}

impl TopicReading {
    /// Reads a value that stood in a request, at `pointer` (`/topic`): all pointers begin there.
    #[must_use]
    pub fn of_value(value: &Value, pointer: &str) -> Self {
        let mut problems = check(value, &SCHEMA);
        let mut add = |field: &str, detail: String| problems.push(Problem { pointer: field.to_owned(), detail });
        if let Some(sentence) = value["text"].as_str().and_then(senseless) {
            add("/text", sentence);
        }
        if value["speaker"].is_object() {
            // As strictly as in a script, whose speakers have names.
            let (found, files) = speakers(&json!({ NARRATOR: value["speaker"] }), 1);
            let unnamed = |pointer: &str| pointer.replacen(&format!("/speakers/{NARRATOR}"), "/speaker", 1);
            for Problem { pointer, detail } in found {
                add(&unnamed(&pointer), detail);
            }
            for file in files {
                add(&unnamed(&file.pointer), "a topic has no files beside it; leave the avatar out".to_owned());
            }
        }
        if let Some(language) = value["language"].as_str().filter(|language| !is_language(language)) {
            problems.push(not_a_language("/language", language));
        }
        let (order, problems) = reading::order(value, (pointer, "topic"), problems);
        Self { order, problems }
    }

    /// The order, if it is good.
    ///
    /// # Errors
    /// With everything that is wrong.
    pub fn into_order(self) -> Result<TopicOrder, Invalid> {
        Invalid::unless_empty(self.problems)?;
        self.order.ok_or_else(|| Invalid::one("", "not a topic"))
    }
}

/// The JSON Schema of a topic's order (draft 2020-12).
#[must_use]
pub fn topic_schema() -> Value {
    SCHEMA.clone()
}

static SCHEMA: LazyLock<Value> = LazyLock::new(|| schemars::schema_for!(TopicOrder).to_value());

impl TopicOrder {
    /// Sections that it has at most.
    #[must_use]
    pub fn sections(&self) -> u32 {
        self.sections.unwrap_or(USUAL_SECTIONS)
    }

    /// How its animations are made, where not the usual way.
    fn program_style(&self) -> Option<Style> {
        self.style.filter(|style| *style == Style::Manim)
    }

    /// The most that can come of it.
    #[must_use]
    pub fn bounds(&self) -> Bounds {
        let sections = self.sections();
        Bounds {
            speakers: vec![NARRATOR.to_owned()],
            scenes: sections,
            speech_characters: u64::from(sections) * LONGEST_SECTION,
            new_pictures: 0,
            prompt_characters: 0,
        }
    }

    /// The question for an animation of the longest section that could be planned.
    #[must_use]
    pub fn longest_animation(&self) -> WriterTask {
        let text = |characters: usize| "字".repeat(characters);
        let point = Point { text: text(LONGEST_POINT), at: text(LONGEST_POINT) };
        let section = Section {
            heading: text(LONGEST_HEADING),
            text: text(usize::try_from(LONGEST_SECTION).unwrap_or(usize::MAX)),
            idea: text(LONGEST_IDEA),
            points: vec![point; MOST_POINTS],
            style: self.program_style(),
        };
        let [provider, base_url, model] = [const { String::new() }; 3];
        let language = self.language.clone();
        let brief = Brief { provider, base_url, model, section, aspect: Aspect::Portrait, language, format: FORMAT };
        WriterTask::new(Work::Animation(Box::new(brief)))
    }

    /// The sections that an answer tells, and the script of what is said in them.
    pub(super) fn read(&self, value: &Value, schema: &Value, rehearsed: bool) -> Result<Told, Invalid> {
        let mut findings = Findings::default();
        let none = Vec::new();
        let told = value["sections"].as_array().unwrap_or(&none);
        let most = self.sections();
        if told.len() as u64 > u64::from(most) {
            let count = thousands(told.len() as u64);
            return Err(Invalid::one("/sections", format!("{count} sections are too many: at most {most}")));
        }
        if told.is_empty() && value["sections"].is_array() {
            findings.add("/sections", "no sections; explain the topic in at least one");
        }
        let mut problems = check(value, schema);
        findings_of_title(&mut findings, value["title"].as_str().unwrap_or_default(), value["title"].is_string());
        let mut said = String::new();
        for (index, section) in told.iter().enumerate() {
            let text = section["text"].as_str().unwrap_or_default().trim();
            let pointer = format!("/sections/{index}");
            if section["text"].is_string() {
                of_text(&mut findings, &format!("{pointer}/text"), text);
            }
            let mut short = |field: &str, most: u64, what: &str| {
                let count = what.chars().count() as u64;
                if count > most {
                    let count = thousands(count);
                    findings
                        .add(format!("{pointer}/{field}"), format!("{count} characters are too many: at most {most}"));
                }
            };
            short("text", LONGEST_SECTION, text);
            short("heading", LONGEST_HEADING as u64, section["heading"].as_str().unwrap_or_default());
            short("idea", LONGEST_IDEA as u64, section["idea"].as_str().unwrap_or_default());
            let points = section["points"].as_array().unwrap_or(&none);
            for (point, value) in points.iter().enumerate() {
                short(
                    &format!("points/{point}/text"),
                    LONGEST_POINT as u64,
                    value["text"].as_str().unwrap_or_default(),
                );
            }
            for (field, text) in shown(section) {
                if text.trim().is_empty() || text.chars().any(char::is_control) {
                    findings.add(
                        format!("{pointer}/{field}"),
                        format!("{} cannot be shown; write plain words", quoted(text)),
                    );
                }
            }
            if points.is_empty() || points.len() > MOST_POINTS {
                findings.add(format!("{pointer}/points"), format!("{} points: give 1 to {MOST_POINTS}", points.len()));
            }
            said.push_str(text);
            said.push('\n');
        }
        let expected = match &self.language {
            Some(language) => Letters::of_language(language),
            None => Letters::of_text(&self.text),
        };
        if !rehearsed {
            of_letters(&mut findings, "/sections", expected, &said);
        }
        problems.extend(findings.into_problems());
        Invalid::unless_empty(problems)?;
        let sections: Vec<Section> = Vec::<Section>::deserialize(&value["sections"])
            .map_err(|error| Invalid::one("/sections", format!("not sections: {error}")))?;
        let style = self.program_style();
        let ours = |section: Section| Section { text: section.text.trim().to_owned(), style, ..section };
        let sections: Vec<Section> = sections.into_iter().map(ours).collect();
        let title = value["title"].as_str().unwrap_or_default().trim().to_owned();
        Ok(Told { title, script: self.script(&sections), moods: Vec::new(), sections })
    }

    /// What is said: a line for each section.
    fn script(&self, sections: &[Section]) -> Script {
        let line = |section: &Section| Line {
            speaker: NARRATOR.to_owned(),
            text: section.text.clone(),
            pause_ms: crate::script::default_pause_ms(),
            retake: 0,
            picture: None,
        };
        Script {
            speakers: BTreeMap::from([(NARRATOR.to_owned(), self.speaker.clone().unwrap_or_default())]),
            lines: sections.iter().map(line).collect(),
            language: self.language.clone(),
            seed: None,
            speech: SpeechOptions::default(),
            look: Look::default(),
        }
    }
}

/// What of a section is shown, with the fields.
fn shown(section: &Value) -> Vec<(String, &str)> {
    let points = section["points"].as_array().map_or(&[][..], Vec::as_slice).iter().enumerate();
    let points = points.filter_map(|(index, point)| Some((format!("points/{index}/text"), point["text"].as_str()?)));
    let heading = section["heading"].as_str().map(|heading| ("heading".to_owned(), heading));
    heading.into_iter().chain(points).collect()
}
