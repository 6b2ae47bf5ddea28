//! A look-ahead limiter: nothing of the sound, nor of what a converter draws between its samples, passes the ceiling.

use std::collections::VecDeque;
use std::f64::consts::PI;

/// Counted up whenever the limiter sounds different: takes keep it beside their gain.
pub(super) const VERSION: u32 = 1;

/// 5 ms at 48 kHz.
const LOOK_AHEAD: usize = 240;
/// Time in which the gain comes back, in samples: 80 ms.
const RELEASE: f32 = 3_840.0;
/// Samples on each side of a point between two samples.
const REACH: usize = 8;

/// The highest point near each sample, between it and its neighbours too (four points per sample, as BS.1770 estimates a true peak).
pub(super) struct Peaks(Vec<f32>);

impl Peaks {
    /// Measures a sound once; its peaks scale with any gain.
    pub(super) fn of(sound: &[f32]) -> Self {
        let filters = [0.25, 0.5, 0.75].map(|fraction: f64| {
            let mut weights = [0.0_f32; 2 * REACH];
            let mut sum = 0.0;
            for (tap, weight) in weights.iter_mut().enumerate() {
                let x = tap as f64 - (REACH as f64 - 1.0) - fraction;
                let window = 0.5 + 0.5 * (PI * x / (REACH as f64 + 0.5)).cos();
                *weight = ((PI * x).sin() / (PI * x) * window) as f32;
                sum += *weight;
            }
            weights.map(|weight| weight / sum)
        });
        let mut padded = vec![0.0; REACH - 1];
        padded.extend_from_slice(sound);
        padded.resize(sound.len() + 2 * REACH, 0.0);
        let mut peaks: Vec<f32> = sound.iter().map(|value| value.abs()).collect();
        for index in 0..sound.len() {
            let window = &padded[index..][..2 * REACH];
            // Quiet stretches cannot hold a peak: most of speech is skipped.
            if window.iter().all(|value| value.abs() < 1e-4) {
                continue;
            }
            let between = filters.iter().fold(0.0_f32, |peak, weights| {
                peak.max(window.iter().zip(weights).map(|(value, weight)| value * weight).sum::<f32>().abs())
            });
            peaks[index] = peaks[index].max(between);
            if let Some(next) = peaks.get_mut(index + 1) {
                *next = next.max(between);
            }
        }
        Self(peaks)
    }

    /// The highest of all.
    pub(super) fn highest(&self) -> f32 {
        self.0.iter().fold(0.0, |highest, &peak| highest.max(peak))
    }
}

/// The sound times `gain`, held under `ceiling`; as long as it was.
pub(super) fn limit(sound: &[f32], peaks: &Peaks, gain: f32, ceiling: f32) -> Vec<f32> {
    if peaks.highest() * gain <= ceiling {
        return sound.iter().map(|value| value * gain).collect();
    }
    let wanted = |index: usize| peaks.0.get(index).map_or(1.0, |peak| (ceiling / (peak * gain).max(1e-9)).min(1.0));
    let back = 1.0 - (-1.0 / RELEASE).exp();
    // The lowest gain wanted within the look-ahead, by a queue that keeps only what can still become the lowest.
    let mut ahead: VecDeque<(usize, f32)> = VecDeque::new();
    let push = |ahead: &mut VecDeque<(usize, f32)>, index: usize| {
        let value = wanted(index);
        while ahead.back().is_some_and(|&(_, last)| last >= value) {
            ahead.pop_back();
        }
        ahead.push_back((index, value));
    };
    (0..LOOK_AHEAD).for_each(|index| push(&mut ahead, index));
    // The mean of the last gains reaches the wanted one exactly where its peak is: a ramp without a corner.
    let mut recent: VecDeque<f32> = VecDeque::from(vec![1.0; LOOK_AHEAD + 1]);
    let mut held = 1.0_f32;
    let mut sum = (LOOK_AHEAD + 1) as f64;
    let mut out = Vec::with_capacity(sound.len());
    // It begins before the sound, so that a peak in its first samples finds the gain down already.
    for step in 0..sound.len() + LOOK_AHEAD {
        let Some(index) = step.checked_sub(LOOK_AHEAD) else {
            let lowest = (0..=step).map(wanted).fold(1.0, f32::min);
            held = lowest.min(held + (1.0 - held) * back);
            sum += f64::from(held) - f64::from(recent.pop_front().unwrap_or(1.0));
            recent.push_back(held);
            continue;
        };
        push(&mut ahead, index + LOOK_AHEAD);
        while ahead.front().is_some_and(|&(at, _)| at < index) {
            ahead.pop_front();
        }
        let lowest = ahead.front().map_or(1.0, |&(_, value)| value);
        held = lowest.min(held + (1.0 - held) * back);
        sum += f64::from(held) - f64::from(recent.pop_front().unwrap_or(1.0));
        recent.push_back(held);
        let reduction = (sum / (LOOK_AHEAD + 1) as f64) as f32;
        out.push(sound[index] * gain * reduction);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_passes_the_ceiling_and_the_length_stays() {
        let sound: Vec<f32> = (0..48_000)
            .map(|index| {
                let burst = if index < 40 || (20_000..20_200).contains(&index) { 3.0 } else { 0.2 };
                ((index as f32) * 0.61).sin() * burst
            })
            .collect();
        let ceiling = 10_f32.powf(-4.0 / 20.0);
        for gain in [0.5, 1.0, 2.5] {
            let limited = limit(&sound, &Peaks::of(&sound), gain, ceiling);
            assert_eq!(limited.len(), sound.len());
            let highest = Peaks::of(&limited).highest();
            assert!(highest <= ceiling * 1.003, "gain {gain}: {highest} over {ceiling}");
        }
    }

    #[test]
    fn what_is_quiet_only_takes_the_gain() {
        let sound = [0.01, -0.02, 0.03];
        assert_eq!(limit(&sound, &Peaks::of(&sound), 2.0, 0.5), [0.02, -0.04, 0.06]);
    }
}
