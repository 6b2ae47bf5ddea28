//! The verbs that make something: film, preview, video, and what they would cost.

use crate::arguments::{Making, Quality};
use crate::bill::{bill, clock, dollars};
use crate::clip;
use crate::ending::{Ending, print, print_json, warn};
use crate::fit;
use crate::host;
use crate::script_file::{self, ScriptFile, Source};
use crate::shown;
use crate::tell;
use crate::workplace::{Workplace, house, house_of, job_id, limits, makers};
use serde_json::{Map, Value, json};
use std::path::Path;
use steps::open::{Again, Request};
use steps::view::View;
use story::job::{Kind, Source as Origin, Status};
use story::plan::OnUncertain;
use story::writing::Work;
use story::{Invalid, JobId};

/// Speaks a script.
pub(crate) async fn preview(data: &Path, script: &Path, making: &Making, json: bool) -> Result<(), Ending> {
    let source = script_file::read(script, limits()?)?;
    let (asked, source) = ask(data, source, making).await?;
    let workplace = asked.on_disk(data).await?;
    let heard = make(&workplace, request(Kind::Preview, Some(&source), None, making)?, making.fit, json).await?;
    if json {
        print_json(&heard);
        return Ok(());
    }
    print(&shown::preview(&workplace, &heard).await?);
    print(&format!("  ▸ bill     {}", bill(heard.counts, heard.cost)));
    print(&format!("  ▸ next     onetake video --preview {}", heard.id));
    Ok(())
}

/// Makes a film of a script, a story, or what a preview said.
pub(crate) async fn film(
    data: &Path,
    script: Option<&Path>,
    preview: Option<&str>,
    making: &Making,
    json: bool,
) -> Result<(), Ending> {
    let source = script.map(|path| script_file::source(path, limits()?, &making.telling)).transpose()?;
    let source = match source {
        Some(Source::Story(order)) if preview.is_none() => return tell::film(data, order, making, json).await,
        Some(Source::Story(_)) => {
            return Err(Invalid::one("", "a story has no preview: leave --preview out, or give a script").into());
        }
        Some(Source::Script(source)) => Some(*source),
        None => None,
    };
    let makers = makers(making.speaking.rehearse).await?;
    let preview = preview.map(job_id).transpose()?;
    let request = request(Kind::Video, source.as_ref(), preview, making)?;
    if let (None, Some(id)) = (&source, &request.preview) {
        house(data).await?.ok_or_else(|| Ending::no_such_job(id))?;
    }
    let workplace = Workplace::ask_for(data, makers, &request).await?.on_disk(data).await?;
    let made = make(&workplace, request, making.fit, json).await?;
    tell::show(&workplace, &made, making, json).await
}

/// Says what a film of a script would cost.
pub(crate) async fn estimate(data: &Path, script: &Path, making: &Making, json: bool) -> Result<(), Ending> {
    let (workplace, request) = match script_file::source(script, limits()?, &making.telling)? {
        Source::Story(order) => tell::ask(data, Work::Story(order), making).await?,
        Source::Script(source) => {
            let (workplace, source) = ask(data, *source, making).await?;
            (workplace, request(Kind::Video, Some(&source), None, making)?)
        }
    };
    let estimate = steps::estimate::estimate(workplace.house(), workplace.for_orders(), &request, making.fit).await?;
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
    for line in making.fit.map(|fit_s| fit::told(&estimate, fit_s)).unwrap_or_default() {
        print(&line);
    }
    Ok(())
}

/// Script and order are checked before a house is made: what is wrong leaves no trace.
async fn ask(data: &Path, source: ScriptFile, making: &Making) -> Result<(Workplace, ScriptFile), Ending> {
    let makers = makers(making.speaking.rehearse).await?;
    let request = request(Kind::Video, Some(&source), None, making)?;
    Ok((Workplace::ask_for(data, makers, &request).await?, source))
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
        sections: Vec::new(),
        writing: None,
        clip: None,
        preview,
        look: (!look.is_empty()).then_some(Value::Object(look)),
        draft: making.quality == Quality::Draft,
        ttl_ms: None,
        priority: making.priority,
        on_speech_failure: making.speaking.on_speech_failure,
        on_picture_failure: making.speaking.on_picture_failure,
        on_uncertain: making.speaking.on_uncertain.unwrap_or_default(),
        buys_clips_again: making.speaking.on_uncertain == Some(OnUncertain::Buy),
        metadata: Map::new(),
        files: source.map(|source| source.files.clone()).unwrap_or_default(),
        again: Again::GoOn,
        caller: None,
    })
}

