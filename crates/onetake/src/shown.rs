//! What was made, shown to a person: where it lies, and how long it is.

use crate::bill::clock;
use crate::ending::Ending;
use crate::workplace::Workplace;
use steps::view::View;
use story::artifacts::{Link, Object, TRACK};

/// The line about the sound of a job.
pub(crate) async fn preview(workplace: &Workplace, heard: &View) -> Result<String, Ending> {
    let end_s = heard.segments.last().and_then(|segment| segment.end_s).unwrap_or_default();
    let lines = format!("{}/{} lines ready", heard.counts.lines - heard.counts.silent, heard.counts.lines);
    let path = path(workplace, heard, TRACK).await?;
    Ok(format!("  ▸ preview  {lines:<20} {:>5}   listen  {path}", clock(end_s)))
}

/// The line about the film of a job.
pub(crate) async fn film(workplace: &Workplace, made: &View) -> Result<String, Ending> {
    let end_s = made.segments.last().and_then(|segment| segment.end_s).unwrap_or_default();
    let scenes = format!("{}/{} scenes", made.stages.compose.done, made.stages.compose.of);
    let path = path(workplace, made, "film.mp4").await?;
    Ok(format!("  ▸ film     {scenes:<20} {:>5}   watch   {path}", clock(end_s)))
}

/// Where a file lies, from here where it lies below.
pub(crate) async fn path(workplace: &Workplace, view: &View, name: &str) -> Result<String, Ending> {
    let house = workplace.house();
    let own = Object::File(view.id.clone(), name.to_owned());
    let head = steps::job::head(house, &view.id).await?.ok_or_else(|| Ending::no_such_job(&view.id))?;
    let kept = steps::job::object(house, &head, name).await?.unwrap_or_else(|| own.clone());
    let content_type = steps::job::content_type(name);
    let mut link = house.artifacts.link(&kept, name, content_type).await?;
    if kept != own
        && let Link::File(kept) = &link
        && let Link::File(named) = house.artifacts.link(&own, name, content_type).await?
        // By a name that players know: where the folder takes no second one, by the first.
        && (named.exists() || std::fs::hard_link(kept, &named).is_ok())
    {
        link = Link::File(named);
    }
    let here = std::env::current_dir().unwrap_or_default();
    Ok(match link {
        Link::File(path) => path.strip_prefix(&here).unwrap_or(&path).display().to_string(),
        Link::Url(url) => url,
    })
}
