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

/// Holds a sound under a ceiling, as it comes; it stays as long as it was.
///
/// What counts is the highest point near each sample, between it and its neighbours too (four points per sample, as BS.1770
/// estimates a true peak).
pub(super) struct Limiter {
    gain: f32,
    ceiling: f32,
    filters: [[f32; 2 * REACH]; 3],
    /// Where all samples of a window stay at or below this, no peak passes the ceiling.
    quiet: f32,
    /// Samples that are still looked at, the silence before the first included.
    held: Vec<f32>,
    /// How many came before those that are held.
    dropped: usize,
    /// How many samples were judged.
    judged: usize,
    /// Windows that begin before this hold a sample that is not quiet.
    loud_until: usize,
    /// The peak between the sample that was judged last and the next.
    between: f32,
    brake: Brake,
}

impl Limiter {
    /// One that multiplies by `gain`.
    pub(super) fn new(gain: f32, ceiling: f32) -> Self {
        let filters = filters();
        let largest = filters.iter().map(|weights| weights.iter().map(|weight| weight.abs()).sum()).fold(1.0, f32::max);
        Self {
            gain,
            ceiling,
            filters,
            quiet: ceiling / (gain * largest * 1.001),
            held: vec![0.0; REACH - 1],
            dropped: 0,
            judged: 0,
            loud_until: 0,
            between: 0.0,
            brake: Brake::new(),
        }
    }

    /// Takes samples, and appends to `out` those that nothing later changes.
    pub(super) fn push(&mut self, sound: &[f32], out: &mut Vec<f32>) {
        self.held.extend_from_slice(sound);
        let whole = (self.dropped + self.held.len()).saturating_sub(2 * REACH - 1);
        while self.judged < whole {
            let wanted = self.wanted();
            self.judged += 1;
            self.step(wanted, out);
        }
        // The sample that comes out next, and the window that is looked at next.
        let passed = self.judged.min((self.judged + REACH - 1).saturating_sub(LOOK_AHEAD)) - self.dropped;
        self.held.drain(..passed);
        self.dropped += passed;
    }

    /// Appends the rest.
    pub(super) fn finish(mut self, out: &mut Vec<f32>) {
        self.push(&[0.0; REACH], out);
        (0..LOOK_AHEAD).for_each(|_| self.step(1.0, out));
    }

    /// The gain that the next sample's peaks ask for.
    fn wanted(&mut self) -> f32 {
        let window = &self.held[self.judged - self.dropped..][..2 * REACH];
        let fresh = if self.judged == 0 { 0 } else { 2 * REACH - 1 };
        if window[fresh..].iter().any(|value| value.abs() > self.quiet) {
            self.loud_until = self.judged + 2 * REACH;
        }
        // Most of speech is far below the ceiling: nothing to look for between its samples.
        if self.judged >= self.loud_until {
            self.between = 0.0;
            return 1.0;
        }
        let before = self.between;
        self.between = self.filters.iter().fold(0.0_f32, |peak, weights| {
            peak.max(window.iter().zip(weights).map(|(value, weight)| value * weight).sum::<f32>().abs())
        });
        let peak = window[REACH - 1].abs().max(before).max(self.between);
        (self.ceiling / (peak * self.gain).max(1e-9)).min(1.0)
    }

    fn step(&mut self, wanted: f32, out: &mut Vec<f32>) {
        if let Some((index, reduction)) = self.brake.step(wanted) {
            out.push(self.held[index + REACH - 1 - self.dropped] * self.gain * reduction);
        }
    }
}

/// The gain over time: down before each peak without a corner, and slowly back.
struct Brake {
    steps: usize,
    /// The lowest gain wanted within the look-ahead, by a queue that keeps only what can still become the lowest.
    ahead: VecDeque<(usize, f32)>,
    /// The mean of the last gains reaches the wanted one exactly where its peak is.
    recent: [f32; LOOK_AHEAD + 1],
    sum: f64,
    held: f32,
    back: f32,
    touched: bool,
}

