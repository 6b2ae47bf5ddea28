//! The addresses of the double that draws.

use super::account::{Begun, ImageSettings};
use super::faults::{ImageFault, ImageFaultKind};
use super::log::LoggedFetch;
use super::png::png;
use super::refusal::ImageRefusal;
use super::request::{Carries, Door};
use super::{Books, State};
use crate::account::Ended;
use crate::connection::{self, Line};
use crate::pace::Pace;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Path, State as Extract};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, LOCATION, USER_AGENT};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};
use std::future::pending;

pub(super) fn router(state: State) -> Router {
    Router::new()
        .route("/v1/images/generations", post(generations))
        .route("/v1beta/models/{call}", post(gemini))
        .route("/shrt/{redirects}/{picture}", get(short_link))
        .route("/pictures/{picture}", get(picture))
        .route("/double/log", get(log).delete(clear))
        .route("/double/faults", get(faults).post(add).delete(repair))
        .route("/double/settings", get(settings).post(change))
        .route("/double/clock", get(clock).post(turn))
        .fallback(async || {
            (StatusCode::NOT_FOUND, Json(json!({"error": {"message": "Not Found", "type": "not_found"}})))
        })
        .layer(DefaultBodyLimit::max(16 << 20))
        .with_state(state)
}

async fn generations(
    Extract(state): Extract<State>,
    ConnectInfo(line): ConnectInfo<Line>,
    headers: HeaderMap,
    sent: Bytes,
) -> Response {
    let key = text(&headers, AUTHORIZATION.as_str()).and_then(|value| value.strip_prefix("Bearer "));
    draw(state, line, Door::Generations, None, key, &sent).await
}

async fn gemini(
    Extract(state): Extract<State>,
    ConnectInfo(line): ConnectInfo<Line>,
    Path(call): Path<String>,
    headers: HeaderMap,
    sent: Bytes,
) -> Response {
    let Some(model) = call.strip_suffix(":generateContent") else { return StatusCode::NOT_FOUND.into_response() };
    draw(state, line, Door::Gemini, Some(model), text(&headers, "x-goog-api-key"), &sent).await
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

async fn draw(state: State, line: Line, door: Door, model: Option<&str>, key: Option<&str>, sent: &[u8]) -> Response {
    let body: Value = serde_json::from_slice(sent).unwrap_or_default();
    let begun = {
        let mut books = state.books();
        let now_ms = books.clock.now_ms();
        books.account.begin(door, model, key, &body, now_ms)
    };
    match begun {
        Ok(begun) => answer(Running { state, id: begun.id, has_ended: false }, begun, &line).await,
        Err(refusal) => refusal.into_response(),
    }
}

impl IntoResponse for ImageRefusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut answer = (status, Json(self.body)).into_response();
        answer.headers_mut().extend(
            self.reset_s
                .map(|seconds| (axum::http::HeaderName::from_static("x-ratelimit-reset"), HeaderValue::from(seconds))),
        );
        answer
    }
}

/// A call that counts as running until it is told how it ended, or is dropped because its client left.
struct Running {
    state: State,
    id: u64,
    has_ended: bool,
}

impl Running {
    fn end(&mut self, ended: Ended) {
        if std::mem::replace(&mut self.has_ended, true) {
            return;
        }
        let mut books = self.state.books();
        let now_ms = books.clock.now_ms();
        books.account.end(self.id, ended, now_ms);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end(Ended::ClientLeft);
    }
}

