//! What a film should look like: each frame computed in floating point from the picture itself, by Lanczos at the exact place, before
//! any encoder. Quality is measured against it, and encoders are measured on it.

use super::machine;
use super::workload::{FPS, HEIGHT, Kind, PICTURE, WIDTH, Workload, ZOOM};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// Bytes of a frame: Y, U and V, 4:2:0.
pub(crate) const FRAME_BYTES: usize = (WIDTH * HEIGHT * 3 / 2) as usize;
/// Half the width of the filter, in pixels of what is made.
const LOBES: f64 = 3.0;

/// Frames of a kind, one file a scene. Of static scenes one frame is all.
#[derive(Clone, Debug)]
pub(crate) struct References {
    pub(crate) folder: PathBuf,
}

impl References {
    /// The raw frames of a scene, without captions where it is static: there nobody encodes them.
    pub(crate) fn file(&self, kind: Kind, index: usize) -> PathBuf {
        self.folder.join(format!("reference-{}-{index}.yuv", kind.name()))
    }

    /// Computes all of them.
    ///
    /// # Errors
    /// A sentence, if a picture cannot be read or a file not written.
    pub(crate) fn prepare(&self, work: &Workload) -> Result<(), String> {
        for index in 0..work.scenes {
            let moving = Planes::read(&work.picture(Kind::Zoom, index))?;
            zoom(&moving, work.frames, &work.captions(index), &self.file(Kind::Zoom, index))?;
            let still = Planes::read(&work.picture(Kind::Static, index))?;
            let path = self.file(Kind::Static, index);
            std::fs::write(&path, still.frame(ZOOM)).map_err(|error| format!("{}: {error}", path.display()))?;
        }
        Ok(())
    }
}

/// The compositor's way into the middle: how many pixels of the picture one pixel of the frame covers.
fn step(frame: u64, frames: u64) -> f64 {
    let t = frame as f64 / (frames - 1).max(1) as f64;
    let eased = 0.4 * t + 0.6 * t * t * (3.0 - 2.0 * t);
    ZOOM / (eased * ZOOM.ln()).exp()
}

/// Writes a zoom's frames, with captions, so that encoders have as much to do as they have in a film.
fn zoom(planes: &Planes, frames: u64, captions: &Path, path: &Path) -> Result<(), String> {
    let mut burning = machine::command("ffmpeg")
        .args("-hide_banner -v error -y -f rawvideo -pix_fmt yuv420p -s".split(' '))
        .arg(format!("{WIDTH}x{HEIGHT}"))
        .args(["-r", &FPS.to_string(), "-i", "pipe:0", "-vf", &format!("ass={}", captions.display())])
        .args("-pix_fmt yuv420p -f rawvideo".split(' '))
        .arg(path)
        .stdin(Stdio::piped())
        .spawn()
        .map_err(|error| format!("ffmpeg could not be started: {error}"))?;
    let mut stdin = burning.stdin.take().ok_or("no pipe to ffmpeg")?;
    let cores = machine::cores() as u64;
    for first in (0..frames).step_by(cores as usize) {
        let drawn: Vec<Vec<u8>> = std::thread::scope(|scope| {
            let numbers = first..(first + cores).min(frames);
            let drawing: Vec<_> = numbers.map(|frame| scope.spawn(move || planes.frame(step(frame, frames)))).collect();
            drawing.into_iter().map(|drawn| drawn.join().expect("arithmetic does not panic")).collect()
        });
        for frame in drawn {
            stdin.write_all(&frame).map_err(|error| format!("ffmpeg takes no frames: {error}"))?;
        }
    }
    drop(stdin);
    let status = burning.wait().map_err(|error| error.to_string())?;
    if status.success() { Ok(()) } else { Err(format!("ffmpeg could not burn captions ({status})")) }
}

/// A picture in Y, U and V (BT.709, limited), all at its full size.
struct Planes([Vec<f32>; 3]);

