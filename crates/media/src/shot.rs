//! Frames that somebody draws, as a film of their own: what leaves the function that programs are run in.

use crate::disk;
use crate::ffmpeg::{Arguments, Ffmpeg};
use crate::frame::{Frame, Size};
use crate::program::converted;
use crate::scene::{COLOURS, ENCODER, MOVING};
use crate::workshop::Settings;
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use story::animator::{Show, Shown};
use story::failure::{Failure, StoreError};

/// The film's file.
const FILE: &str = "shot.mp4";

/// Encodes frames: exactly as many as the show has.
///
/// # Errors
/// [`Failure::GiveUp`] where ffmpeg is missing, and what the frames end with; [`Failure::Retry`] where they are too few, or not of the
/// show's size.
pub async fn shot(
    settings: &Settings,
    show: &Show,
    mut frames: BoxStream<'static, Result<Shown, Failure>>,
) -> Result<Bytes, Failure> {
    let ffmpeg = Ffmpeg::find(&settings.ffmpeg)?;
    let folder = disk::scratch(&settings.scratch)?;
    let size = Size { width: show.width as usize, height: show.height as usize };
    let mut encoder = ffmpeg.start(encoder(folder.path(), show))?;
    let (mut frame, mut left) = (Frame::black(size), show.frames);
    while left > 0 {
        let Some(shown) = frames.next().await else { return Err(away("frames ended before their film did")) };
        let Shown { times, pixels } = shown?;
        frame = converted(pixels, size, frame).await?;
        for _ in 0..times.min(left) {
            left -= 1;
            if !encoder.feed(&frame.data).await {
                // It says why.
                encoder.finish().await?;
                return Err(away("ffmpeg ended before the film did"));
            }
        }
    }
    // How the program ends is known when nothing comes any more.
    while let Some(shown) = frames.next().await {
        shown?;
    }
    encoder.finish().await?;
    Ok(story::artifacts::collect(disk::read(folder.path().join(FILE), folder).await?).await?)
}

fn away(sentence: &str) -> Failure {
    StoreError::Unavailable(sentence.to_owned()).into()
}

fn encoder(folder: &std::path::Path, show: &Show) -> Arguments {
    let Show { width, height, fps, .. } = show;
    Arguments::new(folder)
        .input(&format!("-f rawvideo -pix_fmt yuv420p -s {width}x{height} -r {fps}"), "pipe:0")
        .words(ENCODER)
        .words(MOVING)
        .words(COLOURS)
        .words("-map_metadata -1 -movflags +faststart -f mp4")
        .output(FILE)
}
