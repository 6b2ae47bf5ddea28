//! Reading and changing a picture's document, and whoever wishes for it.

use crate::job;
use crate::render::keep;
use futures_util::future::try_join_all;
use story::artifacts::Object;
use story::expiry::{Expiry, Kept};
use story::failure::StoreError;
use story::pace::Pace;
use story::picture::{Picture, PictureState, Wish};
use story::plan::{Plan, PlannedPicture};
use story::queue::{Moved, Outcome, Part};
use story::records::{Partition, Read};
use story::ticket::Ticket;
use story::{House, JobId, PictureKey};

/// A picture's document.
pub(crate) async fn read(house: &House, key: &PictureKey) -> Result<Option<Read<Picture>>, StoreError> {
    house.read(&Partition::Pictures, &key.0).await
}

/// Changes it until no one else wrote between; `change` says `None` to leave it as it is. Answers the picture if it was changed.
pub(crate) async fn change(
    house: &House,
    key: &PictureKey,
    mut change: impl FnMut(&Picture) -> Option<Picture>,
) -> Result<Option<Picture>, StoreError> {
    let mut is_changed = false;
    let changed = |picture: &Picture| {
        let next = change(picture);
        is_changed = next.is_some();
        next
    };
    let stands = house.update(&Partition::Pictures, &key.0, changed).await?;
    Ok(stands.filter(|_| is_changed))
}

/// A job that wishes for a picture of its plan, in this life of it.
pub(crate) struct Wishing<'a> {
    pub(crate) house: &'a House,
    pub(crate) job: &'a JobId,
    pub(crate) plan: &'a Plan,
    pub(crate) life: u32,
    pub(crate) ttl_ms: u64,
}

impl Wishing<'_> {
    /// Wishes for the picture at `index` of the plan. Says how it settled, or `None` where it waits or is under way.
    pub(crate) async fn wish(&self, index: usize) -> Result<Option<Outcome>, StoreError> {
        let Self { house, job, plan, life, ttl_ms } = *self;
        let planned = &plan.paintings[index];
        let wish = Wish { index, life, buys_again: plan.buys_again(planned) };
        let picture = loop {
            let expires_at = house.clock.now().plus_ms(ttl_ms);
            let Some(found) = read(house, &planned.key).await? else {
                house.swap(&Expiry { at: expires_at, of: Kept::Painting(planned.key.clone()) }, None).await?;
                let fresh = Picture::new(planned.request.clone(), expires_at);
                let next = self.with_ticket(planned, fresh.wished(job, &wish, expires_at, false), index).await?;
                if house.swap(&next, None).await?.is_some() {
                    break next;
                }
                continue;
            };
            let is_there = self.is_there(&found.record).await?;
            let next = found.record.wished(job, &wish, expires_at, is_there);
            let next = self.with_ticket(planned, next, index).await?;
            if next == found.record || house.swap(&next, Some(found.version)).await?.is_some() {
                break next;
            }
        };
        if let Some(ticket) = self.ticket_of(&picture) {
            house.swap(&ticket, None).await?;
        }
        Ok(match &picture.state {
            PictureState::Ready(_) => Some(outcome(&picture, job)),
            PictureState::Failed { .. } => Some(Outcome::Failed),
            PictureState::Wanted | PictureState::UnderWay(_) => None,
        })
    }

    /// Whether a picture's bytes are there; they are kept longer then.
    async fn is_there(&self, picture: &Picture) -> Result<bool, StoreError> {
        let PictureState::Ready(painted) = &picture.state else { return Ok(false) };
        keep(self.house, Kept::Picture(painted.sha256.clone()), &painted.sha256, self.ttl_ms).await?;
        let stored = self.house.artifacts.head(&Object::Picture(painted.sha256.clone())).await?;
        Ok(stored.is_some_and(|head| head.size_bytes == painted.size_bytes))
    }

    /// The picture with a ticket, if it waits and has none: each job counts its own from where its band stands.
    async fn with_ticket(
        &self,
        planned: &PlannedPicture,
        picture: Picture,
        index: usize,
    ) -> Result<Picture, StoreError> {
        if picture.state != PictureState::Wanted || picture.ticket.is_some() {
            return Ok(picture);
        }
        let pace: Pace = crate::pace::read(self.house, &planned.account).await?;
        let turn = (self.plan.priority, pace.virtual_time(self.plan.priority) + 1 + index as u64);
        let ticket = Ticket::new(&planned.account, &planned.key, self.job, turn, self.house.clock.now());
        Ok(picture.with_ticket(&ticket).unwrap_or(picture))
    }

    /// The ticket that a picture names: whoever named it may have died before it wrote it.
    fn ticket_of(&self, picture: &Picture) -> Option<Ticket<PictureKey>> {
        let name = picture.ticket.clone()?;
        match &picture.state {
            PictureState::UnderWay(painting) => Some(Ticket { name, ..painting.turn.clone() }),
            _ => {
                let account = name.rsplit_once('/').map_or("", |(account, _)| account);
                let turn = (self.plan.priority, 0);
                let any = Ticket::new(account, &picture.key, self.job, turn, self.house.clock.now());
                Some(any.named(name))
            }
        }
    }
}

/// How a picture that is there settled for a job.
pub(crate) fn outcome(picture: &Picture, job: &JobId) -> Outcome {
    match &picture.state {
        PictureState::Ready(painted) if painted.job != *job => Outcome::Reused,
        PictureState::Ready(_) if picture.rebought => Outcome::Rebought,
        PictureState::Ready(_) => Outcome::Made,
        _ => Outcome::Failed,
    }
}

/// Tells all who wish for a picture that it settled.
pub(crate) async fn tell(house: &House, picture: &Picture) -> Result<(), StoreError> {
    let told = picture.wishes.iter().map(|(job, wish)| {
        let moved = Moved { part: Part::Picture(wish.index), outcome: outcome(picture, job), life: wish.life };
        job::tell(house, job, Some(moved))
    });
    try_join_all(told).await.map(|_| ())
}

/// The picture as it is once the wishes of jobs that have ended are gone.
pub(crate) async fn without_the_dead(house: &House, picture: &Picture) -> Result<Picture, StoreError> {
    let mut alive = picture.clone();
    for job in picture.wishes.keys() {
        if job::head(house, job).await?.is_none_or(|head| head.status.has_ended()) {
            alive.wishes.remove(job);
        }
    }
    Ok(alive)
}

/// Withdraws a job's wish: its byte is set, or it has ended.
pub(crate) async fn withdraw(house: &House, job: &JobId, key: &PictureKey) -> Result<(), StoreError> {
    change(house, key, |picture| picture.without(job)).await.map(|_| ())
}
