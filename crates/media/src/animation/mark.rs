//! What a drawing is made of: shapes with a colour, each knowing when it comes while the whole is written.

use super::look::Rgb;
use crate::lettering::{Glyph, Ink};
use crate::shapes;
use std::sync::Arc;
use tiny_skia::{Path, PathBuilder, PathSegment, Pixmap, Point, Rect, Transform};

/// A shape.
#[derive(Clone, Debug)]
pub(super) enum Shape {
    /// An area that is filled.
    Fill(Path),
    /// A line, with its width.
    Line(Path, f32),
    /// The outline of a letter.
    Letter(Path),
    /// A small picture with its place and how much it is scaled.
    Stamp(Arc<Pixmap>, f32, f32, f32),
}

/// A shape in its colour.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    pub(super) shape: Shape,
    pub(super) color: Rgb,
    /// 1 is opaque.
    pub(super) alpha: f32,
    /// Which part of the thing it belongs to.
    pub(super) part: Option<u16>,
    /// When it comes while the thing is written, and when it is there; both from 0 to 1.
    pub(super) when: [f32; 2],
    /// The line from which it grows, where it does: whether that is upright, and its place.
    pub(super) grows: Option<(bool, f32)>,
    /// The box around a thing, which another's box can become.
    pub(super) is_outline: bool,
    /// Keeps its colour when it stands out.
    pub(super) keeps_color: bool,
}

impl Mark {
    pub(super) fn new(shape: Shape, color: Rgb) -> Self {
        Self {
            shape,
            color,
            alpha: 1.0,
            part: None,
            when: [0.0, 1.0],
            grows: None,
            is_outline: false,
            keeps_color: false,
        }
    }

    pub(super) fn fill(path: Option<Path>, color: Rgb) -> Option<Self> {
        Some(Self::new(Shape::Fill(path?), color))
    }

    pub(super) fn line(path: Option<Path>, width: f32, color: Rgb) -> Option<Self> {
        Some(Self::new(Shape::Line(path?, width), color))
    }

    pub(super) fn alpha(mut self, alpha: f32) -> Self {
        self.alpha = alpha;
        self
    }

    pub(super) fn part(mut self, part: usize) -> Self {
        self.part = Some(part as u16);
        self
    }

    pub(super) fn when(mut self, from: f32, to: f32) -> Self {
        self.when = [from.clamp(0.0, 0.98), to.clamp(0.01, 1.0).max(from.clamp(0.0, 0.98) + 0.01)];
        self
    }

    /// What it covers.
    pub(super) fn bounds(&self) -> Option<Rect> {
        match &self.shape {
            Shape::Fill(path) | Shape::Letter(path) => {
                Some(path.compute_tight_bounds().unwrap_or_else(|| path.bounds()))
            }
            Shape::Line(path, width) => Some(shapes::grown(path.bounds(), width / 2.0, width / 2.0)),
            Shape::Stamp(picture, left, top, scale) => {
                Rect::from_xywh(*left, *top, picture.width() as f32 * scale, picture.height() as f32 * scale)
            }
        }
    }

    fn moved(mut self, x: f32, y: f32) -> Option<Self> {
        let by = Transform::from_translate(x, y);
        self.shape = match self.shape {
            Shape::Fill(path) => Shape::Fill(path.transform(by)?),
            Shape::Line(path, width) => Shape::Line(path.transform(by)?, width),
            Shape::Letter(path) => Shape::Letter(path.transform(by)?),
            Shape::Stamp(picture, left, top, scale) => Shape::Stamp(picture, left + x, top + y, scale),
        };
        if let Some((is_upright, at)) = &mut self.grows {
            *at += if *is_upright { x } else { y };
        }
        Some(self)
    }
}

/// A thing as it is drawn: places count from its left and top, and nothing lies outside its width and height.
#[derive(Clone, Debug, Default)]
pub(super) struct Drawing {
    pub(super) width: f32,
    pub(super) height: f32,
    pub(super) marks: Vec<Mark>,
    /// The corners of the box around it, where it has one.
    pub(super) radius: Option<f32>,
    /// Letters in it, which writing takes its time for.
    pub(super) letters: usize,
    /// The least size of its letters.
    pub(super) least_type: Option<f32>,
    /// Whether its words begin on the right.
    pub(super) is_rtl: bool,
}

impl Drawing {
    pub(super) fn new(width: f32, height: f32) -> Self {
        Self { width, height, ..Self::default() }
    }

    pub(super) fn push(&mut self, mark: Option<Mark>) {
        self.marks.extend(mark);
    }

    /// Says that letters of a size are in it.
    pub(super) fn has_type(&mut self, size: f32) {
        self.least_type = Some(self.least_type.map_or(size, |least| least.min(size)));
    }

    /// Puts another drawing into this one; what comes when is squeezed into `when`.
    pub(super) fn put(&mut self, other: Self, x: f32, y: f32, when: [f32; 2], part: Option<usize>) {
        let span = when[1] - when[0];
        self.letters += other.letters;
        if let Some(size) = other.least_type {
            self.has_type(size);
        }
        for mut mark in other.marks {
            mark.when = mark.when.map(|at| when[0] + at * span);
            if let Some(part) = part {
                mark.part = Some(part as u16);
            }
            self.push(mark.moved(x, y));
        }
    }

    /// Where the ink is.
    pub(super) fn ink(&self) -> Option<Rect> {
        shapes::union(self.marks.iter().filter_map(Mark::bounds))
    }
}

