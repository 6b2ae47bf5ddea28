//! How well a moving picture is drawn: measured against exact arithmetic, over whole ways.

use super::*;
use crate::motion::Way;
use fearless_simd::{Level, dispatch};
use std::f64::consts::PI;
use story::script::Motion;

const FRAME: Size = Size { width: 180, height: 320 };
const FRAMES: u64 = 90;
/// Radius of the bright dot.
const DOT: f64 = 6.0;
/// Keys of pictures that move in each of the four kinds.
const KEYS: [&str; 4] = ["a", "b", "c", "d"];

fn still(size: Size, value: impl Fn(f64, f64) -> f64) -> (Plane, Still) {
    let mut luma = Plane::filled(size.width, size.height, 0);
    for (index, pixel) in luma.data.iter_mut().enumerate() {
        *pixel = value((index % size.width) as f64, (index / size.width) as f64).round() as u8;
    }
    let grey = Plane::filled(size.width / 2, size.height / 2, 128);
    let still = Still::new(&[luma.clone(), grey.clone(), grey]);
    (luma, still)
}

/// Frames of a whole way, each with its pose.
fn frames(still: &Still, way: Way, each: u64, mut see: impl FnMut(Pose, &[u8])) {
    let (mut frame, mut bench, level) = (Frame::black(FRAME), Workbench::default(), Level::new());
    for index in (0..FRAMES).step_by(each as usize) {
        let pose = way.pose(index, FRAMES);
        dispatch!(level, simd => still.draw(simd, pose, &mut frame, &mut bench));
        see(pose, &frame.data[..FRAME.width * FRAME.height]);
    }
}

#[test]
fn a_bright_dot_stays_on_its_way_to_a_hundredth_of_a_pixel() {
    for motion in [Motion::Zoom, Motion::Pan] {
        for key in KEYS {
            let way = Way::new(motion, key, false, FRAME);
            let (dot_x, dot_y) = (way.picture.width as f64 * 0.4 + 0.3, way.picture.height as f64 * 0.57 + 0.1);
            // It ends at its edge: a long faint slope would measure the rounding of bytes, not the place.
            let dot = |x: f64, y: f64| ((x - dot_x).hypot(y - dot_y) / DOT).min(1.0);
            let (luma, still) = still(way.picture, |x, y| 16.0 + 107.5 * (1.0 + (PI * dot(x, y)).cos()));
            let (dot_x, dot_y) = centroid(&luma.data, luma.width, dot_x, dot_y);
            let mut off = Vec::new();
            frames(&still, way, 1, |pose, luma| {
                let place = |dot: f64, centre: f64, side: usize| (dot - centre) / pose.step + (side as f64 - 1.0) / 2.0;
                let (x, y) = (place(dot_x, pose.x, FRAME.width), place(dot_y, pose.y, FRAME.height));
                let (seen_x, seen_y) = centroid(luma, FRAME.width, x, y);
                off.push((seen_x - x, seen_y - y));
            });
            let rms = |axis: fn(&(f64, f64)) -> f64| {
                (off.iter().map(|off| axis(off).powi(2)).sum::<f64>() / off.len() as f64).sqrt()
            };
            let (across, down) = (rms(|off| off.0), rms(|off| off.1));
            assert!(across <= 0.01 && down <= 0.01, "{motion:?} {key}: {across:.4} across, {down:.4} down");
        }
    }
}

/// Centre of the light around a place.
fn centroid(luma: &[u8], width: usize, x: f64, y: f64) -> (f64, f64) {
    let near = |at: f64| (at.round() - DOT - 2.0) as usize..=(at.round() + DOT + 2.0) as usize;
    let [mut sum, mut sum_x, mut sum_y] = [0.0; 3];
    for row in near(y) {
        for column in near(x) {
            let light = f64::from(luma[row * width + column]) - 16.0;
            sum += light;
            sum_x += light * column as f64;
            sum_y += light * row as f64;
        }
    }
    (sum_x / sum, sum_y / sum)
}

