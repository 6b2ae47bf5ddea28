//! Lines of a program: letters of one width, numbered, with light colours for what they are.

use super::{Kind, Widths};
use crate::animation::look::{LABEL, Look, Rgb, mix};
use crate::animation::mark::{Drawing, Mark, letter};
use crate::lettering::{Block, Piece, Style, Typesetter, plain};
use crate::shapes::{rounded, union};
use story::animation::Role;
use tiny_skia::Rect;
use unicode_segmentation::UnicodeSegmentation;

/// The family whose letters are of one width; it is embedded.
pub(crate) const FAMILY: &str = "DejaVu Sans Mono";
/// The width of its letters, in parts of the size.
const ADVANCE: f32 = 0.602;
/// From baseline to baseline, in parts of the size.
const LEADING: f32 = 1.5;
/// Words that mean something in many languages.
const KEYWORDS: [&str; 58] = [
    "def", "return", "if", "else", "elif", "for", "while", "in", "import", "from", "as", "class", "with", "try",
    "except", "finally", "raise", "lambda", "pass", "break", "continue", "and", "or", "not", "is", "None", "True",
    "False", "fn", "let", "mut", "pub", "use", "struct", "enum", "impl", "match", "const", "static", "function", "var",
    "new", "async", "await", "null", "true", "false", "this", "self", "int", "void", "SELECT", "FROM", "WHERE",
    "switch", "case", "export", "default",
];

pub(super) struct Drawn {
    lines: Vec<String>,
    role: Role,
    /// Letters of the longest line; wide ones count twice.
    longest: f32,
}

impl Drawn {
    pub(super) fn new(code: &str, role: Role) -> Self {
        let lines: Vec<String> = code.lines().map(|line| plain(&line.replace('\t', "    "))).collect();
        let wide = |c: char| if (c as u32) >= 0x2e80 { 1.7 } else { 1.0 };
        let longest = lines.iter().map(|line| line.trim_end().chars().map(wide).sum::<f32>()).fold(1.0, f32::max);
        Self { lines, role, longest }
    }

    fn size(look: &Look) -> f32 {
        look.type_size(LABEL + 3.0)
    }

    /// What stands left of the lines, in parts of the size: padding and numbers.
    fn left(&self) -> f32 {
        0.9 + self.digits() as f32 * ADVANCE + 0.9
    }

    fn digits(&self) -> usize {
        if self.lines.len() > 9 { 2 } else { 1 }
    }

    fn width_at(&self, size: f32) -> f32 {
        (self.left() + self.longest * ADVANCE + 0.9) * size
    }
}

impl Kind for Drawn {
    fn widths(&self, look: &Look) -> Widths {
        Widths { least: self.width_at(look.least()), natural: self.width_at(Self::size(look)) }
    }

    fn height(&self, width: f32, look: &Look) -> f32 {
        let size = (Self::size(look) * width / self.width_at(Self::size(look))).clamp(look.least(), Self::size(look));
        (self.lines.len() as f32 * LEADING + 1.1) * size
    }

    fn draw(&self, room: (f32, f32), _: (f32, f32), look: &Look, type_setter: &mut Typesetter) -> Drawing {
        let mut size = Self::size(look);
        let tall = |lines: usize, size: f32| (lines as f32 * LEADING + 1.1) * size;
        while size > look.least() && (self.width_at(size) > room.0 || tall(self.lines.len(), size) > room.1) {
            size = (size * 0.96).max(look.least());
        }
        let shown = (1..=self.lines.len()).rev().find(|&lines| tall(lines, size) <= room.1).unwrap_or(0);
        let width = self.width_at(size).min(room.0);
        let height = tall(shown.max(1), size).min(room.1);
        let mut drawing = Drawing::new(width, height);
        let half = look.line() / 4.0;
        let area = Rect::from_ltrb(half, half, width - half, height - half);
        let panel = area.and_then(|area| rounded(area, look.px(20.0)));
        drawing.push(Mark::fill(panel.clone(), [6, 8, 16]).map(|mark| mark.alpha(0.62).when(0.0, 0.15)));
        let edge = mix(look.dark, look.of(self.role), 0.4);
        drawing.push(Mark::line(panel, look.line() / 2.0, edge).map(|mark| mark.when(0.0, 0.15)));
        if shown == 0 || width < size * (self.left() + 1.5) {
            return drawing;
        }
        drawing.has_type(size);
        let style = Style { size, line_height: size * LEADING, width: None, tracking: 0.0, family: Some(FAMILY) };
        let wide = width - (self.left() + 0.6) * size;
        for (index, line) in self.lines.iter().take(shown).enumerate() {
            let is_cut = index + 1 == shown && shown < self.lines.len();
            let top = (0.55 + index as f32 * LEADING) * size;
            let from = 0.12 + 0.88 * index as f32 / shown as f32;
            let span = 0.88 / shown as f32;
            let number = type_setter.set(&[Piece { text: (index + 1).to_string(), tag: 0 }], style);
            let number_width =
                union(number.lines.iter().flatten().map(|glyph| glyph.bounds)).map_or(0.0, |n| n.right());
            let x = (0.9 + self.digits() as f32 * ADVANCE) * size - number_width;
            let grey = mix(look.dark, look.muted, 0.7);
            lay(&mut drawing, number, (x, top), &|_| grey, index, [from, from + span * 0.3], height);
            let line = if is_cut { "…" } else { line.trim_end() };
            let (block, colors) = self.fitted(line, wide, style, look, type_setter);
            let color = |tag: usize| colors.get(tag).copied().unwrap_or(look.plain);
            lay(&mut drawing, block, (self.left() * size, top), &color, index, [from, from + span], height);
        }
        drawing
    }
}

