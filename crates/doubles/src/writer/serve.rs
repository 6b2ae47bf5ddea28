//! The addresses of the models.

use super::{State, WriterCall, WriterFault, WriterServer, answers};
use crate::account::FaultKind;
use crate::connection::{Line, instead_of_an_answer};
use crate::pace::{broken, let_it_leave, now_ms};
use axum::body::Body;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Path, State as Extract};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use std::time::Duration;

pub(super) fn router(state: State) -> Router {
    Router::new()
        .route("/v1beta/models/{call}", post(gemini))
        .route("/v1/chat/completions", post(chat))
        .route("/double/log", get(async |Extract(state): Extract<State>| Json(json!(state.server().log()))))
        .layer(DefaultBodyLimit::max(16 << 20))
        .with_state(state)
}

/// Why a call was refused, in one of the two shapes.
struct Refused {
    status: u16,
    body: Value,
    retry_after_s: Option<u32>,
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut answer = (status, Json(self.body)).into_response();
        answer.headers_mut().extend(self.retry_after_s.map(|seconds| (RETRY_AFTER, seconds.into())));
        answer
    }
}

/// Gemini's shape: wrapped in a list, as its front end does.
fn of_gemini(code: u16, status: &str, message: &str, details: Value) -> Refused {
    let error = json!({"code": code, "message": message, "status": status, "details": details});
    Refused { status: code, body: json!([{"error": error}]), retry_after_s: None }
}

/// OpenAI's shape.
fn of_chat(status: u16, code: Option<&str>, message: &str) -> Refused {
    let error = json!({"message": message, "type": "invalid_request_error", "param": null, "code": code});
    Refused { status, body: json!({"error": error}), retry_after_s: None }
}

fn texts(parts: &Value) -> String {
    parts["parts"].as_array().into_iter().flatten().filter_map(|part| part["text"].as_str()).collect()
}

/// A question that was understood.
struct Question {
    model: String,
    instructions: String,
    said: Vec<String>,
    schema: Option<Value>,
}

async fn gemini(
    Extract(state): Extract<State>,
    ConnectInfo(line): ConnectInfo<Line>,
    Path(call): Path<String>,
    headers: HeaderMap,
    sent: Bytes,
) -> Response {
    let taken = {
        let mut server = state.server();
        let read = read_gemini(&server, &call, &headers, &sent);
        take(&mut server, read, &sent, true)
    };
    let taken = match taken {
        Ok(taken) => taken,
        Err(refused) => return refused.into_response(),
    };
    let Taken { text, fault, asked, answered, counts } = taken;
    let usage = counts.then(|| {
        json!({"promptTokenCount": asked, "candidatesTokenCount": answered - 50, "thoughtsTokenCount": 50, "totalTokenCount": asked + answered})
    });
    let mut body = match fault {
        Some(WriterFault::Blocked) => json!({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}),
        Some(WriterFault::OtherShape) => json!({"output": text}),
        _ => {
            let finish = match fault {
                Some(WriterFault::MaxTokens) => "MAX_TOKENS",
                Some(WriterFault::Refusal) => "SAFETY",
                _ => "STOP",
            };
            // In two parts, and a thought between them.
            let half = text.char_indices().nth(text.chars().count() / 2).map_or(0, |(at, _)| at);
            let parts =
                json!([{"text": &text[..half]}, {"text": "{\"thought\":", "thought": true}, {"text": &text[half..]}]);
            json!({"candidates": [{"content": {"parts": parts, "role": "model"}, "finishReason": finish, "index": 0}],
                "modelVersion": "double", "responseId": "response-1"})
        }
    };
    if let Some(usage) = usage {
        body["usageMetadata"] = usage;
    }
    answer(&state, fault, &line, body).await
}

