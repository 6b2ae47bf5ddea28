//! A process that has imported Manim and waits for programs; each is run in a process forked from it.

use crate::LAUNCH;
use crate::environment::Environment;
use crate::manim::Walls;
use crate::processes::program;
use crate::scratch::Scratch;
use crate::watch::{emptied, excess};
use bytes::{Bytes, BytesMut};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use story::animator::Shown;
use story::failure::{Failure, StoreError};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::unix::pipe;
use tokio::process::{Child, ChildStderr, ChildStdin, Command};
use tokio::sync::mpsc;
use tokio::time::{Instant, interval, timeout};

/// What the process runs.
pub(crate) const STAGE: &str = include_str!("stage.py");

/// So long it may take to import Manim, on a machine that is busy.
const LONGEST_START: Duration = Duration::from_secs(60);
/// How often is looked whether what was killed is gone: for two seconds.
const MOST_LOOKS: u32 = 400;
const BETWEEN_LOOKS: Duration = Duration::from_millis(5);
/// What it says when it waits for programs.
const READY: &str = "ready";
/// How often the folder is looked at.
const LOOK: Duration = Duration::from_millis(100);
/// Bytes of a program's own words that are kept.
const MOST_SAID: usize = 300;

/// A program, as the process takes it.
#[derive(Debug, Serialize)]
pub(crate) struct Job<'a> {
    pub(crate) code: &'a str,
    pub(crate) words: &'a [String],
    /// The frame in which each word is said; -1 in an earlier part, none in a later one.
    pub(crate) at: Vec<Option<i64>>,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) fps: u32,
    pub(crate) frames: u64,
    pub(crate) paints: bool,
    /// By name, as `#rrggbb`.
    pub(crate) colors: BTreeMap<&'static str, String>,
    pub(crate) cpu_seconds: u64,
    pub(crate) memory_bytes: u64,
    /// Threads that its user may have, with all that the user has anyway.
    pub(crate) most_tasks: Option<u64>,
}

/// How a program ended.
#[derive(Debug, Deserialize)]
struct Ended {
    signal: Option<i32>,
    code: Option<i32>,
    #[serde(default)]
    said: String,
}

/// The process.
pub(crate) struct Stage {
    child: Child,
    jobs: ChildStdin,
    pixels: pipe::Receiver,
    status: Lines<BufReader<ChildStderr>>,
    group: Option<nix::unistd::Pid>,
    folder: Scratch,
}

impl Stage {
    /// Starts it, behind its walls, and waits until it has imported Manim.
    pub(crate) async fn start(walls: &Walls, environment: &Environment, at: &Path) -> Result<Self, Failure> {
        let away = |what: &'static str| move |error: io::Error| StoreError::of_io(what, &error);
        let folder = Scratch::make().map_err(away("making a folder for a program"))?;
        let mut command = match walls {
            Walls::Ours(launcher) => {
                let mut command = Command::from(program(launcher));
                command.arg(LAUNCH).arg(folder.path()).arg(at).env_clear();
                command
            }
            Walls::Deployment | Walls::None => {
                let mut command = Command::from(environment.interpreter(folder.path()));
                command.arg(STAGE).current_dir(folder.path()).process_group(0);
                command
            }
        };
        let (painter, pixels) = pipe::pipe().map_err(away("making a pipe"))?;
        #[cfg(target_os = "linux")]
        widen(&pixels);
        let painter = painter.into_blocking_fd().map_err(away("making a pipe"))?;
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(painter)
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(away("starting Python"))?;
        // Its copy of the pipe's end goes: the pipe ends with the process.
        drop(command);
        let (Some(jobs), Some(status)) = (child.stdin.take(), child.stderr.take()) else {
            return Err(StoreError::Unavailable("Python has no pipes".to_owned()).into());
        };
        let group = child.id().and_then(|id| i32::try_from(id).ok()).map(nix::unistd::Pid::from_raw);
        let mut stage = Self { child, jobs, pixels, status: BufReader::new(status).lines(), group, folder };
        let ready = async {
            let mut said = "it says nothing".to_owned();
            // Libraries may have something to say before.
            while let Ok(Some(line)) = stage.status.next_line().await {
                if line == READY {
                    return Ok(());
                }
                said = line;
            }
            Err(said)
        };
        let ready = timeout(LONGEST_START, ready).await.unwrap_or_else(|_| Err("it takes too long".to_owned()));
        let away = |said| StoreError::Unavailable(format!("Manim did not start: {said}"));
        ready.map(|()| stage).map_err(|said| away(said).into())
    }

