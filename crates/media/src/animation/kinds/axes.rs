//! Axes with a few round ticks, and curves that break where their function does.

use super::{Kind, Widths};
use crate::animation::look::{LABEL, LINE_HEIGHT, Look, mix};
use crate::animation::mark::{Drawing, Mark, arrow_head, circle, straight};
use crate::animation::words::{Align, Setting, words};
use crate::lettering::Typesetter;
use story::animation::{Axes, Function, Range, Role};
use tiny_skia::{Path, PathBuilder, Rect};

/// Points of a curve.
const POINTS: usize = 320;

pub(super) struct Drawn {
    x: Range,
    y: Range,
    plots: Vec<Plot>,
    role: Role,
}

struct Plot {
    function: Option<Function>,
    label: Option<String>,
    role: Role,
}

impl Drawn {
    pub(super) fn new(axes: &Axes, role: Role) -> Self {
        let plot = |plot: &story::animation::Plot| Plot {
            function: Function::read(&plot.function).ok(),
            label: plot.label.clone(),
            role: plot.color,
        };
        Self { x: axes.x.clone(), y: axes.y.clone(), plots: axes.plots.iter().map(plot).collect(), role }
    }

    fn color(&self, index: usize, look: &Look) -> [u8; 3] {
        // Plots without a colour of their own are told apart by their place.
        match self.plots[index].role {
            Role::Plain => [look.shape(self.role), look.second, look.good, look.muted][index % 4],
            role => look.of(role),
        }
    }

    fn legend(&self) -> usize {
        self.plots.iter().filter(|plot| plot.label.is_some()).count()
    }
}

/// Round numbers inside a range: about `most` of them.
pub(super) fn ticks(from: f64, to: f64, most: usize) -> Vec<f64> {
    let span = to - from;
    if !(span.is_finite() && span > 0.0) || most == 0 {
        return Vec::new();
    }
    let rough = span / most as f64;
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|step| step * power).find(|step| *step >= rough * 0.999);
    let step = step.unwrap_or(power * 10.0);
    let first = (from / step - 1e-9).ceil();
    (0..=most + 1)
        .map(|index| (first + index as f64) * step)
        .take_while(|value| *value <= to + step * 1e-9)
        .map(|value| if value.abs() < step * 1e-9 { 0.0 } else { value })
        .collect()
}

