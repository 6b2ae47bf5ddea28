//! Holding a lane: taking it, letting oneself be heard, letting go.

use std::time::Duration;
use story::failure::StoreError;
use story::house::Held;
use story::lane::Lane;
use story::records::{Partition, Read};
use story::{House, TakeKey, Timestamp};

/// A lane in the hands of this run.
pub(crate) struct Holding {
    pub(crate) lane: u32,
    holder: String,
    /// Dropped last: until then no other process of this machine takes the lane.
    _lock: Option<Box<dyn Send + Sync>>,
}

impl Holding {
    /// Takes a lane, if it is to be had.
    pub(crate) async fn take(house: &House, lane: u32) -> Result<Option<Self>, StoreError> {
        let lock = match house.lane_lock.try_hold(lane) {
            Held::No => return Ok(None),
            Held::Yes(guard) => Some(guard),
            Held::LeaseDecides => None,
        };
        let holder = format!("{:016x}", house.clock.chance());
        let found: Option<Read<Lane>> = house.read(&Partition::Lanes, &lane.to_string()).await?;
        let (current, version) = found.map_or((Lane::free(lane), None), |read| (read.record, Some(read.version)));
        let Some(taken) = current.taken(&holder, house.clock.now(), lease(house), lock.is_some()) else {
            return Ok(None);
        };
        let is_mine = house.swap(&taken, version).await?.is_some();
        Ok(is_mine.then_some(Self { lane, holder, _lock: lock }))
    }

    /// Lets itself be heard, and says what is being spoken. `None` if the lane is another's by now.
    pub(crate) async fn beat(
        &self,
        house: &House,
        speaking: Option<&TakeKey>,
    ) -> Result<Option<Timestamp>, StoreError> {
        let until = lease(house);
        let key = self.lane.to_string();
        let lane =
            house.update(&Partition::Lanes, &key, |lane: &Lane| lane.beaten(&self.holder, until, speaking)).await?;
        let is_mine = lane.is_some_and(|lane| lane.holder.as_ref() == Some(&self.holder));
        Ok(is_mine.then_some(until))
    }

    /// Lets go.
    pub(crate) async fn free(self, house: &House) -> Result<(), StoreError> {
        house
            .update(&Partition::Lanes, &self.lane.to_string(), |lane: &Lane| lane.freed(&self.holder))
            .await
            .map(|_| ())
    }
}

/// Until when a holder that is heard of now need not be heard of again.
pub(crate) fn lease(house: &House) -> Timestamp {
    house.clock.now().plus_ms(house.settings.lease_ms)
}

/// Between two beats.
pub(crate) fn between_beats(house: &House) -> Duration {
    Duration::from_millis(house.settings.beat_ms)
}
