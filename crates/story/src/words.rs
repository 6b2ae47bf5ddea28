//! Words and their times, out of the times of characters that a provider gives.

use crate::time::SAMPLE_RATE;
use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

/// When each character of a text is spoken, in seconds from the start of the take; the lists are of equal length.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Alignment {
    /// The characters of the text as it was sent, in order.
    pub characters: Vec<String>,
    /// Where each begins.
    #[serde(rename = "character_start_times_seconds")]
    pub starts_s: Vec<f64>,
    /// Where each ends.
    #[serde(rename = "character_end_times_seconds")]
    pub ends_s: Vec<f64>,
}

impl Alignment {
    /// Puts a later part behind this one.
    pub fn extend(&mut self, later: Self) {
        self.characters.extend(later.characters);
        self.starts_s.extend(later.starts_s);
        self.ends_s.extend(later.ends_s);
    }
}

impl Alignment {
    /// The alignment without the audio tags (`[whispers]`) that some models take in a text and do not say.
    #[must_use]
    pub fn without_tags(&self, model: &str) -> Self {
        if !["eleven_v3", "eleven_v4"].iter().any(|family| model.starts_with(family)) {
            return self.clone();
        }
        let mut spoken = Self::default();
        let mut index = 0;
        while index < self.characters.len().min(self.starts_s.len()).min(self.ends_s.len()) {
            let rest = &self.characters[index..];
            let tag = (rest[0] == "[").then(|| rest.iter().position(|character| character == "]")).flatten();
            if let Some(end) = tag {
                index += end + 1;
                continue;
            }
            spoken.characters.push(self.characters[index].clone());
            spoken.starts_s.push(self.starts_s[index]);
            spoken.ends_s.push(self.ends_s[index]);
            index += 1;
        }
        spoken
    }
}

/// One word as a caption shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Word {
    /// The word with the punctuation that touches it.
    pub text: String,
    /// Whether white space stood before it: never between the words of Chinese or Japanese.
    pub space_before: bool,
    /// First sample in which it is spoken, from the start of its take.
    pub start: u64,
    /// First sample after it.
    pub end: u64,
}

/// The words of an alignment, in order, each inside `0..samples`. Word boundaries are Unicode's (UAX 29), so that text without spaces is split too.
#[must_use]
pub fn words(alignment: &Alignment, samples: u64) -> Vec<Word> {
    let sample = |seconds: f64| ((seconds.max(0.0) * SAMPLE_RATE as f64).round() as u64).min(samples);
    let text: String = alignment.characters.concat();
    // The time of each byte's character: word boundaries come as byte offsets, and fall on characters.
    let times: Vec<(usize, u64, u64)> = alignment
        .characters
        .iter()
        .zip(alignment.starts_s.iter().zip(&alignment.ends_s))
        .scan(0, |offset, (character, (&start_s, &end_s))| {
            let at = *offset;
            *offset += character.len();
            Some((at, sample(start_s), sample(end_s)))
        })
        .collect();
    let span = |from: usize, to: usize| {
        let inside = times.iter().skip_while(|(at, ..)| *at < from).take_while(|(at, ..)| *at < to);
        inside.fold(None, |span: Option<(u64, u64)>, &(_, start, end)| {
            Some(span.map_or((start, end), |(first, last)| (first.min(start), last.max(end))))
        })
    };
    let mut words: Vec<Word> = Vec::new();
    let mut space_before = false;
    // Opening punctuation waits for the word it opens, and keeps the space that stood before it.
    let mut opening: Option<(String, bool)> = None;
    for (from, piece) in text.split_word_bound_indices() {
        if piece.trim().is_empty() {
            space_before = true;
            continue;
        }
        let stands_free = space_before || words.is_empty();
        if is_spoken(piece) || (stands_free && is_symbol(piece)) {
            let Some((start, end)) = span(from, from + piece.len()) else { continue };
            match (words.last_mut(), opening.take()) {
                (Some(last), None) if !space_before && goes_on(&last.text, piece) => {
                    last.text.push_str(piece);
                    last.end = end;
                }
                (_, Some((mark, space))) => {
                    let gap = if space_before { NO_BREAK } else { "" };
                    words.push(Word { text: mark + gap + piece, space_before: space, start, end });
                }
                (_, None) => words.push(Word { text: piece.to_owned(), space_before, start, end }),
            }
        } else if let Some((mark, _)) = &mut opening {
            mark.push_str(piece);
        } else if opens(piece) || words.is_empty() {
            opening = Some((piece.to_owned(), space_before));
        } else if let Some(last) = words.last_mut() {
            // A mark that stands free (French `!`, a dash) keeps its distance and never begins a line.
            last.text.push_str(if space_before { NO_BREAK } else { "" });
            last.text.push_str(piece);
            if let Some((_, end)) = span(from, from + piece.len()).filter(|_| is_symbol(piece)) {
                last.end = last.end.max(end);
            }
        }
        space_before = false;
    }
    if let (Some(last), Some((mark, space))) = (words.last_mut(), opening) {
        last.text.push_str(if space { NO_BREAK } else { "" });
        last.text.push_str(&mark);
    }
    in_order(&mut words, samples);
    words
}

