//! Clips of others: watched to their end, each within limits of size and time, and nothing believed that was not decoded.

use crate::disk;
use crate::ffmpeg::{Arguments, Ffmpeg, Stop};
use crate::mp4;
use bytes::Bytes;
use std::path::Path;
use story::artifacts::body;
use story::failure::{Failure, StoreError};
use story::studio::Footage;

/// The clip's file, where ffmpeg reads it.
const FILE: &str = "clip.mp4";
/// Its first frame's.
const FIRST: &str = "first.jpg";
/// The longer side of what is shown of it in a list.
const THUMBNAIL_SIDE: u32 = 1_280;

/// How a clip is read, of frames of so many pixels at most. Container and codec are told, not guessed: no other part of ffmpeg ever
/// sees what others made. What is damaged ends it, and what does not say its colours has those of films.
fn decoder(pixels: u32) -> String {
    format!("-xerror -err_detect explode -threads 1 -max_pixels {pixels} -colorspace bt709 -f mov -c:v h264")
}

/// A clip as an input; `options` come before it. It must be written there ([`store`]).
pub(crate) fn input(folder: &Path, options: &str) -> Arguments {
    input_of(folder, options, mp4::MOST_PIXELS)
}

fn input_of(folder: &Path, options: &str, pixels: u32) -> Arguments {
    Arguments::new(folder)
        .words("-filter_threads 1")
        .input(&format!("{options} {}", decoder(pixels)), FILE)
        .words("-map 0:v:0")
}

/// Writes a clip where [`input`] finds it, if it may be decoded at all.
///
/// # Errors
/// [`Failure::GiveUp`] with what it is instead.
pub(crate) async fn store(folder: &Path, clip: Bytes) -> Result<(), Failure> {
    mp4::check(&clip).map_err(no_clip)?;
    disk::write(&folder.join(FILE), body(clip)).await
}

/// What bytes are that are no clip.
fn no_clip(why: String) -> Failure {
    Failure::GiveUp(format!("not a clip that can be shown: {why}"))
}

/// What it means that ffmpeg did not come to a clip's end.
pub(crate) fn refused(stop: Stop) -> Failure {
    match stop {
        Stop::Refused(sentence) => {
            tracing::debug!(sentence, "a clip could not be decoded");
            no_clip("it is damaged".to_owned())
        }
        // An ffmpeg that lacks something is no reason to throw a clip away that was paid for.
        Stop::Failed(Failure::GiveUp(sentence)) => StoreError::Unavailable(sentence).into(),
        Stop::Failed(failure) => failure,
    }
}

/// Watches a clip to its end, and says whether it can stand behind a scene.
pub(crate) async fn watch(ffmpeg: &Ffmpeg, scratch: &Path, clip: Bytes) -> Result<Footage, Failure> {
    let footage = seen(ffmpeg, scratch, clip, (mp4::MOST_PIXELS, u64::from(mp4::MOST_FRAMES))).await?;
    mp4::sides_are_possible(footage.width, footage.height).map_err(no_clip)?;
    mp4::length_is_possible(footage.frames, footage.seconds).map_err(no_clip)?;
    Ok(footage)
}

/// Decodes a clip of frames of so many pixels to its end, or to the first frame that is too many: how large and how long it is, is for
/// whoever asks to judge.
pub(crate) async fn seen(
    ffmpeg: &Ffmpeg,
    scratch: &Path,
    clip: Bytes,
    (pixels, frames): (u32, u64),
) -> Result<Footage, Failure> {
    let folder = disk::scratch(scratch)?;
    store(folder.path(), clip).await?;
    // A second more than there may be: so much is enough to tell that it is too long.
    let within = format!("-t {}", mp4::MOST_SECONDS + 1);
    let small =
        format!("scale='min({THUMBNAIL_SIDE},iw)':'min({THUMBNAIL_SIDE},ih)':force_original_aspect_ratio=decrease");
    let arguments = input_of(folder.path(), &within, pixels)
        .words(&format!("-frames:v {}", frames + 1))
        .words("-fps_mode passthrough -threads 1 -fflags +bitexact -flags:v +bitexact -c:v rawvideo -f framecrc")
        .output("pipe:1")
        // A JPEG's colours are those of BT.601 in full range.
        .words(&format!("-map 0:v:0 -frames:v 1 -vf {small}:in_color_matrix=auto:out_color_matrix=bt601:out_range=pc"))
        .words("-pix_fmt yuvj420p -q:v 3 -threads 1 -fflags +bitexact -flags:v +bitexact -c:v mjpeg -f image2pipe")
        .output(FIRST);
    let listing = ffmpeg.start(arguments)?.end().await.map_err(refused)?;
    let footage = read(&String::from_utf8_lossy(&listing)).ok_or_else(|| no_clip("it shows nothing".to_owned()))?;
    let thumbnail = tokio::fs::read(folder.path().join(FIRST)).await;
    let thumbnail = thumbnail.map_err(|error| StoreError::of_io("reading the first frame of a clip", &error))?;
    Ok(Footage { thumbnail: thumbnail.into(), ..footage })
}

/// What a list of decoded frames tells: a head, and a line for each with its time and its length in units of the head's.
fn read(listing: &str) -> Option<Footage> {
    let head = |name: &str| listing.lines().find_map(|line| line.strip_prefix(name));
    let (width, height) = head("#dimensions 0: ")?.split_once('x')?;
    let (unit, parts) = head("#tb 0: ")?.split_once('/')?;
    let unit = unit.parse::<f64>().ok()? / parts.parse::<f64>().ok()?;
    let (mut frames, mut from, mut to) = (0_u64, i64::MAX, i64::MIN);
    for line in listing.lines().filter(|line| !line.starts_with('#')) {
        let mut numbers = line.split(',').skip(2).map(|number| number.trim().parse::<i64>().ok());
        let (shown, long) = (numbers.next()??, numbers.next()??);
        frames += 1;
        (from, to) = (from.min(shown), to.max(shown.checked_add(long.max(1))?));
    }
    let seconds = to.checked_sub(from).filter(|_| frames > 0)? as f64 * unit;
    let (width, height) = (width.trim().parse().ok()?, height.trim().parse().ok()?);
    let codec = "h264".to_owned();
    Some(Footage { codec, width, height, frames, seconds, fps: frames as f64 / seconds, thumbnail: Bytes::new() })
}
