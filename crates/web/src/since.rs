//! How an audit's first day is given: `30d`, `2026-11-01` or `2026-11-01T09:30:00Z`.

use story::Timestamp;

/// The ledger has a partition for each day: more days than these are too many for one answer.
const MOST_DAYS: u64 = 400;
const DAY_MS: u64 = 86_400_000;

/// Reads a first instant: days back (`30d`), a day in UTC (`2026-11-01`), or an instant of RFC 3339 in UTC.
///
/// # Errors
/// If it is none of these, lies in the future, or more than 400 days back: the sentence says what can stand here.
pub fn since(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    let unread = || {
        format!("days back from 1d to {MOST_DAYS}d, a day (2026-11-01), or an instant in UTC (2026-11-01T09:30:00Z)")
    };
    let at = match text.strip_suffix('d') {
        Some(days) => {
            let days = number(days).filter(|days| (1..=MOST_DAYS).contains(days)).ok_or_else(unread)?;
            Timestamp(now.0.saturating_sub(days * DAY_MS))
        }
        None => instant(text).ok_or_else(unread)?,
    };
    match now.since_ms(at) {
        _ if at > now => Err("an instant that lies behind us".into()),
        back if back > MOST_DAYS * DAY_MS => Err(format!("at most {MOST_DAYS} days back")),
        _ => Ok(at),
    }
}

/// `2026-11-01`, or `2026-11-01T09:30:00.250Z` with or without a fraction.
fn instant(text: &str) -> Option<Timestamp> {
    let (date, time) = text.split_once('T').unwrap_or((text, "00:00:00Z"));
    let [year, month, day] = digits(date, '-', [4, 2, 2])?;
    let time = time.strip_suffix('Z')?;
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    if !(1..=9).contains(&fraction.len()) {
        return None;
    }
    let [hour, minute, second] = digits(time, ':', [2, 2, 2])?;
    let is_day = (1970..).contains(&year) && (1..=12).contains(&month) && (1..=length_of(month, year)).contains(&day);
    if !is_day || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    number(fraction)?;
    let ms = number(&format!("{fraction:0<3}")[..3])?;
    let seconds = (hour * 60 + minute) * 60 + second;
    Some(Timestamp(days(year, month, day) * DAY_MS + seconds * 1000 + ms))
}

/// Days from 1970 to a civil date, after Howard Hinnant's public-domain algorithm; years begin in March there.
fn days(year: u64, month: u64, day: u64) -> u64 {
    let year = year - u64::from(month <= 2);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    365 * year + year / 4 - year / 100 + year / 400 + day_of_year - 719_468
}

fn length_of(month: u64, year: u64) -> u64 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Three numbers of these lengths.
fn digits(text: &str, between: char, lengths: [usize; 3]) -> Option<[u64; 3]> {
    let mut parts = text.split(between).zip(lengths);
    let mut next = || parts.next().filter(|(part, length)| part.len() == *length).and_then(|(part, _)| number(part));
    let numbers = [next()?, next()?, next()?];
    (text.split(between).count() == 3).then_some(numbers)
}

fn number(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_210_496_789);

    fn check(text: &str, expected: Option<&str>) {
        let found = since(text, NOW).map(|at| at.to_string());
        assert_eq!(found.as_ref().ok().map(String::as_str), expected, "{text}: {found:?}");
    }

    #[test]
    fn days_back_a_day_and_an_instant_are_understood() {
        for (text, at) in [
            ("1d", "2026-11-19T21:34:56.789Z"),
            ("30d", "2026-10-21T21:34:56.789Z"),
            ("400d", "2025-10-16T21:34:56.789Z"),
            ("2026-11-20", "2026-11-20T00:00:00.000Z"),
            ("2026-02-28", "2026-02-28T00:00:00.000Z"),
            ("2026-03-01", "2026-03-01T00:00:00.000Z"),
            ("2025-12-31T23:59:59Z", "2025-12-31T23:59:59.000Z"),
            ("2026-11-01T09:30:00.5Z", "2026-11-01T09:30:00.500Z"),
            ("2026-11-01T09:30:00.123456789Z", "2026-11-01T09:30:00.123Z"),
            ("2026-11-20T21:34:56.789Z", "2026-11-20T21:34:56.789Z"),
        ] {
            check(text, Some(at));
        }
    }

    #[test]
    fn a_leap_year_has_its_day_and_no_other_year_has() {
        for (text, ms) in [("2000-02-29", Some(951_782_400_000)), ("2100-02-29", None), ("1970-01-01", Some(0))] {
            assert_eq!(instant(text), ms.map(Timestamp), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let wrong = "|d|0d|401d|-1d|+1d|1.5d|30|30 d|30D|1w|99999999999999999999d|today|２d\
            |2026|2026-11|2026-13-01|2026-00-10|2026-02-29|2026-11-31|2026-11-1|26-11-01|2026-11-01-01|2026/11/01\
            |2026-11-01T|2026-11-01T09:30Z|2026-11-01T09:30:00|2026-11-01T24:00:00Z|2026-11-01T09:60:00Z\
            |2026-11-01T09:30:00.Z|2026-11-01T09:30:00.xZ|2026-11-01T09:30:00.0000000001Z|2026-11-01T09:30:00+01:00\
            |2026-11-01T09:30:00ZZ|2026-11-01 09:30:00Z|1969-12-31|0000-01-01\
            |2026-11-20T21:34:56.790Z|2026-11-21|9999-12-31|2025-10-16|1970-01-01";
        for text in wrong.split('|') {
            check(text, None);
        }
    }
}
