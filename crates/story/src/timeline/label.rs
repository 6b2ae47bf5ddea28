//! Text from outside, as a label: short, on one line, and of letters that every reader of XML takes.

use unicode_segmentation::UnicodeSegmentation;

/// Widths of a Latin letter that a label may have.
const MOST_WIDTH: usize = 40;

/// Scalars of one letter that are kept: marks can be piled up without end.
const MOST_SCALARS: usize = 8;

/// What is shown of a text: its first words. What would turn the direction of what stands beside it is left out.
#[must_use]
pub fn label(text: &str) -> String {
    let plain: String = text.chars().filter(|c| !turns(*c)).map(|c| if is_blank(c) { ' ' } else { c }).collect();
    let words = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut short = String::new();
    let mut width = 0;
    for letter in words.graphemes(true) {
        width += width_of(letter);
        if width > MOST_WIDTH {
            return format!("{}…", short.trim_end());
        }
        short.extend(letter.chars().take(MOST_SCALARS));
    }
    short
}

/// Latin letters that take as much room. From the Hangul letters on, scripts are mostly of wide ones.
fn width_of(letter: &str) -> usize {
    if letter.chars().any(|c| c as u32 >= 0x1100) { 2 } else { 1 }
}

/// Marks that change the direction of what follows (Unicode UAX #9).
fn turns(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// What XML 1.0 does not allow (2.2), and other marks without a letter.
fn is_blank(c: char) -> bool {
    c.is_control() || matches!(c as u32 & 0xffff, 0xfffe | 0xffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_short_and_says_the_first_words() {
        for (text, expected) in [
            ("", ""),
            ("Good morning.", "Good morning."),
            ("  Good\n\tmorning.\0\u{1b}[31m ", "Good morning. [31m"),
            ("a\u{202e}b\u{2066}c\u{200f}", "abc"),
            ("x\u{fffe}y\u{1ffff}z", "x y z"),
            ("你好，世界。", "你好，世界。"),
            ("שלום עולם", "שלום עולם"),
        ] {
            assert_eq!(label(text), expected, "{text:?}");
        }
        assert_eq!(label(&"a".repeat(1_000_000)), format!("{}…", "a".repeat(40)));
        assert_eq!(label(&"世".repeat(100)), format!("{}…", "世".repeat(20)));
        let piled = format!("e{}", "\u{301}".repeat(10_000));
        assert_eq!(label(&piled).chars().count(), MOST_SCALARS);
    }
}
