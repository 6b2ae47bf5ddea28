//! Slots end to end into one AAC track.

use super::decode::decode;
use super::level::{CEILING_DB, factor};
use super::limiter::{Peaks, limit};
use crate::disk;
use crate::ffmpeg::{Arguments, Ffmpeg};
use std::path::Path;
use story::artifacts::Body;
use story::failure::{Failure, StoreError};
use story::studio::Slot;

/// Above this volume a slot is limited once more.
const LOUD_VOLUME: f64 = 1.4;
/// The ceiling of such a slot: −1 dBTP.
const LOUD_CEILING_DB: f64 = -1.0;
/// The fade at the end of a take that is longer than its slot: 5 ms.
const FADE: usize = 240;

/// How the track is encoded: a change of it changes every track's packets.
pub(crate) const ENCODER: &str = "-c:a aac -b:a 160k -ar 48000 -ac 1 -threads 1 -fflags +bitexact -flags:a +bitexact \
    -map_metadata -1 -movie_timescale 48000 -movflags +faststart -f mp4";

/// Lays slots into one track. Holds one slot's samples at a time.
///
/// # Errors
/// [`Failure::GiveUp`] if a take cannot be decoded.
pub(crate) async fn lay(ffmpeg: &Ffmpeg, scratch: &Path, slots: Vec<Slot>) -> Result<Body, Failure> {
    let folder = disk::scratch(scratch)?;
    let path = folder.path().join("track.m4a");
    let arguments = Arguments::new().words("-f f32le -ar 48000 -ac 1 -i pipe:0").words(ENCODER).one(&path);
    let mut encoder = ffmpeg.start(arguments)?;
    for (index, slot) in slots.into_iter().enumerate() {
        let laid = tokio::task::spawn_blocking(move || samples(&slot)).await;
        let laid = laid.map_err(|_| StoreError::Unavailable("laying a track was interrupted".to_owned()))?;
        let laid = laid.map_err(|why| Failure::GiveUp(format!("segment {index}: {why}")))?;
        if !encoder.feed(&laid).await {
            encoder.finish().await?;
            return Err(StoreError::Unavailable("ffmpeg ended before the track did".to_owned()).into());
        }
    }
    encoder.finish().await?;
    disk::read(path, folder).await
}

/// A slot as little-endian floats, exactly as long as the slot.
fn samples(slot: &Slot) -> Result<Vec<u8>, String> {
    let length = usize::try_from(slot.samples).map_err(|_| "its slot is too long".to_owned())?;
    let sound = decode(&slot.audio)?;
    let mut laid = limit(&sound, &Peaks::of(&sound), factor(slot.level.gain_db), factor(CEILING_DB));
    if slot.volume > LOUD_VOLUME {
        let peaks = Peaks::of(&laid);
        laid = limit(&laid, &peaks, slot.volume as f32, factor(LOUD_CEILING_DB));
    } else {
        laid.iter_mut().for_each(|value| *value *= slot.volume as f32);
    }
    if laid.len() > length {
        laid.truncate(length);
        let start = length.saturating_sub(FADE);
        for (step, value) in laid[start..].iter_mut().enumerate() {
            *value *= 1.0 - (step + 1) as f32 / (length - start) as f32;
        }
    }
    laid.resize(length, 0.0);
    Ok(laid.iter().flat_map(|value| value.to_le_bytes()).collect())
}
