//! Problems as RFC 9457 has them: what kind, what it means, what to do, and where each one is.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use steps::audit::NoAudit;
use steps::open::Refusal;
use story::failure::StoreError;
use story::maker::MakerError;
use story::{Failure, Invalid, Problem};

/// When to ask again after a store did not work.
const STORE_AGAIN_S: u16 = 2;
/// When to ask again after the speech provider did not.
const SPEECH_AGAIN_S: u16 = 10;

/// What every handler answers.
pub(crate) type Answered = Result<Response, Refused>;

/// Why a request is not answered as it wished.
#[derive(Debug)]
pub(crate) struct Refused {
    status: StatusCode,
    kind: &'static str,
    title: &'static str,
    detail: String,
    errors: Vec<Problem>,
    retry_after_s: Option<u16>,
}

impl Refused {
    fn new(status: StatusCode, kind: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        Self { status, kind, title, detail: detail.into(), errors: Vec::new(), retry_after_s: None }
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// The body is no JSON at all.
    pub(crate) fn not_json(invalid: Invalid) -> Self {
        let detail = "Send one JSON object, in UTF-8.";
        Self { errors: invalid.problems, ..Self::new(StatusCode::BAD_REQUEST, "not-json", "Not JSON", detail) }
    }

    /// The body did not arrive whole.
    pub(crate) fn cut_short() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "cut-short", "The body did not arrive whole", "Send it once more.")
    }

    /// The body is larger than the house takes.
    pub(crate) fn too_large(max_bytes: usize) -> Self {
        let detail = format!("At most {max_bytes} bytes; make two scripts of it.");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "Too large", detail)
    }

    /// No token, or not one of the house's.
    pub(crate) fn no_token() -> Self {
        let detail = "Send a token of this house as `Authorization: Bearer …` or `x-api-key: …`.";
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "No token of this house", detail)
    }

    /// The house has no key or no token yet; the sentence says what to set.
    pub(crate) fn not_set_up(sentence: &str) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "not-set-up", "Not set up yet", sentence)
    }

    /// Asked under a name that is not the house's.
    pub(crate) fn wrong_host() -> Self {
        let detail =
            "This house does not answer to the name in `Host`; its owner can add the name to the allowed ones.";
        Self::new(StatusCode::FORBIDDEN, "host-not-allowed", "Not this house", detail)
    }

    /// Asked by a page of another site.
    pub(crate) fn wrong_origin() -> Self {
        let detail = "A page of another site may not ask this house: `Origin` must be the host that is asked.";
        Self::new(StatusCode::FORBIDDEN, "origin-not-allowed", "Another site's page", detail)
    }

    /// No job of that name.
    pub(crate) fn no_job() -> Self {
        let detail = "There is no such job, or it has expired or was removed.";
        Self::new(StatusCode::NOT_FOUND, "not-found", "No such job", detail)
    }

    /// What is asked of a job that stands otherwise.
    pub(crate) fn makes_no_sense(reason: &'static str) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", "Not as the job stands", reason)
    }

    /// No request of that name.
    pub(crate) fn no_request() -> Self {
        let detail = "There is no such request: `GET /v1/speech/requests` lists those of the last 400 days.";
        Self::new(StatusCode::NOT_FOUND, "not-found", "No such request", detail)
    }

    /// A request that is to wait no more and does not wait.
    pub(crate) fn does_not_wait(reason: &'static str) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", "It does not wait", reason)
    }

    /// No take of that name.
    pub(crate) fn no_take() -> Self {
        let detail = "There is no such take, or it has expired: `take` of a job's segments names those that are there.";
        Self::new(StatusCode::NOT_FOUND, "not-found", "No such take", detail)
    }

    /// A take without a sound.
    pub(crate) fn take_not_ready(sentence: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-ready", "No sound yet", sentence)
    }

    /// An address that a later version answers.
    pub(crate) fn not_yet(sentence: &'static str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-yet", "Not yet", sentence)
    }

    /// No file of that name.
    pub(crate) fn no_file() -> Self {
        let detail = "The job has no such file, or not yet: `files` and `segments` of the job name what is there.";
        Self::new(StatusCode::NOT_FOUND, "not-found", "No such file", detail)
    }
}

