//! Samples between the speaking engine and the encoder.

use story::maker::MakerError;

/// Samples per second of what is encoded.
pub(super) const RATE: usize = 44_100;

/// What of a sound is heard: without the silence before and after it, but for ten milliseconds.
pub(super) fn audible(samples: &[f32], rate: u32) -> &[f32] {
    let loudest = samples.iter().fold(0.0_f32, |loudest, sample| loudest.max(sample.abs()));
    // 46 dB below the loudest: the breath of an `h` is above it, the engine's own noise is not.
    let heard = |sample: &f32| sample.abs() > (loudest * 0.005).max(0.001);
    let (Some(first), Some(last)) = (samples.iter().position(heard), samples.iter().rposition(heard)) else {
        return &[];
    };
    let margin = rate as usize / 100;
    &samples[first.saturating_sub(margin)..(last + 1 + margin).min(samples.len())]
}

/// The sound at twice its rate, by a windowed sinc (Kaiser-like Hann window, 32 neighbours).
pub(super) fn doubled(samples: &[f32], rate: u32) -> Result<Vec<f32>, MakerError> {
    if rate as usize * 2 != RATE {
        return Err(MakerError::Broken(format!(
            "espeak-ng speaks at {rate} samples a second, not 22,050; rehearse with tones"
        )));
    }
    const REACH: usize = 16;
    let taps: Vec<f32> = (0..REACH)
        .map(|index| {
            let distance = (index as f64 + 0.5) * std::f64::consts::PI;
            let window = (distance / (2.0 * REACH as f64)).cos().powi(2);
            (distance.sin() / distance * window) as f32
        })
        .collect();
    // Taps of a finite window do not quite add up to one.
    let sum: f32 = 2.0 * taps.iter().sum::<f32>();
    let mut padded = vec![0.0; REACH - 1];
    padded.extend_from_slice(samples);
    padded.resize(padded.len() + REACH, 0.0);
    let mut doubled = Vec::with_capacity(samples.len() * 2);
    for neighbours in padded.windows(2 * REACH) {
        let (before, after) = neighbours.split_at(REACH);
        let pairs = before.iter().rev().zip(after);
        let between: f32 = pairs.zip(&taps).map(|((before, after), weight)| weight * (before + after)).sum();
        doubled.extend([before[REACH - 1], between / sum]);
    }
    Ok(doubled)
}

/// The sound with four milliseconds of rise and fall, so that no cut clicks.
pub(super) fn faded(mut samples: Vec<f32>) -> Vec<f32> {
    let reach = (RATE / 250).min(samples.len() / 2);
    let length = samples.len();
    for index in 0..reach {
        let gain = index as f32 / reach as f32;
        samples[index] *= gain;
        samples[length - 1 - index] *= gain;
    }
    samples
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hertz: f64, rate: usize, length: usize) -> Vec<f32> {
        (0..length).map(|at| (at as f64 * hertz * std::f64::consts::TAU / rate as f64).sin() as f32 * 0.5).collect()
    }

    #[test]
    fn silence_is_found_at_both_ends() {
        let mut samples = vec![0.0005; 3_000];
        samples.extend(tone(200.0, 22_050, 5_000));
        samples.extend([0.0005; 2_000]);
        let found = audible(&samples, 22_050).len();
        assert!((5_400..=5_442).contains(&found), "{found}");
        assert!(audible(&[0.0; 500], 22_050).is_empty() && audible(&[], 22_050).is_empty());
    }

    #[test]
    fn a_doubled_tone_is_the_same_tone() {
        let (found, wanted) = (doubled(&tone(3_000.0, 22_050, 2_000), 22_050).unwrap(), tone(3_000.0, RATE, 4_000));
        let worst = found[100..3_900].iter().zip(&wanted[100..3_900]).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst < 0.003, "{worst}");
        assert!(doubled(&[], 16_000).is_err());
    }
}