/// A glyph as a mark.
pub(super) fn letter(glyph: Glyph, color: Rgb, x: f32, y: f32) -> Option<Mark> {
    match glyph.ink {
        Ink::Outline(path) => Some(Mark::new(Shape::Letter(path.transform(Transform::from_translate(x, y))?), color)),
        Ink::Picture(picture, left, top) => {
            let mut mark = Mark::new(Shape::Stamp(Arc::new(picture), left + x, top + y, 1.0), color);
            mark.keeps_color = true;
            Some(mark)
        }
    }
}

/// A straight line.
pub(super) fn straight(from: (f32, f32), to: (f32, f32)) -> Option<Path> {
    let mut path = PathBuilder::new();
    path.move_to(from.0, from.1);
    path.line_to(to.0, to.1);
    path.finish()
}

/// A circle.
pub(super) fn circle(x: f32, y: f32, radius: f32) -> Option<Path> {
    PathBuilder::from_circle(x, y, radius.max(0.5))
}

/// Lines through points, with round corners.
pub(super) fn rounded_line(points: &[(f32, f32)], radius: f32) -> Option<Path> {
    let mut path = PathBuilder::new();
    let (first, last) = (points.first()?, points.last()?);
    path.move_to(first.0, first.1);
    for corner in points.windows(3) {
        let [before, at, after] = [corner[0], corner[1], corner[2]];
        let reach = |other: (f32, f32)| {
            let (dx, dy) = (other.0 - at.0, other.1 - at.1);
            let length = dx.hypot(dy).max(0.001);
            let share = (radius.min(length / 2.0)) / length;
            (at.0 + dx * share, at.1 + dy * share)
        };
        let (from, to) = (reach(before), reach(after));
        path.line_to(from.0, from.1);
        path.quad_to(at.0, at.1, to.0, to.1);
    }
    path.line_to(last.0, last.1);
    path.finish()
}

/// The head of an arrow that ends at `tip`, coming from the direction of `from`.
pub(super) fn arrow_head(from: (f32, f32), tip: (f32, f32), length: f32) -> Option<Path> {
    let (dx, dy) = (tip.0 - from.0, tip.1 - from.1);
    let far = dx.hypot(dy).max(0.001);
    let (ux, uy) = (dx / far, dy / far);
    let (back_x, back_y) = (tip.0 - ux * length, tip.1 - uy * length);
    let wide = length * 0.52;
    let mut path = PathBuilder::new();
    path.move_to(tip.0, tip.1);
    path.line_to(back_x - uy * wide, back_y + ux * wide);
    path.quad_to(tip.0 - ux * length * 0.72, tip.1 - uy * length * 0.72, back_x + uy * wide, back_y - ux * wide);
    path.close();
    path.finish()
}

/// A path as far as it is drawn: `share` of its length from its beginning.
pub(super) fn trimmed(path: &Path, share: f32) -> Option<Path> {
    if share >= 1.0 {
        return Some(path.clone());
    }
    let lines = flattened(path);
    let length = |line: &[Point]| line.windows(2).map(|pair| pair[0].distance(pair[1])).sum::<f32>();
    let mut left = lines.iter().map(|line| length(line)).sum::<f32>() * share.max(0.0);
    let mut trimmed = PathBuilder::new();
    for line in lines {
        let Some(first) = line.first().filter(|_| left > 0.01) else { break };
        trimmed.move_to(first.x, first.y);
        for pair in line.windows(2) {
            let far = pair[0].distance(pair[1]);
            let share = if far > left { left / far } else { 1.0 };
            trimmed.line_to(pair[0].x + (pair[1].x - pair[0].x) * share, pair[0].y + (pair[1].y - pair[0].y) * share);
            left -= far;
            if left <= 0.0 {
                break;
            }
        }
    }
    trimmed.finish()
}

/// Curves as many short lines.
fn flattened(path: &Path) -> Vec<Vec<Point>> {
    const PIECES: usize = 14;
    let mut lines: Vec<Vec<Point>> = Vec::new();
    for segment in path.segments() {
        if let PathSegment::MoveTo(to) = segment {
            lines.push(vec![to]);
            continue;
        }
        let Some(line) = lines.last_mut() else { continue };
        let Some(&from) = line.last() else { continue };
        let mut curve = |at: &dyn Fn(f32) -> (f32, f32)| {
            for piece in 1..=PIECES {
                let (x, y) = at(piece as f32 / PIECES as f32);
                line.push(Point::from_xy(x, y));
            }
        };
        match segment {
            PathSegment::MoveTo(_) => {}
            PathSegment::LineTo(to) => line.push(to),
            PathSegment::QuadTo(by, to) => curve(&|t| {
                let (a, b, c) = ((1.0 - t) * (1.0 - t), 2.0 * t * (1.0 - t), t * t);
                (a * from.x + b * by.x + c * to.x, a * from.y + b * by.y + c * to.y)
            }),
            PathSegment::CubicTo(one, two, to) => curve(&|t| {
                let s = 1.0 - t;
                let (a, b, c, d) = (s * s * s, 3.0 * s * s * t, 3.0 * s * t * t, t * t * t);
                (a * from.x + b * one.x + c * two.x + d * to.x, a * from.y + b * one.y + c * two.y + d * to.y)
            }),
            PathSegment::Close => {
                if let Some(&first) = line.first() {
                    line.push(first);
                }
            }
        }
    }
    lines
}
