//! The double's own addresses: its log, its faults, its settings. They need no key: they are not the provider's.

use super::State;
use crate::account::{Change, Fault};
use axum::extract::State as Extract;
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) fn routes() -> Router<State> {
    Router::new()
        .route("/double/log", get(log).delete(clear))
        .route("/double/faults", get(faults).post(add).delete(repair))
        .route("/double/settings", get(settings).post(change))
}

async fn log(Extract(state): Extract<State>) -> Json<Value> {
    let account = state.account();
    let mut log = json!(account.log());
    log["in_flight"] = json!(account.in_flight());
    log["charged"] = json!(account.log().charged());
    log["credits_left"] = json!(account.credits_left());
    Json(log)
}

async fn clear(Extract(state): Extract<State>) -> Json<Value> {
    state.account().clear_log();
    log(Extract(state)).await
}

async fn faults(Extract(state): Extract<State>) -> Json<Value> {
    Json(json!(state.account().faults.waiting()))
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(Fault),
    More(Vec<Fault>),
}

async fn add(Extract(state): Extract<State>, Json(more): Json<OneOrMore>) -> Json<Value> {
    let more = match more {
        OneOrMore::One(fault) => vec![fault],
        OneOrMore::More(faults) => faults,
    };
    more.into_iter().for_each(|fault| state.account().faults.push(fault));
    faults(Extract(state)).await
}

async fn repair(Extract(state): Extract<State>) -> Json<Value> {
    state.account().faults.clear();
    faults(Extract(state)).await
}

async fn settings(Extract(state): Extract<State>) -> Json<Value> {
    Json(json!(state.account().settings))
}

async fn change(Extract(state): Extract<State>, Json(change): Json<Change>) -> Json<Value> {
    state.account().settings.change(change);
    settings(Extract(state)).await
}
