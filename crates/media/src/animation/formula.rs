//! Mathematics: set by Typst, drawn as outlines.

use super::kinds::{Kind, Widths};
use super::look::{Look, Rgb};
use super::mark::{Drawing, Mark, Shape};
use crate::lettering::Typesetter;
use std::sync::LazyLock;
use story::animation::Role;
use tiny_skia::{Path, PathBuilder, Transform};
use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::layout::{Frame, FrameItem};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook, TextItem};
use typst::utils::LazyHash;
use typst::visualize::{CurveItem, Geometry};
use typst::{Library, LibraryExt, World};
use typst_layout::PagedDocument;

/// Size of a formula, for a frame 1080 wide.
const FORMULA: f32 = 60.0;
/// Size at which it is set, in points: it is scaled afterwards.
const SET: f32 = 100.0;
/// The longest that is read.
const LONGEST: usize = 600;
/// The deepest brackets: Typst reads them by calling itself.
const DEEPEST: usize = 40;
/// Room for Typst's calls of itself.
const STACK_BYTES: usize = 64 << 20;

/// A formula as outlines, at [`SET`].
#[derive(Clone, Debug, Default)]
struct Outlines {
    width: f32,
    height: f32,
    pieces: Vec<(Path, Option<f32>)>,
}

pub(super) struct Formula {
    /// In one line, then broken where it may be, each for a width in parts of the size; narrower ones later.
    ways: Vec<Outlines>,
    role: Role,
}

/// What is wrong with a formula, as a sentence for who wrote it; nothing where it can be set.
#[must_use]
pub(super) fn formula_problem(source: &str) -> Option<String> {
    on_a_deep_stack(source, |source| set(source, None).err())
}

/// Works where there is room for calls within calls.
fn on_a_deep_stack<T: Default + Send>(source: &str, work: impl FnOnce(&str) -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, || work(source));
        // Typst breaking down is as a formula that shows nothing.
        thread.ok().and_then(|thread| thread.join().ok()).unwrap_or_default()
    })
}

impl Formula {
    pub(super) fn new(source: &str, role: Role, _look: &Look) -> Self {
        let ways = on_a_deep_stack(source, |source| {
            let Ok(whole) = set(source, None) else { return Vec::new() };
            let mut ways = vec![whole];
            // Narrower where it can be broken: each width is tried once.
            for share in [0.7, 0.5, 0.36, 0.26] {
                let width = ways[0].width * share;
                if let Ok(narrow) = set(source, Some(width.max(SET * 4.0)))
                    && ways.last().is_some_and(|last| narrow.width < last.width * 0.96)
                {
                    ways.push(narrow);
                }
            }
            ways
        });
        Self { ways, role }
    }

    fn size(look: &Look) -> f32 {
        look.type_size(FORMULA)
    }

    /// The way that fits a width at a size, and whether any does.
    fn way(&self, width: f32, size: f32) -> Option<&Outlines> {
        self.ways.iter().find(|way| way.width * size / SET <= width).or(self.ways.last())
    }
}

impl Kind for Formula {
    fn widths(&self, look: &Look) -> Widths {
        let at = |size: f32, way: Option<&Outlines>| way.map_or(size, |way| way.width * size / SET + look.px(4.0));
        let natural = at(Self::size(look), self.ways.first()).min(look.px(940.0));
        Widths { least: at(Self::size(look), self.ways.last()).min(natural), natural }
    }

    fn height(&self, width: f32, look: &Look) -> f32 {
        let size = Self::size(look);
        self.way(width, size).map_or(size, |way| way.height * size / SET + look.px(4.0))
    }

    fn draw(&self, room: (f32, f32), _: (f32, f32), look: &Look, _: &mut Typesetter) -> Drawing {
        let mut size = Self::size(look);
        let fits = |way: &&Outlines, size: f32| way.width * size / SET <= room.0 && way.height * size / SET <= room.1;
        let way = loop {
            if let Some(way) = self.ways.iter().find(|way| fits(way, size)) {
                break Some(way);
            }
            if size <= look.least() {
                break None;
            }
            size = (size * 0.94).max(look.least());
        };
        let Some(way) = way else { return ellipsis(room, look.of(self.role), look) };
        let scale = size / SET;
        let mut drawing = Drawing::new(way.width * scale, way.height * scale);
        drawing.has_type(size);
        let count = way.pieces.len().max(1) as f32;
        let window = (3.0 / count).clamp(0.05, 1.0);
        for (index, (path, line)) in way.pieces.iter().enumerate() {
            let Some(path) = path.clone().transform(Transform::from_scale(scale, scale)) else { continue };
            let shape = match line {
                Some(width) => Shape::Line(path, (width * scale).max(1.5)),
                None => Shape::Letter(path),
            };
            let from = index as f32 / count * (1.0 - window);
            drawing.push(Some(Mark::new(shape, look.of(self.role)).when(from, from + window)));
        }
        drawing.letters = way.pieces.len();
        drawing
    }

