//! Slots end to end into one AAC track.

use super::decode::{Source, decode};
use super::level::{factor, limiter};
use super::limiter::Limiter;
use crate::disk;
use crate::ffmpeg::{Arguments, Ffmpeg, Running};
use async_trait::async_trait;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use story::artifacts::Body;
use story::failure::{Failure, StoreError};
use story::studio::{Laying, Slot};
use tempfile::TempDir;
use tokio::sync::mpsc;

/// Above this volume a slot is limited once more.
const LOUD_VOLUME: f64 = 1.4;
/// The ceiling of such a slot: −1 dBTP.
const LOUD_CEILING_DB: f64 = -1.0;
/// The fade at the end of a take that is longer than its slot: 5 ms.
const FADE: u64 = 240;
/// Bytes that go to the encoder at once, and how many such blocks may wait for it.
const BLOCK_BYTES: usize = 64 * 1024;
const WAITING: usize = 2;

/// The track's file.
const TRACK: &str = "track.m4a";

/// How the track is encoded: a change of it changes every track's packets. For speech the fast coder takes two thirds of the time of the
/// usual one, and comes closer to what it was given.
pub(crate) const ENCODER: &str = "-c:a aac -aac_coder fast -b:a 160k -ar 48000 -ac 1 -threads 1 -fflags +bitexact -flags:a +bitexact \
    -map_metadata -1 -movie_timescale 48000 -movflags +faststart -f mp4";

/// A track that is being laid: an encoder that waits for the next slot. Holds a moment of sound at a time, however long the slots are.
pub(crate) struct Track {
    /// None once it has ended too early.
    encoder: Option<Running>,
    path: PathBuf,
    folder: Arc<TempDir>,
    slots: usize,
}

/// Begins a track.
pub(crate) fn begin(ffmpeg: &Ffmpeg, scratch: &Path) -> Result<Track, Failure> {
    let folder = disk::scratch(scratch)?;
    let path = folder.path().join(TRACK);
    let arguments =
        Arguments::new(folder.path()).input("-f f32le -ar 48000 -ac 1", "pipe:0").words(ENCODER).output(TRACK);
    Ok(Track { encoder: Some(ffmpeg.start(arguments)?), path, folder, slots: 0 })
}

#[async_trait]
impl Laying for Track {
    async fn add(&mut self, slot: Slot) -> Result<(), Failure> {
        let (sender, mut blocks) = mpsc::channel(WAITING);
        // Where nobody listens any more, the slot ends at once.
        let send = move |block| match sender.blocking_send(block) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        };
        let laying = tokio::task::spawn_blocking(move || samples(&slot, send));
        let encoder = self.encoder.as_mut().ok_or_else(ended_early)?;
        while let Some(block) = blocks.recv().await {
            if !encoder.feed(&block).await {
                if let Some(encoder) = self.encoder.take() {
                    encoder.finish().await?;
                }
                return Err(ended_early().into());
            }
        }
        let laid = laying.await.map_err(|_| StoreError::Unavailable("laying a track was interrupted".to_owned()))?;
        laid.map_err(|failure| match failure {
            Failure::GiveUp(why) => Failure::GiveUp(format!("segment {}: {why}", self.slots)),
            retry => retry,
        })?;
        self.slots += 1;
        Ok(())
    }

    async fn end(self: Box<Self>) -> Result<Body, Failure> {
        self.encoder.ok_or_else(ended_early)?.finish().await?;
        disk::read(self.path, self.folder).await
    }
}

fn ended_early() -> StoreError {
    StoreError::Unavailable("ffmpeg ended before the track did".to_owned())
}

/// A slot as little-endian floats, exactly as long as the slot.
fn samples(slot: &Slot, send: impl FnMut(Vec<u8>) -> ControlFlow<()>) -> Result<(), Failure> {
    let mut fitting = Fitting { length: slot.samples, heard: 0, end: Vec::new(), block: Vec::new(), send };
    let Some(sound) = &slot.sound else {
        let _nobody_listens = fitting.finish();
        return Ok(());
    };
    let mut levelled = limiter(sound.level.gain_db);
    let volume = slot.volume as f32;
    let mut loud = (slot.volume > LOUD_VOLUME).then(|| Limiter::new(volume, factor(LOUD_CEILING_DB)));
    let (mut taken, mut turned) = (Vec::new(), Vec::new());
    decode(&Source::Bytes(sound.audio.clone()), |block| {
        taken.clear();
        levelled.push(block, &mut taken);
        turned.clear();
        turn(&taken, volume, &mut loud, &mut turned);
        fitting.push(&turned)
    })?;
    taken.clear();
    levelled.finish(&mut taken);
    turned.clear();
    turn(&taken, volume, &mut loud, &mut turned);
    if let Some(limiter) = loud {
        limiter.finish(&mut turned);
    }
    let _enough_or_nobody_listens = fitting.push(&turned);
    let _nobody_listens = fitting.finish();
    Ok(())
}

/// The speaker's volume: limited once more where it is loud.
fn turn(sound: &[f32], volume: f32, loud: &mut Option<Limiter>, out: &mut Vec<f32>) {
    match loud {
        Some(limiter) => limiter.push(sound, out),
        None => out.extend(sound.iter().map(|value| value * volume)),
    }
}

/// Cuts a sound to a length, with a fade, or fills it up with silence.
struct Fitting<S> {
    length: u64,
    heard: u64,
    /// What would be faded if more followed.
    end: Vec<f32>,
    block: Vec<u8>,
    send: S,
}

impl<S: FnMut(Vec<u8>) -> ControlFlow<()>> Fitting<S> {
    fn push(&mut self, sound: &[f32]) -> ControlFlow<()> {
        let until = |sample: u64, heard: u64| usize::try_from(sample.saturating_sub(heard)).unwrap_or(usize::MAX);
        let whole = until(self.length.saturating_sub(FADE), self.heard).min(sound.len());
        let within = until(self.length, self.heard).min(sound.len());
        self.heard += sound.len() as u64;
        self.end.extend_from_slice(&sound[whole..within]);
        self.write(&sound[..whole])?;
        if self.heard > self.length { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn finish(mut self) -> ControlFlow<()> {
        let mut end = std::mem::take(&mut self.end);
        if self.heard > self.length {
            let length = end.len() as f32;
            for (step, value) in end.iter_mut().enumerate() {
                *value *= 1.0 - (step + 1) as f32 / length;
            }
        }
        self.write(&end)?;
        let mut missing = self.length.saturating_sub(self.heard);
        while missing > 0 {
            let part = missing.min(FADE);
            self.write(&[0.0; FADE as usize][..part as usize])?;
            missing -= part;
        }
        (self.send)(self.block)
    }

    fn write(&mut self, sound: &[f32]) -> ControlFlow<()> {
        self.block.extend(sound.iter().flat_map(|value| value.to_le_bytes()));
        if self.block.len() < BLOCK_BYTES {
            return ControlFlow::Continue(());
        }
        (self.send)(std::mem::replace(&mut self.block, Vec::with_capacity(BLOCK_BYTES * 5 / 4)))
    }
}
