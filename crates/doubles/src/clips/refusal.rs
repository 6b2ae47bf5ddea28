//! Why a call about clips is refused, in the words of its interface (PROVIDERS 3.5).

use super::log::ClipDoor;
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// Why a call is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reason {
    WrongKey,
    NoModel {
        model: String,
    },
    Wrong {
        message: String,
    },
    Blocked,
    Busy {
        retry_s: u32,
    },
    SpentToday,
    Unavailable,
    /// Nothing of that name was ordered.
    Forgotten,
}

impl Reason {
    pub(super) fn wrong(message: impl Into<String>) -> Self {
        Self::Wrong { message: message.into() }
    }

    pub(super) fn status(&self, door: ClipDoor) -> u16 {
        match (self, door) {
            (Self::WrongKey, ClipDoor::Vertex) => 401,
            (Self::NoModel { .. } | Self::Forgotten, ClipDoor::Vertex) => 404,
            (Self::Busy { .. } | Self::SpentToday, _) => 429,
            (Self::Unavailable, _) => 503,
            _ => 400,
        }
    }

    pub(super) fn message(&self, door: ClipDoor) -> String {
        match (self, door) {
            (Self::WrongKey, ClipDoor::Interactions) => "API key not valid. Please pass a valid API key.".to_owned(),
            (Self::WrongKey, ClipDoor::Vertex) => "Request had invalid authentication credentials.".to_owned(),
            (Self::NoModel { model }, _) => format!("Model {model} is not found."),
            (Self::Wrong { message }, _) => message.clone(),
            (Self::Blocked, _) => "The request was blocked by our safety filters.".to_owned(),
            (Self::Busy { .. } | Self::SpentToday, _) => "Resource has been exhausted (e.g. check quota).".to_owned(),
            (Self::Unavailable, _) => "The service is currently unavailable.".to_owned(),
            (Self::Forgotten, ClipDoor::Interactions) => "Invalid interaction name".to_owned(),
            (Self::Forgotten, ClipDoor::Vertex) => "Operation not found.".to_owned(),
        }
    }

    /// As it goes out.
    pub(super) fn said(&self, door: ClipDoor) -> Response {
        let (code, message) = (self.status(door), self.message(door));
        let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let google = |word: &str, details: Value| json!({"error": {"code": code, "message": message, "status": word, "details": details}});
        let quota = |id: &str, retry_s: u32| {
            let metric = "generativelanguage.googleapis.com/generate_requests";
            let details = json!([
                {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [{"quotaMetric": metric, "quotaId": id}]},
                {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": format!("{retry_s}s")},
            ]);
            google("RESOURCE_EXHAUSTED", details)
        };
        let body = match (self, door) {
            (Self::WrongKey, ClipDoor::Interactions) => {
                let details = json!([{
                    "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID", "domain": "googleapis.com",
                }]);
                // The front end says it in a list.
                json!([google("INVALID_ARGUMENT", details)])
            }
            (Self::WrongKey, ClipDoor::Vertex) => google("UNAUTHENTICATED", json!([])),
            (Self::Busy { retry_s }, _) => quota("GenerateRequestsPerMinutePerProjectPerModel", *retry_s),
            (Self::SpentToday, _) => quota("GenerateRequestsPerDayPerProjectPerModel", 34),
            (Self::Unavailable, _) => google("UNAVAILABLE", json!([])),
            (_, ClipDoor::Interactions) => json!({"error": {"code": "invalid_request", "message": message}}),
            (Self::NoModel { .. } | Self::Forgotten, ClipDoor::Vertex) => google("NOT_FOUND", json!([])),
            (_, ClipDoor::Vertex) => google("INVALID_ARGUMENT", json!([])),
        };
        (status, Json(body)).into_response()
    }
}
