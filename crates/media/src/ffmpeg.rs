//! The one door to ffmpeg: arguments as a list (never a shell), standard input fed, errors turned into a sentence.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use story::failure::{Failure, StoreError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin};
use tokio::task::JoinHandle;

/// How much of ffmpeg's complaints is kept.
const STDERR_BYTES: usize = 16 * 1024;

/// The program, found and asked for its version.
#[derive(Clone, Debug)]
pub(crate) struct Ffmpeg {
    path: PathBuf,
    /// The first line that it says of itself.
    pub(crate) version: String,
}

/// A list of arguments, written as one would type them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Arguments(Vec<OsString>);

impl Arguments {
    /// Quiet, asking nothing, overwriting.
    pub(crate) fn new() -> Self {
        Self::default().words("-nostdin -hide_banner -v error -y")
    }

    /// Adds words that hold no space and come from no user.
    pub(crate) fn words(mut self, words: &str) -> Self {
        self.0.extend(words.split_whitespace().map(OsString::from));
        self
    }

    /// Adds one argument as it is.
    pub(crate) fn one(mut self, argument: impl Into<OsString>) -> Self {
        self.0.push(argument.into());
        self
    }
}

/// A started ffmpeg; it is killed when this is dropped.
pub(crate) struct Running {
    child: Child,
    stdin: Option<ChildStdin>,
    complaints: JoinHandle<String>,
    output: JoinHandle<Vec<u8>>,
}

impl Ffmpeg {
    /// Looks whether the program is there.
    ///
    /// # Errors
    /// A sentence for a person if it cannot be started.
    #[expect(clippy::disallowed_methods, reason = "the one door to ffmpeg")]
    pub(crate) fn find(path: &Path) -> Result<Self, Failure> {
        let missing = |why: String| Failure::GiveUp(format!("ffmpeg is not installed: {}: {why}", path.display()));
        let asked = std::process::Command::new(path)
            .arg("-version")
            .stdin(Stdio::null())
            .output()
            .map_err(|error| missing(error.to_string()))?;
        let said = String::from_utf8_lossy(&asked.stdout);
        match said.lines().next() {
            Some(line) if asked.status.success() && line.starts_with("ffmpeg") => {
                Ok(Self { path: path.to_owned(), version: line.trim().to_owned() })
            }
            _ => Err(missing("it does not say its version".to_owned())),
        }
    }

    /// Looks whether it is still there.
    ///
    /// # Errors
    /// Those of [`Ffmpeg::find`].
    pub(crate) fn again(&self) -> Result<Self, Failure> {
        Self::find(&self.path)
    }

    /// Starts it.
    #[expect(clippy::disallowed_methods, reason = "the one door to ffmpeg")]
    pub(crate) fn start(&self, arguments: Arguments) -> Result<Running, Failure> {
        let mut child = tokio::process::Command::new(&self.path)
            .args(arguments.0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| StoreError::Unavailable(format!("ffmpeg could not be started: {error}")))?;
        let stdin = child.stdin.take();
        let mut stderr = child.stderr.take().expect("stderr was asked for");
        let mut stdout = child.stdout.take().expect("stdout was asked for");
        // Both are drained while it runs: a full pipe would stop it.
        let complaints = tokio::spawn(async move {
            let (mut kept, mut chunk) = (Vec::new(), [0; 4096]);
            while let Ok(count) = stderr.read(&mut chunk).await {
                if count == 0 {
                    break;
                }
                kept.extend_from_slice(&chunk[..count.min(STDERR_BYTES.saturating_sub(kept.len()))]);
            }
            String::from_utf8_lossy(&kept).into_owned()
        });
        let output = tokio::spawn(async move {
            let mut output = Vec::new();
            let _cut_short_shows_in_the_status = stdout.read_to_end(&mut output).await;
            output
        });
        Ok(Running { child, stdin, complaints, output })
    }

    /// Starts it, feeds it nothing, and waits for its end: what it wrote to its standard output.
    pub(crate) async fn run(&self, arguments: Arguments) -> Result<Vec<u8>, Failure> {
        self.start(arguments)?.finish().await
    }
}

impl Running {
    /// Writes to its standard input; false if it no longer reads: then [`Running::finish`] tells why.
    pub(crate) async fn feed(&mut self, bytes: &[u8]) -> bool {
        match &mut self.stdin {
            Some(stdin) => stdin.write_all(bytes).await.is_ok(),
            None => false,
        }
    }

    /// Closes its standard input and waits for its end: what it wrote to its standard output.
    pub(crate) async fn finish(mut self) -> Result<Vec<u8>, Failure> {
        drop(self.stdin.take());
        let status = self.child.wait().await.map_err(|error| StoreError::of_io("waiting for ffmpeg", &error))?;
        let output = self.output.await.unwrap_or_default();
        let complaints = self.complaints.await.unwrap_or_default();
        // A write error does not always reach the exit status (a trailer on a full disk): the sentence counts too.
        if complaints.contains("No space left on device") || complaints.contains("Disk quota exceeded") {
            return Err(StoreError::Full("ffmpeg had no room for its file".to_owned()).into());
        }
        if status.success() {
            return Ok(output);
        }
        let lacks =
            complaints.lines().find(|line| line.contains("Unknown encoder") || line.contains("Unrecognized option"));
        if let Some(lacks) = lacks {
            return Err(Failure::GiveUp(format!(
                "this ffmpeg cannot make films (libx264 and aac are needed): {lacks}"
            )));
        }
        let reason =
            complaints.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it gave no reason").trim();
        Err(StoreError::Unavailable(format!("ffmpeg stopped ({status}): {reason}")).into())
    }
}
