//! How the house does with its speech account, and how that is called again after a person paid.

use crate::desk::Desk;
use crate::refused::Answered;
use crate::since::since;
use axum::extract::State;
use axum::http::Uri;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use std::sync::Arc;
use steps::resume::resume;
use steps::stats::stats;

pub(crate) fn routes() -> Router<Arc<Desk>> {
    Router::new().route("/v1/stats", get(read)).route("/v1/speech/resume", post(resumed))
}

async fn read(State(desk): State<Arc<Desk>>, uri: Uri) -> Answered {
    let since = since(&uri, desk.house.clock.now())?;
    Ok(Json(stats(&desk.house, &desk.speech()?.profile(), since).await?).into_response())
}

async fn resumed(State(desk): State<Arc<Desk>>) -> Answered {
    Ok(Json(resume(&desk.house, &desk.speech()?.profile().account).await?).into_response())
}