/// Providers' times may touch, overlap or stand still: each word gets a start after the one before it and at least one sample.
fn in_order(words: &mut [Word], samples: u64) {
    let mut earliest = 0;
    for word in words.iter_mut() {
        word.start = word.start.max(earliest).min(samples.saturating_sub(1));
        word.end = word.end.clamp(word.start + 1, samples.max(word.start + 1));
        earliest = word.start + 1;
    }
    for index in 1..words.len() {
        let next = words[index].start;
        let word = &mut words[index - 1];
        word.end = word.end.min(next).max(word.start + 1);
    }
}

const NO_BREAK: &str = "\u{a0}";

fn is_spoken(piece: &str) -> bool {
    piece.chars().any(|c| c.is_alphanumeric() || matches!(c as u32, 0x2600..=0x27bf | 0x1f000..=0x1faff))
}

/// Signs that are read aloud: `€`, `&`, `+`.
fn is_symbol(piece: &str) -> bool {
    let read_aloud =
        |c| matches!(c, '&' | '+' | '=' | '%' | '§' | '×' | '÷' | '°' | '$' | '£' | '¥' | '\u{20a0}'..='\u{20cf}');
    !piece.is_empty() && piece.chars().all(read_aloud)
}

fn opens(piece: &str) -> bool {
    piece.chars().all(|c| {
        matches!(
            c,
            '(' | '['
                | '{'
                | '“'
                | '‘'
                | '«'
                | '„'
                | '‚'
                | '¿'
                | '¡'
                | '「'
                | '『'
                | '（'
                | '【'
                | '〈'
                | '《'
                | '#'
                | '@'
        )
    })
}

/// Whether `piece` is still the word before it.
fn goes_on(word: &str, piece: &str) -> bool {
    // `twenty-one`, `and/or`, `$5`: a sign inside a word does not end it.
    if word.ends_with(['-', '\'', '’', '/', '@', '_', '‐', '&', '+', '$', '£', '¥', '€']) {
        return true;
    }
    // Unicode cuts Japanese at every kana. Hiragana are the endings and particles of what stands before them.
    let short = word.chars().count() < LONGEST_KANA_WORD;
    short && piece.chars().all(is_hiragana) && word.chars().last().is_some_and(takes_hiragana)
}

/// Where kana without end are cut all the same.
const LONGEST_KANA_WORD: usize = 6;

fn is_hiragana(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{309f}')
}

fn takes_hiragana(c: char) -> bool {
    is_hiragana(c) || matches!(c, '」' | '』' | '\u{30a1}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '々')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let characters: Vec<String> = text.chars().map(String::from).collect();
        let starts_s = (0..characters.len()).map(|index| index as f64 * 0.1).collect();
        let ends_s = (0..characters.len()).map(|index| (index + 1) as f64 * 0.1).collect();
        let samples = characters.len() as u64 * SAMPLE_RATE / 10;
        let words = words(&Alignment { characters, starts_s, ends_s }, samples);
        let shown: Vec<String> =
            words.iter().map(|w| format!("{}{}", if w.space_before { "_" } else { "" }, w.text)).collect();
        assert_eq!(shown.join("|"), expected);
        assert!(words.iter().all(|w| w.start < w.end && w.end <= samples), "{words:?}");
        assert!(words.windows(2).all(|pair| pair[0].end <= pair[1].start), "{words:?}");
    }

    #[test]
    fn words_keep_the_punctuation_that_touches_them() {
        check("Hello, world!", "Hello,|_world!");
        check("“Well,” she said (softly).", "“Well,”|_she|_said|_(softly).");
        check("twenty-one o'clock and/or rock&roll", "twenty-one|_o'clock|_and/or|_rock&roll");
        check("It costs $5 or 3.50 €, or 3.50€.", "It|_costs|_$5|_or|_3.50|_€,|_or|_3.50€.");
        check("Tom & Jerry (50 %) #1", "Tom|_&|_Jerry|_(50|_%)|_#1");
        check("...", "");
        check("… well (", "…\u{a0}well\u{a0}(");
    }

    #[test]
    fn marks_that_stand_free_belong_to_a_word() {
        check("now - or never", "now\u{a0}-|_or|_never");
        check("Vraiment ? « Oui ! »", "Vraiment\u{a0}?|_«\u{a0}Oui\u{a0}!\u{a0}»");
        check("- first", "-\u{a0}first");
    }

    #[test]
    fn text_without_spaces_is_split_too() {
        check("今日は良い。", "今|日は|良い。");
        check("こんにちは世界", "こんにちは|世|界");
        check("「カタカナを読む」と言った", "「カタカナを|読む」と|言った");
        check("今天天气很好！", "今|天|天|气|很|好！");
        check("مرحبا بالعالم", "مرحبا|_بالعالم");
        check("Nice 👍🏽 work", "Nice|_👍🏽|_work");
    }

    #[test]
    fn times_that_stand_still_still_give_each_word_a_moment() {
        let alignment = Alignment {
            characters: "a b c".chars().map(String::from).collect(),
            starts_s: vec![0.5; 5],
            ends_s: vec![0.5; 5],
        };
        let words = words(&alignment, 48_000);
        assert!(
            words.windows(2).all(|pair| pair[0].start < pair[1].start && pair[0].end <= pair[1].start),
            "{words:?}"
        );
    }
}
