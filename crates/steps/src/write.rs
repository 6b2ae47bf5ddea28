//! Has a job's script written: the writer is asked, his answer is judged, a wrong one goes back; then the job has a plan, and
//! goes on as if its user had written the script.

use crate::lane;
use crate::makers::Makers;
use crate::open::{Again, Prepared, Refusal, Request, plan_of, prepare};
use crate::{advance, job};
use futures_util::future::{Either, select};
use serde_json::Map;
use std::collections::BTreeMap;
use std::pin::pin;
use std::time::Duration;
use story::artifacts::{Object, collect};
use story::draft::{Draft, Writing};
use story::failure::StoreError;
use story::job::{Job, Warning, WritingMark};
use story::maker::{Busy, MakerError};
use story::pace::back_off_ms;
use story::plan::OnUncertain;
use story::records::{Partition, Read};
use story::writer::Written;
use story::writing::{Judged, Told};
use story::{AttemptId, Failure, House, JobId, Script, Task, Timestamp, Writer};

/// Calls in a row that did not work and cost nothing, before a story is given up.
const TRIES: u32 = 6;
/// Answers that may be lost: what was lost once is asked for once more.
const MOST_LOST: u32 = 1;
/// No call is longer.
const LONGEST_CALL: Duration = Duration::from_secs(600);

/// Has a job's script written, if nobody else is about it, and moves the job on.
///
/// # Errors
/// Gives up where the writer refuses, or is wrong too often; those of the store.
pub async fn write(house: &House, makers: Makers<'_>, id: &JobId) -> Result<(), Failure> {
    let Some(head) = job::head(house, id).await?.filter(|head| !head.status.has_ended()) else { return Ok(()) };
    let Some(draft) = draft(house, id).await? else {
        return Err(Failure::GiveUp("the job's order is gone: make the job again".into()));
    };
    if head.written.is_some() {
        return Ok(job::tell(house, id, None).await?);
    }
    let writer = makers.writer.map_err(|why| Failure::GiveUp(why.to_owned()))?;
    let Some(desk) = Desk::take(house, id, &draft).await? else { return Ok(()) };
    // Whoever had the desk before may have ended between the look at the job and now.
    let unwritten = |head: &Job| !head.status.has_ended() && head.written.is_none();
    let Some(head) = job::head(house, id).await?.filter(unwritten) else {
        desk.free().await?;
        return Ok(job::tell(house, id, None).await?);
    };
    let ended = desk.works(writer, &draft).await;
    let told = match ended {
        Ok(Some(told)) => told,
        Ok(None) => return Ok(()),
        Err(failure) => {
            desk.free().await?;
            return Err(failure);
        }
    };
    filed(house, makers, &head, &draft, &told, desk.usd().await?).await?;
    desk.free().await?;
    Ok(job::tell(house, id, None).await?)
}

/// What a job is to be made of, where its script is still to be written.
///
/// # Errors
/// Gives up if it cannot be read; those of the store.
pub async fn draft(house: &House, id: &JobId) -> Result<Option<Draft>, Failure> {
    let Some(stored) = house.artifacts.get(&Object::Draft(id.clone()), None).await? else { return Ok(None) };
    let damaged = |_| Failure::GiveUp("the job's order is damaged: make the job again".into());
    serde_json::from_slice(&collect(stored).await?).map(Some).map_err(damaged)
}

/// One who has a story written: nobody else does meanwhile.
struct Desk<'a> {
    house: &'a House,
    job: &'a JobId,
    attempt: AttemptId,
}

impl<'a> Desk<'a> {
    async fn take(house: &'a House, job: &'a JobId, draft: &Draft) -> Result<Option<Self>, Failure> {
        let attempt = AttemptId::new(house.clock.chance());
        let fresh = Writing::new(job.clone(), draft.task.clone());
        let taken = |writing: &Writing| writing.taken(&attempt, lane::over(house), lane::lease(house));
        let Some(taken) = house.update_or(&fresh, taken).await? else { return Ok(None) };
        let desk = Self { house, job, attempt };
        let is_left = draft.order.on_uncertain == OnUncertain::Fail;
        if taken.lost > MOST_LOST || (taken.lost > 0 && is_left) {
            desk.free().await?;
            return Err(lost());
        }
        Ok(Some(desk))
    }

