//! How a request is spoken: its voice, and what its settings, its seed and its retake number change in it.

use story::ids::sha256_hex;
use story::speech::TakeRequest;

/// A voice of the rehearsal.
#[derive(Debug, PartialEq)]
pub(super) struct Voice {
    /// What a script calls it.
    pub(super) name: &'static str,
    /// espeak-ng's English.
    pub(super) accent: &'static str,
    /// espeak-ng's variant.
    pub(super) variant: &'static str,
    /// espeak-ng's pitch.
    pitch: f64,
    /// The tone it sings at.
    pub(super) hertz: f64,
}

/// Neighbours differ most: speakers get them in this order.
pub(super) const VOICES: [Voice; 6] = [
    Voice { name: "clara", accent: "en-us", variant: "f3", pitch: 50.0, hertz: 196.0 },
    Voice { name: "bruno", accent: "en-us", variant: "m3", pitch: 40.0, hertz: 110.0 },
    Voice { name: "edith", accent: "en-gb", variant: "f4", pitch: 62.0, hertz: 233.0 },
    Voice { name: "angus", accent: "en-gb-scotland", variant: "m7", pitch: 30.0, hertz: 98.0 },
    Voice { name: "olive", accent: "en-us", variant: "f5", pitch: 72.0, hertz: 262.0 },
    Voice { name: "peter", accent: "en-gb", variant: "m1", pitch: 55.0, hertz: 139.0 },
];

/// How a request is spoken.
#[derive(Debug)]
pub(super) struct Manner {
    pub(super) voice: &'static Voice,
    /// Above the voice's own, in espeak-ng's steps; about a semitone for five.
    pub(super) pitch: f64,
    /// Against the voice's own.
    pub(super) pace: f64,
    pub(super) loudness: f32,
}

impl Manner {
    pub(super) fn of(request: &TakeRequest) -> Self {
        let (voice, shift) = voice_of(&request.voice);
        let settings = &request.settings;
        let mut pitch = shift + 8.0 * settings.style.unwrap_or(0.0);
        pitch -= 6.0 * (settings.stability.unwrap_or(0.5) - 0.5);
        pitch += 4.0 * (settings.similarity_boost.unwrap_or(0.75) - 0.75);
        let mut pace = settings.speed.unwrap_or(1.0);
        let chances = numbers(&request.key().0);
        // Another reading is another mood, and a seed picks one.
        if request.retake > 0 || request.seed.is_some() {
            pitch += 16.0 * (chances[0] - 0.5);
            pace *= 1.0 + 0.14 * (chances[1] - 0.5);
        }
        // Whatever changes the key changes the sound, be it by a hair: two takes of two keys are never the same bytes.
        let loudness = 0.9 - 0.02 * chances[2];
        let loudness = if settings.use_speaker_boost == Some(false) { loudness * 0.9 } else { loudness };
        Self { voice, pitch, pace, loudness: loudness as f32 }
    }

    pub(super) fn espeak_pitch(&self) -> u8 {
        (self.voice.pitch + self.pitch).round().clamp(0.0, 99.0) as u8
    }

    pub(super) fn words_per_minute(&self) -> u16 {
        (152.0 * self.pace).round().clamp(80.0, 400.0) as u16
    }
}

/// A voice by its name. Any other name, of a provider's voice, always means the same one of these, a little higher or lower.
fn voice_of(name: &str) -> (&'static Voice, f64) {
    if let Some(voice) = VOICES.iter().find(|voice| voice.name == name) {
        return (voice, 0.0);
    }
    let chances = numbers(&sha256_hex(name.as_bytes()));
    let index = (chances[0] * VOICES.len() as f64) as usize;
    (&VOICES[index.min(VOICES.len() - 1)], 16.0 * (chances[1] - 0.5))
}

/// Three numbers in `0..1` out of a hash.
fn numbers(hash: &str) -> [f64; 3] {
    [0, 8, 16].map(|at| {
        let digits = hash.get(at..at + 8).and_then(|digits| u32::from_str_radix(digits, 16).ok());
        f64::from(digits.unwrap_or(0)) / (f64::from(u32::MAX) + 1.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strange_voice_is_always_the_same_one_and_strangers_differ() {
        let (one, two) = (voice_of("21m00Tcm4TlvDq8ikWAM"), voice_of("pNInz6obpgDQGcFmaJgB"));
        assert_eq!(one, voice_of("21m00Tcm4TlvDq8ikWAM"));
        assert_ne!(one, two);
        assert_eq!(voice_of("bruno"), (&VOICES[1], 0.0));
    }
}
