//! When the parts of a job waited and were made: noted by whoever makes them, read for people. Most stands in records that are there
//! anyway (the ledger's entries, the pictures'); of what the studio makes there is one small note each.
//! No step reads it, and none fails of it.

use crate::{job, pictures, takes};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use std::ops::RangeInclusive;
use story::failure::StoreError;
use story::job::{Job, Progress, Status};
use story::ledger::{Attempt, day};
use story::picture::PictureState;
use story::plan::Plan;
use story::queue::{Outcome, Part};
use story::records::{Partition, Read};
use story::take::{Speaking, TakeState};
use story::ticket::{Priority, Ticket, Waits};
use story::timeline::{Known, Noted, Seen, Timeline, Times};
use story::{AttemptId, Failure, House, JobId, Timestamp};

/// Takes or pictures that are read at once.
const AT_ONCE: usize = 16;
/// Days of the ledger in which an attempt is looked for: an open job is given up sooner.
const MOST_DAYS: u64 = 8;

/// The timeline of a job as it stands now; `None` if there is no such job.
///
/// # Errors
/// Gives up if its plan is gone; those of the store.
pub async fn timeline(house: &House, id: &JobId) -> Result<Option<Timeline>, Failure> {
    let Some(head) = job::head(house, id).await? else { return Ok(None) };
    let Some(Read { record: progress, .. }) = job::progress(house, id).await? else { return Ok(None) };
    let plan = job::plan_of(house, &head).await?;
    let known = known(house, &head, &plan).await?;
    Ok(Some(Timeline::new(&head, &plan, &progress, &known, house.clock.now())))
}

/// Notes when the studio made a part of a job. What cannot be noted is not known, and nothing else.
pub(crate) async fn note(house: &House, head: &Job, part: Part, times: Times) {
    let noted = Noted { job: head.id.clone(), part, times, expires_at: head.expires_at };
    let (partition, name) = (Partition::Timeline(head.id.clone()), Noted::name(part));
    let written = async {
        if house.swap(&noted, None).await?.is_none() {
            // Made in an earlier life of the job, or by a message that came twice.
            house.update(&partition, &name, |stands: &Noted| (*stands != noted).then(|| noted.clone())).await?;
        }
        // The job may have been removed meanwhile; this goes with it.
        if job::head(house, &head.id).await?.is_none() {
            house.remove_at::<Noted>(&partition, &name).await?;
        }
        Ok::<_, StoreError>(())
    };
    if let Err(error) = written.await {
        tracing::debug!(job.id = %head.id, %error, "when a part was made was not noted");
    }
}

/// Removes what was noted of a job.
pub(crate) async fn clear(house: &House, id: &JobId) -> Result<(), StoreError> {
    for noted in house.list_all::<Noted>(&Partition::Timeline(id.clone())).await? {
        let _ = house.remove(&noted).await?;
    }
    Ok(())
}

/// The timeline beside a film: as it is the moment the film is stored. `None` if what it needs could not be read.
pub(crate) fn of_film(
    head: &Job,
    (plan, progress): (&Plan, &Progress),
    known: Result<Known, StoreError>,
    times: Times,
) -> Option<Timeline> {
    match known {
        Ok(mut known) => {
            known.noted.insert(Part::Film, times);
            let moved = progress.moved(Part::Film, Outcome::Made);
            let progress = progress.after(&moved).unwrap_or_else(|| progress.clone());
            let updated_at = times.stored_at.unwrap_or(head.updated_at);
            let head = Job { status: Status::Succeeded, updated_at, ..head.clone() };
            Some(Timeline::new(&head, plan, &progress, &known, updated_at))
        }
        Err(error) => {
            tracing::warn!(job.id = %head.id, %error, "a film has no timeline beside it");
            None
        }
    }
}

