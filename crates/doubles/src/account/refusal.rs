//! What the provider answers instead of speech, in each of the shapes in which it was seen (PROVIDERS 1.7).

use super::concurrency::Concurrency;
use super::settings::ErrorForm;
use serde_json::{Value, json};

/// A call that was refused: nothing was generated and nothing charged.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The JSON body.
    pub body: Value,
    /// The code, as the current shape names it: what logs and tests ask for.
    pub code: &'static str,
    /// The header `retry-after`, in seconds.
    pub retry_after_s: Option<u32>,
    /// The headers about calls at once: of speech that came too much, unless the account keeps them to itself.
    pub concurrency: Option<Concurrency>,
}

/// A reason to refuse, before it has a shape.
#[derive(Debug, Clone)]
pub(crate) struct Reason {
    status: u16,
    kind: &'static str,
    pub(crate) code: &'static str,
    /// The older word for it.
    legacy: &'static str,
    message: String,
    /// What field of the request is wrong; only a 422 says it.
    at: Option<Vec<Value>>,
    retry_after_s: Option<u32>,
}

impl Reason {
    fn new(
        status: u16,
        kind: &'static str,
        code: &'static str,
        legacy: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self { status, kind, code, legacy, message: message.into(), at: None, retry_after_s: None }
    }

    /// The older interface knew no 404 for a voice.
    pub(crate) fn status(&self, form: ErrorForm) -> u16 {
        if form == ErrorForm::Legacy && self.code == "voice_not_found" { 400 } else { self.status }
    }

    pub(crate) fn shaped(self, form: ErrorForm, request_id: &str) -> Refusal {
        let status = self.status(form);
        let Self { kind, code, legacy, message, at, retry_after_s, .. } = self;
        let body = match (at, form) {
            (Some(at), _) => json!({"detail": [{"loc": at, "msg": message, "type": code}]}),
            (None, ErrorForm::Current) => json!({"detail": {
                "type": kind, "code": code, "message": message, "status": legacy, "request_id": request_id,
                "docs_url": "https://elevenlabs.io/docs",
            }}),
            (None, ErrorForm::Legacy) => json!({"detail": {"status": legacy, "message": message}}),
            (None, ErrorForm::Validation) => json!({"detail": [{"loc": ["body"], "msg": message, "type": legacy}]}),
            (None, ErrorForm::Plain) => json!({"detail": message}),
        };
        Refusal { status, body, code, retry_after_s, concurrency: None }
    }
}

pub(crate) fn missing_key() -> Reason {
    Reason::new(
        401,
        "authentication_error",
        "missing_api_key",
        "needs_authorization",
        "Neither authorization header nor xi-api-key received, please provide one.",
    )
}

pub(crate) fn wrong_key() -> Reason {
    Reason::new(401, "authentication_error", "invalid_api_key", "invalid_api_key", "Invalid API key")
}

/// A field of the body or the query that FastAPI's validation refuses.
pub(crate) fn invalid(place: &str, field: &str, code: &'static str, message: impl Into<String>) -> Reason {
    let parts = field.split('.').filter(|part| !part.is_empty());
    let at = std::iter::once(place).chain(parts).map(|part| json!(part)).collect();
    Reason { at: Some(at), ..Reason::new(422, "validation_error", code, code, message) }
}

pub(crate) fn unreadable(message: &str) -> Reason {
    let at = vec![json!("body"), json!(0)];
    Reason {
        at: Some(at),
        ..Reason::new(422, "validation_error", "json_invalid", "json_invalid", format!("JSON decode error: {message}"))
    }
}

pub(crate) fn empty_text() -> Reason {
    Reason::new(
        400,
        "validation_error",
        "empty_text",
        "input_text_empty",
        "Input text is empty. Please provide a text to generate speech for.",
    )
}

pub(crate) fn text_too_long(length: usize, limit: usize) -> Reason {
    let message = format!(
        "Request text length ({length}) exceeds the maximum text length of {limit} characters. Please use Studio for long form TTS."
    );
    Reason::new(400, "validation_error", "text_too_long", "max_character_limit_exceeded", message)
}

pub(crate) fn voice_not_found(id: &str) -> Reason {
    Reason::new(
        404,
        "not_found",
        "voice_not_found",
        "voice_not_found",
        format!("A voice with the voice_id {id} was not found."),
    )
}

