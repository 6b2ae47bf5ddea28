//! A worker: holds a lane and speaks one take after the other. While a call runs, the take before it is stored and the one after it
//! is found, so that the provider waits for no store (DESIGN §6.4).

use crate::call::{CallError, Prepared, prepare};
use crate::choose::{Before, Chosen, choose, is_due};
use crate::lane::{self, Holding, new_holder};
use crate::look::look;
use crate::patience::within;
use crate::{hear, job, pace, settle, takes};
use futures_util::future::{BoxFuture, Either, join, join3, select, try_join, try_join3};
use futures_util::stream::{FuturesUnordered, StreamExt};
use std::pin::{Pin, pin};
use std::time::Duration;
use story::failure::StoreError;
use story::pace::{Pace, Stop};
use story::queue::Outcome;
use story::records::{Partition, Read};
use story::speech::SpeechError;
use story::take::{Take, TakeState, Want};
use story::ticket::{Ticket, Waiter};
use story::{Failure, House, JobId, Listener, Speech, TakeKey};

/// Between two looks at whether a rest is over.
const LONGEST_REST: Duration = Duration::from_secs(1);
/// Takes that may be on their way to the store as another call begins.
const MOST_STORED: usize = 2;

/// Speaks all takes that wait, if a lane is to be had; returns when none is due any more.
///
/// # Errors
/// Those of the stores: what was begun is settled by whoever next holds the lane, or by the sweep.
pub async fn speak(house: &House, speech: &dyn Speech, listener: &dyn Listener) -> Result<(), Failure> {
    speak_while(house, speech, listener, &|| true).await
}

/// The same for at most about so long: then another is woken.
///
/// # Errors
/// As [`speak`].
pub async fn speak_for(
    house: &House,
    speech: &dyn Speech,
    listener: &dyn Listener,
    budget: Duration,
) -> Result<(), Failure> {
    let until = house.clock.now().plus_ms(u64::try_from(budget.as_millis()).unwrap_or(u64::MAX));
    speak_while(house, speech, listener, &|| house.clock.now() < until).await
}

/// The same, as long as it is to go on: what is being spoken when that ends is finished and kept, and no other take is begun here.
///
/// # Errors
/// As [`speak`].
pub async fn speak_while(
    house: &House,
    speech: &dyn Speech,
    listener: &dyn Listener,
    goes_on: &(dyn Fn() -> bool + Send + Sync),
) -> Result<(), Failure> {
    let account = speech.profile().account;
    loop {
        let holder = new_holder(house);
        let Some(holding) = within(house, Holding::take(house, &account, &holder)).await? else { return Ok(()) };
        let worker = Worker { house, speech, listener, holding, goes_on, own: None };
        match worker.works().await? {
            // Whoever came after the last look found the lane held.
            Ended::Idle if goes_on() && within(house, is_due(house, &account)).await? => {}
            Ended::Idle | Ended::Gone => return Ok(()),
            Ended::Leaves => return within(house, lane::wake(house)).await,
        }
    }
}

/// One who holds a lane.
pub(crate) struct Worker<'a> {
    pub(crate) house: &'a House,
    pub(crate) speech: &'a dyn Speech,
    pub(crate) listener: &'a dyn Listener,
    pub(crate) holding: Holding,
    pub(crate) goes_on: &'a (dyn Fn() -> bool + Send + Sync),
    /// The waiter's name whose tickets alone it speaks, if it is one.
    pub(crate) own: Option<&'a str>,
}

/// Why a worker ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Nothing was due.
    Idle,
    /// The lane is another's.
    Gone,
    /// Something may be due, and another is to speak it.
    Leaves,
}

/// What is to be done next.
enum Next {
    Call(Box<Prepared>),
    /// Look for a take that was lost.
    Look(Box<(Read<Ticket>, Read<Take>)>),
    Rest(Duration),
    End(Ended),
}

