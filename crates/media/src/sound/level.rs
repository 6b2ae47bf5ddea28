//! The gain that brings a take to −16 LUFS, searched on the limited sound.

use super::decode::decode;
use super::limiter::{self, Peaks};
use bytes::Bytes;
use ebur128::{EbuR128, Mode};
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
const SHORT: usize = SAMPLE_RATE as usize;

/// A gain in dB as a factor.
pub(super) fn factor(db: f64) -> f32 {
    10_f64.powf(db / 20.0) as f32
}

/// Measures a take.
///
/// # Errors
/// A sentence that says why the sound cannot be used.
pub(crate) fn level(audio: &Bytes) -> Result<Level, String> {
    let sound = decode(audio)?;
    let gain_db = gain_db(&sound);
    Ok(Level { samples: sound.len() as u64, gain_db, limiter: limiter::VERSION })
}

/// By secant steps: the limiter eats level, the more the higher the gain, so the way there is bent but never turns.
fn gain_db(sound: &[f32]) -> f64 {
    let peaks = Peaks::of(sound);
    let measure = |gain_db: f64| loudness(&limiter::limit(sound, &peaks, factor(gain_db), factor(CEILING_DB)));
    let Some(first) = measure(0.0) else { return 0.0 };
    let (mut before, mut gain) = ((0.0, first), (TARGET - first).clamp(-REACH_DB, REACH_DB));
    let mut best = (first - TARGET, 0.0);
    for _ in 0..8 {
        let Some(now) = measure(gain) else { return 0.0 };
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
    (best.1 * 1e6).round() / 1e6
}

/// In LUFS; `None` for silence.
fn loudness(sound: &[f32]) -> Option<f64> {
    let mut meter = EbuR128::new(1, SAMPLE_RATE as u32, Mode::I).ok()?;
    let repeats = if sound.len() < SHORT { (3 * SHORT).div_ceil(sound.len().max(1)) } else { 1 };
    for _ in 0..repeats {
        meter.add_frames_f32(sound).ok()?;
    }
    meter.loudness_global().ok().filter(|loudness| loudness.is_finite() && *loudness > -70.0)
}
