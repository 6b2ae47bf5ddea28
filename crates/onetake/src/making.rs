//! The verbs that make something: film, preview, video, and what they would cost.

use crate::arguments::{Making, Quality};
use crate::bill::{bill, clock, dollars};
use crate::ending::{Ending, print, print_json, warn};
use crate::host;
use crate::script_file::{self, ScriptFile};
use crate::workplace::{Workplace, house, house_of, job_id, limits, makers};
use serde_json::{Map, Value, json};
use std::path::Path;
use steps::open::{Again, Request};
use steps::view::View;
use story::artifacts::TRACK;
use story::artifacts::{Link, Object};
use story::job::{Kind, Status};
use story::{Invalid, JobId};

/// Speaks a script, then makes the film of it.
pub(crate) async fn film(data: &Path, script: &Path, making: &Making, json: bool) -> Result<(), Ending> {
    let (asked, source) = ask(data, script, making).await?;
    let workplace = asked.on_disk(data).await?;
    let heard = work(&workplace, request(Kind::Preview, Some(&source), None, making)?, json).await?;
    if !json {
        show_preview(&workplace, &heard).await?;
    }
    // What there is to note of what was heard, the film says too.
    let mut made = make(&workplace, request(Kind::Video, Some(&source), Some(heard.id.clone()), making)?, json).await?;
    // The bill is of both: what the preview spoke, the film found.
    made.counts.spoken += heard.counts.spoken;
    made.counts.reused = made.counts.reused.saturating_sub(heard.counts.spoken);
    made.cost.characters_paid += heard.cost.characters_paid;
    made.cost.characters_saved = made.cost.characters_saved.saturating_sub(heard.cost.characters_paid);
    made.cost.cost_usd += heard.cost.cost_usd;
    made.cost.saved_usd = (made.cost.saved_usd - heard.cost.cost_usd).max(0.0);
    if json {
        print_json(&made);
    } else {
        show_film(&workplace, &made).await?;
        print(&format!("  ▸ bill     {}", bill(made.counts, made.cost)));
    }
    Ok(())
}

/// Speaks a script.
pub(crate) async fn preview(data: &Path, script: &Path, making: &Making, json: bool) -> Result<(), Ending> {
    let (asked, source) = ask(data, script, making).await?;
    let workplace = asked.on_disk(data).await?;
    let heard = make(&workplace, request(Kind::Preview, Some(&source), None, making)?, json).await?;
    if json {
        print_json(&heard);
        return Ok(());
    }
    show_preview(&workplace, &heard).await?;
    print(&format!("  ▸ bill     {}", bill(heard.counts, heard.cost)));
    print(&format!("  ▸ next     onetake video --preview {}", heard.id));
    Ok(())
}

/// Makes a film from a preview, or from a script.
pub(crate) async fn video(
    data: &Path,
    script: Option<&Path>,
    preview: Option<&str>,
    making: &Making,
    json: bool,
) -> Result<(), Ending> {
    let (speech, studio) = makers(making.speaking.rehearse).await?;
    let source = script.map(|path| script_file::read(path, limits()?)).transpose()?;
    let preview = preview.map(job_id).transpose()?;
    let request = request(Kind::Video, source.as_ref(), preview, making)?;
    if let (None, Some(id)) = (&source, &request.preview) {
        house(data).await?.ok_or_else(|| Ending::no_such_job(id))?;
    }
    let workplace = Workplace::ask_for(data, speech, studio, &request).await?.on_disk(data).await?;
    let made = make(&workplace, request, json).await?;
    if json {
        print_json(&made);
        return Ok(());
    }
    show_film(&workplace, &made).await?;
    print(&format!("  ▸ bill     {}", bill(made.counts, made.cost)));
    Ok(())
}

