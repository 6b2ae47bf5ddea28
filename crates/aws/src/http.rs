//! HTTP events (payload 2.0, as API Gateway's HTTP API and function URLs send them), answered by a router.

use crate::Error;
use axum::Router;

/// Serves a router until Lambda ends the process. The same router serves locally.
///
/// # Errors
/// When the runtime cannot be reached.
pub async fn serve_http(router: Router) -> Result<(), Error> {
    lambda_http::run(router).await
}

/// The same behind a function URL whose `InvokeMode` is `RESPONSE_STREAM`: what the router says reaches the client as it is said. The
/// next request is taken when the last byte has left, so a body must not end before the work behind it does.
///
/// # Errors
/// When the runtime cannot be reached.
pub async fn serve_http_streaming(router: Router) -> Result<(), Error> {
    lambda_http::run_with_streaming_response(router).await
}
