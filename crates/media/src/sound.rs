//! Sound: what a provider sent becomes samples, is levelled, and is laid into one track.

mod activity;
mod decode;
mod level;
mod limiter;
mod resample;
mod track;

use crate::disk;
use decode::Source;
use std::ops::Range;
use std::path::Path;
use story::artifacts::Body;
use story::failure::{Failure, StoreError};
use story::studio::Level;
pub(crate) use track::begin;

/// Measures a take and finds the gain that levels it.
pub(crate) async fn level(scratch: &Path, audio: Body) -> Result<Level, Failure> {
    in_file(scratch, audio, level::level).await
}

/// The spans of samples in which there is a voice.
pub(crate) async fn activity(scratch: &Path, audio: Body) -> Result<Vec<Range<u64>>, Failure> {
    in_file(scratch, audio, activity::activity).await
}

/// Works on a sound in a scratch file, as it may be longer than memory.
async fn in_file<T: Send + 'static>(
    scratch: &Path,
    audio: Body,
    work: fn(&Source) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let folder = disk::scratch(scratch)?;
    let path = folder.path().join("sound");
    disk::write(&path, audio).await?;
    let done = tokio::task::spawn_blocking(move || {
        let done = work(&Source::File(path));
        drop(folder);
        done
    });
    done.await.map_err(|error| {
        // Data that a decoder breaks down on does so the next time too.
        if error.is_panic() {
            Failure::GiveUp("the sound cannot be decoded: its data is damaged".to_owned())
        } else {
            StoreError::Unavailable("work on a sound was interrupted".to_owned()).into()
        }
    })?
}
