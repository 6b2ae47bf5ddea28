//! A waiter: a client waits at the other end of this process for one take, and so it speaks that take itself (DESIGN §6.5). Its
//! live ticket is its wish. It is given a lane by whoever holds one, or takes one that is free.

use crate::lane::{self, Holding, new_holder};
use crate::speak::{Ended, Own, Worker};
use crate::tap::Tap;
use crate::want::{self, drop_unwanted, is_wanted};
use crate::{pace, takes};
use futures_util::future::{join, try_join, try_join3};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use story::expiry::{Expiry, Kept};
use story::failure::StoreError;
use story::pace::Pace;
use story::records::{Partition, Read};
use story::speech::{Reply, TakeRequest};
use story::take::{Take, TakeState, Want};
use story::ticket::{self, Priority, Ticket, Waiter};
use story::{Failure, House, JobId, Listener, Speech, TakeKey, Timestamp};

/// Between two beats of a waiter.
const BEAT_MS: u64 = 2_000;
/// Not heard of for so long, it is dead.
const ALIVE_MS: u64 = 3 * BEAT_MS;
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
    /// It cannot be spoken.
    Failed {
        /// Why, for a user.
        reason: String,
        /// What the provider said, where it said anything.
        reply: Option<Box<Reply>>,
    },
    /// Too many wait, or its turn did not come in time: nothing is bought.
    Busy,
    /// A call for it was lost, and may have been paid for: it is looked for, and is not there yet.
    Lost,
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
    tap: Tap,
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
        tap: Arc::new(tap),
    };
    let mut past = None;
    let mut beat_at = Timestamp(0);
    loop {
        let now = house.clock.now();
        let take = takes::read(house, &waiting.key).await?;
        match take.as_ref().map(|read| &read.record.state) {
            Some(TakeState::Ready(recording)) if want::is_whole(house, &waiting.key, recording).await? => {
                let reused = recording.job != waiting.job();
                let take = Box::new(take.expect("it was read").record);
                waiting.keep(&take).await?;
                return Ok(Waited::Ready { take, reused });
            }
            // One that failed before this wish is tried again.
            Some(TakeState::Failed { reason, by, reply, .. }) if past.as_ref().is_some_and(|past| past != by) => {
                return Ok(Waited::Failed { reason: reason.clone(), reply: reply.clone() });
            }
            Some(TakeState::Speaking(_)) => {}
            // What was told of it cannot be taken back: whoever asks again joins what is found.
            Some(TakeState::Uncertain(_)) if waiting.tap.has_told() => return Ok(Waited::Lost),
            Some(TakeState::Uncertain(_)) if now >= waiting.until => {
                return waiting.withdraw().await.map(|()| Waited::Lost);
            }
            // Whoever it was asked for has left, and it went with him.
            None | Some(TakeState::Going { .. }) if past.is_some() => past = None,
            _ if is_gone() => return waiting.withdraw().await.map(|()| Waited::Left),
            _ if now >= waiting.until => return waiting.withdraw().await.map(|()| Waited::Busy),
            _ if past.is_none() => {
                let failed = take.as_ref().and_then(|read| read.record.failure().cloned());
                past = Some(failed.clone().unwrap_or_default());
                // A lane that is free is taken while the take and its ticket are written.
                let lane = Holding::take(house, &waiting.account, &waiting.name);
                let (entered, holding) = join(waiting.enter(take.is_none(), failed), lane).await;
                beat_at = now.plus_ms(BEAT_MS);
                match (entered, holding?) {
                    (Ok(Entered::Yes(take)), Some(holding)) => {
                        waiting.speak_on(holding, take.map(|take| *take), speech, listener).await?;
                    }
                    (Ok(Entered::Yes(_)), None) => {}
                    (refused, holding) => {
                        if let Some(holding) = holding {
                            holding.free(house).await?;
                            lane::wake(house).await?;
                        }
                        let Entered::No = refused? else { continue };
                        return waiting.withdraw().await.map(|()| Waited::Busy);
                    }
                }
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
        house.clock.sleep(Duration::from_millis(house.settings.look_ms)).await;
    }
}

/// What came of asking to wait.
enum Entered {
    /// More wait than are served in time.
    No,
    /// It waits; its take, where that is new.
    Yes(Option<Box<Read<Take>>>),
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
    tap: Arc<Tap>,
}

impl Waiting<'_> {
    /// What stands for a job.
    fn job(&self) -> JobId {
        JobId(format!("client-{}-{}", self.wish.client, self.name))
    }

    /// Writes the take's document and the ticket: what need not wait for another is asked for at once.
    async fn enter(&self, is_new: bool, past: Option<String>) -> Result<Entered, StoreError> {
        let Self { house, wish, .. } = *self;
        let files = async {
            let at = house.clock.now().plus_ms(house.settings.take_ttl_ms);
            if is_new {
                house.swap(&Expiry { at, of: Kept::Take(self.key.clone()) }, None).await?;
            }
            Ok::<_, StoreError>(is_new.then_some(at))
        };
        let of = ticket::of(&self.account);
        let first = house.list::<Ticket>(&Partition::Tickets, &of, FEW);
        let (known, first, filed) = try_join3(pace::found(house, &self.account), first, files).await?;
        let (pace, version) =
            known.map_or_else(|| (Pace::new(&self.account), None), |read| (read.record, Some(read.version)));
        let arrived = pace.arrived(&wish.client, wish.priority);
        let turn = (wish.priority, arrived.last_of(&wish.client, wish.priority));
        let fresh = Ticket {
            waiter: Some(self.alive()),
            ..Ticket::new(&self.account, &self.key, &self.job(), turn, house.clock.now())
        };
        if first.len() == FEW && !self.comes_in_time(&fresh, &pace).await? {
            return Ok(Entered::No);
        }
        let arrives = async {
            if house.swap(&arrived, version).await?.is_none() {
                pace::change(house, &self.account, |pace| Some(pace.arrived(&wish.client, wish.priority))).await?;
            }
            Ok::<_, StoreError>(())
        };
        let ((), (take, name)) = try_join(arrives, self.name_ticket(&fresh, filed, past)).await?;
        let Some(name) = name else { return Ok(Entered::Yes(None)) };
        // Whoever named another may have died before he wrote it: written here, it is ours.
        let ticket = fresh.named(name);
        if house.swap(&ticket, None).await?.is_some() {
            *self.own() = Some(ticket.name);
        }
        Ok(Entered::Yes(take.map(Box::new)))
    }

    /// A take that is used lives on. It is written when half of its life is over, not at each use.
    async fn keep(&self, take: &Take) -> Result<(), StoreError> {
        let Self { house, .. } = *self;
        let (now, ttl_ms) = (house.clock.now(), house.settings.take_ttl_ms);
        if take.expires_at < now.plus_ms(ttl_ms / 2) {
            let kept = |take: &Take| {
                let expires_at = now.plus_ms(ttl_ms).max(take.expires_at);
                take.recording().map(|_| Take { wanted_at: now, expires_at, ..take.clone() })
            };
            takes::change(house, &take.key, kept).await?;
        }
        Ok(())
    }

    /// The take, where it is new, and the name of the ticket for which it waits.
    async fn name_ticket(
        &self,
        fresh: &Ticket,
        filed: Option<Timestamp>,
        past: Option<String>,
    ) -> Result<(Option<Read<Take>>, Option<String>), StoreError> {
        let Self { house, wish, .. } = *self;
        let ttl_ms = house.settings.take_ttl_ms;
        if let Some(expires_at) = filed {
            let ticket = Some(fresh.name.clone());
            let take = Take { ticket, expires_at, ..Take::new(wish.request.clone(), house.clock.now(), ttl_ms) };
            if let Some(version) = house.swap(&take, None).await? {
                return Ok((Some(Read { record: take, version }), Some(fresh.name.clone())));
            }
        }
        let want = Want { take: self.key.clone(), job: self.job(), index: 0, life: 0, buys_again: true, past };
        want::wanted(house, &wish.request, &want, ttl_ms, filed).await?;
        let take = takes::change(house, &self.key, |take| take.with_ticket(fresh)).await?;
        Ok((None, take.filter(|take| take.state == TakeState::Wanted).and_then(|take| take.ticket)))
    }

    /// Whether those before it are served within its patience, at the pace of the last calls.
    async fn comes_in_time(&self, fresh: &Ticket, pace: &Pace) -> Result<bool, StoreError> {
        let Self { house, wish, .. } = *self;
        let lanes = pace.open(house.settings.lanes).count().max(1) as u64;
        let served = (wish.patience.as_millis() as u64 * lanes / pace.call_ms.max(1)).min(5_000) as usize;
        let most = served.max(FEW);
        let listed = house.list::<Ticket>(&Partition::Tickets, &ticket::of(&self.account), most).await?;
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
        match Holding::take(self.house, &self.account, &self.name).await? {
            Some(holding) => self.speak_on(holding, None, speech, listener).await,
            None => Ok(()),
        }
    }

    async fn speak_on(
        &self,
        holding: Holding,
        take: Option<Read<Take>>,
        speech: &dyn Speech,
        listener: &dyn Listener,
    ) -> Result<(), Failure> {
        let goes_on = || self.house.clock.now() < self.until;
        let own = Some(Own { name: &self.name, take });
        let tap = Some(Arc::clone(&self.tap));
        let worker = Worker { house: self.house, speech, listener, holding, goes_on: &goes_on, own, tap };
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
