//! Addresses of the interface that this version does not answer yet: 404, and what to do instead.

use crate::desk::Desk;
use crate::refused::{Refused, no_route, wrong_method};
use axum::Router;
use axum::http::{Method, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use std::sync::Arc;

const LATER: [(&str, &str); 4] = [
    ("/v1/uploads", "Uploads are not there yet: `onetake film` takes pictures from files."),
    ("/v1/jobs/{id}/events", "Events are not there yet: ask for the job with `?wait=20` and `If-None-Match`."),
    ("/v1/openapi.json", "The description is not there yet: README.md tells the routes."),
    ("/v1/speech/adopt", "Adopting is not there yet: `onetake adopt` takes over what the provider's history holds."),
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
