//! Attacks without the sandbox: what does not succeed here proves nothing there.

use super::target::{Targets, Victim};
use crate::Attack;
use std::fs;
use std::process::{Command, ExitCode, Stdio};

/// No attack takes longer.
const LONGEST_S: &str = "20";
/// How long those last that never end.
const LONG_S: u32 = 2;
/// Bytes of those that never end.
const BIG: u64 = 5_000_000;

const REACHED: &str = "
import sys
def reached(what):
    print(f'REACHED: {what}', file=sys.stderr, flush=True)
";

/// Runs all, as the user that this process is; says whether all succeeded.
pub(crate) fn run(attacks: &[Attack]) -> ExitCode {
    let mut targets = Targets::told();
    let mut failed = 0;
    for attack in attacks {
        let said = one(attack, &mut targets);
        if !said.contains("REACHED") {
            failed += 1;
            println!(
                "  WRONG: {} does not succeed without the sandbox: {}",
                attack.name,
                said.lines().last().unwrap_or_default()
            );
        }
    }
    println!("  {} of {} succeed", attacks.len() - failed, attacks.len());
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn one(attack: &Attack, targets: &mut Targets) -> String {
    // Read to its end, it would give nothing to the next.
    targets.open_anew();
    let _ = Targets::restored(targets.folder());
    let victim = Victim::new(targets);
    let folder = tempfile::TempDir::with_prefix("onetake-bare-").expect("a folder");
    let mut python = Command::new("timeout");
    python.args(["--signal", "KILL", LONGEST_S, "/usr/bin/python3", "-I", "-B", "-c"]).arg(format!(
        "{REACHED}{}{}",
        targets.prelude(victim.id(), LONG_S, BIG),
        attack.code
    ));
    python.current_dir(folder.path()).env("HOME", folder.path()).stdin(Stdio::null()).stdout(Stdio::null());
    let said = folder.path().join("said.txt");
    // A file: what an attack leaves behind may keep a pipe open.
    python.stderr(fs::File::create(&said).expect("a file"));
    targets.hand_to(&mut python);
    python.status().expect("timeout is there");
    let said = fs::read_to_string(&said)
        .map(|said| said.lines().rev().take(50).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("\n"));
    // Some make folders that nobody can look into, or thousands in each other.
    let _gone = Command::new("chmod").arg("-R").arg("u+rwx").arg(folder.path()).stderr(Stdio::null()).status();
    let _gone = Command::new("rm").arg("-rf").arg(folder.path()).status();
    said.unwrap_or_default()
}
