//! Speaks one take at a time, in order, so that the speech provider never hears two of us at once.

use crate::call::{Called, call};
use crate::job;
use crate::lane::{Holding, LANE};
use crate::look::look;
use crate::settle;
use crate::takes;
use story::failure::StoreError;
use story::lane::Spent;
use story::queue::Outcome;
use story::records::{Partition, Read};
use story::take::{Take, TakeState, Want};
use story::ticket::Ticket;
use story::{Failure, House, Speech, Studio};

/// Speaks all takes that wait, if the lane is to be had; returns when none is due any more.
///
/// # Errors
/// Those of the stores: what was begun is settled by whoever next holds the lane, or by the sweep.
pub async fn speak(house: &House, speech: &dyn Speech, studio: &dyn Studio) -> Result<(), Failure> {
    let account = speech.profile().account;
    let Some(holding) = Holding::take(house, &account, LANE).await? else { return Ok(()) };
    settle::visit_all(house, Some(&holding)).await?;
    loop {
        let Some(lane) = holding.beat(house, None).await? else { return Ok(()) };
        let spent = lane.spent.filter(|spent| spent.until > house.clock.now());
        let Some(ticket) = next(house, &account).await? else { break };
        match turn(house, speech, studio, &holding, &ticket, spent).await? {
            Turn::Done => {}
            Turn::Lost => return Ok(()),
            Turn::Spent(reason) => holding.note_spent(house, reason).await?,
        }
    }
    Ok(holding.free(house).await?)
}

/// What became of a ticket's turn.
enum Turn {
    /// The next may come.
    Done,
    /// The lane is another's.
    Lost,
    /// No call of this account works until a person acts.
    Spent(String),
}

/// The ticket that is due: one that was put off until now, else the first of the others.
async fn next(house: &House, account: &str) -> Result<Option<Read<Ticket>>, StoreError> {
    let first = async |after: String| {
        let listed = house.list::<Ticket>(&Partition::Tickets, &after, 1).await?.into_iter().next();
        Ok::<_, StoreError>(listed.filter(|read| read.record.account == account))
    };
    let now = house.clock.now();
    let put_off =
        first(Ticket::first_later(account)).await?.filter(|read| read.record.due().is_some_and(|due| due <= now));
    match put_off {
        Some(ticket) => Ok(Some(ticket)),
        None => Ok(first(Ticket::first(account)).await?.filter(|read| read.record.due().is_none())),
    }
}

/// A ticket's turn. One that its take does not name, or whose take waits in vain, is dropped.
async fn turn(
    house: &House,
    speech: &dyn Speech,
    studio: &dyn Studio,
    holding: &Holding,
    ticket: &Read<Ticket>,
    spent: Option<Spent>,
) -> Result<Turn, Failure> {
    let take = takes::read(house, &ticket.record.take).await?;
    let Some(take) = take.filter(|read| read.record.ticket.as_ref() == Some(&ticket.record.name)) else {
        let _ = house.remove(ticket).await?;
        return Ok(Turn::Done);
    };
    match &take.record.state {
        TakeState::Uncertain(uncertain) => {
            look(house, speech, studio, &take, uncertain).await?;
            let _ = house.remove(ticket).await?;
            Ok(Turn::Done)
        }
        // The take is read before the wishes are listed: whoever wishes anew after that changes the take, and the swap loses.
        TakeState::Wanted if is_wanted(house, &take.record).await? => {
            if let Some(Spent { reason, .. }) = spent {
                give_up(house, ticket, &reason).await?;
                return Ok(Turn::Done);
            }
            Ok(match call(house, speech, studio, holding, ticket, &take).await? {
                Called::Settled => Turn::Done,
                Called::Cut => Turn::Lost,
                Called::Spent(reason) => Turn::Spent(reason),
            })
        }
        TakeState::Wanted => {
            drop_unwanted(house, &take).await?;
            let _ = house.remove(ticket).await?;
            Ok(Turn::Done)
        }
        _ => {
            let _ = house.remove(ticket).await?;
            Ok(Turn::Done)
        }
    }
}

/// Whether any job wishes for a take.
pub(crate) async fn is_wanted(house: &House, take: &Take) -> Result<bool, StoreError> {
    Ok(!wants(house, take).await?.is_empty())
}

/// The wishes for a take. One whose job has ended or is gone was written by a step that did not know it yet: it goes.
pub(crate) async fn wants(house: &House, take: &Take) -> Result<Vec<Want>, StoreError> {
    let mut wants = Vec::new();
    for want in house.list_all::<Want>(&Partition::Wants(take.key.clone())).await? {
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
async fn drop_unwanted(house: &House, take: &Read<Take>) -> Result<(), StoreError> {
    if take.record.gone.is_empty() {
        let _ = house.remove(take).await?;
    } else {
        takes::swap(house, take, &take.record.going()).await?;
    }
    Ok(())
}

/// No call of this account works for the time being: the take is told so, without a call.
async fn give_up(house: &House, ticket: &Read<Ticket>, reason: &str) -> Result<(), StoreError> {
    let Ticket { name, take: key, .. } = &ticket.record;
    let take = takes::change(house, key, |take| take.hopeless(name, reason)).await?;
    if take.is_some_and(|take| take.failure() == Some(name)) {
        settle::tell(house, key, Outcome::Failed).await?;
    }
    house.remove(ticket).await.map(|_| ())
}
