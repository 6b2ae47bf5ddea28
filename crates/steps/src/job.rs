//! Reading a job: its head, its plan, its progress, and the name under which each of its files is stored.

use crate::hashed::hashed;
use crate::remove::remove;
use std::sync::Arc;
use std::time::Duration;
use story::artifacts::{Object, body, collect};
use story::due::{Step, is_due};
use story::failure::StoreError;
use story::ids::sha256_hex;
use story::job::{File, Job, Progress};
use story::plan::Plan;
use story::queue::{Moved, Task};
use story::records::{Partition, Read};
use story::time::Timestamp;
use story::{Body, Failure, House, JobId};

/// The head of a job that is there and alive: one that has not ended does not expire under its own hands.
///
/// # Errors
/// Those of the store.
pub async fn head(house: &House, id: &JobId) -> Result<Option<Job>, StoreError> {
    let found: Option<Read<Job>> = house.read(&Partition::Jobs, &id.0).await?;
    Ok(found.map(|read| read.record).filter(|job| job.is_alive(house.clock.now())))
}

/// A job of which a step is due.
pub(crate) struct Due {
    pub(crate) head: Job,
    pub(crate) plan: Arc<Plan>,
    pub(crate) progress: Progress,
}

/// A job, if that step of it is due. Of one that was removed, what an earlier delivery wrote after that is removed too.
pub(crate) async fn if_due(house: &House, id: &JobId, step: Step) -> Result<Option<Due>, Failure> {
    let Some(head) = head(house, id).await? else {
        remove(house, id).await?;
        return Ok(None);
    };
    if head.status.has_ended() {
        return Ok(None);
    }
    let plan = plan_of(house, &head).await?;
    let progress = progress(house, id).await?.map(|read| read.record);
    let progress = progress.filter(|progress| is_due(&plan, progress, step));
    Ok(progress.map(|progress| Due { head, plan, progress }))
}

/// Tells a job what settled; with `None`, that it is to be looked at.
pub(crate) async fn tell(house: &House, id: &JobId, moved: Option<Moved>) -> Result<(), StoreError> {
    house.queue.send(&Task::Advance { job: id.clone(), moved }, Duration::ZERO).await
}

/// The plan of a job whose head was read: decoded once by this process, not for each event.
///
/// # Errors
/// Gives up if it is gone or cannot be read.
pub async fn plan_of(house: &House, head: &Job) -> Result<Arc<Plan>, Failure> {
    if let Some(plan) = house.plans.find(&head.id, head.created_at) {
        return Ok(plan);
    }
    let plan = Arc::new(plan(house, &head.id).await?);
    house.plans.keep(&head.id, head.created_at, Arc::clone(&plan));
    Ok(plan)
}

/// A job's plan as it is stored now, whether or not its head is there.
///
/// # Errors
/// Gives up if it is gone or cannot be read.
pub async fn plan(house: &House, id: &JobId) -> Result<Plan, Failure> {
    let Some(stored) = house.artifacts.get(&Object::Plan(id.clone()), None).await? else {
        return Err(Failure::GiveUp("the job's plan is gone: make the job again".into()));
    };
    let bytes = collect(stored).await?;
    serde_json::from_slice(&bytes).map_err(|error| {
        tracing::error!(job.id = %id, %error, "a plan cannot be read");
        Failure::GiveUp("the job's plan is damaged: make the job again".into())
    })
}

/// A job's progress.
///
/// # Errors
/// Those of the store.
pub async fn progress(house: &House, id: &JobId) -> Result<Option<Read<Progress>>, StoreError> {
    house.read(&Partition::Progress, &id.0).await
}

/// Changes the head of a job that has not ended.
///
/// # Errors
/// Those of the store.
pub async fn change(house: &House, id: &JobId, mut change: impl FnMut(&mut Job)) -> Result<Option<Job>, StoreError> {
    let now = house.clock.now();
    let changed = |job: &Job| {
        let mut next = job.clone();
        change(&mut next);
        next.warnings.sort();
        next.warnings.dedup();
        let differs = next != *job && !job.status.has_ended();
        next.updated_at = now;
        differs.then_some(next)
    };
    house.update(&Partition::Jobs, &id.0, changed).await
}

/// Marks a job as used now, so that it is kept longer.
///
/// # Errors
/// Those of the store.
pub async fn touch(house: &House, id: &JobId) -> Result<(), StoreError> {
    let now: Timestamp = house.clock.now();
    let moved = |job: &Job| {
        let expires_at = story::expiry::moved_by_use(job.expires_at, now, job.ttl_ms)?;
        Some(Job { expires_at, ..job.clone() })
    };
    house.update(&Partition::Jobs, &id.0, moved).await.map(|_| ())
}

/// Writes a file of a job.
///
/// # Errors
/// Those of the store.
pub async fn write_file(
    house: &House,
    id: &JobId,
    name: &str,
    content: impl Into<bytes::Bytes>,
) -> Result<File, StoreError> {
    let content = content.into();
    let file = File {
        name: name.to_owned(),
        content_type: content_type(name).to_owned(),
        size_bytes: content.len() as u64,
        sha256: sha256_hex(&content),
        is_picture: false,
    };
    house.artifacts.put(&Object::File(id.clone(), name.to_owned()), body(content)).await?;
    Ok(file)
}

/// Writes a file of a job that need not fit into memory: its bytes are hashed on their way.
///
/// # Errors
/// Those of the store.
pub(crate) async fn stream_file(house: &House, id: &JobId, name: &str, content: Body) -> Result<File, StoreError> {
    let (content, facts) = hashed(content);
    house.artifacts.put(&Object::File(id.clone(), name.to_owned()), content).await?;
    let (sha256, size_bytes) = facts.end();
    let content_type = content_type(name).to_owned();
    Ok(File { name: name.to_owned(), content_type, size_bytes, sha256, is_picture: false })
}

/// The media type of a file by its name.
#[must_use]
pub fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("mp4") => "video/mp4",
        Some("m4a") => "audio/mp4",
        Some("mp3") => "audio/mpeg",
        Some("json") => "application/json",
        Some("srt") => "application/x-subrip",
        Some("vtt") => "text/vtt",
        Some("jpg") => "image/jpeg",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

/// Where a file of a job is stored: its own files by name, `line-000.mp3` in the take of that segment.
///
/// # Errors
/// Gives up if the plan is gone; those of the store.
pub async fn object(house: &House, job: &Job, name: &str) -> Result<Option<Object>, Failure> {
    if let Some(file) = job.files.iter().find(|file| file.name == name) {
        let own = || Object::File(job.id.clone(), name.to_owned());
        return Ok(Some(if file.is_picture { Object::Picture(file.sha256.clone()) } else { own() }));
    }
    let Some(segment) = name.strip_prefix("line-").and_then(|rest| rest.strip_suffix(".mp3")) else { return Ok(None) };
    let plan = plan(house, &job.id).await?;
    let Some(segment) = segment.parse().ok().and_then(|segment: usize| plan.segments.get(segment)) else {
        return Ok(None);
    };
    let take = crate::takes::read(house, &plan.takes[segment.take].key).await?;
    Ok(take.and_then(|read| {
        let attempt = read.record.recording()?.attempt.clone();
        Some(Object::TakeAudio(read.record.key, attempt))
    }))
}
