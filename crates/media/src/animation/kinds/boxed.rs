//! Words, alone or with a box or a circle around them.

use super::{Kind, Widths};
use crate::animation::look::{BODY, HEADING, LINE_HEIGHT, Look, NOTE, Rgb, mix};
use crate::animation::mark::{Drawing, Mark, circle};
use crate::animation::words::{Align, Metrics, Setting, words};
use crate::lettering::Typesetter;
use crate::shapes::rounded;
use story::animation::{Role, Scale, Words};
use tiny_skia::Rect;

/// Size of the words in boxes.
const BOXED: f32 = 42.0;
/// The least sides of a box, for a frame 1080 wide.
const LEAST_BOX: (f32, f32) = (150.0, 92.0);
/// The widest column of words, in parts of their size.
const COLUMN: f32 = 17.0;

pub(super) struct Text {
    text: String,
    scale: Scale,
    role: Role,
    metrics: Metrics,
}

impl Text {
    pub(super) fn new(words: &Words, role: Role, type_setter: &mut Typesetter) -> Self {
        let metrics = Metrics::new(&words.text, None, type_setter);
        Self { text: words.text.clone(), scale: words.scale, role, metrics }
    }

    fn size(&self, look: &Look) -> f32 {
        look.type_size(match self.scale {
            // Never larger than the title.
            Scale::Heading => HEADING.min(78.0 / look.scale),
            Scale::Body => BODY,
            Scale::Note => NOTE,
        })
    }

    fn color(&self, look: &Look) -> Rgb {
        match (self.scale, self.role) {
            (Scale::Note, Role::Plain) => mix(look.plain, look.muted, 0.6),
            (_, role) => look.of(role),
        }
    }
}

impl Kind for Text {
    fn widths(&self, look: &Look) -> Widths {
        let size = self.size(look);
        // Long texts are set in even lines of a width that is read easily.
        let lines = (self.metrics.line / COLUMN).ceil().max(1.0) as usize;
        let natural = self.metrics.narrowest(lines).min(COLUMN * 1.2).max(self.metrics.longest);
        Widths { least: (self.metrics.longest * 1.04 + 0.1) * size, natural: (natural * 1.05 + 0.15) * size }
    }

    fn height(&self, width: f32, look: &Look) -> f32 {
        let size = self.size(look);
        self.metrics.lines(width / size / 1.03) as f32 * size * LINE_HEIGHT * 1.01
    }

    fn draw(&self, room: (f32, f32), _: (f32, f32), look: &Look, type_setter: &mut Typesetter) -> Drawing {
        let size = self.size(look);
        let lines = self.metrics.lines(room.0 / size / 1.03);
        let align = if lines > 3 && self.scale != Scale::Heading { Align::Start } else { Align::Centre };
        // As narrow as it can be in so many lines: no word is left alone on the last one.
        let even = (self.metrics.narrowest(lines) * 1.05 + 0.2) * size;
        let setting = Setting::new(size, self.color(look), align);
        words(&self.text, (room.0.min(even), room.1), setting, look, type_setter)
    }

    fn is_words(&self) -> bool {
        true
    }
}

pub(super) struct Boxed {
    text: String,
    role: Role,
    metrics: Metrics,
}

impl Boxed {
    pub(super) fn new(text: &str, role: Role, type_setter: &mut Typesetter) -> Self {
        Self { text: text.to_owned(), role, metrics: Metrics::new(text, None, type_setter) }
    }
}

/// Fill and outline of a box or a circle, in their order.
pub(super) fn outlined(drawing: &mut Drawing, path: Option<tiny_skia::Path>, color: Rgb, look: &Look) {
    let area = Mark::fill(path.clone(), mix(look.dark, color, 0.24)).map(|mark| mark.alpha(0.86).when(0.2, 0.6));
    let line = Mark::line(path, look.line(), color).map(|mark| mark.when(0.0, 0.5));
    for mark in [area, line].into_iter().flatten() {
        drawing.push(Some(Mark { is_outline: true, ..mark }));
    }
}

impl Kind for Boxed {
    fn widths(&self, look: &Look) -> Widths {
        let size = look.type_size(BOXED);
        let padding = look.padding(size) * 2.0 + look.line() * 2.0;
        let lines = (self.metrics.line / 11.0).ceil().max(1.0) as usize;
        let natural = self.metrics.narrowest(lines) * 1.06 + 0.2;
        Widths {
            least: ((self.metrics.longest * 1.05 + 0.2) * size + padding).max(look.px(LEAST_BOX.0 * 0.7)),
            natural: (natural * size + padding).max(look.px(LEAST_BOX.0)),
        }
    }

    fn height(&self, width: f32, look: &Look) -> f32 {
        let size = look.type_size(BOXED);
        let padding = look.padding(size);
        let inner = (width - padding * 2.0 - look.line() * 2.0) / size / 1.04;
        let lines = self.metrics.lines(inner) as f32;
        (lines * size * LINE_HEIGHT * 1.01 + padding * 1.5 + look.line() * 2.0).max(look.px(LEAST_BOX.1))
    }

