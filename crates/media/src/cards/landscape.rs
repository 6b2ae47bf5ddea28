//! A landscape in one palette: a sky, a sun or a moon, and land, town or sea below, each farther piece paler than the one before it.

use super::numbers::Numbers;
use crate::card::{Palette, noise, smooth};
use crate::frame::Size;
use tiny_skia::{
    Color, FillRule, GradientStop, IntSize, LinearGradient, Paint, Path, PathBuilder, Pixmap, Point, Rect, SpreadMode,
    Transform,
};

/// What is below the sky.
#[derive(Clone, Copy)]
enum Kind {
    Peaks,
    Hills,
    Dunes,
    Town,
    Sea,
}

const KINDS: [Kind; 5] = [Kind::Peaks, Kind::Hills, Kind::Dunes, Kind::Town, Kind::Sea];

/// A landscape before it is drawn. Places are parts of width and height.
pub(super) struct Landscape<'a> {
    palette: &'a Palette,
    size: Size,
    kind: Kind,
    is_night: bool,
    horizon: f32,
    sun: (f32, f32, f32),
    numbers: &'a mut Numbers,
}

impl<'a> Landscape<'a> {
    pub(super) fn of(palette: &'a Palette, size: Size, numbers: &'a mut Numbers) -> Self {
        let kind = KINDS[numbers.below(KINDS.len())];
        let horizon = numbers.between(0.56, 0.66);
        let is_night = numbers.below(3) == 0;
        let side = if numbers.below(2) == 0 { numbers.between(0.22, 0.4) } else { numbers.between(0.6, 0.8) };
        // At night it stands high, else where sky and land meet; never in the words.
        let high = if is_night { horizon - numbers.between(0.2, 0.25) } else { horizon - numbers.between(0.02, 0.14) };
        let radius = if is_night { numbers.between(0.05, 0.07) } else { numbers.between(0.11, 0.17) };
        Self { palette, size, kind, is_night, horizon, sun: (side, high, radius), numbers }
    }

    pub(super) fn draw(mut self) -> Option<Pixmap> {
        let mut drawing = self.sky()?;
        if self.is_night {
            self.stars(&mut drawing);
        }
        self.disc(&mut drawing);
        match self.kind {
            Kind::Sea => self.sea(&mut drawing),
            _ => self.layers(&mut drawing),
        }
        shade(&mut drawing, self.size);
        Some(drawing)
    }

    fn short(&self) -> f32 {
        self.size.short() as f32
    }

    /// The place of the sun, and its radius, in pixels.
    fn sun_at(&self) -> (f32, f32, f32) {
        let (x, y, radius) = self.sun;
        (x * self.size.width as f32, y * self.size.height as f32, radius * self.short())
    }

    /// Where the sky is brightest: what far land fades into.
    fn haze(&self) -> [f32; 3] {
        let Palette { rich, lights, accent, .. } = self.palette;
        if self.is_night {
            mix(square(*rich), square(lights[0]), 0.3)
        } else {
            mix(square(lights[0]), square(*accent), 0.3)
        }
    }

    /// Dark above, bright where it meets the land, brightest around the sun; dithered, so that no band shows.
    fn sky(&self) -> Option<Pixmap> {
        let (dark, rich, haze) = (square(self.palette.dark), square(self.palette.rich), self.haze());
        let other = square(self.palette.lights[1]);
        let (sun_x, sun_y, radius) = self.sun_at();
        let reach = radius * if self.is_night { 4.0 } else { 3.2 };
        let glow = square(self.palette.accent);
        let strength = if self.is_night { 0.28 } else { 0.5 };
        let mut pixels = Vec::with_capacity(self.size.width * self.size.height * 4);
        for y in 0..self.size.height {
            let v = (y as f32 / self.size.height as f32 / self.horizon).min(1.0);
            let high = mix(dark, rich, smooth(v / 0.62));
            let sky = mix(high, haze, smooth((v - 0.42) / 0.62) * if self.is_night { 0.6 } else { 0.92 });
            for x in 0..self.size.width {
                let u = x as f32 / self.size.width as f32;
                // A second light far from the sun, so that no sky is one colour alone.
                let away = (u - (1.0 - self.sun.0)).abs();
                let tinted = mix(sky, other, (-(away * away) / 0.18 - (v - 0.7).powi(2) / 0.08).exp() * 0.42);
                let far = ((x as f32 - sun_x).powi(2) + (y as f32 - sun_y).powi(2)) / (reach * reach);
                let color = mix(tinted, glow, (-far * 1.6).exp() * strength);
                let dither = noise(x, y);
                for channel in color {
                    pixels.push((channel.max(0.0).sqrt() * 255.0 + dither + 0.5).clamp(0.0, 255.0) as u8);
                }
                pixels.push(255);
            }
        }
        Pixmap::from_vec(pixels, IntSize::from_wh(self.size.width as u32, self.size.height as u32)?)
    }

