//! Plain text: `NAME: what is said`, one a line. Empty lines and lines that begin with `#` are passed over.

use crate::check::{Findings, say::quoted};
use crate::invalid::{Invalid, Problem};
use serde_json::{Map, Value, json};

const LONGEST_NAME: usize = 40;

/// A script's value, and where in the text its lines stood.
pub(super) struct Plain {
    pub(super) value: Value,
    numbers: Vec<usize>,
}

pub(super) fn parse(text: &str) -> Result<Plain, Invalid> {
    let mut findings = Findings::default();
    let (mut speakers, mut lines, mut numbers) = (Map::new(), Vec::new(), Vec::new());
    for (index, line) in self::lines(text) {
        match split(line) {
            Some((name, said)) => {
                speakers.entry(name).or_insert_with(|| json!({}));
                lines.push(json!({"speaker": name, "text": said}));
                numbers.push(index + 1);
            }
            None => findings.add(
                "",
                format!(
                    "line {} does not begin with NAME: … ({}); a text without names is a story, and stories are not there yet",
                    index + 1,
                    quoted(line)
                ),
            ),
        }
    }
    Invalid::unless_empty(findings.into_problems())?;
    if lines.is_empty() {
        return Err(Invalid::one("", "no lines; write NAME: what is said, one a line"));
    }
    Ok(Plain { value: json!({"speakers": speakers, "lines": lines}), numbers })
}

/// What is said, and on which line from 0.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let trimmed = text.lines().map(str::trim).enumerate();
    trimmed.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

pub(super) fn split(line: &str) -> Option<(&str, &str)> {
    // The wide colon is what Chinese and Japanese keyboards write.
    let (name, said) = line.split_once([':', '：'])?;
    let name = name.trim();
    let plausible = name.chars().count() <= LONGEST_NAME && name.chars().any(char::is_alphabetic);
    // `https://…` is not somebody called https.
    (plausible && !said.starts_with("//")).then(|| (name, said.trim()))
}

impl Plain {
    /// A text has no pointers: a problem's place is its line's number.
    pub(super) fn place(&self, Problem { pointer, detail }: Problem) -> Problem {
        let number = pointer.strip_prefix("/lines/").and_then(|rest| {
            let index: usize = rest.split('/').next()?.parse().ok()?;
            self.numbers.get(index)
        });
        let detail = number.map_or_else(|| detail.clone(), |number| format!("line {number}: {detail}"));
        Problem { pointer: String::new(), detail }
    }
}
