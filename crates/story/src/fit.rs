//! How long lines will last before anybody has spoken them: by what a voice has said before, else by how its language is read.
//! And what can be done about a script that would last too long.

mod proposals;
mod tongue;

use crate::ids::{TakeKey, content_key};
use crate::records::{Partition, Record};
use crate::speech::TakeRequest;
use crate::time::seconds;
pub use proposals::{Part, Proposal, proposals};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
pub use tongue::{Tongue, tongue};

/// So many lines of a voice are kept in mind: the last ones.
const MOST_SAMPLES: usize = 80;
/// How far a voice may be from the way its language is usually read, as a share (one in three is further off).
const VOICE_SPREAD: f64 = 0.13;
/// How far a line may be from its voice's rate, before the voice has shown it.
const LINE_SPREAD: f64 = 0.09;
/// Letters that the silence after a sentence is as long as, before a voice has shown it; after a part of one, half of it.
const USUAL_PAUSE: f64 = 4.0;
const LONGEST_PAUSE: f64 = 16.0;
/// What stands at the begin and end of every sound.
const EDGE_S: f64 = 0.05;

/// A line that was spoken, as numbers: nothing of what was said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// The first letters of its take's key: a line that is recorded twice counts once.
    pub take: String,
    /// What it was read as.
    pub tongue: Tongue,
    /// Letters, those of scripts that write syllables counted by their length.
    pub letters: f64,
    /// Ends of sentences; ends of their parts count half.
    pub pauses: f64,
    /// Seconds that it would have lasted at speed 1.
    pub natural_s: f64,
}

/// What a voice of a model has said of late.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VoiceRate {
    /// A hash of who speaks: provider, model, voice.
    pub key: String,
    /// The oldest first.
    pub samples: Vec<Sample>,
}

impl Record for VoiceRate {
    fn partition(&self) -> Partition {
        Partition::VoiceRates
    }
    fn key(&self) -> String {
        self.key.clone()
    }
}

impl VoiceRate {
    /// Of a voice that has said nothing yet.
    #[must_use]
    pub fn new(request: &TakeRequest) -> Self {
        Self { key: Self::key_of(request), samples: Vec::new() }
    }

    /// The name of the record for the voice of a request.
    #[must_use]
    pub fn key_of(request: &TakeRequest) -> String {
        content_key("voice-rate/1", &(&request.provider, &request.base_url, &request.model, &request.voice))
    }

    /// With one more line, of so many samples of sound. `None` if it says nothing about the voice.
    #[must_use]
    pub fn learned(&self, take: &TakeKey, request: &TakeRequest, samples: u64) -> Option<Self> {
        let (letters, pauses) = counted(&request.text);
        let natural_s = seconds(samples) * speed(request);
        if letters < 1.0 || natural_s <= EDGE_S {
            return None;
        }
        let name: String = take.0.chars().take(12).collect();
        let mut kept: Vec<Sample> = self.samples.iter().filter(|sample| sample.take != name).cloned().collect();
        kept.push(Sample {
            take: name,
            tongue: tongue(request.language.as_deref(), &request.text),
            letters,
            pauses,
            natural_s,
        });
        let from = kept.len().saturating_sub(MOST_SAMPLES);
        Some(Self { key: self.key.clone(), samples: kept.split_off(from) })
    }
}

/// What voices are known by.
#[derive(Clone, Debug, Default)]
pub struct Rates {
    known: BTreeMap<String, VoiceRate>,
    /// The language of the script, for lines that do not show their own.
    language: Option<String>,
}

/// How long something will last.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// Seconds.
    pub s: f64,
    /// The voice and what it speaks: lines of one group are all too long, or all too short.
    pub group: (String, Tongue),
    /// How far all of the group may be off, as a share.
    pub common: f64,
    /// How far this line may be off beside that, as a share.
    pub own: f64,
}

impl Rates {
    /// Of voices that are known, in a script of a language.
    #[must_use]
    pub fn new(known: impl IntoIterator<Item = VoiceRate>, language: Option<&str>) -> Self {
        let known = known.into_iter().map(|rate| (rate.key.clone(), rate)).collect();
        Self { known, language: language.map(str::to_owned) }
    }

    /// How long a take that is not there will last.
    #[must_use]
    pub fn expected(&self, request: &TakeRequest) -> Expected {
        let key = VoiceRate::key_of(request);
        let language = request.language.as_deref();
        let tongue = match tongue(language, &request.text) {
            Tongue::Latin => {
                self.language.as_deref().map_or(Tongue::Latin, |named| Tongue::named(named, &request.text))
            }
            shown => shown,
        };
        let fits = |sample: &&Sample| {
            // A line that does not show its language may be of any that is written so.
            sample.tongue == tongue
                || (sample.tongue == Tongue::Latin && tongue.is_latin())
                || (tongue == Tongue::Latin && sample.tongue.is_latin())
        };
        let samples: Vec<&Sample> =
            self.known.get(&key).map(|rate| rate.samples.iter().filter(fits).collect()).unwrap_or_default();
        let manner = Manner::of(&samples, tongue);
        let s = manner.natural_s(&request.text, tongue) / speed(request);
        Expected { s, group: (key, tongue), common: manner.common, own: manner.own }
    }
}

