//! Draws an actor in a pose: as far as it is written, in the light that is on it, on its way from what it was before.

use super::look::{Look, Rgb, mix};
use super::mark::{Drawing, Mark, Shape, trimmed};
use super::plan::Actor;
use super::pose::Pose;
use super::timing::out;
use crate::blend::Overlay;
use crate::frame::Size;
use crate::shapes::{grown, rounded, union};
use std::collections::HashMap;
use tiny_skia::{
    FillRule, FilterQuality, LineCap, LineJoin, Paint, Path, PathSegment, Pixmap, PixmapPaint, Rect, Stroke, Transform,
};

/// How far what is not lit steps back.
const BACK: f32 = 0.6;

/// An actor in a pose, at its place in the frame; `None` where nothing of it is seen.
pub(super) fn paint(actors: &[Actor], pose: &Pose, look: &Look, size: Size) -> Option<Overlay> {
    let actor = &actors[pose.actor];
    let marks = match pose.becomes() {
        Some((from, t)) => between(&actors[from].drawing, &actor.drawing, t, look),
        None => Vec::new(),
    };
    let drawing = &actor.drawing;
    let ink = match marks.as_slice() {
        [] => drawing.ink()?,
        marks => union(marks.iter().filter_map(Mark::bounds))?,
    };
    let (x, y) = pose.middle();
    let at = Transform::from_translate(x, y)
        .pre_scale(pose.zoom(), pose.zoom())
        .pre_translate(-drawing.width / 2.0, -drawing.height / 2.0);
    let (mut drawn, left, top) = canvas(grown(ink, 2.0, 2.0).transform(at)?, size)?;
    let at = at.post_translate(-(left as f32), -(top as f32));
    let painter = Painter { pose, look, at, is_boxed: drawing.radius.is_some() };
    if pose.becomes().is_some() {
        marks.iter().for_each(|mark| painter.mark(&mut drawn, mark, 1.0));
    } else {
        let t = pose.drawn();
        for mark in &drawing.marks {
            let [from, to] = mark.when;
            let own = if t >= 1.0 { 1.0 } else { ((t - from) / (to - from).max(0.01)).clamp(0.0, 1.0) };
            if own > 0.0 {
                painter.mark(&mut drawn, mark, own);
            }
        }
    }
    if pose.alpha() < 255 {
        let share = u16::from(pose.alpha());
        for value in drawn.data_mut() {
            *value = ((u16::from(*value) * share + 127) / 255) as u8;
        }
    }
    Some(Overlay::new(&drawn, left, top))
}

/// A clear canvas around an area, inside the frame, on even pixels.
fn canvas(area: Rect, size: Size) -> Option<(Pixmap, usize, usize)> {
    let even_down = |value: f32| (value.max(0.0) as usize) / 2 * 2;
    let even_up = |value: f32, end: usize| (value.max(0.0).ceil() as usize).div_ceil(2).saturating_mul(2).min(end);
    let (left, top) = (even_down(area.left()), even_down(area.top()));
    let (right, bottom) = (even_up(area.right(), size.width), even_up(area.bottom(), size.height));
    let (width, height) = (right.checked_sub(left)?, bottom.checked_sub(top)?);
    Some((Pixmap::new(width as u32, height as u32)?, left, top))
}

struct Painter<'a> {
    pose: &'a Pose,
    look: &'a Look,
    at: Transform,
    is_boxed: bool,
}

