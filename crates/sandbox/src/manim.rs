//! The animator that runs programs on this machine.

use crate::environment::Environment;
use crate::scratch;
use crate::stage::{Job, Stage};
use crate::watch::tasks;
use async_trait::async_trait;
use futures_util::stream::{self, StreamExt};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use story::animation::Cue;
use story::animator::{Animator, Colors, Performance, Show, Shown};
use story::failure::{Failure, StoreError};
use tokio::sync::{Semaphore, mpsc};

/// What keeps programs from doing harm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Walls {
    /// Ours, put up by this launcher. Where one cannot be put up, nothing is run.
    Ours(PathBuf),
    /// The deployment's: the function that this is has no rights, and serves one film. Only a template says so.
    Deployment,
    /// None: a person said that what is run may do all that the person may.
    None,
}

/// How much a program may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Seconds of the processor, for any program.
    pub cpu_s: u64,
    /// On top of them, for a second of film that is painted at 1080 by 1920 pixels.
    pub cpu_s_per_second: u64,
    /// How often as long it may take on a busy machine.
    pub patience: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { cpu_s: 15, cpu_s_per_second: 4, patience: 4 }
    }
}

/// Address space of a program.
pub(crate) const MEMORY_BYTES: u64 = 2 << 30;
/// Threads that a program may begin on top of those that its user has: Manim looks for fonts by some.
const MORE_TASKS: u64 = 250;
/// Frames that may wait.
const AHEAD: usize = 1;
/// Frames per second when nothing is painted: steps are run, and none is looked at.
const FPS_OF_CHECKS: u32 = 10;

/// Runs programs on this machine, each behind its walls.
#[derive(Clone)]
pub struct Manim(Arc<Inner>);

struct Inner {
    walls: Walls,
    environment: Environment,
    folder: PathBuf,
    limits: Limits,
    /// Who has imported Manim and waits.
    idle: Mutex<Vec<Stage>>,
    /// As many at once as there are processors.
    places: Arc<Semaphore>,
}

impl Manim {
    /// With the environment in a folder.
    ///
    /// # Errors
    /// With what is missing, and what to do.
    pub fn open(walls: Walls, folder: &Path, limits: Limits) -> Result<Self, String> {
        let environment = Environment::at(folder)?;
        if let Walls::Ours(_) = walls {
            for (name, wall) in crate::walls() {
                wall.map_err(|why| format!("no program is run without walls, and {name} is missing: {why}"))?;
            }
        }
        scratch::tidy();
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let (idle, places) = (Mutex::default(), Arc::new(Semaphore::new(cores)));
        Ok(Self(Arc::new(Inner { walls, environment, folder: folder.to_owned(), limits, idle, places })))
    }

    /// Starts what programs are run in, which the first program then need not wait for.
    ///
    /// # Errors
    /// Where it does not start, with its last words.
    pub async fn start(&self) -> Result<(), Failure> {
        let stage = self.0.stage().await?;
        self.0.rests(stage);
        Ok(())
    }
}

impl Inner {
    async fn stage(&self) -> Result<Stage, Failure> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        match idle {
            Some(stage) => Ok(stage),
            None => Stage::start(&self.walls, &self.environment, &self.folder).await,
        }
    }

    fn rests(&self, stage: Stage) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(stage);
    }

    async fn perform(&self, show: &Show, paints: bool, send: &mpsc::Sender<Shown>) -> Result<(), Failure> {
        let _place = self.places.acquire().await.map_err(|error| StoreError::Unavailable(error.to_string()))?;
        let mut stage = self.stage().await?;
        let job = self.job(show, paints);
        let longest = Duration::from_secs(job.cpu_seconds) * self.limits.patience;
        let (ended, goes_on) = stage.perform(&job, longest, send).await;
        if goes_on {
            self.rests(stage);
        } else {
            // It is waited for: what it wrote goes after it.
            let _gone = tokio::task::spawn_blocking(move || drop(stage)).await;
        }
        ended
    }

    fn job<'a>(&self, show: &'a Show, paints: bool) -> Job<'a> {
        let Show { program, width, height, fps, frames, colors } = show;
        // What is not painted is the same at fewer frames.
        let checked = FPS_OF_CHECKS.min(*fps);
        let scaled = |frame: u64| if paints { frame } else { frame * u64::from(checked) / u64::from(*fps) };
        let at = |cue: &Cue| match cue {
            Cue::Done => Some(-1),
            Cue::At(frame) => i64::try_from(scaled(*frame)).ok(),
            Cue::Later => None,
        };
        let painted_s = if paints { frames.div_ceil(u64::from(*fps)) } else { 0 };
        let size = (u64::from(*width) * u64::from(*height)).div_ceil(1080 * 1920);
        Job {
            code: &program.code,
            words: &program.words,
            at: program.cues.iter().map(at).collect(),
            width: *width,
            height: *height,
            fps: if paints { *fps } else { checked },
            frames: scaled(*frames).max(1),
            paints,
            colors: colors.map(hexadecimal).unwrap_or_default(),
            cpu_seconds: self.limits.cpu_s + self.limits.cpu_s_per_second * painted_s * size,
            memory_bytes: MEMORY_BYTES,
            // Root's programs have a user of their own, and a limit by the launcher.
            most_tasks: matches!(self.walls, Walls::Ours(_)).then(tasks).flatten().map(|now| now + MORE_TASKS),
        }
    }
}

/// Colours by the names that programs use.
fn hexadecimal(colors: Colors) -> BTreeMap<&'static str, String> {
    let Colors { ground, plain, accent, second, good, bad, muted } = colors;
    let named = [
        ("GROUND", ground),
        ("PLAIN", plain),
        ("ACCENT", accent),
        ("SECOND", second),
        ("GOOD", good),
        ("BAD", bad),
        ("MUTED", muted),
    ];
    named.map(|(name, [red, green, blue])| (name, format!("#{red:02x}{green:02x}{blue:02x}"))).into()
}

#[async_trait]
impl Animator for Manim {
    async fn check(&self, show: &Show) -> Result<(), Failure> {
        let (send, _nobody_looks) = mpsc::channel(AHEAD);
        self.0.perform(show, false, &send).await
    }

    async fn play(&self, show: &Show) -> Result<Performance, Failure> {
        let (send, receive) = mpsc::channel(AHEAD);
        let (inner, show) = (Arc::clone(&self.0), show.clone());
        let playing = tokio::spawn(async move { inner.perform(&show, true, &send).await });
        let ending = async move {
            match playing.await {
                Ok(Ok(())) => None,
                Ok(Err(failure)) => Some(Err(failure)),
                Err(error) => Some(Err(StoreError::Unavailable(error.to_string()).into())),
            }
        };
        let frames = stream::unfold(receive, async |mut frames| Some((Ok(frames.recv().await?), frames)));
        let ending = stream::once(ending).filter_map(async |ended| ended);
        Ok(Performance::Frames(frames.chain(ending).boxed()))
    }
}
