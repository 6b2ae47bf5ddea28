//! Sets type: each cluster of characters in a face that has it, shaped, ordered by direction, as outlines.

use crate::fonts::{Face, Fonts};
use cosmic_text::fontdb::Source;
use cosmic_text::{
    Align, Attrs, Buffer, CacheKey, CacheKeyFlags, Command, Family, FontSystem, LayoutGlyph, Metrics, Shaping,
    SwashCache, SwashContent, Wrap,
};
use std::collections::HashMap;
use std::sync::Arc;
use tiny_skia::{ColorU8, FillRule, FilterQuality, Paint, Path, PathBuilder, Pixmap, PixmapPaint, Rect, Transform};
use unicode_segmentation::UnicodeSegmentation;

/// Text with a number that its glyphs keep.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    pub(crate) text: String,
    pub(crate) tag: usize,
}

/// How text is set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style<'a> {
    /// Height of the letters' body, in pixels.
    pub(crate) size: f32,
    /// From baseline to baseline, in pixels.
    pub(crate) line_height: f32,
    /// Where lines are broken; none is where it is absent.
    pub(crate) width: Option<f32>,
    /// Space added between letters, in parts of the size.
    pub(crate) tracking: f32,
    /// A family that is asked before all others.
    pub(crate) family: Option<&'a str>,
}

/// What a glyph puts on the page.
#[derive(Clone, Debug)]
pub(crate) enum Ink {
    /// An outline, to be filled with any colour.
    Outline(Path),
    /// A small picture with its place: an emoji.
    Picture(Pixmap, f32, f32),
}

/// One glyph in its place.
#[derive(Clone, Debug)]
pub(crate) struct Glyph {
    pub(crate) tag: usize,
    pub(crate) ink: Ink,
    pub(crate) bounds: Rect,
}

impl Glyph {
    /// Fills its outline with a paint; a picture keeps its own colours.
    pub(crate) fn draw(&self, drawing: &mut Pixmap, paint: &Paint<'_>, at: Transform) {
        match &self.ink {
            Ink::Outline(path) => drawing.fill_path(path, paint, FillRule::Winding, at, None),
            Ink::Picture(picture, left, top) => {
                let smooth = PixmapPaint { quality: FilterQuality::Bilinear, ..PixmapPaint::default() };
                drawing.draw_pixmap(0, 0, picture.as_ref(), &smooth, at.pre_translate(*left, *top), None);
            }
        }
    }
}

/// Lines of type; places count from the block's left and top.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) lines: Vec<Vec<Glyph>>,
    /// Whether the first strong character runs from right to left.
    pub(crate) is_rtl: bool,
    /// Characters that no face had; nothing is drawn for them.
    pub(crate) missing: usize,
}

/// Sets type in the fonts of one house.
pub(crate) struct Typesetter {
    system: FontSystem,
    cache: SwashCache,
    faces: Vec<Face>,
    /// The face of each character asked for so far, by whether an emoji was wanted.
    chosen: HashMap<(char, bool), Option<usize>>,
}

impl Typesetter {
    /// For texts like `sample`: its letters decide which of the Chinese, Japanese and Korean forms are drawn.
    pub(crate) fn new(fonts: &Fonts, family: Option<&str>, sample: &str) -> Self {
        let (system, mut faces) = fonts.open(family);
        let ending = han_forms(sample);
        if let Some(first) = faces.iter().position(|face| face.family.contains("CJK"))
            && let Some(wanted) =
                faces.iter().position(|face| face.family.contains("CJK") && face.family.ends_with(ending))
            && first < wanted
        {
            faces[first..=wanted].rotate_right(1);
        }
        Self { system, cache: SwashCache::new(), faces, chosen: HashMap::new() }
    }

    /// Adds an embedded face: it is asked after all others, or where its family is named.
    pub(crate) fn add(&mut self, data: &'static [u8]) {
        for id in self.system.db_mut().load_font_source(Source::Binary(Arc::new(data))) {
            let Some(info) = self.system.db().face(id) else { continue };
            let Some((family, _)) = info.families.first().cloned() else { continue };
            self.faces.push(Face { id, family, weight: info.weight, is_emoji: false });
        }
    }

