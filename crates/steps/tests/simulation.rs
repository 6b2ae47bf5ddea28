//! Seeded worlds in which any task may stop at any call of a store or of the provider and forget its memory. After every write
//! DESIGN §5.1 and §5.7 are checked; at the end every job has ended, and the provider's books equal the ledger.
//!
//! `cargo test -p steps --test simulation -- --worlds 500` runs worlds; `-- --seed 17` runs one, and prints what happened in it.
//! Then each rule of [`Rule`] is broken on purpose: some world must notice. `-- --break 2` breaks one.

mod simulation {
    pub(crate) mod chance;
    pub(crate) mod checker;
    pub(crate) mod ends;
    pub(crate) mod host;
    pub(crate) mod ports;
    pub(crate) mod process;
    pub(crate) mod provider;
    pub(crate) mod studio;
    pub(crate) mod temper;
    pub(crate) mod users;
    pub(crate) mod world;
}

use simulation::world::{Rule, Told, live};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Worlds of a plain test run.
const WORLDS: u64 = 500;

/// Worlds that are lived twice: both lives must be the same.
const TWINS: u64 = 5;

/// Failing worlds after which a run ends.
const ENOUGH: usize = 10;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |name: &str| {
        let place = arguments.iter().position(|argument| argument == name)?;
        arguments.get(place + 1)?.parse::<u64>().ok()
    };
    // What a listing of tests asks for.
    if arguments.iter().any(|argument| argument == "--list") {
        return ExitCode::SUCCESS;
    }
    let broken = number("--break").and_then(|number| Rule::ALL.get(number as usize).copied());
    if let Some(seed) = number("--seed") {
        let told = live(seed, broken, true);
        say(&format!("{told:?}"));
        return if told.wrong.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let (first, worlds) = (number("--first").unwrap_or(0), number("--worlds").unwrap_or(WORLDS));
    let (told, wrong) = live_all(first..first + worlds, broken);
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
    let unseen: Vec<Rule> = Rule::ALL.into_iter().filter(|rule| broken.is_none() && !is_noticed(*rule)).collect();
    if !unseen.is_empty() {
        say(&format!("no world notices that a rule is broken: {unseen:?}"));
    }
    if wrong.is_empty() && unseen.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Whether a world goes wrong where a rule is broken.
fn is_noticed(rule: Rule) -> bool {
    (0..WORLDS).any(|seed| live(seed, Some(rule), false).wrong.is_some())
}

/// Lives worlds on all cores; says how each went, and which went wrong.
fn live_all(seeds: std::ops::Range<u64>, broken: Option<Rule>) -> (Vec<Told>, Vec<(u64, String)>) {
    let next = AtomicU64::new(seeds.start);
    let all = Mutex::new((Vec::new(), Vec::new()));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::SeqCst);
                    if seed >= seeds.end || all.lock().unwrap_or_else(PoisonError::into_inner).1.len() >= ENOUGH {
                        return;
                    }
                    let mut told = live(seed, broken, false);
                    if seed < seeds.start + TWINS && told != live(seed, broken, false) {
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
