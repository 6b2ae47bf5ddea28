//! Bars from a common zero: upright where their labels have room under them, else lying.

use super::{Kind, Widths};
use crate::animation::look::{LABEL, LINE_HEIGHT, Look, mix};
use crate::animation::mark::{Drawing, Mark, straight};
use crate::animation::words::{Align, Metrics, Setting, words};
use crate::lettering::Typesetter;
use crate::shapes::rounded;
use story::animation::{Bars, Role};
use tiny_skia::Rect;

pub(super) struct Drawn {
    bars: Vec<Bar>,
    role: Role,
}

struct Bar {
    label: (String, Metrics),
    number: (String, Metrics),
    value: f32,
    role: Role,
}

/// A number with at most four digits that say something.
fn number(value: f64, unit: &str) -> String {
    let places = match value.abs() {
        size if size >= 100.0 || size == 0.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 1.0 => 2,
        _ => 3,
    };
    let text = format!("{value:.places$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{}{unit}", grouped(text).replace('-', "−"))
}

/// Digits in threes, where there are many.
fn grouped(text: &str) -> String {
    let end = text.find('.').unwrap_or(text.len());
    let digits = text[..end].chars().filter(char::is_ascii_digit).count();
    if digits < 5 {
        return text.to_owned();
    }
    let mut grouped = String::new();
    for (index, c) in text[..end].char_indices() {
        let left = end - index;
        if left.is_multiple_of(3) && grouped.ends_with(|c: char| c.is_ascii_digit()) {
            grouped.push('\u{202f}');
        }
        grouped.push(c);
    }
    grouped + &text[end..]
}

impl Drawn {
    pub(super) fn new(bars: &Bars, role: Role, type_setter: &mut Typesetter) -> Self {
        let mut metrics = |text: String| {
            let metrics = Metrics::new(&text, None, type_setter);
            (text, metrics)
        };
        let bars = bars.bars.iter().map(|bar| Bar {
            label: metrics(bar.label.clone()),
            number: metrics(number(bar.value, &bars.unit)),
            value: if bar.value.is_finite() { bar.value.clamp(-1e15, 1e15) as f32 } else { 0.0 },
            role: bar.color,
        });
        Self { bars: bars.collect(), role }
    }

    fn slot(&self, width: f32) -> f32 {
        width / self.bars.len().max(1) as f32
    }

    fn is_upright(&self, width: f32, size: f32, look: &Look) -> bool {
        let widest = self.bars.iter().map(|bar| (bar.label.1.longest).max(bar.number.1.line)).fold(0.0, f32::max);
        (widest * 1.05 + 0.2) * size <= self.slot(width) - look.px(10.0)
    }

    /// How high the labels under upright bars are.
    fn labels(&self, width: f32, size: f32, look: &Look) -> f32 {
        let slot = self.slot(width) - look.px(10.0);
        let lines = self.bars.iter().map(|bar| bar.label.1.lines(slot / size / 1.04)).max().unwrap_or(1).min(3);
        lines as f32 * size * LINE_HEIGHT * 1.02
    }

    fn color(&self, bar: &Bar, look: &Look) -> [u8; 3] {
        if bar.role == Role::Plain { look.shape(self.role) } else { look.of(bar.role) }
    }

    /// The least and the greatest value, and zero.
    fn range(&self) -> (f32, f32) {
        let values = || self.bars.iter().map(|bar| bar.value);
        let (low, high) = (values().fold(0.0, f32::min), values().fold(0.0, f32::max));
        if high - low > 0.0 { (low, high) } else { (0.0, 1.0) }
    }
}

impl Kind for Drawn {
    fn widths(&self, look: &Look) -> Widths {
        let size = look.type_size(LABEL);
        let count = self.bars.len() as f32;
        let longest = self.bars.iter().map(|bar| bar.label.1.longest.max(bar.number.1.line)).fold(0.0, f32::max);
        let least = ((longest + 2.5) * size).max(look.px(260.0));
        let natural = ((longest * 1.05 + 0.3) * size + look.px(10.0)).max(look.px(120.0)) * count;
        Widths { least, natural: natural.min(look.px(880.0)).max(least) }
    }

