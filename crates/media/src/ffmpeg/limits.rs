//! What one start of ffmpeg may cost before it is ended: time while it is waited for, and memory.

use std::time::Duration;
use story::failure::StoreError;
use tokio::process::Child;
use tokio::time::{Instant, timeout};

/// What any process may have of a pipe.
#[cfg(target_os = "linux")]
const PIPE_BYTES: usize = 1 << 20;
/// The limits of every start. They are no measure of good work, which takes a small part of them: they end what hangs.
pub(super) const LIMITS: Limits = Limits {
    // A frame, or a moment of sound: an encoder on one slow core takes it within a second, so after a minute it takes no more.
    answer: Duration::from_secs(60),
    // What is left when all was fed: some frames that it looked ahead on, or the copy of a film of hours, which a slow disk reads and
    // writes twice. Less than Lambda's fifteen minutes, so that there too a sentence is left.
    end: Duration::from_secs(10 * 60),
    // All the waiting for one start: a part of ten minutes, the longest there is, at a tenth of real time, and some.
    whole: Duration::from_secs(2 * 60 * 60),
    // Of its data: 240 MB at 1080x1920 and 700 MB at 2160x3840, measured with libx264's own buffers of one thread.
    memory_bytes: 1 << 30,
};

/// Limits of one start.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Until it has taken in what it is fed at once, or has given what is read of it at once.
    pub(super) answer: Duration,
    /// From its last input to its end.
    pub(super) end: Duration,
    /// All the time that it is waited for. What it waits for us does not count: a track waits for its takes.
    pub(super) whole: Duration,
    /// What it may have of memory that is its own.
    pub(super) memory_bytes: u64,
}

/// A frame is handed over in three pieces, not in fifty: each time one process waits for the other.
#[cfg(target_os = "linux")]
pub(super) fn widen(pipe: &impl std::os::fd::AsFd) {
    let _a_narrow_one_only_takes_longer = rustix::pipe::fcntl_setpipe_size(pipe, PIPE_BYTES);
}

/// Elsewhere pipes are as they are.
#[cfg(not(target_os = "linux"))]
pub(super) fn widen<T>(_: &T) {}

impl Limits {
    /// Gives a program that was just started its limit of memory. It counts data alone, not what is mapped: a shared library, or room
    /// that a thread's heap has put aside, is no memory taken.
    #[cfg(target_os = "linux")]
    pub(super) fn hold_memory(self, child: &Child) {
        use rustix::process::{Pid, Resource, Rlimit, prlimit};
        let most = Some(self.memory_bytes);
        let pid = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        let held = pid.map(|pid| prlimit(Some(pid), Resource::Data, Rlimit { current: most, maximum: most }));
        match held {
            // It is there no more, and its end will tell why.
            None | Some(Ok(_) | Err(rustix::io::Errno::SRCH)) => {}
            Some(Err(error)) => tracing::warn!(%error, "ffmpeg runs without a limit of memory"),
        }
    }

    /// Only Linux limits the memory of another process.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn hold_memory(self, _child: &Child) {
        tracing::debug!("ffmpeg runs without a limit of memory: only Linux has one for another process");
    }

    /// It asked for more.
    pub(super) fn out_of_memory(self) -> StoreError {
        let most = self.memory_bytes >> 20;
        StoreError::Unavailable(format!("ffmpeg got no more memory (it may have {most} MiB)"))
    }
}

/// How long one start has been waited for, and whether that was too long.
pub(super) struct Patience {
    limits: Limits,
    waited: Duration,
    lost: Option<String>,
}

impl Patience {
    /// Nobody has waited yet.
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, waited: Duration::ZERO, lost: None }
    }

    /// The limits that it keeps.
    pub(super) fn limits(&self) -> Limits {
        self.limits
    }

    /// Waits until it has answered; `None` if it takes too long, now and from now on.
    pub(super) async fn answer<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        self.wait(self.limits.answer, "took nothing in", work).await
    }

    /// Waits until it has said something; `None` if it takes too long, now and from now on.
    pub(super) async fn word<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        self.wait(self.limits.answer, "said nothing", work).await
    }

    /// Waits until it has ended; `None` if it takes too long.
    pub(super) async fn end<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        self.wait(self.limits.end, "did not end", work).await
    }

    async fn wait<T>(&mut self, most: Duration, what: &str, work: impl Future<Output = T>) -> Option<T> {
        if self.lost.is_some() {
            return None;
        }
        let left = self.limits.whole.saturating_sub(self.waited);
        let since = Instant::now();
        let done = timeout(most.min(left), work).await.ok();
        self.waited += since.elapsed();
        if done.is_none() {
            self.lost = Some(if most <= left {
                format!("ffmpeg {what} for {most:?} and was stopped")
            } else {
                format!("ffmpeg was waited for {:?} and was stopped", self.limits.whole)
            });
        }
        done
    }

    /// Why it was stopped.
    pub(super) fn sentence(self) -> StoreError {
        StoreError::Unavailable(self.lost.unwrap_or_else(|| "ffmpeg was stopped".to_owned()))
    }
}
