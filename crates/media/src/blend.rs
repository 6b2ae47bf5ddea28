//! Drawn things laid over frames: once turned into premultiplied Y, U, V, then blended inside their rectangle only.

use crate::frame::{Frame, chroma, luma};
use tiny_skia::Pixmap;

/// A drawn thing at its place, ready to be blended many times.
#[derive(Clone, Debug, Default)]
pub(crate) struct Overlay {
    x: usize,
    y: usize,
    width: usize,
    luma: Vec<u8>,
    luma_rest: Vec<u8>,
    u: Vec<u8>,
    v: Vec<u8>,
    chroma_rest: Vec<u8>,
}

impl Overlay {
    /// From a drawing whose top left corner stands at `x`, `y`, both even; its sides are even too.
    pub(crate) fn new(drawing: &Pixmap, x: usize, y: usize) -> Self {
        let (width, height) = (drawing.width() as usize, drawing.height() as usize);
        debug_assert!([x, y, width, height].iter().all(|side| side.is_multiple_of(2)), "chroma falls on even pixels");
        let pixels = drawing.data();
        let pixel = |x: usize, y: usize| {
            let at = (y * width + x) * 4;
            [pixels[at], pixels[at + 1], pixels[at + 2], pixels[at + 3]].map(i32::from)
        };
        let round = |value: i32, shift: u32| (value + (1 << (shift - 1))) >> shift;
        let mut overlay = Self { x, y, width, ..Self::default() };
        for line in pixels.chunks_exact(4) {
            let [red, green, blue, alpha] = [line[0], line[1], line[2], line[3]].map(i32::from);
            let black = (16 * alpha + 127) / 255;
            overlay.luma.push((black + round(luma([red, green, blue]), 16)).min(255) as u8);
            overlay.luma_rest.push((255 - alpha) as u8);
        }
        for row in (0..height).step_by(2) {
            for column in (0..width).step_by(2) {
                let mut sum = [0_i32; 4];
                for line in [row, row + 1] {
                    for (x, weight) in [(column.saturating_sub(1), 1), (column, 2), (column + 1, 1)] {
                        let near = pixel(x, line);
                        (0..4).for_each(|channel| sum[channel] += weight * near[channel]);
                    }
                }
                let [u, v] = chroma([sum[0], sum[1], sum[2]]);
                let alpha = round(sum[3], 3);
                let grey = (128 * alpha + 127) / 255;
                overlay.u.push((grey + round(u, 19)).clamp(0, 255) as u8);
                overlay.v.push((grey + round(v, 19)).clamp(0, 255) as u8);
                overlay.chroma_rest.push((255 - alpha) as u8);
            }
        }
        overlay
    }

    /// Blends it over a frame; what lies outside is left out.
    #[inline(always)]
    pub(crate) fn lay(&self, frame: &mut Frame) {
        let stride = frame.size.width;
        let [y, u, v] = frame.planes_mut();
        self.lay_plane(y, stride, &self.luma, &self.luma_rest, 1);
        self.lay_plane(u, stride / 2, &self.u, &self.chroma_rest, 2);
        self.lay_plane(v, stride / 2, &self.v, &self.chroma_rest, 2);
    }

    #[inline(always)]
    fn lay_plane(&self, plane: &mut [u8], stride: usize, drawn: &[u8], rest: &[u8], shrink: usize) {
        let (from, own) = (self.x / shrink, self.width / shrink);
        let rows = plane.chunks_exact_mut(stride).skip(self.y / shrink);
        if from >= stride || own == 0 {
            return;
        }
        for ((row, drawn), rest) in rows.zip(drawn.chunks_exact(own)).zip(rest.chunks_exact(own)) {
            for ((value, &drawn), &rest) in row[from..].iter_mut().zip(drawn).zip(rest) {
                let below = u16::from(*value) * u16::from(rest) + 128;
                *value = drawn.saturating_add(((below + (below >> 8)) >> 8) as u8);
            }
        }
    }
}
