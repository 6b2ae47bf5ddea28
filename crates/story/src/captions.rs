//! Captions: the words of a segment in pages, and the subtitle files made of them.

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
        full = shown >= max_words as usize || word.text.ends_with(['.', '!', '?', '…', '。', '！', '？', '؟']);
    }
    pages
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