/// How far a sum of lengths may be off, in seconds: about one in twenty is further off.
#[must_use]
pub fn error_s<'a>(expected: impl IntoIterator<Item = &'a Expected>) -> f64 {
    let mut groups: BTreeMap<&(String, Tongue), (f64, f64)> = BTreeMap::new();
    let mut own = 0.0;
    for line in expected {
        let (sum_s, common) = groups.entry(&line.group).or_default();
        (*sum_s, *common) = (*sum_s + line.s, common.max(line.common));
        own += (line.s * line.own).powi(2);
    }
    let common: f64 = groups.values().map(|(sum_s, common)| (sum_s * common).powi(2)).sum();
    2.0 * (own + common).sqrt()
}

/// How a voice reads.
struct Manner {
    /// Beside the usual: 1.1 takes a tenth longer. `None`: nothing of it is known.
    slowness: f64,
    /// Letters that the silence after a sentence is as long as; `None`: as usual, where no voice is known.
    pause: Option<f64>,
    common: f64,
    own: f64,
}

impl Manner {
    fn of(samples: &[&Sample], tongue: Tongue) -> Self {
        if samples.is_empty() {
            return Self { slowness: 1.0, pause: None, common: VOICE_SPREAD, own: LINE_SPREAD };
        }
        // The pause that the lines agree on best; as few of them say little of it, it stays near the usual then.
        let tried = (0..=(LONGEST_PAUSE * 2.0) as u32).map(|half| f64::from(half) / 2.0);
        let (_, pause, logs) = tried
            .map(|pause| {
                let logs: Vec<f64> = samples
                    .iter()
                    .map(|sample| (sample.natural_s / usual_s(sample.letters, sample.pauses, pause, tongue)).ln())
                    .collect();
                let (mean, _) = robust_mean(&logs);
                let residue: f64 = logs.iter().map(|log| (log - mean).abs().min(3.0 * LINE_SPREAD).powi(2)).sum();
                (residue / LINE_SPREAD.powi(2) + ((pause - USUAL_PAUSE) / USUAL_PAUSE).powi(2), pause, logs)
            })
            .min_by(|one, other| one.0.total_cmp(&other.0))
            .expect("some pauses are tried");
        let (mean, spread) = robust_mean(&logs);
        let count = logs.len() as f64;
        // What is usual counts as a part of a line: as much as voices differ less than lines do.
        let usual = (LINE_SPREAD / VOICE_SPREAD).powi(2);
        let own = ((spread.powi(2) * count + LINE_SPREAD.powi(2) * 4.0) / (count + 4.0)).sqrt();
        Self {
            slowness: (mean * count / (count + usual)).exp(),
            pause: Some(pause),
            // Two things are learned from the lines, the rate and the pause: what is left for each is less than all of them.
            common: own / (count * count / (count + 2.0) + usual).sqrt(),
            own,
        }
    }

    fn natural_s(&self, text: &str, tongue: Tongue) -> f64 {
        let (letters, pauses) = counted(text);
        match self.pause {
            Some(pause) => EDGE_S + (usual_s(letters, pauses, pause, tongue) - EDGE_S) * self.slowness,
            None => tongue.usual_s(text),
        }
    }
}

/// Seconds of so many letters and pauses of so many letters, as a language is usually read.
fn usual_s(letters: f64, pauses: f64, pause: f64, tongue: Tongue) -> f64 {
    EDGE_S + (letters + pauses * pause) / tongue.characters_per_s()
}

/// The mean and spread of what is near the median: a line that went wrong is no measure.
fn robust_mean(values: &[f64]) -> (f64, f64) {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (low, high) = (sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2]);
    let median = f64::midpoint(low, high);
    let near = |value: &f64| value.clamp(median - 3.0 * LINE_SPREAD, median + 3.0 * LINE_SPREAD);
    let count = values.len() as f64;
    let mean = values.iter().map(near).sum::<f64>() / count;
    let spread = values.iter().map(|value| (near(value) - mean).powi(2)).sum::<f64>() / count;
    (mean, spread.sqrt())
}

/// Letters and pauses of a text.
fn counted(text: &str) -> (f64, f64) {
    let (mut letters, mut pauses) = (0.0, 0.0);
    for c in text.trim().chars() {
        match c {
            '.' | '!' | '?' | '…' | '。' | '！' | '？' | '؟' | '।' | '\n' => pauses += 1.0,
            ',' | ';' | ':' | '、' | '，' | '；' | '：' | '؛' | '،' | '—' | '–' => pauses += 0.5,
            _ => letters += tongue::weight(c),
        }
    }
    (letters, pauses)
}

/// How much faster than its voice a request is to be spoken.
fn speed(request: &TakeRequest) -> f64 {
    request.settings.speed.filter(|speed| *speed > 0.0).unwrap_or(1.0)
}

#[cfg(test)]
mod tests;
