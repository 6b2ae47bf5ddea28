//! A voice for machines without one: every syllable is a short vowel-like tone, every sentence a tune that falls, or rises to ask.

use super::manner::Manner;
use super::sound::RATE;
use super::times::{spread, weight_of};
use std::f64::consts::TAU;
use story::ids::sha256_hex;

/// What the middle of a vowel resonates at, in hertz (Peterson and Barney, 1952, rounded).
const VOWELS: [(char, f64, f64); 5] =
    [('a', 750.0, 1_150.0), ('e', 500.0, 1_850.0), ('i', 300.0, 2_250.0), ('o', 550.0, 900.0), ('u', 320.0, 850.0)];
const LETTERS_PER_SECOND: f64 = 15.0;
/// Steps of a pentatonic scale, in semitones: neighbours always sound well.
const STEPS: [f64; 5] = [-3.0, 0.0, 2.0, 4.0, 0.0];

/// The sound of a clause, as long as its letters take.
pub(super) fn sing(clause: &str, manner: &Manner) -> Vec<f32> {
    let length_s = (weight_of(clause.trim()) / LETTERS_PER_SECOND / manner.pace).max(0.18);
    let mut sound = vec![0.0_f32; (length_s * RATE as f64) as usize];
    let times = spread(clause, 0.0, length_s, length_s);
    let hash = sha256_hex(clause.as_bytes()).into_bytes();
    let asks = clause.trim_end().ends_with(['?', '？', '؟']);
    for (index, syllable) in syllables(clause).iter().enumerate() {
        let (start_s, end_s) = (times.starts_s[syllable.from], times.ends_s[syllable.to - 1]);
        let way = start_s / length_s;
        let contour = if asks { 5.0 * (way - 0.6).max(0.0) * 2.0 } else { -3.5 * way };
        let semitones = contour + STEPS[usize::from(hash[index % hash.len()]) % STEPS.len()] + manner.pitch / 5.0;
        let hertz = manner.voice.hertz * (semitones / 12.0).exp2();
        tone(&mut sound, start_s, end_s, hertz, syllable.vowel);
    }
    sound
}

struct Syllable {
    /// Of the clause's characters, the first.
    from: usize,
    /// The first after it.
    to: usize,
    /// Which of [`VOWELS`].
    vowel: usize,
}

/// A syllable is a vowel with what stands before it; the last consonants of a word belong to its last one.
fn syllables(clause: &str) -> Vec<Syllable> {
    let mut syllables: Vec<Syllable> = Vec::new();
    let mut begin: Option<usize> = None;
    let mut before = ' ';
    for (index, c) in clause.chars().enumerate() {
        if weight_of(c.encode_utf8(&mut [0; 4])) == 0.0 || c.is_whitespace() {
            begin = None;
            before = ' ';
            continue;
        }
        let latin = c.to_ascii_lowercase();
        let is_vowel = VOWELS.iter().any(|(vowel, ..)| *vowel == latin);
        // Every character of other scripts, and every digit, is a syllable.
        let whole = !c.is_ascii_alphabetic();
        let follows_vowel = VOWELS.iter().any(|(vowel, ..)| *vowel == before);
        let first = begin.is_none();
        if whole
            || first
            || (is_vowel && !follows_vowel && syllables.last().is_some_and(|last| has_vowel(clause, last)))
        {
            let vowel = VOWELS.iter().position(|(vowel, ..)| *vowel == latin).unwrap_or(c as usize % VOWELS.len());
            syllables.push(Syllable { from: index, to: index + 1, vowel });
            begin = Some(index);
        } else if let Some(last) = syllables.last_mut() {
            if is_vowel && !follows_vowel {
                last.vowel = VOWELS.iter().position(|(vowel, ..)| *vowel == latin).unwrap_or(last.vowel);
            }
            last.to = index + 1;
        }
        before = latin;
    }
    syllables
}

fn has_vowel(clause: &str, syllable: &Syllable) -> bool {
    let letters = clause.chars().skip(syllable.from).take(syllable.to - syllable.from);
    letters.into_iter().any(|c| VOWELS.iter().any(|(vowel, ..)| *vowel == c.to_ascii_lowercase()))
}

/// Adds a tone: harmonics that are louder near the vowel's resonances, under a soft attack and a long fall.
fn tone(sound: &mut [f32], start_s: f64, end_s: f64, hertz: f64, vowel: usize) {
    let (_, first, second) = VOWELS[vowel];
    let near = |frequency: f64, middle: f64, width: f64| (-((frequency - middle) / width).powi(2)).exp();
    let harmonics: Vec<f64> = (1..=14)
        .map(|number| {
            let frequency = hertz * f64::from(number);
            (0.25 + 1.2 * near(frequency, first, 180.0) + 0.7 * near(frequency, second, 300.0))
                / f64::from(number).powf(0.9)
        })
        .collect();
    let loudness = 0.45 / harmonics.iter().sum::<f64>();
    let from = (start_s * RATE as f64) as usize;
    let to = ((end_s * RATE as f64) as usize).min(sound.len());
    let length_s = (end_s - start_s).max(1e-6);
    let (attack_s, release_s) = (0.025_f64.min(length_s / 3.0), (length_s * 0.45).min(0.09));
    for (index, sample) in sound[from.min(to)..to].iter_mut().enumerate() {
        let at_s = index as f64 / RATE as f64;
        let rise = (at_s / attack_s).min(1.0);
        let fall = ((length_s - at_s) / release_s).clamp(0.0, 1.0);
        // A voice is never quite steady: five waves a second, a sixth of a semitone.
        let phase = TAU * hertz * (at_s + 0.000_3 * (TAU * 5.0 * at_s).sin());
        // sin(nx) out of the two before it: one sine a sample instead of fourteen.
        let (sine, cosine) = phase.sin_cos();
        let (mut before, mut harmonic, mut wave) = (0.0, sine, 0.0);
        for gain in &harmonics {
            wave += gain * harmonic;
            (before, harmonic) = (harmonic, 2.0 * cosine * harmonic - before);
        }
        *sample += (wave * loudness * rise * fall * (1.0 - 0.25 * at_s / length_s)) as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(clause: &str, expected: &str) {
        let characters: Vec<char> = clause.chars().collect();
        let shown: Vec<String> = syllables(clause).iter().map(|s| characters[s.from..s.to].iter().collect()).collect();
        assert_eq!(shown.join("|"), expected);
    }

    #[test]
    fn words_are_sung_by_their_syllables() {
        check("Hello, world!", "Hell|o|world");
        check("a ladder", "a|ladd|er");
        check("今日は 42", "今|日|は|4|2");
        check("Sky", "Sky");
        check("...", "");
    }
}
