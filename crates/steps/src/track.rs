//! Lays a job's track, and writes what goes with it: segments, captions. A film takes over its preview's track where it fits.

use crate::job::{self, Due, if_due, tell, write_file};
use crate::material::{Material, READS, material, segments, slot_frames, volume};
use crate::remove::remove;
use crate::rest::rests;
use crate::{section, timeline};
use futures_util::future::{join, try_join_all};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use std::time::Duration;
use story::artifacts::{Object, TRACK, collect};
use story::captions::{Cue, cues, srt, vtt};
use story::due::{Step, spoken};
use story::failure::StoreError;
use story::ids::content_key;
use story::job::{File, Job, TrackMark, Warning};
use story::plan::Plan;
use story::queue::{Outcome, Part, Task};
use story::records::{Partition, Read};
use story::segment::{KeptSegment, Segment};
use story::studio::{Slot, Sound};
use story::take::Recording;
use story::time::seconds;
use story::timeline::Times;
use story::tracks::Begun;
use story::{Body, Failure, House, JobId, Studio};

/// Between two looks at a preview that is still running, at least and at most.
const LOOKS_MS: [u64; 2] = [300, 10_000];

/// Lays the track, or takes it over, and tells the job. Before all of it is spoken, lays what is.
///
/// # Errors
/// Gives up if takes are gone; those of stores and studio.
pub async fn track(house: &House, studio: &dyn Studio, id: &JobId) -> Result<(), Failure> {
    let Some(Due { head, plan, progress }) = if_due(house, id, Step::Track).await? else {
        if let Err(failure) = ahead(house, studio, id).await {
            // It is laid when all is spoken.
            house.tracks.forget(id);
            tracing::debug!(job.id = %id, %failure, "a track was not laid ahead");
        }
        return Ok(());
    };
    let preview = match &plan.preview {
        Some(preview) => job::head(house, preview).await?,
        None => None,
    };
    if let Some(preview) = preview.as_ref().filter(|preview| !preview.status.has_ended())
        && !rests(house, &preview.id).await?
    {
        // Once all of it is spoken its track is being laid: that is a matter of moments, however long it took to get there.
        let is_spoken = job::progress(house, &preview.id)
            .await?
            .is_some_and(|read| read.record.takes().all(|outcome| outcome.is_some()));
        let waited_ms = if is_spoken { 0 } else { house.clock.now().since_ms(head.created_at) };
        return Ok(house.queue.send(&Task::Track { job: id.clone() }, until_next_look(waited_ms)).await?);
    }
    let begun_at = Some(house.clock.now());
    let material = material(house, &plan, &progress, 0..plan.segments.len()).await?;
    let mark = TrackMark { key: mark_key(&plan, &material, studio), fps: plan.script.look.fps };
    let laid_before = Object::File(id.clone(), TRACK.into());
    if head.track.as_ref() == Some(&mark) && house.artifacts.head(&laid_before).await?.is_some() {
        // A message that came twice: the job is told of it already, or is now.
        return Ok(tell(house, id, Some(progress.moved(Part::Track, Outcome::Made))).await?);
    }
    let taken_over = match &preview {
        Some(preview) if preview.track.as_ref() == Some(&mark) => {
            let track = Object::File(preview.id.clone(), TRACK.into());
            house.artifacts.get(&track, None).await?
        }
        _ => None,
    };
    let (outcome, sound) = match taken_over {
        Some(sound) => (Outcome::Reused, sound),
        None => (Outcome::Made, laid(house, studio, &head, &plan, &material).await?),
    };
    let ended_at = Some(house.clock.now());
    let laid_anew =
        preview.as_ref().filter(|_| outcome == Outcome::Made).and_then(|preview| laid_anew(preview, &plan, &mark));
    let track = write_file(house, id, TRACK, collect(sound).await?).await?;
    let mut files = vec![track];
    let segments = segments(&plan, &material);
    files.extend(companions(house, id, &plan, &material, &segments).await?);
    keep_segments(house, &head, segments).await?;
    let times = Times { begun_at, ended_at, stored_at: Some(house.clock.now()), ..Times::default() };
    let noting = timeline::note(house, &head, Part::Track, times);
    let noted = job::change(house, id, |head| {
        // Of a topic the films of sections stay.
        head.files.retain(|file| file.name.starts_with(section::NAME));
        head.files.extend(files.clone());
        head.track = Some(mark.clone());
        head.warnings.extend(laid_anew.clone());
    });
    if join(noted, noting).await.0?.is_none() {
        // It was removed while this stood still: what was written since goes too.
        remove(house, id).await?;
        return Ok(());
    }
    Ok(tell(house, id, Some(progress.moved(Part::Track, outcome))).await?)
}