impl Painter<'_> {
    fn mark(&self, canvas: &mut Pixmap, mark: &Mark, t: f32) {
        let (lit, back) = self.pose.light(mark.part);
        let color = self.color(mark, lit);
        let mut alpha = mark.alpha * (1.0 - BACK * back * (1.0 - lit));
        if matches!(mark.shape, Shape::Line(..)) {
            // Fine lines of what is lit are seen better.
            alpha += (1.0 - alpha) * lit * 0.6;
        }
        let smooth = out(t);
        match &mark.shape {
            Shape::Line(path, width) => {
                let Some(path) = trimmed(path, smooth) else { return };
                let stroke = Stroke {
                    width: width * (1.0 + 0.25 * lit),
                    line_cap: LineCap::Round,
                    line_join: LineJoin::Round,
                    ..Stroke::default()
                };
                canvas.stroke_path(&path, &paint_of(color, alpha), &stroke, self.at, None);
            }
            Shape::Fill(path) => {
                let (mut at, mut alpha) = (self.at, alpha);
                match mark.grows {
                    Some((true, x)) => at = at.pre_translate(x, 0.0).pre_scale(smooth, 1.0).pre_translate(-x, 0.0),
                    Some((false, y)) => at = at.pre_translate(0.0, y).pre_scale(1.0, smooth).pre_translate(0.0, -y),
                    None => alpha *= smooth,
                }
                canvas.fill_path(path, &paint_of(color, alpha), FillRule::Winding, at, None);
            }
            Shape::Letter(path) => {
                let at = self.at.pre_translate(0.0, (1.0 - smooth) * self.look.px(9.0));
                canvas.fill_path(path, &paint_of(color, alpha * smooth), FillRule::Winding, at, None);
            }
            Shape::Stamp(picture, left, top, scale) => {
                let at = self.at.pre_translate(*left, *top).pre_scale(*scale, *scale);
                let paint = PixmapPaint {
                    opacity: alpha * smooth,
                    quality: if is_whole(at) { FilterQuality::Nearest } else { FilterQuality::Bilinear },
                    ..PixmapPaint::default()
                };
                canvas.draw_pixmap(0, 0, picture.as_ref().as_ref(), &paint, at, None);
            }
        }
    }

    fn color(&self, mark: &Mark, lit: f32) -> Rgb {
        if mark.keeps_color || lit <= 0.0 {
            return mark.color;
        }
        let target = match &mark.shape {
            Shape::Fill(_) if mark.is_outline => mix(self.look.dark, self.look.accent, 0.5),
            // Letters in a box stay as light as they can be: the box says it.
            Shape::Letter(_) if self.is_boxed => [255; 3],
            _ => self.look.accent,
        };
        mix(mark.color, target, lit)
    }
}

fn is_whole(at: Transform) -> bool {
    let whole = |value: f32| (value - value.round()).abs() < 0.01;
    (at.sx - 1.0).abs() < 1e-4 && (at.sy - 1.0).abs() < 1e-4 && whole(at.tx) && whole(at.ty)
}

fn paint_of(color: Rgb, alpha: f32) -> Paint<'static> {
    let mut paint = Paint { anti_alias: true, ..Paint::default() };
    paint.set_color_rgba8(color[0], color[1], color[2], (alpha * 255.0).round().clamp(0.0, 255.0) as u8);
    paint
}

/// What stands between two drawings, in the places of the second: their boxes become one another, letters that both have fly, and the
/// rest of one fades into the rest of the other.
fn between(from: &Drawing, to: &Drawing, t: f32, look: &Look) -> Vec<Mark> {
    // The middles of both are one place.
    let shift = ((to.width - from.width) / 2.0, (to.height - from.height) / 2.0);
    let mut marks = Vec::new();
    let has_boxes =
        from.radius.is_some() && to.radius.is_some() && [from, to].iter().all(|drawing| has_outline(drawing));
    if let (true, Some(one), Some(other)) = (has_boxes, from.radius, to.radius) {
        outline(&mut marks, (from, one), (to, other), t, look);
    }
    let rest = |drawing: &Drawing| {
        let keep = |mark: &&Mark| !(has_boxes && mark.is_outline);
        drawing.marks.iter().filter(keep).cloned().collect::<Vec<Mark>>()
    };
    let (before, after) = (rest(from), rest(to));
    let mut known: HashMap<Vec<i16>, Vec<usize>> = HashMap::new();
    for (index, mark) in after.iter().enumerate().rev() {
        if let Some(key) = shape_of(mark) {
            known.entry(key).or_default().push(index);
        }
    }
    let mut flown = vec![false; after.len()];
    let others: Vec<Option<usize>> =
        before.iter().map(|mark| shape_of(mark).and_then(|key| known.get_mut(&key)?.pop())).collect();
    // Where few are the same, a swarm of letters would hide what happens.
    let letters = |marks: &[Mark]| marks.iter().filter(|mark| matches!(mark.shape, Shape::Letter(_))).count();
    let flies = others.iter().flatten().count() * 2 > letters(&before).min(letters(&after));
    for (mark, other) in before.iter().zip(others) {
        let other = other.filter(|_| flies);
        if let Some(other) = other {
            flown[other] = true;
            marks.extend(flying(mark, &after[other], shift, t));
        } else {
            let gone = (1.0 - t * 1.9).max(0.0);
            let at = |zoom: f32| {
                Transform::from_translate(to.width / 2.0, to.height / 2.0)
                    .pre_scale(zoom, zoom)
                    .pre_translate(-from.width / 2.0, -from.height / 2.0)
            };
            marks.extend(faded(mark, at(1.0 - 0.12 * t), gone));
        }
    }
    for (mark, _) in after.iter().zip(&flown).filter(|(_, flown)| !**flown) {
        let come = ((t - 0.45) / 0.55).max(0.0);
        let zoom = 0.88 + 0.12 * t;
        let at = Transform::from_translate(to.width / 2.0, to.height / 2.0)
            .pre_scale(zoom, zoom)
            .pre_translate(-to.width / 2.0, -to.height / 2.0);
        marks.extend(faded(mark, at, come));
    }
    marks
}

