//! Whether the house can work: no more is said, to anyone.

use crate::desk::Desk;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use std::sync::Arc;
use story::Partition;

pub(crate) fn routes() -> Router<Arc<Desk>> {
    Router::new().route("/v1/health", get(health))
}

async fn health(State(desk): State<Arc<Desk>>) -> (StatusCode, Json<Value>) {
    match desk.house.records.list(&Partition::OpenJobs, "", 1).await {
        Ok(_) => (StatusCode::OK, Json(json!({"ok": true}))),
        Err(error) => {
            tracing::error!(%error, "the house is not well");
            (StatusCode::SERVICE_UNAVAILABLE, Json(json!({"ok": false})))
        }
    }
}
