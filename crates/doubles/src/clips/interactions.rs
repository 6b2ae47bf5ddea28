//! The Interactions API as far as it generates videos (PROVIDERS 3.2).

use super::account::{ClipSettings, Progress, Wanted};
use super::faults::ClipFault;
use super::log::{ClipDoor, LoggedOrder};
use super::refusal::Reason;
use super::serve::{key, ordered};
use super::{Books, State, files};
use crate::connection::Line;
use axum::Json;
use axum::extract::{ConnectInfo, Path, State as Extract};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Value, json};

const DOOR: ClipDoor = ClipDoor::Interactions;

/// What a model costs for a second, by the resolutions below.
const USD_PER_S: [(&str, [f64; 4]); 2] =
    [("gemini-omni-1.1-flash", [0.03, 0.10, 0.15, 0.30]), ("gemini-omni-1.2-flash", [0.023, 0.07, 0.105, 0.21])];
const RESOLUTIONS: [&str; 4] = ["360p", "720p", "1080p", "4k"];

pub(super) async fn create(
    Extract(state): Extract<State>,
    ConnectInfo(line): ConnectInfo<Line>,
    headers: HeaderMap,
    sent: Bytes,
) -> Response {
    let taken = {
        let mut books = state.books();
        let now_ms = books.clock.now_ms();
        books.account.take(DOOR, key(&headers), now_ms, |settings| wanted(settings, &sent))
    };
    match taken {
        Ok(order) => {
            let mut told = interaction(&order, "in_progress");
            if order.fault == Some(ClipFault::Nameless) {
                told["id"] = Value::Null;
            }
            ordered(&order, &line, Json(told).into_response()).await
        }
        Err(reason) => reason.said(DOOR),
    }
}

pub(super) async fn tell(Extract(state): Extract<State>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let (order, progress, is_inline) = {
        let mut books = state.books();
        let now_ms = books.clock.now_ms();
        let Books { account, .. } = &mut *books;
        let order = match account.asked(DOOR, key(&headers), &id) {
            Ok(order) => order,
            Err(reason) => return reason.said(DOOR),
        };
        let progress = account.progress(&order, now_ms);
        (order, progress, account.settings.inline)
    };
    let content = match progress {
        Progress::Stands(status) => return Json(interaction(&order, &status)).into_response(),
        Progress::Failed => {
            let mut told = interaction(&order, "failed");
            told["error"] = json!({"code": "internal", "message": "Internal error encountered."});
            return Json(told).into_response();
        }
        Progress::Words => json!({"type": "text", "text": "I cannot generate this video."}),
        Progress::Done if is_inline => {
            json!({"type": "video", "mime_type": "video/mp4", "data": STANDARD.encode(files::clip(&order))})
        }
        Progress::Done => {
            json!({"type": "video", "mime_type": "video/mp4", "uri": files::address(&state, &order)})
        }
    };
    let mut told = interaction(&order, "completed");
    // 5,792 for a second, by what is charged.
    let tokens = if order.usd > 0.0 { order.seconds * 5_792 } else { 0 };
    told["usage"] =
        json!({"total_tokens": tokens, "output_tokens_by_modality": [{"modality": "video", "tokens": tokens}]});
    told["steps"] = json!([
        {"type": "user_input", "content": order.body["input"]}, {"type": "thought", "signature": "s"},
        {"type": "model_output", "content": [content]},
    ]);
    Json(told).into_response()
}

fn interaction(order: &LoggedOrder, status: &str) -> Value {
    json!({"id": order.name, "status": status, "object": "interaction", "model": order.model})
}

/// What is ordered, or what is wrong with it.
fn wanted(settings: &ClipSettings, sent: &[u8]) -> Result<Wanted, Reason> {
    let body: Value = serde_json::from_slice(sent).map_err(|_| Reason::wrong("Invalid JSON payload received."))?;
    let model = body["model"].as_str().unwrap_or_default();
    if !settings.models.iter().any(|known| known == model) {
        return Err(Reason::NoModel { model: model.to_owned() });
    }
    let is_video = body["response_format"]["type"] == "video";
    if !is_video || body["background"] != true || body["store"] == false {
        return Err(Reason::wrong("this double generates videos, in the background, and stores them."));
    }
    let task = body["generation_config"]["video_config"]["task"].as_str().unwrap_or("text_to_video");
    check_input(&body["input"], task)?;
    let seconds = seconds(&body["response_format"], model, task)?;
    let resolution = resolution(&body["response_format"])?;
    let prices = USD_PER_S.iter().find(|(of, _)| *of == model).map_or(USD_PER_S[1].1, |(_, prices)| *prices);
    let (model, usd_per_s) = (model.to_owned(), prices[resolution]);
    Ok(Wanted { model, seconds, usd_per_s, body })
}

/// The length: a string with an "s", no number.
fn seconds(format: &Value, model: &str, task: &str) -> Result<u32, Reason> {
    let longest = if model.contains("1.1") || task == "extend" { 10 } else { 15 };
    let seconds = format["duration"].as_str().and_then(|duration| duration.strip_suffix('s')?.parse::<u32>().ok());
    seconds.filter(|seconds| (3..=longest).contains(seconds)).ok_or_else(|| {
        Reason::wrong(format!("response_format.duration must be a string such as \"8s\", from 3s to {longest}s."))
    })
}

/// Which of the resolutions.
fn resolution(format: &Value) -> Result<usize, Reason> {
    if !["16:9", "9:16"].iter().any(|ratio| format["aspect_ratio"] == *ratio) {
        return Err(Reason::wrong("response_format.aspect_ratio must be 16:9 or 9:16."));
    }
    if !["inline", "uri"].iter().any(|delivery| format["delivery"] == *delivery) {
        return Err(Reason::wrong("response_format.delivery must be inline or uri."));
    }
    let resolution = RESOLUTIONS.iter().position(|lines| format["resolution"] == *lines);
    resolution.ok_or_else(|| Reason::wrong("response_format.resolution must be 360p, 720p, 1080p or 4k."))
}

fn check_input(input: &Value, task: &str) -> Result<(), Reason> {
    let unfit = || Reason::wrong(format!("The input does not fit the task {task}."));
    let has = |kind: &str| input.as_array().into_iter().flatten().any(|part| part["type"] == kind);
    let is_right = match task {
        "text_to_video" => !has("image") && !has("video"),
        "image_to_video" => has("image") && !has("video"),
        "edit" | "extend" => has("video"),
        _ => return Err(Reason::wrong(format!("Unknown task {task}."))),
    };
    if !is_right || !(input.is_string() || has("text")) {
        return Err(unfit());
    }
    input.as_array().into_iter().flatten().try_for_each(|part| {
        let kind = part["type"].as_str().unwrap_or_default();
        let is_text = kind == "text" && part["text"].as_str().is_some_and(|text| !text.trim().is_empty());
        let data = part["data"].as_str().and_then(|data| STANDARD.decode(data).ok()).unwrap_or_default();
        let mime_type = part["mime_type"].as_str().unwrap_or_default();
        let is_data = matches!(kind, "image" | "video") && mime_type.starts_with(kind) && !data.is_empty();
        if is_text || is_data { Ok(()) } else { Err(Reason::wrong(format!("An input of type {kind:?} is wrong."))) }
    })
}
