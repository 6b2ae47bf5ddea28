//! The verb that has clips generated: each prompt becomes one.

use crate::arguments::{Clipping, Speaking};
use crate::bill::{clock, dollars};
use crate::ending::{Ending, print, print_json, warn};
use crate::host;
use crate::making::{judged, note};
use crate::script_file::picture;
use crate::shown::path;
use crate::workplace::{Workplace, makers};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use steps::open::{Again, Request};
use steps::view::View;
use story::Invalid;
use story::clips::ClipReading;
use story::job::Kind;
use story::plan::OnUncertain;

/// Characters of a prompt that are shown again.
const PROMPT: usize = 40;

/// Has clips generated, all at once: they share what the provider takes in a minute.
pub(crate) async fn clip(
    data: &Path,
    prompts: &[String],
    clipping: &Clipping,
    speaking: Speaking,
    json: bool,
) -> Result<(), Ending> {
    let requests = prompts.iter().map(|prompt| request(prompt, clipping, speaking));
    let requests: Vec<Request> = requests.collect::<Result<_, _>>()?;
    let makers = makers(speaking.rehearse).await?;
    let asked = Workplace::ask(data, makers).await?;
    let (mut usd, mut new) = (0.0, 0);
    let mut is_rehearsed = true;
    // All are checked before the first is paid for.
    for request in &requests {
        let estimate = steps::estimate::estimate(asked.house(), asked.for_orders(), request, None).await?;
        (usd, new) = (usd + estimate.cost_usd, new + estimate.new_clips);
        is_rehearsed &= estimate.rehearsed;
    }
    if !json {
        let price = if is_rehearsed { "nothing is paid".to_owned() } else { format!("{} to pay", dollars(usd)) };
        warn(&format!("  ▸ clips    {new} of {} to generate · {price}", requests.len()));
    }
    let workplace = asked.on_disk(data).await?;
    let mut jobs = Vec::new();
    for request in requests {
        let job = steps::open::open(workplace.house(), workplace.for_orders(), request).await?;
        if !jobs.contains(&job.id) {
            jobs.push(job.id);
        }
    }
    let (mut made, mut failed) = (Vec::new(), None);
    for view in host::work(&workplace, &jobs, json).await? {
        match judged(&workplace, view, json).await {
            Ok(view) => made.push(view),
            Err(ending) => failed = failed.or(Some(ending)),
        }
    }
    match made.as_slice() {
        [one] if json && jobs.len() == 1 => print_json(one),
        several if json && !several.is_empty() => print_json(&json!({ "jobs": several })),
        _ if json => {}
        several => {
            for view in several {
                note(view, json);
                show(&workplace, view).await?;
            }
        }
    }
    // What came is shown, though another did not.
    failed.map_or(Ok(()), Err)
}

/// What is ordered; what is wrong with it is told by the names of the options.
fn request(prompt: &str, clipping: &Clipping, speaking: Speaking) -> Result<Request, Ending> {
    let mut files = BTreeMap::new();
    let mut order = Map::new();
    order.insert("prompt".to_owned(), json!(prompt));
    if let Some(image) = &clipping.image {
        let name = image.display().to_string();
        let bytes = picture(image).map_err(|why| Invalid::one("", format!("--image {name}: {why}")))?;
        files.insert(name.clone(), bytes);
        order.insert("image".to_owned(), json!({ "file": name }));
    }
    let texts =
        [("model", &clipping.model), ("aspect", &clipping.aspect), ("from", &clipping.from), ("task", &clipping.task)];
    order.extend(texts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), json!(value.as_ref()?)))));
    order.extend(clipping.seconds.map(|seconds| ("seconds".to_owned(), json!(seconds))));
    let reading = ClipReading::of_value(&Value::Object(order), "");
    Invalid::unless_empty(reading.problems)?;
    Ok(Request {
        clip: reading.order,
        files,
        again: Again::GoOn,
        buys_clips_again: speaking.on_uncertain == Some(OnUncertain::Buy),
        ..Request::nothing(Kind::Video)
    })
}

/// What came.
pub(crate) async fn show(workplace: &Workplace, made: &View) -> Result<(), Ending> {
    let clip = made.clip.clone().unwrap_or_default();
    let footage = &clip["footage"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let prompt = text(&clip["prompt"]);
    let short: String = prompt.chars().take(PROMPT).collect();
    let prompt = if short.len() < prompt.len() { format!("{}…", short.trim_end()) } else { prompt };
    let seconds = clock(footage["seconds"].as_f64().unwrap_or_default());
    let path = path(workplace, made, "film.mp4").await?;
    print(&format!("  ▸ clip     {prompt:<20} {seconds:>5}   watch   {path}"));
    let (model, codec) = (text(&clip["model"]), text(&footage["codec"]));
    let fps = footage["fps"].as_f64().unwrap_or_default();
    print(&format!("  ▸ facts    {model} · {}x{} · {fps:.0} fps · {codec}", footage["width"], footage["height"]));
    let rehearsed = if made.cost.rehearsed { "   (rehearsed: $0)" } else { "" };
    let saved = match made.cost.saved_usd {
        saved if saved > 0.0 => format!(" · {} not paid", dollars(saved)),
        _ => String::new(),
    };
    print(&format!("  ▸ bill     {} paid{saved}{rehearsed}", dollars(made.cost.cost_usd)));
    print(&format!("  ▸ next     onetake clip \"…\" --from {}", made.id));
    Ok(())
}
