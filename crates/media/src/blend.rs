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
        let round = |value: i32, shift: u32| (value + (1 << (shift - 1))) >> shift;
        let light = |pixel: &[u8]| {
            let [red, green, blue, alpha] = [pixel[0], pixel[1], pixel[2], pixel[3]].map(i32::from);
            let black = (16 * alpha + 127) / 255;
            (black + round(luma([red, green, blue]), 16)).min(255) as u8
        };
        let quarter = width / 2 * (height / 2);
        let mut overlay = Self {
            x,
            y,
            width,
            luma: pixels.chunks_exact(4).map(light).collect(),
            luma_rest: pixels.chunks_exact(4).map(|pixel| 255 - pixel[3]).collect(),
            u: Vec::with_capacity(quarter),
            v: Vec::with_capacity(quarter),
            chroma_rest: Vec::with_capacity(quarter),
        };
        for rows in pixels.chunks_exact((width * 8).max(1)) {
            let (one, two) = rows.split_at(width * 4);
            for column in 0..width / 2 {
                let at = column * 8;
                let left = at.saturating_sub(4);
                let (one_pair, two_pair) = (&one[at..at + 8], &two[at..at + 8]);
                let (one_left, two_left) = (&one[left..left + 4], &two[left..left + 4]);
                let sum: [i32; 4] = std::array::from_fn(|channel| {
                    let of = |pair: &[u8], left: &[u8]| {
                        i32::from(left[channel]) + 2 * i32::from(pair[channel]) + i32::from(pair[channel + 4])
                    };
                    of(one_pair, one_left) + of(two_pair, two_left)
                });
                // Most of a drawing is clear.
                if sum[3] == 0 {
                    overlay.u.push(0);
                    overlay.v.push(0);
                    overlay.chroma_rest.push(255);
                    continue;
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
