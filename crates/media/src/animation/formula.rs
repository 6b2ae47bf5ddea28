//! Mathematics, drawn as outlines.

use super::kinds::{Kind, Widths};
use super::look::{Look, Rgb};
use super::mark::{Drawing, Mark, Shape};
use crate::lettering::Typesetter;
use formulas::{Outlines, SIZE};
use story::animation::Role;
use tiny_skia::Transform;

/// Size of a formula, for a frame 1080 wide.
const FORMULA: f32 = 60.0;
pub(super) struct Formula {
    /// In one line, then broken where it may be, each for a width in parts of the size; narrower ones later.
    ways: Vec<Outlines>,
    role: Role,
}

/// What is wrong with a formula, as a sentence for who wrote it; nothing where it can be set.
#[must_use]
pub(super) fn formula_problem(source: &str) -> Option<String> {
    formulas::set(source, None).err()
}

impl Formula {
    pub(super) fn new(source: &str, role: Role, _look: &Look) -> Self {
        let mut ways: Vec<Outlines> = formulas::set(source, None).into_iter().collect();
        if let Some(whole) = ways.first().map(|whole| whole.width) {
            // Narrower where it can be broken: each width is tried once.
            for share in [0.7, 0.5, 0.36, 0.26] {
                if let Ok(narrow) = formulas::set(source, Some((whole * share).max(SIZE * 4.0)))
                    && ways.last().is_some_and(|last| narrow.width < last.width * 0.96)
                {
                    ways.push(narrow);
                }
            }
        }
        Self { ways, role }
    }

    fn size(look: &Look) -> f32 {
        look.type_size(FORMULA)
    }

    /// The way that fits a width at a size, and whether any does.
    fn way(&self, width: f32, size: f32) -> Option<&Outlines> {
        self.ways.iter().find(|way| way.width * size / SIZE <= width).or(self.ways.last())
    }
}

impl Kind for Formula {
    fn widths(&self, look: &Look) -> Widths {
        let at = |size: f32, way: Option<&Outlines>| way.map_or(size, |way| way.width * size / SIZE + look.px(4.0));
        let natural = at(Self::size(look), self.ways.first()).min(look.px(940.0));
        Widths { least: at(Self::size(look), self.ways.last()).min(natural), natural }
    }

    fn height(&self, width: f32, look: &Look) -> f32 {
        let size = Self::size(look);
        self.way(width, size).map_or(size, |way| way.height * size / SIZE + look.px(4.0))
    }

    fn draw(&self, room: (f32, f32), _: (f32, f32), look: &Look, _: &mut Typesetter) -> Drawing {
        let mut size = Self::size(look);
        let fits = |way: &&Outlines, size: f32| way.width * size / SIZE <= room.0 && way.height * size / SIZE <= room.1;
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
        let scale = size / SIZE;
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
