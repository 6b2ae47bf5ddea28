//! The four addresses that speak, each over the same rules: take and charge, then hand over.

use super::stream::{Parts, Running, body};
use super::{State, concurrency_headers, key};
use crate::account::{Call, Ended, Endpoint, FaultKind, SpeechCall, SpeechQuery};
use crate::connection::{Line, instead_of_an_answer};
use crate::pace::{Pace, broken, let_it_leave, now_ms};
use crate::sound::{Sound, Span, alignment, normalized_alignment};
use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Path, Query, State as Extract};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, post};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream;
use serde_json::{Value, json};
use std::future::pending;

pub(super) fn routes() -> Router<State> {
    Router::new()
        .route("/v1/text-to-speech/{voice_id}", at(Endpoint::Whole))
        .route("/v1/text-to-speech/{voice_id}/stream", at(Endpoint::Stream))
        .route("/v1/text-to-speech/{voice_id}/with-timestamps", at(Endpoint::WholeWithTimestamps))
        .route("/v1/text-to-speech/{voice_id}/stream/with-timestamps", at(Endpoint::StreamWithTimestamps))
}

fn at(endpoint: Endpoint) -> MethodRouter<State> {
    post(async move |state, line, voice_id, query, headers, sent| {
        speak(endpoint, state, line, voice_id, query, headers, sent).await
    })
}

async fn speak(
    endpoint: Endpoint,
    Extract(state): Extract<State>,
    ConnectInfo(line): ConnectInfo<Line>,
    Path(voice_id): Path<String>,
    Query(query): Query<SpeechQuery>,
    headers: HeaderMap,
    sent: Bytes,
) -> Response {
    let parsed: Result<Value, _> = serde_json::from_slice(&sent);
    let body = parsed.as_ref().unwrap_or(&Value::Null);
    let call = SpeechCall { endpoint, api_key: key(&headers), voice_id: &voice_id, query: &query, body };
    let begun = match &parsed {
        Ok(_) => state.account().begin(call, now_ms()),
        Err(error) => Err(state.account().unreadable(call, &error.to_string(), now_ms())),
    };
    match begun {
        Ok(call) => answer(endpoint, Running::new(state, call.id), call, line).await,
        Err(refusal) => refusal.into_response(),
    }
}

async fn answer(endpoint: Endpoint, mut running: Running, call: Call, line: Line) -> Response {
    let pace = Pace::new(call.first_byte_ms, call.speed);
    if let Some(other) = instead_of_an_answer(call.fault, &line, |how| running.end(how)).await {
        return other;
    }
    let content_type = match endpoint {
        Endpoint::Whole | Endpoint::Stream => call.format.content_type(),
        Endpoint::WholeWithTimestamps | Endpoint::StreamWithTimestamps => "application/json",
    };
    pace.reach(if endpoint.streams() { 0 } else { call.speech.length_ms() }).await;
    // What they say of calls at once is true as they leave, with this call among them.
    let with_headers = headers(&running, &call);
    let mut response = match endpoint {
        Endpoint::Whole | Endpoint::WholeWithTimestamps => whole(endpoint, running, call),
        Endpoint::Stream | Endpoint::StreamWithTimestamps => {
            if call.fault == Some(FaultKind::Hang { headers: true }) {
                silent(running, None)
            } else {
                body(Parts::of(endpoint), running, call, pace).into_response()
            }
        }
    };
    response.headers_mut().extend(with_headers);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// All of it at once.
fn whole(endpoint: Endpoint, mut running: Running, call: Call) -> Response {
    let spans: Vec<Span> = call.speech.spans().collect();
    let audio = Sound::whole(call.format, &spans);
    let bytes = match endpoint {
        Endpoint::WholeWithTimestamps => Bytes::from(
            json!({
                "audio_base64": STANDARD.encode(&audio), "alignment": alignment(&spans),
                "normalized_alignment": normalized_alignment(&spans),
            })
            .to_string(),
        ),
        _ => Bytes::from(audio),
    };
    match call.fault {
        Some(FaultKind::Hang { .. }) => silent(running, Some(bytes.len())),
        Some(FaultKind::Cut { share }) => {
            let length = bytes.len();
            // A body whose length was said is cut only where a byte is missing.
            let part = bytes.slice(..((length as f64 * share) as usize).min(length.saturating_sub(1)));
            let cut = stream::once(async { Ok(part) }).chain(stream::once(async move {
                let_it_leave().await;
                running.end(Ended::Cut);
                Err(broken())
            }));
            ([(CONTENT_LENGTH, length)], Body::from_stream(cut)).into_response()
        }
        _ => {
            running.end(Ended::Complete);
            bytes.into_response()
        }
    }
}

/// A body that never comes, for as long as the client waits.
fn silent(running: Running, length: Option<usize>) -> Response {
    let never = stream::once(async move {
        let _held = running;
        pending::<Result<Bytes, std::io::Error>>().await
    });
    let body = Body::from_stream(never);
    match length {
        Some(length) => ([(CONTENT_LENGTH, length)], body).into_response(),
        None => body.into_response(),
    }
}

/// What the provider says about a call beside its body (PROVIDERS 1.6).
fn headers(running: &Running, call: &Call) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut say = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    say("request-id", &call.request_id);
    say("x-trace-id", &call.trace_id);
    say("character-cost", &call.cost.to_string());
    if let Some(id) = &call.history_item_id {
        say("history-item-id", id);
    }
    headers.extend(concurrency_headers(running.account().said_concurrency(call.model_id)));
    headers
}
