//! Captions: a page of words laid out, and drawn once for each word that is the spoken one.

use crate::blend::Overlay;
use crate::frame::{Size, luma};
use crate::lettering::{Glyph, Ink, Piece, Style, Typesetter, plain};
use crate::shapes::{fill, grown, middle, paint, rounded, union};
use story::captions::Page;
use story::script::{CaptionStyle, Captions, Color};
use tiny_skia::{LineCap, LineJoin, Pixmap, Rect, Stroke, Transform};

/// Widest line, in parts of the frame's width.
const WIDEST: f32 = 0.86;
/// Tallest page, in parts of the frame's height.
const TALLEST: f32 = 0.6;
/// Nearest that anything comes to the frame's edge, in parts of its shorter side.
const EDGE: f32 = 0.03;
/// From baseline to baseline, in parts of the letters' size.
const LINE_HEIGHT: f32 = 1.3;
/// How much the spoken word grows in style `pop`.
const POP: f32 = 1.08;
/// Least room between two words' boxes, in pixels: chroma is shared by pixels two and two.
const APART: f32 = 3.0;

/// One word where it stands; places in pixels of the frame.
#[derive(Clone, Debug)]
struct Placed {
    glyphs: Vec<Glyph>,
    /// Fill ink, with the box or the growth that the style gives it.
    area: Rect,
    ink: Rect,
}

/// A page, laid out.
pub(crate) struct Layout {
    words: Vec<Placed>,
    look: Look,
    size: Size,
    /// Characters that no font had.
    #[cfg_attr(not(test), expect(dead_code, reason = "tests look that nothing is missing"))]
    pub(crate) missing: usize,
}

#[derive(Clone, Copy)]
struct Look {
    style: CaptionStyle,
    font: f32,
    stroke: f32,
    color: [u8; 3],
    active: [u8; 3],
    outline: [u8; 3],
    behind: Option<[u8; 3]>,
}

impl Look {
    /// The colour that reads best on the active one: that of the letters or that of their outline.
    fn on_active(self) -> [u8; 3] {
        let light = |color: [u8; 3]| luma(color.map(i32::from));
        let contrast = |color| (light(color) - light(self.active)).abs();
        if contrast(self.outline) > contrast(self.color) { self.outline } else { self.color }
    }
}

/// Where the middle of a page stands, in parts of the frame's height.
pub(crate) fn place(captions: &Captions, size: Size) -> f32 {
    match captions.position.as_str() {
        "top" => 0.13,
        "center" => 0.5,
        // Above what a phone's player lays over the lower edge; wide films are watched without.
        "bottom" if size.width > size.height => 0.85,
        "bottom" => 0.78,
        percent => percent.trim_end_matches('%').parse::<f32>().map_or(0.78, |value| value.clamp(0.0, 100.0) / 100.0),
    }
}

impl Layout {
    /// Lays a page out.
    pub(crate) fn new(page: &Page, captions: &Captions, size: Size, type_setter: &mut Typesetter) -> Self {
        let rgb = |color: &Color, otherwise: [u8; 3]| color.rgb().unwrap_or(otherwise);
        let mut look = Look {
            style: captions.style,
            font: captions.size as f32 * size.scale(),
            stroke: captions.stroke_width as f32 * size.scale(),
            color: rgb(&captions.color, [255; 3]),
            active: rgb(&captions.active_color, [255, 212, 0]),
            outline: rgb(&captions.stroke_color, [0; 3]),
            behind: captions.box_color.as_ref().and_then(Color::rgb),
        };
        let texts: Vec<(String, bool)> = page
            .words
            .iter()
            .map(|word| {
                let text = plain(&word.text);
                (if captions.uppercase { text.to_uppercase() } else { text }, word.space_before)
            })
            .collect();
        // A word too wide, or a page too tall, shrinks all of it: letters of two sizes on a page would look like a mistake.
        for _ in 0..24 {
            let (words, missing) = lay_out(&texts, look, size, type_setter);
            let bounds = union(words.iter().map(|word| word.area));
            let fits = bounds.is_none_or(|bounds| {
                bounds.width() <= size.width as f32 * (WIDEST + 0.02) && bounds.height() <= size.height as f32 * TALLEST
            });
            if fits || look.font < 6.0 {
                let words = centre(words, place(captions, size), look, size);
                return Self { words, look, size, missing };
            }
            let ratio = bounds.map_or(1.0, |bounds| size.width as f32 * WIDEST / bounds.width()).clamp(0.5, 0.93);
            look.font *= ratio;
            look.stroke *= ratio;
        }
        Self { words: Vec::new(), look, size, missing: 0 }
    }

