//! Wishing for a take: the wish, the take's document, its ticket. Each may be there already.

use crate::{job, lane, pace, pictures, takes};
use futures_util::future::{try_join, try_join_all};
use story::artifacts::Object;
use story::expiry::{Expiry, Kept};
use story::failure::StoreError;
use story::job::Warning;
use story::plan::{OnUncertain, Plan};
use story::queue::Outcome;
use story::records::{Partition, Read};
use story::speech::TakeRequest;
use story::take::{Recording, Take, TakeState, Want};
use story::ticket::{self, Ticket};
use story::{House, JobId, TakeKey, Timestamp};

/// Takes that are asked for at once: each is a few round trips to the stores.
pub(crate) const AT_ONCE: usize = 16;

/// What became of a wish; the warning says why the take must be spoken again.
pub(crate) enum Wanted {
    /// The take is there, or will never be.
    Settled(Outcome, Option<Warning>),
    /// It waits for its turn, and needs a ticket if it has none.
    Waits(Box<Take>, Option<Warning>),
    /// It is being spoken.
    Speaks(Option<Warning>),
}

/// A job that wishes for its takes, in this life of it; they are kept for `ttl_ms` at least.
pub(crate) struct Wanting<'a> {
    pub(crate) house: &'a House,
    pub(crate) job: &'a JobId,
    pub(crate) plan: &'a Plan,
    pub(crate) life: u32,
    pub(crate) ttl_ms: u64,
}

impl Wanting<'_> {
    /// Wishes for the take at `index` of the plan.
    pub(crate) async fn want(&self, index: usize) -> Result<Wanted, StoreError> {
        let Self { house, job, plan, ttl_ms, .. } = *self;
        let (want, filed) = self.want_of(index).await?;
        let (take, lost) = wanted(house, &plan.takes[index].request, &want, ttl_ms, filed).await?;
        let warning = lost.then(|| Warning {
            code: "take-missing".into(),
            detail: "the sound of this line's take was gone; it is spoken again".into(),
            pointer: plan.pointer(index),
        });
        Ok(match &take.state {
            TakeState::Ready(recording) => {
                let made = if take.rebought { Outcome::Rebought } else { Outcome::Made };
                Wanted::Settled(if recording.job == *job { made } else { Outcome::Reused }, warning)
            }
            TakeState::Failed { .. } => Wanted::Settled(Outcome::Failed, warning),
            TakeState::Wanted | TakeState::Uncertain(_) => Wanted::Waits(Box::new(take), warning),
            TakeState::Speaking(_) | TakeState::Going { .. } => Wanted::Speaks(warning),
        })
    }

    /// The wish's document. It goes past a failure that was there before it, and never past a later one. Of a take that is not there
    /// the entry by which the sweep will find it, or a wish that is left, is filed first; that says until when.
    async fn want_of(&self, index: usize) -> Result<(Want, Option<Timestamp>), StoreError> {
        let Self { house, job, plan, life, ttl_ms } = *self;
        let key = &plan.takes[index].key;
        let stands = async || house.read::<Want>(&Partition::Wants(key.clone()), &job.0).await;
        if let Some(stands) = stands().await? {
            return Ok((stands.record, None));
        }
        let found = takes::read(house, key).await?;
        let filed = found.is_none().then(|| house.clock.now().plus_ms(ttl_ms));
        if let Some(at) = filed {
            house.swap(&Expiry { at, of: Kept::Take(key.clone()) }, None).await?;
        }
        let past = found.and_then(|read| read.record.failure().cloned());
        let buys_again = plan.on_uncertain == OnUncertain::Buy;
        let want = Want { take: key.clone(), job: job.clone(), index, life, buys_again, past };
        match house.swap(&want, None).await? {
            Some(_) => Ok((want, filed)),
            None => Ok((stands().await?.map_or(want, |stands| stands.record), filed)),
        }
    }
}

/// Gives tickets to takes that wait, in their order: their virtual times go on from the job's last, or from where its band stands.
/// Says the job's last then.
pub(crate) async fn tickets(
    house: &House,
    job: &JobId,
    plan: &Plan,
    takes: &[Box<Take>],
    last: u64,
) -> Result<u64, StoreError> {
    if takes.is_empty() {
        return Ok(last);
    }
    let start = pace::read(house, &plan.account).await?.virtual_time(plan.priority).max(last);
    let numbered = (start + 1..).zip(takes);
    let given = try_join_all(numbered.map(|(time, take)| ticket(house, job, plan, take, time))).await?;
    Ok(given.into_iter().flatten().max().unwrap_or(last))
}

