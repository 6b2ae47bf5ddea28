//! What an answer's head says of calls at once. Documented, and yet some accounts' answers lack one header or both.

use reqwest::header::HeaderMap;
use story::maker::Concurrency;

/// `None` if it does not say how many calls may run.
pub(super) fn concurrency(headers: &HeaderMap) -> Option<Concurrency> {
    let count = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<u32>().ok();
    let maximum = count("maximum-concurrent-requests").filter(|maximum| *maximum >= 1)?;
    Some(Concurrency { current: count("current-concurrent-requests").unwrap_or(0), maximum })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_at_once_are_known_only_where_the_most_of_them_is_told() {
        for (current, maximum, expected) in [
            (Some("1"), Some("5"), Some((1, 5))),
            (Some("7"), Some("5"), Some((7, 5))),
            (Some("0"), Some("1"), Some((0, 1))),
            (None, Some("2"), Some((0, 2))),
            (Some("many"), Some("2"), Some((0, 2))),
            (Some("-1"), Some("2"), Some((0, 2))),
            (Some("1"), Some("0"), None),
            (Some("1"), Some("unlimited"), None),
            (Some("1"), Some("2.5"), None),
            (Some("1"), Some("99999999999"), None),
            (Some("1"), Some(""), None),
            (Some("1"), None, None),
            (None, None, None),
        ] {
            let said = [("current-concurrent-requests", current), ("maximum-concurrent-requests", maximum)];
            let mut headers = HeaderMap::new();
            headers
                .extend(said.into_iter().filter_map(|(name, value)| Some((name.parse().ok(), value?.parse().ok()?))));
            let expected = expected.map(|(current, maximum)| Concurrency { current, maximum });
            assert_eq!(concurrency(&headers), expected, "{current:?} of {maximum:?}");
        }
    }
}
