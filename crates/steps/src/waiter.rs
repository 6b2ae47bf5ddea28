//! A waiter: a client waits at the other end of this process for one take, and so it speaks that take itself (DESIGN §6.5). Its
//! live ticket is its wish. It is given a lane by whoever holds one, or takes one that is free.

use crate::lane::{self, Holding, new_holder};
use crate::speak::{Ended, Worker};
use crate::want::{self, drop_unwanted, is_wanted};
use crate::{pace, takes};
use std::sync::Mutex;
use std::time::Duration;
use story::failure::StoreError;
use story::pace::Pace;
use story::records::{Partition, Read};
use story::speech::TakeRequest;
use story::take::{Take, TakeState, Want};
use story::ticket::{Priority, Ticket, Waiter};
use story::{Failure, House, JobId, Listener, Speech, TakeKey, Timestamp};

/// Between two beats of a waiter.
const BEAT_MS: u64 = 2_000;
/// Not heard of for so long, it is dead.
const ALIVE_MS: u64 = 3 * BEAT_MS;
/// Between two looks at the take and at the lanes.
const LOOK: Duration = Duration::from_millis(250);
/// So many may wait at any pace.
const FEW: usize = 16;

/// What is waited for.
pub struct Wish {
    /// The take's request.
    pub request: TakeRequest,
    /// How urgent it is.
    pub priority: Priority,
    /// Whose it is: all wishes of one client share fairly with those of others.
    pub client: String,
    /// How long it may wait for its turn.
    pub patience: Duration,
}

/// What a wait came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Waited {
    /// The take is there; whether it was there before, or spoken for another.
    Ready {
        /// The take.
        take: Box<Take>,
        /// Whether no call was made for this wish.
        reused: bool,
    },
    /// It cannot be spoken, and why.
    Failed(String),
    /// Too many wait, or its turn did not come in time: nothing is bought.
    Busy,
    /// Its client left before its turn came: nothing is bought.
    Left,
}

/// Waits for a take, and speaks it when its turn comes. A client that leaves (`is_gone`) withdraws what has not begun.
///
/// # Errors
/// Those of the stores; the ticket lapses by itself.
pub async fn wait(
    house: &House,
    speech: &dyn Speech,
    listener: &dyn Listener,
    wish: &Wish,
    is_gone: &(dyn Fn() -> bool + Send + Sync),
) -> Result<Waited, Failure> {
    let waiting = Waiting {
        house,
        wish,
        account: speech.profile().account,
        key: wish.request.key(),
        name: new_holder(house),
        until: house.clock.now().plus_ms(u64::try_from(wish.patience.as_millis()).unwrap_or(u64::MAX)),
        ticket: Mutex::new(None),
    };
    let mut past = None;
    let mut beat_at = Timestamp(0);
    loop {
        let now = house.clock.now();
        let take = takes::read(house, &waiting.key).await?;
        match take.as_ref().map(|read| &read.record.state) {
            Some(TakeState::Ready(recording)) if want::is_whole(house, &waiting.key, recording).await? => {
                let reused = recording.job != waiting.job();
                return Ok(Waited::Ready { take: Box::new(take.expect("it was read").record), reused });
            }
            // One that failed before this wish is tried again.
            Some(TakeState::Failed { reason, by, .. }) if past.as_ref().is_some_and(|past| past != by) => {
                return Ok(Waited::Failed(reason.clone()));
            }
            Some(TakeState::Speaking(_)) => {}
            _ if is_gone() => return waiting.withdraw().await.map(|()| Waited::Left),
            _ if now >= waiting.until => return waiting.withdraw().await.map(|()| Waited::Busy),
            _ if past.is_none() => {
                let failed = take.and_then(|read| read.record.failure().cloned());
                past = Some(failed.clone().unwrap_or_default());
                if !waiting.enter(failed).await? {
                    return waiting.withdraw().await.map(|()| Waited::Busy);
                }
                beat_at = now.plus_ms(BEAT_MS);
                waiting.speak(speech, listener).await?;
                continue;
            }
            _ => {}
        }
        let beats = now >= beat_at;
        if beats {
            waiting.beat().await?;
            beat_at = now.plus_ms(BEAT_MS);
        }
        if beats || waiting.has_lane().await? {
            waiting.speak(speech, listener).await?;
        }
        house.clock.sleep(LOOK).await;
    }
}

struct Waiting<'a> {
    house: &'a House,
    wish: &'a Wish,
    account: String,
    key: TakeKey,
    /// As a holder of lanes.
    name: String,
    until: Timestamp,
    ticket: Mutex<Option<String>>,
}