/// What became of a ticket's turn.
enum Turn {
    /// It is dropped, or told; the next may come.
    Done,
    Call(Box<Prepared>),
    Look(Box<(Read<Ticket>, Read<Take>)>),
    /// Its speaker waits for the lane.
    Give(Waiter),
    /// It is another's to speak.
    Leave,
}

/// What goes on beside the calls: takes are stored, and the lane is kept.
struct Beside<'a, L> {
    storing: FuturesUnordered<BoxFuture<'a, Result<(), Failure>>>,
    failed: Option<Failure>,
    lost: Pin<&'a mut L>,
    is_lost: bool,
}

impl<L: Future<Output = ()>> Beside<'_, L> {
    /// Does something meanwhile. `None` if the lane is lost before it is done: then it goes no further.
    async fn meanwhile<T>(&mut self, doing: impl Future<Output = T>) -> Option<T> {
        let mut doing = pin!(doing);
        while !self.is_lost {
            if let Some(done) = self.some(doing.as_mut()).await {
                return Some(done);
            }
        }
        None
    }

    /// Does something meanwhile, to its end.
    async fn wholly<T>(&mut self, doing: impl Future<Output = T>) -> T {
        let mut doing = pin!(doing);
        loop {
            if let Some(done) = self.some(doing.as_mut()).await {
                return done;
            }
        }
    }

    /// Does something until it is done, a take is stored, or the lane is lost.
    async fn some<T>(&mut self, doing: impl Future<Output = T>) -> Option<T> {
        let stored = {
            let Self { storing, lost, is_lost, .. } = self;
            // Of an empty set the next never comes.
            let stored = pin!(async {
                match storing.next().await {
                    Some(stored) => stored,
                    None => std::future::pending().await,
                }
            });
            let lost = pin!(async {
                if *is_lost {
                    std::future::pending::<()>().await;
                }
                lost.as_mut().await;
            });
            match select(pin!(doing), select(stored, lost)).await {
                Either::Left((done, _)) => return Some(done),
                Either::Right((Either::Left((stored, _)), _)) => Some(stored),
                Either::Right((Either::Right(((), _)), _)) => None,
            }
        };
        match stored {
            Some(stored) => self.stored(stored),
            None => self.is_lost = true,
        }
        None
    }

    fn stored(&mut self, stored: Result<(), Failure>) {
        if let Err(failure) = stored {
            tracing::warn!(%failure, "a take was not stored");
            self.failed.get_or_insert(failure);
        }
    }

    /// Waits until not much is still to be stored: what waits is in memory.
    async fn has_room(&mut self, house: &House) -> Result<(), Failure> {
        while self.storing.len() > MOST_STORED && !self.is_lost {
            within(house, async { Ok::<_, Failure>(self.some(std::future::pending::<()>()).await) }).await?;
        }
        Ok(())
    }

    /// Waits until all is stored, as long as one after the other is.
    async fn all_stored(mut self, house: &House) -> Result<(), Failure> {
        while !self.storing.is_empty() {
            let next = async { Ok::<_, Failure>(self.storing.next().await) };
            if let Some(stored) = within(house, next).await? {
                self.stored(stored);
            }
        }
        self.failed.map_or(Ok(()), Err)
    }
}