/// The longer a preview takes, the less it matters when its end is noticed.
fn until_next_look(waited_ms: u64) -> Duration {
    let [least_ms, most_ms] = LOOKS_MS;
    Duration::from_millis((waited_ms / 4).clamp(least_ms, most_ms))
}

/// A warning where the preview's own sound would have fitted but for its grid, or is gone. Changed lines have warnings of their own.
fn laid_anew(preview: &Job, plan: &Plan, mark: &TrackMark) -> Option<Warning> {
    let laid = preview.track.as_ref()?;
    let detail = if laid.fps != mark.fps {
        format!(
            "the preview's track is for {} frames a second, this film has {}: laid anew, no line spoken again",
            laid.fps, plan.script.look.fps
        )
    } else if laid.key == mark.key {
        "the preview's track was gone: laid anew, no line spoken again".into()
    } else {
        return None;
    };
    Some(Warning { code: "track-laid-anew".into(), detail, pointer: None })
}

/// Lays what is spoken from the first line on, while others still are.
async fn ahead(house: &House, studio: &dyn Studio, id: &JobId) -> Result<(), Failure> {
    if !house.tracks.are_ahead() {
        return Ok(());
    }
    let Some(head) = job::head(house, id).await?.filter(|head| !head.status.has_ended()) else { return Ok(()) };
    let plan = job::plan_of(house, &head).await?;
    let Some(Read { record: progress, .. }) = job::progress(house, id).await? else { return Ok(()) };
    if plan.preview.is_some() || progress.outcome(Part::Track).is_some() {
        return Ok(());
    }
    let Some(begun) = house.tracks.take(&head, house.clock.now()) else { return Ok(()) };
    let range = begun.marks.len()..spoken(&plan, &progress).max(begun.marks.len());
    let material = material(house, &plan, &progress, range).await?;
    let begun = add(house, studio, &plan, begun, &material).await?;
    house.tracks.put(&head, begun);
    Ok(())
}

/// The whole track: what was laid ahead is gone on with, if it is of the same sounds.
async fn laid(
    house: &House,
    studio: &dyn Studio,
    head: &Job,
    plan: &Plan,
    material: &[Material],
) -> Result<Body, Failure> {
    let is_its = |begun: &Begun| marks(plan, 0, material).starts_with(&begun.marks);
    let begun = house.tracks.end(head).filter(is_its).unwrap_or_default();
    let rest = &material[begun.marks.len()..];
    let begun = add(house, studio, plan, begun, rest).await?;
    let laying = match begun.laying {
        Some(laying) => laying,
        None => studio.lay().await?,
    };
    laying.end().await
}

/// The sound of some segments, the first of which is `first`, by itself.
pub(crate) async fn alone(
    house: &House,
    studio: &dyn Studio,
    plan: &Plan,
    first: usize,
    material: &[Material],
) -> Result<Body, Failure> {
    let mut laying = studio.lay().await?;
    for (index, material) in material.iter().enumerate() {
        laying.add(slot(house, plan, first + index, material).await?).await?;
    }
    laying.end().await
}

/// Adds the slots of what comes next to a track. What is broken off within one is not gone on with.
async fn add(
    house: &House,
    studio: &dyn Studio,
    plan: &Plan,
    begun: Begun,
    material: &[Material],
) -> Result<Begun, Failure> {
    let Begun { laying, mut marks } = begun;
    let first = marks.len();
    if material.is_empty() {
        return Ok(Begun { laying, marks });
    }
    let slots = (0..material.len()).map(|index| slot(house, plan, first + index, &material[index]));
    let mut slots = stream::iter(slots).buffered(READS);
    let mut laying = match laying {
        Some(laying) => laying,
        None => studio.lay().await?,
    };
    while let Some(slot) = slots.try_next().await? {
        laying.add(slot).await?;
    }
    marks.extend(self::marks(plan, first, material));
    Ok(Begun { laying: Some(laying), marks })
}

