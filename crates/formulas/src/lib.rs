//! Mathematics as outlines: the one door to Typst. A room of its own, for Typst is compiled into whatever names it, and that takes as long
//! as all of `media`.
//! Imports no other room.
//! **Invariant:** no file, no package, no date, no network: an outline depends on the formula alone.

mod world;

use tiny_skia::{Path, PathBuilder, Transform};
use typst::layout::{Frame, FrameItem};
use typst::text::TextItem;
use typst::visualize::{CurveItem, Geometry};
use typst_layout::PagedDocument;
use world::World;

/// Size at which formulas are set, in points: whoever draws them scales them.
pub const SIZE: f32 = 100.0;
/// The longest that is read.
const LONGEST: usize = 600;
/// The deepest brackets: Typst reads them by calling itself.
const DEEPEST: usize = 40;
/// Room for Typst's calls of itself.
const STACK_BYTES: usize = 64 << 20;

/// A formula as outlines, at [`SIZE`].
#[derive(Clone, Debug, Default)]
pub struct Outlines {
    /// From its leftmost ink to its rightmost.
    pub width: f32,
    /// From its uppermost ink to its lowest.
    pub height: f32,
    /// What is drawn, in reading order; places count from left and top. With a number it is a line of that width, else it is filled.
    pub pieces: Vec<(Path, Option<f32>)>,
}

/// Sets a formula, written as in Typst without dollars: in one line, or in lines of a width.
///
/// # Errors
/// A sentence for whoever wrote it.
pub fn set(source: &str, width: Option<f32>) -> Result<Outlines, String> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, || typeset(source, width));
        let broken = || "the formula cannot be set; write it more simply".to_owned();
        // Where Typst itself breaks down, the formula is no better than a wrong one.
        thread.map_err(|_| broken())?.join().unwrap_or_else(|_| Err(broken()))
    })
}

fn typeset(source: &str, width: Option<f32>) -> Result<Outlines, String> {
    if source.chars().count() > LONGEST {
        return Err("the formula is too long".to_owned());
    }
    if source.contains(['#', '$']) {
        return Err("neither \"#\" nor \"$\" can stand in a formula; leave them out".to_owned());
    }
    // The one name by which mathematics would reach the rest of the language, programs and all.
    if source.split(|c: char| !c.is_alphanumeric()).any(|word| word == "std") {
        return Err("\"std\" cannot stand in a formula; leave it out".to_owned());
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
        "#set page(width: {page}, height: auto, margin: 0pt)\n#set text(size: {SIZE}pt)\n\
         #set par(justify: false, leading: 0.5em)\n#set align(center)\n{body}\n"
    );
    let world = World::new(text);
    let document = typst::compile::<PagedDocument>(&world).output;
    // What is remembered of formulas long past is forgotten.
    typst::comemo::evict(8);
    let document = document
        .map_err(|problems| problems.first().map_or_else(|| "the formula cannot be read".to_owned(), sentence))?;
    let Some(page) = document.pages().first() else { return Err("the formula shows nothing".to_owned()) };
    let mut pieces = Vec::new();
    collect(&page.frame, Transform::identity(), &mut pieces);
    let bounds = |(path, line): &(Path, Option<f32>)| {
        let half = line.unwrap_or(0.0) / 2.0;
        let area = path.compute_tight_bounds().unwrap_or_else(|| path.bounds());
        (area.left() - half, area.top() - half, area.right() + half, area.bottom() + half)
    };
    let union =
        |a: (f32, f32, f32, f32), b: (f32, f32, f32, f32)| (a.0.min(b.0), a.1.min(b.1), a.2.max(b.2), a.3.max(b.3));
    let ink = pieces.iter().map(bounds).reduce(union);
    let Some((left, top, right, bottom)) = ink else { return Err("the formula shows nothing".to_owned()) };
    let back = Transform::from_translate(-left, -top);
    let mut moved: Vec<(Path, Option<f32>)> = Vec::new();
    for (path, line) in pieces {
        moved.extend(path.transform(back).map(|path| (path, line)));
    }
    Ok(Outlines { width: right - left, height: bottom - top, pieces: moved })
}

/// A face among those that formulas are set in, by the names of its family and its style.
#[must_use]
pub fn face(family: &str, style: &str) -> Option<&'static [u8]> {
    let is_wanted = |data: &&'static [u8]| {
        let name = |id: u16, face: &ttf_parser::Face<'_>| {
            let mut names = face.names().into_iter().filter(|name| name.name_id == id && name.is_unicode());
            names.next().and_then(|name| name.to_string())
        };
        ttf_parser::Face::parse(data, 0)
            .is_ok_and(|face| name(1, &face).as_deref() == Some(family) && name(2, &face).as_deref() == Some(style))
    };
    typst_assets::fonts().find(is_wanted)
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
                    Geometry::Line(to) => {
                        let mut path = PathBuilder::new();
                        path.move_to(0.0, 0.0);
                        path.line_to(to.x.to_pt() as f32, to.y.to_pt() as f32);
                        path.finish()
                    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_outlines() {
        for source in [
            "x^2 + sqrt(y)",
            "sum_(i=1)^n i = (n(n+1))/2",
            "(partial L)/(partial w)",
            "vec(a, b)",
            "mat(1, 2; 3, 4)",
            "cal(L) = -log p",
            "\"area\" = pi r^2",
        ] {
            let outlines = set(source, None).unwrap_or_else(|problem| panic!("{source}: {problem}"));
            assert!(outlines.width > 20.0 && outlines.height > 20.0 && !outlines.pieces.is_empty(), "{source}");
        }
    }

    #[test]
    fn what_is_no_formula_is_a_sentence_and_upsets_nobody() {
        for (source, sentence) in [
            ("frac(1", "unclosed delimiter"),
            ("nothere + 1", "unknown variable: nothere"),
            ("#read(\"/etc/passwd\")", "neither \"#\" nor \"$\" can stand in a formula"),
            ("$", "neither \"#\" nor \"$\" can stand in a formula"),
            ("std.eval(\"1\")", "\"std\" cannot stand in a formula"),
            ("eval(\"1\")", "unknown variable: eval"),
            ("x^", ""),
            ("", "the formula shows nothing"),
        ] {
            let problem = set(source, None).err().unwrap_or_else(|| panic!("{source} is no formula"));
            assert!(problem.starts_with(sentence) && !problem.is_empty(), "{source}: {problem}");
        }
        for deep in ["(", "sqrt("] {
            assert!(set(&deep.repeat(100), None).is_err(), "{deep}");
        }
        for deep in ["x^", "1/"] {
            let _ends_without_ending_the_process = set(&deep.repeat(150), None);
        }
    }

    #[test]
    fn a_long_formula_is_broken_where_it_is_narrow() {
        let long = "a + b + c + d + e + f + g + h";
        let (whole, narrow) = (set(long, None).unwrap(), set(long, Some(500.0)).unwrap());
        assert!(narrow.width < whole.width * 0.8 && narrow.height > whole.height * 1.5);
    }
}
