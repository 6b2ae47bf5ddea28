//! How fast voices speak, where each differs.

use std::hash::{DefaultHasher, Hash, Hasher};

/// The rate at which a voice of an account speaks a text: 1 is the double's usual.
pub(super) fn rate(seed: u64, voice: &str, text: &str) -> f64 {
    let voice_s = 1.0 + 0.1 * chance((seed, voice, "voice"));
    let line_s = 1.0 + 0.15 * chance((seed, voice, text));
    language(text) / (voice_s * line_s)
}

/// The usual rate of a language, by the letters that only it has here.
fn language(text: &str) -> f64 {
    if text.contains(|c| matches!(c, '\u{3040}'..='\u{30ff}')) {
        1.08
    } else if text.to_lowercase().contains(['ä', 'ö', 'ü', 'ß']) {
        0.86
    } else {
        0.92
    }
}

/// Between -1 and 1, by what it is made of.
fn chance(of: impl Hash) -> f64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    (hasher.finish() >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_voice_line_and_language_has_a_rate_of_its_own() {
        let of = |voice: &str, text: &str| rate(1, voice, text);
        assert!((of("a", "Hello.") - of("a", "Hello.")).abs() < 1e-12, "always the same one");
        let mean = |seed: u64, language: &str| {
            (0..400).map(|line| 1.0 / rate(seed, "a", &format!("{line} {language}"))).sum::<f64>() / 400.0
        };
        let voices: Vec<f64> = (0..50).map(|seed| mean(seed, "sea")).collect();
        let [least, most] = [voices.iter().copied().fold(9.0, f64::min), voices.iter().copied().fold(0.0, f64::max)];
        assert!(
            least > 0.89 / 0.92 && least < 0.95 / 0.92 && most < 1.11 / 0.92 && most > 1.05 / 0.92,
            "{least} {most}"
        );
        assert!(mean(1, "über") > 1.05 * mean(1, "sea") && mean(1, "うみ") < 0.88 * mean(1, "sea"));
        let lines: Vec<f64> = (0..400).map(|line| rate(1, "a", &line.to_string()) * mean(1, "")).collect();
        assert!(lines.iter().all(|line| (0.84..1.19).contains(line)), "within 15 %");
    }
}