impl Brake {
    fn new() -> Self {
        Self {
            steps: 0,
            ahead: VecDeque::with_capacity(LOOK_AHEAD + 2),
            recent: [1.0; LOOK_AHEAD + 1],
            sum: (LOOK_AHEAD + 1) as f64,
            held: 1.0,
            back: 1.0 - (-1.0 / RELEASE).exp(),
            touched: false,
        }
    }

    /// Takes the gain wanted at one sample; gives the gain of the sample as long ago as the look-ahead is, and its index. It begins
    /// before the sound, so that a peak in the first samples finds the gain down already.
    fn step(&mut self, wanted: f32) -> Option<(usize, f32)> {
        let step = self.steps;
        self.steps += 1;
        let index = step.checked_sub(LOOK_AHEAD);
        self.touched |= wanted < 1.0;
        // Until it is first needed, it changes nothing.
        if !self.touched {
            return index.map(|index| (index, 1.0));
        }
        while self.ahead.back().is_some_and(|&(_, last)| last >= wanted) {
            self.ahead.pop_back();
        }
        self.ahead.push_back((step, wanted));
        while self.ahead.front().is_some_and(|&(at, _)| at + LOOK_AHEAD < step) {
            self.ahead.pop_front();
        }
        let lowest = self.ahead.front().map_or(1.0, |&(_, value)| value);
        self.held = lowest.min(self.held + (1.0 - self.held) * self.back);
        let oldest = &mut self.recent[step % (LOOK_AHEAD + 1)];
        self.sum += f64::from(self.held) - f64::from(*oldest);
        *oldest = self.held;
        index.map(|index| (index, (self.sum / (LOOK_AHEAD + 1) as f64) as f32))
    }
}

/// The weights of the points at a quarter, half and three quarters of the way to the next sample.
fn filters() -> [[f32; 2 * REACH]; 3] {
    [0.25, 0.5, 0.75].map(|fraction: f64| {
        let mut weights = [0.0_f32; 2 * REACH];
        let mut sum = 0.0;
        for (tap, weight) in weights.iter_mut().enumerate() {
            let x = tap as f64 - (REACH as f64 - 1.0) - fraction;
            let window = 0.5 + 0.5 * (PI * x / (REACH as f64 + 0.5)).cos();
            *weight = ((PI * x).sin() / (PI * x) * window) as f32;
            sum += *weight;
        }
        weights.map(|weight| weight / sum)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In blocks of odd lengths.
    fn limit(sound: &[f32], gain: f32, ceiling: f32) -> Vec<f32> {
        let (mut limiter, mut out) = (Limiter::new(gain, ceiling), Vec::new());
        sound.chunks(1_151).for_each(|block| limiter.push(block, &mut out));
        limiter.finish(&mut out);
        out
    }

    /// The highest point of a sound, between its samples too.
    fn highest(sound: &[f32]) -> f32 {
        let mut padded = vec![0.0; 2 * REACH];
        padded.extend_from_slice(sound);
        padded.resize(sound.len() + 4 * REACH, 0.0);
        let between = padded.windows(2 * REACH).flat_map(|window| {
            filters().map(|weights| window.iter().zip(weights).map(|(value, weight)| value * weight).sum::<f32>())
        });
        between.chain(sound.iter().copied()).fold(0.0, |highest, value| highest.max(value.abs()))
    }

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
            let limited = limit(&sound, gain, ceiling);
            assert_eq!(limited.len(), sound.len());
            let highest = highest(&limited);
            assert!(highest <= ceiling * 1.003, "gain {gain}: {highest} over {ceiling}");
        }
    }

    #[test]
    fn what_is_quiet_only_takes_the_gain() {
        let sound = [0.01, -0.02, 0.03];
        assert_eq!(limit(&sound, 2.0, 0.5), [0.02, -0.04, 0.06]);
    }
}
