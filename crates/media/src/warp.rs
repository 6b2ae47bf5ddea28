//! Draws a picture at any place and scale, to fractions of a pixel: four Catmull-Rom taps along, four across.

use crate::frame::{Frame, Plane, Size};
use fearless_simd::{Simd, prelude::*, u8x16};
use std::sync::LazyLock;

/// Columns drawn side by side before they are turned into rows.
const STRIP: usize = 16;
/// Weights are whole 128ths.
const ONE: i16 = 128;
/// Places between two lines that weights are kept for.
const PHASES: usize = 512;
/// Keeps a sum of four weighted bytes inside 16 bits: half of one 128th for rounding, and half the range down.
const BIAS: i16 = 64 - 16_384;

/// Where a frame looks at a picture: the place of the frame's centre in the picture, and picture pixels per frame pixel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pose {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) step: f64,
}

/// A picture ready to be drawn: its planes, rows and columns exchanged, so that the first pass runs along memory.
pub(crate) struct Still {
    turned: [Plane; 3],
}

/// What drawing needs between its two passes, kept from frame to frame.
#[derive(Default)]
pub(crate) struct Workbench {
    strip: Vec<u8>,
    between: Vec<u8>,
}

#[derive(Clone, Copy)]
struct Tap {
    first: isize,
    weights: [i16; 4],
}

impl Still {
    /// From planes.
    pub(crate) fn new(planes: &[Plane; 3]) -> Self {
        let [y, u, v] = planes;
        Self { turned: [y.transposed(), u.transposed(), v.transposed()] }
    }

    /// Draws the frame that `pose` sees.
    #[inline(always)]
    pub(crate) fn draw<S: Simd>(&self, simd: S, pose: Pose, frame: &mut Frame, bench: &mut Workbench) {
        let Size { width, height } = frame.size;
        // A luma pixel's centre lies at its number; chroma lies on even columns and between its two rows.
        let left = pose.x - (width as f64 - 1.0) / 2.0 * pose.step;
        let top = pose.y - (height as f64 - 1.0) / 2.0 * pose.step;
        let chroma_top = (top + 0.5 * pose.step - 0.5) / 2.0;
        let [y, u, v] = frame.planes_mut();
        let luma = (taps(left, pose.step, width), taps(top, pose.step, height));
        let chroma = (taps(left / 2.0, pose.step, width / 2), taps(chroma_top, pose.step, height / 2));
        for (turned, out, (columns, rows)) in
            [(&self.turned[0], y, &luma), (&self.turned[1], u, &chroma), (&self.turned[2], v, &chroma)]
        {
            draw_plane(simd, turned, out, columns, rows, bench);
        }
    }
}

fn taps(start: f64, step: f64, count: usize) -> Vec<Tap> {
    let tap = |index: usize| {
        let position = start + index as f64 * step;
        let whole = position.floor();
        Tap { first: whole as isize - 1, weights: weights(position - whole) }
    };
    (0..count).map(tap).collect()
}

impl Tap {
    /// The four lines of `count` that it reads; beyond the edge, the last one stands again.
    fn lines(&self, count: usize) -> [usize; 4] {
        [0, 1, 2, 3].map(|offset| (self.first + offset).clamp(0, count as isize - 1) as usize)
    }
}

/// Catmull-Rom in whole 128ths whose sum is exactly 128, for a place between the second and the third line.
fn weights(t: f64) -> [i16; 4] {
    WEIGHTS[(t * PHASES as f64).round() as usize]
}

static WEIGHTS: LazyLock<[[i16; 4]; PHASES + 1]> =
    LazyLock::new(|| std::array::from_fn(|phase| whole_weights(phase as f64 / PHASES as f64)));

fn whole_weights(t: f64) -> [i16; 4] {
    let exact = [
        ((-0.5 * t + 1.0) * t - 0.5) * t,
        (1.5 * t - 2.5) * t * t + 1.0,
        ((-1.5 * t + 2.0) * t + 0.5) * t,
        (0.5 * t - 0.5) * t * t,
    ];
    let mut whole = exact.map(|weight| (weight * f64::from(ONE)).round() as i16);
    let nearest = if t < 0.5 { 1 } else { 2 };
    whole[nearest] += ONE - whole.iter().sum::<i16>();
    whole
}

#[inline(always)]
fn draw_plane<S: Simd>(simd: S, turned: &Plane, out: &mut [u8], columns: &[Tap], rows: &[Tap], bench: &mut Workbench) {
    let (source_height, source_width) = (turned.width, turned.height);
    let width = columns.len();
    // Only the rows that the second pass reads.
    let last = source_height as isize - 1;
    let (from, to) = match (rows.first(), rows.last()) {
        (Some(first), Some(final_row)) => {
            (first.first.clamp(0, last) as usize, (final_row.first + 3).clamp(0, last) as usize + 1)
        }
        _ => return,
    };
    let used = to - from;
    let strip = at_least(&mut bench.strip, STRIP * used);
    let between = at_least(&mut bench.between, width * used);
    for (strip_index, strip_taps) in columns.chunks(STRIP).enumerate() {
        for (tap, target) in strip_taps.iter().zip(strip.chunks_exact_mut(used)) {
            let columns = tap.lines(source_width).map(|x| &turned.row(x)[from..to]);
            blend(columns, tap.weights, target);
        }
        turn(simd, strip, used, strip_taps.len(), between, width, strip_index * STRIP);
    }
    for (row, tap) in out.chunks_exact_mut(width).zip(rows) {
        let lines = tap.lines(source_height).map(|y| &between[(y.clamp(from, to - 1) - from) * width..][..width]);
        blend(lines, tap.weights, row);
    }
}

