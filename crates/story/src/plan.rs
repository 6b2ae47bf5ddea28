//! A job's plan: which takes, which segments, which scene parts. Written once, before the first take is spoken.

use crate::ids::JobId;
use crate::ids::TakeKey;
use crate::job::Kind;
use crate::scene::{Backdrop, Card};
use crate::script::{Media, Picture, Script};
use crate::speech::{TakeRequest, Voicing};
use crate::ticket::Priority;
use crate::time::{Grid, estimated_speech_s};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// A scene part is at most about this long; a longer line is a part of its own.
const PART_S: f64 = 60.0;

/// What a job is going to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// What it makes.
    pub kind: Kind,
    /// The script, with the look of this job.
    pub script: Script,
    /// The user's files by the name the script calls them: SHA-256 of their bytes.
    pub pictures: BTreeMap<String, String>,
    /// The takes it needs, each once.
    pub takes: Vec<PlannedTake>,
    /// For each segment, in order, the index of its take.
    pub segments: Vec<usize>,
    /// The scene parts of a film, in order; none for a preview.
    pub scenes: Vec<PlannedScene>,
    /// How urgent its takes are.
    pub priority: Priority,
    /// Whether every second frame is drawn only.
    pub draft: bool,
    /// The preview whose track is taken over, where it fits.
    pub preview: Option<JobId>,
    /// Price of 1,000 characters in US dollars.
    pub usd_per_1000_characters: f64,
    /// Whether nothing is paid.
    pub rehearsed: bool,
}

/// A take that a job needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlannedTake {
    /// Its key.
    pub key: TakeKey,
    /// What is asked of the provider.
    pub request: TakeRequest,
}

/// A scene part: segments under one picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlannedScene {
    /// Index of its first segment.
    pub first: usize,
    /// Index after its last segment.
    pub end: usize,
    /// What it shows.
    pub backdrop: Backdrop,
    /// Whether it goes on with the scene of the part before it.
    pub goes_on: bool,
}

/// What an order says beside its script.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// What to make.
    pub kind: Kind,
    /// How urgent it is.
    pub priority: Priority,
    /// Whether every second frame is drawn only.
    pub draft: bool,
    /// The preview it is made from.
    pub preview: Option<JobId>,
}

impl Plan {
    /// Plans a script that has been checked.
    #[must_use]
    pub fn new(script: Script, pictures: BTreeMap<String, String>, order: Order, voicing: &Voicing) -> Self {
        let mut takes: Vec<PlannedTake> = Vec::new();
        let mut by_key: HashMap<TakeKey, usize> = HashMap::new();
        let segments = (0..script.lines.len())
            .map(|line| {
                let request = request(&script, line, voicing);
                let key = request.key();
                *by_key.entry(key.clone()).or_insert_with(|| {
                    takes.push(PlannedTake { key, request });
                    takes.len() - 1
                })
            })
            .collect();
        let scenes = match order.kind {
            Kind::Preview => Vec::new(),
            Kind::Video => scenes(&script, &pictures),
        };
        Self {
            kind: order.kind,
            script,
            pictures,
            takes,
            segments,
            scenes,
            priority: order.priority,
            draft: order.draft,
            preview: order.preview,
            usd_per_1000_characters: voicing.usd_per_1000_characters,
            rehearsed: voicing.rehearsed,
        }
    }

    /// The grid that lines start on.
    #[must_use]
    pub fn grid(&self) -> Grid {
        Grid { fps: self.script.look.fps }
    }

    /// The take of a segment.
    #[must_use]
    pub fn take(&self, segment: usize) -> &PlannedTake {
        &self.takes[self.segments[segment]]
    }

    /// Dollars for a number of characters.
    #[must_use]
    pub fn usd(&self, characters: u64) -> f64 {
        characters as f64 * self.usd_per_1000_characters / 1000.0
    }

    /// The place of a speaker among the speakers.
    #[must_use]
    pub fn speaker_index(&self, name: &str) -> usize {
        self.script.speakers.keys().position(|speaker| speaker == name).unwrap_or_default()
    }
}

fn request(script: &Script, line: usize, voicing: &Voicing) -> TakeRequest {
    let line = &script.lines[line];
    let speaker = script.speakers.get(&line.speaker).cloned().unwrap_or_default();
    // Default voices go by the speakers' places, not by who speaks first: the order of lines changes no sound.
    let place = script.speakers.keys().position(|name| *name == line.speaker).unwrap_or_default();
    let default_voice = || voicing.voices.get(place % voicing.voices.len().max(1)).cloned().unwrap_or_default();
    TakeRequest {
        provider: voicing.provider.clone(),
        base_url: voicing.base_url.clone(),
        model: speaker.model_id.unwrap_or_else(|| voicing.model.clone()),
        voice: speaker.voice_id.unwrap_or_else(default_voice),
        settings: speaker.voice_settings,
        text: line.text.clone(),
        language: script.language.clone(),
        normalization: script.speech.text_normalization,
        seed: script.seed,
        format: voicing.format.clone(),
        retake: line.retake,
    }
}

/// A scene is a maximal run of lines under one picture; lines under no picture are scenes of their own, each with its card.
/// Long scenes are cut at line starts by the length to be expected: parts must be known before the first take is there.
fn scenes(script: &Script, pictures: &BTreeMap<String, String>) -> Vec<PlannedScene> {
    let mut parts: Vec<PlannedScene> = Vec::new();
    let mut picture: Option<&Picture> = None;
    let mut length_s = 0.0;
    for (index, line) in script.lines.iter().enumerate() {
        let line_s = estimated_speech_s(&line.text) + f64::from(line.pause_ms) / 1000.0;
        let opens = line.picture.is_some() || picture.is_none();
        picture = line.picture.as_ref().or(picture);
        if !opens && length_s + line_s <= PART_S {
            if let Some(part) = parts.last_mut() {
                part.end = index + 1;
            }
            length_s += line_s;
            continue;
        }
        let backdrop = match picture {
            Some(Picture::File(name)) => Backdrop::Picture(pictures.get(name).cloned().unwrap_or_default()),
            Some(Picture::Color(color)) => Backdrop::Color(color.rgb().unwrap_or_default()),
            _ => Backdrop::Card(Card {
                speaker: line.speaker.clone(),
                text: line.text.clone(),
                speaker_index: script.speakers.keys().position(|name| *name == line.speaker).unwrap_or_default(),
            }),
        };
        parts.push(PlannedScene { first: index, end: index + 1, backdrop, goes_on: !opens });
        length_s = line_s;
    }
    parts
}

/// The names of all files that a script refers to, with the pointer of each.
#[must_use]
pub fn files(script: &Script) -> Vec<(String, &str)> {
    let avatars = script.speakers.iter().filter_map(|(name, speaker)| match &speaker.avatar {
        Some(Media::File(file)) => {
            Some((format!("/speakers/{}/avatar/file", crate::invalid::pointer_step(name)), file.as_str()))
        }
        _ => None,
    });
    let pictures = script.lines.iter().enumerate().filter_map(|(index, line)| match &line.picture {
        Some(Picture::File(file)) => Some((format!("/lines/{index}/picture/file"), file.as_str())),
        _ => None,
    });
    avatars.chain(pictures).collect()
}
