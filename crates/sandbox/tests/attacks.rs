//! Attacks on the sandbox: each is run first without it, and must succeed there; then as a program behind the walls, by root and by an
//! ordinary user, and must be stopped. `cargo test --test attacks NAME…` runs those with a name.
//!
//! Where the kernel has not what it takes, this fails; with `ONETAKE_UNPROVEN=1` it says so in its last line instead.
#![expect(clippy::print_stdout, reason = "a table for people")]
#![expect(clippy::disallowed_methods, reason = "attacks are processes, in real time")]

mod attacks {
    pub(crate) mod bare;
    pub(crate) mod target;
    pub(crate) mod walled;
}

use attacks::{bare, target::Targets, walled};
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// An ordinary user whom every system has.
const ORDINARY: u32 = 65_534;
/// Says that this process is the one that attacks are run by.
const RUNNER: &str = "--runner";
/// Says that there are no walls.
const BARE: &str = "--bare";

/// Where attacks lie for whoever runs them: a checkout may be where nobody else may look.
const ATTACKS: &str = "ONETAKE_ATTACKS";

/// One attack.
struct Attack {
    name: String,
    /// What it tries.
    tries: String,
    code: String,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--") || argument == RUNNER || argument == BARE)
        .collect();
    let (is_runner, names) = match arguments.split_first() {
        Some((first, names)) if first == RUNNER => (true, names.to_vec()),
        _ => (false, arguments),
    };
    let is_bare = names.first().is_some_and(|first| first == BARE);
    let names = names[usize::from(is_bare)..].to_vec();
    let attacks = attacks(&names);
    assert!(!attacks.is_empty(), "no attack has such a name");
    if is_runner {
        return if is_bare { bare::run(&attacks) } else { walled::run(&attacks) };
    }
    let missing: Vec<String> =
        sandbox::walls().into_iter().filter_map(|(name, wall)| Some(format!("{name}: {}", wall.err()?))).collect();
    if !missing.is_empty() {
        println!("this kernel lacks what the sandbox takes: {}", missing.join("; "));
        let may_be = std::env::var("ONETAKE_UNPROVEN").is_ok_and(|value| value == "1");
        if may_be {
            skipped("attacks on the sandbox: this kernel cannot hold them");
        }
        println!(
            "{}",
            if may_be { "NOT PROVEN: no attack was run" } else { "set ONETAKE_UNPROVEN=1 to go on without this proof" }
        );
        return if may_be { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let scene = Scene::open();
    let is_root = nix::unistd::Uid::effective().is_root();
    let nobody = is_root.then_some(ORDINARY);
    println!("without the sandbox, by an ordinary user:");
    let mut wrong = usize::from(!scene.runs(&[BARE], &names, nobody));
    if is_root {
        println!("\nbehind the walls, by root:");
        wrong += usize::from(!scene.runs(&[], &names, None));
    }
    println!("\nbehind the walls, by an ordinary user:");
    wrong += usize::from(!scene.runs(&[], &names, nobody));
    if !is_root {
        skipped("attacks by root: this is none");
    }
    println!(
        "\n{} attacks, {}",
        attacks.len(),
        if wrong == 0 { "all of them stopped" } else { "NOT all as they must" }
    );
    if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Counted loudly: what was not run is not passed.
fn skipped(what: &str) {
    println!("SKIPPED: {what}");
    let Ok(counted) = std::env::var("ONETAKE_SKIPPED") else { return };
    let file = fs::OpenOptions::new().append(true).open(counted);
    let _nobody_counts = file.and_then(|mut file| writeln!(file, "{what}"));
}

fn attacks(names: &[String]) -> Vec<Attack> {
    let here = || Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/attacks");
    let folder = std::env::var_os(ATTACKS).map_or_else(here, PathBuf::from);
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).expect("a folder of attacks").flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "py"));
    files.sort();
    let attack = |path: &PathBuf| {
        let code = fs::read_to_string(path).expect("an attack");
        let tries = code
            .lines()
            .next()
            .and_then(|line| line.strip_prefix("# tries: "))
            .expect("each says what it tries")
            .to_owned();
        Attack { name: path.file_stem().expect("a name").to_string_lossy().into_owned(), tries, code }
    };
    let all = files.iter().map(attack);
    all.filter(|attack| names.is_empty() || names.iter().any(|name| attack.name.contains(name.as_str()))).collect()
}

/// Where Manim is, whoever runs programs.
fn installed() -> PathBuf {
    sandbox::Environment::folder(|name| std::env::var(name).ok())
}

/// Everything an attack could reach, and the programs at places that every user can.
struct Scene {
    folder: tempfile::TempDir,
    targets: Targets,
}

impl Scene {
    fn open() -> Self {
        let folder = tempfile::TempDir::with_prefix("onetake-attacks-").expect("a folder");
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("that all may enter");
        for (name, program) in [
            ("runner", std::env::current_exe().expect("this")),
            ("confined-python", env!("CARGO_BIN_EXE_confined-python").into()),
        ] {
            fs::copy(program, folder.path().join(name)).expect("a copy that all may run");
        }
        fs::create_dir(folder.path().join("attacks")).expect("a folder");
        for attack in attacks(&[]) {
            let code = folder.path().join("attacks").join(format!("{}.py", attack.name));
            fs::write(code, attack.code).expect("a copy that all may read");
        }
        let targets = Targets::open(folder.path());
        Self { folder, targets }
    }

    /// Has all run by a user. Says whether all went as it must, and nothing is left.
    fn runs(&self, how: &[&str], names: &[String], user: Option<u32>) -> bool {
        let scratch = tempfile::TempDir::with_prefix_in("scratch-", self.folder.path()).expect("a folder");
        fs::set_permissions(scratch.path(), fs::Permissions::from_mode(0o777)).expect("that all may write");
        let mut runner = Command::new(self.folder.path().join("runner"));
        runner
            .arg(RUNNER)
            .args(how)
            .args(names)
            .env("TMPDIR", scratch.path())
            .env("ONETAKE_MANIM", installed())
            .env(ATTACKS, self.folder.path().join("attacks"))
            .current_dir(scratch.path());
        if let Some(user) = user {
            runner.uid(user).gid(user);
        }
        // What is inherited is there to be read.
        self.targets.hand_to(&mut runner);
        let went_well = runner.status().expect("the runner starts").success();
        let left: Vec<_> =
            fs::read_dir(scratch.path()).expect("a folder").flatten().map(|entry| entry.file_name()).collect();
        if !left.is_empty() {
            println!("  WRONG: files are left behind: {left:?}");
        }
        went_well && left.is_empty()
    }
}
