//! The bytes of a job's files, whole or a range of them; or, where the store has links, a short-lived one (never stored).

use crate::desk::Desk;
use crate::jobs::names;
use crate::range::{Asked, asked};
use crate::refused::{Answered, Refused};
use axum::Router;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::ops::Range;
use std::sync::Arc;
use steps::job;
use story::JobId;
use story::artifacts::Link;
use story::ids::sha256_hex;

pub(crate) fn routes() -> Router<Arc<Desk>> {
    Router::new().route("/v1/jobs/{id}/files/{name}", get(file))
}

async fn file(
    State(desk): State<Arc<Desk>>,
    path: Result<Path<(String, String)>, PathRejection>,
    method: Method,
    headers: HeaderMap,
) -> Answered {
    let Path((text, name)) = path.map_err(|_| Refused::no_file())?;
    let id = JobId::parse(&text).ok_or_else(Refused::no_job)?;
    let house = &desk.house;
    let job = job::head(house, &id).await?.ok_or_else(Refused::no_job)?;
    let object = job::object(house, &job, &name).await?.ok_or_else(Refused::no_file)?;
    let size = house.artifacts.head(&object).await?.ok_or_else(Refused::no_file)?.size_bytes;
    // Whoever listens or watches uses the job: it is kept longer.
    job::touch(house, &id).await?;
    // A link is signed for reading: who asks for the head alone is answered from here.
    if method == Method::GET
        && let Link::Url(url) = house.artifacts.link(&object, &name, job::content_type(&name)).await?
    {
        return Ok((StatusCode::FOUND, [(header::LOCATION, url)]).into_response());
    }

    let known = job.files.iter().find(|file| file.name == name).map(|file| file.sha256.clone());
    // A take's object is named by its key and attempt, and never written twice.
    let tag = format!("\"{}\"", known.unwrap_or_else(|| sha256_hex(object.to_string().as_bytes())));
    let text = |name| headers.get(name).and_then(|value: &header::HeaderValue| value.to_str().ok());
    if text(header::IF_NONE_MATCH).is_some_and(|known| names(known, &tag)) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
    }
    // A range of another version is of no use: then the whole.
    let range = text(header::RANGE).filter(|_| text(header::IF_RANGE).is_none_or(|known| known.trim() == tag));
    let part = match asked(range, size) {
        Asked::Whole => None,
        Asked::Part(part) => Some(part),
        Asked::Nothing => {
            let range = format!("bytes */{size}");
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, [(header::CONTENT_RANGE, range)]).into_response());
        }
    };
    let body = match method {
        Method::HEAD => Body::empty(),
        _ => Body::from_stream(house.artifacts.get(&object, part.clone()).await?.ok_or_else(Refused::no_file)?),
    };
    Ok(answer(body, job::content_type(&name), tag, part, size))
}

fn answer(body: Body, content_type: &'static str, tag: String, part: Option<Range<u64>>, size: u64) -> Response {
    let length = part.as_ref().map_or(size, |part| part.end - part.start);
    let headers = [
        (header::CONTENT_TYPE, content_type.to_owned()),
        (header::CONTENT_LENGTH, length.to_string()),
        (header::ACCEPT_RANGES, "bytes".to_owned()),
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
        (header::ETAG, tag),
    ];
    match part {
        None => (headers, body).into_response(),
        Some(part) => {
            let range = format!("bytes {}-{}/{size}", part.start, part.end - 1);
            (StatusCode::PARTIAL_CONTENT, headers, [(header::CONTENT_RANGE, range)], body).into_response()
        }
    }
}
