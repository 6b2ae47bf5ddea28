//! What a scene or a track is made of: the takes of a job with their words, and what follows from them by the time model.

use crate::{pictures, sidecar, takes};
use futures_util::future::try_join;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use std::collections::BTreeSet;
use std::ops::Range;
use story::animation::{Cue, Staged};
use story::animator::{Program, drawn_by};
use story::artifacts::{Object, collect};
use story::captions::{Page, pages};
use story::images::PictureRequest;
use story::job::Progress;
use story::picture::PictureState;
use story::plan::{Plan, PlannedScene};
use story::queue::{Outcome, Part};
use story::scene::{Avatar, Backdrop, Outgoing, Scene, Spoken};
use story::script::{Avatars, Media, TransitionKind};
use story::segment::Segment;
use story::spread::spread;
use story::take::Recording;
use story::time::{SAMPLE_RATE, estimated_speech_s};
use story::words::{Alignment, words};
use story::writing::{Code, Sketch};
use story::{Failure, House};

/// Reads at once.
pub(crate) const READS: usize = 8;

/// What a segment sounds like, and what is written under it.
pub(crate) struct Material {
    /// Its take; none where it is silent.
    pub(crate) recording: Option<Recording>,
    /// Its length without the pause, at 48 kHz.
    pub(crate) samples: u64,
    pub(crate) pages: Vec<Page>,
    /// Whether the provider said when each character is spoken.
    pub(crate) has_times: bool,
}

impl Material {
    /// SHA-256 of its sound.
    pub(crate) fn sound(&self) -> &str {
        self.recording.as_ref().map_or("silence", |recording| &recording.audio_sha256)
    }

    /// Characters that its take was charged for.
    pub(crate) fn characters(&self) -> u64 {
        self.recording.as_ref().map_or(0, |recording| recording.characters)
    }
}

/// Segments `range` of a plan: their takes, or the silence that stands for them.
pub(crate) async fn material(
    house: &House,
    plan: &Plan,
    progress: &Progress,
    range: Range<usize>,
) -> Result<Vec<Material>, Failure> {
    let one = |segment: usize| async move {
        match progress.outcome(Part::Take(plan.segments[segment].take)) {
            Some(Outcome::Silent | Outcome::Failed) => Ok(silence(plan, segment)),
            _ => spoken(house, plan, segment).await,
        }
    };
    stream::iter(range.map(one)).buffered(READS).try_collect().await
}

async fn spoken(house: &House, plan: &Plan, segment: usize) -> Result<Material, Failure> {
    let planned = plan.take(segment);
    let take = takes::read(house, &planned.key).await?;
    let line = plan.segments[segment].line + 1;
    let gone = || Failure::GiveUp(format!("the take of line {line} is gone: make the job again"));
    let recording = take.as_ref().and_then(|read| read.record.recording()).ok_or_else(gone)?.clone();
    let sidecar = sidecar::read(house, &planned.key, &recording.attempt).await?.ok_or_else(gone)?;
    let samples = recording.level.samples;
    let has_times = sidecar.alignment.is_some();
    let activity = recording.activity.as_deref().unwrap_or_default();
    let alignment = sidecar.alignment.unwrap_or_else(|| spread(&planned.request.text, activity));
    let pages = pages_of(plan, segment, &alignment, samples);
    Ok(Material { recording: Some(recording), samples, pages, has_times })
}

/// A line that could not be spoken is silent for about as long as it would have been.
fn silence(plan: &Plan, segment: usize) -> Material {
    let text = &plan.take(segment).request.text;
    let samples = (estimated_speech_s(text) * SAMPLE_RATE as f64).round() as u64;
    let pages = pages_of(plan, segment, &spread(text, std::slice::from_ref(&(0..samples))), samples);
    Material { recording: None, samples, pages, has_times: false }
}

fn pages_of(plan: &Plan, segment: usize, alignment: &Alignment, samples: u64) -> Vec<Page> {
    let request = &plan.take(segment).request;
    let alignment = alignment.without_tags(&request.model);
    pages(&words(&alignment, samples), plan.script.look.captions.max_words_per_line)
}

/// The frames of a segment's slot.
pub(crate) fn slot_frames(plan: &Plan, segment: usize, material: &Material) -> u64 {
    plan.grid().slot_frames(material.samples, plan.pause_ms(segment))
}

