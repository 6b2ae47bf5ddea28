//! Tracks that a process lays while their lines are still being spoken, so that little is left to do after the last one.

use crate::ids::JobId;
use crate::job::Job;
use crate::studio::Laying;
use crate::time::Timestamp;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Tracks that are laid at once, each with an encoder that waits. Those of other jobs are laid when all is spoken.
const MOST: usize = 4;
/// A track that nothing is added to for so long is given up: its job may have ended elsewhere.
const IDLE_MS: u64 = 10 * 60_000;

/// The tracks that a house lays ahead; none, where its processes come and go. Clones of a house share them.
#[derive(Clone, Default)]
pub struct Tracks(Option<Arc<Mutex<Vec<Kept>>>>);

struct Kept {
    job: JobId,
    made_at: Timestamp,
    used_at: Timestamp,
    /// None while somebody has it.
    begun: Option<Begun>,
}

/// A track, as far as it is laid.
#[derive(Default)]
pub struct Begun {
    /// Where slots are added.
    pub laying: Option<Box<dyn Laying>>,
    /// What tells each slot that was added from any other.
    pub marks: Vec<String>,
}

impl Tracks {
    /// Of a process that stays while lines are spoken.
    #[must_use]
    pub fn ahead() -> Self {
        Self(Some(Arc::default()))
    }

    /// Whether tracks are laid ahead here.
    #[must_use]
    pub fn are_ahead(&self) -> bool {
        self.0.is_some()
    }

    /// Takes a job's track, to add to it and put it back. `None` where none is laid ahead, somebody has it, or too many are begun.
    #[must_use]
    pub fn take(&self, job: &Job, now: Timestamp) -> Option<Begun> {
        self.give_up_idle(now);
        let mut kept = self.kept()?;
        if let Some(kept) = kept.iter_mut().find(|kept| kept.job == job.id && kept.made_at == job.created_at) {
            kept.used_at = now;
            return kept.begun.take();
        }
        if kept.len() >= MOST {
            return None;
        }
        kept.push(Kept { job: job.id.clone(), made_at: job.created_at, used_at: now, begun: None });
        Some(Begun::default())
    }

    /// Puts a track back. Of a job that was forgotten meanwhile it is given up.
    pub fn put(&self, job: &Job, begun: Begun) {
        let Some(mut kept) = self.kept() else { return };
        if let Some(kept) = kept.iter_mut().find(|kept| kept.job == job.id && kept.made_at == job.created_at) {
            kept.begun = Some(begun);
        }
    }

    /// Takes a job's track for good, if it is begun and nobody has it.
    #[must_use]
    pub fn end(&self, job: &Job) -> Option<Begun> {
        let mut kept = self.kept()?;
        let place = kept.iter().position(|kept| kept.job == job.id && kept.made_at == job.created_at)?;
        kept.swap_remove(place).begun
    }

    /// Gives up what was laid for a job.
    pub fn forget(&self, job: &JobId) {
        if let Some(mut kept) = self.kept() {
            kept.retain(|kept| kept.job != *job);
        }
    }

    /// Gives up what nobody adds to any more.
    pub fn give_up_idle(&self, now: Timestamp) {
        if let Some(mut kept) = self.kept() {
            kept.retain(|kept| now.since_ms(kept.used_at) < IDLE_MS);
        }
    }

    fn kept(&self) -> Option<MutexGuard<'_, Vec<Kept>>> {
        Some(self.0.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