async fn answer(mut running: Running, begun: Begun, line: &Line) -> Response {
    Pace::new(begun.first_byte_ms, 0.0).reach(0).await;
    match &begun.fault {
        Some(ImageFaultKind::Lost { .. }) => {
            running.end(Ended::Reset);
            line.reset();
            pending().await
        }
        Some(ImageFaultKind::Hang) => pending().await,
        Some(ImageFaultKind::Gateway) => {
            running.end(Ended::Cut);
            let page = "<html><body>upstream connect error or disconnect/reset before headers</body></html>";
            (StatusCode::SERVICE_UNAVAILABLE, Html(page)).into_response()
        }
        Some(ImageFaultKind::InternalError { .. }) => {
            running.end(Ended::Complete);
            let error =
                json!({"message": "Internal error encountered.", "type": "server_error", "param": null, "code": null});
            (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({"error": error}))).into_response()
        }
        Some(ImageFaultKind::Html) => {
            running.end(Ended::Complete);
            Html("<html><body>Please sign in to this network.</body></html>").into_response()
        }
        fault => {
            let cut = if let Some(ImageFaultKind::Cut { share }) = fault { Some(*share) } else { None };
            let json = Bytes::from(words(&running.state, &begun).to_string());
            let request_id = [("x-request-id", begun.request_id.clone())];
            (request_id, sent(running, json, cut)).into_response()
        }
    }
}

fn sent(mut running: Running, json: Bytes, cut: Option<f64>) -> Response {
    let kind = [(CONTENT_TYPE, "application/json")];
    let Some(share) = cut else {
        running.end(Ended::Complete);
        return (kind, json).into_response();
    };
    let after = (json.len() as f64 * share) as usize;
    (kind, connection::cut(&json, after, move || running.end(Ended::Cut))).into_response()
}

/// The body of an answer that is a success, or says that it is.
fn words(state: &State, begun: &Begun) -> Value {
    let Begun { request_id, asked, fault, .. } = begun;
    let (width, height) = match fault {
        Some(ImageFaultKind::OtherSize { width, height }) => (*width, *height),
        _ => (asked.width, asked.height),
    };
    let mut picture = match fault {
        Some(ImageFaultKind::NoPicture) => b"this is no picture, whatever it is called".to_vec(),
        _ => png(width, height, &asked.prompt),
    };
    if fault == &Some(ImageFaultKind::Truncated) {
        picture.truncate(picture.len() * 3 / 4);
    }
    let (id, model, data) = (request_id, &asked.model, STANDARD.encode(picture));
    match asked.door {
        Door::Gemini => {
            let candidate = match fault {
                Some(ImageFaultKind::Empty) => {
                    json!({"content": {"role": "model", "parts": []}, "finishReason": "STOP", "index": 0})
                }
                Some(ImageFaultKind::Words) => {
                    let parts = json!([{"text": "I would rather not draw that."}]);
                    json!({"content": {"role": "model", "parts": parts}, "finishReason": "STOP", "index": 0})
                }
                Some(ImageFaultKind::ModeratedPicture) => {
                    json!({"finishReason": "IMAGE_SAFETY", "finishMessage": "The picture was not shown.", "index": 0})
                }
                _ => {
                    // What it thinks of comes first, in words and as a sketch.
                    let sketch = STANDARD.encode(png(8, 8, "sketch"));
                    let parts = json!([
                        {"text": "A plan.", "thought": true},
                        {"inlineData": {"mimeType": "image/png", "data": sketch}, "thought": true},
                        {"inlineData": {"mimeType": "image/png", "data": data}},
                    ]);
                    json!({"content": {"role": "model", "parts": parts}, "finishReason": "STOP", "index": 0})
                }
            };
            json!({"candidates": [candidate], "modelVersion": model, "responseId": id, "usageMetadata": {"totalTokenCount": 1299}})
        }
        Door::Generations => {
            let link = |redirects: u32| {
                let path = if redirects > 0 { format!("shrt/{}/", redirects - 1) } else { "pictures/".to_owned() };
                format!("{}/{path}{id}-{width}x{height}.png", state.root)
            };
            let one = match (fault, asked.carries) {
                (Some(ImageFaultKind::Empty | ImageFaultKind::Words), _) => {
                    return json!({"id": id, "model": model, "object": "list", "data": []});
                }
                (Some(ImageFaultKind::Url { redirects }), _) => {
                    json!({"index": 0, "type": "url", "url": link(*redirects)})
                }
                (Some(ImageFaultKind::UrlTo { url }), _) => json!({"index": 0, "type": "url", "url": url}),
                (_, Carries::Url) => json!({"index": 0, "type": "url", "url": link(1)}),
                (_, Carries::Data) if model.starts_with("gpt-image") => json!({"b64_json": data}),
                (_, Carries::Data) => json!({"index": 0, "type": "b64_json", "b64_json": data}),
            };
            if model.starts_with("gpt-image") {
                let size = format!("{width}x{height}");
                return json!({"created": 1_760_000_000, "data": [one], "size": size, "output_format": "png", "background": "opaque"});
            }
            json!({"id": id, "model": model, "object": "list", "data": [one]})
        }
    }
}

