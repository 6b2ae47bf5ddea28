//! Figures of the protocol on simulated time: how long a lane stands still after a death, how long an interactive wish and a lost call
//! wait, what a take costs the stores. Nothing goes wrong in these worlds but what is measured.

use crate::simulation::breaks::Break;
use crate::simulation::chance::Chance;
use crate::simulation::process::Process;
use crate::simulation::temper::Temper;
use crate::simulation::world::World;
use crate::simulation::{fifo, host, time, users, waits};
use doubles::account::FaultKind;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use steps::open::Request;
use story::job::Kind;
use story::lane::Lane;
use story::records::Partition;
use story::ticket::{Priority, Ticket};
use tokio::task::JoinSet;

/// Worlds of each figure.
const WORLDS: u64 = 100;
/// So long is waited for what must come.
const LONGEST_S: u64 = 6_000;

/// Measures; prints each figure, and says whether all are within their bounds.
pub(crate) fn are_within_bounds(say: fn(&str)) -> bool {
    let rows: [(&str, f64, Vec<Option<f64>>); 8] = [
        ("worker dies mid-call -> next call, 1 lane", 65.0, all(1, |world| async move { dies(&world).await })),
        ("worker dies mid-call -> next call, 2 lanes", 65.0, all(2, |world| async move { dies(&world).await })),
        ("worker dies before its first step, 1 lane", 65.0, all(1, |world| async move { dies_early(&world).await })),
        ("interactive wish while 60 lines are spoken", 60.0, all(1, |world| async move { wishes(&world).await })),
        ("lost take before 150 warm lines -> settled", 45.0, all(1, |world| async move { loses(&world).await })),
        // The sweep comes each minute: half a minute before it, as the model has it, and at any time.
        ("waiter dies as a lane is given, 30 s before", 40.0, all(1, |world| waiter(world, true, (30_000, 30_001)))),
        ("waiter dies as a lane is given -> next call", 75.0, all(1, |world| waiter(world, true, (10_000, 70_000)))),
        ("waiter dies in its call -> next call", 105.0, all(1, |world| waiter(world, false, (10_000, 70_000)))),
    ];
    let mut are_within = true;
    for (name, bound, samples) in rows {
        let never = samples.iter().filter(|sample| sample.is_none()).count();
        let mut known: Vec<f64> = samples.into_iter().flatten().collect();
        known.sort_by(f64::total_cmp);
        let at = |share: f64| known.get((known.len() as f64 * share) as usize).or(known.last()).copied().unwrap_or(0.0);
        let is_within = never == 0 && at(1.0) <= bound;
        are_within &= is_within;
        let (median, most, worst) = (at(0.5), at(0.95), at(1.0));
        let verdict = if is_within { "" } else { "  BROKEN" };
        let never = if never > 0 { format!(", never {never}") } else { String::new() };
        say(&format!(
            "{name:<44} median {median:>5.1} s, p95 {most:>5.1}, worst {worst:>5.1} (bound {bound}){never}{verdict}"
        ));
    }
    for line in live(0, 1, |world| async move { operations(&world).await }) {
        say(&line);
    }
    are_within
}

fn all<F: Future<Output = Option<f64>>>(lanes: u32, sample: impl Fn(Arc<World>) -> F) -> Vec<Option<f64>> {
    (0..WORLDS).map(|seed| live(seed, lanes, &sample)).collect()
}

fn live<T, F: Future<Output = T>>(seed: u64, lanes: u32, sample: impl Fn(Arc<World>) -> F) -> T {
    time::paused(async {
        let world = World::new(seed, |_: &mut Chance| Temper::calm(lanes), None::<Break>, false);
        let mut actors = JoinSet::new();
        actors.spawn(fifo::workers(Arc::clone(&world)));
        actors.spawn(host::processes(Arc::clone(&world)));
        let sampled = sample(world).await;
        actors.shutdown().await;
        sampled
    })
}

/// Orders lines of so many characters.
async fn order(world: &Arc<World>, lines: u64, characters: (u64, u64), priority: Priority) {
    let lines: Vec<_> = (0..lines)
        .map(|line| {
            let length = world.between(characters.0, characters.1) as usize;
            json!({ "speaker": "Ana", "text": format!("{line:03} {}.", "sound ".repeat(length)[..length - 5].trim()) })
        })
        .collect();
    let script = json!({ "speakers": { "Ana": { "voice_id": "JBFqnCBsd6RMkjVDRZzb" } }, "lines": lines });
    let script = serde_json::from_value(script).expect("a script");
    let request = Request { priority: Some(priority), ..Request::script(Kind::Preview, script) };
    users::orders(world, &request).await;
}

async fn after(seconds: f64) {
    time::passes(Duration::from_millis((seconds * 1_000.0) as u64)).await;
}

/// Looks until something is there. `None` if it never is.
async fn until<T>(every_ms: u64, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    for _ in 0..LONGEST_S * 1_000 / every_ms {
        if let Some(found) = look() {
            return Some(found);
        }
        time::passes(Duration::from_millis(every_ms)).await;
    }
    None
}

/// From now to the next call, in seconds.
async fn next_call(world: &World) -> Option<f64> {
    let died_ms = world.now().0;
    until(10, || {
        let account = world.account();
        let call = account.log().calls.iter().find(|call| call.start_ms >= died_ms)?;
        Some((call.start_ms - died_ms) as f64 / 1_000.0)
    })
    .await
}

