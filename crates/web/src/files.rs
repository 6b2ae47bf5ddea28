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
use story::artifacts::Link;
use story::ids::sha256_hex;
use story::{House, JobId, Object};

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
    let sha256 = job.files.iter().find(|file| file.name == name).map(|file| file.sha256.as_str());
    let sent = Sent { object: &object, name: &name, content_type: job::content_type(&name), sha256, size };
    send(house, sent, &method, &headers).await?.ok_or_else(Refused::no_file)
}

/// What is sent.
pub(crate) struct Sent<'a> {
    pub(crate) object: &'a Object,
    /// As its readers know it.
    pub(crate) name: &'a str,
    pub(crate) content_type: &'static str,
    /// The hash of its bytes, where the object's name is written more than once.
    pub(crate) sha256: Option<&'a str>,
    pub(crate) size: u64,
}

/// Sends an object's bytes, or a link to them; `None` if it is gone.
pub(crate) async fn send(
    house: &House,
    sent: Sent<'_>,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Option<Response>, Refused> {
    let Sent { object, name, content_type, sha256, size } = sent;
    // A link is signed for reading: who asks for the head alone is answered from here.
    if *method == Method::GET
        && let Link::Url(url) = house.artifacts.link(object, name, content_type).await?
    {
        return Ok(Some((StatusCode::FOUND, [(header::LOCATION, url)]).into_response()));
    }

    // A take's object is named by its key and attempt, and never written twice.
    let hash = sha256.map_or_else(|| sha256_hex(object.to_string().as_bytes()), str::to_owned);
    let tag = format!("\"{hash}\"");
    let text = |name| headers.get(name).and_then(|value: &header::HeaderValue| value.to_str().ok());
    if text(header::IF_NONE_MATCH).is_some_and(|known| names(known, &tag)) {
        return Ok(Some((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response()));
    }
    // A range of another version is of no use: then the whole.
    let range = text(header::RANGE).filter(|_| text(header::IF_RANGE).is_none_or(|known| known.trim() == tag));
    let part = match asked(range, size) {
        Asked::Whole => None,
        Asked::Part(part) => Some(part),
        Asked::Nothing => {
            let range = format!("bytes */{size}");
            return Ok(Some((StatusCode::RANGE_NOT_SATISFIABLE, [(header::CONTENT_RANGE, range)]).into_response()));
        }
    };
    let body = match *method {
        Method::HEAD => Body::empty(),
        _ => match house.artifacts.get(object, part.clone()).await? {
            Some(bytes) => Body::from_stream(bytes),
            None => return Ok(None),
        },
    };
    Ok(Some(answer(body, content_type, tag, part, size)))
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