/// Says what a film of a script would cost.
pub(crate) async fn estimate(data: &Path, script: &Path, making: &Making, json: bool) -> Result<(), Ending> {
    let (workplace, source) = ask(data, script, making).await?;
    let request = request(Kind::Video, Some(&source), None, making)?;
    let estimate = steps::estimate::estimate(workplace.house(), workplace.speech.as_ref(), &request).await?;
    if json {
        print_json(&estimate);
        return Ok(());
    }
    let rehearsed = if estimate.rehearsed { "   (rehearsed: $0)" } else { "" };
    print(&format!(
        "  ▸ estimate {} of {} lines to speak · {} of {} characters · {} to pay · {} not to pay{rehearsed}",
        estimate.new_lines,
        estimate.lines,
        estimate.new_characters,
        estimate.characters,
        dollars(estimate.cost_usd),
        dollars(estimate.saved_usd)
    ));
    print(&format!("  ▸ film     {} scenes · about {} long", estimate.scenes, clock(estimate.duration_s)));
    Ok(())
}

/// Script and order are checked before a house is made: what is wrong leaves no trace.
async fn ask(data: &Path, script: &Path, making: &Making) -> Result<(Workplace, ScriptFile), Ending> {
    let (speech, studio) = makers(making.speaking.rehearse).await?;
    let source = script_file::read(script, limits()?)?;
    let request = request(Kind::Video, Some(&source), None, making)?;
    Ok((Workplace::ask_for(data, speech, studio, &request).await?, source))
}

/// What is ordered. Options of the command line replace fields of the script's look, and are checked like them.
pub(crate) fn request(
    kind: Kind,
    source: Option<&ScriptFile>,
    preview: Option<JobId>,
    making: &Making,
) -> Result<Request, Ending> {
    let mut look = Map::new();
    let texts = [("aspect", &making.aspect), ("resolution", &making.resolution)];
    look.extend(texts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), json!(value.as_ref()?)))));
    look.extend(making.fps.map(|fps| ("fps".to_owned(), json!(fps))));
    check_look(&look)?;
    Ok(Request {
        kind,
        script: source.map(|source| source.script.clone()),
        preview,
        look: (!look.is_empty()).then_some(Value::Object(look)),
        draft: making.quality == Quality::Draft,
        ttl_ms: None,
        priority: making.priority,
        on_speech_failure: making.speaking.on_speech_failure,
        on_uncertain: making.speaking.on_uncertain,
        metadata: Map::new(),
        files: source.map(|source| source.files.clone()).unwrap_or_default(),
        again: Again::GoOn,
    })
}

fn check_look(look: &Map<String, Value>) -> Result<(), Ending> {
    let smallest = json!({ "speakers": { "A": {} }, "lines": [{ "speaker": "A", "text": "A." }], "look": look });
    story::reading::script_from_value(&smallest, limits()?)?;
    Ok(())
}

/// Opens a job and stays until it has ended; says what there is to note.
pub(crate) async fn make(workplace: &Workplace, request: Request, json: bool) -> Result<View, Ending> {
    let made = work(workplace, request, json).await?;
    note(&made, json);
    Ok(made)
}

/// Opens a job and stays until it has ended.
async fn work(workplace: &Workplace, request: Request, json: bool) -> Result<View, Ending> {
    let (house, speech) = (workplace.house(), workplace.speech.as_ref());
    if !json && request.preview.is_none() {
        let profile = speech.profile();
        let estimate = steps::estimate::estimate(house, speech, &request).await?;
        let price = if profile.rehearsed {
            "nothing is paid".to_owned()
        } else {
            format!("{} to pay", dollars(estimate.cost_usd))
        };
        let who = format!("{} ({})", profile.provider, profile.model);
        warn(&format!(
            "  ▸ speech   {who} · {} of {} lines to speak · {} characters · {price}",
            estimate.new_lines, estimate.lines, estimate.new_characters
        ));
    }
    let job = steps::open::open(house, speech, request).await?;
    finish(workplace, &job.id, json).await
}

