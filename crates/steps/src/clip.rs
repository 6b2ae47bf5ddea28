//! A job that is one clip: what is ordered, and what is told of it once it is there. Its bytes are kept once, among the pictures.

use crate::job::{self, Due, tell, write_file};
use crate::makers::Makers;
use crate::open::{Refusal, Request};
use crate::remove::remove;
use crate::{pictures, timeline, view, window};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use story::artifacts::{Object, collect};
use story::clips::{ClipOrder, ClipRequest, FirstImage};
use story::failure::StoreError;
use story::ids::sha256_hex;
use story::invalid::{Invalid, Problem};
use story::job::{File, Job, Kind, Source, Status};
use story::maker::MakerError;
use story::picture::{Painted, PictureState};
use story::plan::Plan;
use story::queue::{Outcome, Part};
use story::script::Media;
use story::timeline::Times;
use story::{Failure, House, JobId, Studio};

/// A job's clip.
const FILM: &str = "film.mp4";

/// Plans an order of a clip.
pub(crate) async fn planned(
    house: &House,
    makers: Makers<'_>,
    request: &Request,
    clip: &ClipOrder,
) -> Result<Plan, Refusal> {
    if request.kind != Kind::Video {
        return Err(Invalid::one("", "a clip is a film: order a video of it").into());
    }
    let clips = makers.clips.map_err(|why| Refusal::Provider(MakerError::Spent(why.to_owned())))?;
    let mut files = BTreeMap::new();
    let image = match &clip.image {
        None => None,
        Some(Media::File(name)) => {
            let sentence = "files are read by the command line only; use `onetake clip --image`, or a \"url\"";
            let bytes = request.files.get(name).ok_or_else(|| Invalid::one("/clip/image/file", sentence))?;
            files.insert(name.clone(), sha256_hex(bytes));
            files.get(name).cloned().map(FirstImage::Kept)
        }
        Some(Media::Url(address)) => {
            let nobody = || Err("nobody fetches pictures here".to_owned());
            makers
                .fetcher
                .map_or_else(nobody, |fetcher| fetcher.check(address.trim()))
                .map_err(|sentence| Invalid::one("/clip/image/url", sentence))?;
            Some(FirstImage::At(address.trim().to_owned()))
        }
        Some(Media::Upload(_)) => return Err(Invalid::one("/clip/image/upload", "uploads are not there yet").into()),
    };
    let from = match &clip.from {
        Some(id) => Some(earlier(house, id).await?),
        None => None,
    };
    let profile = clips.profile();
    let asked = profile.asked(clip, image, from);
    let (asked, usd) = asked.map_err(|invalid| below(invalid, "/clip"))?;
    Ok(Plan::of_clip(asked, usd, files, request.order(), &profile))
}

/// The same, with pointers that begin at the request.
fn below(invalid: Invalid, pointer: &str) -> Invalid {
    let below = |problem: Problem| Problem { pointer: format!("{pointer}{}", problem.pointer), ..problem };
    Invalid { problems: invalid.problems.into_iter().map(below).collect() }
}

/// The SHA-256 of an earlier job's clip.
async fn earlier(house: &House, id: &str) -> Result<String, Refusal> {
    let refused = |sentence: &str| Refusal::from(Invalid::one("/clip/from", sentence));
    let head = match JobId::parse(id) {
        Some(id) => job::head(house, &id).await?,
        None => None,
    };
    let head = head.ok_or_else(|| refused("there is no such job; give the id of an earlier clip"))?;
    let film = head.files.iter().find(|file| file.is_picture).filter(|_| head.status == Status::Succeeded);
    let film = film.ok_or_else(|| refused("this job holds no clip; give the id of one that succeeded"))?;
    job::touch(house, &head.id).await?;
    Ok(film.sha256.clone())
}

