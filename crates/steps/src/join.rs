//! Joins a job's scene parts and its track into the film, and writes what goes with it.

use crate::job::{self, Due, if_due, tell, write_file};
use crate::material::{Material, READS, backdrops, material, scene, segments};
use crate::remove::remove;
use crate::{clip, programs, render, timeline, view};
use futures_util::future::{join as both, try_join};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde_json::{Value, json};
use std::sync::Arc;
use story::artifacts::{Object, TRACK, collect};
use story::due::Step;
use story::failure::StoreError;
use story::job::File;
use story::queue::{Outcome, Part};
use story::scene::{Backdrop, WordBox};
use story::segment::Segment;
use story::studio::Reel;
use story::time::seconds;
use story::timeline::Times;
use story::{Body, Failure, House, JobId, Studio};

/// A scene part as it lies in the film.
struct Cut {
    key: String,
    backdrop: Backdrop,
    first_frame: u64,
    frames: u64,
    boxes: Vec<WordBox>,
}

/// A film, as it is made: what its files tell of.
struct Making {
    job: Due,
    material: Vec<Material>,
    segments: Vec<Segment>,
    cuts: Vec<Cut>,
}

/// Joins the film and tells the job.
///
/// # Errors
/// Gives up if a part is gone; those of stores and studio.
pub async fn join(house: &House, studio: &dyn Studio, id: &JobId) -> Result<(), Failure> {
    let Some(job) = if_due(house, id, Step::Join).await? else { return Ok(()) };
    let begun_at = Some(house.clock.now());
    let plan = Arc::clone(&job.plan);
    if let Some(clip) = plan.clip() {
        return clip::finish(house, studio, job, clip).await;
    }
    let material = material(house, &plan, &job.progress, 0..plan.segments.len()).await?;
    let (mut cuts, mut parts, mut frame) = (Vec::new(), Vec::new(), 0);
    let (due, heard) = (&job, &material);
    let found = (0..plan.scenes.len()).map(|index| async move {
        let Due { plan, progress, .. } = due;
        let backdrops = backdrops(house, plan, progress, index).await?;
        let planned = &plan.scenes[index];
        let scene = scene(plan, index, &heard[planned.first..planned.end], backdrops);
        let key = scene.key(&studio.version());
        let boxes = boxes(house, &key).await?;
        Ok::<_, Failure>((scene, key, boxes))
    });
    // Hundreds of them: one after the other, the stores' answers alone would take as long as a scene.
    let found: Vec<_> = stream::iter(found).buffered(READS).try_collect().await?;
    for (part, (scene, key, boxes_found)) in found.into_iter().enumerate() {
        let boxes = match boxes_found {
            Some(boxes) => boxes,
            None => {
                // It expired between its rendering and this.
                match render::anew(house, studio, &scene, &key).await {
                    Err(Failure::GiveUp(why)) if programs::stand_in(house, &job, part, &why).await? => {
                        return Box::pin(join(house, studio, id)).await;
                    }
                    made => made?,
                };
                boxes(house, &key).await?.ok_or_else(|| Failure::GiveUp("a scene of this job cannot be kept".into()))?
            }
        };
        parts.push(opened_when_read(house, Object::Scene(key.clone())));
        let frames = scene.frames();
        cuts.push(Cut { key, backdrop: scene.backdrop, first_frame: frame, frames, boxes });
        frame += frames;
    }
    let gone = || Failure::GiveUp("the track of this film is gone: retry the job".into());
    let track = house.artifacts.get(&Object::File(id.clone(), TRACK.into()), None).await?.ok_or_else(gone)?;
    let making = Making { segments: segments(&plan, &material), job, material, cuts };
    let chapters = making.chapters();
    let joining = studio.join(Reel { parts, track, fps: plan.script.look.fps, chapters, has_thumbnail: true });
    let (film, known) = both(joining, timeline::known(house, &making.job.head, &plan)).await;
    let (film, ended_at) = (film?, Some(house.clock.now()));
    // The bytes are hashed on their way: a film need not fit into memory.
    let film_file = job::stream_file(house, id, "film.mp4", film.film).await?;
    let scenes = making.scenes();
    let mut files: Vec<File> =
        making.job.head.files.iter().filter(|file| file.name != "manifest.json").cloned().collect();
    let scenes = format!("{scenes:#}\n");
    let written =
        try_join(write_file(house, id, "thumbnail.jpg", film.thumbnail), write_file(house, id, "scenes.json", scenes));
    let (thumbnail, scenes) = written.await?;
    for made in [film_file, thumbnail, scenes] {
        files.retain(|file| file.name != made.name);
        files.push(made);
    }
    let times = Times { begun_at, ended_at, stored_at: Some(house.clock.now()), ..Times::default() };
    let Due { head, progress, .. } = &making.job;
    if let Some(timeline) = timeline::of_film(head, (&plan, progress), known, times) {
        files.retain(|file| file.name != "timeline.svg");
        files.push(write_file(house, id, "timeline.svg", timeline.to_svg()).await?);
    }
    let manifest = making.manifest(house, studio, &files);
    files.push(write_file(house, id, "manifest.json", format!("{manifest:#}\n")).await?);
    let noting = timeline::note(house, head, Part::Film, times);
    if both(job::change(house, id, |head| head.files = files.clone()), noting).await.0?.is_none() {
        // It was removed while this stood still: what was written since goes too.
        remove(house, id).await?;
        return Ok(());
    }
    Ok(tell(house, id, Some(making.job.progress.moved(Part::Film, Outcome::Made))).await?)
}

