//! The voices that a script's speakers may have.

use crate::desk::Desk;
use crate::refused::Answered;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use std::sync::Arc;
use steps::catalog::voices;

pub(crate) fn routes() -> Router<Arc<Desk>> {
    Router::new().route("/v1/voices", get(list))
}

async fn list(State(desk): State<Arc<Desk>>) -> Answered {
    let speech = desk.speech()?;
    let voices = voices(&desk.house, speech).await?;
    Ok(Json(json!({"provider": speech.profile().provider, "voices": voices})).into_response())
}
