//! The one door to ffmpeg: arguments as a list (never a shell), only files and pipes, limits of time and memory, standard input
//! fed, errors turned into a sentence.

mod limits;
#[cfg(test)]
mod tests;

use limits::{LIMITS, Limits, Patience};
use std::io::{BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use story::failure::{Failure, StoreError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, ChildStdout};
use tokio::task::JoinHandle;

/// How much of ffmpeg's complaints is kept.
const STDERR_BYTES: usize = 16 * 1024;
/// How much of its standard output is kept: a thumbnail is a hundredth of it.
const STDOUT_BYTES: u64 = 64 << 20;
/// Within this it says its version: a program that does not is another one.
const VERSION: Duration = Duration::from_secs(30);
/// How often it is looked whether it has.
const GLANCE: Duration = Duration::from_millis(1);
/// Where it may read from: no address, and no name that means more than a file.
const PROTOCOLS: &str = "-protocol_whitelist file,pipe";

/// The program, found and asked for its version.
#[derive(Clone, Debug)]
pub(crate) struct Ffmpeg {
    path: PathBuf,
    /// The first line that it says of itself.
    pub(crate) version: String,
    limits: Limits,
}

/// A list of arguments, written as one would type them. Nothing of a user's is among them, not even a path: ffmpeg works inside the
/// folder that its files are in, and is told their names alone, which are ours.
#[derive(Clone, Debug, Default)]
pub(crate) struct Arguments {
    words: Vec<String>,
    folder: PathBuf,
}

impl Arguments {
    /// Quiet, asking nothing, overwriting. All files are in `folder`.
    pub(crate) fn new(folder: &Path) -> Self {
        Self { words: Vec::new(), folder: folder.to_owned() }.words("-nostdin -hide_banner -v error -y")
    }

    /// Adds words that hold no space and come from no user.
    pub(crate) fn words(mut self, words: &str) -> Self {
        self.words.extend(words.split_whitespace().map(str::to_owned));
        self
    }

    /// An input, after its options: the name of a file in the folder, or `pipe:0`. Inputs are named here only, for each must say anew
    /// where it may read from.
    pub(crate) fn input(self, options: &str, name: &str) -> Self {
        self.words(PROTOCOLS).words(options).words("-i").words(&address(name))
    }

    /// The output: the name of a file in the folder, or `pipe:1`.
    pub(crate) fn output(self, name: &str) -> Self {
        let address = address(name);
        self.words(&address)
    }
}

/// A name as ffmpeg reads it in one way only.
fn address(name: &str) -> String {
    let is_ours = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    match name {
        "pipe:0" | "pipe:1" => name.to_owned(),
        _ => {
            assert!(!name.is_empty() && name.chars().all(is_ours), "names of files are ours: {name}");
            format!("file:{name}")
        }
    }
}

/// A started ffmpeg; it is killed when this is dropped.
pub(crate) struct Running {
    child: Child,
    stdin: Option<ChildStdin>,
    /// Until somebody reads it.
    stdout: Option<ChildStdout>,
    complaints: JoinHandle<String>,
    /// None where it is read as it goes.
    output: Option<JoinHandle<Vec<u8>>>,
    patience: Patience,
}

/// How it can end other than well.
pub(crate) enum Stop {
    /// Its input has no part in it.
    Failed(Failure),
    /// By itself, with a sentence for us: where the input is not ours, the input is the reason.
    Refused(String),
}

impl From<Stop> for Failure {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Failed(failure) => failure,
            Stop::Refused(sentence) => StoreError::Unavailable(sentence).into(),
        }
    }
}

impl Ffmpeg {
    /// Looks whether the program is there.
    ///
    /// # Errors
    /// A sentence for a person if it cannot be started.
    pub(crate) fn find(path: &Path) -> Result<Self, Failure> {
        let missing = |why: String| Failure::GiveUp(format!("ffmpeg is not installed: {}: {why}", path.display()));
        // It works in folders of its own, so a path that begins here would lead elsewhere. A name alone is looked for in PATH.
        let is_name = path.components().count() == 1 && !path.has_root();
        let found = if is_name { Ok(path.to_owned()) } else { std::path::absolute(path) };
        let found = found.map_err(|error| missing(error.to_string()))?;
        let version = first_line(&found).map_err(missing)?;
        Ok(Self { path: found, version, limits: LIMITS })
    }

    /// Looks whether it is still there.
    ///
    /// # Errors
    /// Those of [`Ffmpeg::find`].
    pub(crate) fn again(&self) -> Result<Self, Failure> {
        Self::find(&self.path)
    }

    /// Starts it, to be fed; what it writes to its standard output is kept.
    pub(crate) fn start(&self, arguments: Arguments) -> Result<Running, Failure> {
        let mut running = self.begin(arguments)?;
        // Drained while it runs, as its complaints are: a full pipe would stop it.
        let mut stdout = running.stdout.take().expect("nobody has taken it").take(STDOUT_BYTES);
        running.output = Some(tokio::spawn(async move {
            let mut output = Vec::new();
            let _cut_short_shows_in_the_status = stdout.read_to_end(&mut output).await;
            output
        }));
        Ok(running)
    }

    /// Starts it, to be read as it goes; it is fed nothing.
    pub(crate) fn start_reading(&self, arguments: Arguments) -> Result<Running, Failure> {
        let mut running = self.begin(arguments)?;
        drop(running.stdin.take());
        if let Some(stdout) = &running.stdout {
            limits::widen(stdout);
        }
        Ok(running)
    }

