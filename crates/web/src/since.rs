//! The parameter `since`: days back (`30d`) or a date in UTC (`2026-11-01`).

use crate::list::query;
use crate::refused::Refused;
use axum::http::Uri;
use story::{Invalid, Timestamp};

/// The ledger has a partition for each day: more than these are too many for one answer.
const MOST_DAYS: u64 = 400;

/// From when on; 30 days back where nothing is said.
pub(crate) fn since(uri: &Uri, now: Timestamp) -> Result<Timestamp, Refused> {
    let given = query(uri, &["since"])?;
    let text = given.first().map_or("30d", |(_, text)| text);
    let wrong = |sentence| Invalid::one("", format!("since: {sentence}"));
    Ok(Timestamp::since(text, now, MOST_DAYS).map_err(wrong)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_210_496_789);

    fn check(query: &str, expected: Option<&str>) {
        let uri: Uri = format!("/v1/speech/audit{query}").parse().expect("an address");
        let found = since(&uri, NOW).ok().map(|at| at.to_string());
        assert_eq!(found.as_deref(), expected, "{query}");
    }

    #[test]
    fn days_back_and_a_date_are_understood_and_nothing_else_is() {
        for (query, at) in [
            ("", Some("2026-10-21T21:34:56.789Z")),
            ("?since=1d", Some("2026-11-19T21:34:56.789Z")),
            ("?since=400d", Some("2025-10-16T21:34:56.789Z")),
            ("?since=2026-11-20", Some("2026-11-20T00:00:00.000Z")),
            ("?since=2025-10-17", Some("2025-10-17T00:00:00.000Z")),
        ] {
            check(query, at);
        }
        for wrong in ["", "d", "-1d", "%2B1d", "401d", "2026-11-21", "2025-10-16", "%C3%A4"] {
            check(&format!("?since={wrong}"), None);
        }
        check("?since=1d&since=2d", None);
        check("?until=1d", None);
    }
}