    /// Asks until the answer is right. `None` where another is to go on: later, or because he has it already.
    async fn works(&self, writer: &dyn Writer, draft: &Draft) -> Result<Option<Told>, Failure> {
        loop {
            let Some(writing) = self.writing().await? else { return Ok(None) };
            let answer = match self.asks(writer, &writing).await? {
                Some(answer) => answer,
                None => return Ok(None),
            };
            match answer {
                Ok(written) => match writing.task.judge(&written) {
                    Judged::Done(told) => {
                        self.change(|writing| writing.usd += written.usd).await?;
                        return Ok(Some(*told));
                    }
                    Judged::Again(task) => {
                        tracing::warn!(job.id = %self.job, "the writer's answer was wrong; it goes back");
                        let next = |writing: &mut Writing| {
                            writing.usd += written.usd;
                            writing.task = (*task).clone();
                            writing.tries = 0;
                        };
                        self.change(next).await?;
                    }
                    Judged::Failed(sentence) => return Err(Failure::GiveUp(sentence)),
                },
                Err(MakerError::Unknown(reason)) => {
                    tracing::warn!(job.id = %self.job, reason, "the writer's answer was lost");
                    self.change(|writing| writing.lost += 1).await?;
                    if writing.lost + 1 > MOST_LOST || draft.order.on_uncertain == OnUncertain::Fail {
                        return Err(lost());
                    }
                }
                Err(MakerError::Refused(reason) | MakerError::Spent(reason)) => return Err(Failure::GiveUp(reason)),
                Err(MakerError::TooLate) => {}
                Err(MakerError::Busy(_) | MakerError::Broken(_)) if writing.tries + 1 >= TRIES => {
                    return Err(Failure::GiveUp("the writer was busy for too long; retry later".into()));
                }
                Err(MakerError::Busy(Busy { retry_after_ms, .. })) => {
                    return self.later(writing.tries, retry_after_ms.unwrap_or_default()).await;
                }
                Err(MakerError::Broken(_)) => return self.later(writing.tries, 0).await,
            }
        }
    }

    /// One call, while it lets itself be heard. `None` if the story is another's meanwhile.
    async fn asks(
        &self,
        writer: &dyn Writer,
        writing: &Writing,
    ) -> Result<Option<Result<Written, MakerError>>, StoreError> {
        let clock = self.house.clock.clone();
        let begin_by = Timestamp(lane::lease(self.house).0.saturating_sub(self.house.settings.guard_ms));
        let calling = writer.write(&writing.task, Box::new(move || clock.now() <= begin_by));
        let longest = async {
            self.house.clock.sleep(LONGEST_CALL).await;
            Err(MakerError::Unknown(format!("it took more than {} s", LONGEST_CALL.as_secs())))
        };
        let called = async {
            match select(pin!(calling), pin!(longest)).await {
                Either::Left((called, _)) | Either::Right((called, _)) => called,
            }
        };
        let beating = async {
            loop {
                self.house.clock.sleep(lane::between_beats(self.house)).await;
                match self.change(|_| ()).await {
                    Ok(false) => return,
                    Ok(true) => {}
                    Err(error) => tracing::warn!(%error, "whoever has a story written could not let himself be heard"),
                }
            }
        };
        Ok(match select(pin!(called), pin!(beating)).await {
            Either::Left((called, _)) => Some(called),
            Either::Right(((), _)) => None,
        })
    }

    /// Somebody asks again after a while.
    async fn later(&self, tries: u32, at_least_ms: u64) -> Result<Option<Told>, Failure> {
        const LONGEST_MS: u64 = 10 * 60_000;
        let after_ms = back_off_ms(tries, self.house.clock.chance()).max(at_least_ms).min(LONGEST_MS);
        self.change(|writing| writing.tries += 1).await?;
        self.free().await?;
        let task = Task::Write { job: self.job.clone() };
        self.house.queue.send(&task, Duration::from_millis(after_ms)).await?;
        Ok(None)
    }

