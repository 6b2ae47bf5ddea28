//! Where a voice is heard: by energy, against the sound's own loudness and its own noise.

use super::decode::{Source, decode};
use std::ops::{ControlFlow, Range};
use story::failure::Failure;
use story::time::SAMPLE_RATE;

/// Samples in which energy is measured: 10 ms.
const FRAME: u64 = SAMPLE_RATE / 100;
/// Nothing below this is a voice, in dB of full scale.
const SILENCE_DB: f64 = -60.0;
/// A voice begins this far below its own level at most, in dB, and at least: noise may stand that near.
const BELOW_DB: (f64, f64) = (12.0, 28.0);
/// The share of the way down to the noise at which it begins.
const WAY: f64 = 0.6;
/// It ends this much lower than it begins, in dB.
const HYSTERESIS_DB: f64 = 5.0;
/// Shorter gaps are part of speech, in frames: 120 ms.
const BRIDGE: u64 = 12;
/// Shorter sounds are none of a voice, in frames: 60 ms.
const BLIP: u64 = 6;

/// The spans of samples at 48 kHz in which there is a voice.
///
/// # Errors
/// [`Failure::GiveUp`] with a sentence that says why the sound cannot be used; [`Failure::Retry`] if its file cannot be read.
pub(super) fn activity(source: &Source) -> Result<Vec<Range<u64>>, Failure> {
    let (mut frames, mut energy, mut samples) = (Vec::new(), 0.0, 0);
    decode(source, |block| {
        for value in block {
            energy += f64::from(*value).powi(2);
            samples += 1;
            if samples % FRAME == 0 {
                frames.push(decibels(energy));
                energy = 0.0;
            }
        }
        ControlFlow::Continue(())
    })?;
    let in_samples = |frames: Range<u64>| frames.start * FRAME..frames.end * FRAME;
    Ok(spans(&frames).into_iter().map(in_samples).collect())
}

fn decibels(energy: f64) -> f64 {
    10.0 * (energy / FRAME as f64).max(1e-12).log10()
}

/// Spans of frames, from each frame's level in dB.
fn spans(frames: &[f64]) -> Vec<Range<u64>> {
    let mut sorted = frames.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |share: f64| sorted.get((sorted.len() as f64 * share) as usize).copied().unwrap_or(SILENCE_DB);
    // Of what is above silence: a take may be silent for most of its time.
    let loud = sorted.partition_point(|&level| level <= SILENCE_DB);
    let Some(level) = sorted[loud..].get((sorted.len() - loud) * 9 / 10) else { return Vec::new() };
    let noise = at(0.05).max(SILENCE_DB);
    let begins = (level - ((level - noise) * WAY).clamp(BELOW_DB.0, BELOW_DB.1)).max(SILENCE_DB);
    let ends = begins - HYSTERESIS_DB;
    let mut spans: Vec<Range<u64>> = Vec::new();
    let mut since = None;
    for (frame, &level) in (0_u64..).zip(frames.iter().chain([&f64::NEG_INFINITY])) {
        match since {
            None if level >= begins => since = Some(frame),
            Some(start) if level < ends => {
                since = None;
                match spans.last_mut() {
                    Some(last) if start - last.end < BRIDGE => last.end = frame,
                    _ => spans.push(start..frame),
                }
            }
            _ => {}
        }
    }
    spans.retain(|span| span.end - span.start >= BLIP);
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parts of a level in dB and a number of frames; spans of frames.
    fn check(parts: &[(f64, usize)], expected: &[(u64, u64)]) {
        let frames: Vec<f64> = parts.iter().flat_map(|&(level, count)| vec![level; count]).collect();
        let found: Vec<_> = spans(&frames).iter().map(|span| (span.start, span.end)).collect();
        assert_eq!(found, expected, "{parts:?}");
    }

    #[test]
    fn a_voice_is_what_stands_above_the_noise() {
        check(&[(-120.0, 30), (-20.0, 50), (-120.0, 40), (-24.0, 60), (-120.0, 10)], &[(30, 80), (120, 180)]);
        check(&[(-40.0, 30), (-20.0, 50), (-41.0, 40), (-18.0, 60), (-40.0, 10)], &[(30, 80), (120, 180)]);
        check(&[(-20.0, 100)], &[(0, 100)]);
        check(&[(-120.0, 100)], &[]);
        check(&[], &[]);
    }

    #[test]
    fn short_gaps_and_blips_and_quiet_ends_change_nothing() {
        check(&[(-20.0, 30), (-90.0, 11), (-20.0, 30)], &[(0, 71)]);
        check(&[(-20.0, 30), (-90.0, 12), (-20.0, 30)], &[(0, 30), (42, 72)]);
        check(&[(-20.0, 30), (-90.0, 40), (-20.0, 5), (-90.0, 40), (-20.0, 30)], &[(0, 30), (115, 145)]);
        check(&[(-90.0, 20), (-50.0, 4), (-20.0, 30), (-47.0, 6), (-90.0, 20)], &[(24, 60)]);
    }
}
