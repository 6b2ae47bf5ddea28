//! One job: read it, wait until it changes, cancel it, take it up again, remove it.

use crate::desk::Desk;
use crate::list::query;
use crate::refused::{Answered, Refused};
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use std::sync::Arc;
use std::time::Duration;
use steps::cancel::{cancel, retry};
use steps::job;
use steps::remove::remove;
use steps::rest;
use steps::view::view;
use story::failure::StoreError;
use story::ids::content_key;
use story::job::{Job, Progress};
use story::records::Read;
use story::{House, Invalid, JobId, Partition};

const MAX_WAIT_S: u64 = 20;
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);

pub(crate) fn routes() -> Router<Arc<Desk>> {
    Router::new()
        .route("/v1/jobs/{id}", get(read).delete(removed))
        .route("/v1/jobs/{id}/cancel", post(cancelled))
        .route("/v1/jobs/{id}/retry", post(retried))
}

/// A job's id in a path; what cannot be one is not looked up.
pub(crate) struct Id(pub(crate) JobId);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        let text = Path::<String>::from_request_parts(parts, state).await.ok();
        text.and_then(|text| JobId::parse(&text)).map(Self).ok_or_else(Refused::no_job)
    }
}

async fn read(State(desk): State<Arc<Desk>>, Id(id): Id, uri: Uri, headers: HeaderMap) -> Answered {
    let wait_s = wait_s(&uri)?;
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let until = desk.house.clock.now().plus_ms(wait_s * 1000);
    loop {
        let (tag, has_ended) = tag(&desk.house, &id).await?.ok_or_else(Refused::no_job)?;
        if !known.is_some_and(|known| names(known, &tag)) {
            let view = view(&desk.house, &id).await?.ok_or_else(Refused::no_job)?;
            return Ok(([(header::ETAG, tag)], Json(view)).into_response());
        }
        if has_ended || desk.house.clock.now() >= until {
            return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
        }
        desk.house.clock.sleep(BETWEEN_LOOKS).await;
    }
}

async fn removed(State(desk): State<Arc<Desk>>, Id(id): Id) -> Answered {
    if !remove(&desk.house, &id).await? {
        return Err(Refused::no_job());
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn cancelled(State(desk): State<Arc<Desk>>, Id(id): Id) -> Answered {
    if !cancel(&desk.house, &id).await? {
        job::head(&desk.house, &id).await?.ok_or_else(Refused::no_job)?;
        return Err(Refused::makes_no_sense("it has ended already"));
    }
    accepted(&desk.house, &id).await
}

async fn retried(State(desk): State<Arc<Desk>>, Id(id): Id) -> Answered {
    // Whoever asks here does not stay with it.
    rest::leave(&desk.house, &id).await?;
    if !retry(&desk.house, &id).await? {
        if rest::rests(&desk.house, &id).await? {
            rest::take_up(&desk.house, &id).await?;
            return accepted(&desk.house, &id).await;
        }
        let head = job::head(&desk.house, &id).await?.ok_or_else(Refused::no_job)?;
        return Err(Refused::makes_no_sense(match head.status.has_ended() {
            true => "nothing is missing: every line is spoken and every file is there",
            false => "it has not ended: wait for its end, or cancel it first",
        }));
    }
    accepted(&desk.house, &id).await
}

async fn accepted(house: &House, id: &JobId) -> Answered {
    let view = view(house, id).await?.ok_or_else(Refused::no_job)?;
    Ok((StatusCode::ACCEPTED, Json(view)).into_response())
}

/// The job's version, from those of its head and its progress, and whether it has ended. Weak: `eta_s` moves by itself.
async fn tag(house: &House, id: &JobId) -> Result<Option<(String, bool)>, StoreError> {
    let head: Option<Read<Job>> = house.read(&Partition::Jobs, &id.0).await?;
    let Some(head) = head.filter(|head| head.record.is_alive(house.clock.now())) else { return Ok(None) };
    let progress: Option<Read<Progress>> = house.read(&Partition::Progress, &id.0).await?;
    let hash = content_key("job/1", &(head.version.0, progress.map(|progress| progress.version.0)));
    Ok(Some((format!("W/\"{}\"", &hash[..32]), head.record.status.has_ended())))
}

/// Whether `If-None-Match` names a tag, compared weakly as RFC 9110 (13.1.2) has it.
pub(crate) fn names(known: &str, tag: &str) -> bool {
    let plain = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    known.split(',').any(|one| one.trim() == "*" || plain(one) == plain(tag))
}

fn wait_s(uri: &Uri) -> Result<u64, Refused> {
    let mut wait_s = 0;
    for (name, value) in query(uri, &["wait"])? {
        let seconds = value.parse().ok().filter(|seconds| *seconds <= MAX_WAIT_S);
        wait_s = seconds
            .ok_or_else(|| Invalid::one("", format!("{name}: a whole number of seconds, at most {MAX_WAIT_S}")))?;
    }
    Ok(wait_s)
}
