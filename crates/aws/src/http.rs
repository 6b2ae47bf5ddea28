//! HTTP events (API Gateway's HTTP API, payload 2.0), answered by a router.

use crate::Error;
use axum::Router;

/// Serves a router until Lambda ends the process. The same router serves locally.
///
/// # Errors
/// When the runtime cannot be reached.
pub async fn serve_http(router: Router) -> Result<(), Error> {
    lambda_http::run(router).await
}
