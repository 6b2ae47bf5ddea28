//! A folder of its own for one test, and the program started in it.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::Once;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// What the environment of whoever runs the tests may hold and no test should feel.
#[expect(clippy::disallowed_methods, reason = "it is read to be taken away")]
fn settings() -> impl Iterator<Item = String> {
    let names = std::env::vars().map(|(name, _)| name);
    names.filter(|name| name.starts_with("ONETAKE_") || name.ends_with("_API_KEY") || name.ends_with("_BASE_URL"))
}

/// Who speaks.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Voices {
    /// Tones: quick, and the same on every machine.
    Tones,
    /// espeak-ng where it is installed, else tones.
    Installed,
    /// The same, and each call is written down.
    Counted,
}

/// A folder with a script, a data folder that the program makes, and nothing else.
pub(crate) struct Room {
    folder: TempDir,
    pub(crate) data: PathBuf,
    /// Variables of every process that is started here.
    pub(crate) environment: BTreeMap<&'static str, String>,
    voices: Voices,
}

/// How a run of the program ended.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Room {
    pub(crate) fn new(voices: Voices) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let room = Self { folder, data, environment: BTreeMap::new(), voices };
        if voices == Voices::Counted {
            let log = room.path("calls");
            let counting = format!(
                "#!/bin/sh\n[ \"$1\" = --version ] || echo call >> '{}'\nexec espeak-ng \"$@\"\n",
                log.display()
            );
            fs::write(room.path("espeak"), counting).unwrap();
            fs::set_permissions(room.path("espeak"), fs::Permissions::from_mode(0o755)).unwrap();
        }
        room
    }

    /// The same, with the data somewhere else.
    pub(crate) fn with_data(voices: Voices, data: &Path) -> Self {
        Self { data: data.to_owned(), ..Self::new(voices) }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    /// The program with its arguments, not started yet; paths begin at the room.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        hears_interrupts();
        let mut command = command(env!("CARGO_BIN_EXE_onetake"));
        settings().for_each(|name| {
            command.env_remove(name);
        });
        match self.voices {
            Voices::Tones => command.env("ONETAKE_ESPEAK", "none"),
            Voices::Counted => command.env("ONETAKE_ESPEAK", self.path("espeak")),
            Voices::Installed => &mut command,
        };
        command.envs(&self.environment);
        command.current_dir(self.folder.path()).args(arguments).arg("--data").arg(&self.data);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::from(self.command(arguments).output().unwrap())
    }

    /// Runs a verb that succeeds, and reads what it prints for machines.
    pub(crate) fn read(&self, arguments: &[&str]) -> Value {
        let ran = self.run(&[arguments, &["--json"]].concat());
        assert_eq!(ran.code, Some(0), "{arguments:?}\n{}", ran.err);
        serde_json::from_str(&ran.out).unwrap()
    }

    /// Makes something of a script without pictures: `preview`, `video` or `film`.
    pub(crate) fn make(&self, verb: &str, script: &Value, more: &[&str]) -> Value {
        self.write("script.json", script.to_string());
        self.read(&[&[verb, "script.json", "--rehearse", "--resolution", "240p"], more].concat())
    }

    /// A file of a job.
    pub(crate) fn file(&self, job: &Value, name: &str) -> PathBuf {
        self.data.join("jobs").join(job["id"].as_str().unwrap()).join(name)
    }

    /// Lines spoken by all jobs of this folder.
    pub(crate) fn spoken(&self) -> u64 {
        let jobs = self.read(&["jobs"]);
        let ids = jobs["jobs"].as_array().unwrap().iter().map(|job| job["id"].as_str().unwrap());
        ids.map(|id| spoken(&self.read(&["status", id]))).sum()
    }

    /// Calls of espeak-ng, where they are counted and it is installed.
    pub(crate) fn calls(&self) -> Option<u64> {
        let installed = command("espeak-ng").arg("--version").output().is_ok_and(|output| output.status.success());
        let log = fs::read_to_string(self.path("calls")).unwrap_or_default();
        (installed && self.voices == Voices::Counted).then_some(log.lines().count() as u64)
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }
}

pub(crate) fn spoken(job: &Value) -> u64 {
    job["counts"]["spoken"].as_u64().unwrap()
}

pub(crate) fn reused(job: &Value) -> u64 {
    job["counts"]["reused"].as_u64().unwrap()
}

/// Four lines of two speakers; each is one breath, so one call of espeak-ng.
pub(crate) fn dialogue() -> Value {
    json!({
        "speakers": { "Ana": {}, "Bo": {} },
        "lines": [
            { "speaker": "Ana", "text": "Good morning to the harbour" },
            { "speaker": "Bo", "text": "There is nobody here today" },
            { "speaker": "Ana", "text": "The ships have gone north" },
            { "speaker": "Bo", "text": "Then we may take our time" },
        ],
    })
}

/// A process with its name; all that these tests start is started here.
#[expect(clippy::disallowed_methods, reason = "the one place of these tests that starts processes")]
pub(crate) fn command(program: &str) -> Command {
    Command::new(program)
}

/// Whoever is started in the background by a script ignores Ctrl-C, and so do all that come of it, but where it is listened to:
/// that is forgotten when another program begins.
fn hears_interrupts() {
    static ONCE: Once = Once::new();
    const INTERRUPT: u64 = 1 << 1;
    ONCE.call_once(|| {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap_or_default();
        if u64::from_str_radix(ignored.trim(), 16).is_ok_and(|ignored| ignored & INTERRUPT != 0) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let listening = async { tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt()) };
            let _once_is_enough = runtime.block_on(listening).unwrap();
        }
    });
}

/// Sends a signal by its name.
pub(crate) fn signal(child: &Child, name: &str) {
    let sent = command("kill").args([&format!("-{name}"), &child.id().to_string()]).status();
    assert!(sent.is_ok_and(|status: ExitStatus| status.success()), "{name} was not sent");
}

/// What some work gives, and how long it took.
#[expect(clippy::disallowed_methods, reason = "how long a process takes is measured, and no house has a clock here")]
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let began = Instant::now();
    let done = work();
    (done, began.elapsed())
}