    fn stars(&mut self, drawing: &mut Pixmap) {
        let (width, height) = (self.size.width as f32, self.size.height as f32);
        for _ in 0..90 {
            let (x, y) = (self.numbers.between(0.0, width), self.numbers.between(0.0, self.horizon * 0.85) * height);
            let radius = self.short() / 1080.0 * self.numbers.between(0.9, 2.4);
            let alpha = self.numbers.between(0.15, 0.75);
            let mut paint = solid([1.0; 3], alpha);
            paint.anti_alias = true;
            fill(drawing, PathBuilder::from_circle(x, y, radius), &paint);
        }
    }

    fn disc(&self, drawing: &mut Pixmap) {
        let (x, y, radius) = self.sun_at();
        let accent = square(self.palette.accent);
        let (top, bottom) = if self.is_night {
            (mix(accent, [1.0; 3], 0.75), mix(accent, [1.0; 3], 0.4))
        } else {
            (mix(accent, [1.0; 3], 0.45), mix(accent, square(self.palette.lights[0]), 0.25))
        };
        let paint = down(top, bottom, y - radius, y + radius);
        fill(drawing, PathBuilder::from_circle(x, y, radius), &paint);
    }

    /// Pieces of land one before the other.
    fn layers(&mut self, drawing: &mut Pixmap) {
        let height = self.size.height as f32;
        let count = 5;
        let (haze, dark) = (self.haze(), square(self.palette.dark));
        let rich = square(self.palette.rich);
        for layer in 0..count {
            let near = layer as f32 / (count - 1) as f32;
            let top = (self.horizon + (0.93 - self.horizon) * near.powf(1.15)) * height;
            let rise = height * (0.1 - 0.05 * near);
            let ridge = match self.kind {
                Kind::Peaks => self.peaks(top, rise * 1.5),
                Kind::Town if layer < 4 => self.town(top, rise * 1.4),
                Kind::Dunes => self.waves(top, rise * 0.8, 1.6),
                _ => self.waves(top, rise, 3.2),
            };
            // Far land is a little darker than the sky behind it, near land nearly as dark as the sky above.
            let body = mix(mix(haze, rich, 0.35 + 0.65 * (near * 1.4).min(1.0)), dark, smooth(near * 0.95));
            let foot =
                mix(body, if layer + 1 == count { dark } else { haze }, if layer + 1 == count { 0.7 } else { 0.34 });
            fill(drawing, self.ground(&ridge), &down(body, foot, top - rise, top + height * 0.16));
            if matches!(self.kind, Kind::Town) && layer > 0 && layer < 4 {
                self.windows(drawing, &ridge, near);
            }
        }
    }

    /// From the ridge down to the foot of the picture.
    fn ground(&self, ridge: &[(f32, f32)]) -> Option<Path> {
        let (width, height) = (self.size.width as f32, self.size.height as f32);
        let mut path = PathBuilder::new();
        path.move_to(-2.0, height + 2.0);
        ridge.iter().for_each(|(x, y)| path.line_to(*x, *y));
        path.line_to(width + 2.0, height + 2.0);
        path.close();
        path.finish()
    }

    /// Soft lines: three waves of chance lengths.
    fn waves(&mut self, top: f32, rise: f32, pace: f32) -> Vec<(f32, f32)> {
        let turn = std::f32::consts::TAU;
        let waves: [(f32, f32, f32); 3] = std::array::from_fn(|index| {
            let grows = 1.9_f32.powi(index as i32);
            (self.numbers.between(0.7, 1.3) * pace * grows / turn, self.numbers.between(0.0, turn), 0.62 / grows)
        });
        let width = self.size.width as f32;
        let shape = self.size.width as f32 / self.size.height.min(self.size.width * 2) as f32;
        (0..=160)
            .map(|step| {
                let u = step as f32 / 160.0;
                let sum: f32 =
                    waves.iter().map(|(pace, from, high)| (u * pace * turn * shape.max(0.7) + from).sin() * high).sum();
                (-2.0 + u * (width + 4.0), top - sum * rise)
            })
            .collect()
    }

