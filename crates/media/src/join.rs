//! Joins scene parts and a track by stream copy: no frame and no packet of sound changes.

use crate::chapters::chapters;
use crate::cores::on_a_thread;
use crate::disk;
use crate::ffmpeg::{Arguments, Ffmpeg};
use crate::h264;
use crate::transport::{Reader, Writer};
use futures_util::future::try_join;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use story::artifacts::body;
use story::failure::{Failure, StoreError};
use story::studio::{Film, Reel};

/// Parts that are read at once.
const READS: usize = 4;

/// Joins.
pub(crate) async fn join(ffmpeg: &Ffmpeg, scratch: &Path, reel: Reel) -> Result<Film, Failure> {
    let folder = disk::scratch(scratch)?;
    let at = |name: &str| folder.path().join(name);
    if reel.parts.is_empty() {
        return Err(Failure::GiveUp("a film needs a scene".to_owned()));
    }
    let (mut list, mut frames, mut first_frames) = ("ffconcat version 1.0\n".to_owned(), 0, 0);
    let counting = reel.parts.into_iter().enumerate().map(|(index, part)| {
        let name = format!("part-{index:05}.ts");
        let path = at(&name);
        async move {
            disk::write(&path, part).await?;
            Ok::<_, Failure>((name, survey(path).await?))
        }
    });
    let counting: Vec<_> = counting.collect();
    let surveyed: Vec<(String, Survey)> = stream::iter(counting).buffered(READS).try_collect().await?;
    let mut sets = Vec::new();
    for set in surveyed.iter().flat_map(|(_, survey)| &survey.sets) {
        if !sets.contains(set) {
            sets.push(set.clone());
        }
    }
    if sets.len() > surveyed[0].1.sets.len() {
        announce(at("part-00000.ts"), sets).await?;
    }
    for (index, (name, Survey { frames: count, .. })) in surveyed.into_iter().enumerate() {
        // Told, not guessed from the last packet: the next part begins on its exact frame.
        let micros = (count * 1_000_000 + u64::from(reel.fps) / 2) / u64::from(reel.fps);
        let _ = writeln!(list, "file {name}\nduration {}.{:06}", micros / 1_000_000, micros % 1_000_000);
        frames += count;
        if index == 0 {
            first_frames = count;
        }
    }
    disk::write(&at("list.txt"), body(list.into_bytes())).await?;
    disk::write(&at("track.m4a"), reel.track).await?;
    disk::write(&at("chapters.txt"), body(chapters(&reel.chapters, frames, reel.fps).into_bytes())).await?;
    let arguments = Arguments::new(folder.path())
        .input("-fflags +bitexact -f concat", "list.txt")
        .input("", "track.m4a")
        .input("-f ffmetadata", "chapters.txt")
        .words("-map 0:v -map 1:a -map_metadata 2 -map_chapters 2 -c copy -fflags +bitexact")
        .words(&format!(
            "-video_track_timescale {} -movie_timescale 48000 -movflags +faststart -f mp4",
            reel.fps * 1000
        ))
        .output("film.mp4");
    // Beside each other: the one copies, the other decodes a part of the first part.
    let thumbnail = async {
        match reel.has_thumbnail {
            true => thumbnail(ffmpeg, folder.path(), first_frames / 3).await,
            false => Ok(Vec::new()),
        }
    };
    let (_, thumbnail) = try_join(ffmpeg.run(arguments), thumbnail).await?;
    let film = disk::read(at("film.mp4"), Arc::clone(&folder)).await?;
    Ok(Film { film, thumbnail: thumbnail.into() })
}

/// What the join must know of a part.
struct Survey {
    frames: u64,
    /// What a player must know to decode it.
    sets: Vec<Vec<u8>>,
}

async fn survey(part: PathBuf) -> Result<Survey, Failure> {
    let survey = on_disk("reading a scene part", move || {
        let mut reader = Reader::open(&part)?;
        let mut survey = Survey { frames: 0, sets: Vec::new() };
        while let Some(unit) = reader.unit()? {
            if survey.frames == 0 {
                survey.sets = h264::parameter_sets(&unit.data);
            }
            survey.frames += 1;
        }
        Ok(survey)
    });
    match survey.await? {
        Survey { frames: 0, .. } => Err(StoreError::Unavailable("a scene part holds no frame".to_owned()).into()),
        survey => Ok(survey),
    }
}

/// Moving and held parts are told apart by their parameters: the first part announces those of all, and ffmpeg writes them where
/// players look before they begin.
async fn announce(part: PathBuf, sets: Vec<Vec<u8>>) -> Result<(), Failure> {
    on_disk("writing a scene part", move || {
        let announced = part.with_extension("announced");
        let (mut reader, mut writer) = (Reader::open(&part)?, Writer::create(&announced)?);
        let mut is_first = true;
        while let Some(mut unit) = reader.unit()? {
            if std::mem::take(&mut is_first) {
                unit.data = h264::with_parameter_sets(&unit.data, &sets);
            }
            writer.unit(&unit)?;
        }
        writer.end()?;
        std::fs::rename(&announced, &part)
    })
    .await
}

async fn on_disk<T: Send + 'static>(
    what: &str,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, Failure> {
    on_a_thread(what, work).await?.map_err(|error| StoreError::of_io(what, &error).into())
}

/// A frame of the first part.
async fn thumbnail(ffmpeg: &Ffmpeg, folder: &Path, frame: u64) -> Result<Vec<u8>, Failure> {
    let arguments = Arguments::new(folder)
        .input("", "part-00000.ts")
        .words(&format!("-vf select='eq(n,{frame})',scale=out_range=pc -frames:v 1 -pix_fmt yuvj420p -q:v 3"))
        .words("-threads 1 -fflags +bitexact -flags:v +bitexact -c:v mjpeg -f image2pipe")
        .output("pipe:1");
    let picture = ffmpeg.run(arguments).await?;
    if picture.is_empty() {
        return Err(StoreError::Unavailable("the thumbnail came out empty".to_owned()).into());
    }
    Ok(picture)
}
