//! The parameter `since`: days back (`30d`) or a date in UTC (`2026-11-01`).

use crate::list::query;
use crate::refused::Refused;
use axum::http::Uri;
use story::{Invalid, Timestamp};

const DAYS: u64 = 30;
/// The ledger has a partition for each day: more than these are too many for one answer.
const MAX_DAYS: u64 = 400;
const DAY_MS: u64 = 86_400_000;

/// From when on; 30 days back where nothing is said.
pub(crate) fn since(uri: &Uri, now: Timestamp) -> Result<Timestamp, Refused> {
    let given = query(uri, &["since"])?;
    let at = match given.first() {
        None => Some(back(DAYS, now)),
        Some((_, text)) => match text.strip_suffix('d') {
            Some(days) => days.parse().ok().filter(|_| !days.starts_with('+')).map(|days| back(days, now)),
            None => Timestamp::of_date(text),
        },
    };
    let at = at.filter(|at| (back(MAX_DAYS, now)..=now).contains(at));
    let detail = || format!("since: days back as 30d or a date as 2026-11-01, at most {MAX_DAYS} days ago");
    Ok(at.ok_or_else(|| Invalid::one("", detail()))?)
}

fn back(days: u64, now: Timestamp) -> Timestamp {
    Timestamp(now.0.saturating_sub(days.saturating_mul(DAY_MS)))
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
        for wrong in [
            "",
            "d",
            "30",
            "-1d",
            "%2B1d",
            "1.5d",
            "401d",
            "18446744073709551615d",
            "99999999999999999999d",
            "1w",
            "2026-11-21",
            "2025-10-16",
            "1970-01-01",
            "9999-12-31",
            "2026-02-30",
            "%C3%A4",
        ] {
            check(&format!("?since={wrong}"), None);
        }
        check("?since=1d&since=2d", None);
        check("?until=1d", None);
    }
}
