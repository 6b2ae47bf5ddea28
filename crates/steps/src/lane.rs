//! Holding a lane: taking it, letting oneself be heard, being cut off in time, letting go.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use story::failure::StoreError;
use story::house::Held;
use story::lane::{Lane, Spent, name};
use story::records::{Partition, Read};
use story::speech::MayBegin;
use story::{House, TakeKey, Timestamp};

/// The one lane of a house.
pub(crate) const LANE: u32 = 0;

/// An account without credit is not asked again for so long, unless something new is ordered.
const SPENT_MS: u64 = 60_000;

/// A lane in the hands of this run.
pub(crate) struct Holding {
    pub(crate) account: String,
    pub(crate) lane: u32,
    /// Whether the machine promises that every earlier holder is dead.
    pub(crate) alone: bool,
    holder: String,
    /// When the lease ends (ms), for those who must know it without asking a store.
    lease_until: Arc<AtomicU64>,
    /// Dropped last: until then no other process of this machine takes the lane.
    _lock: Option<Box<dyn Send + Sync>>,
}

impl Holding {
    /// Takes a lane, if it is to be had.
    pub(crate) async fn take(house: &House, account: &str, lane: u32) -> Result<Option<Self>, StoreError> {
        let name = name(account, lane);
        let lock = match house.lane_lock.try_hold(&name) {
            Held::No => return Ok(None),
            Held::Yes(guard) => Some(guard),
            Held::LeaseDecides => None,
        };
        let holder = format!("{:016x}", house.clock.chance());
        let found: Option<Read<Lane>> = house.read(&Partition::Lanes, &name).await?;
        let (current, version) =
            found.map_or((Lane::free(account, lane), None), |read| (read.record, Some(read.version)));
        let until = lease(house);
        // The clocks of two machines differ: a taker waits past the end of a lease.
        let over = Timestamp(house.clock.now().0.saturating_sub(house.settings.guard_ms));
        let Some(taken) = current.taken(&holder, over, until, lock.is_some()) else { return Ok(None) };
        let is_mine = house.swap(&taken, version).await?.is_some();
        let lease_until = Arc::new(AtomicU64::new(until.0));
        Ok(is_mine.then_some(Self {
            account: account.to_owned(),
            lane,
            alone: lock.is_some(),
            holder,
            lease_until,
            _lock: lock,
        }))
    }

    /// Lets itself be heard, and says what is being spoken. `None` if the lane is another's by now.
    pub(crate) async fn beat(&self, house: &House, speaking: Option<&TakeKey>) -> Result<Option<Lane>, StoreError> {
        let until = lease(house);
        let key = name(&self.account, self.lane);
        let lane =
            house.update(&Partition::Lanes, &key, |lane: &Lane| lane.beaten(&self.holder, until, speaking)).await?;
        let mine = lane.filter(|lane| lane.holder.as_ref() == Some(&self.holder));
        if mine.is_some() {
            self.lease_until.store(until.0, Ordering::SeqCst);
        }
        Ok(mine)
    }

    /// Notes that the account is not to be asked for a while.
    pub(crate) async fn note_spent(&self, house: &House, reason: String) -> Result<(), StoreError> {
        let spent = Spent { reason, until: house.clock.now().plus_ms(SPENT_MS) };
        let noted = |lane: &Lane| {
            let is_new = lane.spent.as_ref() != Some(&spent);
            is_new.then(|| Lane { spent: Some(spent.clone()), ..lane.clone() })
        };
        house.update(&Partition::Lanes, &name(&self.account, self.lane), noted).await.map(|_| ())
    }

    /// Asked when a request leaves: not later than `begin_by`, nor too near to the lane's end.
    pub(crate) fn may_begin(&self, house: &House, begin_by: Timestamp) -> MayBegin {
        let (clock, guard_ms) = (Arc::clone(&house.clock), house.settings.guard_ms);
        let lease_until = Arc::clone(&self.lease_until);
        Box::new(move || {
            let now = clock.now();
            now <= begin_by && now.plus_ms(guard_ms).0 <= lease_until.load(Ordering::SeqCst)
        })
    }

    /// Returns when a call on this lane must be cut: some time before the lease ends. Waits for no store.
    pub(crate) async fn cut(&self, house: &House) {
        loop {
            let end = Timestamp(self.lease_until.load(Ordering::SeqCst).saturating_sub(house.settings.guard_ms));
            let left_ms = end.since_ms(house.clock.now());
            if left_ms == 0 {
                return;
            }
            house.clock.sleep(Duration::from_millis(left_ms)).await;
        }
    }

    /// Lets go.
    pub(crate) async fn free(self, house: &House) -> Result<(), StoreError> {
        house
            .update(&Partition::Lanes, &name(&self.account, self.lane), |lane: &Lane| lane.freed(&self.holder))
            .await
            .map(|_| ())
    }
}

/// A person has acted, or orders anew: the account is asked again.
pub(crate) async fn trust_again(house: &House, account: &str) -> Result<(), StoreError> {
    let trusted = |lane: &Lane| lane.spent.is_some().then(|| Lane { spent: None, ..lane.clone() });
    house.update(&Partition::Lanes, &name(account, LANE), trusted).await.map(|_| ())
}

/// Whether somebody speaks for an account, as far as its lane tells.
pub(crate) async fn is_held(house: &House, account: &str) -> Result<bool, StoreError> {
    let lane: Option<Read<Lane>> = house.read(&Partition::Lanes, &name(account, LANE)).await?;
    let over = house.clock.now().0.saturating_sub(house.settings.guard_ms);
    Ok(lane.is_some_and(|read| read.record.holder.is_some() && read.record.lease_until.0 >= over))
}

/// Until when a holder that is heard of now need not be heard of again.
pub(crate) fn lease(house: &House) -> Timestamp {
    house.clock.now().plus_ms(house.settings.lease_ms)
}

/// Between two beats.
pub(crate) fn between_beats(house: &House) -> Duration {
    Duration::from_millis(house.settings.beat_ms)
}
