//! What a scene or a track is made of: the takes of a job with their words, and what follows from them by the time model.

use futures_util::stream::{self, StreamExt, TryStreamExt};
use story::artifacts::{Object, collect};
use story::captions::{Page, pages};
use story::failure::StoreError;
use story::plan::Plan;
use story::records::{Partition, Read};
use story::scene::{Avatar, Scene, Spoken};
use story::script::{Avatars, Media, TransitionKind};
use story::segment::Segment;
use story::take::{Recording, Sidecar, Take};
use story::words::words;
use story::{Failure, House};

/// Reads at once.
const READS: usize = 8;

/// One segment's take, as it is there.
pub(crate) struct Material {
    pub(crate) recording: Recording,
    pub(crate) pages: Vec<Page>,
}

/// The takes of segments `range` of a plan.
pub(crate) async fn material(
    house: &House,
    plan: &Plan,
    range: std::ops::Range<usize>,
) -> Result<Vec<Material>, Failure> {
    stream::iter(range.map(|segment| one(house, plan, segment))).buffered(READS).try_collect().await
}

async fn one(house: &House, plan: &Plan, segment: usize) -> Result<Material, Failure> {
    let planned = plan.take(segment);
    let take: Option<Read<Take>> = house.read(&Partition::Takes, &planned.key.0).await?;
    let gone = || Failure::GiveUp(format!("the take of line {} is gone: make the job again", segment + 1));
    let recording = take.as_ref().and_then(|read| read.record.recording(house.clock.now())).ok_or_else(gone)?.clone();
    let sidecar = Object::TakeSidecar(planned.key.clone(), recording.attempt.clone());
    let stored = house.artifacts.get(&sidecar, None).await?.ok_or_else(gone)?;
    let sidecar: Sidecar = serde_json::from_slice(&collect(stored).await?)
        .map_err(|error| StoreError::Unavailable(format!("a take's sidecar cannot be read: {error}")))?;
    let words = words(&sidecar.alignment, recording.level.samples);
    Ok(Material { recording, pages: pages(&words, plan.script.look.captions.max_words_per_line) })
}

/// The frames of a segment's slot.
pub(crate) fn slot_frames(plan: &Plan, segment: usize, material: &Material) -> u64 {
    plan.grid().slot_frames(material.recording.level.samples, plan.script.lines[segment].pause_ms)
}

/// The segments of a whole plan, set end to end.
pub(crate) fn segments(plan: &Plan, material: &[Material]) -> Vec<Segment> {
    let mut frame = 0;
    let mut segments = Vec::with_capacity(material.len());
    for (index, material) in material.iter().enumerate() {
        let line = &plan.script.lines[index];
        let start = plan.grid().sample_of(frame);
        segments.push(Segment {
            index,
            line: index,
            speaker: line.speaker.clone(),
            text: line.text.clone(),
            take: plan.take(index).key.clone(),
            start,
            end: start + material.recording.level.samples,
            volume: volume(plan, index),
        });
        frame += slot_frames(plan, index, material);
    }
    segments
}

/// The volume of a segment's speaker.
pub(crate) fn volume(plan: &Plan, segment: usize) -> f64 {
    plan.script.speakers.get(&plan.script.lines[segment].speaker).map_or(1.0, |speaker| speaker.volume)
}

/// A scene part with everything that changes its pixels; `material` is that of its segments.
pub(crate) fn scene(plan: &Plan, part: usize, material: &[Material]) -> Scene {
    let planned = &plan.scenes[part];
    let look = &plan.script.look;
    let (width, height) = look.frame_size();
    let fades = look.transition.kind == TransitionKind::Fade && part > 0 && !planned.goes_on;
    let spoken = (planned.first..planned.end).zip(material).map(|(segment, material)| Spoken {
        frames: slot_frames(plan, segment, material),
        audio_sha256: material.recording.audio_sha256.clone(),
        avatar: avatar(plan, segment),
        pages: material.pages.clone(),
    });
    Scene {
        width,
        height,
        fps: look.fps,
        draft: plan.draft,
        backdrop: planned.backdrop.clone(),
        motion: look.motion,
        holds_end_pose: planned.goes_on,
        fade_frames: if fades { look.transition.duration_ms * look.fps / 1000 } else { 0 },
        captions: look.captions.clone(),
        spoken: spoken.collect(),
    }
}

fn avatar(plan: &Plan, segment: usize) -> Option<Avatar> {
    let name = &plan.script.lines[segment].speaker;
    let Some(Media::File(file)) = &plan.script.speakers.get(name)?.avatar else { return None };
    let right = match plan.script.look.avatars {
        Avatars::Left => false,
        Avatars::Right => true,
        Avatars::Alternate => plan.speaker_index(name) % 2 == 1,
        Avatars::None => return None,
    };
    Some(Avatar { picture: plan.pictures.get(file)?.clone(), right })
}
