//! What an account can be asked: models, voices, balance, history.

use super::{State, key};
use crate::account::{HistoryQuery, Refusal, VoiceSettings, VoicesQuery};
use crate::pace::now_ms;
use crate::sound::{Sound, Span};
use axum::extract::{FromRequestParts, Path, Query, State as Extract};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

type Answer = Result<Json<Value>, Refusal>;

pub(super) fn routes() -> Router<State> {
    Router::new()
        .route("/v1/models", get(async |Open(state): Open| Json(state.account().models())))
        .route("/v1/voices", get(async |Open(state): Open| Json(state.account().all_voices())))
        .route("/v2/voices", get(voices))
        .route("/v1/voices/settings/default", get(async |_: Open| Json(json!(VoiceSettings::default()))))
        .route("/v1/voices/{id}", get(voice))
        .route("/v1/voices/{id}/settings", get(voice_settings))
        .route("/v1/user", get(async |Open(state): Open| Json(state.account().user(now_ms()))))
        .route("/v1/user/subscription", get(async |Open(state): Open| Json(state.account().subscription(now_ms()))))
        .route("/v1/history", get(history))
        .route("/v1/history/{id}", get(item).delete(forget))
        .route("/v1/history/{id}/audio", get(audio))
}

/// The account, for a request with its key.
struct Open(State);

impl FromRequestParts<State> for Open {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Refusal> {
        state.account().admit(key(&parts.headers), parts.uri.path())?;
        Ok(Self(state.clone()))
    }
}

async fn voices(Open(state): Open, Query(query): Query<VoicesQuery>) -> Json<Value> {
    Json(state.account().page_of_voices(&query))
}

async fn voice(Open(state): Open, Path(id): Path<String>) -> Answer {
    Ok(Json(state.account().voice(&id)?.json()))
}

async fn voice_settings(Open(state): Open, Path(id): Path<String>) -> Answer {
    Ok(Json(json!(state.account().voice(&id)?.settings)))
}

async fn history(Open(state): Open, Query(query): Query<HistoryQuery>) -> Answer {
    Ok(Json(state.account().history(&query, now_ms())?))
}

async fn item(Open(state): Open, Path(id): Path<String>) -> Answer {
    Ok(Json(state.account().history_item(&id, now_ms())?))
}

async fn forget(Open(state): Open, Path(id): Path<String>) -> Answer {
    Ok(Json(state.account().delete_item(&id, now_ms())?))
}

async fn audio(_: Open, Extract(state): Extract<State>, Path(id): Path<String>) -> Result<Response, Refusal> {
    let item = state.account().item(&id, now_ms())?;
    let spans: Vec<Span> = item.speech.spans().collect();
    let body = Sound::whole(item.format, &spans);
    Ok(([(CONTENT_TYPE, item.format.content_type())], body).into_response())
}
