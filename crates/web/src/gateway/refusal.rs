//! What the gateway says instead of speech, in the shape that `ElevenLabs`' clients read: never a problem of RFC 9457.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};
use story::failure::StoreError;
use story::ids::content_key;
use story::maker::MakerError;
use story::speech::Reply;

/// Why a request for speech is not answered with speech.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refusal {
    status: u16,
    body: String,
    headers: Vec<(String, String)>,
}

impl Refusal {
    fn json(status: u16, body: &Value) -> Self {
        Self { status, body: body.to_string(), headers: vec![("content-type".into(), "application/json".into())] }
    }

    /// One sentence, with the words by which programs know it: its type, its code, and the older word for that.
    fn detail(status: u16, (kind, code, older): (&str, &str, &str), message: &str) -> Self {
        static REFUSALS: AtomicU64 = AtomicU64::new(0);
        let number = (std::process::id(), REFUSALS.fetch_add(1, Ordering::Relaxed));
        let mut request_id = content_key("refusal", &number);
        request_id.truncate(32);
        Self::json(
            status,
            &json!({"detail": {
                "type": kind, "code": code, "message": message, "status": older, "request_id": request_id,
                "docs_url": "https://elevenlabs.io/docs",
            }}),
        )
    }

    /// A field that cannot be read, as FastAPI says it.
    pub(super) fn invalid(place: &str, field: &str, kind: &str, message: &str) -> Self {
        let steps = field.split('.').filter(|step| !step.is_empty());
        // Of a text that is no JSON it says at which place.
        let step = |step: &str| step.parse::<u64>().map_or_else(|_| json!(step), |place| json!(place));
        let loc: Vec<Value> = std::iter::once(place).chain(steps).map(step).collect();
        Self::json(422, &json!({"detail": [{"loc": loc, "msg": message, "type": kind}]}))
    }

    pub(super) fn empty_text() -> Self {
        let words = ("validation_error", "empty_text", "input_text_empty");
        Self::detail(400, words, "Input text is empty. Please provide a text to generate speech for.")
    }

    pub(super) fn text_too_long(length: u64, most: u64) -> Self {
        let words = ("validation_error", "text_too_long", "max_character_limit_exceeded");
        let message = format!(
            "Request text length ({length}) exceeds the maximum text length of {most} characters. Please use Studio for long form TTS."
        );
        Self::detail(400, words, &message)
    }

    pub(super) fn no_voice(id: &str) -> Self {
        let message = format!("A voice with the voice_id {id} was not found.");
        Self::detail(404, ("not_found", "voice_not_found", "voice_not_found"), &message)
    }

    pub(super) fn no_model(id: &str) -> Self {
        let message = format!("A model with model ID {id} does not exist.");
        Self::detail(400, ("invalid_request", "model_not_found", "model_id_does_not_exist"), &message)
    }

    pub(super) fn no_stitching(model: &str) -> Self {
        let message = format!("Providing previous_text or next_text is not yet supported with the '{model}' model.");
        Self::detail(400, ("invalid_request", "unsupported_model", "unsupported_model"), &message)
    }

    pub(super) fn wrong_stability() -> Self {
        let message = "Invalid TTD stability value. Must be one of: [0.0, 0.5, 1.0] (0.0 = Creative, 0.5 = Natural, 1.0 = Robust)";
        Self::detail(400, ("invalid_request", "invalid_ttd_stability", "invalid_ttd_stability"), message)
    }

    pub(super) fn only_mp3(format: &str) -> Self {
        let message = format!(
            "The house rehearses, and a rehearsal speaks MP3 only: ask for mp3_44100_128 in place of {format}."
        );
        Self::detail(400, ("invalid_request", "unsupported_output_format", "unsupported_output_format"), &message)
    }

    /// No token at all, as `ElevenLabs` says it of a key.
    pub(super) fn no_token() -> Self {
        let words = ("authentication_error", "missing_api_key", "needs_authorization");
        Self::detail(401, words, "Neither authorization header nor xi-api-key received, please provide one.")
    }

    /// A token that is not of this house.
    pub(super) fn wrong_token() -> Self {
        Self::detail(401, ("authentication_error", "invalid_api_key", "invalid_api_key"), "Invalid API key")
    }

    /// Too many wait, or a turn did not come in time.
    pub(super) fn busy() -> Self {
        let message = "Too many requests wait for their turn in this house; nothing was bought. Try again in a moment.";
        Self::detail(429, ("rate_limit_error", "system_busy", "system_busy"), message)
    }

    /// A call for the same was lost, and nobody knows yet whether it was paid.
    pub(super) fn lost() -> Self {
        Self::unavailable(
            "The answer to a call for this text was lost on its way and may have been paid for: it is looked for in the \
             provider's history, and is not bought again before. Send this again in a minute.",
        )
    }

    /// A person took it out of the queue. No SDK sends that again by itself.
    pub(super) fn cancelled() -> Self {
        let message = "This request was cancelled by a person of the house while it waited; nothing was bought.";
        Self::detail(410, ("invalid_request", "request_cancelled", "request_cancelled"), message)
    }

    /// Nothing works just now, or ever: the sentence says why.
    pub(super) fn unavailable(message: &str) -> Self {
        let words = ("service_unavailable", "service_unavailable", "service_unavailable");
        Self::detail(503, words, message)
    }

    /// What is asked of another part of the provider, or under a name that is not the house's.
    pub(super) fn not_here(status: StatusCode, message: &str) -> Self {
        let words = match status {
            StatusCode::FORBIDDEN => ("authorization_error", "forbidden", "forbidden"),
            _ => ("not_found", "not_found", "not_found"),
        };
        Self::detail(status.as_u16(), words, message)
    }

    /// The body is larger than the house takes, or did not arrive whole.
    pub(super) fn unreadable(status: StatusCode, message: &str) -> Self {
        Self::detail(status.as_u16(), ("invalid_request", "request_too_large", "request_too_large"), message)
    }
}

/// The provider's own words.
impl From<Reply> for Refusal {
    fn from(reply: Reply) -> Self {
        Self { status: reply.status, body: reply.body, headers: reply.headers }
    }
}

impl From<MakerError> for Refusal {
    fn from(error: MakerError) -> Self {
        match error {
            MakerError::Busy(_) => Self::busy(),
            error => Self::unavailable(&error.to_string()),
        }
    }
}

/// The store's own words stay in the log.
impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "a request of the gateway failed at a store");
        Self::unavailable("The house cannot read or write just now; send this again in a moment.")
    }
}

impl From<steps::open::Refusal> for Refusal {
    fn from(refusal: steps::open::Refusal) -> Self {
        match refusal {
            steps::open::Refusal::Provider(error) => error.into(),
            steps::open::Refusal::Store(error) => error.into(),
            other => Self::unavailable(&format!("{other:?}")),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_GATEWAY);
        let mut response = (status, self.body).into_response();
        response.headers_mut().remove(header::CONTENT_TYPE);
        set(&mut response, self.headers);
        response
    }
}

/// Puts headers on an answer, those that can stand there.
pub(super) fn set(response: &mut Response, headers: impl IntoIterator<Item = (String, String)>) {
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
}

/// An answer in JSON, as it stands there.
pub(super) fn told(reply: Reply) -> Response {
    Refusal::from(reply).into_response()
}
