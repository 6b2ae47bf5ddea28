//! What was asked of the provider and what waits to be: a page at a time, one by its name, and a way to have one wait no more.

use crate::desk::Desk;
use crate::list::{LIMIT, limit, query};
use crate::refused::{Answered, Refused};
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, Uri};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use std::sync::Arc;
use steps::requests::{self, Cancelled, RequestId};
use story::{Invalid, Problem};

pub(crate) fn routes() -> Router<Arc<Desk>> {
    Router::new().route("/v1/speech/requests", get(list)).route("/v1/speech/requests/{id}", get(read).delete(cancelled))
}

/// A request's id in a path; what cannot be one is not looked up.
struct Id(RequestId);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        let text = Path::<String>::from_request_parts(parts, state).await.ok();
        text.and_then(|text| RequestId::parse(&text)).map(Self).ok_or_else(Refused::no_request)
    }
}

async fn list(State(desk): State<Arc<Desk>>, uri: Uri) -> Answered {
    let (mut after, mut most) = (None, LIMIT);
    let mut problems = Vec::new();
    for (name, value) in query(&uri, &["limit", "cursor"])? {
        let read = match name.as_str() {
            "limit" => limit(&value).map(|limit| most = limit),
            _ => RequestId::parse(&value)
                .map(|id| after = Some(id))
                .ok_or_else(|| "the `next_cursor` of the page before".to_owned()),
        };
        problems.extend(
            read.err().map(|sentence| Problem { pointer: String::new(), detail: format!("{name}: {sentence}") }),
        );
    }
    Invalid::unless_empty(problems)?;
    let (requests, next) = requests::page(&desk.house, after.as_ref(), most).await?;
    let next_cursor = next.map(|next| next.to_string());
    Ok(Json(json!({"requests": requests, "next_cursor": next_cursor})).into_response())
}

async fn read(State(desk): State<Arc<Desk>>, Id(id): Id) -> Answered {
    let request = requests::find(&desk.house, &id).await?.ok_or_else(Refused::no_request)?;
    Ok(Json(request).into_response())
}

async fn cancelled(State(desk): State<Arc<Desk>>, Id(id): Id) -> Answered {
    let reason = match requests::cancel(&desk.house, &id).await? {
        Cancelled::Done => return Ok(StatusCode::NO_CONTENT.into_response()),
        Cancelled::Unknown => return Err(Refused::no_request()),
        Cancelled::Speaks => "it is being spoken: a call that runs is never cut, as it is paid for; what comes is kept",
        Cancelled::Uncertain => {
            "its answer was lost and may have been paid for: it is looked for in the provider's history"
        }
        Cancelled::Ended => "it has ended already",
    };
    Err(Refused::does_not_wait(reason))
}
