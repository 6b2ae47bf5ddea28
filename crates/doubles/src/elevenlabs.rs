//! ElevenLabs over HTTP, on 127.0.0.1: the account's rules behind the provider's addresses, and the double's own under `/double`.

mod control;
mod lists;
mod speech;
mod stream;

use crate::account::{Account, Change, Concurrency, Fault, Log, Refusal, Settings};
use crate::connection::Lines;
use crate::watched::{InHand, Watched};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::io;
use std::sync::Arc;
use tokio::task::JoinHandle;

/// A running double. It listens until it is dropped.
#[derive(Debug)]
pub struct ElevenLabs {
    state: State,
    base_url: String,
    server: JoinHandle<()>,
}

impl ElevenLabs {
    /// On a free port.
    pub async fn start(settings: Settings) -> io::Result<Self> {
        Self::start_at(0, settings).await
    }

    /// On this port; 0 is any free one.
    pub async fn start_at(port: u16, settings: Settings) -> io::Result<Self> {
        let lines = Lines::bind(port).await?;
        let base_url = format!("http://{}", axum::serve::Listener::local_addr(&lines)?);
        let state = State(Arc::new(Watched::new(Account::new(settings))));
        let server = lines.serve(router(state.clone()));
        Ok(Self { state, base_url, server })
    }

    /// What stands before `/v1/…`, without a slash at its end. The double's own addresses are under `/double` behind it.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The key that is taken now.
    pub fn api_key(&self) -> String {
        self.state.account().settings.api_key.clone()
    }

    /// Looks at the account, or changes it, while calls run.
    pub fn with_account<T>(&self, look: impl FnOnce(&mut Account) -> T) -> T {
        look(&mut self.state.account())
    }

    /// Returns when the account shows it.
    pub async fn until(&self, shown: impl Fn(&Account) -> bool) {
        self.state.0.until(shown).await;
    }

    /// The provider's books as they are now.
    pub fn log(&self) -> Log {
        self.state.account().log().clone()
    }

    /// One more fault.
    pub fn fault(&self, fault: Fault) {
        self.state.account().faults.push(fault);
    }

    /// Takes over what the change names.
    pub fn change(&self, change: Change) {
        self.state.account().settings.change(change);
    }
}

impl Drop for ElevenLabs {
    fn drop(&mut self) {
        self.server.abort();
    }
}

#[derive(Debug, Clone)]
struct State(Arc<Watched<Account>>);

impl State {
    fn account(&self) -> InHand<'_, Account> {
        self.0.take()
    }
}

fn router(state: State) -> Router {
    Router::new()
        .merge(speech::routes())
        .merge(lists::routes())
        .merge(control::routes())
        .fallback(async || plain(StatusCode::NOT_FOUND, "Not Found"))
        .method_not_allowed_fallback(async || plain(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed"))
        .layer(DefaultBodyLimit::max(4 << 20))
        .with_state(state)
}

/// The framework's own errors: form D.
fn plain(status: StatusCode, detail: &str) -> Response {
    (status, axum::Json(json!({"detail": detail}))).into_response()
}

fn key(headers: &HeaderMap) -> Option<&str> {
    headers.get("xi-api-key").and_then(|value| value.to_str().ok())
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut answer = (status, axum::Json(self.body)).into_response();
        answer.headers_mut().extend(self.retry_after_s.map(|seconds| (RETRY_AFTER, HeaderValue::from(seconds))));
        answer.headers_mut().extend(concurrency_headers(self.concurrency));
        answer
    }
}

/// What an answer says of calls at once, if it says anything.
fn concurrency_headers(said: Option<Concurrency>) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
    let headers = said.map(|Concurrency { current, maximum }| {
        [("current-concurrent-requests", current), ("maximum-concurrent-requests", maximum)]
    });
    let header = |(name, count)| (HeaderName::from_static(name), HeaderValue::from(count));
    headers.into_iter().flatten().map(header)
}
