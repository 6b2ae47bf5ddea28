//! One execution environment whose answers reach a client while they are said. AWS's emulator holds them back until they are whole, so
//! cargo-lambda's development server stands here for the function URL and for the runtime API behind it.

use crate::instance::InstanceSettings;
use crate::{environment, ports, repository_file};
use std::fs::{self, File};
use std::io;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

/// What the development server calls a function that it did not start.
const NAME: &str = "_";

/// A function behind a URL that streams. Dropping it ends its processes.
pub struct Streaming {
    server: Child,
    function: Option<Child>,
    port: u16,
    folder: TempDir,
}

impl Streaming {
    pub(crate) fn start(bootstrap: &Path, settings: &InstanceSettings) -> Self {
        Self::try_start(bootstrap, settings).unwrap_or_else(|error| {
            panic!(
                "{} did not start behind `cargo lambda watch`, which `infra/setup test` installs: {error}",
                bootstrap.display()
            )
        })
    }

    fn try_start(bootstrap: &Path, settings: &InstanceSettings) -> io::Result<Self> {
        let bootstrap = bootstrap.canonicalize()?;
        // A port that was free a moment ago may be taken by now, so more than one try.
        let mut tries = 0;
        loop {
            tries += 1;
            let mut streaming = Self::serve()?;
            match streaming.wait_until_listening() {
                Ok(()) => {
                    streaming.function = Some(streaming.begin(&bootstrap, settings)?);
                    return Ok(streaming);
                }
                Err(error) if tries == 3 => return Err(io::Error::other(format!("{error}\n{}", streaming.log()))),
                Err(_) => {}
            }
        }
    }

    /// The server, which starts nothing by itself.
    fn serve() -> io::Result<Self> {
        let (folder, port) = (TempDir::new()?, ports::free_port());
        let log = File::create(folder.path().join("log"))?;
        #[expect(clippy::disallowed_methods, reason = "starting it is what this file is for")]
        let server = Command::new("cargo-lambda")
            .args(["lambda", "watch", "--only-lambda-apis", "--ignore-changes"])
            .args(["--invoke-address", "127.0.0.1", "--invoke-port", &port.to_string()])
            .arg("--manifest-path")
            .arg(repository_file("Cargo.toml"))
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        Ok(Self { server, function: None, port, folder })
    }

    fn wait_until_listening(&mut self) -> io::Result<()> {
        for _ in 0..500 {
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return Ok(());
            }
            if let Some(status) = self.server.try_wait()? {
                return Err(io::Error::other(format!("the server ended with {status}")));
            }
            thread::sleep(Duration::from_millis(20));
        }
        Err(io::Error::new(io::ErrorKind::TimedOut, "the server did not listen within 10 s"))
    }

    fn begin(&self, bootstrap: &Path, settings: &InstanceSettings) -> io::Result<Child> {
        let log = File::options().append(true).open(self.folder.path().join("log"))?;
        #[expect(clippy::disallowed_methods, reason = "starting it is what this file is for")]
        Command::new(bootstrap)
            .env_clear()
            .env("PATH", environment::path())
            .env("TMPDIR", self.folder.path())
            .env("AWS_LAMBDA_RUNTIME_API", format!("http://127.0.0.1:{}/.rt", self.port))
            .env("AWS_LAMBDA_FUNCTION_NAME", NAME)
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", settings.memory_mb.to_string())
            .envs(settings.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
    }

    /// Host and port; the function's own paths stand there.
    #[must_use]
    pub fn authority(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// What the server and the function have logged until now.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read(self.folder.path().join("log"))
            .map(|log| String::from_utf8_lossy(&log).into_owned())
            .unwrap_or_default()
    }
}

impl Drop for Streaming {
    fn drop(&mut self) {
        for process in self.function.iter_mut().chain([&mut self.server]) {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}
