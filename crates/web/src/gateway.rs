//! The gateway: answers as `ElevenLabs` does, so that any of its SDKs works with only its base URL changed, and shares the house's
//! lane, takes and limits (DESIGN §6.5).

mod answer;
mod asked;
mod lists;
mod refusal;
mod replay;
mod silence;

use crate::body::read_whole;
use crate::desk::Desk;
use crate::guard::{self, Caller, Stranger};
use asked::Form;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, any, get, post};
use axum::{Extension, Router};
use refusal::Refusal;
use std::sync::{Arc, Mutex};
use story::speech::Reply;
use story::{Listener, Speech, Timestamp};
use tokio_util::task::TaskTracker;

/// What speaks for those who wait at the gateway.
#[derive(Clone)]
pub struct Speaking {
    /// Who levels what was spoken.
    pub listener: Arc<dyn Listener>,
    /// The calls that go on, be their clients there or not. Closed, nobody waits any more, and what is being spoken is finished.
    pub calls: TaskTracker,
}

impl Speaking {
    /// Nobody waits yet.
    #[must_use]
    pub fn new(listener: Arc<dyn Listener>) -> Self {
        Self { listener, calls: TaskTracker::new() }
    }
}

/// What every handler of the gateway needs.
pub(crate) struct Gateway {
    desk: Desk,
    speaking: Speaking,
    /// The provider's balance, and until when it is believed.
    balance: Mutex<Option<(Timestamp, Reply)>>,
}

impl Gateway {
    fn speech(&self) -> Result<&Arc<dyn Speech>, Refusal> {
        self.desk.speech.as_ref().map_err(|sentence| Refusal::unavailable(sentence))
    }
}

/// The routes, behind a guard of their own: strangers too are told in the provider's shape.
pub(crate) fn routes(desk: Desk, speaking: Speaking) -> Router {
    let guarded = Arc::new(desk.clone());
    let gateway = Arc::new(Gateway { desk, speaking, balance: Mutex::default() });
    let speech = "/elevenlabs/v1/text-to-speech/{voice}";
    Router::new()
        .route(speech, at(Form::Whole))
        .route(&format!("{speech}/stream"), at(Form::Stream))
        .route(&format!("{speech}/with-timestamps"), at(Form::WholeTimed))
        .route(&format!("{speech}/stream/with-timestamps"), at(Form::StreamTimed))
        .route("/elevenlabs/v1/voices", get(lists::voices).fallback(not_here))
        .route("/elevenlabs/v2/voices", get(lists::page_of_voices).fallback(not_here))
        .route("/elevenlabs/v1/models", get(lists::models).fallback(not_here))
        .route("/elevenlabs/v1/user/subscription", get(lists::subscription).fallback(not_here))
        .route("/elevenlabs/v1/voices/{voice}/settings", get(lists::settings).fallback(not_here))
        .route("/elevenlabs", any(not_here))
        .route("/elevenlabs/", any(not_here))
        .route("/elevenlabs/{*rest}", any(not_here))
        .layer(middleware::from_fn_with_state(guarded, look))
        .with_state(gateway)
}

/// The same addresses where another role answers them: every client is told where, in the shape that it reads.
pub(crate) fn elsewhere(desk: Desk) -> Router {
    Router::new()
        .route("/elevenlabs", any(at_another_address))
        .route("/elevenlabs/{*rest}", any(at_another_address))
        .layer(middleware::from_fn_with_state(Arc::new(desk), look))
}

fn at(form: Form) -> MethodRouter<Arc<Gateway>> {
    let speak = async move |State(gateway), Path(voice): Path<String>, Extension(caller), request: Request| {
        spoken(gateway, voice, caller, request, form).await.unwrap_or_else(Refusal::into_response)
    };
    post(speak).fallback(not_here)
}

async fn spoken(
    gateway: Arc<Gateway>,
    voice: String,
    caller: Caller,
    request: Request,
    form: Form,
) -> Result<Response, Refusal> {
    let (parts, body) = request.into_parts();
    let most_bytes = gateway.desk.settings.max_body_bytes;
    let body = read_whole(&parts.headers, body, most_bytes).await.map_err(|refused| match refused.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Refusal::unreadable(refused.status(), &format!("The body is larger than {most_bytes} bytes."))
        }
        status => Refusal::unreadable(status, "The body did not arrive whole; send it once more."),
    })?;
    let profile = gateway.speech()?.profile();
    let mut asked = asked::read(&profile, &voice, (&parts.uri, &parts.headers), &body, form)?;
    asked.check(&gateway).await?;
    answer::answer(gateway, asked, caller.short().unwrap_or_default(), form).await
}

/// Lets a request in, or refuses it.
async fn look(State(desk): State<Arc<Desk>>, mut request: Request, next: Next) -> Response {
    match guard::admit(&desk, request.headers()) {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(stranger) => stranger_is_told(&desk, request.headers(), stranger).into_response(),
    }
}

fn stranger_is_told(desk: &Desk, headers: &HeaderMap, stranger: Stranger) -> Refusal {
    match stranger {
        Stranger::Token if guard::has_token(headers) => Refusal::wrong_token(),
        Stranger::Token => Refusal::no_token(),
        Stranger::NotSetUp => Refusal::unavailable(desk.settings.missing_token.as_deref().unwrap_or_default()),
        Stranger::Host => Refusal::not_here(StatusCode::FORBIDDEN, "This house does not answer to the name in `Host`."),
        Stranger::Origin => Refusal::not_here(StatusCode::FORBIDDEN, "A page of another site may not ask this house."),
    }
}

/// Everything else that `ElevenLabs` has.
async fn not_here(uri: Uri) -> Refusal {
    let path = uri.path().strip_prefix("/elevenlabs").unwrap_or_default();
    Refusal::not_here(
        StatusCode::NOT_FOUND,
        &format!(
            "This is Onetake's gateway: it answers text to speech (whole and streamed, with and without timestamps), voices, \
             models and the subscription as ElevenLabs does, and nothing else; {path} is not among them."
        ),
    )
}

/// On AWS the API cannot stream, so the gateway has an address of its own.
async fn at_another_address() -> Refusal {
    Refusal::not_here(
        StatusCode::NOT_FOUND,
        "Onetake's gateway has an address of its own in this deployment, as this one cannot stream: take the stack's output \
         GatewayUrl, as it stands there, for your client's base URL.",
    )
}
