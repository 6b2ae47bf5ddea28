//! Words into a room: measured once, set as large as the scene's scale says, smaller where they must be, and cut at last.

use super::look::{LINE_HEIGHT, Look, Rgb};
use super::mark::{Drawing, letter};
use crate::card::fitting::shortened;
use crate::lettering::{Block, Glyph, Piece, Style, Typesetter, plain};
use crate::shapes::union;
use std::collections::BTreeMap;
use unicode_segmentation::UnicodeSegmentation;

/// Size at which words are measured.
const MEASURED: f32 = 100.0;
/// Space between words, in parts of the size.
const SPACE: f32 = 0.27;
/// From one size that is tried to the next.
const STEP: f32 = 0.93;

/// How lines stand under each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    /// At the side where reading begins.
    Start,
    /// Around their middle.
    Centre,
}

/// The widths of a text's words, in parts of its size.
#[derive(Clone, Debug, Default)]
pub(super) struct Metrics {
    words: Vec<f32>,
    /// The widest that should not be broken.
    pub(super) longest: f32,
    /// All of it in one line.
    pub(super) line: f32,
}

impl Metrics {
    pub(super) fn new(text: &str, family: Option<&str>, type_setter: &mut Typesetter) -> Self {
        let text = plain(text);
        let pieces = pieces(&text);
        let style = Style { size: MEASURED, line_height: MEASURED, width: None, tracking: 0.0, family };
        let block = type_setter.set(&pieces, style);
        let mut boxes: BTreeMap<usize, (f32, f32)> = BTreeMap::new();
        for glyph in block.lines.iter().flatten() {
            let place = boxes.entry(glyph.tag).or_insert((f32::MAX, f32::MIN));
            *place = (place.0.min(glyph.bounds.left()), place.1.max(glyph.bounds.right()));
        }
        let mut metrics = Self::default();
        for (tag, (left, right)) in boxes {
            let width = (right - left).max(0.0) / MEASURED;
            let word = &pieces[tag].text;
            if breaks_anywhere(word) {
                let letters = word.graphemes(true).count().max(1);
                metrics.words.extend(std::iter::repeat_n((width / letters as f32 - SPACE).max(0.0), letters));
                metrics.longest = metrics.longest.max(width / letters as f32);
            } else {
                metrics.words.push(width);
                metrics.longest = metrics.longest.max(width);
            }
        }
        let spaces = metrics.words.len().saturating_sub(1) as f32 * SPACE;
        metrics.line = metrics.words.iter().sum::<f32>() + spaces.max(0.0);
        metrics
    }

    /// About how many lines there are in so many parts of the size.
    pub(super) fn lines(&self, width: f32) -> usize {
        let (mut lines, mut filled) = (1, 0.0_f32);
        for word in &self.words {
            if filled > 0.0 && filled + SPACE + word > width {
                lines += 1;
                filled = 0.0;
            }
            if *word > width {
                lines += (word / width.max(0.1)) as usize;
            }
            filled += if filled > 0.0 { SPACE + word } else { *word };
        }
        lines
    }

    /// About the narrowest width that takes no more lines.
    pub(super) fn narrowest(&self, lines: usize) -> f32 {
        let (mut low, mut high) = (self.longest, self.line.max(self.longest));
        for _ in 0..8 {
            let middle = (low + high) / 2.0;
            if self.lines(middle) <= lines { high = middle } else { low = middle }
        }
        high
    }
}

/// One piece for each word, so that a word that is broken can be told.
fn pieces(text: &str) -> Vec<Piece> {
    let piece = |(tag, text): (usize, &str)| Piece { text: text.to_owned(), tag };
    text.split_inclusive(' ').enumerate().map(piece).collect()
}

/// Whether a word is broken anywhere by custom.
fn breaks_anywhere(word: &str) -> bool {
    word.chars().any(|c| matches!(c as u32, 0x0e00..=0x0eff | 0x1780..=0x17ff | 0x1000..=0x109f | 0x2e80..=0xffdc))
}

/// How words are to be set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting<'a> {
    /// The size that is wanted, in pixels.
    pub(super) size: f32,
    pub(super) color: Rgb,
    pub(super) align: Align,
    pub(super) family: Option<&'a str>,
    pub(super) line_height: f32,
    /// The most lines.
    pub(super) most_lines: usize,
}

impl Setting<'_> {
    pub(super) fn new(size: f32, color: Rgb, align: Align) -> Self {
        Self { size, color, align, family: None, line_height: LINE_HEIGHT, most_lines: 40 }
    }

    pub(super) fn lines(self, most_lines: usize) -> Self {
        Self { most_lines, ..self }
    }
}