    /// Runs a program to its end, and hands on what it shows. The stage is to be used again only where this says so.
    pub(crate) async fn perform(
        &mut self,
        job: &Job<'_>,
        longest: Duration,
        send: &mpsc::Sender<Shown>,
    ) -> (Result<(), Failure>, bool) {
        let mut line = serde_json::to_vec(job).expect("jobs always serialise");
        line.push(b'\n');
        if let Err(error) = self.jobs.write_all(&line).await {
            return (Err(StoreError::of_io("handing over a program", &error).into()), false);
        }
        let ended = self.follow(job, longest, send).await;
        let is_clean = matches!(&ended, Ok(ended) if ended.signal.is_none() && matches!(ended.code, Some(0 | 3)));
        let is_empty = is_clean && emptied(self.folder.path()).is_ok();
        (ended.and_then(judged), is_empty)
    }

    /// Takes frames until the program has ended, or takes too much.
    async fn follow(&mut self, job: &Job<'_>, longest: Duration, send: &mpsc::Sender<Shown>) -> Result<Ended, Failure> {
        let folder = self.folder.path().to_owned();
        tokio::select! {
            biased;
            excess = watched(&folder, longest) => Err(excess),
            ended = self.ended(job, send) => ended,
        }
    }

    /// Takes frames until the program has ended.
    async fn ended(&mut self, job: &Job<'_>, send: &mpsc::Sender<Shown>) -> Result<Ended, Failure> {
        let mut frames = Frames::new(job);
        loop {
            tokio::select! {
                biased;
                line = self.status.next_line() => {
                    let line = line.ok().flatten().ok_or_else(|| broken("it took the stage down with it"))?;
                    // A library's warning is none.
                    let Ok(ended) = serde_json::from_str::<Ended>(&line) else { continue };
                    // Whoever wrote is dead: what is in the pipe is all there is.
                    while let Some(shown) = self.next(&mut frames)? {
                        frames.hand_on(shown, send).await?;
                    }
                    if ended.code == Some(0) && let Some(rest) = frames.rest() {
                        frames.hand_on(rest?, send).await?;
                    }
                    return Ok(ended);
                }
                ready = self.pixels.readable() => {
                    ready.map_err(|error| StoreError::of_io("reading frames", &error))?;
                    while let Some(shown) = self.next(&mut frames)? {
                        frames.hand_on(shown, send).await?;
                    }
                }
            }
        }
    }

    /// The next frame, if all of it has come.
    fn next(&mut self, frames: &mut Frames) -> Result<Option<Shown>, Failure> {
        loop {
            match self.pixels.try_read_buf(&mut frames.next) {
                // The end of the pipe is told by the status.
                Ok(0) => return Ok(None),
                Ok(_) if frames.is_whole() => return frames.take().map(Some),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
                Err(error) => return Err(StoreError::of_io("reading frames", &error).into()),
            }
        }
    }
}

/// Ends when a program has taken too much of time or of its folder.
async fn watched(folder: &Path, longest: Duration) -> Failure {
    let (mut looks, until) = (interval(LOOK), Instant::now() + longest);
    loop {
        let now = looks.tick().await;
        if now > until {
            let longest = longest.as_secs();
            return broken(&format!("it takes longer than {longest} s; draw less, and wait only by at()"));
        }
        if let Some(excess) = excess(folder) {
            return broken(excess);
        }
    }
}

impl Drop for Stage {
    /// Ends it with all that is in it, and removes what it wrote.
    fn drop(&mut self) {
        let _gone = self.child.start_kill();
        // Its group is its own, and nobody behind the walls can leave it.
        for _ in 0..MOST_LOOKS {
            if !self.kills() {
                break;
            }
            std::thread::sleep(BETWEEN_LOOKS);
        }
        if let Err(error) = emptied(self.folder.path()) {
            tracing::warn!(%error, "what a program wrote could not be removed");
        }
    }
}