/// What is known of the parts of a job.
pub(crate) async fn known(house: &House, head: &Job, plan: &Plan) -> Result<Known, StoreError> {
    let reading = Reading { house, head };
    // By index: a closure that borrows what it is given would not be general enough for a stream.
    let takes = stream::iter((0..plan.takes.len()).map(|index| reading.take(plan, index))).buffered(AT_ONCE);
    let pictures = stream::iter((0..plan.paintings.len()).map(|index| reading.picture(plan, index))).buffered(AT_ONCE);
    let noted = house.list_all::<Noted>(&Partition::Timeline(head.id.clone())).await?;
    Ok(Known {
        takes: takes.try_collect().await?,
        pictures: pictures.try_collect().await?,
        noted: noted.into_iter().map(|read| (read.record.part, read.record.times)).collect(),
    })
}

/// A job whose takes and pictures are looked at.
struct Reading<'a> {
    house: &'a House,
    head: &'a Job,
}

impl Reading<'_> {
    async fn take(&self, plan: &Plan, index: usize) -> Result<Seen, StoreError> {
        let key = &plan.takes[index].key;
        let Some(Read { record: take, .. }) = takes::read(self.house, key).await? else { return Ok(Seen::default()) };
        let speaks = |speaking: &Speaking| Seen {
            times: Times {
                queued_at: Some(speaking.turn.arrival),
                begun_at: Some(speaking.began_at),
                ..Times::default()
            },
            lane: Some(speaking.lane),
        };
        Ok(match &take.state {
            TakeState::Ready(recording) => self.called(&recording.attempt).await?,
            // It fails by an attempt, or by a ticket: that is no attempt's name.
            TakeState::Failed { by, .. } => self.called(&AttemptId(by.clone())).await?,
            TakeState::Speaking(speaking) => speaks(speaking),
            TakeState::Uncertain(uncertain) => speaks(&uncertain.lost),
            TakeState::Wanted => self.waits(&plan.account, key, take.ticket),
            TakeState::Going { .. } => Seen::default(),
        })
    }

    async fn picture(&self, plan: &Plan, index: usize) -> Result<Seen, StoreError> {
        let planned = &plan.paintings[index];
        let Some(Read { record: picture, .. }) = pictures::read(self.house, &planned.key).await? else {
            return Ok(Seen::default());
        };
        Ok(match picture.state {
            PictureState::Wanted => self.waits(&planned.account, &planned.key, picture.ticket),
            PictureState::UnderWay(_) | PictureState::Ready(_) | PictureState::Failed { .. } => {
                Seen { times: picture.times, lane: None }
            }
        })
    }

    /// What waits under a ticket: its name says since when.
    fn waits<K: Waits>(&self, account: &str, what: &K, ticket: Option<String>) -> Seen {
        let Self { head, .. } = *self;
        let any = Ticket::new(account, what, &head.id, (Priority::Video, 0), head.created_at);
        let queued_at = ticket.map(|name| any.named(name).arrival);
        Seen { times: Times { queued_at, ..Times::default() }, lane: None }
    }

    /// What the ledger says of an attempt that ran while the job did.
    async fn called(&self, attempt: &AttemptId) -> Result<Seen, StoreError> {
        for day in self.days().rev() {
            let entry: Option<Read<Attempt>> = self.house.read(&Partition::Ledger(day), &attempt.0).await?;
            if let Some(Read { record: Attempt { times, started_at, first_byte_ms, lane, .. }, .. }) = entry {
                // Entries of earlier versions say no more than this.
                let ended_at = first_byte_ms.map(|ms| started_at.plus_ms(ms));
                let first = Times { begun_at: Some(started_at), ended_at, ..Times::default() };
                let times = if times.begun_at.is_some() { times } else { first };
                return Ok(Seen { times, lane: Some(lane) });
            }
        }
        Ok(Seen::default())
    }

    /// The days in which the job ran.
    fn days(&self) -> RangeInclusive<u64> {
        let Self { house, head } = *self;
        let end: Timestamp = if head.status.has_ended() { head.updated_at } else { house.clock.now() };
        let last = day(end);
        day(head.created_at).max(last.saturating_sub(MOST_DAYS))..=last
    }
}
