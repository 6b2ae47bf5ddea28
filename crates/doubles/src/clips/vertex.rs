//! Veo's two calls on Vertex (PROVIDERS 3.3).

use super::account::{ClipAccount, ClipSettings, Progress, Wanted};
use super::faults::ClipFault;
use super::log::ClipDoor;
use super::refusal::Reason;
use super::serve::{key, ordered};
use super::{Books, State, files};
use crate::connection::Line;
use axum::Json;
use axum::extract::{ConnectInfo, Path, State as Extract};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Value, json};

const DOOR: ClipDoor = ClipDoor::Vertex;

/// `MODEL:predictLongRunning` orders, `MODEL:fetchPredictOperation` asks.
pub(super) async fn call(
    Extract(state): Extract<State>,
    ConnectInfo(line): ConnectInfo<Line>,
    Path((_, _, call)): Path<(String, String, String)>,
    headers: HeaderMap,
    sent: Bytes,
) -> Response {
    let body: Value = serde_json::from_slice(&sent).unwrap_or_default();
    let taken = {
        let mut books = state.books();
        let now_ms = books.clock.now_ms();
        let Books { account, .. } = &mut *books;
        match call.split_once(':') {
            Some((model, "predictLongRunning")) => {
                account.take(DOOR, key(&headers), now_ms, |settings| wanted(settings, model, body))
            }
            Some((model, "fetchPredictOperation")) => {
                let told = operation(account, key(&headers), model, &body, now_ms);
                return told.map_or_else(|reason| reason.said(DOOR), |told| Json(told).into_response());
            }
            _ => return StatusCode::NOT_FOUND.into_response(),
        }
    };
    match taken {
        Ok(order) => {
            let name = if order.fault == Some(ClipFault::Nameless) { Value::Null } else { json!(order.name) };
            ordered(&order, &line, Json(json!({"name": name})).into_response()).await
        }
        Err(reason) => reason.said(DOOR),
    }
}

/// What is ordered, or what is wrong with it.
fn wanted(settings: &ClipSettings, model: &str, body: Value) -> Result<Wanted, Reason> {
    if !settings.veo_models.iter().any(|known| known == model) {
        return Err(Reason::NoModel { model: model.to_owned() });
    }
    let (instance, parameters) = (&body["instances"][0], &body["parameters"]);
    let is_one_of = |name: &str, values: &[&str]| values.iter().any(|value| parameters[name] == *value);
    let image = &instance["image"];
    let has_data = image["bytesBase64Encoded"].as_str().is_some_and(|data| STANDARD.decode(data).is_ok());
    let has_type = image["mimeType"].as_str().is_some_and(|kind| kind.starts_with("image/"));
    let is_image_right = image.is_null() || (has_data && has_type);
    // A number, no string.
    let seconds = parameters["durationSeconds"].as_u64().filter(|seconds| matches!(seconds, 4 | 6 | 8));
    let wrong = match seconds {
        _ if instance["prompt"].as_str().is_none_or(str::is_empty) => "instances[0].prompt is missing.",
        _ if !is_image_right => "instances[0].image is wrong.",
        _ if !is_one_of("aspectRatio", &["16:9", "9:16"]) => "aspectRatio must be 16:9 or 9:16.",
        _ if !is_one_of("resolution", &["720p", "1080p"]) => "resolution must be 720p or 1080p.",
        _ if parameters["sampleCount"] != 1 => "this double generates one at a time.",
        None => "durationSeconds must be 4, 6 or 8.",
        Some(seconds) => {
            let usd_per_s = if model.contains("fast") { 0.15 } else { 0.40 };
            return Ok(Wanted { model: model.to_owned(), seconds: seconds as u32, usd_per_s, body });
        }
    };
    Err(Reason::wrong(wrong))
}

fn operation(
    account: &mut ClipAccount,
    key: Option<&str>,
    model: &str,
    body: &Value,
    now_ms: u64,
) -> Result<Value, Reason> {
    let name = body["operationName"].as_str().unwrap_or_default();
    let order = account.asked(DOOR, key, name)?;
    if order.model != model {
        return Err(Reason::wrong("The operation is another model's."));
    }
    Ok(match account.progress(&order, now_ms) {
        Progress::Stands(_) => json!({"name": name, "metadata": {}}),
        Progress::Failed => {
            json!({"name": name, "done": true, "error": {"code": 13, "message": "Internal error encountered."}})
        }
        Progress::Words => {
            let filtered = json!({"raiMediaFilteredCount": 1, "raiMediaFilteredReasons": ["Filtered: violence."]});
            json!({"name": name, "done": true, "response": filtered})
        }
        Progress::Done => {
            let video = json!({"bytesBase64Encoded": STANDARD.encode(files::clip(&order)), "mimeType": "video/mp4"});
            json!({"name": name, "done": true, "response": {"raiMediaFilteredCount": 0, "videos": [video]}})
        }
    })
}
