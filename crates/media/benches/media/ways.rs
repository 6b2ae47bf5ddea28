//! The ways to make the same film: how each is started, and what it leaves.

use super::machine::{self, Cost};
use super::onetake::{self, Making};
use super::reference::References;
use super::workload::{FPS, HEIGHT, Kind, WIDTH, Workload};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Quality of everyone who is not us: what `veryfast` is by itself.
pub(crate) const CRF: &str = "23";
/// Colours as BT.709 in limited range, out of a picture's RGB.
const COLOURS: &str = "scale=out_color_matrix=bt709:out_range=tv";

/// A way to make the scenes of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Way {
    Onetake(Making),
    /// An encoder of plain `veryfast` by itself, with frames that lie in memory.
    Plain,
    /// The same with our settings.
    Ours,
    /// `zoompan` on a picture four times as large, for a static scene a picture that is read for each frame; libass.
    Naive(Kind),
    /// The picture read once, `scale` for each frame; libass.
    Better(Kind),
    MoviePy(Kind),
}

/// What the ways need beside the workload.
#[derive(Clone, Debug)]
pub(crate) struct Kit {
    pub(crate) work: Workload,
    pub(crate) references: References,
    /// Arguments of our encoder, as it was seen to run.
    pub(crate) encoder: Vec<String>,
    /// Python with MoviePy.
    pub(crate) python: PathBuf,
    /// Whether the slowest make only the beginning of each scene: every second of theirs takes as long.
    pub(crate) is_check: bool,
    pub(crate) font: PathBuf,
}

impl Way {
    pub(crate) fn name(self) -> String {
        match self {
            Self::Onetake(making) => format!("Onetake, {}", making.name()),
            Self::Plain => "encoder alone, plain veryfast, zoom".to_owned(),
            Self::Ours => "encoder alone, our settings, zoom".to_owned(),
            Self::Naive(Kind::Zoom) => "ffmpeg, zoompan on a 4x picture + ass, zoom".to_owned(),
            Self::Naive(Kind::Static) => "ffmpeg, -loop 1 + ass, static".to_owned(),
            Self::Better(kind) => format!("ffmpeg, picture decoded once, scale + ass, {}", kind.name()),
            Self::MoviePy(kind) => format!("MoviePy, {}", kind.name()),
        }
    }

    /// The kind of its scenes, where it makes those of one.
    pub(crate) fn kind(self) -> Option<Kind> {
        match self {
            Self::Onetake(Making::Scenes(kind)) | Self::Naive(kind) | Self::Better(kind) | Self::MoviePy(kind) => {
                Some(kind)
            }
            Self::Plain | Self::Ours => Some(Kind::Zoom),
            Self::Onetake(_) => None,
        }
    }

    /// Frames of each scene that it makes.
    fn shown(self, kit: &Kit) -> u64 {
        match self {
            Self::Naive(_) if kit.is_check => kit.work.frames.min(30),
            Self::MoviePy(_) if kit.is_check => kit.work.frames.min(20),
            _ => kit.work.frames,
        }
    }

    /// Seconds of film that it makes.
    pub(crate) fn seconds(self, kit: &Kit) -> f64 {
        match self {
            Self::Onetake(Making::Draft) => 2.0 * kit.work.seconds(),
            Self::Onetake(Making::Join) => onetake::PARTS as f64 * kit.work.frames as f64 / f64::from(FPS),
            _ => kit.work.seconds() * self.shown(kit) as f64 / kit.work.frames as f64,
        }
    }

    /// The file that it makes of a scene.
    pub(crate) fn file(self, kit: &Kit, index: usize) -> PathBuf {
        let name = match self {
            Self::Onetake(Making::Scenes(kind)) => return onetake::part(&kit.work, kind, index),
            Self::Onetake(_) => "onetake".to_owned(),
            Self::Plain => "plain".to_owned(),
            Self::Ours => "ours".to_owned(),
            Self::Naive(kind) => format!("naive-{}", kind.name()),
            Self::Better(kind) => format!("better-{}", kind.name()),
            Self::MoviePy(kind) => format!("moviepy-{}", kind.name()),
        };
        kit.work.folder.join(format!("{name}-{index}.mp4"))
    }

    /// Makes its scenes.
    ///
    /// # Errors
    /// A sentence.
    pub(crate) fn run(self, kit: &Kit) -> Result<Cost, String> {
        if let Self::Onetake(making) = self {
            return machine::run(&mut onetake::command(&kit.work, making));
        }
        let mut whole = Cost::default();
        for index in 0..kit.work.scenes {
            let made = machine::run(&mut self.command(kit, index))?;
            whole.cpu_s += made.cpu_s;
            whole.wall_s += made.wall_s;
            whole.peak_mb = whole.peak_mb.max(made.peak_mb);
        }
        Ok(whole)
    }