pub(crate) fn model_not_found(id: &str) -> Reason {
    Reason::new(
        400,
        "invalid_request",
        "model_not_found",
        "model_id_does_not_exist",
        format!("A model with model ID {id} does not exist."),
    )
}

pub(crate) fn model_cannot_speak(id: &str) -> Reason {
    let message = format!("The model '{id}' does not support text to speech.");
    Reason::new(400, "invalid_request", "unsupported_model", "model_can_not_do_text_to_speech", message)
}

pub(crate) fn no_stitching(id: &str) -> Reason {
    let message = format!("Providing previous_text or next_text is not yet supported with the '{id}' model.");
    Reason::new(400, "invalid_request", "unsupported_model", "unsupported_model", message)
}

pub(crate) fn wrong_stability() -> Reason {
    let message =
        "Invalid TTD stability value. Must be one of: [0.0, 0.5, 1.0] (0.0 = Creative, 0.5 = Natural, 1.0 = Robust)";
    Reason::new(400, "invalid_request", "invalid_ttd_stability", "invalid_ttd_stability", message)
}

pub(crate) fn unspoken_format(name: &str) -> Reason {
    let message = format!("Output format '{name}' is not spoken by this double.");
    Reason::new(400, "invalid_request", "invalid_output_format", "invalid_output_format", message)
}

pub(crate) fn gated_format(name: &str, tier: &str) -> Reason {
    let message = format!("Output format '{name}' is only available on the {tier} tier and above");
    Reason::new(403, "authorization_error", "output_format_not_allowed", "output_format_not_allowed", message)
}

pub(crate) fn concurrent_limit(limit: u32) -> Reason {
    let message = format!(
        "Too many concurrent requests. Your current subscription is associated with a maximum of {limit} concurrent requests (running in parallel). \
         This is done such that a single user does not overwhelm our systems and affect other users negatively. Please upgrade your subscription or contact sales if you want to increase this limit."
    );
    Reason::new(429, "rate_limit_error", "concurrent_limit_exceeded", "too_many_concurrent_requests", message)
}

pub(crate) fn system_busy() -> Reason {
    let message = "We are sorry, the system is experiencing heavy traffic, please try again.";
    Reason::new(429, "rate_limit_error", "system_busy", "system_busy", message)
}

pub(crate) fn rate_limit(retry_after_s: Option<u32>) -> Reason {
    let message = "Rate limit exceeded. Please try again later.";
    let reason = Reason::new(429, "rate_limit_error", "rate_limit_exceeded", "rate_limit_exceeded", message);
    Reason { retry_after_s, ..reason }
}

pub(crate) fn quota_exceeded(limit: u64, left: u64, cost: u64) -> Reason {
    let message = format!(
        "This request exceeds your quota of {limit}. You have {left} credits remaining, while {cost} credits are required for this request."
    );
    Reason::new(401, "invalid_request", "quota_exceeded", "quota_exceeded", message)
}

pub(crate) fn insufficient_credits() -> Reason {
    Reason::new(
        402,
        "payment_required",
        "insufficient_credits",
        "payment_required",
        "You do not have enough credits for this request.",
    )
}

pub(crate) fn paid_plan_required() -> Reason {
    let message =
        "Free users cannot use library voices via the API. Please upgrade your subscription to use this voice.";
    Reason::new(402, "payment_required", "paid_plan_required", "payment_required", message)
}

pub(crate) fn missing_permission(path: &str) -> Reason {
    let message = format!("The API key you used is missing a permission to execute this operation: {path}.");
    Reason::new(401, "authentication_error", "missing_permissions", "missing_permissions", message)
}

pub(crate) fn internal_error() -> Reason {
    Reason::new(
        500,
        "internal_error",
        "internal_error",
        "internal_error",
        "An unexpected error occurred. Please try again.",
    )
}

pub(crate) fn unavailable() -> Reason {
    Reason::new(
        503,
        "service_unavailable",
        "service_unavailable",
        "service_unavailable",
        "The service is temporarily unavailable.",
    )
}

pub(crate) fn item_not_found(id: &str) -> Reason {
    Reason::new(
        404,
        "not_found",
        "history_item_not_found",
        "history_item_not_found",
        format!("A history item with ID {id} was not found."),
    )
}
