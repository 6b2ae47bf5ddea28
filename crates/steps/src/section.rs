//! Of a topic each section is a film of its own, with its own sound: it can be fetched as soon as it is drawn.

use crate::job::{self, Due};
use crate::remove::remove;
use story::artifacts::Object;
use story::job::File;
use story::studio::Reel;
use story::{Body, Failure, House, Studio};

/// What the names of sections' films begin with.
pub(crate) const NAME: &str = "scene-";

/// The film of a section whose picture is there: its part, and its own sound.
pub(crate) async fn film(
    house: &House,
    studio: &dyn Studio,
    due: &Due,
    part: usize,
    sound: Body,
    key: &str,
) -> Result<(), Failure> {
    let Due { head, plan, progress } = due;
    let gone = || Failure::GiveUp("a scene of this job cannot be kept".into());
    let drawn = house.artifacts.get(&Object::Scene(key.to_owned()), None).await?.ok_or_else(gone)?;
    let reel = Reel {
        parts: vec![drawn],
        track: sound,
        fps: plan.script.look.fps,
        chapters: Vec::new(),
        has_thumbnail: false,
    };
    let film = studio.join(reel).await?.film;
    // Of an earlier life of the job it would stand in place of what was drawn since.
    if job::progress(house, &head.id).await?.is_none_or(|read| read.record.life != progress.life) {
        return Ok(());
    }
    let made: File = job::stream_file(house, &head.id, &format!("{NAME}{part:03}.mp4"), film).await?;
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