fn check_look(look: &Map<String, Value>) -> Result<(), Ending> {
    let smallest = json!({ "speakers": { "A": {} }, "lines": [{ "speaker": "A", "text": "A." }], "look": look });
    story::reading::script_from_value(&smallest, limits()?)?;
    Ok(())
}

/// Opens a job and stays until it has ended; says what there is to note.
pub(crate) async fn make(
    workplace: &Workplace,
    request: Request,
    fit_s: Option<f64>,
    json: bool,
) -> Result<View, Ending> {
    let made = work(workplace, request, fit_s, json).await?;
    note(&made, json);
    Ok(made)
}

/// Opens a job and stays until it has ended.
pub(crate) async fn work(
    workplace: &Workplace,
    request: Request,
    fit_s: Option<f64>,
    json: bool,
) -> Result<View, Ending> {
    let (house, makers) = (workplace.house(), workplace.for_orders());
    if !json && (request.preview.is_none() || fit_s.is_some()) {
        let profile = makers.speech.profile();
        let estimate = steps::estimate::estimate(house, makers, &request, fit_s).await?;
        let price = if profile.rehearsed {
            "nothing is paid".to_owned()
        } else {
            format!("{} to pay", dollars(estimate.cost_usd))
        };
        let who = format!("{} ({})", profile.provider, profile.model);
        // What is still to be written is known by its bounds.
        let most = if request.writing.is_some() { "at most " } else { "" };
        warn(&format!(
            "  ▸ speech   {who} · {most}{} of {} lines to speak · {most}{} characters · {price}",
            estimate.new_lines, estimate.lines, estimate.new_characters
        ));
        for line in fit_s.map(|fit_s| fit::told(&estimate, fit_s)).unwrap_or_default() {
            warn(&line);
        }
    }
    let job = steps::open::open(house, makers, request).await?;
    finish(workplace, &job.id, json).await
}

/// Takes a job up again, and stays until it has ended.
pub(crate) async fn retry(data: &Path, id: &str, json: bool) -> Result<(), Ending> {
    let (earlier, id) = house_of(data, id).await?;
    let head = steps::job::head(&earlier, &id).await?.ok_or_else(|| Ending::no_such_job(&id))?;
    if head.is_unwritten() {
        return tell::again(data, &earlier, &id, json).await;
    }
    let rehearsed = steps::job::plan(&earlier, &id).await?.rehearsed;
    let makers = makers(rehearsed).await?;
    let workplace = Workplace::open(data, makers).await?;
    let plan = steps::job::plan(workplace.house(), &id).await?;
    if plan.account != workplace.account_of(head.source) {
        let detail = "this job was made with another account: set the keys and addresses that it was made with";
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
        _ if made.source == Origin::Clip => return clip::show(&workplace, &made).await,
        Kind::Preview => print(&shown::preview(&workplace, &made).await?),
        Kind::Video => print(&shown::film(&workplace, &made).await?),
    }
    print(&format!("  ▸ bill     {}", bill(made.counts, made.cost)));
    Ok(())
}

/// Stays until a job has ended.
pub(crate) async fn finish(workplace: &Workplace, id: &JobId, json: bool) -> Result<View, Ending> {
    let mut views = host::work(workplace, std::slice::from_ref(id), json).await?;
    judged(workplace, views.remove(0), json).await
}

/// A job that ended well, or what it ended with.
pub(crate) async fn judged(workplace: &Workplace, view: View, json: bool) -> Result<View, Ending> {
    let ending = match (&view.status, &view.error) {
        (Status::Failed, Some(error)) => {
            let stopped = steps::resume::stopped(workplace.house(), &workplace.speech().profile().account).await?;
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
pub(crate) fn note(view: &View, json: bool) {
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