    #[expect(clippy::disallowed_methods, reason = "the one door to ffmpeg")]
    fn begin(&self, arguments: Arguments) -> Result<Running, Failure> {
        let mut child = tokio::process::Command::new(&self.path)
            .args(arguments.words)
            .current_dir(arguments.folder)
            // It would have ffmpeg write a file of its own, with all that it was told.
            .env_remove("FFREPORT")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| StoreError::Unavailable(format!("ffmpeg could not be started: {error}")))?;
        self.limits.hold_memory(&child);
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        if let Some(stdin) = &stdin {
            limits::widen(stdin);
        }
        let mut stderr = child.stderr.take().expect("stderr was asked for");
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
        Ok(Running { child, stdin, stdout, complaints, output: None, patience: Patience::new(self.limits) })
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
            Some(stdin) => matches!(self.patience.answer(stdin.write_all(bytes)).await, Some(Ok(()))),
            None => false,
        }
    }

    /// Fills `bytes` from its standard output; false if it has not so much left to say: then [`Running::end`] tells why.
    pub(crate) async fn read(&mut self, bytes: &mut [u8]) -> bool {
        match &mut self.stdout {
            Some(stdout) => matches!(self.patience.word(stdout.read_exact(bytes)).await, Some(Ok(_))),
            None => false,
        }
    }

    /// Closes its standard input and waits for its end: what it wrote to its standard output.
    pub(crate) async fn finish(self) -> Result<Vec<u8>, Failure> {
        Ok(self.end().await?)
    }

    /// The same, for one whose input is not ours.
    pub(crate) async fn end(mut self) -> Result<Vec<u8>, Stop> {
        drop((self.stdin.take(), self.stdout.take()));
        let ended = async {
            let status = self.child.wait().await;
            let output = match self.output {
                Some(output) => output.await.unwrap_or_default(),
                None => Vec::new(),
            };
            (status, output, self.complaints.await.unwrap_or_default())
        };
        let Some((status, output, complaints)) = self.patience.end(ended).await else {
            let _it_may_have_ended_by_now = self.child.start_kill();
            let _it_leaves_nothing_behind = self.child.wait().await;
            return Err(Stop::Failed(self.patience.sentence().into()));
        };
        let status = status.map_err(|error| Stop::Failed(StoreError::of_io("waiting for ffmpeg", &error).into()))?;
        judge(status, &complaints, self.patience.limits())?;
        Ok(output)
    }
}

/// What an ffmpeg says that was built without something.
const LACKS: [&str; 6] = [
    "Unknown encoder",
    "Unknown decoder",
    "Unknown input format",
    "Unrecognized option",
    "No such filter",
    "is not a suitable output format",
];

/// What its end means.
fn judge(status: ExitStatus, complaints: &str, limits: Limits) -> Result<(), Stop> {
    let says = |words: &[&str]| complaints.lines().find(|line| words.iter().any(|words| line.contains(words)));
    let failed = |failure: Failure| Err(Stop::Failed(failure));
    // A write error does not always reach the exit status (a trailer on a full disk): the sentence counts too.
    if says(&["No space left on device", "Disk quota exceeded"]).is_some() {
        return failed(StoreError::Full("ffmpeg had no room for its file".to_owned()).into());
    }
    if status.success() {
        return Ok(());
    }
    if says(&["Cannot allocate memory", "malloc of size", "out of memory"]).is_some() {
        return failed(limits.out_of_memory().into());
    }
    if let Some(lacks) = says(&LACKS) {
        let lacks = plain(lacks);
        let sentence = format!("this ffmpeg cannot make films (libx264 and aac are needed): {lacks}");
        return failed(Failure::GiveUp(sentence));
    }
    let reason = complaints.lines().rev().map(plain).find(|line| !line.is_empty());
    let reason = reason.unwrap_or_else(|| "it gave no reason".to_owned());
    let sentence = format!("ffmpeg stopped ({status}): {reason}");
    // Without a code it was ended by somebody.
    if status.code().is_none() {
        return failed(StoreError::Unavailable(sentence).into());
    }
    Err(Stop::Refused(sentence))
}

/// A line as part of a sentence: no colours, no bells, and not endless.
fn plain(line: &str) -> String {
    let line: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect();
    line.trim().to_owned()
}

/// The first line that a program says when it is asked for its version.
#[expect(clippy::disallowed_methods, reason = "the one door to ffmpeg")]
fn first_line(program: &Path) -> Result<String, String> {
    let mut asked = std::process::Command::new(program);
    asked.arg("-version").env_remove("FFREPORT").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = asked.spawn().map_err(|error| error.to_string())?;
    let mut rounds = VERSION.as_millis() / GLANCE.as_millis();
    // Glanced at, as the standard library cannot wait with a limit. What it says fits into the pipe.
    let status = loop {
        match child.try_wait().map_err(|error| error.to_string())? {
            Some(status) => break status,
            None if rounds == 0 => {
                let _it_may_have_ended_by_now = child.kill();
                let _it_leaves_nothing_behind = child.wait();
                return Err(format!("it does not say its version within {} s", VERSION.as_secs()));
            }
            None => std::thread::sleep(GLANCE),
        }
        rounds -= 1;
    };
    let (mut line, stdout) = (String::new(), child.stdout.take().expect("stdout was asked for"));
    let _no_text_is_no_version = BufReader::new(stdout.take(STDERR_BYTES as u64)).read_line(&mut line);
    if status.success() && line.starts_with("ffmpeg") {
        return Ok(line.trim().to_owned());
    }
    Err("it does not say its version".to_owned())
}
