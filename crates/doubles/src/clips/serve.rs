//! The addresses of the double, and what all of them do.

use super::account::ClipSettings;
use super::faults::ClipFault;
use super::log::LoggedOrder;
use super::{Books, State, files, interactions, vertex};
use crate::connection::Line;
use axum::extract::{DefaultBodyLimit, State as Extract};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use std::future::pending;

pub(super) fn router(state: State) -> Router {
    Router::new()
        .route("/v1beta/interactions", post(interactions::create))
        .route("/v1beta/interactions/{id}", get(interactions::tell))
        .route("/v1beta/files/{call}", get(files::file))
        .route("/v1/projects/{project}/locations/{region}/publishers/google/models/{call}", post(vertex::call))
        .route("/double/log", get(log))
        .route("/double/faults", get(faults).post(add).delete(repair))
        .route("/double/settings", get(settings).post(change))
        .route("/double/clock", post(turn))
        .fallback(async || (StatusCode::NOT_FOUND, Json(json!({"error": {"code": 404, "message": "Not Found"}}))))
        .layer(DefaultBodyLimit::max(64 << 20))
        .with_state(state)
}

/// The key that came along, be it as a bearer's token.
pub(super) fn key(headers: &HeaderMap) -> Option<&str> {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    text("x-goog-api-key").or_else(|| text(AUTHORIZATION.as_str())?.strip_prefix("Bearer "))
}

/// What an order is answered with, unless the answer is lost.
pub(super) async fn ordered(order: &LoggedOrder, line: &Line, answer: Response) -> Response {
    if order.fault == Some(ClipFault::Lost) {
        line.reset();
        return pending().await;
    }
    answer
}

async fn log(Extract(state): Extract<State>) -> Json<Value> {
    let Books { account, .. } = &*state.books();
    let mut log = json!(account.log());
    log["charged_s"] = json!(account.log().charged_s());
    log["charged_usd"] = json!(account.log().charged_usd());
    log["is_key_leaked"] = json!(account.log().is_key_leaked());
    Json(log)
}

async fn faults(Extract(state): Extract<State>) -> Json<Value> {
    Json(json!(state.books().account.faults))
}

async fn add(Extract(state): Extract<State>, Json(fault): Json<ClipFault>) -> Json<Value> {
    state.books().account.faults.push(fault);
    faults(Extract(state)).await
}

async fn repair(Extract(state): Extract<State>) -> Json<Value> {
    state.books().account.faults.clear();
    faults(Extract(state)).await
}

async fn settings(Extract(state): Extract<State>) -> Json<Value> {
    Json(json!(state.books().account.settings))
}

/// Whole settings, not a part: what is left out returns to its default.
async fn change(Extract(state): Extract<State>, Json(to): Json<ClipSettings>) -> Json<Value> {
    state.books().account.settings = to;
    settings(Extract(state)).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Turned {
    by_ms: i64,
}

async fn turn(Extract(state): Extract<State>, Json(turned): Json<Turned>) -> Json<Value> {
    let mut books = state.books();
    books.clock.ahead_ms += turned.by_ms;
    Json(json!({"now_ms": books.clock.now_ms()}))
}
