//! Reads a list of phrases, one a line, as a script of one speaker. Every problem is named at once, with its line.

use crate::ending::Ending;
use crate::script_file::{self, ScriptFile};
use serde_json::{Map, json};
use std::collections::BTreeMap;
use std::path::Path;
use story::Script;
use story::invalid::{Invalid, Problem};
use story::reading::{Limits, MOST_LINES, names_speakers, script_from_value};

/// The speaker of all phrases.
const SPEAKER: &str = "Phrases";

/// Who says phrases, where not the provider's first voice and its usual model.
#[derive(Debug, Default)]
pub(crate) struct Voiced {
    pub(crate) voice: Option<String>,
    pub(crate) model: Option<String>,
}

/// What is to be spoken, and on which line of a list each phrase stands.
pub(crate) struct Phrases {
    pub(crate) source: ScriptFile,
    numbers: Option<Vec<usize>>,
}

impl Phrases {
    /// A list has no pointers: a problem's place is its line's number, or the option that names it.
    pub(crate) fn placed(&self, ending: Ending) -> Ending {
        match (ending, &self.numbers) {
            (Ending::Invalid(invalid), Some(numbers)) => placed(invalid, numbers).into(),
            (ending, _) => ending,
        }
    }
}

/// Reads phrases, or a script where every line begins with a name and no voice or model is asked for.
pub(crate) fn read(path: &Path, voiced: &Voiced, limits: Limits) -> Result<Phrases, Ending> {
    let bytes = script_file::bytes(path, limits)?;
    let text = story::json::utf8(&bytes)?;
    let is_script = text.trim_start().starts_with(['{', '[']) || names_speakers(text);
    if let (true, Voiced { voice: None, model: None }) = (is_script, voiced) {
        return Ok(Phrases { source: script_file::read(path, limits)?, numbers: None });
    }
    let (script, numbers) = script(text, voiced, limits)?;
    Ok(Phrases { source: ScriptFile { script, files: BTreeMap::new() }, numbers: Some(numbers) })
}

fn script(text: &str, voiced: &Voiced, limits: Limits) -> Result<(Script, Vec<usize>), Invalid> {
    let lines = text.lines().map(str::trim).enumerate();
    let (numbers, phrases): (Vec<usize>, Vec<&str>) =
        lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')).map(|(at, line)| (at + 1, line)).unzip();
    if phrases.is_empty() {
        return Err(Invalid::one("", "no phrases; write one a line"));
    }
    if phrases.len() > limits.max_lines {
        let detail = format!(
            "{} phrases are too many: at most {} at once; make several lists of it, or set ONETAKE_MAX_LINES (up to {MOST_LINES})",
            phrases.len(),
            limits.max_lines
        );
        return Err(Invalid::one("", detail));
    }
    let mut speaker = Map::new();
    let named = [("voice_id", &voiced.voice), ("model_id", &voiced.model)];
    speaker.extend(named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), json!(value.as_ref()?)))));
    let lines: Vec<_> = phrases.iter().map(|text| json!({ "speaker": SPEAKER, "text": text })).collect();
    let value = json!({ "speakers": { SPEAKER: speaker }, "lines": lines });
    let script = script_from_value(&value, limits).map_err(|invalid| placed(invalid, &numbers))?;
    Ok((script, numbers))
}

fn placed(invalid: Invalid, numbers: &[usize]) -> Invalid {
    let place = |Problem { pointer, detail }: Problem| {
        let line = pointer.strip_prefix("/lines/").and_then(|rest| rest.split('/').next()?.parse::<usize>().ok());
        let place = match line.and_then(|line| numbers.get(line)) {
            Some(number) => format!("line {number}: "),
            None if pointer.ends_with("/voice_id") => "--voice: ".to_owned(),
            None if pointer.ends_with("/model_id") => "--model: ".to_owned(),
            None => String::new(),
        };
        Problem { pointer: String::new(), detail: format!("{place}{detail}") }
    };
    Invalid { problems: invalid.problems.into_iter().map(place).collect() }
}