/// Notes who asks for a picture. Who gives no name is not served (PROVIDERS 2.1).
fn fetched(state: &State, uri: &Uri, headers: &HeaderMap, status: StatusCode) -> StatusCode {
    let has_name = text(headers, USER_AGENT.as_str()).is_some_and(|name| !name.trim().is_empty());
    let status = if has_name { status } else { StatusCode::FORBIDDEN };
    let had_key = headers.contains_key(AUTHORIZATION) || headers.contains_key("x-goog-api-key");
    let fetch = LoggedFetch { path: uri.path().to_owned(), had_key, status: status.as_u16() };
    state.books().account.fetched(fetch);
    status
}

async fn short_link(
    Extract(state): Extract<State>,
    Path((redirects, picture)): Path<(u32, String)>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let status = fetched(&state, &uri, &headers, StatusCode::FOUND);
    let to = if redirects > 0 { format!("/shrt/{}/{picture}", redirects - 1) } else { format!("/pictures/{picture}") };
    (status, [(LOCATION, to)]).into_response()
}

/// `ID-WIDTHxHEIGHT.png`
async fn picture(Extract(state): Extract<State>, Path(name): Path<String>, uri: Uri, headers: HeaderMap) -> Response {
    let parts = name.strip_suffix(".png").and_then(|name| name.split_once('-'));
    let size = parts.and_then(|(_, size)| size.split_once('x'));
    let size: Option<(u32, u32)> = size.and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
    let id = parts.map_or("", |(id, _)| id);
    let prompt = {
        let books = state.books();
        books.account.log().calls.iter().find(|call| call.request_id == id).map(|call| call.prompt.clone())
    };
    let (Some((width, height)), Some(prompt)) = (size, prompt) else {
        return fetched(&state, &uri, &headers, StatusCode::NOT_FOUND).into_response();
    };
    match fetched(&state, &uri, &headers, StatusCode::OK) {
        StatusCode::OK => ([(CONTENT_TYPE, "image/png")], png(width, height, &prompt)).into_response(),
        status => status.into_response(),
    }
}

async fn log(Extract(state): Extract<State>) -> Json<Value> {
    let Books { account, .. } = &*state.books();
    let mut log = json!(account.log());
    log["in_flight"] = json!(account.in_flight());
    log["charged"] = json!(account.log().charged());
    log["violations"] = json!(account.log().violations());
    Json(log)
}

async fn clear(Extract(state): Extract<State>) -> Json<Value> {
    state.books().account.clear_log();
    log(Extract(state)).await
}

async fn faults(Extract(state): Extract<State>) -> Json<Value> {
    Json(json!(state.books().account.faults.waiting()))
}

async fn add(Extract(state): Extract<State>, Json(fault): Json<ImageFault>) -> Json<Value> {
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
async fn change(Extract(state): Extract<State>, Json(to): Json<ImageSettings>) -> Json<Value> {
    state.books().account.settings = to;
    settings(Extract(state)).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Turned {
    by_ms: i64,
}

async fn clock(Extract(state): Extract<State>) -> Json<Value> {
    Json(json!({"now_ms": state.books().clock.now_ms()}))
}

async fn turn(Extract(state): Extract<State>, Json(turned): Json<Turned>) -> Json<Value> {
    state.books().clock.ahead_ms += turned.by_ms;
    clock(Extract(state)).await
}
