//! Joins a job's scene parts and its track into the film, and writes what goes with it.

use crate::hashed::hashed;
use crate::job::{self, Due, if_due, tell, write_file};
use crate::material::{Material, material, scene, segments};
use crate::remove::remove;
use crate::{render, view};
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
use story::{Body, Failure, House, JobId, Studio};

/// A scene part as it lies in the film.
struct Cut {
    key: String,
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
    let plan = Arc::clone(&job.plan);
    let material = material(house, &plan, &job.progress, 0..plan.segments.len()).await?;
    let (mut cuts, mut parts, mut frame) = (Vec::new(), Vec::new(), 0);
    for (index, planned) in plan.scenes.iter().enumerate() {
        let scene = scene(&plan, index, &material[planned.first..planned.end]);
        let key = scene.key(&studio.version());
        let boxes = match boxes(house, &key).await? {
            Some(boxes) => boxes,
            None => {
                // It expired between its rendering and this.
                render::anew(house, studio, &scene, &key).await?;
                boxes(house, &key).await?.ok_or_else(|| Failure::GiveUp("a scene of this job cannot be kept".into()))?
            }
        };
        parts.push(opened_when_read(house, Object::Scene(key.clone())));
        cuts.push(Cut { key, first_frame: frame, frames: scene.frames(), boxes });
        frame += scene.frames();
    }
    let gone = || Failure::GiveUp("the track of this film is gone: retry the job".into());
    let track = house.artifacts.get(&Object::File(id.clone(), TRACK.into()), None).await?.ok_or_else(gone)?;
    let making = Making { segments: segments(&plan, &material), job, material, cuts };
    let chapters = making.chapters();
    let film = studio.join(Reel { parts, track, fps: plan.script.look.fps, chapters }).await?;
    // The bytes are hashed on their way: a film need not fit into memory.
    let film_file = stream_file(house, id, "film.mp4", film.film).await?;
    let scenes = making.scenes();
    let mut files: Vec<File> =
        making.job.head.files.iter().filter(|file| file.name != "manifest.json").cloned().collect();
    for made in [
        film_file,
        write_file(house, id, "thumbnail.jpg", film.thumbnail).await?,
        write_file(house, id, "scenes.json", format!("{scenes:#}\n")).await?,
    ] {
        files.retain(|file| file.name != made.name);
        files.push(made);
    }
    let manifest = making.manifest(house, studio, &files);
    files.push(write_file(house, id, "manifest.json", format!("{manifest:#}\n")).await?);
    if job::change(house, id, |head| head.files = files.clone()).await?.is_none() {
        // It was removed while this stood still: what was written since goes too.
        remove(house, id).await?;
        return Ok(());
    }
    Ok(tell(house, id, Some(making.job.progress.moved(Part::Film, Outcome::Made))).await?)
}

/// The boxes of a part whose film is there too.
async fn boxes(house: &House, key: &str) -> Result<Option<Vec<WordBox>>, StoreError> {
    if house.artifacts.head(&Object::Scene(key.to_owned())).await?.is_none() {
        return Ok(None);
    }
    let Some(boxes) = house.artifacts.get(&Object::SceneBoxes(key.to_owned()), None).await? else { return Ok(None) };
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

async fn stream_file(house: &House, id: &JobId, name: &str, content: Body) -> Result<File, Failure> {
    let (content, facts) = hashed(content);
    house.artifacts.put(&Object::File(id.clone(), name.to_owned()), content).await?;
    let (sha256, size_bytes) = facts.end();
    Ok(File { name: name.to_owned(), content_type: job::content_type(name).to_owned(), size_bytes, sha256 })
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
        let (width, height) = plan.script.look.frame_size();
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
                "index": index, "picture": picture(&planned.backdrop), "first_frame": cut.first_frame, "frames": cut.frames,
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
        let (width, height) = plan.script.look.frame_size();
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
        Backdrop::Color([red, green, blue]) => json!({ "color": format!("#{red:02x}{green:02x}{blue:02x}") }),
        Backdrop::Card(card) => json!({ "card": card.text }),
    }
}
