//! The sweep, when a person wants it now.

use crate::desk::Desk;
use crate::refused::Answered;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::post;
use axum::{Json, Router};
use std::sync::Arc;
use steps::sweep::sweep;

pub(crate) fn routes() -> Router<Arc<Desk>> {
    Router::new().route("/v1/cleanup", post(cleanup))
}

async fn cleanup(State(desk): State<Arc<Desk>>) -> Answered {
    Ok(Json(sweep(&desk.house).await?).into_response())
}
