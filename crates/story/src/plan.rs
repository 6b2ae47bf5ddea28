//! A job's plan: which takes, which segments, which scene parts. Written once, before the first take is spoken.

use crate::ids::{JobId, TakeKey};
use crate::job::Kind;
use crate::pieces::pieces;
use crate::scene::{Backdrop, Card};
use crate::script::{Line, Media, Picture, Script};
use crate::speech::{Context, Profile, TakeRequest};
use crate::ticket::Priority;
use crate::time::{Grid, estimated_speech_s};
use crate::voicing::Voicing;
use schemars::JsonSchema;
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
    /// The segments, in order: one for each line, several for one that is longer than the model takes at once.
    pub segments: Vec<PlannedSegment>,
    /// The scene parts of a film, in order; none for a preview.
    pub scenes: Vec<PlannedScene>,
    /// How urgent its takes are.
    pub priority: Priority,
    /// Whether every second frame is drawn only.
    pub draft: bool,
    /// The preview whose track is taken over, where it fits.
    pub preview: Option<JobId>,
    /// What becomes of a line that cannot be spoken.
    pub on_speech_failure: OnSpeechFailure,
    /// What becomes of a call that was lost for good.
    pub on_uncertain: OnUncertain,
    /// Which account speaks.
    pub account: String,
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
    /// Characters that it charges for it, as far as its catalog says.
    pub characters: u64,
}

/// A segment that a job will have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedSegment {
    /// The line it speaks, or a piece of.
    pub line: usize,
    /// The index of its take.
    pub take: usize,
}

/// What becomes of a line that cannot be spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnSpeechFailure {
    /// The job fails; what was made is kept.
    #[default]
    Fail,
    /// The line is silent, for about as long as it would have been spoken; `retry` buys it.
    Silence,
}

/// What becomes of a call that may have been charged and that the provider's history does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnUncertain {
    /// It is made again; counted and shown.
    #[default]
    Buy,
    /// The line fails, and a person decides.
    Fail,
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
    /// What becomes of a line that cannot be spoken.
    pub on_speech_failure: OnSpeechFailure,
    /// What becomes of a call that was lost for good.
    pub on_uncertain: OnUncertain,
}

impl Order {
    /// An order with nothing special.
    #[must_use]
    pub fn new(kind: Kind) -> Self {
        let priority = match kind {
            Kind::Preview => Priority::Preview,
            Kind::Video => Priority::Video,
        };
        let (on_speech_failure, on_uncertain) = (OnSpeechFailure::Fail, OnUncertain::Buy);
        Self { kind, priority, draft: false, preview: None, on_speech_failure, on_uncertain }
    }
}

