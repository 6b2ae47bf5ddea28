//! Any sample rate to any other: a polyphase windowed sinc, the same bits each time.

use std::f64::consts::PI;

/// Zero crossings of the sinc on each side.
const CROSSINGS: usize = 32;
/// Kaiser's shape: 90 dB of stop band.
const BETA: f64 = 9.0;
/// The pass band's share of the lower rate's half.
const ROLL_OFF: f64 = 0.96;

/// Brings samples from one rate to another, as they come; the length is the nearest whole number of samples.
pub(super) struct Resampler {
    from: u32,
    to: u32,
    up: usize,
    down: usize,
    taps: usize,
    bank: Vec<f32>,
    /// Samples that later outputs still need, silence at both ends included, so that every output has all its taps.
    held: Vec<f32>,
    /// How many came before those that are held.
    dropped: u64,
    heard: u64,
    made: u64,
}

impl Resampler {
    pub(super) fn new(from: u32, to: u32) -> Self {
        let divisor = greatest_common_divisor(from, to);
        let (up, down) = ((to / divisor) as usize, (from / divisor) as usize);
        let cutoff = ROLL_OFF * (up as f64 / down as f64).min(1.0);
        let half = (CROSSINGS as f64 / cutoff).ceil() as usize;
        let bank = if from == to { Vec::new() } else { bank(up, half, cutoff) };
        Self { from, to, up, down, taps: 2 * half, bank, held: vec![0.0; half], dropped: 0, heard: 0, made: 0 }
    }

    /// Takes samples, and appends to `out` what they make whole.
    pub(super) fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        if self.from == self.to {
            return out.extend_from_slice(samples);
        }
        self.heard += samples.len() as u64;
        self.held.extend_from_slice(samples);
        self.make(u64::MAX, out);
    }

    /// Appends the rest.
    pub(super) fn finish(mut self, out: &mut Vec<f32>) {
        if self.from == self.to {
            return;
        }
        self.held.resize(self.held.len() + self.taps + self.taps / 2 + self.down, 0.0);
        let (from, to) = (u64::from(self.from), u64::from(self.to));
        self.make((self.heard * to + from / 2) / from, out);
    }

    fn make(&mut self, length: u64, out: &mut Vec<f32>) {
        while self.made < length {
            let position = self.made * self.down as u64;
            let (whole, phase) = (position / self.up as u64, (position % self.up as u64) as usize);
            let start = (whole + 1 - self.dropped) as usize;
            let Some(window) = self.held.get(start..start + self.taps) else { break };
            out.push(weighed(window, &self.bank[phase * self.taps..][..self.taps]));
            self.made += 1;
        }
        let needed_from = self.made * self.down as u64 / self.up as u64 + 1;
        let passed = ((needed_from - self.dropped) as usize).min(self.held.len());
        self.held.drain(..passed);
        self.dropped += passed as u64;
    }
}

/// The sum of values times weights. Eight sums side by side: a fixed order that the compiler can keep in one register.
fn weighed(window: &[f32], weights: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 8];
    for (values, weights) in window.chunks_exact(8).zip(weights.chunks_exact(8)) {
        for column in 0..8 {
            sums[column] += values[column] * weights[column];
        }
    }
    let rest = window.len() / 8 * 8;
    let tail: f32 = window[rest..].iter().zip(&weights[rest..]).map(|(value, weight)| value * weight).sum();
    sums.iter().sum::<f32>() + tail
}

/// For each phase, the weights of the samples from `half - 1` before to `half` after.
fn bank(phases: usize, half: usize, cutoff: f64) -> Vec<f32> {
    let mut bank = Vec::with_capacity(phases * 2 * half);
    for phase in 0..phases {
        let fraction = phase as f64 / phases as f64;
        let row: Vec<f64> = (0..2 * half)
            .map(|tap| {
                let distance = tap as f64 - (half as f64 - 1.0) - fraction;
                let window = (1.0 - (distance / half as f64).powi(2)).max(0.0).sqrt();
                sinc(distance * cutoff) * bessel(BETA * window) / bessel(BETA)
            })
            .collect();
        // Each phase lets a constant through unchanged.
        let sum: f64 = row.iter().sum();
        bank.extend(row.iter().map(|weight| (weight / sum) as f32));
    }
    bank
}

fn sinc(x: f64) -> f64 {
    if x.abs() < 1e-12 { 1.0 } else { (PI * x).sin() / (PI * x) }
}

/// The modified Bessel function of order 0, by its series.
fn bessel(x: f64) -> f64 {
    let (mut sum, mut term) = (1.0, 1.0);
    for step in 1..40 {
        term *= (x / 2.0 / f64::from(step)).powi(2);
        sum += term;
    }
    sum
}

fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In blocks of odd lengths.
    fn resample(samples: &[f32], from: u32, to: u32) -> Vec<f32> {
        let (mut resampler, mut out) = (Resampler::new(from, to), Vec::new());
        samples.chunks(1_151).for_each(|block| resampler.push(block, &mut out));
        resampler.finish(&mut out);
        out
    }

    fn check(from: u32, frequency: f64) {
        let tone = |rate: u32, index: usize| (2.0 * PI * frequency * index as f64 / f64::from(rate)).sin() * 0.5;
        let input: Vec<f32> = (0..from as usize).map(|index| tone(from, index) as f32).collect();
        let output = resample(&input, from, 48_000);
        assert_eq!(output.len(), 48_000, "{from}");
        let error = (4_000..44_000).map(|index| (f64::from(output[index]) - tone(48_000, index)).abs());
        let worst = error.fold(0.0, f64::max);
        assert!(worst < 2e-4, "{from} Hz, tone of {frequency} Hz: off by {worst}");
    }

    #[test]
    fn a_tone_stays_itself_at_any_rate() {
        for from in [8_000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000, 96_000] {
            check(from, 440.0);
            check(from, 3_000.0);
        }
    }

    #[test]
    fn what_lies_above_the_new_half_is_gone() {
        let input: Vec<f32> =
            (0..96_000).map(|index| (2.0 * PI * 30_000.0 * f64::from(index) / 96_000.0).sin() as f32).collect();
        let rest =
            resample(&input, 96_000, 48_000)[2_000..46_000].iter().fold(0.0_f32, |peak, value| peak.max(value.abs()));
        assert!(rest < 1e-3, "{rest}");
    }
}
