//! Who ordered how much.

use super::lines::Opened;
use crate::ledger;
use serde::Serialize;
use std::collections::BTreeMap;
use story::ledger::Attempt;

/// What one token of the house ordered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CallerStats {
    /// The first letters of the hash (SHA-256, hexadecimal) of the token. None for what came without one, as from the command line.
    pub caller: Option<String>,
    /// Jobs that are still there.
    pub jobs: usize,
    /// Calls of the provider for this one, also for jobs that are gone. A take that several wished for is called for the first of
    /// them.
    pub requests: usize,
    /// Characters that were paid for by these.
    pub characters: u64,
}

/// Who ordered how much, the most expensive first.
pub(super) fn callers(opened: &[Opened], attempts: &[Attempt]) -> Vec<CallerStats> {
    let mut callers: BTreeMap<Option<String>, CallerStats> = BTreeMap::new();
    for Opened { caller } in opened {
        callers.entry(caller.clone()).or_default().jobs += 1;
    }
    for attempt in attempts.iter().filter(|attempt| ledger::is_call(attempt)) {
        let caller = callers.entry(ledger::caller(attempt.caller.as_ref(), &attempt.job)).or_default();
        caller.requests += 1;
        caller.characters += attempt.ending.paid_characters();
    }
    let mut callers: Vec<CallerStats> =
        callers.into_iter().map(|(caller, sums)| CallerStats { caller, ..sums }).collect();
    callers.sort_by_key(|sums| std::cmp::Reverse(sums.characters));
    callers
}
