//! The picture that Onetake draws itself: the line as a quotation, in its speaker's colours.

pub(crate) mod fitting;

use crate::avatar;
use crate::captions;
use crate::frame::Size;
use crate::lettering::{Block, Piece, Style, Typesetter, plain};
use crate::shapes;
use fitting::{Fitted, bounds, fit, shortened};
use story::scene::{Card, Scene};
use tiny_skia::{Color, FillRule, IntSize, Paint, PathBuilder, Pixmap, Rect, Stroke, Transform};

/// The colours of one speaker: a dark ground, a rich one, two lights in it, and what name and mark are drawn in.
pub(crate) struct Palette {
    pub(crate) dark: [u8; 3],
    pub(crate) rich: [u8; 3],
    pub(crate) lights: [[u8; 3]; 2],
    pub(crate) accent: [u8; 3],
}

/// None is near the yellow of a spoken word: the highlight belongs to the captions.
pub(crate) const PALETTES: [Palette; 10] = [
    palette([0x0d0f2b, 0x31268a, 0x6f55ff, 0x1f6fe0, 0xbdb2ff]),
    palette([0x03191f, 0x0a5158, 0x14b8a6, 0x0b78b8, 0x8af5e3]),
    palette([0x1f0919, 0x6d1b49, 0xe0447f, 0x6a30b0, 0xffb8d6]),
    palette([0x1d0c08, 0x7a2b17, 0xf0683c, 0x9a2050, 0xffc9b0]),
    palette([0x05152b, 0x0f427f, 0x3a98ff, 0x14c0cf, 0xaadcff]),
    palette([0x061b15, 0x17523a, 0x36b56f, 0x0c7f80, 0xb0f5c8]),
    palette([0x170c29, 0x52266f, 0xb85ce8, 0x3559e0, 0xe8c4ff]),
    palette([0x1c0a10, 0x661b2c, 0xe8535f, 0x8240b8, 0xffbfc2]),
    palette([0x10141c, 0x33415a, 0x6d8cc0, 0xa05c86, 0xcfdcf5]),
    palette([0x0a1420, 0x1c3f52, 0x4fb0c6, 0x7a5cc8, 0xc2ecf5]),
];

const fn palette([dark, rich, light, other, accent]: [u32; 5]) -> Palette {
    const fn rgb(value: u32) -> [u8; 3] {
        [(value >> 16) as u8, (value >> 8) as u8, value as u8]
    }
    Palette { dark: rgb(dark), rich: rgb(rich), lights: [rgb(light), rgb(other)], accent: rgb(accent) }
}

/// Draws a card of `size`: red, green, blue bytes.
pub(crate) fn draw(card: &Card, scene: &Scene, size: Size, type_setter: &mut Typesetter) -> Vec<u8> {
    let palette = &PALETTES[card.speaker_index % PALETTES.len()];
    let Some(mut drawing) = ground(palette, card.speaker_index, size, 1.0) else {
        return vec![0; size.width * size.height * 3];
    };
    rings(&mut drawing, card.speaker_index, size);
    lettering(&mut drawing, card, scene, palette, size, type_setter);
    drawing.data().chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect()
}

/// Dark above and below, rich between, two lights in it; dithered, so that no band shows. `share` of all that is not dark is seen.
pub(crate) fn ground(palette: &Palette, index: usize, size: Size, share: f32) -> Option<Pixmap> {
    let (width, height) = (size.width as f32, size.height as f32);
    let long = width.max(height);
    // Lights move a little from speaker to speaker.
    let turn = index as f32 * 0.7;
    let lights = [
        (0.82 + 0.1 * turn.sin(), 0.16 + 0.06 * turn.cos(), 0.46, 0.62),
        (0.12 + 0.1 * turn.cos(), 0.58 + 0.08 * turn.sin(), 0.40, 0.42),
    ];
    let square = |channel: u8| (f32::from(channel) / 255.0).powi(2);
    let (dark, rich) = (palette.dark.map(square), palette.rich.map(square));
    let glows = palette.lights.map(|light| light.map(square));
    let mut pixels = Vec::with_capacity(size.width * size.height * 4);
    for y in 0..size.height {
        for x in 0..size.width {
            let (u, v) = (x as f32 / width, y as f32 / height);
            let along = ((1.0 - u) * 0.35 + v * 0.65).clamp(0.0, 1.0);
            let bell = (along * std::f32::consts::PI).sin().max(0.0);
            let mut color: [f32; 3] =
                std::array::from_fn(|channel| dark[channel] + (rich[channel] - dark[channel]) * bell * 0.8 * share);
            for ((at_x, at_y, reach, strength), glow) in lights.into_iter().zip(glows) {
                let (dx, dy) = ((u - at_x) * width / long, (v - at_y) * height / long);
                let light = (-(dx * dx + dy * dy) / (2.0 * (reach * 0.5_f32).powi(2))).exp() * strength * share;
                color = std::array::from_fn(|channel| color[channel] + (glow[channel] - color[channel]) * light);
            }
            // The lower third steps back: captions are read there.
            let shade = 1.0 - 0.62 * smooth((v - 0.55) / 0.4);
            let noise = noise(x, y);
            for channel in color {
                pixels.push(((channel * shade).max(0.0).sqrt() * 255.0 + noise + 0.5).clamp(0.0, 255.0) as u8);
            }
            pixels.push(255);
        }
    }
    Pixmap::from_vec(pixels, IntSize::from_wh(size.width as u32, size.height as u32)?)
}