    fn is_words(&self) -> bool {
        true
    }
}

/// Three dots, where not even the smallest formula fits.
fn ellipsis(room: (f32, f32), color: Rgb, look: &Look) -> Drawing {
    let (width, height) = (look.px(56.0), look.px(14.0));
    if room.0 < width || room.1 < height {
        return Drawing::default();
    }
    let mut drawing = Drawing::new(width, height);
    for dot in 0..3 {
        let path = super::mark::circle(height / 2.0 + dot as f32 * look.px(21.0), height / 2.0, height / 2.0 - 1.0);
        drawing.push(Mark::fill(path, color));
    }
    drawing
}

/// Sets a formula: in one line, or in lines of a width.
fn set(source: &str, width: Option<f32>) -> Result<Outlines, String> {
    if source.chars().count() > LONGEST {
        return Err("the formula is too long".to_owned());
    }
    if source.contains(['#', '$']) {
        return Err("neither \"#\" nor \"$\" can stand in a formula; leave them out".to_owned());
    }
    let mut depth = 0_usize;
    for c in source.chars() {
        match c {
            '(' | '[' | '{' | '⟨' | '|' => depth += 1,
            ')' | ']' | '}' | '⟩' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return Err("the formula is nested too deeply".to_owned());
        }
    }
    if source.matches(['^', '_', '/', '√']).count() > 120 {
        return Err("the formula is nested too deeply".to_owned());
    }
    let (page, body) = match width {
        None => ("auto".to_owned(), format!("$ {source} $")),
        Some(width) => (format!("{width}pt"), format!("#show math.equation: math.display\n${source}$")),
    };
    let text = format!(
        "#set page(width: {page}, height: auto, margin: 0pt)\n#set text(size: {SET}pt)\n\
         #set par(justify: false, leading: 0.5em)\n#set align(center)\n{body}\n"
    );
    let house = House::new(text);
    let document = typst::compile::<PagedDocument>(&house).output;
    // What is remembered of formulas long past is forgotten.
    typst::comemo::evict(8);
    let document = document
        .map_err(|problems| problems.first().map_or_else(|| "the formula cannot be read".to_owned(), sentence))?;
    let Some(page) = document.pages().first() else { return Err("the formula shows nothing".to_owned()) };
    let mut pieces = Vec::new();
    collect(&page.frame, Transform::identity(), &mut pieces);
    let bounds = |(path, line): &(Path, Option<f32>)| {
        let half = line.unwrap_or(0.0) / 2.0;
        crate::shapes::grown(path.compute_tight_bounds().unwrap_or_else(|| path.bounds()), half, half)
    };
    let ink = crate::shapes::union(pieces.iter().map(bounds));
    let Some(ink) = ink else { return Err("the formula shows nothing".to_owned()) };
    let back = Transform::from_translate(-ink.left(), -ink.top());
    let mut moved: Vec<(Path, Option<f32>)> = Vec::new();
    for (path, line) in pieces {
        moved.extend(path.transform(back).map(|path| (path, line)));
    }
    Ok(Outlines { width: ink.width(), height: ink.height(), pieces: moved })
}

fn sentence(problem: &typst::diag::SourceDiagnostic) -> String {
    let mut sentence = problem.message.to_string();
    if let Some(hint) = problem.hints.first() {
        sentence.push_str("; ");
        sentence.push_str(&hint.v);
    }
    sentence
}

