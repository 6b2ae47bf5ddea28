//! A program's frames behind a scene: as they are drawn, or out of the film that came of it elsewhere, of which nothing is believed.

use crate::animation::colors;
use crate::clip;
use crate::cores::on_a_thread;
use crate::disk;
use crate::ffmpeg::Ffmpeg;
use crate::frame::{Frame, Size};
use crate::playback::Playback;
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use std::path::Path;
use std::sync::{Arc, mpsc as pool};
use story::animator::{Animator, Performance, Program, Show, Shown};
use story::failure::{Failure, StoreError};
use tokio::sync::mpsc;

/// The side of an encoder's largest block.
const BLOCK: u32 = 32;

/// Who draws programs; else why nobody does.
pub(crate) type Drawer = Result<Arc<dyn Animator>, String>;

/// What plays behind a scene.
pub(crate) enum Reel {
    /// A clip.
    Clip(Playback),
    /// Frames that are being drawn.
    Frames(BoxStream<'static, Result<Shown, Failure>>, Size),
}

impl Reel {
    /// Has a program draw so many frames.
    ///
    /// # Errors
    /// [`Failure::GiveUp`] with what is wrong with it, or with the film that came.
    pub(crate) async fn of_program(
        drawer: &Drawer,
        (ffmpeg, scratch): (&Ffmpeg, &Path),
        program: &Program,
        (size, fps): (Size, u32),
        frames: u64,
    ) -> Result<Self, Failure> {
        let animator = drawer.as_ref().map_err(|why| Failure::GiveUp(why.clone()))?;
        let (width, height) = (size.width as u32, size.height as u32);
        let colors = Some(colors(program.palette, size));
        let show = Show { program: program.clone(), width, height, fps, frames, colors };
        match animator.play(&show).await? {
            Performance::Frames(drawn) => Ok(Self::Frames(drawn, size)),
            Performance::Film(film) => {
                let film = checked(ffmpeg, scratch, film, &show).await?;
                let folder = disk::scratch(scratch)?;
                clip::store(folder.path(), film).await?;
                Ok(Self::Clip(Playback::of(folder, (size, fps))))
            }
        }
    }

    /// Sends so many of its frames. Memory comes from `used` where there is some. Ends early where nobody takes them any more.
    pub(crate) async fn play(
        self,
        ffmpeg: &Ffmpeg,
        frames: u64,
        send: mpsc::Sender<Frame>,
        used: pool::Receiver<Frame>,
    ) -> Result<(), Failure> {
        match self {
            Self::Clip(clip) => clip.play(ffmpeg, frames, send, used).await,
            Self::Frames(drawn, size) => project(drawn, size, frames, &send, used).await,
        }
    }
}

/// A film that came from elsewhere, if it is what was asked for: all of it is decoded, within limits.
async fn checked(ffmpeg: &Ffmpeg, scratch: &Path, film: Bytes, show: &Show) -> Result<Bytes, Failure> {
    let asked = (show.width, show.height, show.frames);
    // Frames are decoded by whole blocks.
    let [width, height] = [show.width, show.height].map(|side| side.next_multiple_of(BLOCK));
    let footage = clip::seen(ffmpeg, scratch, film.clone(), (width * height, show.frames)).await?;
    if (footage.width, footage.height, footage.frames) != asked {
        let (width, height, frames) = asked;
        return Err(Failure::GiveUp(format!(
            "not the film that was asked for: {frames} frames of {width}x{height} were, and {} of {}x{} came",
            footage.frames, footage.width, footage.height
        )));
    }
    Ok(film)
}

async fn project(
    mut drawn: BoxStream<'static, Result<Shown, Failure>>,
    size: Size,
    mut frames: u64,
    send: &mpsc::Sender<Frame>,
    used: pool::Receiver<Frame>,
) -> Result<(), Failure> {
    while let Some(shown) = drawn.next().await {
        let Shown { times, pixels } = shown?;
        let mut frame = converted(pixels, size, blank(&used, size)).await?;
        for left in (0..times.min(frames)).rev() {
            frames -= 1;
            let next = if left == 0 {
                std::mem::replace(&mut frame, Frame { size, data: Vec::new() })
            } else {
                let mut copy = blank(&used, size);
                copy.data.copy_from_slice(&frame.data);
                copy
            };
            if send.send(next).await.is_err() {
                return Ok(());
            }
        }
    }
    if frames > 0 { Err(cut_short()) } else { Ok(()) }
}

fn blank(used: &pool::Receiver<Frame>, size: Size) -> Frame {
    used.try_recv().unwrap_or_else(|_| Frame::black(size))
}

fn cut_short() -> Failure {
    StoreError::Unavailable("a program's frames ended before its scene did".to_owned()).into()
}

/// Pixels as the encoder takes them.
pub(crate) async fn converted(pixels: Bytes, size: Size, mut frame: Frame) -> Result<Frame, Failure> {
    if pixels.len() != size.width * size.height * 4 {
        return Err(StoreError::Unavailable("a frame is not of its film's size".to_owned()).into());
    }
    let converting = on_a_thread("converting a frame", move || {
        frame.fill_rgba(&pixels);
        frame
    });
    converting.await
}