/// Takes a job up again, and stays until it has ended.
pub(crate) async fn retry(data: &Path, id: &str, json: bool) -> Result<(), Ending> {
    let (earlier, id) = house_of(data, id).await?;
    steps::job::head(&earlier, &id).await?.ok_or_else(|| Ending::no_such_job(&id))?;
    let rehearsed = steps::job::plan(&earlier, &id).await?.rehearsed;
    let (speech, studio) = makers(rehearsed).await?;
    let workplace = Workplace::open(data, speech, studio).await?;
    let plan = steps::job::plan(workplace.house(), &id).await?;
    if plan.account != workplace.speech.profile().account {
        let detail = "this job was made with another speech account: set the keys and addresses that it was made with";
        return Err(Invalid::one("", detail).into());
    }
    if !steps::cancel::retry(workplace.house(), &id).await? {
        let view = steps::view::view(workplace.house(), &id).await?.ok_or_else(|| Ending::no_such_job(&id))?;
        if view.status.has_ended() {
            return Err(Invalid::one("", "nothing is missing in this job: there is nothing to retry").into());
        }
    }
    let made = finish(&workplace, &id, json).await?;
    note(&made, json);
    if json {
        print_json(&made);
        return Ok(());
    }
    match made.kind {
        Kind::Preview => show_preview(&workplace, &made).await?,
        Kind::Video => show_film(&workplace, &made).await?,
    }
    print(&format!("  ▸ bill     {}", bill(made.counts, made.cost)));
    Ok(())
}

/// Stays until a job has ended.
async fn finish(workplace: &Workplace, id: &JobId, json: bool) -> Result<View, Ending> {
    let view = host::work(workplace, id, json).await?;
    let ending = match (&view.status, &view.error) {
        (Status::Failed, Some(error)) => {
            let stopped = steps::resume::stopped(workplace.house(), &workplace.speech.profile().account).await?;
            Ending::Failed {
                job: view.id.clone(),
                reason: format!("{} {}", error.pointer, error.detail).trim_start().to_owned(),
                is_stopped: stopped.is_some_and(|stop| error.detail.starts_with(&stop.reason)),
            }
        }
        (Status::Cancelled, _) => Ending::Cancelled(view.id.clone()),
        _ => return Ok(view),
    };
    note(&view, json);
    Err(ending)
}

/// Says to a person what there is to note of a job.
fn note(view: &View, json: bool) {
    if json {
        return;
    }
    for warning in &view.warnings {
        let place = warning.pointer.as_ref().map(|pointer| format!("{pointer}  ")).unwrap_or_default();
        warn(&format!("  ▸ note     {place}{}", warning.detail));
    }
    if view.status == Status::Succeeded && view.counts.silent > 0 {
        warn(&format!("  ▸ note     `onetake retry {}` buys what is silent", view.id));
    }
}

async fn show_preview(workplace: &Workplace, heard: &View) -> Result<(), Ending> {
    let end_s = heard.segments.last().and_then(|segment| segment.end_s).unwrap_or_default();
    let lines = format!("{0}/{0} lines ready", heard.counts.lines);
    let path = path(workplace, heard, TRACK).await?;
    print(&format!("  ▸ preview  {lines:<20} {:>5}   listen  {path}", clock(end_s)));
    Ok(())
}

async fn show_film(workplace: &Workplace, made: &View) -> Result<(), Ending> {
    let end_s = made.segments.last().and_then(|segment| segment.end_s).unwrap_or_default();
    let scenes = format!("{}/{} scenes", made.stages.compose.done, made.stages.compose.of);
    let path = path(workplace, made, "film.mp4").await?;
    print(&format!("  ▸ film     {scenes:<20} {:>5}   watch   {path}", clock(end_s)));
    Ok(())
}

/// Where a file lies, from here where it lies below.
pub(crate) async fn path(workplace: &Workplace, view: &View, name: &str) -> Result<String, Ending> {
    let file = Object::File(view.id.clone(), name.to_owned());
    let here = std::env::current_dir().unwrap_or_default();
    Ok(match workplace.house().artifacts.link(&file, name, steps::job::content_type(name)).await? {
        Link::File(path) => path.strip_prefix(&here).unwrap_or(&path).display().to_string(),
        Link::Url(url) => url,
    })
}
