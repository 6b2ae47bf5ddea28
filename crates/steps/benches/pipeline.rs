//! How long a film takes beside what it must take: pictures, speech, scenes and the join of a job overlap as far as the inputs of each
//! allow. The steps are those that `onetake video` and `onetake film` run, the providers are the doubles' accounts, the studio keeps
//! time, and the clock is paused: an hour of film making takes a moment.
//!
//! `just bench-pipeline` prints the table, with one film in real time; `--real` makes more of those, to say what is left to do after the
//! last word, and how much memory long films take; `--sequential` takes the overlap away; `--cores 2` renders as many scenes at once; `--slow-stores` has each record take 5 ms and each artifact 60 ms, which the lower
//! bound knows nothing of. Fails if a row misses its goal.

#[path = "../tests/double/mod.rs"]
mod double;

mod pipeline {
    #[path = "../../tests/painting/artist.rs"]
    #[expect(dead_code, reason = "the tests use more of it")]
    pub(crate) mod artist;
    pub(crate) mod bound;
    #[path = "../speech/machine.rs"]
    #[expect(dead_code, reason = "another bench uses more of it")]
    pub(crate) mod machine;
    pub(crate) mod noting;
    pub(crate) mod paced;
    pub(crate) mod place;
    #[path = "../../tests/lanes/provider.rs"]
    #[expect(dead_code, reason = "the tests use more of it")]
    pub(crate) mod provider;
    pub(crate) mod real;
    pub(crate) mod simulated;
    #[path = "../../tests/lanes/slow.rs"]
    #[expect(dead_code, reason = "the tests use more of it")]
    pub(crate) mod slow;
    #[path = "../../tests/world/timekeeper.rs"]
    pub(crate) mod timekeeper;
    pub(crate) mod watched;
}

use pipeline::bound::{Latencies, Shape};
use pipeline::place::{Hands, Order};
use pipeline::simulated::{Row, say, simulate};
use std::process::ExitCode;

