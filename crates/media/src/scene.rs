//! Renders one scene part: frames are composed in a thread of their own while the encoder takes the ones before. A frame that is
//! shown again costs next to nothing: it is composed once, and where most are, it is encoded once too.

use crate::compositor::{Compositor, State, frame_size};
use crate::cores::on_a_thread;
use crate::disk;
use crate::ffmpeg::{Arguments, Ffmpeg};
use crate::fonts::Fonts;
use crate::frame::Frame;
use crate::h264;
use crate::playback::Playback;
use crate::program::{Drawer, Reel};
use crate::transport::Writer;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, mpsc as pool};
use story::failure::{Failure, StoreError};
use story::scene::{Backdrop, Scene};
use story::studio::Rendered;
use tokio::sync::mpsc;

/// Counted up whenever the compositor draws something differently: it is part of each scene's key.
pub(crate) const VERSION: u32 = 2;

/// The encoder and its settings: all of them, as they are part of each scene's key. Measured (`just bench-media`).
pub(crate) const SETTINGS: [&str; 5] = [ENCODER, MOVING, HELD, DRAFT, COLOURS];
/// A program of its own: inside this process it would save the pipe, 3 to 6 % of what encoding costs, and bring its licence (GPL) along.
pub(crate) const ENCODER: &str = "-c:v libx264 -pix_fmt yuv420p -threads 1 -fflags +bitexact -flags:v +bitexact";
/// As good as plain `veryfast` for half its cost.
pub(crate) const MOVING: &str = "-preset veryfast -crf 22.5 \
    -x264-params scenecut=0:weightp=0:b-adapt=0:me=dia:subme=1:bframes=7:rc-lookahead=8:open-gop=0";
/// Frames that each stay for a while. They are numbered anew, so each builds on the one before; and players tell them from
/// moving ones by the number of their parameters.
const HELD: &str = "-preset veryfast -crf 23 -x264-params scenecut=0:weightp=0:me=dia:subme=1:bframes=0:ref=1:keyint=infinite:sps-id=1";
/// The same, for a draft.
const DRAFT: &str =
    "-preset superfast -crf 28 -x264-params scenecut=0:weightp=0:bframes=0:ref=1:keyint=infinite:sps-id=1";
/// What the film says of its colours.
pub(crate) const COLOURS: &str = "-color_range tv -colorspace bt709 -color_primaries bt709 -color_trc bt709";

/// The part's file.
const PART: &str = "scene.ts";
/// The encoder's, of a part whose frames are put in again.
const CODED: &str = "scene.h264";

/// Frames that may wait for the encoder.
const AHEAD: usize = 3;
/// Frames of a clip that may wait to be drawn over.
const DECODED: usize = 2;

/// How a part is encoded.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Every frame, as a stream with a key frame every two seconds.
    Moving,
    /// Each frame once; it is put in again as often as it is shown.
    Held,
}

/// What frames are drawn into.
enum Canvas {
    /// Memory of frames that are encoded.
    Blank(pool::Receiver<Frame>),
    /// The frames of a clip.
    Playing(mpsc::Receiver<Frame>),
}

/// Renders.
///
/// # Errors
/// [`Failure::GiveUp`] if a picture or a clip is missing or cannot be read, or a program goes wrong.
pub(crate) async fn render(
    ffmpeg: &Ffmpeg,
    fonts: Arc<Fonts>,
    drawer: &Drawer,
    scratch: &Path,
    scene: &Scene,
    pictures: BTreeMap<String, Bytes>,
) -> Result<Rendered, Failure> {
    let folder = disk::scratch(scratch)?;
    let (part, coded) = (folder.path().join(PART), folder.path().join(CODED));
    let shape = (frame_size(scene).map_err(Failure::GiveUp)?, scene.fps);
    let left = match scene.outgoing.as_ref().map(|outgoing| &outgoing.backdrop) {
        Some(Backdrop::Clip(hash)) => Some(Playback::open(scratch, &pictures, hash, shape).await?.last(ffmpeg).await?),
        _ => None,
    };
    let (tools, frames) = ((ffmpeg, scratch), scene.frames());
    let clip = match &scene.backdrop {
        Backdrop::Clip(hash) => Some(Reel::Clip(Playback::open(scratch, &pictures, hash, shape).await?)),
        Backdrop::Program(program) => Some(Reel::of_program(drawer, tools, program, shape, frames).await?),
        _ => None,
    };
    let own = scene.clone();
    // A picture that cannot be read starts no encoder.
    let composing = on_a_thread("composing", move || Compositor::new(&own, &pictures, left, &fonts));
    let compositor = composing.await?.map_err(Failure::GiveUp)?;
    let (boxes, runs) = (compositor.boxes(), compositor.runs());
    let shown: Vec<u64> = runs.iter().map(|(_, frames)| *frames).collect();
    let way = if runs.len() as u64 * 2 <= scene.frames() { Way::Held } else { Way::Moving };
    let arguments = match way {
        Way::Moving => moving(scene, folder.path()),
        Way::Held => held(scene, folder.path()),
    };
    encode(ffmpeg, arguments, (compositor, runs), way, clip.map(|clip| (clip, scene.frames()))).await?;
    if way == Way::Held {
        let (part, fps) = (part.clone(), scene.fps);
        let filled = on_a_thread("filling a scene part", move || fill(&coded, &part, &shown, fps)).await?;
        filled.map_err(|error| StoreError::of_io("putting repeated frames into a scene part", &error))?;
    }
    Ok(Rendered { film: disk::read(part, folder).await?, boxes })
}

