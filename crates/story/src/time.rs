//! Time: wall-clock instants for records, and the grid of samples and frames that every film stands on (DESIGN §7).

use serde::{Deserialize, Serialize};
use std::fmt;

/// Samples per second of all sound inside Onetake: a whole number of samples per frame at every rate in [`FRAME_RATES`].
pub const SAMPLE_RATE: u64 = 48_000;

/// The frame rates a look may ask for.
pub const FRAME_RATES: [u32; 5] = [24, 25, 30, 50, 60];

/// Milliseconds of a day.
pub const DAY_MS: u64 = 86_400_000;

/// An instant: milliseconds since 1970 in UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub u64);

impl Timestamp {
    /// The instant that someone asks from: days back (`30d`) or a date in UTC (`2026-11-01`).
    ///
    /// # Errors
    /// A sentence, if it is neither, is still to come, or is more than `most_days` days ago.
    pub fn since(text: &str, now: Self, most_days: u64) -> Result<Self, String> {
        let days =
            text.strip_suffix('d').filter(|days| !days.starts_with('+')).and_then(|days| days.parse::<i64>().ok());
        let ago = days.map(|days| Self(now.0.saturating_add_signed(days.saturating_mul(-(DAY_MS as i64)))));
        let wrong = match ago.or_else(|| Self::of_date(text)) {
            None => "cannot be read",
            Some(at) if at > now => "lies in the future",
            Some(at) if now.since_ms(at) > most_days.saturating_mul(DAY_MS) => "is too long ago",
            Some(at) => return Ok(at),
        };
        Err(format!("{text:?} {wrong}: give days as 30d, or a date as 2026-11-01, of the last {most_days} days"))
    }

    /// The beginning of a day of the Gregorian calendar, in UTC: `2026-11-20`. `None` if it is no such day.
    #[must_use]
    pub fn of_date(text: &str) -> Option<Self> {
        let [year, month, day] = text.split('-').collect::<Vec<_>>().try_into().ok()?;
        let is_plain = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let at = Self::of_day(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)?;
        (is_plain && at.to_string().starts_with(text)).then_some(at)
    }

    /// The beginning of a day by its year, month and day. `None` if there is no such day.
    #[must_use]
    pub fn of_day(year: u64, month: u64, day: u64) -> Option<Self> {
        if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return None;
        }
        // Days from civil date, after Howard Hinnant's public-domain algorithm; years begin in March there.
        let from_march = year - u64::from(month <= 2);
        let (era, year_of_era) = (from_march / 400, from_march % 400);
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        let at = Self((era * 146_097 + day_of_era - 719_468) * DAY_MS);
        (at.date() == (year, month, day)).then_some(at)
    }

    /// Its year, month and day, in UTC.
    #[must_use]
    pub fn date(self) -> (u64, u64, u64) {
        // Civil date from days, after Howard Hinnant's public-domain algorithm; years begin in March there.
        let shifted = self.0 / DAY_MS + 719_468;
        let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        (era * 400 + year_of_era + u64::from(month <= 2), month, day)
    }

    /// The instant `ms` milliseconds later.
    #[must_use]
    pub fn plus_ms(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to this instant; 0 if it lies before.
    #[must_use]
    pub fn since_ms(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Milliseconds between two instants.
    #[must_use]
    pub fn distance_ms(self, other: Self) -> u64 {
        self.0.abs_diff(other.0)
    }
}

/// RFC 3339 in UTC, to the millisecond: `2026-11-20T21:30:00.000Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ((year, month, day), ms) = (self.date(), self.0 % DAY_MS);
        let (hour, minute, second) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", ms % 1000)
    }
}

/// The grid that lines start on: one film has one frame rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grid {
    /// Frames per second, one of [`FRAME_RATES`].
    pub fps: u32,
}

impl Grid {
    /// Samples in one frame: exact by the choice of rates.
    #[must_use]
    pub fn samples_per_frame(self) -> u64 {
        SAMPLE_RATE / u64::from(self.fps)
    }

    /// Frames of the slot that holds a take and the pause after it: filled up with less than one frame of silence.
    #[must_use]
    pub fn slot_frames(self, take_samples: u64, pause_ms: u32) -> u64 {
        let samples = take_samples + u64::from(pause_ms) * SAMPLE_RATE / 1000;
        samples.div_ceil(self.samples_per_frame()).max(1)
    }

