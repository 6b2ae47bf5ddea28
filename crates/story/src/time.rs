//! Time: wall-clock instants for records, and the grid of samples and frames that every film stands on (DESIGN §7).

use serde::{Deserialize, Serialize};
use std::fmt;

/// Samples per second of all sound inside Onetake: a whole number of samples per frame at every rate in [`FRAME_RATES`].
pub const SAMPLE_RATE: u64 = 48_000;

/// The frame rates a look may ask for.
pub const FRAME_RATES: [u32; 5] = [24, 25, 30, 50, 60];

/// An instant: milliseconds since 1970 in UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub u64);

impl Timestamp {
    /// The beginning of a day of the Gregorian calendar, in UTC: `2026-11-20`. `None` if it is no such day.
    #[must_use]
    pub fn of_date(text: &str) -> Option<Self> {
        let [year, month, day] = text.split('-').collect::<Vec<_>>().try_into().ok()?;
        let is_plain = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let (year, month, day): (u64, u64, u64) = (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
        if !is_plain || year < 1970 || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return None;
        }
        // Days from civil date, after Howard Hinnant's public-domain algorithm; years begin in March there.
        let from_march = year - u64::from(month <= 2);
        let (era, year_of_era) = (from_march / 400, from_march % 400);
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        let at = Self((era * 146_097 + day_of_era - 719_468) * 86_400_000);
        at.to_string().starts_with(text).then_some(at)
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
        let (days, ms) = (self.0 / 86_400_000, self.0 % 86_400_000);
        // Civil date from days, after Howard Hinnant's public-domain algorithm; years begin in March there.
        let shifted = days + 719_468;
        let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let year = era * 400 + year_of_era + u64::from(month <= 2);
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