#[test]
fn a_drawn_frame_is_what_exact_arithmetic_draws() {
    let mut chance = 1_u32;
    let grain: Vec<f64> = (0..400 * 400)
        .map(|_| {
            chance = chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(chance >> 16) / 65_536.0 - 0.5
        })
        .collect();
    for (motion, key) in [(Motion::Zoom, "a"), (Motion::Zoom, "b"), (Motion::Pan, "c"), (Motion::Pan, "d")] {
        let way = Way::new(motion, key, false, FRAME);
        let (luma, still) = still(way.picture, |x, y| {
            let waves = (x * 0.31).sin() + (y * 0.23).cos() + ((x + y) * 0.07).sin();
            125.0 + 30.0 * waves + 18.0 * grain[(y as usize % 400) * 400 + x as usize % 400]
        });
        frames(&still, way, 11, |pose, drawn| {
            let exact = exact(&luma, pose);
            let error = exact.iter().zip(drawn).map(|(exact, drawn)| (exact - f64::from(*drawn)).powi(2));
            let psnr = 10.0 * (255.0_f64.powi(2) * exact.len() as f64 / error.sum::<f64>()).log10();
            let alike = ssim(&exact, drawn);
            assert!(psnr > 50.0 && alike >= 0.996, "{motion:?} {key}: {psnr:.1} dB, SSIM {alike:.5}");
        });
    }
}

/// The frame that a pose sees, in floating point from end to end.
fn exact(luma: &Plane, pose: Pose) -> Vec<f64> {
    let axis = |centre: f64, side: usize, end: usize| -> Vec<([usize; 4], [f64; 4])> {
        let tap = |index: usize| {
            let at = centre + (index as f64 - (side as f64 - 1.0) / 2.0) * pose.step;
            let lines = [-1.0, 0.0, 1.0, 2.0].map(|offset| (at.floor() + offset).clamp(0.0, end as f64 - 1.0) as usize);
            (lines, catmull_rom(at - at.floor()))
        };
        (0..side).map(tap).collect()
    };
    let columns = axis(pose.x, FRAME.width, luma.width);
    let mut frame = Vec::with_capacity(FRAME.width * FRAME.height);
    for (rows, down) in axis(pose.y, FRAME.height, luma.height) {
        for (lines, across) in &columns {
            let row = |y: usize| (0..4).map(|tap| across[tap] * f64::from(luma.row(y)[lines[tap]])).sum::<f64>();
            frame.push((0..4).map(|tap| down[tap] * row(rows[tap])).sum());
        }
    }
    frame
}

/// Weights of the four taps; `t` is 0 to 1 from the second to the third.
fn catmull_rom(t: f64) -> [f64; 4] {
    let (t2, t3) = (t * t, t * t * t);
    [(-t3 + 2.0 * t2 - t) / 2.0, (3.0 * t3 - 5.0 * t2 + 2.0) / 2.0, (-3.0 * t3 + 4.0 * t2 + t) / 2.0, (t3 - t2) / 2.0]
}

/// Structural similarity by blocks of 8x8 pixels (Wang and others, 2004; constants as there).
fn ssim(exact: &[f64], drawn: &[u8]) -> f64 {
    let (mut sum, mut blocks) = (0.0, 0.0);
    for top in (0..FRAME.height - 7).step_by(8) {
        for left in (0..FRAME.width - 7).step_by(8) {
            let [mut a1, mut b1, mut a2, mut b2, mut ab] = [0.0; 5];
            for at in (0..64).map(|pixel| (top + pixel / 8) * FRAME.width + left + pixel % 8) {
                let (a, b) = (exact[at], f64::from(drawn[at]));
                a1 += a / 64.0;
                b1 += b / 64.0;
                a2 += a * a / 64.0;
                b2 += b * b / 64.0;
                ab += a * b / 64.0;
            }
            let (light, contrast) = (6.5025, 58.5225);
            let (a_spread, b_spread, both) = (a2 - a1 * a1, b2 - b1 * b1, ab - a1 * b1);
            sum += (2.0 * a1 * b1 + light) * (2.0 * both + contrast)
                / ((a1 * a1 + b1 * b1 + light) * (a_spread + b_spread + contrast));
            blocks += 1.0;
        }
    }
    sum / blocks
}
