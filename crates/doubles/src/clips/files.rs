//! The Files API, as far as clips lie in it, and the other host that a download leads to.

use super::faults::ClipFault;
use super::log::{ClipDoor, LoggedDownload, LoggedOrder};
use super::serve::key;
use super::{Books, State};
use crate::connection::cut;
use axum::body::Body;
use axum::extract::{Path, State as Extract};
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::{iter, once};
use serde_json::json;
use std::convert::Infallible;
use std::time::Duration;

pub(super) const CLIP: &[u8] = include_bytes!("clip.mp4");

/// The other host. It wants no key.
pub(super) fn elsewhere(state: State) -> Router {
    Router::new().route("/{hops}/{name}", get(hop)).with_state(state)
}

/// Where the clip of an order lies.
pub(super) fn address(state: &State, order: &LoggedOrder) -> String {
    format!("{}/v1beta/files/{}:download?alt=media", state.root, order.name)
}

/// What was generated.
pub(super) fn clip(order: &LoggedOrder) -> &'static [u8] {
    match order.fault {
        Some(ClipFault::Spoiled) => b"<html><body>This is no film.</body></html>",
        _ => CLIP,
    }
}

/// `NAME` says how far a file is, `NAME:download` brings it.
pub(super) async fn file(Extract(state): Extract<State>, Path(call): Path<String>, headers: HeaderMap) -> Response {
    let mut books = state.books();
    let now_ms = books.clock.now_ms();
    let Books { account, .. } = &mut *books;
    if let Err(reason) = account.check_key(key(&headers)) {
        return reason.said(ClipDoor::Interactions);
    }
    let (name, is_download) = call.strip_suffix(":download").map_or((call.as_str(), false), |name| (name, true));
    account.log.file_questions += usize::from(!is_download);
    let order = account.order(name).filter(|order| order.fault != Some(ClipFault::FileGone));
    let Some(order) = order else {
        let message = "You do not have permission to access the file, or it may not exist.";
        let error = json!({"code": 403, "message": message, "status": "PERMISSION_DENIED"});
        return (StatusCode::FORBIDDEN, Json(json!({"error": error}))).into_response();
    };
    let is_active = now_ms >= order.at_ms + account.settings.generating_ms + account.settings.processing_ms;
    if !is_download {
        let stands = match order.fault {
            Some(ClipFault::FileFailed) => "FAILED",
            _ if is_active => "ACTIVE",
            _ => "PROCESSING",
        };
        return Json(json!({"name": format!("files/{name}"), "mimeType": "video/mp4", "state": stands}))
            .into_response();
    }
    let hops = account.settings.redirects;
    drop(books);
    if !is_active {
        let error =
            json!({"code": 400, "message": "The file is not in an ACTIVE state.", "status": "FAILED_PRECONDITION"});
        return (StatusCode::BAD_REQUEST, Json(json!({"error": error}))).into_response();
    }
    sent(&state, &order, hops, (&headers, false))
}

async fn hop(Extract(state): Extract<State>, Path((hops, name)): Path<(u32, String)>, headers: HeaderMap) -> Response {
    let order = state.books().account.order(&name);
    order.map_or_else(|| StatusCode::NOT_FOUND.into_response(), |order| sent(&state, &order, hops, (&headers, true)))
}

/// The clip, or where it is told to be.
fn sent(state: &State, order: &LoggedOrder, hops: u32, (headers, is_elsewhere): (&HeaderMap, bool)) -> Response {
    let fault = {
        let account = &mut state.books().account;
        let status = if hops > 0 { StatusCode::FOUND } else { StatusCode::OK }.as_u16();
        let had_key = key(headers).is_some();
        account.log.downloads.push(LoggedDownload { order: order.name.clone(), is_elsewhere, had_key, status });
        if hops == 0 { account.fault(ClipFault::is_of_download) } else { None }
    };
    if hops > 0 {
        let to = format!("{}/{}/{}", state.elsewhere, hops - 1, order.name);
        return (StatusCode::FOUND, [(LOCATION, to)]).into_response();
    }
    let clip = Bytes::from_static(clip(order));
    let kind = [(CONTENT_TYPE, "video/mp4")];
    match fault {
        Some(ClipFault::Slow { ms }) => (kind, halting(clip, Duration::from_millis(ms))).into_response(),
        Some(_) => (kind, cut(&clip, clip.len() / 2, || {})).into_response(),
        None => (kind, clip).into_response(),
    }
}

/// The bytes, with a pause in the middle.
fn halting(mut bytes: Bytes, pause: Duration) -> Body {
    let begin = bytes.split_to(bytes.len() / 2);
    let end = async move {
        tokio::time::sleep(pause).await;
        Ok::<_, Infallible>(bytes)
    };
    Body::from_stream(iter([Ok(begin)]).chain(once(end)))
}