/// The boxes of a part whose film is there too.
async fn boxes(house: &House, key: &str) -> Result<Option<Vec<WordBox>>, StoreError> {
    let (film, boxes) = (Object::Scene(key.to_owned()), Object::SceneBoxes(key.to_owned()));
    let (Some(_), Some(boxes)) = try_join(house.artifacts.head(&film), house.artifacts.get(&boxes, None)).await? else {
        return Ok(None);
    };
    Ok(serde_json::from_slice(&collect(boxes).await?).ok())
}

/// An object that is asked for when its first byte is: hundreds of parts are read one after the other.
fn opened_when_read(house: &House, object: Object) -> Body {
    let artifacts = house.artifacts.clone();
    let open = async move {
        let gone = || StoreError::Unavailable(format!("{object} is gone"));
        artifacts.get(&object, None).await?.ok_or_else(gone)
    };
    stream::once(open).try_flatten().boxed()
}

impl Making {
    /// One chapter a scene, named by its first words.
    fn chapters(&self) -> Vec<(String, u64)> {
        let plan = &self.job.plan;
        let scenes = plan.scenes.iter().zip(&self.cuts).filter(|(planned, _)| !planned.goes_on);
        let title = |line: &story::script::Line| {
            let words: Vec<&str> = line.text.split_whitespace().take(6).collect();
            format!("{}: {}", line.speaker, words.join(" "))
        };
        scenes.map(|(planned, cut)| (title(plan.line(planned.first)), cut.first_frame)).collect()
    }

    /// `scenes.json`: frame size; each scene's picture, segments, and box and times of every word. Times are the film's.
    fn scenes(&self) -> Value {
        let plan = &self.job.plan;
        let (width, height) = plan.frame_size();
        let grid = plan.grid();
        let scenes: Vec<Value> = plan
        .scenes
        .iter()
        .zip(&self.cuts)
        .enumerate()
        .map(|(index, (planned, cut))| {
            let start = grid.sample_of(cut.first_frame);
            let words: Vec<Value> = cut
                .boxes
                .iter()
                .map(|word| {
                    json!({
                        "segment": planned.first + word.spoken, "text": word.text, "box": word.area,
                        "start_s": seconds(start + word.start), "end_s": seconds(start + word.end),
                    })
                })
                .collect();
            let segments: Vec<Value> = self.segments[planned.first..planned.end]
                .iter()
                .map(|segment| json!({ "index": segment.index, "start_s": seconds(segment.start), "end_s": seconds(segment.end) }))
                .collect();
            json!({
                "index": index, "picture": picture(&cut.backdrop), "first_frame": cut.first_frame, "frames": cut.frames,
                "start_s": seconds(start), "end_s": seconds(grid.sample_of(cut.first_frame + cut.frames)),
                "segments": segments, "words": words,
            })
        })
        .collect();
        json!({ "width": width, "height": height, "fps": plan.script.look.fps, "scenes": scenes })
    }

    /// `manifest.json`: what the film is made of, to the hash, and what it cost.
    fn manifest(&self, house: &House, studio: &dyn Studio, files: &[File]) -> Value {
        let Due { head, plan, progress } = &self.job;
        let cost = view::cost(plan, progress, &self.segments);
        let segments: Vec<Value> = self.segments
        .iter()
        .zip(&self.material)
        .map(|(segment, material)| {
            json!({
                "index": segment.index, "speaker": segment.speaker, "take": segment.take,
                "audio_sha256": material.sound(), "gain_db": material.recording.as_ref().map(|recording| recording.level.gain_db),
                "silent": segment.silent, "word_times": if material.has_times { "provider" } else { "estimated" },
                "start_s": seconds(segment.start), "end_s": seconds(segment.end), "volume": segment.volume,
            })
        })
        .collect();
        let scenes: Vec<Value> = self
            .cuts
            .iter()
            .map(|cut| json!({ "key": cut.key, "first_frame": cut.first_frame, "frames": cut.frames }))
            .collect();
        let frames: u64 = self.cuts.iter().map(|cut| cut.frames).sum();
        let (width, height) = plan.frame_size();
        json!({
            "job": head.id, "made_with": format!("onetake {}", env!("CARGO_PKG_VERSION")), "studio": studio.version(),
            "rehearsed": plan.rehearsed, "created_at": head.created_at.to_string(), "finished_at": house.clock.now().to_string(),
            "making_s": house.clock.now().since_ms(head.created_at) as f64 / 1000.0,
            "width": width, "height": height, "fps": plan.script.look.fps,
            "duration_s": seconds(plan.grid().sample_of(frames)), "cost": cost, "segments": segments, "scenes": scenes, "files": files,
        })
    }
}

fn picture(backdrop: &Backdrop) -> Value {
    match backdrop {
        Backdrop::Picture(hash) => json!({ "sha256": hash }),
        Backdrop::Clip(hash) => json!({ "clip": hash }),
        Backdrop::Animation(staged) => json!({ "animation": staged.animation }),
        Backdrop::Program(program) => json!({ "manim": program.code }),
        Backdrop::Color([red, green, blue]) => json!({ "color": format!("#{red:02x}{green:02x}{blue:02x}") }),
        Backdrop::Card(card) => json!({ "card": card.text }),
    }
}
