//! Why a call is refused, in the words of its interface (PROVIDERS 2.1, 2.2, 3.5).

use super::request::Door;
use serde_json::{Value, json};

/// Why a call is not taken.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Reason {
    NoKey,
    WrongKey,
    NoModel { model: String },
    Wrong { message: String },
    Window { model: String, limit: usize, window_ms: u64 },
    Closed { model: String },
    Busy { reset_s: Option<u32> },
    Spent,
    Moderation,
    Overloaded,
}

/// A refusal as it goes out.
#[derive(Debug, Clone, PartialEq)]
pub struct ImageRefusal {
    /// The HTTP status.
    pub status: u16,
    /// The reason, as programs read it.
    pub code: String,
    /// The body.
    pub body: Value,
    /// The header `x-ratelimit-reset`.
    pub reset_s: Option<u32>,
}

impl Reason {
    pub(super) fn said(&self, door: Door) -> ImageRefusal {
        match door {
            Door::Generations => self.in_openais_words(),
            Door::Gemini => self.in_googles_words(),
        }
    }

    fn in_openais_words(&self) -> ImageRefusal {
        let said = |status: u16, kind: &str, code: Option<&str>, message: &str| ImageRefusal {
            status,
            code: code.unwrap_or(kind).to_owned(),
            body: json!({"error": {"message": message, "type": kind, "param": null, "code": code}}),
            reset_s: None,
        };
        let full = |model: &str, limit: f64| {
            // As it was recorded, of a model that had six a minute.
            let message = format!(
                "You have reached the rate limit specific to this model {model}. The maximum rate limit for this model is {limit:.1} queries per minute. This limit differs from the general rate limits published at Together AI rate limits documentation (https://docs.together.ai/docs/rate-limits). For inquiries about increasing your model-specific rate limit, please contact our sales team."
            );
            said(429, "model_rate_limit", None, &message)
        };
        match self {
            Self::NoKey => said(401, "invalid_request_error", None, "You didn't provide an API key."),
            Self::WrongKey => said(401, "invalid_request_error", Some("invalid_api_key"), "Invalid API key provided."),
            Self::NoModel { model } => {
                let message =
                    format!("Unable to access model {model}. Please visit the models page for the list of models.");
                said(404, "invalid_request_error", Some("model_not_available"), &message)
            }
            Self::Wrong { message } => said(400, "invalid_request_error", None, message),
            Self::Window { model, limit, window_ms } => {
                full(model, *limit as f64 * 60_000.0 / (*window_ms).max(1) as f64)
            }
            Self::Closed { model } => full(model, 6.0),
            Self::Busy { reset_s } => ImageRefusal {
                reset_s: *reset_s,
                ..said(429, "dynamic_request_limited", None, "You have reached your dynamic rate limit.")
            },
            Self::Spent => {
                said(402, "insufficient_quota", Some("insufficient_quota"), "You exceeded your spend limit.")
            }
            Self::Moderation => {
                let message =
                    "Your request was rejected by the safety system. If you believe this is an error, contact us.";
                let mut refusal = said(400, "image_generation_user_error", Some("moderation_blocked"), message);
                refusal.body["error"]["moderation_details"] =
                    json!({"moderation_stage": "input", "categories": ["violence"]});
                refusal
            }
            Self::Overloaded => said(503, "service_unavailable", None, "The server is overloaded, please try again."),
        }
    }

    fn in_googles_words(&self) -> ImageRefusal {
        let said = |status: u16, word: &str, message: &str, details: Value| ImageRefusal {
            status,
            code: word.to_owned(),
            body: json!({"error": {"code": status, "message": message, "status": word, "details": details}}),
            reset_s: None,
        };
        let quota = |id: &str, wait_s: Option<u32>| {
            let mut details = vec![json!({
                "@type": "type.googleapis.com/google.rpc.QuotaFailure",
                "violations": [{"quotaMetric": "generativelanguage.googleapis.com/generate_content_requests", "quotaId": id}],
            })];
            details.extend(wait_s.map(|seconds| {
                json!({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": format!("{seconds}s")})
            }));
            said(429, "RESOURCE_EXHAUSTED", "You exceeded your current quota.", json!(details))
        };
        match self {
            Self::NoKey => said(403, "PERMISSION_DENIED", "Method doesn't allow unregistered callers.", json!([])),
            Self::WrongKey => {
                let details = json!([{
                    "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID", "domain": "googleapis.com",
                }]);
                let message = "API key not valid. Please pass a valid API key.";
                let mut refusal = said(400, "INVALID_ARGUMENT", message, details);
                // The front end says it in a list.
                refusal.body = json!([refusal.body]);
                refusal
            }
            Self::NoModel { model } => {
                said(404, "NOT_FOUND", &format!("models/{model} is not found for API version v1beta."), json!([]))
            }
            Self::Wrong { message } => said(400, "INVALID_ARGUMENT", message, json!([])),
            Self::Window { .. } | Self::Closed { .. } => quota("GenerateRequestsPerMinutePerProjectPerModel", Some(34)),
            Self::Busy { reset_s } => quota("GenerateRequestsPerMinutePerProjectPerModel", *reset_s),
            Self::Spent => quota("GenerateRequestsPerDayPerProjectPerModel", Some(34)),
            // Said with 200 by this interface: there is a prompt, and no candidate.
            Self::Moderation => ImageRefusal {
                status: 200,
                code: "SAFETY".to_owned(),
                body: json!({"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {"promptTokenCount": 9}}),
                reset_s: None,
            },
            Self::Overloaded => said(503, "UNAVAILABLE", "The model is overloaded. Please try again later.", json!([])),
        }
    }
}
