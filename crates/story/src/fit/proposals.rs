//! What can be done about a script that would last too long: shorter pauses, a faster voice, fewer lines.

use crate::script::Script;
use serde::Serialize;
use std::collections::BTreeMap;

/// The fastest that voice settings allow (API.md, `voice_settings.speed`).
const FASTEST: f64 = 1.2;
/// Pauses and speeds are told to so many parts of one.
const STEPS: f64 = 100.0;

/// What a line adds to the length of a film.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part {
    /// Seconds of speech.
    pub speech_s: f64,
    /// Seconds of the silence after it.
    pub pause_s: f64,
    /// How fast it is spoken now: 1 is the voice's own.
    pub speed: f64,
}

/// A change to a script, and the length that it leads to.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
#[expect(missing_docs, reason = "lengths in seconds, and whether they fit")]
pub enum Proposal {
    /// Every pause is this share of what it is. Nothing is spoken anew.
    Pauses { factor: f64, duration_s: f64, fits: bool },
    /// Speakers speak at these speeds. Their lines are spoken anew.
    Speed { speeds: BTreeMap<String, f64>, duration_s: f64, fits: bool },
    /// These lines are left out, by their indices. Nothing is spoken anew.
    Cut { lines: Vec<usize>, duration_s: f64, fits: bool },
}

/// What would make a script fit into `fit_s` seconds; nothing if it does. `parts` are its lines.
#[must_use]
pub fn proposals(script: &Script, parts: &[Part], fit_s: f64) -> Vec<Proposal> {
    let speech_s: f64 = parts.iter().map(|part| part.speech_s).sum();
    let pauses_s: f64 = parts.iter().map(|part| part.pause_s).sum();
    if speech_s + pauses_s <= fit_s {
        return Vec::new();
    }
    let shorter = (pauses_s > 0.0).then(|| {
        // Down to what fits: rounded the other way it would not.
        let factor = (((fit_s - speech_s) / pauses_s).max(0.0) * STEPS).floor() / STEPS;
        let duration_s = speech_s + pauses_s * factor;
        Proposal::Pauses { factor, duration_s, fits: duration_s <= fit_s }
    });
    [shorter, faster(script, parts, fit_s), cut(parts, fit_s)].into_iter().flatten().collect()
}

/// All speakers faster by the same share, as far as each may be.
fn faster(script: &Script, parts: &[Part], fit_s: f64) -> Option<Proposal> {
    let at = |factor: f64, part: &Part| {
        // A product that is a step but for its last bit is that step.
        let speed = (part.speed * factor * STEPS - 1e-6).ceil() / STEPS;
        speed.min(FASTEST).max(part.speed)
    };
    let lasts = |factor: f64| -> f64 {
        parts.iter().map(|part| part.speech_s * part.speed / at(factor, part) + part.pause_s).sum()
    };
    let slowest = parts.iter().map(|part| part.speed).fold(FASTEST, f64::min);
    let most = FASTEST / slowest;
    // The smallest step that fits, or the largest there is.
    let steps = ((most - 1.0) * STEPS).ceil() as u32;
    let mut tried = (1..=steps).map(|step| (1.0 + f64::from(step) / STEPS).min(most));
    let factor = tried.clone().find(|factor| lasts(*factor) <= fit_s).or_else(|| tried.next_back())?;
    let lines = script.lines.iter().zip(parts);
    let speeds = lines.map(|(line, part)| (line.speaker.clone(), at(factor, part))).collect();
    let duration_s = lasts(factor);
    Some(Proposal::Speed { speeds, duration_s, fits: duration_s <= fit_s })
}

/// As few lines as do: the longest, and last the shortest that is enough. One line stays, whatever comes.
fn cut(parts: &[Part], fit_s: f64) -> Option<Proposal> {
    let length = |line: usize| parts[line].speech_s + parts[line].pause_s;
    let mut left_s: f64 = (0..parts.len()).map(length).sum();
    let mut by_length: Vec<usize> = (0..parts.len()).collect();
    by_length.sort_by(|one, other| length(*one).total_cmp(&length(*other)));
    let mut lines = Vec::new();
    while left_s > fit_s && by_length.len() > 1 {
        let enough = by_length.iter().position(|line| left_s - length(*line) <= fit_s);
        let line = by_length.remove(enough.unwrap_or(by_length.len() - 1));
        left_s -= length(line);
        lines.push(line);
    }
    lines.sort_unstable();
    (!lines.is_empty()).then_some(Proposal::Cut { lines, duration_s: left_s, fits: left_s <= fit_s })
}