    /// Lines broken at half, and half of that (midpoint displacement).
    fn peaks(&mut self, top: f32, rise: f32) -> Vec<(f32, f32)> {
        let mut heights = vec![self.numbers.between(-0.3, 0.5), self.numbers.between(-0.3, 0.5)];
        let mut rough = 0.75;
        for round in 0..7 {
            let mut finer = Vec::with_capacity(heights.len() * 2);
            for pair in heights.windows(2) {
                let lift = if round == 0 { 0.55 } else { 0.0 };
                finer.push(pair[0]);
                finer.push((pair[0] + pair[1]) / 2.0 + lift + self.numbers.between(-rough, rough));
            }
            finer.extend(heights.last());
            (heights, rough) = (finer, rough * 0.53);
        }
        let (width, last) = (self.size.width as f32, (heights.len() - 1) as f32);
        let place = |(at, high): (usize, &f32)| (-2.0 + at as f32 / last * (width + 4.0), top - high * rise);
        heights.iter().enumerate().map(place).collect()
    }

    /// Roofs.
    fn town(&mut self, top: f32, rise: f32) -> Vec<(f32, f32)> {
        let width = self.size.width as f32;
        let (mut x, mut roofs) = (-2.0, Vec::new());
        while x < width {
            let (wide, high) = (self.short() * self.numbers.between(0.05, 0.13), self.numbers.between(-0.5, 0.9));
            let roof = top - high * rise;
            roofs.push((x, roof));
            if self.numbers.below(5) == 0 {
                // A spire.
                let middle = x + wide / 2.0;
                let needle = self.short() * 0.006;
                roofs.extend([(middle - needle, roof), (middle, roof - rise * 0.45), (middle + needle, roof)]);
            }
            roofs.push((x + wide, roof));
            x += wide;
        }
        roofs
    }

    /// Some of a town's windows, lit.
    fn windows(&mut self, drawing: &mut Pixmap, roofs: &[(f32, f32)], near: f32) {
        let unit = self.short() * 0.0085;
        let light = mix(square(self.palette.accent), [1.0; 3], 0.2);
        for pair in roofs.windows(2) {
            let ((left, roof), (right, other)) = (pair[0], pair[1]);
            if (roof - other).abs() > 0.5 || right - left < unit * 5.0 {
                continue;
            }
            let columns = ((right - left) / (unit * 2.6)) as usize;
            let inset = (right - left - columns as f32 * unit * 2.6 + unit * 1.6) / 2.0;
            for row in 0..7 {
                for column in 0..columns {
                    let is_lit = self.numbers.below(4) == 0;
                    let (x, y) = (left + inset + column as f32 * unit * 2.6, roof + unit * (2.4 + row as f32 * 3.4));
                    let alpha = self.numbers.between(0.25, 0.8) * (0.35 + 0.65 * near);
                    if let Some(window) = Rect::from_xywh(x, y, unit, unit * 1.5).filter(|_| is_lit) {
                        drawing.fill_rect(window, &solid(light, alpha), Transform::identity(), None);
                    }
                }
            }
        }
    }

    /// Far land, water, and on it the way of the light.
    fn sea(&mut self, drawing: &mut Pixmap) {
        let (width, height) = (self.size.width as f32, self.size.height as f32);
        let (haze, dark, rich) = (self.haze(), square(self.palette.dark), square(self.palette.rich));
        let top = self.horizon * height;
        let coast = self.waves(top - height * 0.006, height * 0.035, 2.4);
        fill(
            drawing,
            self.ground(&coast),
            &down(mix(haze, rich, 0.55), mix(haze, rich, 0.8), top - height * 0.05, top),
        );
        if let Some(water) = Rect::from_ltrb(-2.0, top, width + 2.0, height + 2.0) {
            let paint = down(mix(haze, rich, 0.42), dark, top, top + (height - top) * 0.9);
            drawing.fill_rect(water, &paint, Transform::identity(), None);
        }
        let light = mix(square(self.palette.accent), [1.0; 3], 0.3);
        let (sun_x, _, radius) = self.sun_at();
        for row in 0..64 {
            let near = (row as f32 / 63.0).powf(1.5);
            let y = top + height * 0.004 + near * (height - top) * 0.8;
            let thick = self.short() * (0.0016 + 0.0045 * near);
            for _ in 0..3 {
                let spread = radius * (0.5 + 1.7 * near);
                let middle = sun_x + self.numbers.between(-spread, spread);
                let long = radius * self.numbers.between(0.12, 0.75) * (0.55 + near);
                let alpha = (1.0 - near * 0.85) * self.numbers.between(0.12, 0.6);
                let glint = Rect::from_xywh(middle - long / 2.0, y, long.max(1.0), thick.max(0.5));
                fill(drawing, glint.and_then(|glint| crate::shapes::rounded(glint, thick)), &solid(light, alpha));
            }
        }
        if !self.is_night && self.numbers.below(2) == 0 {
            let low = self.numbers.between(0.12, 0.3);
            self.boat(drawing, top + (height - top) * low);
        }
    }