    fn height(&self, width: f32, look: &Look) -> f32 {
        let size = look.type_size(LABEL);
        if self.is_upright(width, size, look) {
            return look.px(240.0 * look.scale.clamp(0.5, 1.2)) + size * LINE_HEIGHT + self.labels(width, size, look);
        }
        self.bars.len() as f32 * (size * LINE_HEIGHT * 2.1 + look.px(16.0))
    }

    fn most(&self, look: &Look) -> (f32, f32) {
        let width = (look.px(170.0) * self.bars.len() as f32).max(self.widths(look).natural).min(look.px(1_300.0));
        let size = look.type_size(LABEL);
        let height = if self.is_upright(width, size, look) { look.px(640.0) } else { self.height(width, look) * 1.25 };
        (width, height)
    }

    fn draw(&self, room: (f32, f32), _: (f32, f32), look: &Look, type_setter: &mut Typesetter) -> Drawing {
        let most = self.most(look);
        let room = (room.0.min(most.0), room.1.min(most.1));
        let mut size = look.type_size(LABEL);
        while size > look.least() && !self.is_upright(room.0, size, look) {
            size = (size * 0.94).max(look.least());
        }
        let lines = self.labels(room.0, size, look) + size * LINE_HEIGHT * 1.05;
        if self.is_upright(room.0, size, look) && lines + look.px(50.0) <= room.1 {
            return self.upright(room, size, look, type_setter);
        }
        self.lying(room, look, type_setter)
    }
}

impl Drawn {
    fn upright(&self, room: (f32, f32), size: f32, look: &Look, type_setter: &mut Typesetter) -> Drawing {
        let mut drawing = Drawing::new(room.0, room.1);
        let slot = self.slot(room.0);
        let count = self.bars.len() as f32;
        let number_height = size * LINE_HEIGHT * 1.02;
        let labels = self.labels(room.0, size, look);
        let (low, high) = self.range();
        // Numbers stand at the ends of their bars, above or below.
        let above = if high > 0.0 { number_height } else { 0.0 };
        let below = if low < 0.0 { number_height } else { 0.0 };
        let gap = look.px(10.0);
        let bars = (room.1 - labels - above - below - gap * 2.0).max(1.0);
        let zero = above + bars * high / (high - low);
        let floor = above + bars + below + gap;
        let wide = (slot * 0.62).min(look.px(120.0));
        for (index, bar) in self.bars.iter().enumerate() {
            let x = (index as f32 + 0.5) * slot;
            let end = zero - bars * bar.value / (high - low);
            let from = 0.1 + 0.5 * index as f32 / count;
            let color = self.color(bar, look);
            let (top, bottom) = (end.min(zero), end.max(zero).max(end.min(zero) + look.px(3.0)));
            let area = Rect::from_ltrb(x - wide / 2.0, top, x + wide / 2.0, bottom);
            let path = area.and_then(|area| rounded(area, look.px(8.0)));
            drawing.push(Mark::fill(path, color).map(|mark| {
                let mut mark = mark.part(index).when(from, from + 0.3);
                mark.grows = Some((false, zero));
                mark
            }));
            let inner = (slot - look.px(8.0), number_height);
            let setting = Setting::new(size, color, Align::Centre).lines(1);
            let number = words(&bar.number.0, inner, setting, look, type_setter);
            let y = if bar.value < 0.0 { bottom + look.px(2.0) } else { top - number.height - look.px(1.0) };
            let y = y.clamp(0.0, (room.1 - number.height).max(0.0));
            let at = x - number.width / 2.0;
            drawing.put(number, at, y, [from + 0.2, from + 0.4], Some(index));
            let setting = Setting::new(size, mix(look.plain, look.muted, 0.35), Align::Centre);
            let label = words(&bar.label.0, (slot - look.px(10.0), labels), setting, look, type_setter);
            let at = x - label.width / 2.0;
            drawing.put(label, at, floor, [0.0, 0.3], Some(index));
        }
        let axis = straight((0.0, zero), (room.0, zero));
        let line = Mark::line(axis, look.line() * 0.7, mix(look.dark, look.plain, 0.5));
        drawing.push(line.map(|mark| mark.when(0.0, 0.2)));
        drawing
    }