/// Interleaved gradient noise (Jimenez 2014): less than one step of 8 bits.
pub(crate) fn noise(x: usize, y: usize) -> f32 {
    (52.982_918 * (0.067_110_56 * x as f32 + 0.005_837_15 * y as f32).fract()).fract() - 0.5
}

pub(crate) fn smooth(t: f32) -> f32 {
    let t = t.clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Thin circles in the corner, hardly seen.
fn rings(drawing: &mut Pixmap, index: usize, size: Size) {
    let (width, height) = (size.width as f32, size.height as f32);
    let long = width.max(height);
    let (x, y) = (width * (0.9 + 0.05 * (index as f32).sin()), height * 0.08);
    let mut paint = Paint { anti_alias: true, ..Paint::default() };
    for (ring, alpha) in [16_u8, 12, 9, 6].into_iter().enumerate() {
        paint.set_color_rgba8(255, 255, 255, alpha);
        let mut path = PathBuilder::new();
        path.push_circle(x, y, long * (0.13 + 0.095 * ring as f32));
        if let Some(path) = path.finish() {
            let stroke = Stroke { width: size.scale() * 2.5, ..Stroke::default() };
            drawing.stroke_path(&path, &paint, &stroke, Transform::identity(), None);
        }
    }
}

/// What captions and avatars leave to the text, in pixels.
pub(crate) struct Room {
    pub(crate) left: f32,
    pub(crate) right: f32,
    pub(crate) top: f32,
    pub(crate) bottom: f32,
}

impl Room {
    fn of(scene: &Scene, size: Size) -> Self {
        Self::within(scene, size, (size.width as f32 * 0.09).max(84.0 * size.scale()))
    }

    /// The same, with other margins left and right.
    pub(crate) fn within(scene: &Scene, size: Size, margin: f32) -> Self {
        let (width, height, scale) = (size.width as f32, size.height as f32, size.scale());
        let place = captions::place(&scene.captions, size);
        let is_tall = height > width * 1.3;
        let (top, bottom) = match place {
            place if place > 0.6 => {
                (if is_tall { 0.1 } else { 0.08 }, (place - if is_tall { 0.13 } else { 0.16 }).min(0.68))
            }
            place if place < 0.36 => (place + 0.14, 0.9),
            place => (0.07, place - 0.1),
        };
        let mut room = Self { left: margin, right: width - margin, top: top * height, bottom: bottom * height };
        for avatar in scene.spoken.iter().filter_map(|spoken| spoken.avatar.as_ref()) {
            let (left, top, side) = avatar::place(&scene.captions, avatar.right, size);
            // Tall frames have room above the avatar, others beside it.
            if is_tall {
                room.bottom = room.bottom.min(top as f32 - 40.0 * scale).max(room.top + 0.25 * height);
            } else if avatar.right {
                room.right = room.right.min(left as f32 - 56.0 * scale);
            } else {
                room.left = room.left.max((left + side) as f32 + 56.0 * scale);
            }
        }
        room
    }

    fn height(&self) -> f32 {
        self.bottom - self.top
    }
}

fn lettering(
    drawing: &mut Pixmap,
    card: &Card,
    scene: &Scene,
    palette: &Palette,
    size: Size,
    type_setter: &mut Typesetter,
) {
    let scale = size.scale();
    let room = Room::of(scene, size);
    let column = (room.right - room.left).min(1_480.0 * scale);
    let mark_size = if size.height > size.width { 300.0 } else { 220.0 } * scale;
    let serif =
        Style { size: mark_size, line_height: mark_size, width: None, tracking: 0.0, family: Some("Noto Serif") };
    let mark_of = |mark: &str, type_setter: &mut Typesetter| {
        let block = type_setter.set(&[Piece { text: mark.to_owned(), tag: 0 }], serif);
        (bounds(&block), block)
    };
    let (mark_bounds, _) = mark_of("\u{201c}", type_setter);
    let mark_height = mark_bounds.map_or(0.0, |mark| mark.height()) + mark_size * 0.27;
    let name_size = 38.0 * scale;
    // Room above the name grows with the text, up to this.
    let name_height = name_size * 1.2 + 92.0 * scale;
    let text_room = (room.height() - mark_height - name_height).max(60.0 * scale);
    let Fitted { block: text, size: text_size, width: text_width } =
        fit(&plain(&card.text), column, text_room, scale, type_setter);
    let text_bounds = bounds(&text);
    let text_height = text_bounds.map_or(0.0, |text| text.height());
    // The whole stands in the middle of its room, or a little above.
    let spare = (room.height() - mark_height - text_height - name_height).max(0.0);
    let mut y = room.top + spare * 0.45;
    let is_rtl = text.is_rtl;
    let side = |block_width: f32| if is_rtl { room.right - block_width } else { room.left };
    // Quotations open with the mark that curls towards their text.
    let (mark_bounds, mark) = mark_of(if is_rtl { "\u{201d}" } else { "\u{201c}" }, type_setter);
    if let Some(mark_bounds) = mark_bounds {
        let at = (side(mark_bounds.width()) - mark_bounds.left(), y - mark_bounds.top());
        draw_block(drawing, &mark, at, palette.accent, 0.95);
    }
    y += mark_height;
    if let Some(text_bounds) = text_bounds {
        // Lines were broken, and set right where they run from the right, inside the column.
        let left = side(text_width);
        draw_block(drawing, &text, (left, y - text_bounds.top()), [255, 255, 255], 1.0);
    }
    y += text_height + (44.0 * scale + text_size * 0.4).min(92.0 * scale);
    name(drawing, card, palette, (&room, y), is_rtl, name_size, type_setter);
}

/// A short line, then who speaks.
fn name(
    drawing: &mut Pixmap,
    card: &Card,
    palette: &Palette,
    (room, y): (&Room, f32),
    is_rtl: bool,
    size: f32,
    type_setter: &mut Typesetter,
) {
    let label = plain(&card.speaker).to_uppercase();
    // Letters that join must not be pulled apart.
    let is_latin = label.chars().all(|c| (c as u32) < 0x590);
    let tracking = if is_latin { 0.16 } else { 0.0 };
    let style = Style { size, line_height: size * 1.2, width: None, tracking, family: None };
    let bar = (size * 1.9, size * 0.14);
    let gap = size * 0.65;
    let label = shortened(&label, |label| {
        let set = type_setter.set(&[Piece { text: label.to_owned(), tag: 0 }], style);
        let fits = bounds(&set).is_none_or(|set| set.width() <= room.right - room.left - bar.0 - gap);
        (set, fits)
    });
    let middle = y + size * 0.36;
    let bar_left = if is_rtl { room.right - bar.0 } else { room.left };
    if let Some(path) =
        Rect::from_xywh(bar_left, middle - bar.1 / 2.0, bar.0, bar.1).and_then(|bar| shapes::rounded(bar, size))
    {
        let paint = shapes::paint(palette.accent);
        drawing.fill_path(&path, &paint, FillRule::Winding, Transform::identity(), None);
    }
    if let Some(ink) = bounds(&label) {
        let left = if is_rtl { bar_left - gap - ink.width() } else { bar_left + bar.0 + gap };
        draw_block(
            drawing,
            &label,
            (left - ink.left(), middle - (ink.top() + ink.bottom()) / 2.0),
            palette.accent,
            1.0,
        );
    }
}

pub(crate) fn draw_block(drawing: &mut Pixmap, block: &Block, (x, y): (f32, f32), color: [u8; 3], alpha: f32) {
    let mut paint = shapes::paint(color);
    paint.set_color(
        Color::from_rgba(f32::from(color[0]) / 255.0, f32::from(color[1]) / 255.0, f32::from(color[2]) / 255.0, alpha)
            .unwrap_or(Color::WHITE),
    );
    let place = Transform::from_translate(x, y);
    for glyph in block.lines.iter().flatten() {
        glyph.draw(drawing, &paint, place);
    }
}
