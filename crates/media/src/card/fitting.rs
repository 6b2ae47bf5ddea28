//! Text into a room: as large as it fits, in lines about as long as each other, cut with an ellipsis where it must be.

use crate::lettering::{Block, Piece, Style, Typesetter};
use crate::shapes::union;
use tiny_skia::Rect;
use unicode_segmentation::UnicodeSegmentation;

/// Most lines of a card's text.
const MOST_LINES: usize = 12;
/// Sizes that are tried for the text, largest first, for a frame 1080 wide.
const SIZES: [f32; 15] =
    [196.0, 168.0, 146.0, 128.0, 116.0, 104.0, 94.0, 84.0, 76.0, 68.0, 61.0, 55.0, 49.0, 44.0, 40.0];

/// Text as it stands on a card.
pub(super) struct Fitted {
    pub(super) block: Block,
    /// Height of its letters' body.
    pub(super) size: f32,
    /// Width of its column.
    pub(super) width: f32,
}

/// The text in the largest size that fits; at the smallest, as much of it as fits.
pub(super) fn fit(text: &str, width: f32, height: f32, scale: f32, type_setter: &mut Typesetter) -> Fitted {
    let mut set = |text: &str, size: f32, width: f32| {
        let style = Style { size, line_height: size * 1.24, width: Some(width), tracking: 0.0, family: None };
        let block = type_setter.set(&[Piece { text: text.to_owned(), tag: 0 }], style);
        let fits = bounds(&block).is_none_or(|ink| ink.height() <= height && ink.width() <= width * 1.02)
            && block.lines.len() <= MOST_LINES;
        (block, fits)
    };
    // A text that cannot fit even at the smallest size need not be tried at each: some lines are 100,000 characters long.
    let is_short = text.len() <= 1_500;
    // Text without spaces is broken anywhere by custom; in others no word is broken for the sake of large letters.
    let mut longest: Vec<&str> =
        text.split_whitespace().filter(|word| word.chars().all(|c| (c as u32) < 0x2e80)).collect();
    longest.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
    longest.truncate(3);
    for size in SIZES.into_iter().filter(|_| is_short).map(|size| size * scale) {
        if longest.iter().any(|word| set(word, size, width).0.lines.len() > 1) {
            continue;
        }
        let (block, fits) = set(text, size, width);
        if !fits {
            continue;
        }
        // As narrow as it can be in so many lines: no word is left alone on the last one.
        let (mut low, mut high, lines) = (width * 0.55, width, block.lines.len());
        for _ in 0..7 {
            let middle = (low + high) / 2.0;
            let breaks_no_word = longest.iter().all(|word| set(word, size, middle).0.lines.len() == 1);
            if breaks_no_word && set(text, size, middle).0.lines.len() <= lines { high = middle } else { low = middle }
        }
        return Fitted { block: set(text, size, high).0, size, width: high };
    }
    let size = SIZES[SIZES.len() - 1] * scale;
    Fitted { block: shortened(text, |text| set(text, size, width)), size, width }
}

/// A text as it is, or cut after as many words as fit, with an ellipsis.
pub(crate) fn shortened(text: &str, mut set: impl FnMut(&str) -> (Block, bool)) -> Block {
    const MOST_CHARACTERS: usize = 1_500;
    let end = text.char_indices().nth(MOST_CHARACTERS).map_or(text.len(), |(at, _)| at);
    if end == text.len() {
        let (block, fits) = set(text);
        if fits {
            return block;
        }
    }
    let ends: Vec<usize> = text[..end]
        .split_word_bound_indices()
        .filter(|(_, word)| word.chars().any(char::is_alphanumeric))
        .map(|(at, word)| at + word.len())
        .collect();
    let cut = |words: usize| {
        format!("{}…", &text[..words.checked_sub(1).and_then(|last| ends.get(last)).copied().unwrap_or(0)])
    };
    let (mut fits_with, mut too_many) = (0, ends.len() + 1);
    while too_many - fits_with > 1 {
        let words = (fits_with + too_many) / 2;
        if set(&cut(words)).1 { fits_with = words } else { too_many = words }
    }
    if fits_with == 0 {
        // One endless word: letters are counted instead.
        let letters: Vec<&str> = text[..end].graphemes(true).collect();
        let (mut low, mut high) = (0, letters.len());
        while high - low > 1 {
            let count = (low + high) / 2;
            if set(&format!("{}…", letters[..count].concat())).1 { low = count } else { high = count }
        }
        return set(&format!("{}…", letters[..low].concat())).0;
    }
    set(&cut(fits_with)).0
}

/// The ink's rectangle; `None` without ink.
pub(crate) fn bounds(block: &Block) -> Option<Rect> {
    union(block.lines.iter().flatten().map(|glyph| glyph.bounds))
}
