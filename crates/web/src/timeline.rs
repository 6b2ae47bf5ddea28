//! When the parts of a job waited and were made: as JSON, or as a picture for whoever asks for one.

use crate::desk::Desk;
use crate::jobs::Id;
use crate::refused::{Answered, Refused};
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use std::sync::Arc;
use steps::timeline::timeline;

const SVG: &str = "image/svg+xml";
/// The picture has a style of its own, and needs nothing else.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

pub(crate) fn routes() -> Router<Arc<Desk>> {
    Router::new().route("/v1/jobs/{id}/timeline", get(read))
}

async fn read(State(desk): State<Arc<Desk>>, Id(id): Id, headers: HeaderMap) -> Answered {
    let timeline = timeline(&desk.house, &id).await?.ok_or_else(Refused::no_job)?;
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let accepted = accepted.collect::<Vec<_>>().join(",");
    let vary = (header::VARY, "Accept");
    if !prefers_svg(&accepted) {
        return Ok(([vary], Json(timeline)).into_response());
    }
    let headers = [(header::CONTENT_TYPE, SVG), (header::CONTENT_SECURITY_POLICY, POLICY), vary];
    Ok((headers, timeline.to_svg()).into_response())
}

/// Whether `Accept` (RFC 9110, 12.5.1) has the picture rather than JSON, which is what is sent to whoever has no wish.
fn prefers_svg(accept: &str) -> bool {
    weight(accept, SVG) > weight(accept, "application/json")
}

/// How much a type is wished for, in thousandths; between equals, by how exactly it was named.
fn weight(accept: &str, wanted: &str) -> (u32, usize) {
    let kind = wanted.split('/').next().unwrap_or_default();
    let ranges = accept.split(',').filter_map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let named = parts.next()?.to_ascii_lowercase();
        let exactness = [wanted.to_owned(), format!("{kind}/*"), "*/*".to_owned()];
        let exactness = 3 - exactness.iter().position(|range| *range == named)?;
        let quality = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        let quality = quality.map_or(Some(1.0), |quality| quality.parse::<f64>().ok())?;
        Some((exactness, (quality.clamp(0.0, 1.0) * 1000.0) as u32))
    });
    // What names it most exactly counts.
    ranges.max().map_or((0, 0), |(exactness, quality)| (quality, if quality == 0 { 0 } else { exactness }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_sent_unless_the_picture_is_rather_wished_for() {
        for (accept, expected) in [
            ("", false),
            ("*/*", false),
            ("application/json", false),
            ("image/svg+xml", true),
            ("IMAGE/SVG+XML", true),
            ("image/*", true),
            ("image/svg+xml, */*", true),
            ("image/svg+xml;q=0", false),
            ("image/svg+xml;q=0, */*", false),
            ("image/svg+xml;q=0.4, application/json;q=0.5", false),
            ("application/json;q=0.1 , image/svg+xml;q=0.5", true),
            ("application/json, image/svg+xml", false),
            ("image/svg+xml;q=much", false),
            ("image/svg+xml;q=NaN, application/json", false),
            ("image/svg+xmlx,,;;,q=1", false),
            // Chromium: the address bar, and a picture of a page.
            ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8", false),
            ("image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8", true),
        ] {
            assert_eq!(prefers_svg(accept), expected, "{accept:?}");
        }
    }
}
