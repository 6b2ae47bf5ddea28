//! The CPU time of all planning of a 500-line film: its plan and, for each event, its progress are decoded, what is due is found, and
//! the progress is encoded. Exits non-zero above 50 ms. `just bench-planning`; Linux only, whose scheduler tells the time.

#[path = "../tests/plans/mod.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod plans;

use plans::plan_of;
use std::hint::black_box;
use std::process::ExitCode;
use story::JobId;
use story::due::{due, due_after};
use story::job::{Kind, Progress};
use story::plan::Plan;
use story::queue::{Outcome, Part};

const LINES: usize = 500;
const MOST_MS: f64 = 50.0;
/// Films that are planned: the scheduler counts in steps of some milliseconds.
const FILMS: u32 = 20;

fn main() -> ExitCode {
    let plan = plan();
    let stored = serde_json::to_string(&plan).expect("plans always serialise");
    let empty = Progress::new(JobId("job".into()), &plan);
    let empty = serde_json::to_string(&empty).expect("records always serialise");
    let Some(before) = cpu_ns() else {
        return told("this system does not tell CPU times: no /proc/self/schedstat", false);
    };
    let events: usize = (0..FILMS).map(|_| film(&stored, &empty)).sum();
    let Some(after) = cpu_ns() else { return ExitCode::FAILURE };
    let ms = (after - before) as f64 / 1e6 / f64::from(FILMS);
    let (events, parts) = (events / FILMS as usize, plan.scenes.len());
    let figures = format!(
        "{ms:.2} ms of CPU for all planning of {LINES} lines in {parts} parts, {events} events (at most {MOST_MS})"
    );
    told(&figures, ms <= MOST_MS)
}

/// Plans a whole film as its events come in: each reads the progress, notes in it what settled, and looks at what that brings.
fn film(stored: &str, empty: &str) -> usize {
    let plan: Plan = serde_json::from_str(stored).expect("it was encoded here");
    let mut stands = empty.to_owned();
    let first: Progress = serde_json::from_str(&stands).expect("it was encoded here");
    black_box(due(&plan, &first));
    let takes = (0..plan.takes.len()).map(Part::Take);
    let events = takes.chain((0..plan.scenes.len()).map(Part::Scene)).chain([Part::Track, Part::Film]);
    let mut count = 0;
    for part in events {
        let before: Progress = serde_json::from_str(&stands).expect("it was encoded here");
        // It is read once more where it is swapped.
        let again: Progress = serde_json::from_str(&stands).expect("it was encoded here");
        let after = again.after(&again.moved(part, Outcome::Made)).expect("it was not settled");
        stands = serde_json::to_string(&after).expect("records always serialise");
        black_box(due_after(&plan, &before, &after));
        count += 1;
    }
    count
}

fn plan() -> Plan {
    let line = |number: usize| {
        let text =
            format!("This is line {number}, which is about as long as what people say before they take a breath.");
        serde_json::json!({ "speaker": "Ana", "text": text })
    };
    plan_of(Kind::Video, (0..LINES).map(line).collect())
}

/// CPU time of this process's one thread so far: the first number of what the scheduler keeps of it.
fn cpu_ns() -> Option<u64> {
    std::fs::read_to_string("/proc/self/schedstat").ok()?.split_whitespace().next()?.parse().ok()
}

#[expect(clippy::print_stdout, reason = "its figures are what it is run for")]
fn told(what: &str, is_good: bool) -> ExitCode {
    println!("{what}");
    if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