/// Plays, composes and encodes, side by side.
async fn encode(
    ffmpeg: &Ffmpeg,
    arguments: Arguments,
    (compositor, runs): (Compositor, Vec<(State, u64)>),
    way: Way,
    clip: Option<(Reel, u64)>,
) -> Result<(), Failure> {
    let (send, mut frames) = mpsc::channel::<Arc<Frame>>(AHEAD);
    let (give_back, used) = pool::channel();
    let (canvas, playing) = match clip {
        Some((clip, frames)) => {
            let (show, shown) = mpsc::channel(DECODED);
            (Canvas::Playing(shown), Some(clip.play(ffmpeg, frames, show, used)))
        }
        None => (Canvas::Blank(used), None),
    };
    let mut encoder = ffmpeg.start(arguments)?;
    let composing = on_a_thread("composing", move || compose(compositor, runs, way, &send, canvas));
    let feeding = async {
        let mut is_heard = true;
        while let Some(frame) = frames.recv().await {
            is_heard = encoder.feed(&frame.data).await;
            if !is_heard {
                break;
            }
            // Memory of frames goes round; nobody minds if the composer has ended already.
            if let Ok(frame) = Arc::try_unwrap(frame) {
                let _composer_may_have_ended = give_back.send(frame);
            }
        }
        drop(frames);
        is_heard
    };
    let playing = async {
        match playing {
            Some(playing) => playing.await,
            None => Ok(()),
        }
    };
    let (composed, is_heard, played) = tokio::join!(composing, feeding, playing);
    // Where the clip breaks off, the encoder was right to end.
    played?;
    encoder.finish().await?;
    composed?;
    if !is_heard {
        return Err(StoreError::Unavailable("ffmpeg ended before the scene did".to_owned()).into());
    }
    Ok(())
}

fn compose(
    mut compositor: Compositor,
    runs: Vec<(State, u64)>,
    way: Way,
    send: &mpsc::Sender<Arc<Frame>>,
    mut canvas: Canvas,
) {
    for (state, frames) in runs {
        let Some(mut frame) = canvas.next(&compositor, frames) else { return };
        compositor.draw(state, &mut frame);
        let frame = Arc::new(frame);
        for _ in 0..if way == Way::Held { 1 } else { frames } {
            if send.blocking_send(Arc::clone(&frame)).is_err() {
                return;
            }
        }
    }
}

impl Canvas {
    /// The frame to draw into, where it is shown so many times; `None` where a clip broke off.
    fn next(&mut self, compositor: &Compositor, frames: u64) -> Option<Frame> {
        match self {
            Self::Blank(used) => Some(used.try_recv().unwrap_or_else(|_| compositor.frame())),
            Self::Playing(shown) => {
                let first = shown.blocking_recv()?;
                // A draft passes by those between.
                (1..frames).try_for_each(|_| shown.blocking_recv().map(drop))?;
                Some(first)
            }
        }
    }
}

/// Makes a part out of a stream that holds each frame once.
fn fill(coded: &Path, part: &Path, shown: &[u64], fps: u32) -> io::Result<()> {
    let stream = std::fs::read(coded)?;
    let (mut part, mut index) = (Writer::create(part)?, 0);
    h264::fill(&stream, shown, |frame| {
        index += 1;
        part.frame(index - 1, fps, frame)
    })?;
    part.end()
}

fn frames_by_pipe(scene: &Scene, folder: &Path) -> Arguments {
    let frames = format!("-f rawvideo -pix_fmt yuv420p -s {}x{} -r {}", scene.width, scene.height, scene.fps);
    Arguments::new(folder).input(&frames, "pipe:0").words(ENCODER).words(COLOURS)
}

fn moving(scene: &Scene, folder: &Path) -> Arguments {
    let keyint = scene.fps * 2;
    let settings = format!("{MOVING}:keyint={keyint}:min-keyint={keyint}");
    frames_by_pipe(scene, folder).words(&settings).words("-muxdelay 0 -muxpreload 0 -f mpegts").output(PART)
}

fn held(scene: &Scene, folder: &Path) -> Arguments {
    frames_by_pipe(scene, folder).words(if scene.draft { DRAFT } else { HELD }).words("-f h264").output(CODED)
}