async fn dies(world: &Arc<World>) -> Option<f64> {
    order(world, 40, (40, 400), Priority::Preview).await;
    after(world.between(5_000, 20_000) as f64 / 1_000.0).await;
    let calling = until(200, || world.checks(|checker, _| checker.calls().pop())).await?;
    calling.process.kill();
    next_call(world).await
}

async fn dies_early(world: &Arc<World>) -> Option<f64> {
    after(world.between(0, 60_000) as f64 / 1_000.0).await;
    world.fifo.kills_next.store(true, Ordering::SeqCst);
    order(world, 40, (40, 400), Priority::Preview).await;
    until(10, || (!world.fifo.kills_next.load(Ordering::SeqCst)).then_some(())).await?;
    next_call(world).await
}

/// A client asks for a text that nobody asked for.
async fn client(world: &Arc<World>) -> Arc<Process> {
    let known = world.checks(|checker, _| checker.requests()).remove(0);
    let request = story::speech::TakeRequest { text: "A person waits for this.".into(), ..known };
    let process = Process::new(world, "waiter");
    tokio::spawn({
        let process = Arc::clone(&process);
        async move { waits::waits(&process, request, Priority::Interactive, u64::MAX).await }
    });
    process
}

async fn wishes(world: &Arc<World>) -> Option<f64> {
    order(world, 60, (40, 400), Priority::Preview).await;
    after(world.between(10_000, 60_000) as f64 / 1_000.0).await;
    let asked_ms = world.now().0;
    client(world).await;
    until(10, || {
        let account = world.account();
        let call = account.log().calls.iter().find(|call| call.text.starts_with("A person"))?;
        Some((call.start_ms - asked_ms) as f64 / 1_000.0)
    })
    .await
}

async fn loses(world: &Arc<World>) -> Option<f64> {
    order(world, 150, (40, 300), Priority::Warm).await;
    until(10, || (world.account().log().calls.len() >= 2).then_some(())).await?;
    world.breaks_next_call(FaultKind::Reset);
    let (text, began_ms) = until(10, || {
        let account = world.account();
        let call = account.log().calls.iter().find(|call| call.fault == Some(FaultKind::Reset))?;
        Some((call.text.clone(), call.start_ms))
    })
    .await?;
    until(10, || world.checks(|checker, _| checker.has_sound_of(&text)).then_some(())).await?;
    Some((world.now().0 - began_ms) as f64 / 1_000.0)
}

async fn waiter(world: Arc<World>, as_given: bool, (from_ms, to_ms): (u64, u64)) -> Option<f64> {
    let world = &world;
    order(world, 60, (40, 400), Priority::Preview).await;
    after(world.between(from_ms, to_ms) as f64 / 1_000.0).await;
    let process = client(world).await;
    until(5, || {
        let is_calling =
            world.checks(|checker, _| checker.calls().iter().any(|call| call.process.name == process.name));
        (is_calling || (as_given && is_given(world))).then_some(())
    })
    .await?;
    process.kill();
    next_call(world).await
}

/// Whether a lane is in the hands of one who waits.
fn is_given(world: &World) -> bool {
    let all = world.records.all();
    let holders: Vec<String> = (all.iter().filter(|document| document.partition == Partition::Lanes))
        .filter_map(|document| serde_json::from_str::<Lane>(&document.body).ok()?.holder)
        .collect();
    let tickets = all.iter().filter(|document| document.partition == Partition::Tickets);
    tickets
        .filter_map(|document| serde_json::from_str::<Ticket>(&document.body).ok()?.waiter)
        .any(|waiter| holders.contains(&waiter.name))
}

/// Calls of the stores for each of 40 takes of 100 characters.
async fn operations(world: &Arc<World>) -> Vec<String> {
    const TAKES: f64 = 40.0;
    world.is_counted.store(true, Ordering::SeqCst);
    order(world, TAKES as u64, (100, 101), Priority::Preview).await;
    let all_spoken = until(10, || (world.account().log().calls.len() >= TAKES as usize).then_some(())).await;
    after(3.0).await;
    let spoken_s = world.account().log().calls.last().map_or(0, |call| call.start_ms) / 1_000;
    let began_s = world.account().log().calls.first().map_or(0, |call| call.start_ms) / 1_000;
    let mut lines =
        vec![format!("store operations per take ({TAKES} takes in {} s, {all_spoken:?}):", spoken_s - began_s)];
    let counts = world.counts();
    for kind in ["user", "host", "worker"] {
        let of = |words: &[&str]| {
            let ours = counts.iter().filter(|((who, what), _)| who == kind && words.contains(&what.as_str()));
            ours.map(|(_, count)| *count).sum::<u64>() as f64 / TAKES
        };
        let (reads, writes) = (of(&["get"]) + of(&["list"]), of(&["put", "delete"]));
        let (lists, objects, sent) = (of(&["list"]), of(&["store"]), of(&["send"]));
        let looks = of(&["fetch", "look"]);
        lines.push(format!(
            "  {kind:<6} {reads:>5.2} reads ({lists:.2} lists), {writes:>5.2} writes, {objects:.2} objects stored, {looks:.2} read, {sent:.2} sent"
        ));
    }
    lines
}
