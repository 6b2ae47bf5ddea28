//! The order of a story, read as strictly as a script: everything that is wrong with it, at once.

use super::bounds::{Bounds, MOST_SCENES};
use crate::check::{check, say::quoted};
use crate::invalid::{Invalid, Problem};
use crate::json::utf8;
use crate::reading::{self, NamedFile, senseless, speakers};
use crate::script::Speaker;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A writer chooses among them: more make the question too large for some.
const MOST_SPEAKERS: usize = 20;
/// Who speaks where nobody is named.
const NARRATOR: &str = "Narrator";

/// A text that is to become a film.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StoryOrder {
    /// The story, or what it is to be about.
    #[schemars(length(min = 1, max = 100_000))]
    pub text: String,
    /// The film's title; the writer finds one where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200))]
    pub title: Option<String>,
    /// How many scenes; where absent, the text's length says how many at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 60))]
    pub scenes: Option<u32>,
    /// Language of the film (ISO 639-1, `en`); the story's own where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 2, max = 16))]
    pub language: Option<String>,
    /// Who may speak, by name, as in a script; one narrator where it is absent.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub speakers: BTreeMap<String, Speaker>,
    /// Words added to every image prompt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 300))]
    pub style: Option<String>,
}

/// An order as far as it could be read.
#[derive(Clone, Debug, PartialEq)]
pub struct StoryReading {
    /// The order, if nothing is wrong with it.
    pub order: Option<StoryOrder>,
    /// Everything that is wrong.
    pub problems: Vec<Problem>,
    /// The avatars that it names as files, of broken orders too.
    pub files: Vec<NamedFile>,
}

impl StoryReading {
    /// Reads a value that stood in a request, at `pointer` (`/story`): all pointers begin there.
    #[must_use]
    pub fn of_value(value: &Value, pointer: &str) -> Self {
        let mut problems = check(value, &SCHEMA);
        problems.extend(meaning(value));
        let (found, mut files) = speakers(&value["speakers"], MOST_SPEAKERS);
        problems.extend(found);
        let (order, problems) = reading::order(value, (pointer, "story"), problems);
        files.iter_mut().for_each(|file| file.pointer.insert_str(0, pointer));
        Self { order, problems, files }
    }

    /// Reads a text file: all of it is the story. What else an order may say is changed in the value by `also`.
    ///
    /// # Errors
    /// With everything that is wrong.
    pub fn of_text(bytes: &[u8], also: impl FnOnce(&mut Value)) -> Result<StoryOrder, Invalid> {
        let mut value = json!({"text": utf8(bytes)?});
        also(&mut value);
        Self::of_value(&value, "").into_order()
    }

    /// The order, if it is good.
    ///
    /// # Errors
    /// With everything that is wrong.
    pub fn into_order(self) -> Result<StoryOrder, Invalid> {
        Invalid::unless_empty(self.problems)?;
        self.order.ok_or_else(|| Invalid::one("", "not a story"))
    }
}

impl StoryOrder {
    /// Who may speak.
    #[must_use]
    pub fn cast(&self) -> BTreeMap<String, Speaker> {
        if self.speakers.is_empty() {
            return BTreeMap::from([(NARRATOR.to_owned(), Speaker::default())]);
        }
        self.speakers.clone()
    }

    /// The most that can come of it.
    #[must_use]
    pub fn bounds(&self) -> Bounds {
        Bounds::of_story(&self.text, self.scenes, self.cast().into_keys().collect(), self.style.as_deref())
    }
}

/// The JSON Schema of a story's order (draft 2020-12).
#[must_use]
pub fn story_schema() -> Value {
    SCHEMA.clone()
}

static SCHEMA: LazyLock<Value> = LazyLock::new(|| schemars::schema_for!(StoryOrder).to_value());

/// What the schema cannot say.
fn meaning(value: &Value) -> Vec<Problem> {
    let mut problems = Vec::new();
    for field in ["text", "title", "style"] {
        if let Some(sentence) = value[field].as_str().and_then(senseless) {
            problems.push(problem(&format!("/{field}"), sentence));
        }
    }
    if let Some(language) = value["language"].as_str().filter(|language| !is_language(language)) {
        problems.push(not_a_language("/language", language));
    }
    problems
}

pub(super) fn not_a_language(pointer: &str, language: &str) -> Problem {
    problem(pointer, format!("{} is not the code of a language; write it as en, de or pt-BR", quoted(language)))
}

fn problem(pointer: &str, detail: impl Into<String>) -> Problem {
    Problem { pointer: pointer.to_owned(), detail: detail.into() }
}

/// `en`, `pt-BR`: it goes into a question to a model, so that nothing else may stand in it.
pub(super) fn is_language(language: &str) -> bool {
    let mut parts = language.split('-');
    let code = parts.next().unwrap_or_default();
    let is_code = (2..=3).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_part = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_code && parts.all(is_part) && language.len() <= 16
}

const _: () = assert!(MOST_SCENES == 60, "the schema says so");