    /// Sets pieces one after the other.
    pub(crate) fn set(&mut self, pieces: &[Piece], style: Style<'_>) -> Block {
        let spans = self.spans(pieces, style.family);
        let mut base = Attrs::new();
        if style.tracking != 0.0 {
            base = base.letter_spacing(style.tracking);
        }
        let mut buffer = Buffer::new_empty(Metrics::new(style.size, style.line_height));
        buffer.set_wrap(if style.width.is_some() { Wrap::WordOrGlyph } else { Wrap::None });
        buffer.set_size(style.width, None);
        let rich = spans.iter().map(|(text, face, tag)| {
            let attributes = base.clone().metadata(*tag);
            let attributes = match face.and_then(|face| self.faces.get(face)) {
                Some(face) => attributes.family(Family::Name(&face.family)).weight(face.weight),
                None => attributes,
            };
            (text.as_str(), attributes)
        });
        let align = if style.width.is_some() { None } else { Some(Align::Left) };
        buffer.set_rich_text(rich, &base, Shaping::Advanced, align);
        buffer.shape_until_scroll(&mut self.system, false);
        let (mut lines, mut missing, mut is_rtl) = (Vec::new(), 0, false);
        for (index, run) in buffer.layout_runs().enumerate() {
            is_rtl |= index == 0 && run.rtl;
            let mut line = Vec::new();
            for glyph in run.glyphs {
                if glyph.glyph_id == 0 {
                    missing += 1;
                    continue;
                }
                if let Some((ink, bounds)) = draw(&mut self.system, &mut self.cache, glyph, run.line_y) {
                    line.push(Glyph { tag: glyph.metadata, ink, bounds });
                }
            }
            lines.push(line);
        }
        Block { lines, is_rtl, missing }
    }

    /// Text cut where its face changes.
    fn spans(&mut self, pieces: &[Piece], family: Option<&str>) -> Vec<(String, Option<usize>, usize)> {
        let asked_first = family.and_then(|family| self.faces.iter().position(|face| face.family == family));
        let mut spans: Vec<(String, Option<usize>, usize)> = Vec::new();
        let mut current = None;
        for piece in pieces {
            for cluster in piece.text.graphemes(true) {
                // Spaces and marks stay in the face around them: a change of face would break the word's shape.
                let stays = current.is_some_and(|face: usize| {
                    is_neutral(cluster) && !self.faces[face].is_emoji && self.has_all(face, cluster)
                });
                let face = if stays { current } else { self.face_of(cluster, asked_first) };
                match spans.last_mut() {
                    Some((text, last, tag)) if *last == face && *tag == piece.tag => text.push_str(cluster),
                    _ => spans.push((cluster.to_owned(), face, piece.tag)),
                }
                current = face;
            }
        }
        spans
    }

    fn face_of(&mut self, cluster: &str, asked_first: Option<usize>) -> Option<usize> {
        let wants_emoji = is_emoji(cluster);
        let first = cluster.chars().next()?;
        if let Some(face) = asked_first.filter(|&face| !wants_emoji && self.has_all(face, cluster)) {
            return Some(face);
        }
        // One character decides for its cluster; a cluster of several is looked at whole.
        let is_single = cluster.chars().nth(1).is_none();
        if is_single && let Some(&face) = self.chosen.get(&(first, wants_emoji)) {
            return face;
        }
        let (wanted, others): (Vec<usize>, Vec<usize>) =
            (0..self.faces.len()).partition(|&face| self.faces[face].is_emoji == wants_emoji);
        let candidates = [wanted, others].concat();
        let whole = candidates.iter().copied().find(|&face| self.has_all(face, cluster));
        let face = whole.or_else(|| candidates.iter().copied().find(|&face| self.has(face, first)));
        if is_single {
            self.chosen.insert((first, wants_emoji), face);
        }
        face
    }

    fn has_all(&mut self, face: usize, cluster: &str) -> bool {
        cluster.chars().filter(|c| !is_invisible(*c)).all(|c| self.has(face, c))
    }

    fn has(&mut self, face: usize, c: char) -> bool {
        let Some(Face { id, weight, .. }) = self.faces.get(face) else { return false };
        self.system.get_font(*id, *weight).is_some_and(|font| font.as_swash().charmap().map(c) != 0)
    }
}

/// Text as it can be set: one line, no control characters, nothing that turns the direction of what follows.
pub(crate) fn plain(text: &str) -> String {
    let flat = |c: char| match c {
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffc}' => None,
        c if c.is_control() || c == '\u{2028}' || c == '\u{2029}' => Some(' '),
        c => Some(c),
    };
    text.chars().filter_map(flat).collect()
}