    fn draw(&self, room: (f32, f32), at_least: (f32, f32), look: &Look, type_setter: &mut Typesetter) -> Drawing {
        let size = look.type_size(BOXED);
        // Small rooms have small margins.
        let margin = look.line() * 2.0;
        let across = look.padding(size).min(room.0 * 0.12).max(look.px(8.0)) * 2.0 + margin;
        let down = (look.padding(size) * 0.75).min(room.1 * 0.14).max(look.px(5.0)) * 2.0 + margin;
        let setting = Setting::new(size, look.plain, Align::Centre);
        let natural = self.widths(look).natural.max(at_least.0.min(room.0));
        let inner = (room.0.min(natural) - across, room.1 - down);
        let mut text = words(&self.text, inner, setting, look, type_setter);
        if text.least_type.is_none_or(|least| least < size - 0.1) && natural < room.0 {
            let wider = words(&self.text, (room.0 - across, inner.1), setting, look, type_setter);
            if wider.least_type > text.least_type {
                text = wider;
            }
        }
        let width = (text.width + across).max(at_least.0).max(look.px(LEAST_BOX.0)).min(room.0);
        let height = (text.height + down).max(at_least.1).max(look.px(LEAST_BOX.1)).min(room.1);
        let mut drawing = Drawing::new(width, height);
        let half = look.line() / 2.0;
        let radius = look.px(22.0).min(height * 0.3);
        let area = Rect::from_ltrb(half, half, width - half, height - half);
        let color = look.of(self.role);
        outlined(&mut drawing, area.and_then(|area| rounded(area, radius)), color, look);
        drawing.radius = Some(radius);
        let at = ((width - text.width) / 2.0, (height - text.height) / 2.0);
        drawing.put(text, at.0, at.1, [0.4, 1.0], None);
        drawing
    }

    fn is_boxed(&self) -> bool {
        true
    }
}

pub(super) struct Circled {
    text: String,
    role: Role,
    metrics: Metrics,
}

impl Circled {
    pub(super) fn new(text: &str, role: Role, type_setter: &mut Typesetter) -> Self {
        Self { text: text.to_owned(), role, metrics: Metrics::new(text, None, type_setter) }
    }

    /// The flattest box of the words, by its diagonal: width and height.
    fn best(&self, size: f32) -> (f32, f32) {
        let shape = |lines: usize| {
            let width = (self.metrics.narrowest(lines) * 1.05 + 0.15) * size;
            (width, self.metrics.lines(width / size / 1.03) as f32 * size * LINE_HEIGHT * 1.01)
        };
        let diagonal = |(width, height): (f32, f32)| width.hypot(height);
        (1..=8).map(shape).min_by(|a, b| diagonal(*a).total_cmp(&diagonal(*b))).unwrap_or((0.0, 0.0))
    }

    fn room_around(size: f32, look: &Look) -> f32 {
        (size * 0.3 + look.line()) * 2.0
    }

    fn diameter(&self, look: &Look) -> f32 {
        let size = look.type_size(BOXED * 0.95);
        let (width, height) = self.best(size);
        (width.hypot(height) + Self::room_around(size, look)).max(look.px(130.0))
    }
}

impl Kind for Circled {
    fn widths(&self, look: &Look) -> Widths {
        let diameter = self.diameter(look);
        Widths { least: diameter, natural: diameter }
    }

    fn height(&self, width: f32, look: &Look) -> f32 {
        self.diameter(look).min(width.max(look.px(60.0)))
    }

    fn draw(&self, room: (f32, f32), at_least: (f32, f32), look: &Look, type_setter: &mut Typesetter) -> Drawing {
        let most = room.0.min(room.1);
        let mut size = look.type_size(BOXED * 0.95);
        loop {
            let (width, height) = self.best(size);
            if width.hypot(height) + Self::room_around(size, look) <= most || size <= look.least() {
                break;
            }
            size = (size * 0.95).max(look.least());
        }
        let around = Self::room_around(size, look).min(most * 0.3);
        let inner = (most - around).max(1.0);
        let (mut width, mut height) = self.best(size);
        if width.hypot(height) > inner {
            // What is cut stands in the widest box of two lines' height that the circle holds.
            height = (size * LINE_HEIGHT * 2.02).min(inner * 0.8);
            width = (inner * inner - height * height).max(0.0).sqrt();
        }
        let setting = Setting::new(size, look.plain, Align::Centre);
        let text = words(&self.text, (width, height + 0.5), setting, look, type_setter);
        let fits = text.width.hypot(text.height) + around;
        let diameter = fits.max(look.px(130.0)).max(at_least.0.min(at_least.1)).min(most);
        let mut drawing = Drawing::new(diameter, diameter);
        let middle = diameter / 2.0;
        let radius = middle - look.line() / 2.0;
        outlined(&mut drawing, circle(middle, middle, radius), look.of(self.role), look);
        drawing.radius = Some(middle);
        let at = ((diameter - text.width) / 2.0, (diameter - text.height) / 2.0);
        drawing.put(text, at.0, at.1, [0.4, 1.0], None);
        drawing
    }

    fn is_boxed(&self) -> bool {
        true
    }

    fn is_round(&self) -> bool {
        true
    }
}
