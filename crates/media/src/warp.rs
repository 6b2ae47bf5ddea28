//! Draws a picture at any place and scale, to fractions of a pixel: four Catmull-Rom taps along, four across.

use crate::frame::{Frame, Plane, Size};

/// Columns drawn side by side before they are turned into rows.
const STRIP: usize = 16;
/// Weights are whole 128ths.
const ONE: i16 = 128;
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
    pub(crate) fn draw(&self, pose: Pose, frame: &mut Frame, bench: &mut Workbench) {
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
            draw_plane(turned, out, columns, rows, bench);
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

/// Catmull-Rom in whole 128ths whose sum is exactly 128.
fn weights(t: f64) -> [i16; 4] {
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

fn draw_plane(turned: &Plane, out: &mut [u8], columns: &[Tap], rows: &[Tap], bench: &mut Workbench) {
    let (source_height, source_width) = (turned.width, turned.height);
    let width = columns.len();
    // Only the rows that the second pass reads.
    let last = source_height as isize - 1;
    let clamp_row = |row: isize| row.clamp(0, last) as usize;
    let (from, to) = match (rows.first(), rows.last()) {
        (Some(first), Some(final_row)) => (clamp_row(first.first), clamp_row(final_row.first + 3) + 1),
        _ => return,
    };
    let used = to - from;
    bench.strip.resize(STRIP * used, 0);
    bench.between.resize(width * used, 0);
    for (strip_index, strip_taps) in columns.chunks(STRIP).enumerate() {
        for (index, tap) in strip_taps.iter().enumerate() {
            let column = |offset: isize| {
                let x = (tap.first + offset).clamp(0, source_width as isize - 1) as usize;
                &turned.row(x)[from..to]
            };
            let target = &mut bench.strip[index * used..][..used];
            blend([column(0), column(1), column(2), column(3)], tap.weights, target);
        }
        turn(&bench.strip, used, strip_taps.len(), &mut bench.between, width, strip_index * STRIP);
    }
    for (row, tap) in out.chunks_exact_mut(width).zip(rows) {
        let line = |offset: isize| {
            &bench.between[(clamp_row(tap.first + offset).clamp(from, to - 1) - from) * width..][..width]
        };
        blend([line(0), line(1), line(2), line(3)], tap.weights, row);
    }
}

/// The weighted sum of four rows. 16-bit sums wrap on the way and are right at the end: the bias centres their range.
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
        out[index] = ((sum >> 7) + 128).clamp(0, 255) as u8;
    }
}

/// Columns of `strip` become rows of `between`, at column `at`.
fn turn(strip: &[u8], used: usize, columns: usize, between: &mut [u8], width: usize, at: usize) {
    if columns == STRIP {
        let mut blocks = strip.chunks_exact(used);
        let lines: [&[u8]; STRIP] = std::array::from_fn(|_| blocks.next().unwrap_or(&[]));
        for (y, row) in between.chunks_exact_mut(width).enumerate().take(used) {
            let target: &mut [u8] = &mut row[at..at + STRIP];
            for column in 0..STRIP {
                target[column] = lines[column][y];
            }
        }
        return;
    }
    for (y, row) in between.chunks_exact_mut(width).enumerate().take(used) {
        for column in 0..columns {
            row[at + column] = strip[column * used + y];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::planes;

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
        let mut frame = Frame::black(Size { width: 64, height: 48 });
        let pose = Pose { x: 31.5, y: 23.5, step: 1.0 };
        Still::new(&planes).draw(pose, &mut frame, &mut Workbench::default());
        let [y, u, v] = frame.planes_mut();
        assert!(y == planes[0].data && u == planes[1].data && v == planes[2].data);
    }

    #[test]
    fn between_pixels_it_agrees_with_exact_arithmetic() {
        let planes = picture(80, 60);
        let still = Still::new(&planes);
        let pose = Pose { x: 38.3, y: 30.9, step: 1.031 };
        let mut frame = Frame::black(Size { width: 64, height: 48 });
        still.draw(pose, &mut frame, &mut Workbench::default());
        let exact = |t: f64| weights_exact(t);
        let mut worst = 0.0_f64;
        for y in 0..48 {
            for x in 0..64 {
                let (px, py) = (pose.x + (x as f64 - 31.5) * pose.step, pose.y + (y as f64 - 23.5) * pose.step);
                let (wx, wy) = (exact(px.fract()), exact(py.fract()));
                let mut sum = 0.0;
                for (j, wy) in wy.iter().enumerate() {
                    for (i, wx) in wx.iter().enumerate() {
                        let at = |value: f64, offset: usize, end: usize| {
                            (value.floor() as isize - 1 + offset as isize).clamp(0, end as isize - 1) as usize
                        };
                        sum += wx * wy * f64::from(planes[0].row(at(py, j, 60))[at(px, i, 80)]);
                    }
                }
                worst = worst.max((sum - f64::from(frame.data[y * 64 + x])).abs());
            }
        }
        assert!(worst < 3.0, "{worst}");
    }

    fn weights_exact(t: f64) -> [f64; 4] {
        let (t2, t3) = (t * t, t * t * t);
        [
            (-t3 + 2.0 * t2 - t) / 2.0,
            (3.0 * t3 - 5.0 * t2 + 2.0) / 2.0,
            (-3.0 * t3 + 4.0 * t2 + t) / 2.0,
            (t3 - t2) / 2.0,
        ]
    }
}
