//! The gain that brings a take to −16 LUFS, searched on the limited sound.

use super::decode::{Source, decode};
use super::limiter::{self, Limiter};
use ebur128::{EbuR128, Mode};
use std::ops::ControlFlow;
use story::failure::Failure;
use story::studio::Level;
use story::time::SAMPLE_RATE;

/// Where every take is brought, in LUFS.
const TARGET: f64 = -16.0;
/// How far a take may be moved, in dB.
const REACH_DB: f64 = 8.0;
/// The ceiling of a take, as a factor: −4 dBTP.
pub(super) const CEILING_DB: f64 = -4.0;
/// Close enough, in LU.
const CLOSE: f64 = 0.05;
/// Sounds shorter than this are measured repeated, in samples.
const SHORT: u64 = SAMPLE_RATE;
/// Sounds up to this length are decoded once and kept, in samples: 60 s, 11.5 MB. Longer ones are decoded anew for each gain tried.
const KEPT: u64 = 60 * SAMPLE_RATE;

/// A gain in dB as a factor.
pub(super) fn factor(db: f64) -> f32 {
    10_f64.powf(db / 20.0) as f32
}

/// Measures a take. Holds a minute of sound at most.
///
/// # Errors
/// [`Failure::GiveUp`] with a sentence that says why the sound cannot be used; [`Failure::Retry`] if its file cannot be read.
pub(super) fn level(source: &Source) -> Result<Level, Failure> {
    let mut first = Meter::new(0.0);
    let (mut kept, mut samples) = (Vec::new(), 0);
    decode(source, |block| {
        samples += block.len() as u64;
        if samples <= KEPT {
            kept.push(block.to_vec());
        } else {
            kept = Vec::new();
        }
        first.push(block);
        ControlFlow::Continue(())
    })?;
    let is_short = samples < SHORT;
    let measure = |gain_db: f64| -> Result<Option<f64>, Failure> {
        let mut meter = Meter::new(gain_db);
        if samples > KEPT {
            decode(source, |block| {
                meter.push(block);
                ControlFlow::Continue(())
            })?;
            return Ok(meter.loudness());
        }
        let repeats = if is_short { (3 * SHORT).div_ceil(samples.max(1)) } else { 1 };
        for _ in 0..repeats {
            kept.iter().for_each(|block| meter.push(block));
            meter.end();
        }
        Ok(meter.loudness())
    };
    let unmoved = if is_short { measure(0.0)? } else { first.loudness() };
    Ok(Level { samples, gain_db: gain_db(unmoved, measure)?, limiter: limiter::VERSION })
}

/// By secant steps: the limiter eats level, the more the higher the gain, so the way there is bent but never turns.
fn gain_db(unmoved: Option<f64>, measure: impl Fn(f64) -> Result<Option<f64>, Failure>) -> Result<f64, Failure> {
    let Some(first) = unmoved else { return Ok(0.0) };
    let (mut before, mut gain) = ((0.0, first), (TARGET - first).clamp(-REACH_DB, REACH_DB));
    let mut best = (first - TARGET, 0.0);
    for _ in 0..8 {
        let Some(now) = measure(gain)? else { return Ok(0.0) };
        if (now - TARGET).abs() < best.0.abs() {
            best = (now - TARGET, gain);
        }
        if (now - TARGET).abs() <= CLOSE {
            break;
        }
        let slope = ((now - before.1) / (gain - before.0)).clamp(0.2, 1.5);
        let next = (gain + (TARGET - now) / if slope.is_finite() { slope } else { 1.0 }).clamp(-REACH_DB, REACH_DB);
        if (next - gain).abs() < 1e-6 {
            break;
        }
        (before, gain) = ((gain, now), next);
    }
    // Six decimals: what is kept in a record reads the same everywhere.
    Ok((best.1 * 1e6).round() / 1e6)
}

/// Hears a sound limited at one gain.
struct Meter {
    gain_db: f64,
    limiter: Limiter,
    loudness: Option<EbuR128>,
    limited: Vec<f32>,
}

impl Meter {
    fn new(gain_db: f64) -> Self {
        Self {
            gain_db,
            limiter: limiter(gain_db),
            loudness: EbuR128::new(1, SAMPLE_RATE as u32, Mode::I).ok(),
            limited: Vec::new(),
        }
    }

    fn push(&mut self, sound: &[f32]) {
        self.limiter.push(sound, &mut self.limited);
        self.hear();
    }

    /// The sound ends; what comes then is heard as another one after it.
    fn end(&mut self) {
        std::mem::replace(&mut self.limiter, limiter(self.gain_db)).finish(&mut self.limited);
        self.hear();
    }

    fn hear(&mut self) {
        if self.loudness.as_mut().is_some_and(|meter| meter.add_frames_f32(&self.limited).is_err()) {
            self.loudness = None;
        }
        self.limited.clear();
    }

    /// In LUFS; `None` for silence.
    fn loudness(mut self) -> Option<f64> {
        self.end();
        self.loudness?.loudness_global().ok().filter(|loudness| loudness.is_finite() && *loudness > -70.0)
    }
}

/// What every take goes through at its gain.
pub(super) fn limiter(gain_db: f64) -> Limiter {
    Limiter::new(factor(gain_db), factor(CEILING_DB))
}
