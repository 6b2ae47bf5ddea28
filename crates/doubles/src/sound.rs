//! A text as sound: how long each character takes, at what pitch it sounds, and the bytes of it in any format.

mod format;
mod mp3;

pub use format::{Format, Sound};

use serde_json::{Value, json};
use std::sync::Arc;

/// How many pitches there are.
pub(crate) const PITCHES: usize = 24;
const LETTER_MS: u64 = 60;

/// A text, spoken in one way. Cheap to copy: nothing is computed before it is asked for.
#[derive(Debug, Clone)]
pub struct Speech {
    text: Arc<str>,
    speed: f64,
    has_tags: bool,
    pitch: usize,
}

/// One character and when it sounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The character of the text.
    pub character: char,
    /// From the beginning of the speech.
    pub start_ms: u64,
    /// The next one's start.
    pub end_ms: u64,
    /// Which pitch; `None` is silence.
    pub pitch: Option<usize>,
}

impl Speech {
    /// The text at a speed (1: as it is). Words in square brackets are silent where they are directions. Another `manner` gives
    /// other pitches.
    pub fn new(text: &str, speed: f64, has_tags: bool, manner: &str) -> Self {
        let pitch = manner.bytes().fold(7_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(byte)));
        Self { text: text.into(), speed: if speed > 0.0 { speed } else { 1.0 }, has_tags, pitch: pitch % PITCHES }
    }

    /// The characters in order, without a gap between them.
    pub fn spans(&self) -> Spans {
        Spans { speech: self.clone(), at_byte: 0, at_ms: 0, in_tag: false }
    }

    /// How long it is.
    pub fn length_ms(&self) -> u64 {
        self.spans().last().map_or(0, |span| span.end_ms)
    }
}

/// The characters of a [`Speech`], one after the other.
#[derive(Debug, Clone)]
pub struct Spans {
    speech: Speech,
    at_byte: usize,
    at_ms: u64,
    in_tag: bool,
}

impl Iterator for Spans {
    type Item = Span;

    fn next(&mut self) -> Option<Span> {
        let character = self.speech.text.get(self.at_byte..)?.chars().next()?;
        self.at_byte += character.len_utf8();
        if self.speech.has_tags && character == '[' {
            self.in_tag = true;
        }
        let (natural_ms, sounds) = if self.in_tag { (20, false) } else { nature(character) };
        if character == ']' {
            self.in_tag = false;
        }
        let length_ms = (natural_ms as f64 / self.speech.speed).round() as u64;
        let pitch = sounds.then(|| (self.speech.pitch + character as usize) % PITCHES);
        let span = Span { character, start_ms: self.at_ms, end_ms: self.at_ms + length_ms, pitch };
        self.at_ms = span.end_ms;
        Some(span)
    }
}

/// How long a character takes, and whether one hears it.
fn nature(character: char) -> (u64, bool) {
    match character {
        // What only changes the character before it takes no time.
        '\u{200d}' | '\u{fe0f}' | '\u{300}'..='\u{36f}' | '\u{1f3fb}'..='\u{1f3ff}' => (0, false),
        '.' | '!' | '?' | '…' | '。' | '！' | '？' | '؟' | '\n' => (4 * LETTER_MS, false),
        ',' | ';' | ':' | '、' | '，' | '؛' | '—' | '–' => (2 * LETTER_MS, false),
        _ if character.is_whitespace() || character.is_ascii_punctuation() => (LETTER_MS, false),
        // A character of these scripts is a syllable.
        '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' => (3 * LETTER_MS, true),
        _ => (LETTER_MS, true),
    }
}

/// The characters with their times, as answers and history carry them.
pub fn alignment(spans: &[Span]) -> Value {
    let rows = spans.iter().map(|span| (span.character, span.start_ms as f64, span.end_ms as f64));
    arrays(rows)
}

/// The same for the text as it was spoken: digits are words.
pub fn normalized_alignment(spans: &[Span]) -> Value {
    let mut rows = Vec::with_capacity(spans.len());
    let mut after_digit = false;
    for span in spans {
        let word = span.character.to_digit(10).map(|digit| WORDS[digit as usize]);
        let spoken = match word {
            Some(word) if after_digit => format!(" {word}"),
            Some(word) => word.to_owned(),
            None => span.character.to_string(),
        };
        after_digit = word.is_some();
        let share = (span.end_ms - span.start_ms) as f64 / spoken.chars().count() as f64;
        for (index, character) in spoken.chars().enumerate() {
            let start = span.start_ms as f64 + share * index as f64;
            rows.push((character, start.round(), (start + share).round()));
        }
    }
    arrays(rows.into_iter())
}

const WORDS: [&str; 10] = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

fn arrays(rows: impl Iterator<Item = (char, f64, f64)>) -> Value {
    let (mut characters, mut starts, mut ends) = (Vec::new(), Vec::new(), Vec::new());
    for (character, start_ms, end_ms) in rows {
        characters.push(character.to_string());
        starts.push(start_ms / 1_000.0);
        ends.push(end_ms / 1_000.0);
    }
    json!({"characters": characters, "character_start_times_seconds": starts, "character_end_times_seconds": ends})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, has_tags: bool, expected: &str) {
        let shown: Vec<String> = Speech::new(text, 1.0, has_tags, "")
            .spans()
            .map(|span| format!("{}{}{}", span.character, span.end_ms, if span.pitch.is_some() { "~" } else { "" }))
            .collect();
        assert_eq!(shown.join(" "), expected);
    }

    #[test]
    fn every_character_follows_the_one_before_it() {
        check("ab, c.", false, "a60~ b120~ ,240  300 c360~ .600");
        check("[oh] a", true, "[20 o40 h60 ]80  140 a200~");
        check("今a", false, "今180~ a240~");
        check("", false, "");
    }

    #[test]
    fn digits_are_spoken_as_words() {
        let spans: Vec<Span> = Speech::new("a 42", 1.0, false, "").spans().collect();
        let spoken = normalized_alignment(&spans);
        let characters: String =
            spoken["characters"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        assert_eq!(characters, "a four two");
        assert_eq!(spoken["character_end_times_seconds"][9], 0.24);
    }
}