    fn lying(&self, room: (f32, f32), look: &Look, type_setter: &mut Typesetter) -> Drawing {
        let count = self.bars.len().max(1) as f32;
        let least = look.least();
        let slot = room.1 / count;
        // A label over each bar and its number behind it; where that is too high, bars without labels are better than none.
        let size = look.type_size(LABEL).min((slot / (LINE_HEIGHT * 2.1)).max(least));
        let line = size * LINE_HEIGHT;
        let has_labels = slot >= line + look.px(14.0);
        let has_numbers = slot >= line;
        let thick = if has_labels { (slot - line - look.px(8.0)).min(line * 1.1) } else { slot * 0.7 }.max(1.0);
        let has_numbers_beside = has_numbers && thick >= line * 0.5;
        let tall = if has_labels { line + thick } else { thick };
        let step = if count > 1.0 { slot.min(tall + look.px(34.0)) } else { tall };
        let height = (step * (count - 1.0) + tall).min(room.1);
        let mut drawing = Drawing::new(room.0, height);
        let number_width = if has_numbers_beside {
            let widest = self.bars.iter().map(|bar| bar.number.1.line).fold(0.0, f32::max);
            ((widest * 1.06 + 0.5) * size).min(room.0 * 0.4)
        } else {
            0.0
        };
        let (low, high) = self.range();
        let long = (room.0 - number_width).max(1.0);
        let zero = long * -low / (high - low);
        for (index, bar) in self.bars.iter().enumerate() {
            let top = index as f32 * step;
            let from = 0.1 + 0.5 * index as f32 / count;
            let color = self.color(bar, look);
            let bar_top = if has_labels { top + line } else { top };
            if has_labels {
                let setting = Setting::new(size, mix(look.plain, look.muted, 0.35), Align::Start).lines(1);
                let label = words(&bar.label.0, (room.0, line + 0.5), setting, look, type_setter);
                drawing.put(label, 0.0, top, [0.0, 0.3], Some(index));
            }
            let end = zero + long * bar.value / (high - low);
            let (left, right) = (end.min(zero), end.max(zero).max(end.min(zero) + look.px(4.0)));
            let number_line = size * LINE_HEIGHT;
            let area = Rect::from_ltrb(left, bar_top, right.min(room.0), bar_top + thick);
            let path = area.and_then(|area| rounded(area, look.px(8.0).min(thick / 2.0)));
            drawing.push(Mark::fill(path, color).map(|mark| {
                let mut mark = mark.part(index).when(from, from + 0.3);
                mark.grows = Some((true, zero));
                mark
            }));
            if has_numbers_beside {
                let setting = Setting::new(size, color, Align::Start).lines(1);
                let inner = (number_width - look.px(12.0), number_line);
                let number = words(&bar.number.0, inner, setting, look, type_setter);
                let y = (bar_top + (thick - number.height) / 2.0).clamp(0.0, (height - number.height).max(0.0));
                let top_is_free = !has_labels || y + number.height <= top + step;
                if number.height <= step && top_is_free {
                    let x = (right + look.px(12.0)).min(room.0 - number.width);
                    // Under the label's line, never in it.
                    let y = y.max(if has_labels { bar_top - (line - size) * 0.4 } else { 0.0 });
                    if y + number.height <= height + 0.5 {
                        drawing.put(number, x, y, [from + 0.2, from + 0.4], Some(index));
                    }
                }
            }
        }
        drawing
    }
}