/// The segments of a whole plan, set end to end.
pub(crate) fn segments(plan: &Plan, material: &[Material]) -> Vec<Segment> {
    let mut frame = 0;
    let mut segments = Vec::with_capacity(material.len());
    for (index, material) in material.iter().enumerate() {
        let start = plan.grid().sample_of(frame);
        segments.push(Segment {
            index,
            line: plan.segments[index].line,
            speaker: plan.line(index).speaker.clone(),
            text: plan.take(index).request.text.clone(),
            take: plan.take(index).key.clone(),
            start,
            end: start + material.samples,
            volume: volume(plan, index),
            characters: material.characters(),
            silent: material.recording.is_none(),
        });
        frame += slot_frames(plan, index, material);
    }
    segments
}

/// The volume of a segment's speaker.
pub(crate) fn volume(plan: &Plan, segment: usize) -> f64 {
    plan.script.speakers.get(&plan.line(segment).speaker).map_or(1.0, |speaker| speaker.volume)
}

/// The picture that came for a scene part, or what stands in its place.
async fn backdrop(
    house: &House,
    plan: &Plan,
    progress: &Progress,
    planned: &PlannedScene,
) -> Result<Backdrop, Failure> {
    let mut backdrop = planned.backdrop.clone();
    if let Backdrop::Animation(staged) = &mut backdrop {
        for (id, photo) in &planned.photos {
            staged.pictures.extend(painted(house, plan, progress, *photo).await?.map(|sha256| (id.clone(), sha256)));
        }
    }
    let Some(painting) = planned.painting else { return Ok(backdrop) };
    let Some(sha256) = painted(house, plan, progress, painting).await? else { return Ok(backdrop) };
    Ok(match (&plan.paintings[painting].request, backdrop) {
        (PictureRequest::Generated(_), _) => Backdrop::Clip(sha256),
        (PictureRequest::Written(_), Backdrop::Animation(staged)) => match written(house, &sha256).await? {
            Sketch::Animation(animation) => Backdrop::Animation(Box::new(Staged { animation: *animation, ..*staged })),
            Sketch::Program(Code { manim: code }) => Backdrop::Program(Box::new(Program {
                code,
                words: Vec::new(),
                cues: Vec::new(),
                palette: staged.palette,
                manim: drawn_by(),
            })),
        },
        _ => Backdrop::Picture(sha256),
    })
}

/// The SHA-256 of a picture that came; `None` where the job has something else in its place.
async fn painted(house: &House, plan: &Plan, progress: &Progress, index: usize) -> Result<Option<String>, Failure> {
    if progress.outcome(Part::Picture(index)) == Some(Outcome::Card) {
        return Ok(None);
    }
    match pictures::read(house, &plan.paintings[index].key).await?.map(|read| read.record.state) {
        Some(PictureState::Ready(painted)) => Ok(Some(painted.sha256)),
        _ => Err(gone()),
    }
}

fn gone() -> Failure {
    Failure::GiveUp("a picture of this job is gone: make the job again".into())
}

/// What was written of a section.
async fn written(house: &House, sha256: &str) -> Result<Sketch, Failure> {
    let stored = house.artifacts.get(&Object::Picture(sha256.to_owned()), None).await?.ok_or_else(gone)?;
    serde_json::from_slice(&collect(stored).await?).map_err(|_| gone())
}

/// What a scene part shows, and what it rises out of, if it does.
pub(crate) async fn backdrops(
    house: &House,
    plan: &Plan,
    progress: &Progress,
    part: usize,
) -> Result<(Backdrop, Option<Backdrop>), Failure> {
    let planned = &plan.scenes[part];
    let outgoing = async {
        match plan.outgoing(planned) {
            Some(outgoing) => Ok(Some(backdrop(house, plan, progress, outgoing).await?)),
            None => Ok(None),
        }
    };
    try_join(backdrop(house, plan, progress, planned), outgoing).await
}

