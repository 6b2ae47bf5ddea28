//! Lays a job's track, and writes what goes with it: segments, captions. A film takes over its preview's track where it fits.

use crate::job::{self, Due, if_due, tell, write_file};
use crate::material::{Material, material, segments, slot_frames, volume};
use crate::remove::remove;
use crate::rest::rests;
use std::time::Duration;
use story::artifacts::{Object, TRACK, collect};
use story::captions::{Cue, cues, srt, vtt};
use story::due::Step;
use story::failure::StoreError;
use story::ids::content_key;
use story::job::{File, Job, TrackMark, Warning};
use story::plan::Plan;
use story::queue::{Outcome, Part, Task};
use story::records::Partition;
use story::segment::{KeptSegment, Segment};
use story::studio::{Slot, Sound};
use story::take::Recording;
use story::time::seconds;
use story::{Failure, House, JobId, Studio};

/// Between two looks at a preview that is still running, at least and at most.
const LOOKS_MS: [u64; 2] = [300, 10_000];

/// Lays the track, or takes it over, and tells the job.
///
/// # Errors
/// Gives up if takes are gone; those of stores and studio.
pub async fn track(house: &House, studio: &dyn Studio, id: &JobId) -> Result<(), Failure> {
    let Some(Due { head, plan, progress }) = if_due(house, id, Step::Track).await? else { return Ok(()) };
    let preview = match &plan.preview {
        Some(preview) => job::head(house, preview).await?,
        None => None,
    };
    if let Some(preview) = preview.as_ref().filter(|preview| !preview.status.has_ended())
        && !rests(house, &preview.id).await?
    {
        let waited_ms = house.clock.now().since_ms(head.created_at);
        return Ok(house.queue.send(&Task::Track { job: id.clone() }, until_next_look(waited_ms)).await?);
    }
    let material = material(house, &plan, &progress, 0..plan.segments.len()).await?;
    let mark = TrackMark { key: mark_key(&plan, &material, studio), fps: plan.script.look.fps };
    let taken_over = match &preview {
        Some(preview) if preview.track.as_ref() == Some(&mark) => {
            let track = Object::File(preview.id.clone(), TRACK.into());
            house.artifacts.get(&track, None).await?
        }
        _ => None,
    };
    let (outcome, sound) = match taken_over {
        Some(sound) => (Outcome::Reused, sound),
        None => (Outcome::Made, studio.lay(slots(house, &plan, &material).await?).await?),
    };
    let laid_anew =
        preview.as_ref().filter(|_| outcome == Outcome::Made).and_then(|preview| laid_anew(preview, &plan, &mark));
    let track = write_file(house, id, TRACK, collect(sound).await?).await?;
    let mut files = vec![track];
    let segments = segments(&plan, &material);
    files.extend(companions(house, id, &plan, &material, &segments).await?);
    keep_segments(house, &head, segments).await?;
    let noted = job::change(house, id, |head| {
        head.files = files.clone();
        head.track = Some(mark.clone());
        head.warnings.extend(laid_anew.clone());
    });
    if noted.await?.is_none() {
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

/// What a track is a function of: takes, volumes, slots, and the studio that lays it.
fn mark_key(plan: &Plan, material: &[Material], studio: &dyn Studio) -> String {
    let slots: Vec<_> = material
        .iter()
        .enumerate()
        .map(|(index, material)| {
            let level = material.recording.as_ref().map(|recording| &recording.level);
            (material.sound(), level, volume(plan, index), slot_frames(plan, index, material))
        })
        .collect();
    content_key("track/1", &(studio.version(), plan.script.look.fps, slots))
}

async fn slots(house: &House, plan: &Plan, material: &[Material]) -> Result<Vec<Slot>, Failure> {
    let mut slots = Vec::with_capacity(material.len());
    for (index, material) in material.iter().enumerate() {
        let sound = match &material.recording {
            Some(recording) => Some(sound(house, plan, index, recording).await?),
            None => None,
        };
        slots.push(Slot {
            sound,
            volume: volume(plan, index),
            samples: plan.grid().sample_of(slot_frames(plan, index, material)),
        });
    }
    Ok(slots)
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
    Ok(vec![
        write_file(house, id, "segments.json", format!("{json:#}\n")).await?,
        write_file(house, id, "captions.srt", srt(&cues)).await?,
        write_file(house, id, "captions.vtt", vtt(&cues)).await?,
    ])
}

async fn keep_segments(house: &House, head: &Job, segments: Vec<Segment>) -> Result<(), StoreError> {
    for segment in segments {
        let kept = KeptSegment { job: head.id.clone(), segment, expires_at: head.expires_at };
        let key = format!("{:06}", kept.segment.index);
        let found: Option<story::records::Read<KeptSegment>> =
            house.read(&Partition::Segments(head.id.clone()), &key).await?;
        house.swap(&kept, found.map(|read| read.version)).await?;
    }
    Ok(())
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