    fn command(self, kit: &Kit, index: usize) -> Command {
        let out = self.file(kit, index);
        let (picture, captions) = (self.kind().map(|kind| kit.work.picture(kind, index)), kit.work.captions(index));
        let picture = picture.unwrap_or_default();
        let (frames, shown) = (kit.work.frames, self.shown(kit));
        match self {
            Self::Onetake(making) => onetake::command(&kit.work, making),
            Self::Plain => plain(kit, index, CRF, &out),
            Self::Ours => ours(kit, index, &out),
            Self::Naive(Kind::Zoom) => {
                // The part of the picture that the compositor sees at its widest, at four times its size.
                let filter = format!(
                    "crop=1166:2074:1:0,scale=4666:8294:flags=bicubic,zoompan=z='{}':x='iw/2-iw/zoom/2':y='ih/2-ih/zoom/2'\
                     :d={frames}:s={WIDTH}x{HEIGHT}:fps={FPS},{COLOURS},ass={}",
                    zoom("on", frames),
                    captions.display()
                );
                burned(&[], &picture, &filter, shown, &out)
            }
            Self::Naive(Kind::Static) => {
                let filter = format!(
                    "scale={WIDTH}:{HEIGHT}:flags=bicubic:out_color_matrix=bt709:out_range=tv,format=yuv420p,ass={}",
                    captions.display()
                );
                burned(&["-loop", "1", "-framerate", "30"], &picture, &filter, shown, &out)
            }
            Self::Better(kind) => burned(&[], &picture, &better(kind, frames, &captions), shown, &out),
            Self::MoviePy(kind) => moviepy(kit, kind, (index, shown), &out),
        }
    }
}

/// The compositor's way into the middle, as ffmpeg computes it.
fn zoom(frame: &str, frames: u64) -> String {
    let t = format!("({frame}/{})", frames - 1);
    format!("exp(0.0769610411*(0.4*{t}+0.6*{t}*{t}*(3-2*{t})))")
}

fn better(kind: Kind, frames: u64, captions: &Path) -> String {
    let repeat = format!("loop=loop={}:size=1:start=0,setpts=N/{FPS}/TB", frames - 1);
    let captions = captions.display();
    match kind {
        Kind::Zoom => format!(
            "{COLOURS},format=yuv420p,{repeat},scale=w='1168/1.08*{0}':h='2074/1.08*{0}':eval=frame:flags=bicubic,\
             crop={WIDTH}:{HEIGHT}:x='(1168/1.08*{0}-{WIDTH})/2':y='(2074/1.08*{0}-{HEIGHT})/2':exact=1,ass={captions}",
            zoom("n", frames)
        ),
        Kind::Static => format!(
            "scale={WIDTH}:{HEIGHT}:flags=bicubic:out_color_matrix=bt709:out_range=tv,format=yuv420p,{repeat},ass={captions}"
        ),
    }
}

fn ffmpeg() -> Command {
    let mut command = machine::command("ffmpeg");
    command.args("-nostdin -hide_banner -v error -y".split(' '));
    command
}

fn burned(before: &[&str], picture: &Path, filter: &str, frames: u64, out: &Path) -> Command {
    let mut command = ffmpeg();
    command.args(before).arg("-i").arg(picture).args(["-vf", filter, "-frames:v", &frames.to_string(), "-r", "30"]);
    command.args("-pix_fmt yuv420p -c:v libx264 -preset veryfast -crf".split(' ')).arg(CRF).arg(out);
    command
}

/// An encoder by itself, as plain as it comes.
pub(crate) fn plain(kit: &Kit, index: usize, crf: &str, out: &Path) -> Command {
    let mut command = ffmpeg();
    command.args("-f rawvideo -pix_fmt yuv420p -s".split(' ')).arg(format!("{WIDTH}x{HEIGHT}"));
    command.args(["-r", "30", "-i"]).arg(kit.references.file(Kind::Zoom, index));
    command.args("-c:v libx264 -pix_fmt yuv420p -preset veryfast -threads 1 -crf".split(' ')).arg(crf).arg(out);
    command
}

/// An encoder by itself with the very arguments that the studio's had, but for where its frames come from and where they go.
fn ours(kit: &Kit, index: usize, out: &Path) -> Command {
    let mut command = machine::command("ffmpeg");
    let frames = kit.references.file(Kind::Zoom, index);
    let count = kit.encoder.len();
    for (place, argument) in kit.encoder.iter().enumerate() {
        if argument == "pipe:0" || argument == "-" {
            command.arg(&frames);
        } else if place + 1 == count {
            command.args(["-f", "mp4"]).arg(out);
        } else {
            command.arg(argument);
        }
    }
    command
}

fn moviepy(kit: &Kit, kind: Kind, (index, shown): (usize, u64), out: &Path) -> Command {
    let mut command = machine::command(&kit.python);
    let words: Vec<serde_json::Value> = kit
        .work
        .words(index)
        .into_iter()
        .map(|word| serde_json::json!([word.text, word.start as f64 / 48_000.0, word.end as f64 / 48_000.0]))
        .collect();
    let film = serde_json::json!({
        "picture": kit.work.picture(kind, index), "moves": kind == Kind::Zoom, "words": words, "font": kit.font,
        "frames": kit.work.frames, "shown": shown, "crf": CRF, "out": out,
    });
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/benches/media/film.py")).arg(film.to_string());
    // The same encoder as everybody: it brings another one along.
    command.env("IMAGEIO_FFMPEG_EXE", "ffmpeg");
    command
}
