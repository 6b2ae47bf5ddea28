//! Holding a lane: taking it, letting oneself be heard, being cut off in time, giving it away, letting go.

use crate::pace;
use futures_util::future::select;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use story::failure::StoreError;
use story::house::Held;
use story::lane::{Lane, name};
use story::maker::MayBegin;
use story::records::{Partition, Read};
use story::{House, Timestamp};

/// A beat that a store did not take is tried again so soon.
pub(crate) const BEAT_AGAIN: Duration = Duration::from_secs(1);

/// A lane in the hands of this run.
pub(crate) struct Holding {
    pub(crate) account: String,
    pub(crate) lane: u32,
    /// Whether the machine promises that every earlier holder is dead.
    pub(crate) alone: bool,
    holder: String,
    /// When the lease ends (ms), for those who must know it without asking a store.
    lease_until: Arc<AtomicU64>,
    /// Dropped last, when all that was heard is stored: until then nobody else on this machine takes the lane.
    _lock: Option<Box<dyn Send + Sync>>,
}

impl Holding {
    /// Takes whichever open lane of an account is to be had, or one that was given to it.
    pub(crate) async fn take(house: &House, account: &str, holder: &str) -> Result<Option<Self>, StoreError> {
        let pace = pace::read(house, account).await?;
        for lane in 0..house.settings.lanes {
            let is_open = pace.open(house.settings.lanes).any(|open| open == lane);
            if let Some(holding) = Self::take_one(house, account, (lane, is_open), holder).await? {
                return Ok(Some(holding));
            }
        }
        Ok(None)
    }

    async fn take_one(
        house: &House,
        account: &str,
        (lane, is_open): (u32, bool),
        holder: &str,
    ) -> Result<Option<Self>, StoreError> {
        let name = name(account, lane);
        let lock = match house.lane_lock.try_hold(&name) {
            Held::No => return Ok(None),
            Held::Yes(guard) => Some(guard),
            Held::LeaseDecides => None,
        };
        let found: Option<Read<Lane>> = house.read(&Partition::Lanes, &name).await?;
        let (current, version) =
            found.map_or((Lane::free(account, lane), None), |read| (read.record, Some(read.version)));
        // What another gave is taken by the hand that it was given to.
        let (until, is_given) = (lease(house), current.is_of(holder));
        let taken = if is_given {
            current.beaten(holder, until)
        } else if is_open {
            current.taken(holder, over(house), until, lock.is_some())
        } else {
            None
        };
        let Some(taken) = taken else { return Ok(None) };
        let is_mine = house.swap(&taken, version).await?.is_some();
        Ok(is_mine.then(|| Self {
            account: account.to_owned(),
            lane,
            // Who gave it lives, and stores what it heard last.
            alone: lock.is_some() && !is_given,
            holder: holder.to_owned(),
            lease_until: Arc::new(AtomicU64::new(until.0)),
            _lock: lock,
        }))
    }

    /// Lets itself be heard; says whether the lane is still its own.
    async fn beat(&self, house: &House) -> Result<bool, StoreError> {
        let until = lease(house);
        let lane =
            house.update(&Partition::Lanes, &self.name(), |lane: &Lane| lane.beaten(&self.holder, until)).await?;
        let is_mine = lane.is_some_and(|lane| lane.is_of(&self.holder));
        if is_mine {
            self.lease_until.store(until.0, Ordering::SeqCst);
        }
        Ok(is_mine)
    }

    /// Lets itself be heard until the lane is another's, or may be soon: then a call on it must be cut.
    pub(crate) async fn lost(&self, house: &House) {
        let beats = pin!(async {
            let mut wait = between_beats(house);
            loop {
                house.clock.sleep(wait).await;
                wait = match self.beat(house).await {
                    Ok(true) => between_beats(house),
                    Ok(false) => return,
                    Err(_) => BEAT_AGAIN,
                };
            }
        });
        // A timer of its own, which waits for no store.
        let cut = pin!(async {
            loop {
                let end = self.lease_until.load(Ordering::SeqCst).saturating_sub(house.settings.guard_ms);
                let left_ms = Timestamp(end).since_ms(house.clock.now());
                if left_ms == 0 {
                    return;
                }
                house.clock.sleep(Duration::from_millis(left_ms)).await;
            }
        });
        select(beats, cut).await;
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

    /// Gives the lane to one who waits for it, and who must let itself be heard at once.
    pub(crate) async fn give(&self, house: &House, to: &str) -> Result<(), StoreError> {
        let until = house.clock.now().plus_ms(house.settings.guard_ms);
        let given = |lane: &Lane| lane.given(&self.holder, to, until);
        house.update(&Partition::Lanes, &self.name(), given).await.map(|_| ())
    }

    /// Lets go.
    pub(crate) async fn free(&self, house: &House) -> Result<(), StoreError> {
        house.update(&Partition::Lanes, &self.name(), |lane: &Lane| lane.freed(&self.holder)).await.map(|_| ())
    }

    fn name(&self) -> String {
        name(&self.account, self.lane)
    }
}

/// A name that no other holder has.
pub(crate) fn new_holder(house: &House) -> String {
    format!("{:016x}", house.clock.chance())
}

/// All lanes of an account.
pub(crate) async fn all(house: &House, account: &str) -> Result<Vec<Lane>, StoreError> {
    let mut lanes = Vec::new();
    for lane in 0..house.settings.lanes {
        let found: Option<Read<Lane>> = house.read(&Partition::Lanes, &name(account, lane)).await?;
        lanes.push(found.map_or_else(|| Lane::free(account, lane), |read| read.record));
    }
    Ok(lanes)
}

/// Whether somebody speaks for an account, as far as its lanes tell.
pub(crate) async fn is_held(house: &House, account: &str) -> Result<bool, StoreError> {
    let over = over(house);
    Ok(all(house, account).await?.iter().any(|lane| lane.is_held(over)))
}

/// Wakes a worker for every lane.
pub(crate) async fn wake(house: &House) -> Result<(), StoreError> {
    for lane in 0..house.settings.lanes {
        house.queue.wake_speech(&lane.to_string()).await?;
    }
    Ok(())
}

/// Before when the lease of one who is dead has ended: the clocks of two machines differ, so a taker waits past its end.
pub(crate) fn over(house: &House) -> Timestamp {
    Timestamp(house.clock.now().0.saturating_sub(house.settings.guard_ms))
}

/// Until when a holder that is heard of now need not be heard of again.
pub(crate) fn lease(house: &House) -> Timestamp {
    house.clock.now().plus_ms(house.settings.lease_ms)
}

/// Between two beats.
pub(crate) fn between_beats(house: &House) -> Duration {
    Duration::from_millis(house.settings.beat_ms)
}
