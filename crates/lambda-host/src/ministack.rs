//! AWS's services on this machine: `MiniStack`, a server that answers as DynamoDB, S3, SQS and their like do.

use crate::{environment, ports, wire};
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

/// `MiniStack` on a loopback port, empty at first. Dropping it ends its process, and what it kept is gone.
/// Credentials: [`MiniStack::KEY_ID`] and [`MiniStack::SECRET`]; region: [`MiniStack::REGION`].
pub struct MiniStack {
    process: Child,
    port: u16,
    folder: TempDir,
}

impl MiniStack {
    /// The access key that it knows. Presigned links of any other are refused.
    pub const KEY_ID: &str = "test";
    /// The secret of that key.
    pub const SECRET: &str = "test";
    /// Where it says it is.
    pub const REGION: &str = "eu-west-1";
    /// Whose it says it is.
    pub const ACCOUNT: &str = "000000000000";

    /// Starts it, and waits until it answers. Blocks for about a second.
    ///
    /// # Panics
    /// When its program is missing or does not start: a test cannot go on without.
    #[must_use]
    pub fn start() -> Self {
        let program = environment::ministack().unwrap_or_else(|sentence| panic!("{sentence}"));
        Self::try_start(&program).unwrap_or_else(|error| panic!("{} did not start: {error}", program.display()))
    }

    fn try_start(program: &Path) -> io::Result<Self> {
        // A port that was free a moment ago may be taken by now, so more than one try.
        let mut tries = 0;
        loop {
            tries += 1;
            let mut ministack = Self::spawn(program)?;
            match ministack.wait_until_healthy() {
                Ok(()) => return Ok(ministack),
                Err(error) if tries == 3 => return Err(io::Error::other(format!("{error}\n{}", ministack.log()))),
                Err(_) => {}
            }
        }
    }

    fn spawn(program: &Path) -> io::Result<Self> {
        let folder = TempDir::new()?;
        let log = File::create(folder.path().join("log"))?;
        let port = ports::free_port();
        #[expect(clippy::disallowed_methods, reason = "starting it is what this file is for")]
        let process = Command::new(program)
            .env("BIND_HOST", "127.0.0.1")
            .env("MINISTACK_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            .env("MINISTACK_REGION", Self::REGION)
            .env("MINISTACK_ACCOUNT_ID", Self::ACCOUNT)
            .env("S3_DATA_DIR", folder.path().join("s3"))
            .env("TMPDIR", folder.path())
            .env("LAMBDA_EXECUTOR", "local")
            .env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}"))
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        Ok(Self { process, port, folder })
    }

    fn wait_until_healthy(&mut self) -> io::Result<()> {
        for _ in 0..1500 {
            if wire::get(self.port, "/_ministack/health").is_ok_and(|answer| answer.contains("\"services\"")) {
                return Ok(());
            }
            if let Some(status) = self.process.try_wait()? {
                return Err(io::Error::other(format!("it ended with {status}")));
            }
            thread::sleep(Duration::from_millis(20));
        }
        Err(io::Error::new(io::ErrorKind::TimedOut, "it did not answer within 30 s"))
    }

    /// The endpoint of every service: `http://127.0.0.1:20123`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What it has logged until now.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read(self.folder.path().join("log"))
            .map(|log| String::from_utf8_lossy(&log).into_owned())
            .unwrap_or_default()
    }
}

impl Drop for MiniStack {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
