//! The addresses of the OpenAI-compatible double.

use super::{OpenAiCall, OpenAiSettings, State, format};
use crate::account::{Ended, Fault, FaultKind};
use crate::connection::{Line, instead_of_an_answer};
use crate::pace::{Pace, broken, let_it_leave, now_ms};
use crate::sound::{Format, Sound, Span, Speech};
use axum::body::Body;
use axum::extract::{ConnectInfo, State as Extract};
use axum::http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use std::future::pending;

pub(super) fn router(state: State) -> Router {
    Router::new()
        .route("/v1/audio/speech", post(speak))
        .route("/v1/models", get(models))
        .route("/v1/audio/voices", get(voices))
        .route("/double/log", get(log).delete(clear))
        .route("/double/faults", get(faults).post(add).delete(repair))
        .route("/double/settings", get(settings).post(change))
        .fallback(async || refusal(404, "invalid_request_error", None, None, "Unknown request URL"))
        .with_state(state)
}

/// Why a call was refused, in OpenAI's shape.
#[derive(Debug)]
struct Refused {
    status: u16,
    kind: &'static str,
    param: Option<&'static str>,
    code: Option<&'static str>,
    message: String,
    retry_after_s: Option<u32>,
}

fn refused(
    status: u16,
    kind: &'static str,
    param: Option<&'static str>,
    code: Option<&'static str>,
    message: &str,
) -> Refused {
    Refused { status, kind, param, code, message: message.to_owned(), retry_after_s: None }
}

fn refusal(
    status: u16,
    kind: &'static str,
    param: Option<&'static str>,
    code: Option<&'static str>,
    message: &str,
) -> Response {
    refused(status, kind, param, code, message).into_response()
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let error = json!({"message": self.message, "type": self.kind, "param": self.param, "code": self.code});
        let mut answer = (status, Json(json!({"error": error}))).into_response();
        answer.headers_mut().extend(self.retry_after_s.map(|seconds| (RETRY_AFTER, HeaderValue::from(seconds))));
        answer
    }
}

fn admit(settings: &OpenAiSettings, headers: &HeaderMap) -> Result<(), Refused> {
    let Some(wanted) = &settings.api_key else { return Ok(()) };
    let sent = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    match sent {
        Some(key) if key == wanted => Ok(()),
        Some(_) => {
            Err(refused(401, "invalid_request_error", None, Some("invalid_api_key"), "Incorrect API key provided."))
        }
        None => Err(refused(401, "invalid_request_error", None, None, "You didn't provide an API key.")),
    }
}

struct Taken {
    place: usize,
    request_id: String,
    format: Format,
    speech: Speech,
    pace: Pace,
    fault: Option<FaultKind>,
}

fn take(state: &State, headers: &HeaderMap, sent: &[u8]) -> Result<Taken, Refused> {
    let mut server = state.server();
    admit(&server.settings, headers)?;
    let wrong = |param, message: &str| refused(400, "invalid_request_error", param, None, message);
    let body: Value =
        serde_json::from_slice(sent).map_err(|_| wrong(None, "We could not parse the JSON body of your request."))?;
    let text = |field: &'static str| {
        body[field].as_str().ok_or_else(|| wrong(Some(field), &format!("Missing required parameter: '{field}'.")))
    };
    let (model, input, voice) = (text("model")?, text("input")?, text("voice")?);
    if !server.settings.models.iter().any(|known| known == model) {
        let message = format!("The model `{model}` does not exist or you do not have access to it.");
        return Err(refused(404, "invalid_request_error", None, Some("model_not_found"), &message));
    }
    if !server.settings.voices.iter().any(|known| known == voice) {
        return Err(wrong(Some("voice"), &format!("Voice '{voice}' is not one of this server's.")));
    }
    let characters = input.chars().count();
    if input.trim().is_empty() {
        return Err(wrong(Some("input"), "The input is empty."));
    }
    if characters > server.settings.limit {
        let code = Some("string_above_max_length");
        let message = format!("Expected a string with maximum length {}, but got {characters}.", server.settings.limit);
        return Err(refused(400, "invalid_request_error", Some("input"), code, &message));
    }
    let name = body["response_format"].as_str().unwrap_or("mp3");
    let format = format(name).ok_or_else(|| wrong(Some("response_format"), "Supported are 'mp3', 'wav' and 'pcm'."))?;
    let speed = body["speed"].as_f64().unwrap_or(1.0);
    if !(0.25..=4.0).contains(&speed) {
        return Err(wrong(Some("speed"), "The speed must be between 0.25 and 4.0."));
    }
    let fault = server.faults.take(input);
    let busy = |code, message| refused(429, "requests", None, Some(code), message);
    match fault {
        Some(FaultKind::ConcurrentLimit | FaultKind::SystemBusy | FaultKind::RateLimit) => {
            return Err(busy("rate_limit_exceeded", "Rate limit reached."));
        }
        Some(FaultKind::RateLimitFor { retry_after_s }) => {
            let busy = busy("rate_limit_exceeded", "Rate limit reached.");
            return Err(Refused { retry_after_s: Some(retry_after_s), ..busy });
        }
        Some(FaultKind::QuotaExceeded | FaultKind::InsufficientCredits) => {
            return Err(refused(
                429,
                "insufficient_quota",
                None,
                Some("insufficient_quota"),
                "You exceeded your current quota.",
            ));
        }
        Some(FaultKind::InternalError) => {
            return Err(refused(500, "server_error", None, None, "The server had an error."));
        }
        Some(FaultKind::ServiceUnavailable) => {
            return Err(refused(503, "server_error", None, None, "The server is overloaded."));
        }
        _ => {}
    }
    let slow_ms = if let Some(FaultKind::SlowFirstByte { ms }) = fault { ms } else { 0 };
    let speech = Speech::new(input, speed, false, voice);
    let request_id = server.numbers.id("request");
    server.running += 1;
    let in_flight = server.running;
    server.log.max_in_flight = server.log.max_in_flight.max(in_flight);
    server.log.calls.push(OpenAiCall {
        request_id: request_id.clone(),
        model: model.to_owned(),
        voice: voice.to_owned(),
        input: input.to_owned(),
        response_format: name.to_owned(),
        characters: characters as u64,
        body: body.clone(),
        start_ms: now_ms(),
        end_ms: None,
        ended: None,
        in_flight,
        fault,
    });
    let pace = Pace::new(server.settings.first_byte_ms + slow_ms, server.settings.speed);
    Ok(Taken { place: server.log.calls.len() - 1, request_id, format, speech, pace, fault })
}