impl Waiting<'_> {
    /// What stands for a job.
    fn job(&self) -> JobId {
        JobId(format!("client-{}-{}", self.wish.client, self.name))
    }

    /// Writes the take's document and the ticket. "No" if more wait than are served in time.
    async fn enter(&self, past: Option<String>) -> Result<bool, StoreError> {
        let Self { house, wish, .. } = *self;
        let turn = (wish.priority, self.virtual_time().await?);
        let fresh = Ticket {
            waiter: Some(self.alive()),
            ..Ticket::new(&self.account, &self.key, &self.job(), turn, house.clock.now())
        };
        if !self.comes_in_time(&fresh).await? {
            return Ok(false);
        }
        let want = Want { take: self.key.clone(), job: self.job(), index: 0, life: 0, buys_again: true, past };
        want::wanted(house, &wish.request, &want, house.settings.take_ttl_ms, None).await?;
        let take = takes::change(house, &self.key, |take| take.with_ticket(&fresh)).await?;
        if take.is_some_and(|take| take.ticket.as_ref() == Some(&fresh.name)) {
            house.swap(&fresh, None).await?;
            *self.own() = Some(fresh.name);
        }
        Ok(true)
    }

    async fn virtual_time(&self) -> Result<u64, StoreError> {
        let Self { house, wish, .. } = *self;
        let arrived = |pace: &Pace| Some(pace.arrived(&wish.client, wish.priority));
        let pace = pace::change(house, &self.account, arrived).await?;
        Ok(pace.last_of(&wish.client, wish.priority))
    }

    /// Whether those before it are served within its patience, at the pace of the last calls.
    async fn comes_in_time(&self, fresh: &Ticket) -> Result<bool, StoreError> {
        let Self { house, wish, .. } = *self;
        let pace = pace::read(house, &self.account).await?;
        let lanes = pace.open(house.settings.lanes).count().max(1) as u64;
        let served = (wish.patience.as_millis() as u64 * lanes / pace.call_ms.max(1)).min(5_000) as usize;
        let most = served.max(FEW);
        let listed = house.list::<Ticket>(&Partition::Tickets, &Ticket::of(&self.account), most).await?;
        Ok(listed.iter().filter(|read| read.record.account == self.account && read.record.name < fresh.name).count()
            < most)
    }

    fn alive(&self) -> Waiter {
        Waiter { name: self.name.clone(), alive_until: self.house.clock.now().plus_ms(ALIVE_MS) }
    }

    fn own(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        self.ticket.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn is_mine(&self, ticket: &Ticket) -> bool {
        ticket.waiter.as_ref().is_some_and(|waiter| waiter.name == self.name)
    }

    /// Lets itself be heard.
    async fn beat(&self) -> Result<(), StoreError> {
        let Some(name) = self.own().clone() else { return Ok(()) };
        let alive =
            |ticket: &Ticket| self.is_mine(ticket).then(|| Ticket { waiter: Some(self.alive()), ..ticket.clone() });
        self.house.update(&Partition::Tickets, &name, alive).await.map(|_| ())
    }

    /// Whether a lane was given to it.
    async fn has_lane(&self) -> Result<bool, StoreError> {
        Ok(lane::all(self.house, &self.account).await?.iter().any(|lane| lane.is_of(&self.name)))
    }

    /// Speaks its own take, if it has a lane or one is free, and its turn has come. Whatever else is due is another's to speak.
    async fn speak(&self, speech: &dyn Speech, listener: &dyn Listener) -> Result<(), Failure> {
        let Some(holding) = Holding::take(self.house, &self.account, &self.name).await? else { return Ok(()) };
        let goes_on = || self.house.clock.now() < self.until;
        let own = Some(self.name.as_str());
        let worker = Worker { house: self.house, speech, listener, holding, goes_on: &goes_on, own };
        match worker.works().await? {
            Ended::Leaves => Ok(lane::wake(self.house).await?),
            Ended::Idle | Ended::Gone => Ok(()),
        }
    }

    /// Withdraws: the take is spoken for others or not at all, and a lane that was given meanwhile is let go.
    async fn withdraw(&self) -> Result<(), Failure> {
        let house = self.house;
        let name = self.own().take();
        let ticket: Option<Read<Ticket>> = match &name {
            Some(name) => house.read(&Partition::Tickets, name).await?,
            None => None,
        };
        if let Some(ticket) = ticket.filter(|ticket| self.is_mine(&ticket.record)) {
            let take = takes::named(house, &ticket.record).await?;
            let take = take.filter(|take| take.record.state == TakeState::Wanted);
            let is_wanted = match &take {
                Some(take) => is_wanted(house, &take.record).await?,
                None => false,
            };
            if is_wanted {
                house.swap(&Ticket { waiter: None, ..ticket.record.clone() }, Some(ticket.version)).await?;
                lane::wake(house).await?;
            } else {
                if let Some(take) = take {
                    drop_unwanted(house, &take).await?;
                }
                let _ = house.remove(&ticket).await?;
            }
        }
        if self.has_lane().await?
            && let Some(holding) = Holding::take(house, &self.account, &self.name).await?
        {
            holding.free(house).await?;
            lane::wake(house).await?;
        }
        Ok(())
    }
}
