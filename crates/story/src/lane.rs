//! A lane: the right to have one call in flight at a speech account, held by a lease.

use crate::records::{Partition, Record};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// The right to have one call in flight.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lane {
    /// At which account.
    pub account: String,
    /// Which one, from 0.
    pub lane: u32,
    /// Who has it; a random name.
    pub holder: Option<String>,
    /// Until when the holder need not be heard of.
    pub lease_until: Timestamp,
}

impl Lane {
    /// A lane that nobody has.
    #[must_use]
    pub fn free(account: &str, lane: u32) -> Self {
        Self { account: account.to_owned(), lane, holder: None, lease_until: Timestamp(0) }
    }

    /// Whether somebody has it whose lease did not end before `over`.
    #[must_use]
    pub fn is_held(&self, over: Timestamp) -> bool {
        self.holder.is_some() && self.lease_until >= over
    }

    /// The lane as `holder` takes it: if nobody has it, its lease ended before `over`, or the machine knows (`lock`) that its holder is dead.
    #[must_use]
    pub fn taken(&self, holder: &str, over: Timestamp, lease_until: Timestamp, lock: bool) -> Option<Self> {
        let may = lock || !self.is_held(over);
        may.then(|| Self { holder: Some(holder.to_owned()), lease_until, ..self.clone() })
    }

    /// The lane as its holder lets itself be heard.
    #[must_use]
    pub fn beaten(&self, holder: &str, lease_until: Timestamp) -> Option<Self> {
        self.is_of(holder).then(|| Self { lease_until, ..self.clone() })
    }

    /// The lane as its holder gives it to another, who has until `lease_until` to be heard.
    #[must_use]
    pub fn given(&self, holder: &str, to: &str, lease_until: Timestamp) -> Option<Self> {
        self.is_of(holder).then(|| Self { holder: Some(to.to_owned()), lease_until, ..self.clone() })
    }

    /// The lane as its holder lets go.
    #[must_use]
    pub fn freed(&self, holder: &str) -> Option<Self> {
        self.is_of(holder).then(|| Self::free(&self.account, self.lane))
    }

    /// Whether it is in these hands.
    #[must_use]
    pub fn is_of(&self, holder: &str) -> bool {
        self.holder.as_deref() == Some(holder)
    }
}

/// A lane's name among the records, and on a machine.
#[must_use]
pub fn name(account: &str, lane: u32) -> String {
    format!("{account}-{lane}")
}

impl Record for Lane {
    fn partition(&self) -> Partition {
        Partition::Lanes
    }
    fn key(&self) -> String {
        name(&self.account, self.lane)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lane_is_taken_only_from_nobody_or_the_dead() {
        let over = Timestamp(100_000);
        let held = |until| Lane { holder: Some("ann".into()), lease_until: Timestamp(until), ..Lane::free("acc", 0) };
        for (lane, lock, may) in [
            (Lane::free("acc", 0), false, true),
            (held(101_000), false, false),
            (held(100_000), false, false),
            (held(99_999), false, true),
            (held(101_000), true, true),
        ] {
            assert_eq!(lane.taken("bob", over, over.plus_ms(1), lock).is_some(), may, "{lane:?} {lock}");
        }
        assert_eq!(held(1).beaten("bob", over), None);
        assert_eq!(held(1).freed("bob"), None);
        assert_eq!(held(1).given("bob", "cy", over), None);
        assert_eq!(held(1).given("ann", "cy", over).and_then(|lane| lane.holder).as_deref(), Some("cy"));
    }
}