/// A call that counts as running until it is told how it ended, or is dropped because its client left.
struct Running {
    state: State,
    request_id: String,
    place: usize,
    has_ended: bool,
}

impl Running {
    fn end(&mut self, ended: Ended) {
        if std::mem::replace(&mut self.has_ended, true) {
            return;
        }
        let mut server = self.state.server();
        server.running -= 1;
        let at = server.log.calls.get_mut(self.place);
        if let Some(call) = at.filter(|call| call.request_id == self.request_id) {
            call.end_ms = Some(now_ms());
            call.ended = Some(ended);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end(Ended::ClientLeft);
    }
}

async fn speak(
    Extract(state): Extract<State>,
    ConnectInfo(line): ConnectInfo<Line>,
    headers: HeaderMap,
    sent: Bytes,
) -> Response {
    let taken = match take(&state, &headers, &sent) {
        Ok(taken) => taken,
        Err(refused) => {
            let code = refused.code.map(str::to_owned);
            state.server().log.refusals.push((refused.status, code));
            return refused.into_response();
        }
    };
    let Taken { place, request_id, format, speech, pace, fault } = taken;
    let mut running = Running { state, request_id: request_id.clone(), place, has_ended: false };
    if let Some(other) = instead_of_an_answer(fault, &line, |how| running.end(how)).await {
        return other;
    }
    let spans: Vec<Span> = speech.spans().collect();
    pace.reach(spans.last().map_or(0, |span| span.end_ms)).await;
    let bytes = Bytes::from(Sound::whole(format, &spans));
    let length = bytes.len();
    let body = match fault {
        Some(FaultKind::Hang { .. }) => Body::from_stream(stream::once(async move {
            let _held = running;
            pending::<std::io::Result<Bytes>>().await
        })),
        Some(FaultKind::Cut { share }) => {
            let part = bytes.slice(..((length as f64 * share) as usize).min(length.saturating_sub(1)));
            Body::from_stream(stream::once(async { Ok(part) }).chain(stream::once(async move {
                let_it_leave().await;
                running.end(Ended::Cut);
                Err(broken())
            })))
        }
        _ => {
            running.end(Ended::Complete);
            Body::from(bytes)
        }
    };
    let headers = [(CONTENT_TYPE, format.content_type().to_owned()), (CONTENT_LENGTH, length.to_string())];
    (headers, [("x-request-id", request_id)], body).into_response()
}

async fn models(Extract(state): Extract<State>, headers: HeaderMap) -> Result<Json<Value>, Refused> {
    let server = state.server();
    admit(&server.settings, &headers)?;
    let model = |id: &String| json!({"id": id, "object": "model", "created": 1_700_000_000, "owned_by": "double"});
    Ok(Json(json!({"object": "list", "data": server.settings.models.iter().map(model).collect::<Vec<_>>()})))
}

async fn voices(Extract(state): Extract<State>, headers: HeaderMap) -> Result<Json<Value>, Refused> {
    let server = state.server();
    admit(&server.settings, &headers)?;
    Ok(Json(json!({"voices": server.settings.voices})))
}

async fn log(Extract(state): Extract<State>) -> Json<Value> {
    let server = state.server();
    let mut log = json!(server.log());
    log["in_flight"] = json!(server.in_flight());
    Json(log)
}

async fn clear(Extract(state): Extract<State>) -> Json<Value> {
    state.server().clear_log();
    log(Extract(state)).await
}

async fn faults(Extract(state): Extract<State>) -> Json<Value> {
    Json(json!(state.server().faults.waiting()))
}

async fn add(Extract(state): Extract<State>, Json(fault): Json<Fault>) -> Json<Value> {
    state.server().faults.push(fault);
    faults(Extract(state)).await
}

async fn repair(Extract(state): Extract<State>) -> Json<Value> {
    state.server().faults.clear();
    faults(Extract(state)).await
}

async fn settings(Extract(state): Extract<State>) -> Json<Value> {
    Json(json!(state.server().settings))
}

/// Whole settings, not a part: what is left out returns to its default.
async fn change(Extract(state): Extract<State>, Json(to): Json<OpenAiSettings>) -> Json<Value> {
    state.server().settings = to;
    settings(Extract(state)).await
}
