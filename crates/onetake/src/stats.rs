//! The verb that shows how the house does, on a page for people: what is nought and says nothing is left out.

use crate::bill::{clock, dollars};
use crate::books::{instant, shown};
use crate::ending::{Ending, print, print_json};
use crate::speech::speech;
use crate::workplace::house_or_empty;
use std::path::Path;
use steps::stats::{LaneState, Stats, Waiting, stats as read};

/// Shows how the house does.
pub(crate) async fn stats(data: &Path, since: &str, rehearse: bool, json: bool) -> Result<(), Ending> {
    let since = instant(since)?;
    let profile = speech(rehearse).await?.profile();
    let local = house_or_empty(data).await?;
    let stats = read(&local.house, &profile, since).await?;
    if json {
        print_json(&stats);
    } else {
        page(&stats).iter().for_each(|(name, text)| print(&format!("  ▸ {name:<8} {text}")));
    }
    Ok(())
}

/// The page, by lines with a name each.
fn page(stats: &Stats) -> Vec<(&'static str, String)> {
    let mut page = vec![("since", format!("{}   {}", whole(&stats.since), stats.provider))];
    let lines = &stats.lines;
    let parts = [
        (lines.successful, "spoken"),
        (lines.reused, "reused"),
        (lines.silent, "silent"),
        (lines.failed, "failed"),
        (lines.cancelled, "cancelled"),
        (lines.waiting, "waiting"),
        (lines.rebought, "rebought"),
    ];
    page.push(("lines", counted(lines.total, &parts)));
    let calls = &stats.calls;
    let parts = [
        (calls.successful, "successful"),
        (calls.rate_limit_errors, if calls.rate_limit_errors == 1 { "rate limit error" } else { "rate limit errors" }),
        (calls.failed, "failed"),
        (calls.lost, "lost"),
        (calls.recovered, "recovered"),
        (calls.open, "open"),
    ];
    page.push(("calls", counted(calls.total, &parts)));
    if stats.cost.characters_paid + stats.cost.characters_saved > 0 {
        page.push(("bill", cost(stats)));
    }
    let first = &stats.time_to_first_byte_ms;
    if let (Some(p50), Some(p95)) = (first.p50, first.p95) {
        page.push(("latency", format!("first byte after {p50} ms (p50) · {p95} ms (p95)")));
    }
    for one in stats.callers.iter().filter(|one| one.caller.is_some()) {
        let caller = one.caller.as_deref().unwrap_or_default();
        let (jobs, requests) = (counting(one.jobs, "job"), counting(one.requests, "request"));
        page.push(("token", format!("{caller}   {jobs} · {requests} · {} characters paid", one.characters)));
    }
    page.push(("queue", queue(stats)));
    for one in &stats.speaking {
        // What has come is noted a few times a minute: of a short line it never is.
        let size = if one.bytes == 0 { String::new() } else { format!(" · {:.1} kB", one.bytes as f64 / 1_000.0) };
        let text = shown(&one.text);
        page.push(("speaking", format!("\"{text}\"   for {:.1} s{size} · lane {}", one.for_s, one.lane)));
    }
    page.push(("lanes", lanes(stats)));
    for told in &stats.pace.told {
        let calls = format!("{} of {} calls at once", told.current, told.maximum);
        page.push(("told", format!("{}: {calls}   ({})", told.model, whole(&told.at))));
    }
    for one in &stats.pictures {
        let limit = one.per_minute.map(|most| format!(" of {most}")).unwrap_or_default();
        let rests = one.rests_until.as_ref().map(|until| format!(" · rests until {}: it refused one", whole(until)));
        let stopped = one.stopped.as_ref().map(|why| format!(" · {why}"));
        let (rests, stopped) = (rests.unwrap_or_default(), stopped.unwrap_or_default());
        page.push((
            "pictures",
            format!("{} waiting · {}{limit} begun in a minute{rests}{stopped}", one.waiting, one.begun),
        ));
    }
    if let Some(until) = &stats.pace.rests_until {
        page.push(("rests", format!("until {}: the provider was too busy", whole(until))));
    }
    if let Some(stop) = &stats.pace.stopped {
        page.push(("stopped", format!("since {}: {}", whole(&stop.since), stop.reason)));
        page.push(("next", "onetake resume   once that is mended".to_owned()));
    }
    page
}

/// A sum and what it is made of, without what is nought.
fn counted(total: usize, parts: &[(usize, &str)]) -> String {
    let parts: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, name)| format!("{count} {name}")).collect();
    if parts.is_empty() { "none".to_owned() } else { format!("{total}   ({})", parts.join(" · ")) }
}

fn counting(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

fn cost(stats: &Stats) -> String {
    let cost = &stats.cost;
    let part = |characters: u64, usd: f64, what: &str| {
        (characters > 0).then(|| format!("{} {what} ({characters} characters)", dollars(usd)))
    };
    let parts =
        [part(cost.characters_paid, cost.cost_usd, "paid"), part(cost.characters_saved, cost.saved_usd, "saved")];
    let rehearsed = if cost.rehearsed { "   (rehearsed: $0)" } else { "" };
    format!("{}{rehearsed}", parts.into_iter().flatten().collect::<Vec<_>>().join(" · "))
}

/// An instant to the second.
fn whole(at: &str) -> String {
    at.split_once('.').map_or_else(|| at.to_owned(), |(seconds, _)| format!("{seconds}Z"))
}

fn queue(stats: &Stats) -> String {
    let queue = &stats.queue;
    let bands = [
        (queue.interactive, "interactive"),
        (queue.preview, "preview"),
        (queue.video, "video"),
        (queue.warm, "warm"),
        (queue.later, "put off"),
    ];
    let told = |(Waiting { count, oldest_s }, name): (Waiting, &str)| {
        let oldest = oldest_s.map(|seconds| format!(" (oldest {})", clock(seconds))).unwrap_or_default();
        (count > 0).then(|| format!("{count} {name}{oldest}"))
    };
    let bands: Vec<String> = bands.into_iter().filter_map(told).collect();
    if bands.is_empty() { "empty".to_owned() } else { bands.join(" · ") }
}

fn lanes(stats: &Stats) -> String {
    let held = stats.lanes.iter().filter(|lane| lane.is_held).count();
    let trial = stats.lanes.iter().any(|lane| lane.state == LaneState::Trial);
    let held = if held == 0 { "none busy".to_owned() } else { format!("{held} busy") };
    let trial = if trial { " · one more on trial" } else { "" };
    format!("{} of {} open · {held}{trial}", stats.pace.open_lanes, stats.pace.lanes)
}