/// The take's document after this wish, and whether its sound was lost. The entry of a new one may be `filed` already.
pub(crate) async fn wanted(
    house: &House,
    request: &TakeRequest,
    wish: &Want,
    ttl_ms: u64,
    filed: Option<Timestamp>,
) -> Result<(Take, bool), StoreError> {
    loop {
        let now = house.clock.now();
        let Some(found) = takes::read(house, &wish.take).await? else {
            let mut take = Take::new(request.clone(), now, ttl_ms);
            match filed {
                Some(at) => take.expires_at = at,
                None => {
                    house.swap(&Expiry { at: take.expires_at, of: Kept::Take(take.key.clone()) }, None).await?;
                }
            }
            if house.swap(&take, None).await?.is_some() {
                return Ok((take, false));
            }
            continue;
        };
        let record = &found.record;
        let is_there = match &record.state {
            TakeState::Ready(recording) => is_whole(house, &record.key, recording).await?,
            _ => false,
        };
        let lost = matches!(record.state, TakeState::Ready(_)) && !is_there;
        let take = record.wanted(wish, now, ttl_ms, is_there);
        if matches!(record.state, TakeState::Going { .. }) {
            // Its entry goes with the old sound.
            house.swap(&Expiry { at: take.expires_at, of: Kept::Take(take.key.clone()) }, None).await?;
        }
        if takes::swap(house, &found, &take).await?.is_some() {
            return Ok((take, lost));
        }
    }
}

/// Whether a recording's sound is there in its full length, and its sidecar too.
pub(crate) async fn is_whole(house: &House, key: &TakeKey, recording: &Recording) -> Result<bool, StoreError> {
    let sound = Object::TakeAudio(key.clone(), recording.attempt.clone());
    let sidecar = Object::TakeSidecar(key.clone(), recording.attempt.clone());
    let (sound, sidecar) = try_join(house.artifacts.head(&sound), house.artifacts.head(&sidecar)).await?;
    Ok(sound.map(|head| head.size_bytes) == Some(recording.size_bytes) && sidecar.is_some())
}

/// The take names its ticket before the ticket is there; a wish that finds a name without its ticket writes it.
/// Says its virtual time, if it was given.
async fn ticket(
    house: &House,
    job: &JobId,
    plan: &Plan,
    take: &Take,
    virtual_time: u64,
) -> Result<Option<u64>, StoreError> {
    let fresh = Ticket::new(&plan.account, &take.key, job, (plan.priority, virtual_time), house.clock.now());
    let fresh = Ticket { caller: plan.caller.clone(), ..fresh };
    let named = takes::change(house, &take.key, |take| take.with_ticket(&fresh)).await?;
    let Some(Take { state, ticket: Some(name), .. }) = named else { return Ok(None) };
    let given = (name == fresh.name).then_some(virtual_time);
    if !name.starts_with(&ticket::of(&plan.account)) {
        take_over(house, &take.key, &name, fresh).await?;
        return Ok(given);
    }
    let ticket = match state {
        TakeState::Wanted => fresh.named(name),
        TakeState::Uncertain(uncertain) => Ticket { name, ..uncertain.lost.turn },
        _ => return Ok(given),
    };
    house.swap(&ticket, None).await?;
    // It went forward: its old place is nobody's.
    if given.is_some()
        && let Some(old) = take.ticket.as_ref().filter(|old| **old != ticket.name)
    {
        house.remove_at::<Ticket>(&Partition::Tickets, old).await?;
    }
    Ok(given)
}

/// The take waits at another account of its provider, as after a key was changed. If nobody is there any more, it waits here.
async fn take_over(house: &House, key: &TakeKey, name: &str, fresh: Ticket) -> Result<(), StoreError> {
    let old = house.read::<Ticket>(&Partition::Tickets, name).await?;
    if let Some(old) = &old
        && lane::is_held(house, &old.record.account).await?
    {
        return Ok(());
    }
    let moved = |take: &Take| {
        if take.ticket.as_deref() != Some(name) {
            return None;
        }
        match &take.state {
            TakeState::Uncertain(uncertain) => take.moved_to(&fresh.later(uncertain.due_at)),
            _ => take.moved_to(&fresh),
        }
    };
    let Some(Take { ticket: Some(now), .. }) = takes::change(house, key, moved).await? else { return Ok(()) };
    if now != name {
        house.swap(&Ticket { name: now, ..fresh }, None).await?;
        if let Some(old) = old {
            let _ = house.remove(&old).await?;
        }
    }
    Ok(())
}

/// Withdraws a job's wishes: it has ended.
pub(crate) async fn withdraw(house: &House, job: &JobId, plan: &Plan) -> Result<(), StoreError> {
    for takes in plan.takes.chunks(AT_ONCE) {
        try_join_all(takes.iter().map(|take| withdraw_one(house, job, take.key.clone()))).await?;
    }
    for paintings in plan.paintings.chunks(AT_ONCE) {
        try_join_all(paintings.iter().map(|painting| pictures::withdraw(house, job, &painting.key))).await?;
    }
    Ok(())
}

/// Withdraws one wish: its job's byte is set.
pub(crate) async fn withdraw_one(house: &House, job: &JobId, take: TakeKey) -> Result<(), StoreError> {
    house.remove_at::<Want>(&Partition::Wants(take), &job.0).await
}

/// Whether any job wishes for a take.
pub(crate) async fn is_wanted(house: &House, take: &Take) -> Result<bool, StoreError> {
    Ok(!wants(house, &take.key).await?.is_empty())
}

/// The wishes for a take. One whose job has ended or is gone was written by a step that did not know it yet: it goes.
pub(crate) async fn wants(house: &House, key: &TakeKey) -> Result<Vec<Want>, StoreError> {
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