/// The outlines of everything in a frame, in reading order.
fn collect(frame: &Frame, at: Transform, pieces: &mut Vec<(Path, Option<f32>)>) {
    for (place, item) in frame.items() {
        let at = at.pre_translate(place.x.to_pt() as f32, place.y.to_pt() as f32);
        match item {
            FrameItem::Group(group) => {
                let own = group.transform;
                let own = Transform::from_row(
                    own.sx.get() as f32,
                    own.ky.get() as f32,
                    own.kx.get() as f32,
                    own.sy.get() as f32,
                    own.tx.to_pt() as f32,
                    own.ty.to_pt() as f32,
                );
                collect(&group.frame, at.pre_concat(own), pieces);
            }
            FrameItem::Text(text) => letters(text, at, pieces),
            FrameItem::Shape(shape, _) => {
                let path = match &shape.geometry {
                    Geometry::Line(to) => super::mark::straight((0.0, 0.0), (to.x.to_pt() as f32, to.y.to_pt() as f32)),
                    Geometry::Rect(size) => {
                        tiny_skia::Rect::from_xywh(0.0, 0.0, size.x.to_pt() as f32, size.y.to_pt() as f32)
                            .map(PathBuilder::from_rect)
                    }
                    Geometry::Curve(curve) => {
                        let mut path = PathBuilder::new();
                        let spot = |point: &typst::layout::Point| (point.x.to_pt() as f32, point.y.to_pt() as f32);
                        for item in &curve.0 {
                            match item {
                                CurveItem::Move(to) => path.move_to(spot(to).0, spot(to).1),
                                CurveItem::Line(to) => path.line_to(spot(to).0, spot(to).1),
                                CurveItem::Cubic(a, b, to) => {
                                    let (a, b, to) = (spot(a), spot(b), spot(to));
                                    path.cubic_to(a.0, a.1, b.0, b.1, to.0, to.1);
                                }
                                CurveItem::Close => path.close(),
                            }
                        }
                        path.finish()
                    }
                };
                let width = shape.stroke.as_ref().map(|stroke| stroke.thickness.to_pt() as f32);
                if let Some(path) = path.and_then(|path| path.transform(at)) {
                    if shape.fill.is_some() {
                        pieces.push((path.clone(), None));
                    }
                    if let Some(width) = width {
                        pieces.push((path, Some(width)));
                    }
                }
            }
            FrameItem::Image(..) | FrameItem::Link(..) | FrameItem::Tag(_) => {}
        }
    }
}

fn letters(text: &TextItem, at: Transform, pieces: &mut Vec<(Path, Option<f32>)>) {
    let size = text.size.to_pt() as f32;
    let scale = size / text.font.ttf().units_per_em() as f32;
    let (mut x, mut y) = (0.0, 0.0);
    for glyph in &text.glyphs {
        let mut outline = Outline(PathBuilder::new());
        let left = x + glyph.x_offset.at(text.size).to_pt() as f32;
        let top = y - glyph.y_offset.at(text.size).to_pt() as f32;
        let place = at.pre_translate(left, top).pre_scale(scale, -scale);
        if text.font.ttf().outline_glyph(ttf_parser::GlyphId(glyph.id), &mut outline).is_some()
            && let Some(path) = outline.0.finish().and_then(|path| path.transform(place))
        {
            pieces.push((path, None));
        }
        x += glyph.x_advance.at(text.size).to_pt() as f32;
        y -= glyph.y_advance.at(text.size).to_pt() as f32;
    }
}

struct Outline(PathBuilder);

impl ttf_parser::OutlineBuilder for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        self.0.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.0.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.0.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.0.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.0.close();
    }
}

/// What all formulas share: Typst's library and its own fonts.
struct Shared {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
}

static SHARED: LazyLock<Shared> = LazyLock::new(|| {
    let fonts: Vec<Font> = typst_assets::fonts().flat_map(|data| Font::iter(Bytes::new(data))).collect();
    let book = FontBook::from_fonts(&fonts);
    Shared { library: LazyHash::new(Library::default()), book: LazyHash::new(book), fonts }
});

/// The world of one formula: no file but itself, no package, no date.
struct House {
    source: Source,
}

impl House {
    fn new(text: String) -> Self {
        let path = VirtualPath::new("formula.typ").expect("a name without a folder");
        Self { source: Source::new(RootedPath::new(VirtualRoot::Project, path).intern(), text) }
    }
}

impl World for House {
    fn library(&self) -> &LazyHash<Library> {
        &SHARED.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &SHARED.book
    }

    fn main(&self) -> FileId {
        self.source.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.source.id() { Ok(self.source.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn file(&self, _: FileId) -> FileResult<Bytes> {
        Err(FileError::AccessDenied)
    }

    fn font(&self, index: usize) -> Option<Font> {
        SHARED.fonts.get(index).cloned()
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}
