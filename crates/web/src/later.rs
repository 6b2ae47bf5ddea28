//! Addresses of the interface that this version does not answer yet: 404, and what to do instead.

use crate::desk::Desk;
use crate::refused::{Refused, no_route, wrong_method};
use axum::Router;
use axum::http::{Method, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use std::sync::Arc;

const LATER: [(&str, &str); 9] = [
    ("/v1/uploads", "Uploads are not there yet: `onetake film` takes pictures from files."),
    ("/v1/jobs/{id}/events", "Events are not there yet: ask for the job with `?wait=20` and `If-None-Match`."),
    ("/v1/jobs/{id}/timeline", "The timeline is not there yet: the job's `stages` say how far it is."),
    ("/v1/openapi.json", "The description is not there yet: README.md tells the routes."),
    (
        "/v1/speech/requests",
        "The history of attempts is not there yet: `GET /v1/stats` and `GET /v1/speech/audit` sum it up.",
    ),
    ("/v1/speech/requests/{id}", "Single attempts are not there yet: cancel the job with `POST /v1/jobs/{id}/cancel`."),
    ("/v1/speech/adopt", "Adopting is not there yet: `onetake adopt` takes over what the provider's history holds."),
    (
        "/v1/takes/{key}/audio",
        "Takes are not there yet: each line's sound is a file of its job, `line-000.mp3` and so on.",
    ),
    ("/elevenlabs/{*rest}", "The gateway is not there yet: order a preview with `POST /v1/previews`."),
];

pub(crate) fn routes() -> Router<Arc<Desk>> {
    LATER.into_iter().fold(Router::new(), |routes, (path, sentence)| {
        routes.route(path, any(move || async move { Refused::not_yet(sentence) }))
    })
}

/// Addresses that another role answers, and to one method only: any other reaches the role that answers the rest.
pub(crate) fn of_other_roles() -> Router<Arc<Desk>> {
    ["/v1/previews", "/v1/videos", "/v1/cleanup"]
        .into_iter()
        .fold(Router::new(), |routes, path| routes.route(path, any(only_post)))
}

async fn only_post(method: Method) -> Response {
    match method {
        Method::POST => no_route().await.into_response(),
        _ => ([(header::ALLOW, "POST")], wrong_method().await).into_response(),
    }
}
