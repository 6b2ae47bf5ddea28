//! A function URL: plain HTTP in, events of payload 2.0 to its one function, the streamed answer out.
//! Shapes: <https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html>.
//! What is streamed comes whole here: the emulator holds it back.

use crate::function::Function;
use crate::gateway::{event, with_head};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::Response;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

/// The body of a request.
const MOST_BYTES: usize = 6 << 20;

struct Url {
    /// `host:port`, the only name that it answers to.
    name: String,
    function: Arc<Function>,
    requests: AtomicU64,
}

/// Listens. Answers the address, and what ends it.
pub(crate) async fn listen(function: Arc<Function>) -> Result<(String, AbortHandle), String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(|error| error.to_string())?;
    let name = listener.local_addr().map_err(|error| error.to_string())?.to_string();
    // With a slash at its end, as AWS has it.
    let url = format!("http://{name}/");
    let router =
        Router::new().fallback(answer).with_state(Arc::new(Url { name, function, requests: AtomicU64::new(0) }));
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });
    Ok((url, serving.abort_handle()))
}

async fn answer(State(url): State<Arc<Url>>, request: axum::extract::Request) -> Response {
    let (parts, body) = request.into_parts();
    // Who asks for another host does not come here at all on AWS.
    if parts.headers.get(header::HOST).and_then(|host| host.to_str().ok()) != Some(url.name.as_str()) {
        return refusal(StatusCode::FORBIDDEN, "Forbidden");
    }
    let Ok(body) = to_bytes(body, MOST_BYTES).await else {
        return refusal(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
    };
    let number = url.requests.fetch_add(1, Ordering::Relaxed);
    let event = event(&url.name, &parts, parts.uri.path(), "$default", &body, number);
    let function = url.function.clone();
    let place = function.place().await;
    // In a task of its own: the function runs to its end, also when the client leaves.
    let call = tokio::spawn(async move {
        let answer = function.stream(event).await;
        drop(place);
        answer
    });
    match call.await {
        Ok(Ok(streamed)) => with_head(&streamed.head, streamed.body)
            .unwrap_or_else(|_| refusal(StatusCode::BAD_GATEWAY, "Internal Server Error")),
        _ => refusal(StatusCode::BAD_GATEWAY, "Internal Server Error"),
    }
}

/// AWS's own words.
fn refusal(status: StatusCode, message: &'static str) -> Response {
    let mut response = Response::new(Body::from(message));
    *response.status_mut() = status;
    response
}
