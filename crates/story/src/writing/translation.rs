//! The lines of a script in another language: the same scenes and pictures, byte for byte, and only the words are new.

use super::answer::{findings_of_title, of_letters, of_text};
use super::bounds::{Bounds, LONGEST_LINE};
use super::letters::Letters;
use super::order::{is_language, not_a_language};
use super::{Told, Work, WriterTask};
use crate::check::{Findings, check, say::thousands};
use crate::invalid::{Invalid, Problem};
use crate::script::Script;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Lines of one task: a model loses count of more.
const MOST_LINES: usize = 500;
/// Characters of one task.
const MOST_CHARACTERS: u64 = 100_000;
/// The shortest word may become a phrase.
const AROUND_A_LINE: u64 = 40;

/// Lines that are to be said in another language.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Translation {
    /// The script whose lines they are; what comes of it is this script with other texts.
    pub script: Box<Script>,
    /// Its title.
    pub title: String,
    /// The language to be spoken (ISO 639-1, `de`).
    pub language: String,
}

impl Translation {
    /// A script's lines in a language.
    ///
    /// # Errors
    /// If it is no code of a language, or the script is too long for one question.
    pub fn of(script: Script, title: &str, language: &str) -> Result<Self, Invalid> {
        let mut problems = Vec::new();
        if !is_language(language) {
            problems.push(not_a_language("/language", language));
        }
        let characters: u64 = script.lines.iter().map(|line| characters(&line.text)).sum();
        let mut too_much = |what: &str, count: u64, most: u64| {
            if count > most {
                let detail = format!(
                    "{} {what} are too many to be translated: at most {}; make two scripts of it",
                    thousands(count),
                    thousands(most)
                );
                problems.push(Problem { pointer: "/lines".to_owned(), detail });
            }
        };
        too_much("lines", script.lines.len() as u64, MOST_LINES as u64);
        too_much("characters", characters, MOST_CHARACTERS);
        Invalid::unless_empty(problems)?;
        Ok(Self { script: Box::new(script), title: title.to_owned(), language: language.to_owned() })
    }

    /// The most that can come of it. No picture is new.
    #[must_use]
    pub fn bounds(&self) -> Bounds {
        let lines = &self.script.lines;
        Bounds {
            speakers: self.script.speakers.keys().cloned().collect(),
            scenes: u32::try_from(lines.len()).unwrap_or(u32::MAX),
            speech_characters: lines.iter().map(|line| most_characters(&line.text)).sum(),
            new_pictures: 0,
            prompt_characters: 0,
        }
    }

    /// The script that an answer tells.
    pub(super) fn read(&self, value: &Value, rehearsed: bool) -> Result<Told, Invalid> {
        let mut findings = Findings::default();
        let none = Vec::new();
        let texts = value["lines"].as_array().unwrap_or(&none);
        let wanted = self.script.lines.len();
        if texts.len() != wanted && value["lines"].is_array() {
            let count = thousands(texts.len() as u64);
            return Err(Invalid::one("/lines", format!("{count} lines, and it must be {wanted}: one for each")));
        }
        let mut problems = check(value, &WriterTask::new(Work::Translation(self.clone())).schema());
        let title = value["title"].as_str().unwrap_or_default();
        findings_of_title(&mut findings, title, value["title"].is_string());
        let mut script = Script { language: Some(self.language.clone()), ..(*self.script).clone() };
        let mut said = String::new();
        for (index, (line, answer)) in script.lines.iter_mut().zip(texts).enumerate() {
            if let Some(number) = answer["line"].as_u64().filter(|number| *number != index as u64) {
                findings.add(format!("/lines/{index}/line"), format!("{number} stands where line {index} belongs"));
            }
            let Some(text) = answer["text"].as_str().map(str::trim) else { continue };
            let pointer = format!("/lines/{index}/text");
            of_text(&mut findings, &pointer, text);
            let (count, most) = (characters(text), most_characters(&line.text));
            if count > most {
                let (count, most) = (thousands(count), thousands(most));
                findings.add(pointer, format!("{count} characters are too many for this line: at most {most}"));
            }
            said.push_str(text);
            said.push('\n');
            text.clone_into(&mut line.text);
        }
        if !rehearsed {
            of_letters(&mut findings, "/lines", Letters::of_language(&self.language), &said);
        }
        problems.extend(findings.into_problems());
        Invalid::unless_empty(problems)?;
        Ok(Told { title: title.trim().to_owned(), script, moods: Vec::new(), sections: Vec::new() })
    }
}

fn characters(text: &str) -> u64 {
    text.chars().count() as u64
}

/// What a line may become: a Chinese character is a word elsewhere.
fn most_characters(text: &str) -> u64 {
    let is_dense = |c: char| matches!(Letters::of(c), Some(Letters::Chinese | Letters::Japanese | Letters::Hangul));
    let weighed: u64 = text.chars().map(|c| if is_dense(c) { 4 } else { 1 }).sum();
    (weighed * 2 + AROUND_A_LINE).min(LONGEST_LINE)
}
