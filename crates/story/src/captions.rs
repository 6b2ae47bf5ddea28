//! Captions: the words of a segment in pages, and the subtitle files made of them.

use crate::pieces::{closes, is_stop};
use crate::time::{SAMPLE_RATE, seconds};
use crate::words::Word;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// Words that are shown together. A page stands from its first word until the next page (or its segment's end).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Page {
    /// The words, in order.
    pub words: Vec<Word>,
}

/// Puts words into pages: at most `max_words` each; a new page begins after the end of a sentence.
#[must_use]
pub fn pages(words: &[Word], max_words: u32) -> Vec<Page> {
    let mut pages: Vec<Page> = Vec::new();
    let mut full = true;
    for word in words {
        match pages.last_mut() {
            Some(page) if !full => page.words.push(word.clone()),
            _ => pages.push(Page { words: vec![word.clone()] }),
        }
        let shown = pages.last().map_or(0, |page| page.words.len());
        full = shown >= max_words as usize || ends_sentence(&word.text);
    }
    pages
}

fn ends_sentence(word: &str) -> bool {
    // Quotation marks and brackets close after the full stop.
    word.trim_end_matches(|c| closes(c) || c == '\u{a0}').ends_with(is_stop)
}

/// One caption of a subtitle file; times in samples from the start of the track.
#[derive(Clone, Debug, PartialEq)]
pub struct Cue {
    /// First sample.
    pub start: u64,
    /// First sample after it.
    pub end: u64,
    /// The text.
    pub text: String,
}

/// The cues of one segment that starts at sample `start`: one a page.
pub fn cues(pages: &[Page], start: u64) -> impl Iterator<Item = Cue> + '_ {
    pages.iter().filter_map(move |page| {
        let (first, last) = (page.words.first()?, page.words.last()?);
        Some(Cue { start: start + first.start, end: start + last.end, text: page_text(page) })
    })
}

fn page_text(page: &Page) -> String {
    let mut text = String::new();
    for word in &page.words {
        if word.space_before && !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&word.text);
    }
    text
}

/// A SubRip file.
#[must_use]
pub fn srt(cues: &[Cue]) -> String {
    let mut file = String::new();
    for (index, cue) in cues.iter().enumerate() {
        let (start, end) = (stamp(cue.start, ','), stamp(cue.end, ','));
        let _ = write!(file, "{}\n{start} --> {end}\n{}\n\n", index + 1, cue.text);
    }
    file
}

/// A WebVTT file.
#[must_use]
pub fn vtt(cues: &[Cue]) -> String {
    let mut file = "WEBVTT\n\n".to_owned();
    for cue in cues {
        let text = cue.text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let _ = write!(file, "{} --> {}\n{text}\n\n", stamp(cue.start, '.'), stamp(cue.end, '.'));
    }
    file
}

fn stamp(sample: u64, point: char) -> String {
    let ms = (seconds(sample) * 1000.0).round() as u64;
    debug_assert!(ms <= sample * 1000 / SAMPLE_RATE + 1, "rounding moves less than a millisecond");
    format!("{:02}:{:02}:{:02}{point}{:03}", ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60, ms % 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words that each last half a second, one after the other.
    fn words(text: &str) -> Vec<Word> {
        let half = SAMPLE_RATE / 2;
        let word = |(index, text): (usize, &str)| Word {
            text: text.to_owned(),
            space_before: index > 0 && text.is_ascii(),
            start: index as u64 * half,
            end: (index + 1) as u64 * half,
        };
        text.split(' ').enumerate().map(word).collect()
    }

    fn check(text: &str, max_words: u32, expected: &[&str]) {
        let found: Vec<String> = pages(&words(text), max_words).iter().map(page_text).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_page_ends_when_it_is_full_or_its_sentence_is_over() {
        check("one two three", 4, &["one two three"]);
        check("one two three four five", 2, &["one two", "three four", "five"]);
        check("Yes. And no! Or", 4, &["Yes.", "And no!", "Or"]);
        check("今 日は 良い。 明日 も", 4, &["今日は良い。", "明日も"]);
        check("“Stop.” he said", 4, &["“Stop.”", "he said"]);
        check("Really⁉\u{a0}› yes", 4, &["Really⁉\u{a0}›", "yes"]);
        assert!(pages(&[], 4).is_empty());
    }

    #[test]
    fn subtitle_files_say_when_each_page_is_spoken() {
        let pages = pages(&words("A <b> & c."), 2);
        let cues: Vec<Cue> = cues(&pages, 3_600 * SAMPLE_RATE).collect();
        assert_eq!(srt(&cues), "1\n01:00:00,000 --> 01:00:01,000\nA <b>\n\n2\n01:00:01,000 --> 01:00:02,000\n& c.\n\n");
        assert_eq!(
            vtt(&cues),
            "WEBVTT\n\n01:00:00.000 --> 01:00:01.000\nA &lt;b&gt;\n\n01:00:01.000 --> 01:00:02.000\n&amp; c.\n\n"
        );
    }
}
