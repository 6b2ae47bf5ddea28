//! Events one after the other: side by side where there is room, else one under the other.

use super::{Kind, Widths};
use crate::animation::look::{LABEL, LINE_HEIGHT, Look, mix};
use crate::animation::mark::{Drawing, Mark, circle, straight};
use crate::animation::words::{Align, Metrics, Setting, words};
use crate::lettering::Typesetter;
use story::animation::{Role, Timeline};

const WHEN: f32 = LABEL + 2.0;
const WHAT: f32 = LABEL + 4.0;

pub(super) struct Drawn {
    events: Vec<[(String, Metrics); 2]>,
    role: Role,
}

impl Drawn {
    pub(super) fn new(timeline: &Timeline, role: Role, type_setter: &mut Typesetter) -> Self {
        let mut metrics = |text: &str| (text.to_owned(), Metrics::new(text, None, type_setter));
        let events = timeline.events.iter().map(|event| [metrics(&event.when), metrics(&event.what)]).collect();
        Self { events, role }
    }

    fn longest(&self) -> f32 {
        self.events.iter().flatten().map(|(_, metrics)| metrics.longest).fold(0.0, f32::max)
    }

    fn left(look: &Look) -> f32 {
        look.px(58.0)
    }

    fn sizes(look: &Look) -> [f32; 2] {
        [look.type_size(WHEN), look.type_size(WHAT)]
    }

    /// Whether events stand side by side.
    fn is_wide(&self, width: f32, look: &Look) -> bool {
        let slot = width / self.events.len().max(1) as f32 - look.px(28.0);
        let [_, size] = Self::sizes(look);
        let lines = self.events.iter().map(|[_, (_, what)]| what.lines(slot / size / 1.04)).max().unwrap_or(0);
        width > look.px(900.0) && (self.longest() * 1.06 + 0.2) * size <= slot && lines <= 5 && self.events.len() > 1
    }

    /// How high each event is, words alone.
    fn heights(&self, width: f32, look: &Look) -> Vec<f32> {
        let sizes = Self::sizes(look);
        let height = |event: &[(String, Metrics); 2]| {
            let lines = |index: usize| {
                event[index].1.lines(width / sizes[index] / 1.04) as f32 * sizes[index] * LINE_HEIGHT * 1.01
            };
            lines(0) + lines(1)
        };
        self.events.iter().map(height).collect()
    }

    fn gap(look: &Look) -> f32 {
        look.px(30.0 * look.scale.clamp(0.4, 1.2))
    }

    fn event(
        &self,
        index: usize,
        room: (f32, f32),
        align: Align,
        look: &Look,
        type_setter: &mut Typesetter,
    ) -> Drawing {
        let [(when, _), (what, _)] = &self.events[index];
        let sizes = Self::sizes(look);
        let color = look.shape(self.role);
        // The time in one line, unless it is all there is.
        let setting = Setting::new(sizes[0], color, align);
        let first = words(when, (room.0, room.1), setting.lines(2), look, type_setter);
        let rest = room.1 - first.height;
        let second = words(what, (room.0, rest), Setting::new(sizes[1], look.plain, align), look, type_setter);
        let width = first.width.max(second.width);
        let height = first.height;
        let mut drawing = Drawing::new(width, height + second.height);
        let at = |own: f32| if align == Align::Centre { (width - own) / 2.0 } else { 0.0 };
        let (one, other) = (at(first.width), at(second.width));
        drawing.put(first, one, 0.0, [0.0, 0.4], None);
        drawing.put(second, other, height, [0.4, 1.0], None);
        drawing
    }
}

impl Kind for Drawn {
    fn widths(&self, look: &Look) -> Widths {
        let [_, size] = Self::sizes(look);
        let least = (self.longest() * 1.06 + 0.2) * size + Self::left(look);
        Widths { least: least.max(look.px(220.0)), natural: least.max(look.px(820.0)) }
    }

    fn height(&self, width: f32, look: &Look) -> f32 {
        if self.is_wide(width, look) {
            let slot = width / self.events.len() as f32 - look.px(28.0);
            return self.heights(slot, look).into_iter().fold(0.0, f32::max) + look.px(64.0);
        }
        let heights = self.heights(width - Self::left(look), look);
        heights.iter().sum::<f32>() + Self::gap(look) * heights.len().saturating_sub(1) as f32 + look.px(4.0)
    }