/// What a track is a function of: takes, volumes, slots, and the studio that lays it.
fn mark_key(plan: &Plan, material: &[Material], studio: &dyn Studio) -> String {
    content_key("track/2", &(studio.version(), plan.script.look.fps, marks(plan, 0, material)))
}

/// What tells each slot from any other: of segment `first` and those after it.
fn marks(plan: &Plan, first: usize, material: &[Material]) -> Vec<String> {
    let mark = |(index, material): (usize, &Material)| {
        let level = material.recording.as_ref().map(|recording| &recording.level);
        let (volume, frames) = (volume(plan, first + index), slot_frames(plan, first + index, material));
        content_key("slot/1", &(material.sound(), level, volume, frames))
    };
    material.iter().enumerate().map(mark).collect()
}

async fn slot(house: &House, plan: &Plan, index: usize, material: &Material) -> Result<Slot, Failure> {
    let sound = match &material.recording {
        Some(recording) => Some(sound(house, plan, index, recording).await?),
        None => None,
    };
    let samples = plan.grid().sample_of(slot_frames(plan, index, material));
    Ok(Slot { sound, volume: volume(plan, index), samples })
}

async fn sound(house: &House, plan: &Plan, segment: usize, recording: &Recording) -> Result<Sound, Failure> {
    let object = Object::TakeAudio(plan.take(segment).key.clone(), recording.attempt.clone());
    let line = plan.segments[segment].line + 1;
    let gone = || Failure::GiveUp(format!("the sound of line {line} is gone: make the job again"));
    let audio = collect(house.artifacts.get(&object, None).await?.ok_or_else(gone)?).await?;
    Ok(Sound { audio, level: recording.level.clone() })
}

/// Segments and subtitles, as files.
async fn companions(
    house: &House,
    id: &JobId,
    plan: &Plan,
    material: &[Material],
    segments: &[Segment],
) -> Result<Vec<File>, StoreError> {
    let cues: Vec<Cue> =
        segments.iter().zip(material).flat_map(|(segment, material)| cues(&material.pages, segment.start)).collect();
    let json: Vec<_> = segments
        .iter()
        .map(|segment| {
            serde_json::json!({
                "index": segment.index, "line": segment.line, "speaker": segment.speaker, "text": segment.text, "take": segment.take,
                "start_s": seconds(segment.start), "end_s": seconds(segment.end), "volume": segment.volume,
                "silent": segment.silent,
            })
        })
        .collect();
    let json = serde_json::json!({ "fps": plan.script.look.fps, "segments": json });
    let files = [("segments.json", format!("{json:#}\n")), ("captions.srt", srt(&cues)), ("captions.vtt", vtt(&cues))];
    try_join_all(files.map(|(name, content)| write_file(house, id, name, content))).await
}

async fn keep_segments(house: &House, head: &Job, segments: Vec<Segment>) -> Result<(), StoreError> {
    let keep = |segment: Segment| async move {
        let kept = KeptSegment { job: head.id.clone(), segment, expires_at: head.expires_at };
        let key = format!("{:06}", kept.segment.index);
        let found: Option<Read<KeptSegment>> = house.read(&Partition::Segments(head.id.clone()), &key).await?;
        house.swap(&kept, found.map(|read| read.version)).await.map(|_| ())
    };
    stream::iter(segments.into_iter().map(keep)).buffered(READS).try_collect().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_that_takes_an_hour_is_looked_at_a_few_hundred_times() {
        let (mut waited_ms, mut looks) = (0, 0);
        while waited_ms < 3_600_000 {
            let next_ms = until_next_look(waited_ms).as_millis() as u64;
            assert!(next_ms <= 300.max(waited_ms / 4), "after {waited_ms} ms its end is noticed {next_ms} ms late");
            waited_ms += next_ms;
            looks += 1;
        }
        assert!((300..500).contains(&looks), "{looks}");
    }
}