/// Words in a room: nothing of them leaves it, and no letter is smaller than the least.
pub(super) fn words(
    text: &str,
    (width, height): (f32, f32),
    setting: Setting<'_>,
    look: &Look,
    type_setter: &mut Typesetter,
) -> Drawing {
    let text = plain(text);
    let text = text.trim();
    if text.is_empty() || width < 2.0 {
        return Drawing::default();
    }
    let least = look.least();
    let mut size = setting.size.max(least);
    // Long words first make a text smaller, and are broken only where that does not help.
    let (mut broken, block) = loop {
        let (block, fits, is_broken) = set(text, size, (width, height), &setting, type_setter);
        if fits && !is_broken {
            break (None, Some(block));
        }
        if size <= least + 0.01 {
            break (fits.then_some((size, block)), None);
        }
        size = (size * STEP).max(least);
    };
    let block = match (block, broken.take()) {
        (Some(block), _) => block,
        (None, Some((at, block))) => {
            size = at;
            block
        }
        (None, None) => shortened(text, |text| {
            let (block, fits, _) = set(text, size, (width, height), &setting, type_setter);
            (block, fits)
        }),
    };
    drawn(block, size, (width, height), &setting)
}

/// Sets a text; whether it fits, and whether a word is broken.
fn set(
    text: &str,
    size: f32,
    (width, height): (f32, f32),
    setting: &Setting<'_>,
    type_setter: &mut Typesetter,
) -> (Block, bool, bool) {
    let style = Style {
        size,
        line_height: size * setting.line_height,
        width: Some(width),
        tracking: 0.0,
        family: setting.family,
    };
    let pieces = pieces(text);
    let block = type_setter.set(&pieces, style);
    let lines = block.lines.iter().filter(|line| !line.is_empty()).count();
    let ink = union(block.lines.iter().flatten().map(|glyph| glyph.bounds));
    let fits = lines <= setting.most_lines.max(1)
        && lines as f32 * size * setting.line_height <= height + 0.5
        && ink.is_none_or(|ink| ink.width() <= width && ink.height() <= height + 0.5);
    let mut last: BTreeMap<usize, usize> = BTreeMap::new();
    let mut is_broken = false;
    for (index, line) in block.lines.iter().enumerate() {
        for glyph in line {
            is_broken |= last.insert(glyph.tag, index).is_some_and(|before| before != index)
                && pieces.get(glyph.tag).is_some_and(|piece| !breaks_anywhere(&piece.text));
        }
    }
    (block, fits, is_broken)
}

fn drawn(block: Block, size: f32, (room_width, room_height): (f32, f32), setting: &Setting<'_>) -> Drawing {
    let is_rtl = block.is_rtl;
    let lines: Vec<Vec<Glyph>> = block.lines.into_iter().filter(|line| !line.is_empty()).collect();
    let Some(ink) = union(lines.iter().flatten().map(|glyph| glyph.bounds)) else { return Drawing::default() };
    // What even the last ellipsis cannot keep inside is left out.
    if ink.width() > room_width + 0.5 || ink.height() > room_height + 0.5 {
        return Drawing::default();
    }
    let width = lines
        .iter()
        .filter_map(|line| union(line.iter().map(|glyph| glyph.bounds)))
        .map(|line| line.width())
        .fold(0.0, f32::max);
    // The box of the lines, grown by what stands out of it, but never over the room.
    let tall = (lines.len() as f32 * size * setting.line_height).max(ink.height()).min(room_height);
    let top = 0.0_f32.max(ink.bottom() - tall).min(ink.top());
    let mut drawing = Drawing::new(width, tall);
    drawing.has_type(size);
    drawing.is_rtl = is_rtl;
    let count: usize = lines.iter().map(Vec::len).sum();
    let window = (3.0 / count.max(1) as f32).clamp(0.04, 1.0);
    let mut index = 0;
    for line in lines {
        let Some(bounds) = union(line.iter().map(|glyph| glyph.bounds)) else { continue };
        let x = match setting.align {
            Align::Centre => (width - bounds.width()) / 2.0 - bounds.left(),
            Align::Start if is_rtl => width - bounds.right(),
            Align::Start => -bounds.left(),
        };
        let mut line = line;
        // In the order in which they are read, as far as the eye is concerned.
        line.sort_by(|a, b| a.bounds.left().total_cmp(&b.bounds.left()));
        if is_rtl {
            line.reverse();
        }
        for glyph in line {
            let from = index as f32 / count as f32 * (1.0 - window);
            let mark = letter(glyph, setting.color, x, -top);
            drawing.push(mark.map(|mark| mark.when(from, from + window)));
            index += 1;
        }
    }
    drawing.letters = count;
    drawing
}