    fn most(&self, look: &Look) -> (f32, f32) {
        let width = look.px(280.0) * self.events.len() as f32;
        let width = if self.is_wide(width, look) { width } else { look.px(900.0) };
        (width, self.height(width, look) * 1.5)
    }

    fn draw(&self, room: (f32, f32), _: (f32, f32), look: &Look, type_setter: &mut Typesetter) -> Drawing {
        let count = self.events.len().max(1);
        let width = room.0.min(self.most(look).0.max(self.widths(look).natural));
        let time = |index: usize| index as f32 / count as f32 * 0.8;
        let color = look.shape(self.role);
        let rail = mix(look.dark, look.plain, 0.45);
        let radius = look.px(13.0);
        let dot = |drawing: &mut Drawing, x: f32, y: f32, index: usize| {
            let from = time(index);
            let ring = circle(x, y, radius);
            let mark = Mark::fill(ring.clone(), mix(look.dark, color, 0.35));
            drawing.push(mark.map(|mark| mark.part(index).when(from, from + 0.15)));
            let line = Mark::line(ring, look.line(), color);
            drawing.push(line.map(|mark| mark.part(index).when(from, from + 0.15)));
        };
        let half = look.line() / 2.0 + radius;
        if self.is_wide(width, look) && self.height(width, look) <= room.1 {
            let slot = width / count as f32;
            let mut drawing = Drawing::new(width, 0.0);
            let rail_mark = Mark::line(straight((look.line(), half), (width - look.line(), half)), look.line(), rail);
            drawing.push(rail_mark.map(|mark| mark.when(0.0, 0.9)));
            for index in 0..self.events.len() {
                let x = (index as f32 + 0.5) * slot;
                dot(&mut drawing, x, half, index);
                let inner = (slot - look.px(28.0), room.1 - look.px(60.0));
                let event = self.event(index, inner, Align::Centre, look, type_setter);
                drawing.height = drawing.height.max(look.px(56.0) + event.height);
                let x = x - event.width / 2.0;
                drawing.put(event, x, look.px(56.0), [time(index), time(index) + 0.2], Some(index));
            }
            return drawing;
        }
        let inner = width - Self::left(look);
        let mut wanted = self.heights(inner, look);
        let spare = room.1 - wanted.iter().sum::<f32>();
        let gaps = count.saturating_sub(1) as f32;
        let mut gap = if gaps > 0.0 { (spare / gaps).min(Self::gap(look) * 2.0) } else { 0.0 };
        if gap < look.px(8.0) {
            // Too high: each has its share, and what is short leaves room to what is long.
            gap = look.px(8.0).min(room.1 / count as f32 * 0.1);
            let all = (room.1 - gap * gaps).max(0.0);
            let mut left = all;
            let mut order: Vec<usize> = (0..wanted.len()).collect();
            order.sort_by(|&a, &b| wanted[a].total_cmp(&wanted[b]));
            for (done, &index) in order.iter().enumerate() {
                wanted[index] = wanted[index].min(left / (count - done) as f32);
                left -= wanted[index];
            }
        }
        let mut drawing = Drawing::new(0.0, 0.0);
        let mut y = 0.0;
        let mut dots = Vec::new();
        for (index, height) in wanted.iter().enumerate() {
            let event = self.event(index, (inner, *height), Align::Start, look, type_setter);
            let tall = event.height.max(half * 2.0);
            // What has no room left is not begun.
            if y + tall > room.1 {
                break;
            }
            let middle = (Self::sizes(look)[0] * LINE_HEIGHT / 2.0).min(tall / 2.0).max(half);
            dots.push(y + middle);
            drawing.width = drawing.width.max(Self::left(look) + event.width);
            drawing.put(event, Self::left(look), y, [time(index), time(index) + 0.2], Some(index));
            y += tall + gap;
        }
        drawing.height = (y - gap).min(room.1).max(1.0);
        drawing.width = drawing.width.max(half * 2.0);
        if let (Some(first), Some(last)) = (dots.first(), dots.last())
            && dots.len() > 1
        {
            let mark = Mark::line(straight((half, *first), (half, *last)), look.line(), rail);
            drawing.marks.splice(0..0, mark.map(|mark| mark.when(0.0, 0.9)));
        }
        for (index, y) in dots.iter().enumerate() {
            if y + half <= drawing.height + 0.5 {
                dot(&mut drawing, half, *y, index);
            }
        }
        drawing
    }
}