    /// The writing, if it is this one's.
    async fn writing(&self) -> Result<Option<Writing>, StoreError> {
        let found: Option<Read<Writing>> = self.house.read(&Partition::Writings, &self.job.0).await?;
        Ok(found.map(|read| read.record).filter(|writing| writing.is_of(&self.attempt)))
    }

    async fn usd(&self) -> Result<f64, StoreError> {
        Ok(self.writing().await?.map_or(0.0, |writing| writing.usd))
    }

    /// Changes it, and lets itself be heard; says whether it is still this one's.
    async fn change(&self, change: impl Fn(&mut Writing)) -> Result<bool, StoreError> {
        let lease_until = lane::lease(self.house);
        let changed = |writing: &Writing| {
            let mut next = writing.kept(&self.attempt, lease_until)?;
            change(&mut next);
            Some(next)
        };
        let stands = self.house.update(&Partition::Writings, &self.job.0, changed).await?;
        Ok(stands.is_some_and(|writing| writing.is_of(&self.attempt)))
    }

    async fn free(&self) -> Result<(), StoreError> {
        let freed = |writing: &Writing| writing.freed(&self.attempt);
        self.house.update(&Partition::Writings, &self.job.0, freed).await.map(|_| ())
    }
}

fn lost() -> Failure {
    let sentence = "the writer's answer was lost on its way; it may have been charged for: retry the job";
    Failure::GiveUp(sentence.into())
}

/// The plan of what was written, then the head that says so.
async fn filed(
    house: &House,
    makers: Makers<'_>,
    head: &Job,
    draft: &Draft,
    told: &Told,
    usd: f64,
) -> Result<(), Failure> {
    let order = &draft.order;
    let request = Request {
        clip: None,
        sections: told.sections.clone(),
        kind: order.kind,
        script: Some(Script { look: draft.look.clone(), ..told.script.clone() }),
        writing: None,
        preview: None,
        look: None,
        draft: order.draft,
        ttl_ms: None,
        priority: Some(order.priority),
        on_speech_failure: order.on_speech_failure,
        on_picture_failure: order.on_picture_failure,
        on_uncertain: order.on_uncertain,
        buys_clips_again: order.buys_clips_again,
        metadata: Map::new(),
        files: BTreeMap::new(),
        again: Again::New,
        caller: None,
    };
    let Prepared { mut plan, warnings } = prepare(house, makers, &request).await.map_err(refused)?;
    plan.caller.clone_from(&draft.caller);
    plan_of(house, head, &plan, &BTreeMap::new()).await?;
    let mark = WritingMark { title: told.title.clone(), usd };
    let noted = job::change(house, &head.id, |head| {
        head.written = Some(mark.clone());
        warnings.iter().for_each(|warning: &Warning| head.warn(warning.clone()));
    });
    noted.await?;
    Ok(())
}

/// What a script that was written may be refused for.
fn refused(refusal: Refusal) -> Failure {
    match refusal {
        Refusal::Store(error) => Failure::Retry(error),
        Refusal::Provider(MakerError::Busy(_) | MakerError::Broken(_) | MakerError::Unknown(_)) => {
            let sentence = "the speech provider does not say which voices it has";
            Failure::Retry(StoreError::Unavailable(sentence.to_owned()))
        }
        Refusal::Provider(error) => Failure::GiveUp(error.to_string()),
        Refusal::Invalid(invalid) => Failure::GiveUp(format!("what was written cannot be made: {invalid}")),
        Refusal::PreviewGone | Refusal::Conflict => Failure::GiveUp("what was written cannot be made".into()),
    }
}

/// A job whose script could not be written ends, with the reason.
pub(crate) async fn give_up(house: &House, id: &JobId, reason: &str) -> Result<(), Failure> {
    let Some(head) = job::head(house, id).await?.filter(|head| !head.status.has_ended()) else { return Ok(()) };
    if head.written.is_some() {
        return Ok(());
    }
    advance::fail_unwritten(house, &head, reason).await
}
