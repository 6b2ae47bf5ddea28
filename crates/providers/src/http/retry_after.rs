//! How long a vendor wants to be left alone: the header `Retry-After` (RFC 9110, 10.2.3).

use reqwest::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};

/// No vendor is left alone longer than this, whatever it says.
const LONGEST_MS: u64 = 600_000;

/// Of an answer's head: seconds, or a date. `None` if it says nothing that can be read.
pub(crate) fn retry_after_ms(headers: &HeaderMap) -> Option<u64> {
    let text = |name: HeaderName| headers.get(name)?.to_str().ok().map(str::trim);
    let said = text(RETRY_AFTER)?;
    let wait_ms = match said.parse::<f64>() {
        Ok(seconds) if seconds.is_finite() && seconds >= 0.0 => (seconds * 1_000.0).ceil() as u64,
        Ok(_) => return None,
        Err(_) => {
            // By the vendor's own clock, which may be wrong: a date says how long only beside the date of its answer.
            let [until, now] = [said, text(DATE)?].map(httpdate::parse_http_date);
            let wait = until.ok()?.duration_since(now.ok()?).unwrap_or_default();
            u64::try_from(wait.as_millis()).unwrap_or(LONGEST_MS)
        }
    };
    Some(wait_ms.min(LONGEST_MS))
}

/// The same of the header `x-ratelimit-reset`, in seconds (docs.together.ai/docs/rate-limits).
pub(crate) fn reset_ms(headers: &HeaderMap) -> Option<u64> {
    let seconds: f64 = headers.get("x-ratelimit-reset")?.to_str().ok()?.trim().parse().ok()?;
    (seconds.is_finite() && seconds >= 0.0).then(|| ((seconds * 1_000.0).ceil() as u64).min(LONGEST_MS))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(said: &str, date: Option<&str>, expected: Option<u64>) {
        let date = date.map(|date| (DATE, date.parse().unwrap()));
        let headers = [(RETRY_AFTER, said.parse().unwrap())].into_iter().chain(date).collect();
        assert_eq!(retry_after_ms(&headers), expected, "{said} at {date:?}", date = headers.get(DATE));
    }

    #[test]
    fn a_time_to_wait_is_told_in_seconds_and_is_never_long() {
        for (said, expected) in [
            ("0", Some(0)),
            ("3", Some(3_000)),
            (" 1.5 ", Some(1_500)),
            ("600", Some(600_000)),
            ("601", Some(600_000)),
            ("99999999999999999999999", Some(600_000)),
            ("-1", None),
            ("", None),
            ("inf", None),
            ("NaN", None),
            ("soon", None),
            ("3 s", None),
        ] {
            check(said, None, expected);
        }
        assert_eq!(retry_after_ms(&HeaderMap::new()), None);
    }

    #[test]
    fn a_date_is_as_far_away_as_the_vendors_own_clock_says() {
        let at = "Sat, 21 Nov 2026 04:00:00 GMT";
        check("Sat, 21 Nov 2026 04:00:07 GMT", Some(at), Some(7_000));
        check("Sat, 21 Nov 2026 03:59:00 GMT", Some(at), Some(0));
        check("Sun, 22 Nov 2026 04:00:00 GMT", Some(at), Some(600_000));
        check("Sat, 21 Nov 2026 04:00:07 GMT", None, None);
        check("Sat, 21 Nov 2026 04:00:07 GMT", Some("today"), None);
    }

    #[test]
    fn a_reset_is_told_in_seconds_and_nothing_else_is_believed() {
        for (said, expected) in [
            ("7", Some(7_000)),
            ("0.25", Some(250)),
            ("1e9", Some(600_000)),
            ("6m0s", None),
            ("-1", None),
            ("NaN", None),
        ] {
            let headers = [(HeaderName::from_static("x-ratelimit-reset"), said.parse().unwrap())].into_iter().collect();
            assert_eq!(reset_ms(&headers), expected, "{said}");
        }
        assert_eq!(reset_ms(&HeaderMap::new()), None);
    }
}
