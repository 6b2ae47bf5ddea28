//! Sections whose animation is a program: what a job is told where none could be had, or where one could not be drawn.

use crate::job::{self, Due};
use crate::pictures;
use crate::render::keep;
use story::animation::Staged;
use story::artifacts::{Object, body};
use story::expiry::Kept;
use story::failure::StoreError;
use story::ids::sha256_hex;
use story::images::PictureRequest;
use story::job::Warning;
use story::picture::PictureState;
use story::queue::{Outcome, Part};
use story::scene::{Backdrop, Scene};
use story::writing::Sketch;
use story::{Failure, House};

/// Tells a job that a section is drawn the usual way, where it was to be by a program.
pub(crate) async fn note(house: &House, due: &Due, part: usize, scene: &Scene) -> Result<(), StoreError> {
    let Due { plan, progress, .. } = due;
    let Some(painting) = plan.scenes[part].painting else { return Ok(()) };
    let PictureRequest::Written(brief) = &plan.paintings[painting].request else { return Ok(()) };
    let is_drawn = matches!(scene.backdrop, Backdrop::Animation(_));
    // Where nothing could be had at all, it is told so already.
    let is_there = progress.outcome(Part::Picture(painting)) != Some(Outcome::Card);
    if brief.wants_program() && is_drawn && is_there {
        warn(house, due, part, "no program for Manim came of it that runs; it is drawn the usual way").await?;
    }
    Ok(())
}

/// A program that cannot be drawn goes, and its section's key points stand in its place, for whoever draws it next.
pub(crate) async fn give_up(house: &House, due: &Due, part: usize, why: &str) -> Result<(), Failure> {
    let Due { plan, .. } = due;
    let planned = &plan.scenes[part];
    let (Some(painting), Backdrop::Animation(staged)) = (planned.painting, &planned.backdrop) else {
        return Err(Failure::GiveUp(why.to_owned()));
    };
    let Staged { animation, .. } = staged.as_ref();
    let bytes = serde_json::to_vec(&Sketch::Animation(Box::new(animation.clone()))).expect("sketches always serialise");
    let (sha256, size_bytes) = (sha256_hex(&bytes), bytes.len() as u64);
    keep(house, Kept::Picture(sha256.clone()), &sha256, house.settings.take_ttl_ms).await?;
    house.artifacts.put(&Object::Picture(sha256.clone()), body(bytes)).await?;
    let key = &plan.paintings[painting].key;
    let Some(picture) = pictures::read(house, key).await? else { return Ok(()) };
    if let PictureState::Ready(painted) = &picture.record.state {
        pictures::change(house, key, |picture| picture.replaced(&painted.sha256, &sha256, size_bytes)).await?;
    }
    let sentence = format!("its program could not be drawn ({why}); its key points are shown");
    Ok(warn(house, due, part, &sentence).await?)
}

/// Once for each section, however often it is drawn.
async fn warn(house: &House, due: &Due, part: usize, sentence: &str) -> Result<(), StoreError> {
    let Due { plan, head, .. } = due;
    let line = plan.segments[plan.scenes[part].first].line;
    let warning = Warning {
        code: "manim-missed".to_owned(),
        detail: format!("section {}: {sentence}", line + 1),
        pointer: Some(format!("/lines/{line}")),
    };
    job::change(house, &head.id, |head| {
        let is_told = |told: &Warning| told.code == warning.code && told.pointer == warning.pointer;
        if !head.warnings.iter().any(is_told) {
            head.warn(warning.clone());
        }
    })
    .await
    .map(|_| ())
}