/// A row takes no longer than this much of its lower bound.
const MOST_OF_BOUND: f64 = 1.02;
/// Three scenes on three lanes, with the old systems' latencies.
const MOST_MS_OF_THREE: u64 = 45_000;
/// A scene's share of a film, in any row.
const MOST_MS_PER_SCENE: u64 = 28_500;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    let number = |name: &str| {
        let place = arguments.iter().position(|argument| argument == name)?;
        arguments.get(place + 1)?.parse::<usize>().ok()
    };
    if let [_, option, making] = arguments.as_slice()
        && option == "--film-of"
    {
        pipeline::real::child(making);
        return ExitCode::SUCCESS;
    }
    let (cores, slow_stores) = (number("--cores"), has("--slow-stores"));
    let row = |scenes, lanes, window, join| Row {
        shape: Shape { scenes, lanes, window, cores },
        latencies: Latencies::old(join, scenes),
        hands: if has("--sequential") { Hands::One } else { Hands::Many },
        order: Order::Video,
        slow_stores,
    };
    if has("--sequential") {
        let row = row(3, Some(1), Some(6), Join::Old);
        let made_ms = simulate(&row);
        say(&format!("One after the other, 3 scenes: {} s. So it was: 144 s.", seconds(made_ms)));
        return if made_ms.abs_diff(144_000) < 1_000 { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let mut is_good = true;
    say(
        "| scenes | lanes | pictures a minute | join s | film after s | lower bound s | ratio | s per scene | one after the \
         other s | pictures before speech s | pictures beside speech s |",
    );
    say("|-:|-:|-:|-:|-:|-:|-:|-:|-:|-:|-:|");
    for join in [Join::Old, Join::Measured] {
        for scenes in [3, 10, 100] {
            for lanes in [Some(1), Some(3), None] {
                for window in [Some(6), None] {
                    is_good &= told(&row(scenes, lanes, window, join));
                }
            }
        }
    }
    say("\nThree scenes on three lanes, by what is ordered and by whom it is rendered:\n");
    say("| order | scenes rendered at once | film after s | lower bound s | ratio |");
    say("|-|-:|-:|-:|-:|");
    let three = || row(3, Some(3), Some(6), Join::Old);
    for (order, cores) in [
        (Order::Video, None),
        (Order::Video, Some(2)),
        (Order::PreviewAndVideo, None),
        (Order::PreviewAndVideo, Some(2)),
        (Order::PreviewThenVideo, None),
    ] {
        let three = three();
        is_good &= told_of_order(&Row { order, shape: Shape { cores, ..three.shape }, ..three });
    }
    if slow_stores {
        say("\nNo goal is set where the stores take their time.");
        return ExitCode::SUCCESS;
    }
    is_good &= pipeline::real::three_scenes();
    if has("--real") {
        is_good &= pipeline::real::after_the_last_word();
    }
    if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// How long the join takes.
#[derive(Clone, Copy)]
enum Join {
    /// As in the systems that this replaces.
    Old,
    /// As measured here.
    Measured,
}

impl Latencies {
    /// Those of the old systems, but for the join where it is as measured: 20 ms a scene.
    fn old(join: Join, scenes: usize) -> Self {
        let join_ms = match join {
            Join::Old => 15_000,
            Join::Measured => 20 * scenes as u64,
        };
        Self { image_ms: 20_000, speech_ms: 15_000, scene_ms: 8_000, lay_ms: 0, join_ms }
    }
}

/// Prints a row; says whether its goals are reached.
fn told(row: &Row) -> bool {
    let (made_ms, bound_ms) = (simulate(row), row.shape.lower_bound_ms(&row.latencies));
    let Shape { scenes, lanes, window, .. } = row.shape;
    let (ratio, per_scene_ms) = (made_ms as f64 / bound_ms as f64, made_ms / scenes as u64);
    let is_old = row.latencies.join_ms == 15_000;
    let are_three = scenes == 3 && lanes == Some(3) && is_old && row.shape.cores.is_none();
    // What is below it would say that the bound is none.
    let is_good = (1.0..=MOST_OF_BOUND).contains(&ratio)
        && per_scene_ms <= MOST_MS_PER_SCENE
        && (!are_three || made_ms <= MOST_MS_OF_THREE);
    let old = row.latencies.old_ways_ms(scenes).map(seconds);
    say(&format!(
        "| {scenes} | {} | {} | {} | {}{} | {} | {ratio:.3} | {} | {} | {} | {} |",
        limit(lanes),
        limit(window),
        seconds(row.latencies.join_ms),
        seconds(made_ms),
        missed(is_good),
        seconds(bound_ms),
        seconds(per_scene_ms),
        old[0],
        old[1],
        old[2],
    ));
    is_good
}

/// The same by what is ordered. A film that begins when its preview has ended cannot reach the goal.
fn told_of_order(row: &Row) -> bool {
    let (made_ms, bound_ms) = (simulate(row), row.shape.lower_bound_ms(&row.latencies));
    let ratio = made_ms as f64 / bound_ms as f64;
    let is_good = (1.0..=MOST_OF_BOUND).contains(&ratio) || row.order == Order::PreviewThenVideo;
    say(&format!(
        "| {} | {} | {}{} | {} | {ratio:.3} |",
        row.order.name(),
        limit(row.shape.cores),
        seconds(made_ms),
        missed(is_good),
        seconds(bound_ms),
    ));
    is_good
}

fn missed(is_good: bool) -> &'static str {
    if is_good { "" } else { " **missed**" }
}

fn limit(most: Option<impl ToString>) -> String {
    most.map_or_else(|| "no limit".to_owned(), |most| most.to_string())
}

fn seconds(ms: u64) -> String {
    format!("{:.2}", ms as f64 / 1_000.0)
}
