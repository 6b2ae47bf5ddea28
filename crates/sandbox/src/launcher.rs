//! Puts up the walls around itself, and becomes the interpreter. Each step fails closed: whoever cannot put one up runs nothing.

use crate::calls::{self, hexadecimal};
use crate::environment::Environment;
use crate::manim::MEMORY_BYTES;
use crate::paths;
use crate::stage::STAGE;
use nix::sys::prctl;
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::signal::Signal;
use nix::unistd::{self, Gid, Uid};
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// What it ends with where a wall could not be put up.
pub(crate) const REFUSED: u8 = 97;

/// The largest file: Manim writes drawings of texts, and nothing large.
const FILE_BYTES: u64 = 8 << 20;
const DESCRIPTORS: u64 = 128;
/// Of a user whom nobody else is.
const PROCESSES: u64 = 64;
/// Of a thread.
const STACK_BYTES: u64 = 8 << 20;

/// Users whom nobody is: the range that service managers give away for a moment.
const NOBODY: std::ops::Range<u32> = 61_184..65_520;

/// Becomes an interpreter that runs programs in a folder: `FOLDER ENVIRONMENT`. Comes back only where it could not.
pub fn launch(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let mut paths = arguments.map(PathBuf::from);
    let (Some(folder), Some(environment)) = (paths.next(), paths.next()) else {
        return refused("the launcher wants a folder and an environment");
    };
    match confined(&folder, &environment) {
        Ok(mut interpreter) => refused(&format!("the interpreter did not start: {}", interpreter.exec())),
        Err(why) => refused(&why),
    }
}

fn refused(why: &str) -> ExitCode {
    use std::io::Write;
    let _nobody_may_listen = writeln!(std::io::stderr(), "{why}");
    ExitCode::from(REFUSED)
}

fn confined(folder: &Path, environment: &Path) -> Result<Command, String> {
    let environment = Environment::at(environment)?;
    let lists = calls::lists()?;
    let said = |what: &'static str| move |error: nix::Error| format!("{what}: {error}");
    unistd::setsid().map_err(said("a session of its own"))?;
    close_all()?;
    if Uid::effective().is_root() {
        become_nobody(folder)?;
    }
    // After the change of users, which takes it back.
    prctl::set_pdeathsig(Signal::SIGKILL).map_err(said("an end with its parent"))?;
    let limits = [
        (Resource::RLIMIT_AS, MEMORY_BYTES),
        (Resource::RLIMIT_FSIZE, FILE_BYTES),
        (Resource::RLIMIT_NOFILE, DESCRIPTORS),
        (Resource::RLIMIT_STACK, STACK_BYTES),
        (Resource::RLIMIT_CORE, 0),
        (Resource::RLIMIT_MEMLOCK, 0),
        (Resource::RLIMIT_MSGQUEUE, 0),
    ];
    for (resource, most) in limits {
        setrlimit(resource, most, most).map_err(said("a limit"))?;
    }
    prctl::set_no_new_privs().map_err(said("no new privileges"))?;
    paths::wall(folder, &environment)?;
    for list in &lists.interpreter {
        seccompiler::apply_filter(list).map_err(|error| format!("seccomp: {error}"))?;
    }
    let mut interpreter = environment.interpreter(folder);
    interpreter.arg(STAGE).arg(hexadecimal(&lists.program)).current_dir(folder);
    Ok(interpreter)
}

/// Whatever was open in whoever started this: only the three of the stage stay.
fn close_all() -> Result<(), String> {
    let open = std::fs::read_dir("/proc/self/fd").map_err(|error| format!("open descriptors: {error}"))?;
    let open: Vec<i32> = open.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    for descriptor in open.into_iter().filter(|descriptor| *descriptor > 2) {
        // The one that was read from is closed already.
        let _gone = unistd::close(descriptor);
    }
    Ok(())
}

/// Root gives up all it is. The folder goes along.
fn become_nobody(folder: &Path) -> Result<(), String> {
    let id = NOBODY.start + std::process::id() % (NOBODY.end - NOBODY.start);
    let (user, group) = (Uid::from_raw(id), Gid::from_raw(id));
    let said = |error: nix::Error| format!("another user: {error}");
    unistd::chown(folder, Some(user), Some(group)).map_err(said)?;
    unistd::setgroups(&[]).map_err(said)?;
    unistd::setresgid(group, group, group).map_err(said)?;
    unistd::setresuid(user, user, user).map_err(said)?;
    if Uid::effective().is_root() || unistd::setresuid(Uid::from_raw(0), Uid::from_raw(0), Uid::from_raw(0)).is_ok() {
        return Err("another user: root was not given up".to_owned());
    }
    // It counts all of a user's: of somebody who has others it would stop those.
    setrlimit(Resource::RLIMIT_NPROC, PROCESSES, PROCESSES).map_err(said)
}

/// What there is of walls, by name; where one is missing, why.
#[must_use]
pub fn walls() -> Vec<(&'static str, Result<String, String>)> {
    let landlock = paths::walls().map(|_| "files and network are walled off".to_owned());
    let actions = std::fs::read_to_string("/proc/sys/kernel/seccomp/actions_avail");
    let seccomp = match actions {
        Ok(actions) if actions.contains("errno") => calls::lists().map(|_| "system calls are listed".to_owned()),
        Ok(_) => Err("the kernel's seccomp cannot refuse calls".to_owned()),
        Err(_) => Err("the kernel has no seccomp".to_owned()),
    };
    vec![("Landlock", landlock), ("seccomp", seccomp)]
}