/// The fallback of every router.
pub(crate) async fn no_route() -> Refused {
    let detail = "There is no such address: the interface is under /v1, and `GET /v1/health` is always there.";
    Refused::new(StatusCode::NOT_FOUND, "no-route", "Nothing here", detail)
}

/// The fallback of every route; axum names the methods in `Allow`.
pub(crate) async fn wrong_method() -> Refused {
    let detail = "This address does not take that method; `Allow` names those it takes.";
    Refused::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "Wrong method", detail)
}

impl From<Invalid> for Refused {
    fn from(invalid: Invalid) -> Self {
        let detail = match invalid.problems.as_slice() {
            [only] => only.detail.clone(),
            several => format!("{} problems; each is named in `errors`.", several.len()),
        };
        let new = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "The request cannot be accepted", detail);
        Self { errors: invalid.problems, ..new }
    }
}

/// The store's own words stay in the log.
impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "a request failed at a store");
        match error {
            StoreError::Full(_) => {
                let detail = "The house has no space left; make some, then send this again.";
                Self::new(StatusCode::INSUFFICIENT_STORAGE, "full", "No space left", detail)
            }
            StoreError::Unavailable(_) => {
                let detail = "The house cannot read or write just now; send this again in a moment.";
                let new = Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Not now", detail);
                Self { retry_after_s: Some(STORE_AGAIN_S), ..new }
            }
        }
    }
}

/// What a person must act upon is told in the provider's sentence, which never holds a key; the rest is for the log.
impl From<MakerError> for Refused {
    fn from(error: MakerError) -> Self {
        tracing::warn!(%error, "a request failed at the speech provider");
        match error {
            MakerError::Refused(sentence) => Invalid::one("", sentence).into(),
            MakerError::Spent(sentence) => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "speech-account",
                "The speech account does not work",
                sentence,
            ),
            MakerError::Busy(_) | MakerError::Broken(_) | MakerError::Unknown(_) | MakerError::TooLate => {
                let detail = "The speech provider does not answer well just now; send this again in a moment.";
                let title = "The speech provider does not answer";
                let new = Self::new(StatusCode::SERVICE_UNAVAILABLE, "speech-unavailable", title, detail);
                Self { retry_after_s: Some(SPEECH_AGAIN_S), ..new }
            }
        }
    }
}

impl From<NoAudit> for Refused {
    fn from(reason: NoAudit) -> Self {
        match reason {
            NoAudit::NoBooks => {
                let detail = "This speech provider keeps no history to set the ledger beside.";
                Self::new(StatusCode::CONFLICT, "no-history", "No history", detail)
            }
            NoAudit::Provider(error) => error.into(),
            NoAudit::Store(error) => error.into(),
        }
    }
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Retry(error) => error.into(),
            Failure::GiveUp(sentence) => Self::new(StatusCode::GONE, "gone", "Gone", sentence),
        }
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Invalid(invalid) => invalid.into(),
            Refusal::Store(error) => error.into(),
            Refusal::Provider(error) => error.into(),
            Refusal::PreviewGone => {
                let detail = "The preview is gone: send the script too. Takes that are still kept are not paid again.";
                Self::new(StatusCode::GONE, "preview-expired", "The preview is gone", detail)
            }
            Refusal::Conflict => {
                let detail = "This Idempotency-Key was used for another order within 24 hours; choose a new one.";
                Self::new(StatusCode::CONFLICT, "idempotency-conflict", "The key belongs to another order", detail)
            }
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut problem =
            json!({"type": self.kind, "title": self.title, "status": self.status.as_u16(), "detail": self.detail});
        if !self.errors.is_empty() {
            problem["errors"] = json!(self.errors);
        }
        let mut response = (self.status, Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
