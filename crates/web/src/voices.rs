//! The voices that a script's speakers may have.

use crate::desk::Desk;
use crate::refused::Answered;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use serde_json::json;
use std::sync::Arc;
use steps::catalog::voices;
use story::speech::ListedVoice;

pub(crate) fn routes() -> Router<Arc<Desk>> {
    Router::new().route("/v1/voices", get(list))
}

/// A voice, and who has it.
#[derive(Serialize)]
struct Told {
    #[serde(flatten)]
    voice: ListedVoice,
    provider: String,
}

async fn list(State(desk): State<Arc<Desk>>) -> Answered {
    let speech = desk.speech()?;
    let voices = voices(&desk.house, speech).await?;
    let provider = speech.profile().provider;
    let voices: Vec<Told> = voices.into_iter().map(|voice| Told { voice, provider: provider.clone() }).collect();
    Ok(Json(json!({"provider": provider, "voices": voices})).into_response())
}