fn label(value: f64) -> String {
    let text = match value.abs() {
        size if size >= 1e6 => format!("{value:.0e}"),
        size if size != 0.0 && size < 1e-3 => format!("{value:.0e}"),
        _ => {
            let text = format!("{value:.3}");
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
    };
    text.replace('-', "−")
}

impl Kind for Drawn {
    fn widths(&self, look: &Look) -> Widths {
        Widths { least: look.px(260.0), natural: look.px(680.0 * look.scale.clamp(0.5, 1.25)) }
    }

    fn height(&self, width: f32, look: &Look) -> f32 {
        (width * 0.62).min(look.px(430.0 * look.scale.clamp(0.5, 1.2))).max(look.px(230.0))
    }

    fn most(&self, look: &Look) -> (f32, f32) {
        (look.px(1_150.0), look.px(820.0))
    }

    fn draw(&self, room: (f32, f32), _: (f32, f32), look: &Look, type_setter: &mut Typesetter) -> Drawing {
        let most = self.most(look);
        let width = room.0.min(most.0);
        let height = room.1.min(most.1).min(width * 1.05);
        let mut drawing = Drawing::new(width, height);
        let size = look.type_size(LABEL * 0.94);
        let line = size * LINE_HEIGHT * 1.02;
        let grey = mix(look.plain, look.muted, 0.55);
        let has_room = height > line * 5.0 && width > size * 8.0;
        // From above: the key of the curves, the word of the upright axis, the field, numbers, the word of the other axis.
        let top = self.key(&mut drawing, (width, height), size, look, type_setter);
        let setting = Setting::new(size, grey, Align::Start).lines(1);
        let mut field = (0.0, top, width, height);
        if let Some(text) = self.y.label.as_deref().filter(|_| has_room) {
            let text = words(text, (width, line), setting, look, type_setter);
            drawing.put(text, 0.0, field.1, [0.1, 0.3], None);
            field.1 += line;
        }
        field.1 += look.px(10.0);
        if let Some(text) = self.x.label.as_deref().filter(|_| has_room) {
            let text = words(text, (width, line), setting, look, type_setter);
            let (x, y) = (width - text.width, height - text.height);
            drawing.put(text, x, y, [0.1, 0.3], None);
            field.3 -= line;
        }
        let y_ticks = ticks(self.y.from, self.y.to, ((field.3 - field.1) / (line * 2.2)).clamp(1.0, 5.0) as usize);
        let numbers: Vec<Drawing> = y_ticks
            .iter()
            .map(|value| words(&label(*value), (width * 0.3, line), setting, look, type_setter))
            .collect();
        let widest = numbers.iter().map(|number| number.width).fold(0.0, f32::max);
        if has_room {
            field.0 += widest + look.px(16.0);
            field.3 -= line + look.px(6.0);
        }
        // Arrow heads reach beyond the field.
        let head = look.px(20.0);
        let (left, right, high, low) = (field.0 + look.line(), field.2 - head, field.1 + head, field.3);
        if right - left < look.px(30.0) || low - high < look.px(30.0) {
            return drawing;
        }
        let place_x = |x: f64| left + (right - left) * ((x - self.x.from) / (self.x.to - self.x.from)) as f32;
        let place_y = |y: f64| low - (low - high) * ((y - self.y.from) / (self.y.to - self.y.from)) as f32;
        let axis_x = place_x(0.0_f64.clamp(self.x.from, self.x.to));
        let axis_y = place_y(0.0_f64.clamp(self.y.from, self.y.to));
        let fine = mix(look.dark, look.plain, 0.26);
        if has_room {
            for (value, number) in y_ticks.iter().zip(numbers) {
                let y = place_y(*value);
                let grid = Mark::line(straight((left, y), (right, y)), look.line() * 0.4, fine);
                drawing.push(grid.map(|mark| mark.alpha(0.7).when(0.1, 0.35)));
                let at = (y - number.height / 2.0).clamp(0.0, height - number.height);
                let x = left - look.px(14.0) - number.width;
                drawing.put(number, x.max(0.0), at, [0.1, 0.35], None);
            }
            let mut taken = f32::MIN;
            for value in ticks(self.x.from, self.x.to, ((right - left) / (size * 3.2)).clamp(1.0, 7.0) as usize) {
                let x = place_x(value);
                let grid = Mark::line(straight((x, low), (x, high)), look.line() * 0.4, fine);
                drawing.push(grid.map(|mark| mark.alpha(0.7).when(0.1, 0.35)));
                let number = words(&label(value), (size * 5.0, line), setting, look, type_setter);
                let at = (x - number.width / 2.0).clamp(0.0, width - number.width);
                if at > taken + size * 0.4 {
                    taken = at + number.width;
                    drawing.put(number, at, low + look.px(6.0), [0.1, 0.35], None);
                }
            }
        }
        let axis = mix(look.dark, look.plain, 0.75);
        for (from, tip) in [((left, axis_y), (right + head, axis_y)), ((axis_x, low), (axis_x, high - head))] {
            let end = (tip.0 + (from.0 - tip.0).signum() * head * 0.8 * f32::from(u8::from(from.0 != tip.0)), tip.1);
            let end = if from.0 == tip.0 { (tip.0, tip.1 + head * 0.8) } else { end };
            let line = Mark::line(straight(from, end), look.line() * 0.8, axis);
            drawing.push(line.map(|mark| mark.when(0.0, 0.3)));
            let tip = Mark::fill(arrow_head(from, tip, head), axis);
            drawing.push(tip.map(|mark| mark.when(0.25, 0.35)));
        }
        let window = Rect::from_ltrb(left, high, right, low);
        let count = self.plots.len().max(1) as f32;
        for (index, plot) in self.plots.iter().enumerate() {
            let (Some(function), Some(window)) = (&plot.function, window) else { continue };
            let points = (0..=POINTS).map(|point| {
                let x = self.x.from + (self.x.to - self.x.from) * point as f64 / POINTS as f64;
                let y = function.at(x);
                y.is_finite().then(|| (place_x(x), place_y(y.clamp(-1e300, 1e300))))
            });
            let from = 0.35 + 0.4 * index as f32 / count;
            let curve = Mark::line(curve(points, window), look.line() * 1.35, self.color(index, look));
            drawing.push(curve.map(|mark| mark.part(index).when(from, from + 0.6 / count + 0.1)));
        }
        drawing
    }
}

impl Drawn {
    /// What curves are called, above the field; how high that is.
    fn key(
        &self,
        drawing: &mut Drawing,
        (width, height): (f32, f32),
        size: f32,
        look: &Look,
        type_setter: &mut Typesetter,
    ) -> f32 {
        let line = size * LINE_HEIGHT * 1.02;
        if self.legend() == 0 || height < line * 4.0 {
            return 0.0;
        }
        let (mut x, mut y) = (0.0, 0.0);
        let dot = look.px(11.0);
        for (index, plot) in self.plots.iter().enumerate() {
            let Some(text) = &plot.label else { continue };
            let color = self.color(index, look);
            let room = (width - dot * 3.2, line);
            let text = words(text, room, Setting::new(size, color, Align::Start).lines(1), look, type_setter);
            let wide = dot * 3.2 + text.width;
            if x > 0.0 && x + wide > width {
                (x, y) = (0.0, y + line);
            }
            // Rows that would leave no field are left out; the colours say enough.
            if y + line * 4.0 > height {
                return y;
            }
            let mark = Mark::fill(circle(x + dot, y + line / 2.0, dot), color);
            drawing.push(mark.map(|mark| mark.part(index).when(0.3, 0.4)));
            let tall = (line - text.height) / 2.0;
            drawing.put(text, x + dot * 3.2, y + tall.max(0.0), [0.3, 0.5], Some(index));
            x += wide + size;
        }
        y + line
    }
}

/// A line through points, inside a window; where a point is missing, or one jumps over the whole window, it breaks.
fn curve(points: impl Iterator<Item = Option<(f32, f32)>>, window: Rect) -> Option<Path> {
    let mut path = PathBuilder::new();
    let mut last: Option<(f32, f32)> = None;
    let mut is_down = false;
    let (top, bottom) = (window.top(), window.bottom());
    for point in points {
        let (Some(from), Some(to)) = (last, point) else {
            last = point;
            is_down = false;
            continue;
        };
        last = point;
        let jumps = (from.1 < top && to.1 > bottom) || (from.1 > bottom && to.1 < top);
        // The part of the piece that lies between the window's edges.
        let (mut start, mut end) = (0.0_f32, 1.0_f32);
        let rise = to.1 - from.1;
        for (edge, is_top) in [(top, true), (bottom, false)] {
            let inside = |y: f32| if is_top { y >= edge } else { y <= edge };
            match (inside(from.1), inside(to.1)) {
                (true, true) => {}
                (false, false) => end = -1.0,
                (false, true) => start = start.max((edge - from.1) / rise),
                (true, false) => end = end.min((edge - from.1) / rise),
            }
        }
        if jumps || end <= start {
            is_down = false;
            continue;
        }
        let at = |t: f32| (from.0 + (to.0 - from.0) * t, (from.1 + rise * t).clamp(top, bottom));
        if !is_down || start > 0.0 {
            let (x, y) = at(start);
            path.move_to(x, y);
        }
        let (x, y) = at(end);
        path.line_to(x, y);
        is_down = end >= 1.0;
    }
    path.finish()
}