fn draw(system: &mut FontSystem, cache: &mut SwashCache, glyph: &LayoutGlyph, baseline: f32) -> Option<(Ink, Rect)> {
    let x = glyph.x + glyph.font_size * glyph.x_offset;
    let y = baseline + glyph.y - glyph.font_size * glyph.y_offset;
    let flags = CacheKeyFlags::DISABLE_HINTING;
    let (key, ..) = CacheKey::new(glyph.font_id, glyph.glyph_id, glyph.font_size, (0.0, 0.0), glyph.font_weight, flags);
    let face_is_emoji = system.db().face(glyph.font_id).is_some_and(|face| face.post_script_name.contains("Emoji"));
    if face_is_emoji {
        let image = cache.get_image(system, key).as_ref().filter(|image| image.content == SwashContent::Color)?;
        let mut pixels = Vec::with_capacity(image.data.len());
        for pixel in image.data.chunks_exact(4) {
            let color = ColorU8::from_rgba(pixel[0], pixel[1], pixel[2], pixel[3]).premultiply();
            pixels.extend([color.red(), color.green(), color.blue(), color.alpha()]);
        }
        let size = tiny_skia::IntSize::from_wh(image.placement.width, image.placement.height)?;
        let (left, top) = (x + image.placement.left as f32, y - image.placement.top as f32);
        let bounds = Rect::from_xywh(left, top, image.placement.width as f32, image.placement.height as f32)?;
        return Some((Ink::Picture(Pixmap::from_vec(pixels, size)?, left, top), bounds));
    }
    let mut path = PathBuilder::new();
    for command in cache.get_outline_commands(system, key)? {
        match *command {
            Command::MoveTo(to) => path.move_to(to.x, -to.y),
            Command::LineTo(to) => path.line_to(to.x, -to.y),
            Command::QuadTo(by, to) => path.quad_to(by.x, -by.y, to.x, -to.y),
            Command::CurveTo(a, b, to) => path.cubic_to(a.x, -a.y, b.x, -b.y, to.x, -to.y),
            Command::Close => path.close(),
        }
    }
    let path = path.finish()?.transform(Transform::from_translate(x, y))?;
    let bounds = path.compute_tight_bounds().unwrap_or_else(|| path.bounds());
    Some((Ink::Outline(path), bounds))
}

/// The forms of Han characters that a text wants, as the faces' names end.
fn han_forms(sample: &str) -> &'static str {
    let mut forms = "JP";
    let mut has_han = false;
    for c in sample.chars() {
        match c as u32 {
            0x3040..=0x30ff | 0x31f0..=0x31ff | 0xff66..=0xff9d => return "JP",
            0x1100..=0x11ff | 0x3130..=0x318f | 0xac00..=0xd7af => forms = "KR",
            0x3400..=0x9fff => has_han = true,
            _ => {}
        }
    }
    if forms == "JP" && has_han {
        // Characters that only traditional Chinese writes so, among the most frequent ones.
        let is_traditional =
            sample.chars().any(|c| "們這個說來對時會學國開關還沒讓與為點話見長東車門馬魚鳥龍語書".contains(c));
        forms = if is_traditional { "TC" } else { "SC" };
    }
    forms
}

fn is_invisible(c: char) -> bool {
    matches!(c as u32, 0x200b..=0x200f | 0x2060 | 0xfe00..=0xfe0f | 0xad | 0xe0020..=0xe007f)
}

fn is_neutral(cluster: &str) -> bool {
    cluster.chars().all(|c| c.is_whitespace() || c.is_ascii_punctuation() || matches!(c as u32, 0x2000..=0x206f))
}

/// Whether a cluster is drawn in colour: emoji, flags, keycaps, what asks for it, and what is so by custom.
fn is_emoji(cluster: &str) -> bool {
    if cluster.contains('\u{fe0e}') {
        return false;
    }
    cluster.chars().any(|c| matches!(c as u32, 0xfe0f | 0x20e3 | 0x1f000..=0x1faff))
        || cluster.chars().any(|c| {
            matches!(c as u32,
                0x231a..=0x231b | 0x23e9..=0x23ec | 0x23f0 | 0x23f3 | 0x25fd..=0x25fe | 0x2614..=0x2615 | 0x2648..=0x2653 | 0x267f
                | 0x2693 | 0x26a1 | 0x26aa..=0x26ab | 0x26bd..=0x26be | 0x26c4..=0x26c5 | 0x26ce | 0x26d4 | 0x26ea | 0x26f2..=0x26f3
                | 0x26f5 | 0x26fa | 0x26fd | 0x2705 | 0x270a..=0x270b | 0x2728 | 0x274c | 0x274e | 0x2753..=0x2755 | 0x2757 | 0x2764
                | 0x2795..=0x2797 | 0x27b0 | 0x27bf | 0x2b1b..=0x2b1c | 0x2b50 | 0x2b55)
        })
}
