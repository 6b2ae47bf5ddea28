//! The ledger beside the provider's books.

use crate::desk::Desk;
use crate::list::query;
use crate::refused::{Answered, Refused};
use crate::since::since;
use axum::extract::State;
use axum::http::Uri;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use std::sync::Arc;
use steps::audit::{Audit, audit};
use story::{Invalid, Timestamp};

const DAYS: &str = "30d";

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
    let first = first(&uri, desk.house.clock.now())?;
    let audit = audit(&desk.house, desk.speech.as_ref(), first).await?;
    Ok(Json(Told { agrees: audit.agrees(), audit }).into_response())
}

fn first(uri: &Uri, now: Timestamp) -> Result<Timestamp, Refused> {
    let given = query(uri, &["since"])?;
    let text = given.first().map_or(DAYS, |(_, value)| value);
    since(text, now).map_err(|sentence| Invalid::one("", format!("since: {sentence}")).into())
}