impl Worker<'_> {
    /// Works until nothing is due, or the lane is to be left. The lane is let go, and what was heard is stored, before it returns.
    pub(crate) async fn works(&self) -> Result<Ended, Failure> {
        let lost = pin!(self.holding.lost(self.house));
        let mut beside = Beside { storing: FuturesUnordered::new(), failed: None, lost, is_lost: false };
        let mut found = None;
        let ended = self.turns(&mut beside, &mut found).await;
        // What was heard last is stored without the lane, and whatever else does not work.
        let forgets = async {
            match found {
                Some(unused) => unused.forget(self.house).await,
                None => Ok(()),
            }
        };
        let frees = within(self.house, self.holding.free(self.house));
        let (freed, forgotten, stored) = join3(frees, within(self.house, forgets), beside.all_stored(self.house)).await;
        stored?;
        freed?;
        forgotten?;
        ended
    }

    async fn turns<'a, L: Future<Output = ()>>(
        &'a self,
        beside: &mut Beside<'a, L>,
        found: &mut Option<Box<Prepared>>,
    ) -> Result<Ended, Failure> {
        let Self { house, speech, listener, ref holding, .. } = *self;
        let mut known = within(house, pace::read(house, &holding.account)).await?;
        let (mut last_ms, mut front) = (None, None);
        if let Some(visited) = beside.meanwhile(within(house, settle::visit_all(house, Some(holding)))).await {
            visited?;
        }
        loop {
            if let Some(failure) = beside.failed.take() {
                return Err(failure);
            }
            if !(self.goes_on)() {
                return Ok(Ended::Leaves);
            }
            let Some(next) = beside.meanwhile(within(house, self.next(&mut known, found, &mut front))).await else {
                return Ok(Ended::Gone);
            };
            let prepared = match next? {
                Next::Call(prepared) => prepared,
                Next::End(ended) => return Ok(ended),
                Next::Look(lost) => match beside.meanwhile(self.look(&lost.0, &lost.1)).await {
                    Some(looked) => {
                        looked?;
                        continue;
                    }
                    None => return Ok(Ended::Gone),
                },
                Next::Rest(rest) => match beside.meanwhile(house.clock.sleep(rest)).await {
                    Some(()) => continue,
                    None => return Ok(Ended::Gone),
                },
            };
            beside.has_room(house).await?;
            // Wholly: what is half begun would be looked for in vain.
            let Some(mut begun) = beside.wholly(within(house, prepared.begin(house))).await? else { continue };
            if beside.is_lost {
                within(house, begun.failed(house, holding, SpeechError::TooLate)).await?;
                return Ok(Ended::Gone);
            }
            let (mouth, ear) = hear::way();
            let (attempt, ticket) = (begun.attempt.clone(), begun.ticket.clone());
            beside.storing.push(Box::pin(async move { hear::store(house, listener, &attempt, ear).await }));
            let (before, began_at) = (known.clone(), house.clock.now());
            let call = begun.call(house, speech, holding, &before, mouth);
            let aside = within(house, self.aside(&ticket, last_ms, found));
            let Some((called, aside)) = beside.meanwhile(join(call, aside)).await else {
                within(house, begun.cut(house)).await?;
                return Ok(Ended::Gone);
            };
            last_ms = called.is_ok().then(|| house.clock.now().since_ms(began_at));
            if let Err(CallError::Speech(error)) = called {
                within(house, begun.failed(house, holding, error)).await?;
            }
            known = aside?;
        }
    }

    /// What is to be done next: chosen right before the call, whatever was found while the last one ran.
    async fn next(
        &self,
        known: &mut Pace,
        found: &mut Option<Box<Prepared>>,
        front: &mut Option<String>,
    ) -> Result<Next, Failure> {
        let Self { house, holding: Holding { ref account, ref lane, .. }, .. } = *self;
        let lanes = house.settings.lanes;
        loop {
            let before = Before { found: found.as_ref().map(|found| &found.ticket.record), front: front.as_deref() };
            let (pace, chosen, is_wanted) = try_join3(
                pace::read(house, account),
                choose(house, known, *lane, before),
                is_still_wanted(house, found.as_deref()),
            )
            .await?;
            *known = pace;
            let Some(Chosen { ticket, front: first }) = chosen else { return Ok(Next::End(Ended::Idle)) };
            *front = Some(first);
            let now = house.clock.now();
            if !known.open(lanes).any(|open| open == *lane) {
                return Ok(Next::End(Ended::Leaves));
            }
            if known.eased(lanes, now).is_some() {
                *known = pace::change(house, account, |pace| pace.eased(lanes, now)).await?;
                lane::wake(house).await?;
            }
            if known.stopped.is_none() && known.rests_until > now {
                let rest = Duration::from_millis(known.rests_until.since_ms(now));
                return Ok(Next::Rest(rest.min(LONGEST_REST)));
            }
            if let Some(ready) = found.take_if(|found| found.ticket.record.name == ticket.record.name) {
                if is_wanted && known.stopped.is_none() && ready.is_fresh(house) {
                    return Ok(Next::Call(ready));
                }
                ready.forget(house).await?;
            }
            match self.turn(ticket, known).await? {
                Turn::Done => {}
                Turn::Call(prepared) => return Ok(Next::Call(prepared)),
                Turn::Look(lost) => return Ok(Next::Look(lost)),
                Turn::Leave => return Ok(Next::End(Ended::Leaves)),
                Turn::Give(waiter) => {
                    self.holding.give(house, &waiter.name).await?;
                    return Ok(Next::End(Ended::Gone));
                }
            }
        }
    }

    /// While a call runs: its ticket goes, its turn is noted, and the next is found.
    async fn aside(
        &self,
        begun: &Read<Ticket>,
        last_ms: Option<u64>,
        found: &mut Option<Box<Prepared>>,
    ) -> Result<Pace, Failure> {
        let Self { house, ref holding, .. } = *self;
        let noted = pace::change(house, &holding.account, |pace| Some(pace.begun(&begun.record, last_ms)));
        let (_, pace) = try_join(house.remove(begun), noted).await?;
        if let Some(old) = found.take() {
            // Another lane may have taken it.
            if old.is_fresh(house) && named(house, &old.ticket.record).await?.is_some() {
                *found = Some(old);
            } else {
                old.forget(house).await?;
            }
        }
        if found.is_some() || self.own.is_some() {
            return Ok(pace);
        }
        let chosen = choose(house, &pace, holding.lane, Before::default()).await?.map(|chosen| chosen.ticket);
        let Some(ticket) = chosen.filter(|ticket| ticket.record.waiter.is_none()) else { return Ok(pace) };
        if let Some(take) = named(house, &ticket.record).await?
            && take.record.state == TakeState::Wanted
        {
            let jobs: Vec<JobId> = wants(house, &take.record).await?.into_iter().map(|want| want.job).collect();
            if !jobs.is_empty() {
                *found = Some(Box::new(prepare(house, holding, ticket, take, jobs).await?));
            }
        }
        Ok(pace)
    }

    /// A ticket's turn. One that its take does not name, or whose take waits in vain, is dropped.
    async fn turn(&self, ticket: Read<Ticket>, pace: &Pace) -> Result<Turn, Failure> {
        let Self { house, ref holding, .. } = *self;
        let Some(take) = named(house, &ticket.record).await? else {
            let _ = house.remove(&ticket).await?;
            return Ok(Turn::Done);
        };
        match &take.record.state {
            TakeState::Uncertain(_) | TakeState::Wanted if self.is_anothers(&ticket.record) => Ok(Turn::Leave),
            TakeState::Uncertain(_) => Ok(Turn::Look(Box::new((ticket, take)))),
            TakeState::Wanted => {
                let mut is_here = false;
                if let Some(waiter) = &ticket.record.waiter {
                    is_here = self.own == Some(waiter.name.as_str());
                    if !is_here && waiter.alive_until >= house.clock.now() {
                        return Ok(Turn::Give(waiter.clone()));
                    }
                    if !is_here {
                        // Dead: who else wants the take has it spoken like any other.
                        house.swap(&Ticket { waiter: None, ..ticket.record.clone() }, Some(ticket.version)).await?;
                        return Ok(Turn::Done);
                    }
                }
                // The take is read before the wishes are listed: whoever wishes anew after that changes the take, and the swap loses.
                let jobs: Vec<JobId> = wants(house, &take.record).await?.into_iter().map(|want| want.job).collect();
                if jobs.is_empty() && !is_here {
                    drop_unwanted(house, &take).await?;
                    let _ = house.remove(&ticket).await?;
                    return Ok(Turn::Done);
                }
                if let Some(stop) = &pace.stopped {
                    give_up(house, &ticket, stop).await?;
                    return Ok(Turn::Done);
                }
                Ok(Turn::Call(Box::new(prepare(house, holding, ticket, take, jobs).await?)))
            }
            _ => {
                let _ = house.remove(&ticket).await?;
                Ok(Turn::Done)
            }
        }
    }

    /// Looks once for a take that was lost.
    async fn look(&self, ticket: &Read<Ticket>, take: &Read<Take>) -> Result<(), Failure> {
        if let TakeState::Uncertain(uncertain) = &take.record.state {
            look(self.house, self.speech, self.listener, take, uncertain).await?;
        }
        let _ = self.house.remove(ticket).await?;
        Ok(())
    }

    /// Whether a waiter, who speaks its own only, leaves this ticket to others.
    fn is_anothers(&self, ticket: &Ticket) -> bool {
        self.own.is_some() && ticket.waiter.as_ref().map(|waiter| waiter.name.as_str()) != self.own
    }
}