/// Ends what a clip's job was for: its film, its first frame, and what it is by its own file.
pub(crate) async fn finish(house: &House, studio: &dyn Studio, due: Due, clip: &ClipRequest) -> Result<(), Failure> {
    let Due { head, plan, progress } = due;
    let begun_at = Some(house.clock.now());
    let gone = || Failure::GiveUp("the clip is gone: make the job again".into());
    let painted = painted(house, &plan).await?.ok_or_else(gone)?;
    let stored = house.artifacts.get(&Object::Picture(painted.sha256.clone()), None).await?.ok_or_else(gone)?;
    let footage = studio.watch(collect(stored).await?).await?;
    let ended_at = Some(house.clock.now());
    let film = File {
        name: FILM.to_owned(),
        content_type: job::content_type(FILM).to_owned(),
        size_bytes: painted.size_bytes,
        sha256: painted.sha256,
        is_picture: true,
    };
    let thumbnail = write_file(house, &head.id, "thumbnail.jpg", footage.thumbnail.clone()).await?;
    let mut files = vec![film, thumbnail];
    let with = Job { footage: Some(footage.clone()), ..head.clone() };
    let manifest = json!({
        "job": head.id, "made_with": format!("onetake {}", env!("CARGO_PKG_VERSION")), "rehearsed": plan.rehearsed,
        "created_at": head.created_at.to_string(), "finished_at": house.clock.now().to_string(),
        "clip": told(&with, clip), "cost": view::cost(&plan, &progress, &[]), "files": files,
    });
    files.push(write_file(house, &head.id, "manifest.json", format!("{manifest:#}\n")).await?);
    let times = Times { begun_at, ended_at, stored_at: Some(house.clock.now()), ..Times::default() };
    timeline::note(house, &head, Part::Film, times).await;
    let noted = job::change(house, &head.id, |head| {
        head.files.clone_from(&files);
        head.footage = Some(footage.clone());
    });
    if noted.await?.is_none() {
        // It was removed while this stood still: what was written since goes too.
        remove(house, &head.id).await?;
        return Ok(());
    }
    Ok(tell(house, &head.id, Some(progress.moved(Part::Film, Outcome::Made))).await?)
}

/// The clip of a job that came and is good.
async fn painted(house: &House, plan: &Plan) -> Result<Option<Painted>, StoreError> {
    let Some(planned) = plan.paintings.first() else { return Ok(None) };
    Ok(match pictures::read(house, &planned.key).await?.map(|read| read.record.state) {
        Some(PictureState::Ready(painted)) => Some(painted),
        _ => None,
    })
}

/// What came for a clip's job and could not be shown stands among its files until the job expires: under a name that no player opens.
pub(crate) async fn keep_refused(house: &House, head: &Job, plan: &Plan) -> Result<Option<File>, StoreError> {
    let Some(planned) = plan.paintings.first().filter(|_| head.source == Source::Clip) else { return Ok(None) };
    let picture = pictures::read(house, &planned.key).await?;
    let refused = picture.and_then(|read| read.record.refused);
    Ok(refused.map(|refused| File {
        name: "refused.bin".to_owned(),
        content_type: job::content_type("refused.bin").to_owned(),
        size_bytes: refused.size_bytes,
        sha256: refused.sha256,
        is_picture: true,
    }))
}

/// What is asked for, and what came.
pub(crate) fn told(head: &Job, clip: &ClipRequest) -> Value {
    let mut told = json!({
        "provider": clip.provider, "model": clip.model, "prompt": clip.text, "seconds": clip.seconds,
        "aspect": clip.aspect, "resolution": format!("{}p", clip.lines),
        "task": clip.from.as_ref().map(|from| from.task),
    });
    let footage = head.footage.as_ref().and_then(|footage| serde_json::to_value(footage).ok());
    told["footage"] = footage.unwrap_or(Value::Null);
    told
}

/// How far a clip under way is, as its model took so far: the share that is over, and the seconds that are left.
pub(crate) async fn under_way(
    house: &House,
    plan: &Plan,
    clip: &ClipRequest,
) -> Result<Option<(f64, f64)>, StoreError> {
    let Some(planned) = plan.paintings.first() else { return Ok(None) };
    let picture = pictures::read(house, &planned.key).await?;
    let Some(PictureState::UnderWay(painting)) = picture.map(|read| read.record.state) else { return Ok(None) };
    let Some(operation) = painting.operation else { return Ok(None) };
    let Some(expected_ms) = window::read(house, &planned.account).await?.expected_ms(&clip.model) else {
        return Ok(None);
    };
    let elapsed_ms = house.clock.now().since_ms(operation.since);
    // It is not there before it is.
    let share = (elapsed_ms as f64 / expected_ms.max(1) as f64).min(0.95);
    Ok(Some((share, expected_ms.saturating_sub(elapsed_ms) as f64 / 1000.0)))
}
