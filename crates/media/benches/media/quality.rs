//! How near films come to the reference, where no captions stand: letters are everyone's own.

use super::machine;
use super::reference::FRAME_BYTES;
use super::ways::{Kit, Way, plain};
use super::workload::{FPS, HEIGHT, Kind, WIDTH};
use std::path::Path;

/// The upper part of the frame, above all captions.
const CLEAR: &str = "crop=1080:1344:0:0";

/// How a way's films look, and how large they are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quality {
    pub(crate) ssim: f64,
    /// Where ffmpeg has it.
    pub(crate) vmaf: Option<f64>,
    /// Bytes of all that was made.
    pub(crate) bytes: f64,
}

/// Looks at what a way has made of the scenes of its kind.
///
/// # Errors
/// A sentence, if ffmpeg cannot compare.
pub(crate) fn of(way: Way, kind: Kind, kit: &Kit, has_vmaf: bool) -> Result<Quality, String> {
    let films = (0..kit.work.scenes).map(|index| (index, way.file(kit, index)));
    let mut whole = Quality { ssim: 0.0, vmaf: None, bytes: 0.0 };
    let share = 1.0 / kit.work.scenes as f64;
    for (index, film) in films {
        whole.bytes += std::fs::metadata(&film).map_err(|error| format!("{}: {error}", film.display()))?.len() as f64;
        let reference = kit.references.file(kind, index);
        whole.ssim += share * compared(&film, &reference, "ssim", "All:")?;
        if has_vmaf {
            *whole.vmaf.get_or_insert(0.0) += share * compared(&film, &reference, "libvmaf", "VMAF score: ")?;
        }
    }
    Ok(whole)
}

/// What plain `veryfast` loses nothing against: its SSIM at 1/1.05 of the size of `ours`, between two of its qualities.
///
/// # Errors
/// A sentence.
pub(crate) fn plain_at(bytes: f64, kit: &Kit) -> Result<f64, String> {
    let mut curve = Vec::new();
    for crf in ["21", "22", "23", "24", "25"] {
        let (mut size, mut ssim) = (0.0, 0.0);
        for index in 0..kit.work.scenes {
            let out = kit.work.folder.join("curve.mp4");
            machine::run(&mut plain(kit, index, crf, &out))?;
            size += std::fs::metadata(&out).map_err(|error| error.to_string())?.len() as f64;
            ssim += compared(&out, &kit.references.file(Kind::Zoom, index), "ssim", "All:")? / kit.work.scenes as f64;
        }
        curve.push((size.ln(), ssim));
    }
    let wanted = (bytes / 1.05).ln();
    // Beyond its ends the curve is drawn on.
    let place = curve.windows(2).position(|pair| pair[1].0 <= wanted).unwrap_or(curve.len() - 2);
    let [(size, ssim), (next_size, next_ssim)] = [curve[place], curve[place + 1]];
    Ok(ssim + (next_ssim - ssim) * (wanted - size) / (next_size - size))
}

fn compared(film: &Path, reference: &Path, filter: &str, score: &str) -> Result<f64, String> {
    let size = std::fs::metadata(reference).map_err(|error| format!("{}: {error}", reference.display()))?.len();
    // One frame stands for a scene in which nothing moves.
    let again = if size as usize == FRAME_BYTES { "-1" } else { "0" };
    let clock = format!("settb=1/{FPS},setpts=N,{CLEAR}");
    let graph = format!("[0:v]{clock}[made];[1:v]{clock}[meant];[made][meant]{filter}=shortest=1");
    let (film, meant, size) = (film.to_string_lossy(), reference.to_string_lossy(), format!("{WIDTH}x{HEIGHT}"));
    let said = machine::answer(
        "ffmpeg",
        &[
            "-nostdin",
            "-hide_banner",
            "-i",
            &film,
            "-f",
            "rawvideo",
            "-pix_fmt",
            "yuv420p",
            "-s",
            &size,
            "-r",
            "30",
            "-stream_loop",
            again,
            "-i",
            &meant,
            "-lavfi",
            &graph,
            "-f",
            "null",
            "-",
        ],
    );
    let value = said.rsplit(score).next().filter(|_| said.contains(score));
    let value = value.and_then(|rest| rest.split([' ', '\n']).next()?.trim().parse().ok());
    value.ok_or_else(|| format!("ffmpeg does not compare {film}: {}", said.lines().last().unwrap_or_default()))
}