    /// The frame that shows a sample.
    #[must_use]
    pub fn frame_of(self, sample: u64) -> u64 {
        sample / self.samples_per_frame()
    }

    /// The first sample of a frame.
    #[must_use]
    pub fn sample_of(self, frame: u64) -> u64 {
        frame * self.samples_per_frame()
    }
}

/// Seconds of a number of samples.
#[must_use]
pub fn seconds(samples: u64) -> f64 {
    samples as f64 / SAMPLE_RATE as f64
}

/// Seconds of speech to expect for a text, before anyone has spoken it: 15 characters a second, as narrators read English.
#[must_use]
pub fn estimated_speech_s(text: &str) -> f64 {
    // A CJK character is a syllable or two where a Latin letter is a third of one.
    let weight: f64 = text.chars().map(|c| if (c as u32) >= 0x2e80 { 3.0 } else { 1.0 }).sum();
    0.3 + weight / 15.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_the_beginning_of_its_day() {
        for (text, ms) in [
            ("1970-01-01", Some(0)),
            ("2000-02-29", Some(951_782_400_000)),
            ("2026-11-21", Some(1_795_219_200_000)),
            ("2026-02-30", None),
            ("1969-12-31", None),
            ("2026-1-1", None),
            ("tomorrow", None),
        ] {
            assert_eq!(Timestamp::of_date(text), ms.map(Timestamp), "{text}");
        }
    }

    #[test]
    fn a_day_is_found_again_by_its_year_month_and_day() {
        for day in (0..60_000).step_by(7) {
            let at = Timestamp(day * DAY_MS);
            let (year, month, day) = at.plus_ms(DAY_MS - 1).date();
            assert_eq!(Timestamp::of_day(year, month, day), Some(at), "{at}");
        }
        assert_eq!(Timestamp::of_day(u64::MAX, 1, 1), None);
    }

    #[test]
    fn days_back_and_a_date_are_understood_and_nothing_else_is() {
        let since = |text| Timestamp::since(text, Timestamp(1_795_210_496_789), 400);
        for (text, at) in [
            ("1d", "2026-11-19T21:34:56.789Z"),
            ("400d", "2025-10-16T21:34:56.789Z"),
            ("2026-11-20", "2026-11-20T00:00:00.000Z"),
            ("2025-10-17", "2025-10-17T00:00:00.000Z"),
        ] {
            assert_eq!(since(text).map(|at| at.to_string()), Ok(at.to_owned()), "{text}");
        }
        let (unread, future, past) = ("cannot be read", "lies in the future", "is too long ago");
        for (text, wrong) in [
            ("", unread),
            ("d", unread),
            ("30", unread),
            ("-1d", future),
            ("-3d", future),
            ("+1d", unread),
            ("1.5d", unread),
            ("401d", past),
            ("9223372036854775807d", past),
            ("-9223372036854775808d", future),
            ("18446744073709551615d", unread),
            ("99999999999999999999d", unread),
            ("1w", unread),
            ("2026-11-21", future),
            ("2025-10-16", past),
            ("1970-01-01", past),
            ("9999-12-31", future),
            ("2026-02-30", unread),
            ("ä", unread),
        ] {
            let sentence = since(text).expect_err(text);
            assert!(sentence.starts_with(&format!("{text:?} {wrong}: give days as 30d")), "{sentence}");
        }
    }

    #[test]
    fn instants_are_written_as_rfc_3339() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_795_210_496_789, "2026-11-20T21:34:56.789Z"),
        ] {
            assert_eq!(Timestamp(ms).to_string(), text);
        }
    }

    #[test]
    fn every_rate_has_whole_samples_per_frame() {
        for fps in FRAME_RATES {
            assert_eq!(Grid { fps }.samples_per_frame() * u64::from(fps), SAMPLE_RATE);
        }
    }

    #[test]
    fn a_slot_is_filled_up_by_less_than_one_frame() {
        for fps in FRAME_RATES {
            let grid = Grid { fps };
            for samples in [1, 799, 800, 801, 47_999, 48_000, 48_001] {
                let slot = grid.sample_of(grid.slot_frames(samples, 0));
                assert!(slot >= samples && slot - samples < grid.samples_per_frame(), "{fps} fps, {samples}");
            }
        }
    }
}