    /// Left, top, width, height of each word, in whole pixels around it.
    pub(crate) fn boxes(&self) -> Vec<[u32; 4]> {
        let whole = |area: &Rect| {
            let (left, top) = (area.left().floor().max(0.0), area.top().floor().max(0.0));
            let right = area.right().ceil().min(self.size.width as f32).max(left + 1.0);
            let bottom = area.bottom().ceil().min(self.size.height as f32).max(top + 1.0);
            [left as u32, top as u32, (right - left) as u32, (bottom - top) as u32]
        };
        self.words.iter().map(|word| whole(&word.area)).collect()
    }

    /// Draws the page with one word, or none, as the spoken one.
    pub(crate) fn draw(&self, spoken: Option<usize>) -> Option<Overlay> {
        let look = self.look;
        let spoken = spoken.filter(|_| look.style != CaptionStyle::Plain);
        let room = look.stroke + look.font * 0.3 + 4.0;
        let all = union(self.words.iter().flat_map(|word| [word.area, word.ink]))?;
        let even_down = |value: f32| (value.max(0.0) as usize) / 2 * 2;
        let even_up = |value: f32, end: usize| (value.ceil() as usize).div_ceil(2).saturating_mul(2).min(end);
        let (left, top) = (even_down(all.left() - room), even_down(all.top() - room));
        let (right, bottom) =
            (even_up(all.right() + room, self.size.width), even_up(all.bottom() + room, self.size.height));
        let mut drawing = Pixmap::new(right.checked_sub(left)? as u32, bottom.checked_sub(top)? as u32)?;
        let base = Transform::from_translate(-(left as f32), -(top as f32));
        if let Some(behind) = look.behind {
            let pad = look.font * 0.28;
            fill(&mut drawing, rounded(grown(all, pad, pad * 0.75), look.font * 0.22), behind, base);
        }
        let pops = |at: usize| spoken == Some(at) && look.style == CaptionStyle::Pop;
        let boxed = |at: usize| spoken == Some(at) && look.style == CaptionStyle::Box;
        // All outlines first: a letter's outline must not cut into its neighbour.
        for (_, word) in self.words.iter().enumerate().filter(|(at, _)| !pops(*at) && !boxed(*at)) {
            outline(&mut drawing, word, look, base);
        }
        if let Some(word) = spoken.filter(|at| boxed(*at)).and_then(|at| self.words.get(at)) {
            fill(&mut drawing, rounded(word.area, look.font * 0.18), look.active, base);
        }
        for (at, word) in self.words.iter().enumerate().filter(|(at, _)| !pops(*at)) {
            let is_active = spoken == Some(at) && look.style == CaptionStyle::Highlight;
            let color = match () {
                () if is_active => look.active,
                () if boxed(at) => look.on_active(),
                () => look.color,
            };
            letters(&mut drawing, word, color, base);
            if is_active && word.is_only_pictures() {
                fill(&mut drawing, rounded(word.bar(look.font), look.font), look.active, base);
            }
        }
        if let Some(word) = spoken.filter(|at| pops(*at)).and_then(|at| self.words.get(at)) {
            let (x, y) = middle(word.ink);
            let grow = base.pre_translate(x, y).pre_scale(POP, POP).pre_translate(-x, -y);
            outline(&mut drawing, word, look, grow);
            letters(&mut drawing, word, look.active, grow);
            if word.is_only_pictures() {
                fill(&mut drawing, rounded(word.bar(look.font), look.font), look.active, base);
            }
        }
        Some(Overlay::new(&drawing, left, top))
    }
}

impl Placed {
    /// An emoji cannot take a colour: a bar under it does.
    fn is_only_pictures(&self) -> bool {
        self.glyphs.iter().all(|glyph| matches!(glyph.ink, Ink::Picture(..)))
    }

    fn bar(&self, font: f32) -> Rect {
        let (x, _) = middle(self.ink);
        let half = (self.ink.width() * 0.36).max(2.0);
        Rect::from_ltrb(x - half, self.ink.bottom() + font * 0.05, x + half, self.ink.bottom() + font * 0.16)
            .unwrap_or(self.ink)
    }

