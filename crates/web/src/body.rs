//! A request's body as bytes, refused in our own words.

use crate::desk::Desk;
use crate::refused::Refused;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use std::sync::Arc;

/// The whole body, within the house's limit.
pub(crate) struct Whole(pub(crate) Bytes);

impl FromRequest<Arc<Desk>> for Whole {
    type Rejection = Refused;

    async fn from_request(request: Request, desk: &Arc<Desk>) -> Result<Self, Refused> {
        let bytes = Bytes::from_request(request, desk).await;
        bytes.map(Self).map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Refused::too_large(desk.settings.max_body_bytes),
            _ => Refused::cut_short(),
        })
    }
}
