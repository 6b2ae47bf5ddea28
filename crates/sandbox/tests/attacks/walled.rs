//! Attacks behind the walls, by the user that this process is.

use super::target::{Targets, Victim};
use crate::Attack;
use futures_util::StreamExt;
use sandbox::{Limits, Manim, Walls};
use std::collections::BTreeSet;
use std::fs;
use std::process::ExitCode;
use std::time::Instant;
use story::animator::{Animator, Performance, Program, Show};
use story::failure::Failure;

/// How long those would last that never end.
const LONG_S: u32 = 600;
/// Bytes of those that never end.
const BIG: u64 = 2_000_000_000;

/// What got through is said, and nothing after it.
const REACHED: &str = "
import os as _os
def reached(what):
    _os.write(2, f'\\nREACHED: {what}\\n'.encode())
    _os._exit(3)
";
/// What any program must have.
const FILM: &str = "

class Film(Section):
    def construct(self):
        self.add(Dot())
";

/// Runs all, one after the other; says whether all were stopped, and nothing is left.
pub(crate) fn run(attacks: &[Attack]) -> ExitCode {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let targets = Targets::told();
    let launcher = std::env::current_exe().expect("this").with_file_name("confined-python");
    let folder = crate::installed();
    let limits = Limits { cpu_s: 3, cpu_s_per_second: 0, patience: 2 };
    let manim = match Manim::open(Walls::Ours(launcher), &folder, limits) {
        Ok(manim) => manim,
        Err(why) => {
            println!("  WRONG: {why}");
            return ExitCode::FAILURE;
        }
    };
    let before = processes();
    // What none attacks goes well: else nothing would be proven.
    let harmless = || match runtime.block_on(played(&manim, &show(FILM.to_owned()))) {
        Ok(()) => 0,
        Err(failure) => {
            println!("  WRONG: a harmless program was stopped: {failure}");
            1
        }
    };
    let mut wrong = harmless();
    for attack in attacks {
        let begun = Instant::now();
        let mut complaints = Vec::new();
        let _ = Targets::restored(targets.folder());
        let mut victim = Victim::new(&targets);
        let code = format!("{REACHED}{}{}{FILM}", targets.prelude(victim.id(), LONG_S, BIG), attack.code);
        let stopped = match runtime.block_on(played(&manim, &show(code))) {
            Err(Failure::GiveUp(sentence)) if sentence.contains("REACHED") => {
                complaints.push(format!("it got through: {sentence}"));
                sentence
            }
            Err(Failure::GiveUp(sentence)) => sentence,
            Err(Failure::Retry(error)) => {
                complaints.push("it was not run at all".to_owned());
                error.to_string()
            }
            // It did what it wanted after its end, when it was gone.
            Ok(()) => "it ended, and nothing came of it".to_owned(),
        };
        complaints.extend(Targets::restored(targets.folder()));
        if !victim.is_well() {
            complaints.push("another process was ended".to_owned());
        }
        wrong += complaints.len();
        println!("  {:34} {:>5.1} s  {stopped}", attack.name, begun.elapsed().as_secs_f64());
        for complaint in complaints {
            println!("  WRONG: {} ({}): {complaint}", attack.name, attack.tries);
        }
    }
    wrong += harmless();
    drop(manim);
    wrong += left(&before);
    if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Draws a program: nobody looks at its text before, which would stop most of them.
async fn played(manim: &Manim, show: &Show) -> Result<(), Failure> {
    let Performance::Frames(mut frames) = manim.play(show).await? else { unreachable!("a film of its own") };
    while let Some(shown) = frames.next().await {
        shown?;
    }
    Ok(())
}

fn show(code: String) -> Show {
    let program = Program { code, words: vec!["word".to_owned()], cues: Vec::new(), manim: String::new(), palette: 0 };
    Show { program, width: 270, height: 480, fps: 10, colors: None, frames: 10 }
}

/// Processes that are there now and were not before: whoever ends a stage waits for all that is in it.
fn left(before: &BTreeSet<u32>) -> usize {
    let left: Vec<String> = processes().difference(before).filter_map(|id| ours(*id)).collect();
    if !left.is_empty() {
        println!("  WRONG: processes are left behind: {left:?}");
    }
    left.len()
}

fn processes() -> BTreeSet<u32> {
    fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect()
}

/// What a process is, if it may have come of a program: the machine's other processes come and go.
fn ours(id: u32) -> Option<String> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let user: u32 =
        status.lines().find_map(|line| line.strip_prefix("Uid:"))?.split_whitespace().next()?.parse().ok()?;
    let me = nix::unistd::Uid::effective();
    let is_ours = (61_184..65_520).contains(&user) || (!me.is_root() && user == me.as_raw());
    let words = fs::read_to_string(format!("/proc/{id}/cmdline")).unwrap_or_default().replace('\0', " ");
    (is_ours && !status.contains("State:\tZ"))
        .then(|| format!("{id} of user {user}: {}", words.chars().take(60).collect::<String>()))
}