impl Drawn {
    /// A line, cut where it is too long, with the colour of each of its tokens.
    fn fitted(
        &self,
        line: &str,
        width: f32,
        style: Style<'_>,
        look: &Look,
        type_setter: &mut Typesetter,
    ) -> (Block, Vec<Rgb>) {
        let letters: Vec<&str> = line.graphemes(true).collect();
        let mut count = letters.len();
        loop {
            let cut = if count < letters.len() { format!("{}…", letters[..count].concat()) } else { line.to_owned() };
            let tokens = tokens(&cut);
            let colors = tokens.iter().map(|(token, kind)| kind.color(token, look)).collect();
            let pieces: Vec<Piece> =
                tokens.iter().enumerate().map(|(tag, (text, _))| Piece { text: (*text).to_owned(), tag }).collect();
            let block = type_setter.set(&pieces, style);
            let ink = union(block.lines.iter().flatten().map(|glyph| glyph.bounds));
            if count == 0 || ink.is_none_or(|ink| ink.right() <= width && ink.left() >= -0.2 * style.size) {
                return (block, colors);
            }
            count -= (count / 12).max(1);
        }
    }
}

fn lay(
    drawing: &mut Drawing,
    block: Block,
    (x, y): (f32, f32),
    color: &dyn Fn(usize) -> Rgb,
    part: usize,
    when: [f32; 2],
    height: f32,
) {
    let glyphs: Vec<_> = block.lines.into_iter().flatten().collect();
    let count = glyphs.len().max(1) as f32;
    for (index, glyph) in glyphs.into_iter().enumerate() {
        let from = when[0] + (when[1] - when[0]) * index as f32 / count;
        let tint = color(glyph.tag);
        let Some(mark) = letter(glyph, tint, x, y) else { continue };
        // Marks that tower over their line are left out at the panel's edge.
        if mark.bounds().is_some_and(|ink| ink.top() >= 0.0 && ink.bottom() <= height) {
            drawing.letters += 1;
            drawing.push(Some(mark.when(from, from + 0.03).part(part)));
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Name,
    Called,
    Keyword,
    Number,
    Words,
    Remark,
    Sign,
}

impl Token {
    fn color(self, _text: &str, look: &Look) -> Rgb {
        match self {
            Self::Name => look.plain,
            Self::Called => mix(look.plain, look.second, 0.75),
            Self::Keyword => look.accent,
            Self::Number => mix(look.second, look.plain, 0.2),
            Self::Words => mix(look.good, look.plain, 0.25),
            Self::Remark => look.muted,
            Self::Sign => mix(look.plain, look.muted, 0.7),
        }
    }
}

/// A line cut where its colour changes.
fn tokens(line: &str) -> Vec<(&str, Token)> {
    let mut tokens = Vec::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let take = |test: &dyn Fn(char) -> bool| rest.find(|c| !test(c)).unwrap_or(rest.len());
        let (length, token) = if first == '#' || rest.starts_with("//") || rest.starts_with("-- ") {
            (rest.len(), Token::Remark)
        } else if matches!(first, '"' | '\'' | '`') {
            let end = rest[1..].find(first).map_or(rest.len(), |at| at + 2);
            (end, Token::Words)
        } else if first.is_ascii_digit() {
            (take(&|c| c.is_ascii_alphanumeric() || c == '.' || c == '_'), Token::Number)
        } else if first.is_alphabetic() || first == '_' {
            let end = take(&|c| c.is_alphanumeric() || c == '_');
            let is_called = rest[end..].starts_with('(');
            let token = match KEYWORDS.contains(&&rest[..end]) {
                true => Token::Keyword,
                false if is_called => Token::Called,
                false => Token::Name,
            };
            (end, token)
        } else {
            (first.len_utf8(), Token::Sign)
        };
        let (text, after) = rest.split_at(length);
        tokens.push((text, token));
        rest = after;
    }
    tokens
}
