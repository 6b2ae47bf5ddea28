//! How long an explainer of five sections takes beside what it must take: its plan, then speech and animations beside each other, each
//! section drawn the moment both are there, and the join. The steps are those that `onetake explain` runs; the writer and the speech
//! provider take the time that they took the systems that this replaces, on a paused clock; drawing and joining take as long as they
//! did there, and as they take here, measured first on a film of the rehearsal's in real time.
//!
//! `just bench-explainer` prints the table, `just bench-explainer --style manim` that of sections drawn by Manim, of whose processors'
//! time only what encodes is counted. Fails if a row misses its goal.

mod explainer {
    #[path = "../../tests/painting/author.rs"]
    #[expect(dead_code, reason = "the tests use more of it")]
    pub(crate) mod author;
    pub(crate) mod made;
    pub(crate) mod simulated;
}

#[path = "../tests/double/mod.rs"]
mod double;

mod pipeline {
    #[path = "../../tests/painting/artist.rs"]
    #[expect(dead_code, reason = "the tests use more of it")]
    pub(crate) mod artist;
    #[path = "../speech/machine.rs"]
    #[expect(dead_code, reason = "another bench uses more of it")]
    pub(crate) mod machine;
    #[path = "../pipeline/place.rs"]
    #[expect(dead_code, reason = "another bench uses more of it")]
    pub(crate) mod place;
    #[path = "../../tests/lanes/provider.rs"]
    #[expect(dead_code, reason = "the tests use more of it")]
    pub(crate) mod provider;
    #[path = "../../tests/world/timekeeper.rs"]
    pub(crate) mod timekeeper;
    #[path = "../pipeline/watched.rs"]
    pub(crate) mod watched;
}

use explainer::made::made;
use explainer::simulated::{Drawing, SECTIONS, Writing, simulate};
use std::ffi::OsString;
use std::process::ExitCode;

/// The middle of what each call took: a plan 5 to 10 s, a voice and an animation 10 to 15 s each.
const WRITING: Writing = Writing { plan_ms: 7_500, speech_ms: 12_500, animation_ms: 12_500 };
/// And of what drawing a section and the join took: 20 to 30 s, and 3 to 5 s.
const OLD: Drawing = Drawing { section_ms: 25_000, film_ms: 0, join_ms: 4_000 };
/// With five lanes, by drawing and joining as they were, and as they are.
const GOALS_MS: [u64; 2] = [50_000, 28_000];
/// The same where Manim draws, which takes its time: no longer than what it replaces.
const GOALS_OF_MANIM_MS: [u64; 2] = [50_000; 2];
/// No row takes longer than this much of its lower bound.
const MOST_OF_BOUND: f64 = 1.05;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).filter(|argument| argument != "--bench").collect();
    if arguments.first().is_some_and(|first| first == sandbox::LAUNCH) {
        return sandbox::launch(arguments.into_iter().skip(1));
    }
    let style = match arguments.as_slice() {
        [] => "declarative",
        [option, style] if option == "--style" && style == "manim" => "manim",
        _ => {
            say("this bench knows `--style manim`, and nothing else");
            return ExitCode::from(2);
        }
    };
    let made = made(style);
    say(&format!(
        "One film of the rehearsal's, {style} ({} s, {SECTIONS} sections, 1080x1920, 30 frames a second), one section after the other: \
         a section is drawn in {} s ({:.3} CPU-s for a second of film), its own film is there {} s later, the join takes {} s.\n",
        seconds(made.film_ms),
        seconds(made.drawing.section_ms),
        made.cpu_ms / made.film_ms as f64,
        seconds(made.drawing.film_ms),
        seconds(made.drawing.join_ms),
    ));
    let [before, after] = WRITING.old_ways_ms(&OLD);
    say(&format!(
        "Five sections: plan {} s, speech {} s a section, animation {} s a section. It was 90 to 150 s (here {} s) with the voices one \
         after the other inside the renderer, and 50 to 68 s (here {} s) with all of them before it.\n",
        seconds(WRITING.plan_ms),
        seconds(WRITING.speech_ms),
        seconds(WRITING.animation_ms),
        seconds(before),
        seconds(after),
    ));
    say("| drawing and joining | lanes | film after s | lower bound s | ratio | before s | after s |");
    say("|-|-:|-:|-:|-:|-:|-:|");
    let mut is_good = true;
    let goals_ms = if style == "manim" { GOALS_OF_MANIM_MS } else { GOALS_MS };
    for ((name, drawing), goal_ms) in [("as it was", OLD), ("as measured here", made.drawing)].into_iter().zip(goals_ms)
    {
        for lanes in [Some(1), Some(2), Some(5), None] {
            let (made_ms, bound_ms) = (simulate(&WRITING, &drawing, lanes), WRITING.lower_bound_ms(&drawing, lanes));
            let ratio = made_ms as f64 / bound_ms as f64;
            // What is below it would say that the bound is none.
            let is_row_good = (1.0..=MOST_OF_BOUND).contains(&ratio) && (lanes != Some(5) || made_ms <= goal_ms);
            is_good &= is_row_good;
            let [before, after] = WRITING.old_ways_ms(&drawing);
            say(&format!(
                "| {name} | {} | {}{} | {} | {ratio:.3} | {} | {} |",
                lanes.map_or_else(|| "no limit".to_owned(), |lanes| lanes.to_string()),
                seconds(made_ms),
                if is_row_good { "" } else { " **missed**" },
                seconds(bound_ms),
                seconds(before),
                seconds(after),
            ));
        }
    }
    if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[expect(clippy::print_stdout, reason = "a bench prints what it measured")]
fn say(what: &str) {
    println!("{what}");
}

fn seconds(ms: u64) -> String {
    format!("{:.2}", ms as f64 / 1_000.0)
}
