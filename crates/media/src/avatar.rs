//! The picture of who speaks: a circle with a thin ring, above the captions.

use crate::blend::Overlay;
use crate::captions;
use crate::frame::Size;
use crate::picture;
use image::RgbImage;
use story::script::Captions;
use tiny_skia::{IntSize, Pixmap};

/// Diameter, in parts of the frame's shorter side.
const DIAMETER: f64 = 0.19;
/// The ring's width and the shadow's reach, in parts of the diameter.
const RING: f64 = 0.035;
const SHADOW: f64 = 0.07;
/// Room between the avatar and the frame's edge, in parts of the shorter side.
const MARGIN: f64 = 0.078;

/// Left, top and side of the square that an avatar takes, its shadow included; all even.
pub(crate) fn place(captions: &Captions, is_right: bool, size: Size) -> (usize, usize, usize) {
    let short = size.short() as f64;
    let side = (short * DIAMETER * (1.0 + 2.0 * SHADOW) / 2.0).round() as usize * 2;
    let margin = short * MARGIN;
    let left = if is_right { size.width as f64 - margin - side as f64 } else { margin };
    let captions_middle = f64::from(captions::place(captions, size));
    // Three lines of captions fit below; without captions there, the corner is free.
    let room = captions.size * f64::from(size.scale()) * 1.9;
    let bottom =
        if captions_middle > 0.6 { captions_middle * size.height as f64 - room } else { size.height as f64 - margin };
    let even = |value: f64| (value.max(0.0) as usize) / 2 * 2;
    (even(left), even(bottom - side as f64), side)
}

/// Draws it.
pub(crate) fn draw(portrait: &RgbImage, captions: &Captions, is_right: bool, size: Size) -> Option<Overlay> {
    let (left, top, side) = place(captions, is_right, size);
    let diameter = side as f64 / (1.0 + 2.0 * SHADOW);
    let inner = (diameter * (1.0 - 2.0 * RING)).round() as usize;
    let face = picture::cover(portrait, Size { width: inner, height: inner });
    let (centre, radius, inner_radius) = (side as f64 / 2.0, diameter / 2.0, inner as f64 / 2.0);
    let reach = diameter * SHADOW;
    let mut pixels = Vec::with_capacity(side * side * 4);
    for y in 0..side {
        for x in 0..side {
            let (dx, dy) = (x as f64 + 0.5 - centre, y as f64 + 0.5 - centre);
            let distance = dx.hypot(dy);
            let cover = |radius: f64| (radius - distance + 0.5).clamp(0.0, 1.0);
            let (disc, photo) = (cover(radius), cover(inner_radius));
            // Soft, and a little below, as light from above throws it.
            let below = dx.hypot(dy - reach * 0.25);
            let shade = (1.0 - ((below - radius) / reach).clamp(0.0, 1.0)).powi(2) * 0.45;
            let at = |offset: f64| ((offset + inner_radius) as usize).min(inner - 1) as u32;
            let shown = face.get_pixel(at(dx.max(-inner_radius)), at(dy.max(-inner_radius))).0;
            let alpha = disc + (1.0 - disc) * shade;
            for channel in shown {
                let value = f64::from(channel) * photo + 255.0 * (disc - photo).max(0.0);
                pixels.push(value.min(alpha * 255.0).round() as u8);
            }
            pixels.push((alpha * 255.0).round() as u8);
        }
    }
    let drawing = Pixmap::from_vec(pixels, IntSize::from_wh(side as u32, side as u32)?)?;
    Some(Overlay::new(&drawing, left, top))
}
