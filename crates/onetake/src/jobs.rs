//! The verbs that look at jobs and remove them.

use crate::bill::bill;
use crate::ending::{Ending, print, print_json};
use crate::progress::Bar;
use crate::workplace::{house, house_of};
use std::path::Path;
use std::time::Duration;
use steps::view::{Stages, View};
use story::Invalid;
use story::job::Status;
use story::timeline::{StageSums, Timeline};

/// Shows a job; with `watch`, until it has ended.
pub(crate) async fn status(data: &Path, id: &str, watch: bool, json: bool) -> Result<(), Ending> {
    let (house, id) = house_of(data, id).await?;
    let bar = Bar::new(json);
    loop {
        let view = steps::view::view(&house, &id).await?.ok_or_else(|| Ending::no_such_job(&id))?;
        if !watch || view.status.has_ended() {
            bar.clear();
            if json {
                print_json(&view);
            } else {
                let timeline = steps::timeline::timeline(&house, &id).await?;
                show(&view, timeline.as_ref());
            }
            return Ok(());
        }
        bar.show(&view);
        house.clock.sleep(Duration::from_millis(250)).await;
    }
}

fn show(view: &View, timeline: Option<&Timeline>) {
    let Stages { speak, paint, compose, join, .. } = view.stages;
    let stages = [("speak", speak), ("paint", paint), ("compose", compose), ("join", join)];
    let stages: Vec<String> = stages
        .iter()
        .filter(|(_, stage)| stage.of > 0)
        .map(|(name, s)| format!("{name} {}/{}", s.done, s.of))
        .collect();
    print(&format!("  ▸ {:<8} {}   {}", word(&view.kind), view.id, word(&view.status)));
    print(&format!("  ▸ stages   {}", stages.join(" · ")));
    for stage in timeline.iter().flat_map(|timeline| &timeline.stages).filter(|stage| stage.made > 0) {
        print(&format!("  ▸ {:<8} {}", stage.stage.word(), timed(stage)));
    }
    print(&format!("  ▸ bill     {}", bill(view.counts, view.cost)));
    for warning in &view.warnings {
        print(&format!("  ▸ note     {} {}", warning.pointer.as_deref().unwrap_or(""), warning.detail));
    }
    if let (Status::Failed, Some(error)) = (view.status, &view.error) {
        print(&format!("  ▸ error    {} {}", error.pointer, error.detail));
    }
    if matches!(view.status, Status::Failed | Status::Cancelled) || view.counts.silent > 0 {
        print(&format!("  ▸ next     onetake retry {}", view.id));
    }
    for file in &view.files {
        print(&format!("  ▸ file     {}", file["name"].as_str().unwrap_or_default()));
    }
    print(&format!("  ▸ expires  {}", view.expires_at));
}

/// How long the parts of a stage waited and were worked at.
fn timed(stage: &StageSums) -> String {
    let seconds = |ms: u64| format!("{:.1} s", ms as f64 / 1000.0);
    let longest = match stage.made {
        1 => String::new(),
        _ => format!(" ({} at most)", seconds(stage.longest_wait_ms)),
    };
    let waited = format!("waited {}{longest}", seconds(stage.waited_ms));
    format!("{waited} · worked {} · {} of it beside other work", seconds(stage.worked_ms), seconds(stage.beside_ms))
}

/// Lists the newest jobs.
pub(crate) async fn list(data: &Path, limit: usize, json: bool) -> Result<(), Ending> {
    let house = house(data).await?;
    let mut jobs = Vec::new();
    let mut views = Vec::new();
    if let Some(house) = &house {
        jobs = steps::view::list(house, "", limit, None).await?;
        for job in jobs.iter().filter(|_| json) {
            views.extend(steps::view::view(house, &job.id).await?);
        }
    }
    if json {
        print_json(&serde_json::json!({ "jobs": views }));
        return Ok(());
    }
    if jobs.is_empty() {
        print(&format!("  no jobs in {} yet", data.display()));
    }
    for job in jobs {
        print(&format!("  {}  {:<8} {:<10} {}", job.id, word(&job.kind), word(&job.status), job.created_at));
    }
    Ok(())
}

/// Removes jobs.
pub(crate) async fn remove(data: &Path, ids: &[String]) -> Result<(), Ending> {
    for id in ids {
        let (house, id) = house_of(data, id).await?;
        if !steps::remove::remove(&house, &id).await? {
            return Err(Ending::no_such_job(&id));
        }
        print(&format!("  removed {id}"));
    }
    Ok(())
}

/// Cancels a job.
pub(crate) async fn cancel(data: &Path, id: &str, json: bool) -> Result<(), Ending> {
    let (house, id) = house_of(data, id).await?;
    steps::job::head(&house, &id).await?.ok_or_else(|| Ending::no_such_job(&id))?;
    if !steps::cancel::cancel(&house, &id).await? {
        return Err(Invalid::one("", "this job has ended already: there is nothing to cancel").into());
    }
    if json {
        print_json(&steps::view::view(&house, &id).await?.ok_or_else(|| Ending::no_such_job(&id))?);
    } else {
        print(&format!("  cancelled {id}; `onetake retry {id}` goes on with it"));
    }
    Ok(())
}

/// Sweeps once.
pub(crate) async fn sweep(data: &Path, keep_takes_mb: Option<u64>, json: bool) -> Result<(), Ending> {
    let mut swept = steps::sweep::Swept::default();
    if let Some(mut house) = house(data).await? {
        let asked = keep_takes_mb.map(|megabytes| megabytes * 1_000_000);
        house.settings.keep_takes_bytes = asked.or(house.settings.keep_takes_bytes);
        swept = steps::sweep::sweep(&house).await?;
    }
    if json {
        print_json(&swept);
        return Ok(());
    }
    print(&format!("  removed {} jobs, {} takes, {} scenes", swept.jobs, swept.takes, swept.scenes));
    if swept.takes_in_use > 0 {
        let takes =
            if swept.takes_in_use == 1 { "1 take stays" } else { &format!("{} takes stay", swept.takes_in_use) };
        print(&format!("  {takes}: jobs that have not expired use them; `onetake rm ID` removes a job"));
    }
    Ok(())
}

/// The word that the API has for a kind or a status.
fn word<T: serde::Serialize>(thing: &T) -> String {
    serde_json::to_value(thing).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