impl Plan {
    /// Plans a script that has been checked, from what is said in it.
    #[must_use]
    pub fn new(script: Script, pictures: BTreeMap<String, String>, order: Order, spoken: SpokenLines) -> Self {
        let SpokenLines { takes, segments, account, usd_per_1000_characters, rehearsed } = spoken;
        let scenes = match order.kind {
            Kind::Preview => Vec::new(),
            Kind::Video => scenes(&script, &pictures, &takes, &segments),
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
            on_speech_failure: order.on_speech_failure,
            on_uncertain: order.on_uncertain,
            account,
            usd_per_1000_characters,
            rehearsed,
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
        &self.takes[self.segments[segment].take]
    }

    /// The line that a segment speaks, or a piece of.
    #[must_use]
    pub fn line(&self, segment: usize) -> &Line {
        &self.script.lines[self.segments[segment].line]
    }

    /// Where in the script a take is first spoken.
    #[must_use]
    pub fn pointer(&self, take: usize) -> Option<String> {
        self.segments.iter().find(|segment| segment.take == take).map(|segment| format!("/lines/{}", segment.line))
    }

    /// The silence after a segment: its line's, after the last piece of it.
    #[must_use]
    pub fn pause_ms(&self, segment: usize) -> u32 {
        let line = self.segments[segment].line;
        let goes_on = self.segments.get(segment + 1).is_some_and(|next| next.line == line);
        if goes_on { 0 } else { self.script.lines[line].pause_ms }
    }

    /// Dollars for a number of charged characters.
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

/// What is said in a script: its takes, its segments, and their price.
#[derive(Clone, Debug, PartialEq)]
pub struct SpokenLines {
    takes: Vec<PlannedTake>,
    segments: Vec<PlannedSegment>,
    account: String,
    usd_per_1000_characters: f64,
    rehearsed: bool,
}

impl SpokenLines {
    /// Of a script, as a provider speaks it.
    #[must_use]
    pub fn of(script: &Script, voicing: &Voicing) -> Self {
        let (takes, segments) = takes(script, voicing);
        let Profile { account, usd_per_1000_characters, rehearsed, .. } = voicing.profile.clone();
        Self { takes, segments, account, usd_per_1000_characters, rehearsed }
    }

    /// The same, spoken by another account of the provider.
    #[must_use]
    pub fn by(self, account: &str) -> Self {
        Self { account: account.to_owned(), ..self }
    }

    /// Of a plan that was made before: whatever a provider says today, it is the same takes.
    #[must_use]
    pub fn of_plan(plan: &Plan) -> Self {
        let Plan { takes, segments, account, usd_per_1000_characters, rehearsed, .. } = plan.clone();
        Self { takes, segments, account, usd_per_1000_characters, rehearsed }
    }
}

/// The takes of a script, each once, and its segments.
fn takes(script: &Script, voicing: &Voicing) -> (Vec<PlannedTake>, Vec<PlannedSegment>) {
    let limit = |line: &Line| {
        let model = script.speakers.get(&line.speaker).and_then(|speaker| voicing.model(speaker));
        (model.map_or(u64::MAX, |model| model.max_characters), model.map_or(1.0, |model| model.cost_factor))
    };
    let texts: Vec<(usize, String, f64)> = script
        .lines
        .iter()
        .enumerate()
        .flat_map(|(index, line)| {
            let (most, factor) = limit(line);
            pieces(line.text.trim(), most).into_iter().map(move |text| (index, text, factor))
        })
        .collect();
    let text = |index: Option<usize>| index.and_then(|index| texts.get(index)).map(|(_, text, _)| text.clone());
    let mut takes: Vec<PlannedTake> = Vec::new();
    let mut by_key: HashMap<TakeKey, usize> = HashMap::new();
    let mut segments = Vec::with_capacity(texts.len());
    for (index, (line, said, factor)) in texts.iter().enumerate() {
        let stitch = script.speech.stitch;
        let context = stitch.then(|| Context { before: text(index.checked_sub(1)), after: text(Some(index + 1)) });
        // A text that stands alone is the same request, stitched or not.
        let context = context.filter(|context| context.before.is_some() || context.after.is_some());
        let request = voicing.request(script, *line, said.clone(), context);
        let key = request.key();
        let take = *by_key.entry(key.clone()).or_insert_with(|| {
            let characters = (request.characters() as f64 * factor).ceil() as u64;
            takes.push(PlannedTake { key, request, characters });
            takes.len() - 1
        });
        segments.push(PlannedSegment { line: *line, take });
    }
    (takes, segments)
}

/// A scene is a maximal run of lines under one picture; lines under no picture are scenes of their own, each with its card.
/// Long scenes are cut at segments by the length to be expected: parts must be known before the first take is there.
fn scenes(
    script: &Script,
    pictures: &BTreeMap<String, String>,
    takes: &[PlannedTake],
    segments: &[PlannedSegment],
) -> Vec<PlannedScene> {
    let mut parts: Vec<PlannedScene> = Vec::new();
    let mut picture: Option<&Picture> = None;
    let mut length_s = 0.0;
    for (index, segment) in segments.iter().enumerate() {
        let line = &script.lines[segment.line];
        let begins_line = index.checked_sub(1).is_none_or(|before| segments[before].line != segment.line);
        let ends_line = segments.get(index + 1).is_none_or(|after| after.line != segment.line);
        let pause_ms = if ends_line { line.pause_ms } else { 0 };
        let segment_s = estimated_speech_s(&takes[segment.take].request.text) + f64::from(pause_ms) / 1000.0;
        let opens = begins_line && (line.picture.is_some() || picture.is_none());
        picture = line.picture.as_ref().or(picture);
        if !opens && length_s + segment_s <= PART_S {
            if let Some(part) = parts.last_mut() {
                part.end = index + 1;
            }
            length_s += segment_s;
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
        length_s = segment_s;
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
