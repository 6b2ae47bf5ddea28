//! A worker: holds a lane and speaks one take after the other. While a call runs, the take before it is stored and the one after it
//! is found, so that the provider waits for no store (DESIGN §6.4).

use crate::beside::Beside;
use crate::call::{CallError, Prepared, prepare};
use crate::choose::{Before, Chosen, choose, is_due, place_of};
use crate::lane::{self, Holding, new_holder};
use crate::look::look;
use crate::patience::within;
use crate::tap::Tap;
use crate::want::{drop_unwanted, wants};
use crate::{hear, job, pace, settle, takes};
use futures_util::future::{join, join3, try_join, try_join3};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use story::failure::StoreError;
use story::maker::MakerError;
use story::pace::{Pace, Stop};
use story::queue::Outcome;
use story::records::Read;
use story::take::{Take, TakeState};
use story::ticket::{Ticket, Waiter};
use story::{Failure, House, JobId, Listener, Speech, TakeKey};

/// Between two looks at whether a rest is over.
const LONGEST_REST: Duration = Duration::from_secs(1);

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
        let worker = Worker { house, speech, listener, holding, goes_on, own: None, tap: None };
        match worker.works().await? {
            // Whoever came after the last look found the lane held.
            Ended::Idle if goes_on() && within(house, is_due::<TakeKey>(house, &account)).await? => {}
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
    /// The waiter whose ticket alone it speaks, if it is one.
    pub(crate) own: Option<Own<'a>>,
    /// Who listens.
    pub(crate) tap: Option<Arc<Tap>>,
}

/// A waiter who speaks for himself.
pub(crate) struct Own<'a> {
    pub(crate) name: &'a str,
    /// His take, where he has just written it.
    pub(crate) take: Option<Read<Take>>,
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