fn has_outline(drawing: &Drawing) -> bool {
    drawing.marks.iter().any(|mark| mark.is_outline)
}

fn outline(marks: &mut Vec<Mark>, (from, one): (&Drawing, f32), (to, other): (&Drawing, f32), t: f32, look: &Look) {
    let mix_of = |a: f32, b: f32| a + (b - a) * t;
    let (width, height) = (mix_of(from.width, to.width), mix_of(from.height, to.height));
    let half = look.line() / 2.0;
    let (x, y) = (to.width / 2.0, to.height / 2.0);
    let area = Rect::from_ltrb(
        x - width / 2.0 + half,
        y - height / 2.0 + half,
        x + width / 2.0 - half,
        y + height / 2.0 - half,
    );
    let path = area.and_then(|area| rounded(area, mix_of(one, other)));
    let both = from.marks.iter().filter(|mark| mark.is_outline).zip(to.marks.iter().filter(|mark| mark.is_outline));
    for (before, after) in both {
        let color = mix(before.color, after.color, t);
        let mark = match after.shape {
            Shape::Line(_, width) => Mark::line(path.clone(), width, color),
            _ => Mark::fill(path.clone(), color),
        };
        marks.extend(mark.map(|mark| mark.alpha(mix_of(before.alpha, after.alpha))));
    }
}

fn faded(mark: &Mark, at: Transform, alpha: f32) -> Option<Mark> {
    if alpha <= 0.0 {
        return None;
    }
    let mut mark = mark.clone();
    mark.alpha *= alpha;
    mark.shape = match mark.shape {
        Shape::Fill(path) => Shape::Fill(path.transform(at)?),
        Shape::Line(path, width) => Shape::Line(path.transform(at)?, width),
        Shape::Letter(path) => Shape::Letter(path.transform(at)?),
        Shape::Stamp(picture, left, top, scale) => {
            Shape::Stamp(picture, at.sx * left + at.tx, at.sy * top + at.ty, scale * at.sx)
        }
    };
    Some(mark)
}

/// A letter on its way from its place in one drawing to that in another.
fn flying(from: &Mark, to: &Mark, shift: (f32, f32), t: f32) -> Option<Mark> {
    let (start, end) = (from.bounds()?, to.bounds()?);
    let mix_of = |a: f32, b: f32| a + (b - a) * t;
    let zoom = mix_of(start.height() / end.height().max(0.1), 1.0);
    let place = (mix_of(start.left() + shift.0, end.left()), mix_of(start.top() + shift.1, end.top()));
    let at = Transform::from_translate(place.0, place.1).pre_scale(zoom, zoom).pre_translate(-end.left(), -end.top());
    let mut mark = faded(to, at, 1.0)?;
    mark.color = mix(from.color, to.color, t);
    mark.alpha = mix_of(from.alpha, to.alpha);
    Some(mark)
}

/// What a letter looks like, whatever its size and place.
fn shape_of(mark: &Mark) -> Option<Vec<i16>> {
    let Shape::Letter(path) = &mark.shape else { return None };
    let bounds = path.bounds();
    let side = bounds.height().max(bounds.width()).max(0.01);
    let mut key = Vec::new();
    let mut push = |point: tiny_skia::Point| {
        key.push(((point.x - bounds.left()) / side * 60.0).round() as i16);
        key.push(((point.y - bounds.top()) / side * 60.0).round() as i16);
    };
    for segment in Path::segments(path) {
        match segment {
            PathSegment::MoveTo(to) | PathSegment::LineTo(to) => push(to),
            PathSegment::QuadTo(by, to) => [by, to].into_iter().for_each(&mut push),
            PathSegment::CubicTo(a, b, to) => [a, b, to].into_iter().for_each(&mut push),
            PathSegment::Close => {}
        }
    }
    Some(key)
}
