//! Plans that a process has decoded. A plan never changes once it is written, so it is decoded once and not for each event.

use crate::ids::JobId;
use crate::plan::Plan;
use crate::time::Timestamp;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// Plans that are kept: those of the jobs that were worked on last.
const KEPT: usize = 8;

/// The last plans that a house has read. Clones of a house share them.
#[derive(Clone, Debug, Default)]
pub struct Plans(Arc<Mutex<VecDeque<Kept>>>);

/// An order given again after its job was removed makes a job of the same name: it is another one by the time it was made.
#[derive(Debug)]
struct Kept {
    job: JobId,
    made_at: Timestamp,
    plan: Arc<Plan>,
}

impl Plans {
    /// The plan of a job that was made at that time, if it is kept.
    #[must_use]
    pub fn find(&self, job: &JobId, made_at: Timestamp) -> Option<Arc<Plan>> {
        let mut plans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = plans.iter().position(|kept| kept.job == *job && kept.made_at == made_at)?;
        let found = plans.remove(place)?;
        let plan = Arc::clone(&found.plan);
        plans.push_back(found);
        Some(plan)
    }

    /// Keeps a plan; the one that was not asked for longest goes.
    pub fn keep(&self, job: &JobId, made_at: Timestamp, plan: Arc<Plan>) {
        let mut plans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        plans.retain(|kept| kept.job != *job);
        plans.push_back(Kept { job: job.clone(), made_at, plan });
        if plans.len() > KEPT {
            plans.pop_front();
        }
    }

    /// Forgets the plan of a job that is removed.
    pub fn forget(&self, job: &JobId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|kept| kept.job != *job);
    }
}