impl Stage {
    /// Kills its group; says whether somebody is still there.
    fn kills(&mut self) -> bool {
        let is_there = self.child.try_wait().is_ok_and(|ended| ended.is_none());
        if let Some(id) = self.group {
            return nix::sys::signal::killpg(id, nix::sys::signal::Signal::SIGKILL).is_ok() || is_there;
        }
        is_there
    }
}

/// Frames as they come down the pipe: how often each is shown, then its pixels.
struct Frames {
    next: BytesMut,
    whole: usize,
    wanted: u64,
    last: Option<Bytes>,
    /// Those of a check are nobody's.
    are_seen: bool,
}

impl Frames {
    const HEAD: usize = 4;

    fn new(job: &Job<'_>) -> Self {
        let whole = Self::HEAD + job.width as usize * job.height as usize * 4;
        Self { next: BytesMut::with_capacity(whole), whole, wanted: job.frames, last: None, are_seen: job.paints }
    }

    fn is_whole(&self) -> bool {
        self.next.len() >= self.whole
    }

    /// A frame that has come, as often as is still wanted.
    fn take(&mut self) -> Result<Shown, Failure> {
        let mut frame = self.next.split_to(self.whole);
        self.next.reserve(self.whole);
        let head = frame.split_to(Self::HEAD);
        let times = u32::from_le_bytes(head[..].try_into().unwrap_or_default());
        let times = u64::from(times).min(self.wanted);
        if times == 0 {
            return Err(broken("it writes frames that nobody asked for"));
        }
        self.wanted -= times;
        let pixels = frame.freeze();
        self.last = Some(pixels.clone());
        Ok(Shown { times, pixels })
    }

    /// What is missing at the end: the last one is held.
    fn rest(&mut self) -> Option<Result<Shown, Failure>> {
        let times = std::mem::take(&mut self.wanted);
        let shown = |pixels| Shown { times, pixels };
        (self.are_seen && times > 0).then(|| self.last.take().map(shown).ok_or_else(|| broken("it shows nothing")))
    }

    async fn hand_on(&self, shown: Shown, send: &mpsc::Sender<Shown>) -> Result<(), Failure> {
        if !self.are_seen {
            return Ok(());
        }
        let away = |_| StoreError::Unavailable("nobody looks any more".to_owned());
        send.send(shown).await.map_err(|gone| away(gone).into())
    }
}

/// A frame comes in a few pieces, not in a hundred: each time one process waits for the other.
#[cfg(target_os = "linux")]
fn widen(pipe: &pipe::Receiver) {
    const PIPE_BYTES: i32 = 1 << 20;
    let _a_narrow_one_only_takes_longer = nix::fcntl::fcntl(pipe, nix::fcntl::FcntlArg::F_SETPIPE_SZ(PIPE_BYTES));
}

/// What an end says.
fn judged(ended: Ended) -> Result<(), Failure> {
    const KILLED: i32 = 9;
    const XCPU: i32 = 24;
    const SYS: i32 = 31;
    match (ended.code, ended.signal) {
        (Some(0), _) => Ok(()),
        (Some(3), _) => Err(broken(&ended.said)),
        (_, Some(XCPU)) => Err(broken("it computes for too long; draw fewer things, with fewer updaters")),
        (_, Some(KILLED)) => Err(broken("it takes too much time or memory; draw fewer and smaller things")),
        (_, Some(SYS)) => Err(broken("it made a call that no animation needs")),
        (_, Some(signal)) => Err(broken(&format!("it broke down (signal {signal})"))),
        _ if ended.said.is_empty() => Err(broken("it ended by itself")),
        _ => Err(broken(&ended.said)),
    }
}

/// A program's fault. Its words may be anything: they are cut, and keep no control characters.
fn broken(sentence: &str) -> Failure {
    let plain: String = sentence.chars().filter(|c| !c.is_control()).take(MOST_SAID).collect();
    Failure::GiveUp(if plain.trim().is_empty() { "it ended without a word".to_owned() } else { plain })
}
