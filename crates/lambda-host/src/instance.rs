//! One execution environment of a function: its real `bootstrap` under AWS's own runtime emulator.

use crate::wire::Streamed;
use crate::{environment, ports, processes, wire};
use serde_json::Value;
use std::fs::{self, File};
use std::io;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

/// One execution environment of a function, under the emulator. Dropping it ends its processes.
pub struct Instance {
    emulator: Child,
    port: u16,
    folder: TempDir,
    /// Two invocations at once crash the emulator.
    turn: Mutex<()>,
}

/// What the function is given beside its code.
#[derive(Clone, Debug)]
pub struct InstanceSettings {
    /// Its name on AWS.
    pub name: String,
    /// Seconds after which an invocation is cut.
    pub timeout_s: u32,
    /// Memory it believes to have, in MB. The emulator does not hold it to that.
    pub memory_mb: u32,
    /// Environment variables. Those of this process are not handed on, but for `PATH`.
    pub environment: Vec<(String, String)>,
}

impl InstanceSettings {
    /// 30 s and 512 MB, as most functions have.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { name: name.into(), timeout_s: 30, memory_mb: 512, environment: Vec::new() }
    }

    /// With one environment variable more.
    #[must_use]
    pub fn with(mut self, variable: &str, value: &str) -> Self {
        self.environment.push((variable.into(), value.into()));
        self
    }
}

impl Instance {
    /// Starts a function's program. The program itself begins with the first invocation.
    ///
    /// # Panics
    /// When the emulator or the program is missing, or the emulator does not start: a test cannot go on without.
    #[must_use]
    pub fn start(bootstrap: &Path, settings: &InstanceSettings) -> Self {
        let emulator = environment::emulator().unwrap_or_else(|sentence| panic!("{sentence}"));
        Self::try_start(&emulator, bootstrap, settings).unwrap_or_else(|error| {
            panic!("{} did not start under {}: {error}", bootstrap.display(), emulator.display())
        })
    }

    fn try_start(emulator: &Path, bootstrap: &Path, settings: &InstanceSettings) -> io::Result<Self> {
        let bootstrap = bootstrap.canonicalize()?;
        // A port that was free a moment ago may be taken by now, so more than one try.
        let mut tries = 0;
        loop {
            tries += 1;
            let mut instance = Self::spawn(emulator, &bootstrap, settings)?;
            match instance.wait_until_listening() {
                Ok(()) => return Ok(instance),
                Err(error) if tries == 5 => return Err(io::Error::other(format!("{error}\n{}", instance.log()))),
                Err(_) => {}
            }
        }
    }

    fn spawn(emulator: &Path, bootstrap: &Path, settings: &InstanceSettings) -> io::Result<Self> {
        let folder = TempDir::new()?;
        let log = File::create(folder.path().join("log"))?;
        let (port, api) = (ports::free_port(), ports::free_port());
        #[expect(clippy::disallowed_methods, reason = "starting the emulator is what this crate is for")]
        let child = Command::new(emulator)
            .args(["--runtime-interface-emulator-address", &format!("127.0.0.1:{port}")])
            .args(["--runtime-api-address", &format!("127.0.0.1:{api}")])
            .args(["--log-level", "info"])
            .arg(bootstrap)
            .env_clear()
            .env("PATH", environment::path())
            .env("TMPDIR", folder.path())
            .env("AWS_LAMBDA_FUNCTION_NAME", &settings.name)
            .env("AWS_LAMBDA_FUNCTION_TIMEOUT", settings.timeout_s.to_string())
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", settings.memory_mb.to_string())
            .envs(settings.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        Ok(Self { emulator: child, port, folder, turn: Mutex::new(()) })
    }

    fn wait_until_listening(&mut self) -> io::Result<()> {
        for _ in 0..500 {
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return Ok(());
            }
            if let Some(status) = self.emulator.try_wait()? {
                return Err(io::Error::other(format!("the emulator ended with {status}")));
            }
            thread::sleep(Duration::from_millis(20));
        }
        Err(io::Error::new(io::ErrorKind::TimedOut, "the emulator did not listen within 10 s"))
    }

    /// Invokes the function and answers what it returned. Invocations from several threads wait for each other.
    ///
    /// # Errors
    /// What went wrong in the function: its error as JSON (`errorType`, `errorMessage`), or the emulator's words when it
    /// timed out or ended. The emulator answers 200 in each case.
    pub fn invoke(&self, event: &Value) -> Result<Value, String> {
        wire::outcome(&self.answer(event)?)
    }

    /// The same of a function that streams; the emulator holds its answer back until it is whole.
    pub(crate) fn stream(&self, event: &Value) -> Result<Streamed, String> {
        wire::streamed(self.answer(event)?)
    }

    fn answer(&self, event: &Value) -> Result<Vec<u8>, String> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        wire::post(self.port, "/2015-03-31/functions/function/invocations", &event.to_string())
            .map_err(|error| format!("the emulator did not answer: {error}\n{}", self.log()))
    }

    /// Kills the function's program and all that it started, as a machine that fails does; the next invocation is a cold start.
    /// False where nothing ran.
    pub fn kill(&self) -> bool {
        let groups = processes::groups_below(self.emulator.id());
        for group in &groups {
            processes::signal(&format!("-KILL -{group}"));
        }
        !groups.is_empty()
    }

    /// What the emulator and the function have logged until now.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read(self.folder.path().join("log"))
            .map(|log| String::from_utf8_lossy(&log).into_owned())
            .unwrap_or_default()
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        // Asked politely, the emulator kills the group of processes that the function's program leads, of which only it
        // knows the name; killed, it would leave them behind.
        processes::signal(&format!("-TERM {}", self.emulator.id()));
        for _ in 0..100 {
            if matches!(self.emulator.try_wait(), Ok(Some(_))) {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        let _ = self.emulator.kill();
        let _ = self.emulator.wait();
    }
}
