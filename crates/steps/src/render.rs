//! Renders one scene part of a job, the moment its own takes are there. What was rendered before is not rendered again.

use crate::job::{Due, if_due, tell};
use crate::material::{backdrops, material, scene};
use crate::{programs, section, timeline, track};
use futures_util::future::{join, try_join};
use std::collections::BTreeMap;
use story::artifacts::{Object, body, collect};
use story::due::Step;
use story::expiry::{Expiry, Kept, KeptScene, moved_by_use};
use story::failure::StoreError;
use story::queue::{Outcome, Part};
use story::records::Partition;
use story::scene::{Backdrop, Scene};
use story::timeline::Times;
use story::{Failure, House, JobId, Studio, Timestamp};

/// Renders a part, or finds it rendered, and tells the job. Where it `is_last_try`, a program that nobody can draw now is given up too.
///
/// # Errors
/// Gives up if its takes or pictures are gone; those of stores and studio.
pub async fn render(
    house: &House,
    studio: &dyn Studio,
    id: &JobId,
    part: usize,
    is_last_try: bool,
) -> Result<(), Failure> {
    let Some(due) = if_due(house, id, Step::Render(part)).await? else { return Ok(()) };
    let Due { head, plan, progress } = &due;
    let begun_at = Some(house.clock.now());
    let planned = &plan.scenes[part];
    let heard = material(house, plan, progress, planned.first..planned.end);
    let (material, backdrops) = try_join(heard, backdrops(house, plan, progress, part)).await?;
    let scene = scene(plan, part, &material, backdrops);
    programs::note(house, &due, part, &scene).await?;
    let key = scene.key(&studio.version());
    keep(house, Kept::Scene(key.clone()), &key, house.settings.take_ttl_ms).await?;
    let telling = |outcome| tell(house, id, Some(progress.moved(Part::Scene(part), outcome)));
    let (is_there, is_section) = (is_there(house, &key).await?, !plan.sections.is_empty());
    let has_program = matches!(scene.backdrop, Backdrop::Program(_));
    let drawing = async {
        if is_there {
            return Ok(Ok(begun_at));
        }
        match anew(house, studio, &scene, &key).await {
            Err(Failure::GiveUp(why)) if has_program => Ok(Err(why)),
            Err(Failure::Retry(StoreError::Unavailable(why))) if has_program && is_last_try => Ok(Err(why)),
            made => made.map(|at| Ok(Some(at))),
        }
    };
    let laying = async {
        let sound = is_section.then(|| track::alone(house, studio, plan, planned.first, &material));
        Ok(match sound {
            Some(sound) => Some(sound.await?),
            None => None,
        })
    };
    let (drawn, sound) = try_join(drawing, laying).await?;
    let ended_at = match drawn {
        Ok(ended_at) => ended_at,
        // Another scene from here on: this one is nobody's.
        Err(why) if programs::stand_in(house, &due, part, &why).await? => {
            return Box::pin(render(house, studio, id, part, is_last_try)).await;
        }
        Err(why) => return Err(Failure::GiveUp(why)),
    };
    if let Some(sound) = sound {
        // Before the job is told: it may end by that, and nothing is added to one that has ended.
        section::film(house, studio, &due, part, sound, &key).await?;
    }
    if is_there {
        return Ok(telling(Outcome::Reused).await?);
    }
    let times = Times { begun_at, ended_at, stored_at: Some(house.clock.now()), ..Times::default() };
    // Beside each other: what comes next waits for no note.
    let noting = timeline::note(house, head, Part::Scene(part), times);
    Ok(join(telling(Outcome::Made), noting).await.0?)
}

/// Renders a part, whether or not it was rendered before, and stores it. Says when it began to be stored.
pub(crate) async fn anew(house: &House, studio: &dyn Studio, scene: &Scene, key: &str) -> Result<Timestamp, Failure> {
    keep(house, Kept::Scene(key.to_owned()), key, house.settings.take_ttl_ms).await?;
    let mut pictures = BTreeMap::new();
    for hash in scene.pictures() {
        let gone = || Failure::GiveUp("a picture of this job is gone: make the job again".into());
        let picture = house.artifacts.get(&Object::Picture(hash.to_owned()), None).await?.ok_or_else(gone)?;
        pictures.insert(hash.to_owned(), collect(picture).await?);
    }
    let rendered = studio.render(scene, pictures).await?;
    let ended_at = house.clock.now();
    let boxes = serde_json::to_vec(&rendered.boxes).expect("boxes always serialise");
    // The boxes first: the film's object is the commit.
    house.artifacts.put(&Object::SceneBoxes(key.to_owned()), body(boxes)).await?;
    house.artifacts.put(&Object::Scene(key.to_owned()), rendered.film).await?;
    Ok(ended_at)
}

async fn is_there(house: &House, key: &str) -> Result<bool, StoreError> {
    let (film, boxes) = (Object::Scene(key.to_owned()), Object::SceneBoxes(key.to_owned()));
    let (film, boxes) = try_join(house.artifacts.head(&film), house.artifacts.head(&boxes)).await?;
    Ok([film, boxes].iter().all(|stored| stored.as_ref().is_some_and(|head| head.size_bytes > 0)))
}

/// Files a part, or a picture, to be kept for so long from now.
pub(crate) async fn keep(house: &House, of: Kept, key: &str, ttl_ms: u64) -> Result<(), StoreError> {
    let now = house.clock.now();
    let kept = KeptScene { key: key.to_owned(), expires_at: now.plus_ms(ttl_ms) };
    let used = |scene: &KeptScene| {
        let expires_at = moved_by_use(scene.expires_at, now, ttl_ms)?;
        Some(KeptScene { expires_at, ..scene.clone() })
    };
    if house.update(&Partition::Scenes, key, used).await?.is_none() {
        house.swap(&Expiry { at: kept.expires_at, of }, None).await?;
        house.swap(&kept, None).await?;
    }
    Ok(())
}
