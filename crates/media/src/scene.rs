//! Renders one scene part: frames are composed in a thread of their own while the encoder takes the ones before.

use crate::compositor::{Compositor, State};
use crate::disk;
use crate::ffmpeg::{Arguments, Ffmpeg};
use crate::fonts::Fonts;
use crate::frame::{Frame, Size};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, mpsc as pool};
use story::failure::{Failure, StoreError};
use story::scene::{Scene, WordBox};
use story::studio::Rendered;
use tokio::sync::mpsc;

/// Counted up whenever the compositor draws something differently: it is part of each scene's key.
pub(crate) const VERSION: u32 = 2;

/// The encoder's settings, measured: as good as plain `veryfast` for half its cost.
pub(crate) const ENCODER: &str = "-c:v libx264 -pix_fmt yuv420p -preset veryfast -crf 22.5 -threads 1";
/// And x264's own; `keyint` is two seconds.
pub(crate) const X264: &str = "scenecut=0:weightp=0:b-adapt=0:me=dia:subme=1:bframes=7:rc-lookahead=8:open-gop=0";
/// What the film says of its colours, and how the part is wrapped.
pub(crate) const WRAPPING: &str = "-color_range tv -colorspace bt709 -color_primaries bt709 -color_trc bt709 \
    -fflags +bitexact -flags:v +bitexact -muxdelay 0 -muxpreload 0 -f mpegts";

/// Frames that may wait for the encoder.
const AHEAD: usize = 3;

/// Renders.
///
/// # Errors
/// [`Failure::GiveUp`] if a picture is missing or cannot be read.
pub(crate) async fn render(
    ffmpeg: &Ffmpeg,
    fonts: Arc<Fonts>,
    scratch: &Path,
    scene: &Scene,
    pictures: BTreeMap<String, Bytes>,
) -> Result<Rendered, Failure> {
    let folder = disk::scratch(scratch)?;
    let path = folder.path().join("scene.ts");
    let (send, mut frames) = mpsc::channel::<Arc<Frame>>(AHEAD);
    let (give_back, pool) = pool::channel();
    let own = scene.clone();
    let composing = tokio::task::spawn_blocking(move || compose(&own, &pictures, &fonts, &send, &pool));
    let mut encoder = None;
    let mut is_heard = true;
    while let Some(frame) = frames.recv().await {
        // The encoder starts with the first frame: a picture that cannot be read starts none.
        let encoder = match &mut encoder {
            Some(encoder) => encoder,
            None => encoder.insert(ffmpeg.start(arguments(scene, &path))?),
        };
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
    let composed = composing.await;
    if let Some(encoder) = encoder {
        encoder.finish().await?;
    }
    let boxes = composed
        .map_err(|_| Failure::Retry(StoreError::Unavailable("composing was interrupted".to_owned())))?
        .map_err(Failure::GiveUp)?;
    if !is_heard {
        return Err(StoreError::Unavailable("ffmpeg ended before the scene did".to_owned()).into());
    }
    Ok(Rendered { film: disk::read(path, folder).await?, boxes })
}

fn compose(
    scene: &Scene,
    pictures: &BTreeMap<String, Bytes>,
    fonts: &Fonts,
    send: &mpsc::Sender<Arc<Frame>>,
    pool: &pool::Receiver<Frame>,
) -> Result<Vec<WordBox>, String> {
    let mut compositor = Compositor::new(scene, pictures, fonts)?;
    let size = Size { width: scene.width as usize, height: scene.height as usize };
    let mut last: Option<(State, Arc<Frame>)> = None;
    for index in 0..compositor.frames() {
        let state = compositor.state(index);
        let frame = match &last {
            Some((drawn, frame)) if *drawn == state => Arc::clone(frame),
            _ => {
                let mut frame = pool.try_recv().unwrap_or_else(|_| Frame::black(size));
                compositor.draw(state, &mut frame);
                Arc::new(frame)
            }
        };
        last = Some((state, Arc::clone(&frame)));
        if send.blocking_send(frame).is_err() {
            break;
        }
    }
    Ok(compositor.boxes())
}

fn arguments(scene: &Scene, path: &Path) -> Arguments {
    let keyint = scene.fps * 2;
    Arguments::new()
        .words("-f rawvideo -pix_fmt yuv420p")
        .words(&format!("-s {}x{} -r {} -i pipe:0", scene.width, scene.height, scene.fps))
        .words(ENCODER)
        .words(&format!("-x264-params {X264}:keyint={keyint}:min-keyint={keyint}"))
        .words(WRAPPING)
        .one(path)
}