impl Planes {
    fn read(path: &Path) -> Result<Self, String> {
        let picture = image::open(path).map_err(|error| format!("{}: {error}", path.display()))?.into_rgb8();
        let plane = |weights: [f64; 3], rest: f64| -> Vec<f32> {
            let value = |pixel: &image::Rgb<u8>| {
                let sum: f64 = pixel.0.iter().zip(weights).map(|(channel, weight)| f64::from(*channel) * weight).sum();
                (rest + sum) as f32
            };
            picture.pixels().map(value).collect()
        };
        let (red, blue) = (0.2126, 0.0722);
        let green = 1.0 - red - blue;
        let (luma, chroma) = (219.0 / 255.0, 112.0 / 255.0);
        let [y, u, v] = [
            [red, green, blue].map(|weight| weight * luma),
            [-red / (1.0 - blue), -green / (1.0 - blue), 1.0].map(|weight| weight * chroma),
            [1.0, -green / (1.0 - red), -blue / (1.0 - red)].map(|weight| weight * chroma),
        ];
        Ok(Self([plane(y, 16.0), plane(u, 128.0), plane(v, 128.0)]))
    }

    /// The frame that looks at the picture's middle, `step` pixels of it to each of its own.
    fn frame(&self, step: f64) -> Vec<u8> {
        let (width, height) = (WIDTH as usize, HEIGHT as usize);
        let start = |picture: u32, frame: u32| (f64::from(picture) - 1.0) / 2.0 - (f64::from(frame) - 1.0) / 2.0 * step;
        let (left, top) = (start(PICTURE.0, WIDTH), start(PICTURE.1, HEIGHT));
        let luma = [taps(left, step, width, PICTURE.0), taps(top, step, height, PICTURE.1)];
        // Chroma stands at the left of its pair of pixels and between its two rows.
        let chroma =
            [taps(left, 2.0 * step, width / 2, PICTURE.0), taps(top + 0.5 * step, 2.0 * step, height / 2, PICTURE.1)];
        let mut frame = Vec::with_capacity(FRAME_BYTES);
        for (plane, [columns, rows]) in self.0.iter().zip([&luma, &chroma, &chroma]) {
            resample(plane, columns, rows, &mut frame);
        }
        frame
    }
}

/// The first pixel that counts, and how much it and those after it do.
type Tap = (usize, Vec<f32>);

fn taps(start: f64, step: f64, count: usize, source: u32) -> Vec<Tap> {
    let wide = step.max(1.0);
    let last = i64::from(source) - 1;
    let sinc =
        |x: f64| if x.abs() < 1e-9 { 1.0 } else { (std::f64::consts::PI * x).sin() / (std::f64::consts::PI * x) };
    let tap = |index: usize| {
        let place = start + index as f64 * step;
        let (from, to) = ((place - LOBES * wide).ceil() as i64, (place + LOBES * wide).floor() as i64);
        let first = from.clamp(0, last);
        let mut weights = vec![0.0; (to.clamp(0, last) - first + 1) as usize];
        for pixel in from..=to {
            let x = (pixel as f64 - place) / wide;
            // Beyond the edge stands the edge's own pixel.
            weights[(pixel.clamp(0, last) - first) as usize] += sinc(x) * sinc(x / LOBES);
        }
        let sum: f64 = weights.iter().sum();
        (first as usize, weights.into_iter().map(|weight| (weight / sum) as f32).collect())
    };
    (0..count).map(tap).collect()
}

fn resample(plane: &[f32], columns: &[Tap], rows: &[Tap], out: &mut Vec<u8>) {
    let source_width = PICTURE.0 as usize;
    let narrow: Vec<f32> = plane
        .chunks_exact(source_width)
        .flat_map(|row| {
            columns.iter().map(|(first, weights)| {
                row[*first..].iter().zip(weights).map(|(value, weight)| value * weight).sum::<f32>()
            })
        })
        .collect();
    let width = columns.len();
    let mut sums = vec![0.0_f32; width];
    for (first, weights) in rows {
        sums.fill(0.0);
        for (row, weight) in narrow[first * width..].chunks_exact(width).zip(weights) {
            sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value * weight);
        }
        out.extend(sums.iter().map(|sum| sum.round().clamp(0.0, 255.0) as u8));
    }
}
