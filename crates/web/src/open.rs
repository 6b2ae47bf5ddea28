//! Orders: previews, videos, and what they would cost.

use crate::body::Whole;
use crate::desk::Desk;
use crate::guard::Caller;
use crate::order::{Form, read, read_to_fit};
use crate::refused::{Answered, Refused};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::post;
use axum::{Extension, Json, Router};
use std::sync::Arc;
use steps::estimate::estimate;
use steps::open::{Again, open};
use steps::view::view;
use story::Invalid;
use story::ids::content_key;

pub(crate) fn previews() -> Router<Arc<Desk>> {
    Router::new().route("/v1/previews", post(preview))
}

pub(crate) fn videos() -> Router<Arc<Desk>> {
    Router::new().route("/v1/videos", post(video))
}

pub(crate) fn estimates() -> Router<Arc<Desk>> {
    Router::new().route("/v1/estimates", post(estimated))
}

async fn preview(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Whole,
) -> Answered {
    opened(&desk, &caller, &headers, &body, Form::Preview).await
}

async fn video(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Whole,
) -> Answered {
    opened(&desk, &caller, &headers, &body, Form::Video).await
}

async fn estimated(State(desk): State<Arc<Desk>>, body: Whole) -> Answered {
    let makers = desk.makers()?;
    let (request, fit_s) = read_to_fit(&body.0, Form::Estimate, desk.house.settings.max_lines)?;
    Ok(Json(estimate(&desk.house, makers, &request, fit_s).await?).into_response())
}

async fn opened(desk: &Desk, caller: &Caller, headers: &HeaderMap, body: &Whole, form: Form) -> Answered {
    let makers = desk.makers()?;
    let mut request = read(&body.0, form, desk.house.settings.max_lines)?;
    if let Some(again) = again(headers, caller)? {
        request.again = again;
    }
    request.caller = caller.short();
    let job = open(&desk.house, makers, request).await?;
    let view = view(&desk.house, &job.id).await?.ok_or_else(Refused::no_job)?;
    let location = format!("/v1/jobs/{}", job.id);
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, location)], Json(view)).into_response())
}

/// The `Idempotency-Key`, hashed with its token: two callers may choose the same one.
fn again(headers: &HeaderMap, Caller(caller): &Caller) -> Result<Option<Again>, Refused> {
    let mut keys = headers.get_all("idempotency-key").iter();
    let Some(first) = keys.next() else { return Ok(None) };
    let key = first.to_str().ok().filter(|key| (1..=255).contains(&key.len()) && keys.next().is_none());
    let key = key.ok_or_else(|| Invalid::one("", "Idempotency-Key: send it once, with 1 to 255 ASCII characters"))?;
    Ok(Some(Again::Key(content_key("idempotency/1", &(caller, key)))))
}
