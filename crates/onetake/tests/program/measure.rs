//! What films, tracks and files are, as ffmpeg, ffprobe and their own bytes say it.

use crate::room::command;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::Stdio;

/// Samples a second of every track.
pub(crate) const RATE: f64 = 48_000.0;

fn output(program: &str, arguments: &[&str]) -> Vec<u8> {
    let output = command(program).args(arguments).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// What ffprobe shows of a file.
pub(crate) fn probe(path: &Path, arguments: &[&str]) -> Value {
    let arguments = [&["-v", "error", "-of", "json"], arguments, &[text(path)]].concat();
    serde_json::from_slice(&output("ffprobe", &arguments)).unwrap()
}

/// The one stream of a kind (`v` or `a`), as ffprobe shows it.
pub(crate) fn stream(path: &Path, kind: &str) -> Value {
    let mut shown = probe(path, &["-select_streams", kind, "-show_streams"]);
    assert_eq!(shown["streams"].as_array().map(Vec::len), Some(1), "{kind} of {}", path.display());
    shown["streams"][0].take()
}

/// Every packet of the sound: times, size, SHA-256.
pub(crate) fn sound_packets(path: &Path) -> Vec<String> {
    let arguments =
        ["-v", "error", "-i", text(path), "-map", "0:a", "-c", "copy", "-f", "framehash", "-hash", "sha256", "-"];
    let listed = String::from_utf8(output("ffmpeg", &arguments)).unwrap();
    listed.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
}

/// The decoded sound, mixed to one channel.
pub(crate) fn sound(path: &Path) -> Vec<f32> {
    let arguments = ["-v", "error", "-i", text(path), "-map", "0:a", "-ac", "1", "-ar", "48000", "-f", "f32le", "-"];
    let bytes = output("ffmpeg", &arguments);
    bytes.chunks_exact(4).map(|four| f32::from_le_bytes(four.try_into().unwrap())).collect()
}

/// Loudness of samples as decibels of their root mean square; silence is −∞.
pub(crate) fn rms_db(samples: &[f32]) -> f64 {
    let power: f64 = samples.iter().map(|&sample| f64::from(sample).powi(2)).sum();
    10.0 * (power / samples.len() as f64).log10()
}

/// The samples of a range in seconds.
pub(crate) fn span(sound: &[f32], from_s: f64, to_s: f64) -> &[f32] {
    &sound[sample(from_s)..sample(to_s).min(sound.len())]
}

/// The sample at an instant.
pub(crate) fn sample(seconds: f64) -> usize {
    (seconds * RATE).round() as usize
}

/// A decoded frame: planes Y, U, V of 4:2:0, as they lie in the film, with no conversion between.
pub(crate) struct Frame {
    pub(crate) width: usize,
    pub(crate) height: usize,
    planes: Vec<u8>,
}

impl Frame {
    pub(crate) fn luma(&self) -> &[u8] {
        &self.planes[..self.width * self.height]
    }

    /// Y, U, V of a pixel.
    pub(crate) fn pixel(&self, x: usize, y: usize) -> [u8; 3] {
        let whole = self.width * self.height;
        let at = whole + y / 2 * (self.width / 2) + x / 2;
        [self.planes[y * self.width + x], self.planes[at], self.planes[at + whole / 4]]
    }

    pub(crate) fn brightness(&self) -> f64 {
        self.luma().iter().map(|&luma| f64::from(luma)).sum::<f64>() / self.luma().len() as f64
    }

    /// Mean difference of brightness, pixel by pixel.
    pub(crate) fn difference(&self, other: &Self) -> f64 {
        let sum: u64 = self.luma().iter().zip(other.luma()).map(|(&a, &b)| u64::from(a.abs_diff(b))).sum();
        sum as f64 / self.luma().len() as f64
    }
}

/// Decodes every frame as it is stored, none doubled and none left out, and shows it with its index.
pub(crate) fn each_frame(path: &Path, mut show: impl FnMut(usize, Frame)) {
    let about = stream(path, "v");
    let side = |name: &str| usize::try_from(about[name].as_u64().unwrap()).unwrap();
    let (width, height) = (side("width"), side("height"));
    let arguments = [
        "-v",
        "error",
        "-i",
        text(path),
        "-map",
        "0:v",
        "-fps_mode",
        "passthrough",
        "-pix_fmt",
        "yuv420p",
        "-f",
        "rawvideo",
        "-",
    ];
    let mut child = command("ffmpeg").args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let mut pipe = child.stdout.take().unwrap();
    for index in 0.. {
        let mut planes = Vec::with_capacity(width * height * 3 / 2);
        pipe.by_ref().take((width * height * 3 / 2) as u64).read_to_end(&mut planes).unwrap();
        if planes.is_empty() {
            break;
        }
        assert_eq!(planes.len(), width * height * 3 / 2, "frame {index} is not whole");
        show(index, Frame { width, height, planes });
    }
    assert!(child.wait().unwrap().success());
}

/// SHA-256 of a file, in hexadecimal.
pub(crate) fn sha256(path: &Path) -> String {
    Sha256::digest(fs::read(path).unwrap()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The boxes at the top of an MP4 file, by name, in order.
pub(crate) fn boxes(path: &Path) -> Vec<String> {
    let bytes = fs::read(path).unwrap();
    let (mut names, mut at) = (Vec::new(), 0);
    while let Some(head) = bytes.get(at..at + 8) {
        let size = u32::from_be_bytes(head[..4].try_into().unwrap()) as usize;
        assert!(size >= 8, "a box of {size} bytes at {at}");
        names.push(String::from_utf8_lossy(&head[4..]).into_owned());
        at += size;
    }
    names
}
