//! The ledger beside the provider's books.

use crate::desk::Desk;
use crate::refused::Answered;
use crate::since::since;
use axum::extract::State;
use axum::http::Uri;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use std::sync::Arc;
use steps::audit::{Audit, audit};

pub(crate) fn routes() -> Router<Arc<Desk>> {
    Router::new().route("/v1/speech/audit", get(audited))
}

/// An audit, and whether all is well.
#[derive(Serialize)]
struct Told {
    agrees: bool,
    #[serde(flatten)]
    audit: Audit,
}

async fn audited(State(desk): State<Arc<Desk>>, uri: Uri) -> Answered {
    let since = since(&uri, desk.house.clock.now())?;
    let audit = audit(&desk.house, desk.speech()?, since).await?;
    Ok(Json(Told { agrees: audit.agrees(), audit }).into_response())
}