/// A scene part with everything that changes its pixels; `material` is that of its segments, `backdrops` are its own and the
/// one that it rises out of.
pub(crate) fn scene(
    plan: &Plan,
    part: usize,
    material: &[Material],
    (backdrop, outgoing): (Backdrop, Option<Backdrop>),
) -> Scene {
    let planned = &plan.scenes[part];
    let look = &plan.script.look;
    let backdrop = cued(backdrop, &said(plan, part, material));
    // What is left of an animation is how it ended.
    let outgoing = outgoing.map(over);
    let (width, height) = plan.frame_size();
    let rises = plan.outgoing(planned).is_some();
    let changes = look.transition.kind != TransitionKind::Cut && part > 0 && !planned.goes_on;
    let fades = changes && !rises;
    let transition_frames = look.transition.duration_ms * look.fps / 1000;
    let spoken = (planned.first..planned.end).zip(material).map(|(segment, material)| Spoken {
        frames: slot_frames(plan, segment, material),
        audio_sha256: material.sound().to_owned(),
        avatar: avatar(plan, segment),
        pages: material.pages.clone(),
    });
    let spoken: Vec<Spoken> = spoken.collect();
    let frames: u64 = spoken.iter().map(|spoken| spoken.frames).sum();
    let most = u32::try_from(frames.saturating_sub(1)).unwrap_or(u32::MAX);
    let outgoing = plan.outgoing(planned).zip(outgoing).map(|(before, backdrop)| Outgoing {
        avatar_sides: if matches!(backdrop, Backdrop::Card(_) | Backdrop::Animation(_)) {
            avatar_sides(plan, before)
        } else {
            Vec::new()
        },
        backdrop,
        frames: transition_frames.min(most),
    });
    Scene {
        width,
        height,
        fps: look.fps,
        draft: plan.draft,
        backdrop,
        motion: look.motion,
        holds_end_pose: planned.goes_on,
        fade_frames: if fades { transition_frames } else { 0 },
        outgoing: outgoing.filter(|outgoing| outgoing.frames > 0),
        captions: look.captions.clone(),
        spoken,
    }
}

/// The words of a scene: those that one of its parts says, and when.
struct Said<'a> {
    words: Vec<&'a str>,
    part: Range<usize>,
    /// The frame in which each word of the part begins.
    frames: Vec<u64>,
}

/// A backdrop with the frames of its steps, or of its words, where it waits for words.
fn cued(mut backdrop: Backdrop, said: &Said<'_>) -> Backdrop {
    let Said { words, part, frames } = said;
    match &mut backdrop {
        Backdrop::Animation(staged) => staged.cues = staged.animation.cues(words, part.clone(), frames),
        Backdrop::Program(program) => {
            program.words = owned(words);
            let cue = |word: usize| match word.checked_sub(part.start) {
                None => Cue::Done,
                Some(word) => frames.get(word).map_or(Cue::Later, |frame| Cue::At(*frame)),
            };
            program.cues = (0..words.len()).map(cue).collect();
        }
        _ => {}
    }
    backdrop
}

/// A backdrop as its scene leaves it.
fn over(mut backdrop: Backdrop) -> Backdrop {
    if let Backdrop::Animation(staged) = &mut backdrop {
        staged.cues = vec![Cue::Done; staged.animation.steps.len()];
    }
    backdrop
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// The words of parts, as they are planned.
fn texts(plan: &Plan, parts: Range<usize>) -> Vec<&str> {
    let segments = plan.scenes[parts].iter().flat_map(|scene| scene.first..scene.end);
    segments.flat_map(|segment| plan.take(segment).request.text.split_whitespace()).collect()
}

/// What is said in the scene of a part.
fn said<'a>(plan: &'a Plan, part: usize, material: &'a [Material]) -> Said<'a> {
    let scene = plan.scene_of(part);
    let mut words = texts(plan, scene.start..part);
    let first = words.len();
    let (mut frames, mut start) = (Vec::new(), 0);
    for (segment, material) in (plan.scenes[part].first..).zip(material) {
        for word in material.pages.iter().flat_map(|page| &page.words) {
            words.push(&word.text);
            frames.push(start + word.start * u64::from(plan.script.look.fps) / SAMPLE_RATE);
        }
        start += slot_frames(plan, segment, material);
    }
    let own = first..words.len();
    words.extend(texts(plan, part + 1..scene.end));
    Said { words, part: own, frames }
}

fn avatar_sides(plan: &Plan, part: &PlannedScene) -> Vec<bool> {
    let avatars = (part.first..part.end).filter_map(|segment| avatar(plan, segment));
    let sides: BTreeSet<bool> = avatars.map(|avatar| avatar.right).collect();
    sides.into_iter().collect()
}

fn avatar(plan: &Plan, segment: usize) -> Option<Avatar> {
    let name = &plan.line(segment).speaker;
    let Some(Media::File(file)) = &plan.script.speakers.get(name)?.avatar else { return None };
    let right = match plan.script.look.avatars {
        Avatars::Left => false,
        Avatars::Right => true,
        Avatars::Alternate => plan.speaker_index(name) % 2 == 1,
        Avatars::None => return None,
    };
    Some(Avatar { picture: plan.pictures.get(file)?.clone(), right })
}

#[cfg(test)]
mod tests;