    /// The room that the word's style takes.
    fn area(ink: Rect, glyphs: &[Glyph], has_space: bool, look: Look) -> Rect {
        let word = Self { glyphs: glyphs.to_vec(), area: ink, ink };
        let room = match look.style {
            CaptionStyle::Box => grown(ink, look.font * if has_space { 0.17 } else { 0.03 }, look.font * 0.15),
            CaptionStyle::Pop => {
                grown(ink, ink.width() * (POP - 1.0) / 2.0 + 1.0, ink.height() * (POP - 1.0) / 2.0 + 1.0)
            }
            CaptionStyle::Highlight | CaptionStyle::Plain => ink,
        };
        union([room].into_iter().chain(word.is_only_pictures().then(|| word.bar(look.font)))).unwrap_or(room)
    }
}

/// Words in lines, the first baseline near 0; each line centred on 0.
fn lay_out(texts: &[(String, bool)], look: Look, size: Size, type_setter: &mut Typesetter) -> (Vec<Placed>, usize) {
    let style =
        Style { size: look.font, line_height: look.font * LINE_HEIGHT, width: None, tracking: 0.0, family: None };
    let whole = type_setter.set(&pieces(texts, 0..texts.len(), None), style);
    let ink_of = |at: usize| union(whole.lines.iter().flatten().filter(|g| g.tag == at + 1).map(|g| g.bounds));
    let widths: Vec<f32> = (0..texts.len())
        .map(|at| ink_of(at).map_or(0.0, |ink| Placed::area(ink, &[], texts[at].1, look).width()))
        .collect();
    let gap = |at: usize| if texts[at].1 { look.font * 0.3 } else { APART };
    let mut words: Vec<Placed> = Vec::new();
    let mut floor = f32::NEG_INFINITY;
    for (index, range) in lines(&widths, gap, size.width as f32 * WIDEST).into_iter().enumerate() {
        let block = type_setter.set(&pieces(texts, range.clone(), Some(whole.is_rtl)), style);
        let mut line: Vec<Placed> = range
            .map(|at| {
                let glyphs: Vec<Glyph> = block.lines.iter().flatten().filter(|g| g.tag == at + 1).cloned().collect();
                let nothing = Rect::from_xywh(0.0, 0.0, 1.0, 1.0).expect("a square of one pixel");
                let ink = union(glyphs.iter().map(|glyph| glyph.bounds)).unwrap_or(nothing);
                Placed { area: Placed::area(ink, &glyphs, texts[at].1, look), glyphs, ink }
            })
            .collect();
        if look.style == CaptionStyle::Box {
            level_boxes(&mut line);
        }
        space_out(&mut line);
        let Some(bounds) = union(line.iter().map(|word| word.area)) else { continue };
        let mut down = index as f32 * look.font * LINE_HEIGHT;
        down = down.max(floor + APART - bounds.top());
        floor = bounds.bottom() + down;
        let across = -(bounds.left() + bounds.right()) / 2.0;
        words.extend(line.into_iter().map(|word| word.moved(across, down)));
    }
    (words, whole.missing)
}

/// Boxes of a line are of one height, whatever letters hang below or stand out above.
fn level_boxes(line: &mut [Placed]) {
    let Some(all) = union(line.iter().filter(|word| !word.glyphs.is_empty()).map(|word| word.area)) else { return };
    for word in line.iter_mut().filter(|word| !word.glyphs.is_empty()) {
        word.area = Rect::from_ltrb(word.area.left(), all.top(), word.area.right(), all.bottom()).unwrap_or(word.area);
    }
}

/// Words from left to right, as they are seen, moved apart until no two boxes touch.
fn space_out(line: &mut [Placed]) {
    let mut order: Vec<usize> = (0..line.len()).filter(|&at| !line[at].glyphs.is_empty()).collect();
    order.sort_by(|&a, &b| line[a].ink.left().total_cmp(&line[b].ink.left()));
    let mut pushed = 0.0;
    for pair in 0..order.len() {
        let at = order[pair];
        if let Some(before) = pair.checked_sub(1).map(|before| line[order[before]].area.right()) {
            pushed += (before + APART - (line[at].area.left() + pushed)).max(0.0);
        }
        line[at] = line[at].clone().moved(pushed, 0.0);
    }
}