/// The first `count` bytes of room that only grows: clearing it each time would cost more than it is worth.
fn at_least(room: &mut Vec<u8>, count: usize) -> &mut [u8] {
    if room.len() < count {
        room.resize(count, 0);
    }
    &mut room[..count]
}

/// The weighted sum of four rows. 16-bit sums wrap on the way and are right at the end: the bias centres their range.
#[inline(always)]
fn blend(lines: [&[u8]; 4], weights: [i16; 4], out: &mut [u8]) {
    let count = out.len();
    let [a, b, c, d] = lines.map(|line| &line[..count]);
    let [wa, wb, wc, wd] = weights;
    if wb == ONE {
        out.copy_from_slice(b);
        return;
    }
    for index in 0..count {
        let sum = i16::from(a[index])
            .wrapping_mul(wa)
            .wrapping_add(i16::from(b[index]).wrapping_mul(wb))
            .wrapping_add(i16::from(c[index]).wrapping_mul(wc))
            .wrapping_add(i16::from(d[index]).wrapping_mul(wd))
            .wrapping_add(BIAS);
        // One packing with saturation; the half that the bias took away is the top bit.
        out[index] = (sum >> 7).clamp(-128, 127) as u8 ^ 0x80;
    }
}

/// Columns of `strip` become rows of `between`, at column `at`.
#[inline(always)]
fn turn<S: Simd>(simd: S, strip: &[u8], used: usize, columns: usize, between: &mut [u8], width: usize, at: usize) {
    let mut turned = 0;
    if columns == STRIP {
        for (block, rows) in between.chunks_exact_mut(width * STRIP).enumerate().take(used / STRIP) {
            let mut lines = [u8x16::splat(simd, 0); STRIP];
            for (line, column) in lines.iter_mut().zip(strip.chunks_exact(used)) {
                *line = u8x16::from_slice(simd, &column[block * STRIP..][..STRIP]);
            }
            // Four perfect shuffles of sixteen lines exchange lines and columns.
            for _ in 0..4 {
                let before = lines;
                for half in 0..STRIP / 2 {
                    lines[2 * half] = before[half].zip_low(before[half + STRIP / 2]);
                    lines[2 * half + 1] = before[half].zip_high(before[half + STRIP / 2]);
                }
            }
            for (line, row) in lines.iter().zip(rows.chunks_exact_mut(width)) {
                line.store_slice(&mut row[at..at + STRIP]);
            }
        }
        turned = used / STRIP * STRIP;
    }
    for (y, row) in between.chunks_exact_mut(width).enumerate().take(used).skip(turned) {
        for column in 0..columns {
            row[at + column] = strip[column * used + y];
        }
    }
}

#[cfg(test)]
mod quality;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::planes;
    use fearless_simd::{Level, dispatch};

    fn draw(still: &Still, pose: Pose, level: Level, size: Size) -> Frame {
        let (mut frame, mut bench) = (Frame::black(size), Workbench::default());
        dispatch!(level, simd => still.draw(simd, pose, &mut frame, &mut bench));
        frame
    }

    fn picture(width: usize, height: usize) -> [Plane; 3] {
        let pixel = |index: usize| {
            let (x, y) = ((index % width) as f64, (index / width) as f64);
            [(x * 0.21).sin(), (y * 0.17).cos(), ((x + y) * 0.11).sin()].map(|wave| (127.5 + 120.0 * wave) as u8)
        };
        planes(width, height, &(0..width * height).flat_map(pixel).collect::<Vec<u8>>())
    }

    #[test]
    fn at_its_own_place_a_picture_is_itself() {
        let planes = picture(64, 48);
        let pose = Pose { x: 31.5, y: 23.5, step: 1.0 };
        let mut frame = draw(&Still::new(&planes), pose, Level::new(), Size { width: 64, height: 48 });
        let [y, u, v] = frame.planes_mut();
        assert!(y == planes[0].data && u == planes[1].data && v == planes[2].data);
    }

    #[test]
    fn every_processor_draws_the_same_bytes() {
        let still = Still::new(&picture(150, 170));
        for (step, width, height) in [(1.031, 130, 150), (0.5, 64, 48), (1.7, 82, 96)] {
            let (pose, size) = (Pose { x: 71.3, y: 80.9, step }, Size { width, height });
            assert!(draw(&still, pose, Level::baseline(), size) == draw(&still, pose, Level::new(), size), "{step}");
        }
    }
}