    /// A small sail, away from the light.
    fn boat(&mut self, drawing: &mut Pixmap, y: f32) {
        let unit = self.short() * 0.03;
        let x = (1.0 - self.sun.0) * self.size.width as f32;
        let paint = solid(mix(square(self.palette.dark), square(self.palette.rich), 0.25), 1.0);
        let shape = |points: &[(f32, f32)]| {
            let mut path = PathBuilder::new();
            path.move_to(x + points[0].0 * unit, y + points[0].1 * unit);
            points[1..].iter().for_each(|point| path.line_to(x + point.0 * unit, y + point.1 * unit));
            path.close();
            path.finish()
        };
        fill(drawing, shape(&[(-1.5, 0.0), (1.6, 0.0), (1.1, 0.6), (-1.0, 0.6)]), &paint);
        fill(drawing, shape(&[(0.08, -0.15), (0.08, -3.2), (1.35, -0.15)]), &paint);
        fill(drawing, shape(&[(-0.08, -0.15), (-0.08, -2.5), (-1.0, -0.15)]), &paint);
    }
}

/// The lower third steps back: captions are read there.
fn shade(drawing: &mut Pixmap, size: Size) {
    let height = size.height as f32;
    if let Some(below) = Rect::from_ltrb(0.0, height * 0.55, size.width as f32, height) {
        let stop =
            |at: f32, alpha: f32| GradientStop::new(at, Color::from_rgba(0.0, 0.0, 0.0, alpha).unwrap_or(Color::BLACK));
        let stops = vec![stop(0.0, 0.0), stop(0.5, 0.22), stop(1.0, 0.5)];
        let (from, to) = (Point::from_xy(0.0, height * 0.55), Point::from_xy(0.0, height));
        if let Some(shader) = LinearGradient::new(from, to, stops, SpreadMode::Pad, Transform::identity()) {
            drawing.fill_rect(below, &Paint { shader, ..Paint::default() }, Transform::identity(), None);
        }
    }
}

/// Light as the eye adds it up, about.
fn square(rgb: [u8; 3]) -> [f32; 3] {
    rgb.map(|channel| (f32::from(channel) / 255.0).powi(2))
}

fn mix(from: [f32; 3], to: [f32; 3], share: f32) -> [f32; 3] {
    let share = share.clamp(0.0, 1.0);
    std::array::from_fn(|channel| from[channel] + (to[channel] - from[channel]) * share)
}

fn color(squared: [f32; 3], alpha: f32) -> Color {
    let [red, green, blue] = squared.map(|channel| channel.clamp(0.0, 1.0).sqrt());
    Color::from_rgba(red, green, blue, alpha.clamp(0.0, 1.0)).unwrap_or(Color::BLACK)
}

fn solid(squared: [f32; 3], alpha: f32) -> Paint<'static> {
    let mut paint = Paint { anti_alias: true, ..Paint::default() };
    paint.set_color(color(squared, alpha));
    paint
}

/// From one colour above to another below.
fn down(above: [f32; 3], below: [f32; 3], top: f32, bottom: f32) -> Paint<'static> {
    let stops = vec![GradientStop::new(0.0, color(above, 1.0)), GradientStop::new(1.0, color(below, 1.0))];
    let (from, to) = (Point::from_xy(0.0, top), Point::from_xy(0.0, bottom));
    match LinearGradient::new(from, to, stops, SpreadMode::Pad, Transform::identity()) {
        Some(shader) => Paint { shader, anti_alias: true, ..Paint::default() },
        None => solid(above, 1.0),
    }
}

fn fill(drawing: &mut Pixmap, path: Option<Path>, paint: &Paint<'_>) {
    if let Some(path) = path {
        drawing.fill_path(&path, paint, FillRule::Winding, Transform::identity(), None);
    }
}
