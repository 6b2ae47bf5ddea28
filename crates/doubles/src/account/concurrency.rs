//! Calls at once: each group of models has a lane of its own, as wide as is allowed now.

use super::Account;
use super::models::Model;

/// Calls at once in a model's group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Concurrency {
    /// That run.
    pub current: u32,
    /// That may.
    pub maximum: u32,
}

impl Account {
    /// Calls at once in the group of this model, as they are now; `None` if there is no such model. Answers tell it if
    /// `settings.concurrency_headers` says so.
    pub fn concurrency(&self, model_id: &str) -> Option<Concurrency> {
        super::models::find(model_id).map(|model| self.concurrency_of(model))
    }

    pub(super) fn concurrency_of(&self, model: &Model) -> Concurrency {
        let current = self.running.iter().filter(|(_, group)| *group == model.group).count();
        let maximum = self.settings.concurrency.unwrap_or_else(|| self.settings.tier.concurrency(model.fast()));
        let count = |calls: usize| u32::try_from(calls).unwrap_or(u32::MAX);
        Concurrency { current: count(current), maximum: count(maximum) }
    }

    /// What the head of an answer says of it.
    pub(crate) fn said_concurrency(&self, model_id: &str) -> Option<Concurrency> {
        self.concurrency(model_id).filter(|_| self.settings.concurrency_headers)
    }
}
