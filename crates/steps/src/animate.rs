//! Draws a scene part that is an animation, the moment its words are spoken and its animation is written. Of a topic each section is a
//! film of its own too, with its own sound: it can be fetched as soon as it is there.

use crate::job::{self, Due};
use crate::remove::remove;
use crate::render;
use story::artifacts::Object;
use story::job::File;
use story::studio::Reel;
use story::{Body, Failure, House, JobId, Studio};

/// What the names of sections' films begin with.
pub(crate) const SECTION: &str = "scene-";

/// Draws a part, or finds it drawn, and tells the job.
///
/// # Errors
/// Those of rendering.
pub async fn animate(house: &House, studio: &dyn Studio, id: &JobId, part: usize) -> Result<(), Failure> {
    render::render(house, studio, id, part).await
}

/// The film of a section whose picture is there: its part, and its own sound.
pub(crate) async fn section(
    house: &House,
    studio: &dyn Studio,
    due: &Due,
    part: usize,
    sound: Body,
    key: &str,
) -> Result<(), Failure> {
    let Due { head, plan, .. } = due;
    let gone = || Failure::GiveUp("a scene of this job cannot be kept".into());
    let drawn = house.artifacts.get(&Object::Scene(key.to_owned()), None).await?.ok_or_else(gone)?;
    let reel = Reel { parts: vec![drawn], track: sound, fps: plan.script.look.fps, chapters: Vec::new() };
    let film = studio.join(reel).await?.film;
    let made: File = job::stream_file(house, &head.id, &format!("{SECTION}{part:03}.mp4"), film).await?;
    let noted = job::change(house, &head.id, |head| {
        head.files.retain(|file| file.name != made.name);
        head.files.push(made.clone());
    });
    if noted.await?.is_none() {
        // It was removed while this stood still: what was written since goes too.
        remove(house, &head.id).await?;
    }
    Ok(())
}
