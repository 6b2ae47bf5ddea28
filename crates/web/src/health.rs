//! Whether the house can work: to strangers no more is said than that.

use crate::desk::Desk;
use crate::guard::Caller;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Extension, Json, Router};
use serde_json::{Value, json};
use std::sync::Arc;
use steps::health;

pub(crate) fn routes() -> Router<Arc<Desk>> {
    Router::new().route("/v1/health", get(read))
}

async fn read(State(desk): State<Arc<Desk>>, Extension(caller): Extension<Caller>) -> (StatusCode, Json<Value>) {
    let (is_well, told) = if caller.is_known(&desk.settings) {
        let speech = desk.speech.as_deref().map_err(String::as_str);
        let health = health::health(&desk.house, speech, desk.studio.as_deref()).await;
        (health.ok, json!(health))
    } else {
        let is_well = health::stores(&desk.house).await.ok == Some(true);
        (is_well, json!({"ok": is_well}))
    };
    (if is_well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, Json(told))
}
