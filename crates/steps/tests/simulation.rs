//! Seeded worlds in which any task may stop at any call of a store or of the provider and forget its memory. After every write
//! DESIGN §5.1, §5.2, §5.6 and §5.7 are checked; at the end every job has ended, and the provider's books equal the ledger.
//!
//! `just simulate 5000` lives worlds; `just simulate --seed 17` lives one, and tells what happens in it. Without arguments, as in the
//! test run, every built-in bug of [`Break`] is searched for too: some world must notice. `just simulate --break no-lease,counter`
//! searches for these (`all`: for each); with `--seed` it tells how a world goes with one. `just simulate --figures` measures.

mod double;
#[path = "world/timekeeper.rs"]
mod timekeeper;

mod simulation {
    pub(crate) mod answer;
    pub(crate) mod books;
    pub(crate) mod breaks;
    pub(crate) mod chance;
    pub(crate) mod checker;
    pub(crate) mod ends;
    pub(crate) mod fifo;
    pub(crate) mod figures;
    pub(crate) mod host;
    pub(crate) mod ports;
    pub(crate) mod process;
    pub(crate) mod provider;
    pub(crate) mod studio;
    pub(crate) mod temper;
    pub(crate) mod time;
    pub(crate) mod users;
    pub(crate) mod waits;
    pub(crate) mod world;
}

use simulation::breaks::Break;
use simulation::world::{Told, live};
use std::ops::Range;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Worlds of a plain test run; and those within which each built-in bug must be found.
const WORLDS: u64 = 2_000;

/// Worlds that are lived twice: both lives must be the same.
const TWINS: u64 = 5;

/// Failing worlds after which a run ends.
const ENOUGH: usize = 10;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| {
        let place = arguments.iter().position(|argument| argument == name)?;
        arguments.get(place + 1).cloned()
    };
    let number = |name: &str| value(name)?.parse::<u64>().ok();
    // What a listing of tests asks for.
    if arguments.iter().any(|argument| argument == "--list") {
        return ExitCode::SUCCESS;
    }
    if arguments.iter().any(|argument| argument == "--figures") {
        return ended(simulation::figures::are_within_bounds(say));
    }
    let breaks = match value("--break").map(|list| named(&list)).transpose() {
        Ok(breaks) => breaks,
        Err(unknown) => {
            let known: Vec<&str> = Break::ALL.iter().map(|(name, _)| *name).collect();
            say(&format!("no built-in bug is called {unknown}: there are {}", known.join(", ")));
            return ExitCode::FAILURE;
        }
    };
    if let Some(seed) = number("--seed") {
        let told = live(seed, breaks.and_then(|breaks| breaks.first().copied()), true);
        say(&format!("{told:?}"));
        return ended(told.wrong.is_none());
    }
    let count = arguments.first().and_then(|first| first.parse().ok()).or_else(|| number("--worlds"));
    let first = number("--first").unwrap_or(0);
    match breaks {
        Some(breaks) => ended(all_are_noticed(&breaks, |_| 0)),
        None if count.is_some() => ended(are_sound(first, count.unwrap_or(WORLDS))),
        None => {
            let sound = are_sound(first, WORLDS);
            let all: Vec<Break> = Break::ALL.iter().map(|(_, one)| *one).collect();
            ended(sound && all_are_noticed(&all, Break::near))
        }
    }
}

fn ended(well: bool) -> ExitCode {
    if well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The built-in bugs of a list; or the first name that none has.
fn named(list: &str) -> Result<Vec<Break>, String> {
    if list == "all" {
        return Ok(Break::ALL.iter().map(|(_, one)| *one).collect());
    }
    list.split(',').map(|name| Break::named(name).ok_or_else(|| name.to_owned())).collect()
}

/// Lives worlds; says what went wrong, and whether nothing did.
fn are_sound(first: u64, worlds: u64) -> bool {
    let (told, wrong) = live_all(first..first + worlds, None, ENOUGH);
    for (seed, what) in &wrong {
        say(&format!("world {seed}: {what}\n    again: just simulate --seed {seed}"));
    }
    let sum = |of: fn(&Told) -> u64| told.iter().map(of).sum::<u64>();
    say(&format!(
        "{} worlds, {} failed: {} jobs, {} calls charged, {} recovered, {} lost for good, {} stops, {} other faults",
        told.len(),
        wrong.len(),
        sum(|told| told.jobs),
        sum(|told| told.calls),
        sum(|told| told.recovered),
        sum(|told| told.lost),
        sum(|told| told.stops),
        sum(|told| told.faults),
    ));
    wrong.is_empty()
}

/// Searches a world that notices each built-in bug, from a seed on and then before it; says whether there is one for each.
fn all_are_noticed(breaks: &[Break], from: fn(Break) -> u64) -> bool {
    let mut are_all = true;
    for one in breaks {
        let name = one.name();
        let from = from(*one);
        let mut wrong = live_all(from..WORLDS, Some(*one), 1).1;
        if wrong.is_empty() {
            wrong = live_all(0..from, Some(*one), 1).1;
        }
        match wrong.first() {
            Some((seed, what)) => say(&format!("{name}: seed {seed}: {what}")),
            None => {
                are_all = false;
                say(&format!("{name}: NOT NOTICED in {WORLDS} worlds"));
            }
        }
    }
    are_all
}

/// Lives worlds on all cores until `enough` failed; says how each went, and which went wrong.
fn live_all(seeds: Range<u64>, broken: Option<Break>, enough: usize) -> (Vec<Told>, Vec<(u64, String)>) {
    let next = AtomicU64::new(seeds.start);
    let all = Mutex::new((Vec::new(), Vec::new()));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::SeqCst);
                    if seed >= seeds.end || all.lock().unwrap_or_else(PoisonError::into_inner).1.len() >= enough {
                        return;
                    }
                    let mut told = live(seed, broken, false);
                    if broken.is_none() && seed < seeds.start + TWINS && told != live(seed, broken, false) {
                        told.wrong = Some("its second life was another one".into());
                    }
                    let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
                    all.1.extend(told.wrong.clone().map(|what| (seed, what)));
                    all.0.push(told);
                }
            });
        }
    });
    let (told, mut wrong) = all.into_inner().unwrap_or_else(PoisonError::into_inner);
    wrong.sort();
    (told, wrong)
}

#[expect(clippy::print_stdout, reason = "this test has a main of its own")]
fn say(what: &str) {
    println!("{what}");
}