impl Worker<'_> {
    /// Works until nothing is due, or the lane is to be left. The lane is let go, and what was heard is stored, before it returns.
    pub(crate) async fn works(&self) -> Result<Ended, Failure> {
        let lost = pin!(self.holding.lost(self.house));
        let mut beside = Beside::new(lost);
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
        let mut known = Pace::new(&holding.account);
        let (mut last_ms, mut front) = (None, None);
        // A client waits: what others left behind is visited when its call runs.
        let mut visits = self.own.is_some();
        let visit = || within(house, settle::visit_all(house, Some(holding), None));
        if !visits {
            known = within(house, pace::read(house, &holding.account)).await?;
            if let Some(visited) = beside.meanwhile(visit()).await {
                visited?;
            }
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
                _ if std::mem::take(&mut visits) => match beside.meanwhile(visit()).await {
                    Some(visited) => {
                        visited?;
                        continue;
                    }
                    None => return Ok(Ended::Gone),
                },
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
                within(house, begun.failed(house, holding, MakerError::TooLate.into())).await?;
                return Ok(Ended::Gone);
            }
            let (mouth, ear) = hear::way(self.tap.clone());
            let (attempt, ticket) = (begun.attempt.clone(), begun.ticket.clone());
            let own = attempt.attempt.clone();
            beside.stores(async move { hear::store(house, listener, &attempt, ear).await });
            let (before, began_at) = (known.clone(), house.clock.now());
            let call = begun.call(house, speech, holding, &before, mouth);
            let is_to_visit = std::mem::take(&mut visits);
            let aside = async {
                if is_to_visit {
                    within(house, settle::visit_all(house, Some(holding), Some(&own))).await?;
                }
                within(house, self.aside(&ticket, last_ms, found)).await
            };
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
                choose(house, known, place_of(house, known, *lane), before),
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
            let rest = Duration::from_millis(known.rest_ms(now));
            if known.stopped.is_none() && !rest.is_zero() {
                return Ok(Next::Rest(rest.min(LONGEST_REST)));
            }
            if let Some(ready) = found.take_if(|found| found.ticket.record.name == ticket.record.name) {
                if is_wanted && known.stopped.is_none() && ready.is_fresh(house) {
                    return Ok(Next::Call(ready));
                }
                ready.forget(house).await?;
            }
            if let Some(next) = self.turn(ticket, known).await? {
                return Ok(next);
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
            if old.is_fresh(house) && takes::named(house, &old.ticket.record).await?.is_some() {
                *found = Some(old);
            } else {
                old.forget(house).await?;
            }
        }
        if found.is_some() || self.own.is_some() {
            return Ok(pace);
        }
        let chosen = choose(house, &pace, place_of(house, &pace, holding.lane), Before::default())
            .await?
            .map(|chosen| chosen.ticket);
        let Some(ticket) = chosen.filter(|ticket| ticket.record.waiter.is_none()) else { return Ok(pace) };
        if let Some(take) = takes::named(house, &ticket.record).await?
            && take.record.state == TakeState::Wanted
        {
            let jobs: Vec<JobId> = wants(house, &take.record.key).await?.into_iter().map(|want| want.job).collect();
            if !jobs.is_empty() {
                *found = Some(Box::new(prepare(house, holding, ticket, take, jobs).await?));
            }
        }
        Ok(pace)
    }

    /// What a ticket's turn is; none if it is dropped, or told, and the next may come. One that its take does not name, or whose take
    /// waits in vain, is dropped.
    async fn turn(&self, ticket: Read<Ticket>, pace: &Pace) -> Result<Option<Next>, Failure> {
        let Self { house, ref holding, .. } = *self;
        let own = self.own.as_ref().and_then(|own| own.take.clone());
        let take = match own.filter(|take| take.record.ticket.as_ref() == Some(&ticket.record.name)) {
            Some(take) => take,
            None => match takes::named(house, &ticket.record).await? {
                Some(take) => take,
                None => {
                    let _ = house.remove(&ticket).await?;
                    return Ok(None);
                }
            },
        };
        match &take.record.state {
            TakeState::Uncertain(_) | TakeState::Wanted if self.is_anothers(&ticket.record) => {
                Ok(Some(Next::End(Ended::Leaves)))
            }
            TakeState::Uncertain(_) => Ok(Some(Next::Look(Box::new((ticket, take))))),
            TakeState::Wanted => {
                let mut is_here = false;
                if let Some(waiter) = &ticket.record.waiter {
                    is_here = self.is_own(waiter);
                    if !is_here && waiter.alive_until >= house.clock.now() {
                        holding.give(house, &waiter.name).await?;
                        return Ok(Some(Next::End(Ended::Gone)));
                    }
                    if !is_here {
                        // Dead: who else wants the take has it spoken like any other.
                        house.swap(&Ticket { waiter: None, ..ticket.record.clone() }, Some(ticket.version)).await?;
                        return Ok(None);
                    }
                }
                // The take is read before the wishes are listed: whoever wishes anew after that changes the take, and the swap loses.
                let jobs = if is_here { Vec::new() } else { wants(house, &take.record.key).await? };
                let jobs: Vec<JobId> = jobs.into_iter().map(|want| want.job).collect();
                if jobs.is_empty() && !is_here {
                    drop_unwanted(house, &take).await?;
                    let _ = house.remove(&ticket).await?;
                    return Ok(None);
                }
                if let Some(stop) = &pace.stopped {
                    give_up(house, &ticket, stop).await?;
                    return Ok(None);
                }
                Ok(Some(Next::Call(Box::new(prepare(house, holding, ticket, take, jobs).await?))))
            }
            _ => {
                let _ = house.remove(&ticket).await?;
                Ok(None)
            }
        }
    }

    /// Looks once for a take that was lost.
    async fn look(&self, ticket: &Read<Ticket>, take: &Read<Take>) -> Result<(), Failure> {
        if let TakeState::Uncertain(uncertain) = &take.record.state {
            look(self.house, self.speech, self.listener, &take.record, uncertain).await?;
        }
        // Still named where another wrote the take meanwhile: then it is looked at again.
        if takes::named(self.house, &ticket.record).await?.is_none() {
            let _ = self.house.remove(ticket).await?;
        }
        Ok(())
    }

    /// Whether a waiter, who speaks its own only, leaves this ticket to others.
    fn is_anothers(&self, ticket: &Ticket) -> bool {
        self.own.is_some() && !ticket.waiter.as_ref().is_some_and(|waiter| self.is_own(waiter))
    }

    fn is_own(&self, waiter: &Waiter) -> bool {
        self.own.as_ref().is_some_and(|own| own.name == waiter.name)
    }
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

/// No call of this account works for the time being: the take is told so, without a call.
async fn give_up(house: &House, ticket: &Read<Ticket>, stop: &Stop) -> Result<(), StoreError> {
    let Ticket { name, what: key, .. } = &ticket.record;
    let reason = format!("{} (so it was at {}; no call was made since)", stop.reason, stop.at);
    let hopeless = |take: &Take| Some(take.hopeless(name, &reason)?.told(stop.reply.as_deref()));
    let take = takes::change(house, key, hopeless).await?;
    if take.is_some_and(|take| take.failure() == Some(name)) {
        settle::tell(house, key, Outcome::Failed).await?;
    }
    house.remove(ticket).await.map(|_| ())
}
