//! Numbers that an owner sets by text.

use std::ops::RangeInclusive;

/// The number that a setting of that name says; `None` where it says nothing.
///
/// # Errors
/// A sentence that names the setting, where it is no number of the range.
pub fn number(name: &str, text: Option<&str>, range: &RangeInclusive<f64>) -> Result<Option<f64>, String> {
    let Some(text) = text else { return Ok(None) };
    let wrong = || format!("{name} is \"{text}\": give a number from {} to {}", range.start(), range.end());
    text.parse().ok().filter(|number| range.contains(number)).map(Some).ok_or_else(wrong)
}

/// The same for a whole number.
///
/// # Errors
/// Those of [`number`].
pub fn whole(name: &str, text: Option<&str>, range: RangeInclusive<u32>) -> Result<Option<u32>, String> {
    let (least, most) = range.into_inner();
    match number(name, text, &(f64::from(least)..=f64::from(most)))? {
        Some(number) if number.fract() > 0.0 => {
            Err(format!("{name} is \"{number}\": give a whole number from {least} to {most}"))
        }
        number => Ok(number.map(|number| number as u32)),
    }
}

/// Seconds, from one to ten years, as milliseconds.
///
/// # Errors
/// Those of [`number`].
pub fn seconds_as_ms(name: &str, text: Option<&str>) -> Result<Option<u64>, String> {
    Ok(number(name, text, &(1.0..=315_360_000.0))?.map(|seconds| (seconds * 1000.0) as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_such_number_is_said_with_the_name_of_its_setting() {
        assert_eq!(whole("LANES", None, 1..=20), Ok(None));
        assert_eq!(whole("LANES", Some("20"), 1..=20), Ok(Some(20)));
        for (text, sentence) in [
            ("21", "LANES is \"21\": give a number from 1 to 20"),
            ("two", "LANES is \"two\": give a number from 1 to 20"),
            ("1.5", "LANES is \"1.5\": give a whole number from 1 to 20"),
            ("NaN", "LANES is \"NaN\": give a number from 1 to 20"),
        ] {
            assert_eq!(whole("LANES", Some(text), 1..=20), Err(sentence.to_owned()));
        }
        assert_eq!(seconds_as_ms("TTL", Some("1.5")), Ok(Some(1_500)));
        assert!(seconds_as_ms("TTL", Some("0")).is_err());
    }
}