/// Words in as few lines as they fit in, all about as long as each other.
fn lines(widths: &[f32], gap: impl Fn(usize) -> f32, widest: f32) -> Vec<std::ops::Range<usize>> {
    let broken = |limit: f32| {
        let (mut lines, mut start, mut width) = (Vec::new(), 0, 0.0);
        for (at, word) in widths.iter().enumerate() {
            let wider = if at == start { *word } else { width + gap(at) + word };
            if at > start && wider > limit {
                lines.push(start..at);
                (start, width) = (at, *word);
            } else {
                width = wider;
            }
        }
        lines.push(start..widths.len());
        lines
    };
    let fewest = broken(widest).len();
    let (mut low, mut high) = (0.0, widest);
    for _ in 0..12 {
        let limit = (low + high) / 2.0;
        if broken(limit).len() > fewest { low = limit } else { high = limit }
    }
    broken(high)
}

fn pieces(texts: &[(String, bool)], range: std::ops::Range<usize>, is_rtl: Option<bool>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    // A line runs as its page does, whatever its own first letter is.
    if let Some(is_rtl) = is_rtl {
        let line_is_rtl = unicode_direction(texts[range.clone()].iter().map(|(text, _)| text.as_str()));
        if line_is_rtl != Some(is_rtl) && (is_rtl || line_is_rtl.is_some()) {
            pieces.push(Piece { text: if is_rtl { "\u{200f}" } else { "\u{200e}" }.to_owned(), tag: 0 });
        }
    }
    for at in range.clone() {
        if at > range.start && texts[at].1 {
            pieces.push(Piece { text: " ".to_owned(), tag: 0 });
        }
        pieces.push(Piece { text: texts[at].0.clone(), tag: at + 1 });
    }
    pieces
}

/// Whether the first letter runs from right to left; `None` without letters.
fn unicode_direction<'a>(mut texts: impl Iterator<Item = &'a str>) -> Option<bool> {
    texts.find_map(|text| text.chars().find(|c| c.is_alphabetic())).map(|c| {
        matches!(c as u32, 0x590..=0x8ff | 0xfb1d..=0xfdff | 0xfe70..=0xfeff | 0x10800..=0x10fff | 0x1e800..=0x1efff)
    })
}

impl Placed {
    fn moved(self, x: f32, y: f32) -> Self {
        let shift = Transform::from_translate(x, y);
        let rect = |rect: Rect| rect.transform(shift).unwrap_or(rect);
        let glyph = |glyph: Glyph| Glyph {
            tag: glyph.tag,
            bounds: rect(glyph.bounds),
            ink: match glyph.ink {
                Ink::Outline(path) => Ink::Outline(path.clone().transform(shift).unwrap_or(path)),
                Ink::Picture(picture, left, top) => Ink::Picture(picture, left + x, top + y),
            },
        };
        Self { glyphs: self.glyphs.into_iter().map(glyph).collect(), area: rect(self.area), ink: rect(self.ink) }
    }
}

/// Moves a page, laid out around 0, to its place in the frame, inside the frame's edges.
fn centre(words: Vec<Placed>, middle_part: f32, look: Look, size: Size) -> Vec<Placed> {
    let Some(bounds) = union(words.iter().filter(|word| !word.glyphs.is_empty()).map(|word| word.area)) else {
        return words;
    };
    let edge = EDGE * size.short() as f32 + look.stroke;
    let (width, height) = (size.width as f32, size.height as f32);
    let top = (height * middle_part - bounds.height() / 2.0).min(height - edge - bounds.height()).max(edge);
    // Whole pixels: the same word looks the same wherever its page stands.
    let (x, y) = ((width / 2.0).round(), (top - bounds.top()).round());
    words.into_iter().map(|word| word.moved(x, y)).collect()
}

fn outline(drawing: &mut Pixmap, word: &Placed, look: Look, at: Transform) {
    if look.stroke <= 0.0 {
        return;
    }
    // Half of a stroke lies under the letter.
    let stroke =
        Stroke { width: look.stroke * 2.0, line_join: LineJoin::Round, line_cap: LineCap::Round, ..Stroke::default() };
    for glyph in &word.glyphs {
        if let Ink::Outline(path) = &glyph.ink {
            drawing.stroke_path(path, &paint(look.outline), &stroke, at, None);
        }
    }
}

fn letters(drawing: &mut Pixmap, word: &Placed, color: [u8; 3], at: Transform) {
    let paint = paint(color);
    word.glyphs.iter().for_each(|glyph| glyph.draw(drawing, &paint, at));
}
