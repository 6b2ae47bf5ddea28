//! From bytes to a script, or to everything that is wrong with them: its shape by the schema, then its meaning.

mod meaning;
mod plain;

use crate::check::{check, say::thousands};
use crate::invalid::{Invalid, Problem};
use crate::json::{parse_anyway, utf8};
use crate::script::Script;
pub(crate) use meaning::{senseless, speakers, unspeakable};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::LazyLock;

/// No house takes more lines than this, whatever its limits say.
pub const MOST_LINES: usize = 5_000;

/// How much of a script a house takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Lines of a script; never more than [`MOST_LINES`].
    pub max_lines: usize,
    /// Size of a script's file or request.
    pub max_script_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_lines: 500, max_script_bytes: 32 << 20 }
    }
}

impl Limits {
    /// To be asked before a file is read into memory.
    ///
    /// # Errors
    /// If a script of `bytes` bytes is too large.
    pub fn check_size(&self, bytes: u64) -> Result<(), Invalid> {
        let most = self.max_script_bytes;
        let sentence = || format!("{} bytes are too large for a script: at most {}", thousands(bytes), thousands(most));
        if bytes > most { Err(Invalid::one("", sentence())) } else { Ok(()) }
    }

    fn lines(&self) -> usize {
        self.max_lines.min(MOST_LINES)
    }
}

/// A file that a script names, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedFile {
    /// JSON pointer of the name.
    pub pointer: String,
    /// The name, relative to the script.
    pub path: String,
}

/// A script as far as it could be read, so that whoever opens its files can name their problems beside those found here.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The script, if nothing is wrong with it.
    pub script: Option<Script>,
    /// Everything that is wrong.
    pub problems: Vec<Problem>,
    /// The pictures and avatars that it names as files, of broken scripts too.
    pub files: Vec<NamedFile>,
}

impl Reading {
    /// Reads a JSON object, or plain text with lines `NAME: what is said`.
    #[must_use]
    pub fn of_bytes(bytes: &[u8], limits: Limits) -> Self {
        let text = match limits.check_size(bytes.len() as u64).and_then(|()| utf8(bytes)) {
            Ok(text) => text,
            Err(invalid) => return Self::broken(invalid),
        };
        if !text.trim_start().starts_with(['{', '[']) {
            return match plain::parse(text) {
                Ok(plain) => Self::of_parsed(&plain.value, Vec::new(), limits, |problem| plain.place(problem)),
                Err(invalid) => Self::broken(invalid),
            };
        }
        match parse_anyway(text) {
            Ok((value, doubles)) => Self::of_parsed(&value, doubles, limits, |problem| problem),
            Err(invalid) => Self::broken(invalid),
        }
    }

    /// Reads a value that stood in a request.
    #[must_use]
    pub fn of_value(value: &Value, limits: Limits) -> Self {
        Self::of_parsed(value, Vec::new(), limits, |problem| problem)
    }

    /// The script, if it is good and nothing else was found to be wrong.
    ///
    /// # Errors
    /// With everything that is wrong.
    pub fn into_script(self) -> Result<Script, Invalid> {
        Invalid::unless_empty(self.problems)?;
        self.script.ok_or_else(|| Invalid::one("", "not a script"))
    }

    fn broken(invalid: Invalid) -> Self {
        Self { script: None, problems: invalid.problems, files: Vec::new() }
    }

    fn of_parsed(value: &Value, doubles: Vec<Problem>, limits: Limits, place: impl Fn(Problem) -> Problem) -> Self {
        let mut problems = doubles;
        problems.extend(check(value, &SCHEMA));
        let (found, files) = meaning::check(value, limits);
        problems.extend(found);
        let mut problems: Vec<Problem> = problems.into_iter().map(place).collect();
        let mut script = None;
        if problems.is_empty() {
            match Script::deserialize_value(value) {
                Ok(read) => script = Some(read),
                Err(error) => {
                    problems.push(Problem { pointer: String::new(), detail: format!("not a script: {error}") })
                }
            }
        }
        Self { script, problems, files }
    }
}

/// Reads an order that stood in a request at `pointer`, where nothing is wrong with it; all pointers begin there then.
pub(crate) fn order<T: DeserializeOwned>(
    value: &Value,
    (pointer, what): (&str, &str),
    mut problems: Vec<Problem>,
) -> (Option<T>, Vec<Problem>) {
    let mut order = None;
    if problems.is_empty() {
        match T::deserialize(value) {
            Ok(read) => order = Some(read),
            Err(error) => problems.push(Problem { pointer: String::new(), detail: format!("not a {what}: {error}") }),
        }
    }
    problems.iter_mut().for_each(|problem| problem.pointer.insert_str(0, pointer));
    (order, problems)
}

/// Reads a script: a JSON object, or plain text with lines `NAME: what is said`.
///
/// # Errors
/// With everything that is wrong.
pub fn read_script(bytes: &[u8], limits: Limits) -> Result<Script, Invalid> {
    Reading::of_bytes(bytes, limits).into_script()
}

/// Reads a script that stood in a request; pointers begin at the script.
///
/// # Errors
/// With everything that is wrong.
pub fn script_from_value(value: &Value, limits: Limits) -> Result<Script, Invalid> {
    Reading::of_value(value, limits).into_script()
}

/// Whether a text has lines, and each begins with a name (`ANA: Hello.`): then it can be read as a script.
#[must_use]
pub fn names_speakers(text: &str) -> bool {
    plain::lines(text).next().is_some() && plain::lines(text).all(|(_, line)| plain::split(line).is_some())
}

/// The JSON Schema of a script (draft 2020-12).
#[must_use]
pub fn script_schema() -> Value {
    SCHEMA.clone()
}

static SCHEMA: LazyLock<Value> = LazyLock::new(|| schemars::schema_for!(Script).to_value());

impl Script {
    fn deserialize_value(value: &Value) -> Result<Self, serde_json::Error> {
        serde::Deserialize::deserialize(value)
    }
}

#[cfg(test)]
mod tests;