/// The take of a ticket, if it names the ticket.
pub(crate) async fn named(house: &House, ticket: &Ticket) -> Result<Option<Read<Take>>, StoreError> {
    let take = takes::read(house, &ticket.take).await?;
    Ok(take.filter(|read| read.record.ticket.as_ref() == Some(&ticket.name)))
}

/// Whether a job still waits for what was found for it.
async fn is_still_wanted(house: &House, found: Option<&Prepared>) -> Result<bool, StoreError> {
    for id in found.iter().flat_map(|found| &found.jobs) {
        if job::head(house, id).await?.is_some_and(|head| !head.status.has_ended()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether any job wishes for a take.
pub(crate) async fn is_wanted(house: &House, take: &Take) -> Result<bool, StoreError> {
    Ok(!wants(house, take).await?.is_empty())
}

/// The wishes for a take.
pub(crate) async fn wants(house: &House, take: &Take) -> Result<Vec<Want>, StoreError> {
    wants_of(house, &take.key).await
}

/// The wishes for the take of a key. One whose job has ended or is gone was written by a step that did not know it yet: it goes.
pub(crate) async fn wants_of(house: &House, key: &TakeKey) -> Result<Vec<Want>, StoreError> {
    let mut wants = Vec::new();
    for want in house.list_all::<Want>(&Partition::Wants(key.clone())).await? {
        let head = job::head(house, &want.record.job).await?;
        if head.is_some_and(|head| !head.status.has_ended()) {
            wants.push(want.record);
        } else {
            let _ = house.remove(&want).await?;
        }
    }
    Ok(wants)
}

/// A take that waits and that nobody wants: it goes, by way of `going` where objects may be left.
pub(crate) async fn drop_unwanted(house: &House, take: &Read<Take>) -> Result<(), StoreError> {
    if take.record.gone.is_empty() {
        let _ = house.remove(take).await?;
    } else {
        takes::swap(house, take, &take.record.going()).await?;
    }
    Ok(())
}

/// No call of this account works for the time being: the take is told so, without a call.
async fn give_up(house: &House, ticket: &Read<Ticket>, stop: &Stop) -> Result<(), StoreError> {
    let Ticket { name, take: key, .. } = &ticket.record;
    let reason = format!("{} (so it was at {}; no call was made since)", stop.reason, stop.at);
    let take = takes::change(house, key, |take| take.hopeless(name, &reason)).await?;
    if take.is_some_and(|take| take.failure() == Some(name)) {
        settle::tell(house, key, Outcome::Failed).await?;
    }
    house.remove(ticket).await.map(|_| ())
}