fn read_gemini(server: &WriterServer, call: &str, headers: &HeaderMap, sent: &[u8]) -> Result<Question, Refused> {
    let invalid = |message: &str| of_gemini(400, "INVALID_ARGUMENT", message, json!([]));
    let key = headers.get("x-goog-api-key").and_then(|key| key.to_str().ok());
    if key.is_none() || key != server.settings.api_key.as_deref() {
        let details = json!([{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID", "domain": "googleapis.com"}]);
        return Err(of_gemini(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", details));
    }
    let model = call.strip_suffix(":generateContent").ok_or_else(|| invalid("Unknown method"))?;
    if !server.settings.models.iter().any(|known| known == model) {
        return Err(of_gemini(404, "NOT_FOUND", &format!("models/{model} is not found"), json!([])));
    }
    let body: Value = serde_json::from_slice(sent).map_err(|_| invalid("Invalid JSON payload received."))?;
    let config = &body["generationConfig"];
    if config["responseMimeType"] != "application/json" || !config["responseJsonSchema"].is_object() {
        return Err(invalid("this double writes JSON by a schema only"));
    }
    if !config["responseSchema"].is_null() {
        return Err(invalid("responseSchema and responseJsonSchema exclude each other"));
    }
    let contents = body["contents"].as_array().filter(|contents| !contents.is_empty());
    let contents = contents.ok_or_else(|| invalid("contents is not specified"))?;
    for (index, content) in contents.iter().enumerate() {
        let role = if index % 2 == 0 { "user" } else { "model" };
        if content["role"] != role || texts(content).is_empty() {
            return Err(invalid("contents: user and model take turns, and each says something"));
        }
    }
    Ok(Question {
        model: model.to_owned(),
        instructions: texts(&body["systemInstruction"]),
        said: contents.iter().map(texts).collect(),
        schema: Some(config["responseJsonSchema"].clone()),
    })
}

async fn chat(
    Extract(state): Extract<State>,
    ConnectInfo(line): ConnectInfo<Line>,
    headers: HeaderMap,
    sent: Bytes,
) -> Response {
    let taken = {
        let mut server = state.server();
        let read = read_chat(&server, &headers, &sent);
        take(&mut server, read, &sent, false)
    };
    let taken = match taken {
        Ok(taken) => taken,
        Err(refused) => return refused.into_response(),
    };
    let Taken { text, fault, asked, answered, counts } = taken;
    let mut message = json!({"role": "assistant", "content": text, "refusal": null});
    let mut finish = "stop";
    match fault {
        Some(WriterFault::MaxTokens) => finish = "length",
        Some(WriterFault::Blocked) => finish = "content_filter",
        Some(WriterFault::Refusal) => {
            message = json!({"role": "assistant", "content": null, "refusal": "I can't help with that."});
        }
        _ => {}
    }
    let mut body = json!({"id": "chatcmpl-1", "object": "chat.completion", "created": 1_760_000_000, "model": "double",
        "choices": [{"index": 0, "message": message, "finish_reason": finish}]});
    if fault == Some(WriterFault::OtherShape) {
        body = json!({"output": text});
    }
    if counts {
        body["usage"] =
            json!({"prompt_tokens": asked, "completion_tokens": answered, "total_tokens": asked + answered});
    }
    answer(&state, fault, &line, body).await
}

fn read_chat(server: &WriterServer, headers: &HeaderMap, sent: &[u8]) -> Result<Question, Refused> {
    let settings = &server.settings;
    let wrong = |message: &str| of_chat(400, None, message);
    let key = headers.get("authorization").and_then(|key| key.to_str().ok()?.strip_prefix("Bearer "));
    if settings.api_key.is_some() && key != settings.api_key.as_deref() {
        return Err(of_chat(401, Some("invalid_api_key"), "Incorrect API key provided."));
    }
    let body: Value = serde_json::from_slice(sent).map_err(|_| wrong("We could not parse the JSON body."))?;
    let model = body["model"].as_str().unwrap_or_default();
    if !settings.models.iter().any(|known| known == model) {
        return Err(of_chat(404, Some("model_not_found"), &format!("The model `{model}` does not exist.")));
    }
    for field in ["max_tokens", "max_completion_tokens"] {
        if !body[field].is_null() && field != settings.limit_field {
            let message = format!("Unsupported parameter: '{field}'. Use '{}' instead.", settings.limit_field);
            return Err(of_chat(400, Some("unsupported_parameter"), &message));
        }
    }
    let messages = body["messages"].as_array().filter(|messages| messages.len() > 1);
    let messages = messages.ok_or_else(|| wrong("messages: a system message and a user's"))?;
    let contents: Vec<String> =
        messages.iter().map(|message| message["content"].as_str().unwrap_or_default().to_owned()).collect();
    let roles = ["system", "user", "assistant", "user"];
    let turns = messages.iter().zip(roles).all(|(message, role)| message["role"] == role);
    if !turns || messages.len() > roles.len() || contents.iter().any(String::is_empty) {
        return Err(wrong("messages: system, then user and assistant in turn, and each says something"));
    }
    let format = &body["response_format"];
    let schema = match format["type"].as_str().unwrap_or_default() {
        "json_schema" if settings.knows_schemas => {
            let named = &format["json_schema"];
            if named["strict"] != true || !is_strict(&named["schema"]) {
                return Err(wrong(
                    "Invalid schema for response_format: every property must be required, and no other allowed",
                ));
            }
            Some(named["schema"].clone())
        }
        "json_object" if contents[0].contains("JSON") => {
            // A model reads the schema in its instructions.
            contents[0].lines().last().and_then(|line| serde_json::from_str(line.split_once(": ")?.1).ok())
        }
        other => return Err(wrong(&format!("response_format: '{other}' is not supported here"))),
    };
    Ok(Question { model: model.to_owned(), instructions: contents[0].clone(), said: contents[1..].to_vec(), schema })
}

/// Whether a strict mode takes it.
fn is_strict(schema: &Value) -> bool {
    if has_cycle(schema) || !schema["const"].is_null() || !schema["oneOf"].is_null() {
        return false;
    }
    let all = |schemas: &Value| schemas.as_object().is_none_or(|schemas| schemas.values().all(is_strict));
    if !all(&schema["$defs"]) {
        return false;
    }
    if let Some(branches) = schema["anyOf"].as_array() {
        return branches.iter().all(is_strict);
    }
    // Nothing may stand beside a reference, and nothing may refer to itself.
    if let Some(name) = schema["$ref"].as_str() {
        return schema.as_object().is_some_and(|fields| fields.len() == 1) && name.starts_with("#/$defs/");
    }
    if let Some(properties) = schema["properties"].as_object() {
        let required = schema["required"].as_array().map_or(0, Vec::len);
        let is_closed = schema["additionalProperties"] == false && required == properties.len();
        return is_closed && properties.values().all(is_strict);
    }
    let is_one_or_none = schema["type"].as_array().is_some_and(|types| types.iter().all(Value::is_string));
    (schema["type"].is_string() || is_one_or_none) && (schema["items"].is_null() || is_strict(&schema["items"]))
}

/// Whether a definition comes back to itself.
fn has_cycle(schema: &Value) -> bool {
    fn names(schema: &Value, found: &mut Vec<String>) {
        if let Some(name) = schema["$ref"].as_str() {
            found.push(name.trim_start_matches("#/$defs/").to_owned());
        }
        match schema {
            Value::Object(fields) => fields.values().for_each(|value| names(value, found)),
            Value::Array(items) => items.iter().for_each(|value| names(value, found)),
            _ => {}
        }
    }
    let defs = schema["$defs"].as_object();
    let comes_back = |start: &String| {
        let (mut seen, mut open) = (Vec::new(), vec![start.clone()]);
        while let Some(name) = open.pop() {
            let mut next = Vec::new();
            names(&schema["$defs"][&name], &mut next);
            if next.contains(start) {
                return true;
            }
            open.extend(next.into_iter().filter(|name| !seen.contains(name)));
            seen.push(name);
        }
        false
    };
    defs.is_some_and(|defs| defs.keys().any(comes_back))
}

/// A call that was taken, and what is written.
struct Taken {
    text: String,
    fault: Option<WriterFault>,
    asked: u64,
    answered: u64,
    counts: bool,
}

fn take(
    server: &mut WriterServer,
    read: Result<Question, Refused>,
    sent: &[u8],
    is_gemini: bool,
) -> Result<Taken, Refused> {
    let taken = read.and_then(|question| {
        let fault = if server.faults.is_empty() { None } else { Some(server.faults.remove(0)) };
        refusal(fault, is_gemini).map_or(Ok((question, fault)), Err)
    });
    let (question, fault) = taken.inspect_err(|refused| server.log.refusals.push(refused.status))?;
    let schema = question.schema.clone().unwrap_or_default();
    let text = answers::text(&schema, question.said.first().map_or("", String::as_str), fault);
    let tokens = |bytes: usize| bytes.div_ceil(4) as u64;
    let (asked, answered) = (tokens(sent.len()), tokens(text.len()) + 50);
    server.log.calls.push(WriterCall {
        is_gemini,
        model: question.model,
        instructions: question.instructions,
        said: question.said,
        schema: question.schema,
        body: serde_json::from_slice(sent).unwrap_or_default(),
        start_ms: now_ms(),
        asked_tokens: asked,
        answered_tokens: answered,
        fault,
    });
    Ok(Taken { text, fault, asked, answered, counts: server.settings.counts_tokens })
}

/// The faults that come instead of a call.
fn refusal(fault: Option<WriterFault>, is_gemini: bool) -> Option<Refused> {
    let quota = |id: &str, more: Value| {
        let failure = json!({"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [{"quotaId": id}]});
        of_gemini(429, "RESOURCE_EXHAUSTED", "You exceeded your current quota.", json!([failure, more]))
    };
    Some(match (fault?, is_gemini) {
        (WriterFault::RateLimit { retry_after_s }, true) => {
            let info =
                json!({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": format!("{retry_after_s}s")});
            quota("GenerateRequestsPerMinutePerProjectPerModel", info)
        }
        (WriterFault::RateLimit { retry_after_s }, false) => Refused {
            retry_after_s: Some(retry_after_s),
            ..of_chat(429, Some("rate_limit_exceeded"), "Rate limit reached.")
        },
        (WriterFault::Quota, true) => quota("GenerateRequestsPerDayPerProjectPerModel", json!({})),
        (WriterFault::Quota, false) => of_chat(429, Some("insufficient_quota"), "You exceeded your current quota."),
        (WriterFault::Overloaded, true) => of_gemini(503, "UNAVAILABLE", "The model is overloaded.", json!([])),
        (WriterFault::Overloaded, false) => of_chat(503, Some("overloaded"), "The server is overloaded."),
        (WriterFault::InternalError, true) => of_gemini(500, "INTERNAL", "An internal error has occurred.", json!([])),
        (WriterFault::InternalError, false) => of_chat(500, None, "The server had an error."),
        _ => return None,
    })
}

async fn answer(state: &State, fault: Option<WriterFault>, line: &Line, body: Value) -> Response {
    let slow_ms = if let Some(WriterFault::Slow { ms }) = fault { ms } else { 0 };
    let wait_ms = state.server().settings.first_byte_ms + slow_ms;
    if wait_ms > 0 {
        tokio::time::sleep(Duration::from_millis(wait_ms)).await;
    }
    let lost = match fault {
        Some(WriterFault::Reset) => Some(FaultKind::Reset),
        Some(WriterFault::Gateway) => Some(FaultKind::Gateway),
        _ => None,
    };
    if let Some(other) = instead_of_an_answer(lost, line, |_| ()).await {
        return other;
    }
    let bytes = Bytes::from(body.to_string());
    let length = bytes.len();
    let body = if fault == Some(WriterFault::Cut) {
        let half = bytes.slice(..length / 2);
        Body::from_stream(stream::once(async { Ok(half) }).chain(stream::once(async {
            let_it_leave().await;
            Err(broken())
        })))
    } else {
        Body::from(bytes)
    };
    let headers = [(CONTENT_TYPE, "application/json".to_owned()), (CONTENT_LENGTH, length.to_string())];
    (headers, body).into_response()
}
