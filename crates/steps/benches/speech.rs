//! How well the lanes are used: the real client speaks with the double over HTTP, in real time, on stores in memory that are fast or
//! take their time. The double lives in a process of its own, so that what is measured of this one is ours.
//!
//! `just bench-speech` takes a part of the tickets, `just bench-speech --tickets 500` all; `--calls 300` and `--lanes 5` choose
//! rows. Fails if a bound is broken.

mod speech {
    pub(crate) mod cached;
    pub(crate) mod cell;
    pub(crate) mod double;
    #[path = "../../tests/lanes/host.rs"]
    pub(crate) mod host;
    #[expect(dead_code, reason = "another bench uses more of it")]
    pub(crate) mod machine;
    pub(crate) mod place;
    #[path = "../../tests/lanes/slow.rs"]
    #[expect(dead_code, reason = "the tests use more of it")]
    pub(crate) mod slow;
    #[path = "../../tests/world/timekeeper.rs"]
    pub(crate) mod timekeeper;
}

use speech::cell::{Cell, Measured};
use speech::{cached, double};
use std::process::ExitCode;

/// Tickets of a cell for each lane, unless said otherwise.
const TICKETS: usize = 32;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |name: &str| {
        let place = arguments.iter().position(|argument| argument == name)?;
        arguments.get(place + 1)?.parse::<u64>().ok()
    };
    if let Some(call_ms) = number("--double") {
        double::serve(call_ms).await;
        return ExitCode::SUCCESS;
    }
    let tickets = number("--tickets").and_then(|number| usize::try_from(number).ok());
    let how_many = tickets.map_or_else(
        || format!("{TICKETS} tickets for each lane (--tickets 500: the full bench)"),
        |tickets| format!("{tickets} tickets in each row"),
    );
    say(&format!("{how_many}. Slow stores: 5 ms per record, 60 ms per artifact."));
    say("call ms  lanes  stores  utilisation   at least  pause ms p50  CPU ms per take  operations per take  peak MB");
    let mut is_good = true;
    for call_ms in [300, 1_000] {
        for lanes in [1, 5] {
            for is_slow in [false, true] {
                let is_asked = |name: &str, value: u64| number(name).is_none_or(|only| only == value);
                if !is_asked("--calls", call_ms) || !is_asked("--lanes", lanes.into()) {
                    continue;
                }
                let tickets = tickets.unwrap_or(TICKETS * lanes as usize);
                let cell = Cell { call_ms, lanes, is_slow, tickets };
                let measured = cell.measure().await;
                is_good &= told(&cell, &measured);
            }
        }
    }
    for (is_slow, lines) in [(false, 500), (true, 50)] {
        let per_second = cached::resolved_per_second(is_slow, lines).await;
        say(&format!("cached takes resolved, {} stores: {per_second:.0} per second", stores(is_slow)));
    }
    if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Prints a row; says whether its bound holds.
fn told(cell: &Cell, measured: &Measured) -> bool {
    let bound = cell.bound();
    let is_good = measured.utilisation >= bound && measured.most_in_flight <= cell.lanes as usize;
    say(&format!(
        "{:>7}  {:>5}  {:>6}  {:>11.4}  {:>9.2}  {:>12}  {:>15.2}  {:>19.1}  {:>7.1}{}",
        cell.call_ms,
        cell.lanes,
        stores(cell.is_slow),
        measured.utilisation,
        bound,
        measured.pause_ms,
        measured.cpu_ms_per_take,
        measured.operations_per_take,
        measured.peak_mb,
        if is_good { "" } else { "  BROKEN" },
    ));
    is_good
}

fn stores(is_slow: bool) -> &'static str {
    if is_slow { "slow" } else { "fast" }
}

#[expect(clippy::print_stdout, reason = "a bench prints what it measured")]
fn say(what: &str) {
    println!("{what}");
}
