//! A job's plan: which takes, which segments, which scene parts. Written once, before the first take is spoken.

mod pictures;
mod spoken;

use self::pictures::Scenes;
use crate::animation::{Photo, Primitive};
use crate::clips::{ClipRequest, ClipsProfile};
use crate::ids::{JobId, PictureKey, TakeKey};
use crate::images::PictureRequest;
use crate::job::Kind;
use crate::queue::Part;
use crate::scene::Backdrop;
use crate::script::{Line, Look, Media, Picture, Script, SpeechOptions, TransitionKind};
use crate::speech::TakeRequest;
use crate::ticket::Priority;
use crate::time::Grid;
use crate::writing::Section;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;

pub use self::pictures::{Painter, PictureMakers};
pub use self::spoken::SpokenLines;

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
    /// The pictures that are drawn or fetched for it, each once.
    #[serde(default)]
    pub paintings: Vec<PlannedPicture>,
    /// The scene parts of a film, in order; none for a preview.
    pub scenes: Vec<PlannedScene>,
    /// How urgent its takes are.
    pub priority: Priority,
    /// Whether frames are small, and every second one is drawn only.
    pub draft: bool,
    /// The preview whose track is taken over, where it fits.
    pub preview: Option<JobId>,
    /// What becomes of a line that cannot be spoken.
    pub on_speech_failure: OnSpeechFailure,
    /// What becomes of a picture that cannot be had.
    #[serde(default)]
    pub on_picture_failure: OnPictureFailure,
    /// What becomes of a call that was lost for good.
    pub on_uncertain: OnUncertain,
    /// Whether a clip is ordered again whose order was lost: it costs many times as much as a line.
    #[serde(default)]
    pub buys_clips_again: bool,
    /// Which account speaks.
    pub account: String,
    /// Price of 1,000 characters in US dollars.
    pub usd_per_1000_characters: f64,
    /// Whether nothing is paid.
    pub rehearsed: bool,
    /// Who ordered it: the first letters of the hash of the token, never the token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<String>,
    /// The sections of a topic: the script has a line for each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sections: Vec<Section>,
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

/// A picture that a job needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlannedPicture {
    /// Its key.
    pub key: PictureKey,
    /// Where it comes from.
    pub request: PictureRequest,
    /// Which account draws it, or [`FETCHING`].
    pub account: String,
    /// What it costs, in US dollars.
    pub usd: f64,
}

impl PlannedPicture {
    fn generated(request: ClipRequest, usd: f64, profile: &ClipsProfile) -> Self {
        let request = PictureRequest::Generated(request);
        Self { key: request.key(), request, account: profile.generating_account(), usd }
    }
}

/// The account of pictures that are fetched: nobody pays.
pub const FETCHING: &str = "fetching";

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

/// What becomes of a picture that cannot be had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnPictureFailure {
    /// The job fails; what was made is kept.
    #[default]
    Fail,
    /// Its scenes show a card; `retry` tries for the picture again.
    Card,
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
    /// What it shows: where a picture is drawn or fetched for it, the card that stands in for that one.
    pub backdrop: Backdrop,
    /// The index of the picture that is drawn or fetched for it, or of its animation, which is written.
    #[serde(default)]
    pub painting: Option<usize>,
    /// The pictures inside its animation: the ids of their things, and their indices.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub photos: Vec<(String, usize)>,
    /// Whether it goes on with the scene of the part before it.
    pub goes_on: bool,
}

impl PlannedScene {
    /// The indices of all pictures that it shows.
    pub fn paintings(&self) -> impl Iterator<Item = usize> + '_ {
        self.painting.into_iter().chain(self.photos.iter().map(|(_, index)| *index))
    }
}

/// What an order says beside its script.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// What to make.
    pub kind: Kind,
    /// How urgent it is.
    pub priority: Priority,
    /// Whether frames are small, and every second one is drawn only.
    pub draft: bool,
    /// The preview it is made from.
    pub preview: Option<JobId>,
    /// What becomes of a line that cannot be spoken.
    pub on_speech_failure: OnSpeechFailure,
    /// What becomes of a picture that cannot be had.
    pub on_picture_failure: OnPictureFailure,
    /// What becomes of a call that was lost for good.
    pub on_uncertain: OnUncertain,
    /// Whether a clip is ordered again whose order was lost.
    pub buys_clips_again: bool,
}

impl Order {
    /// An order with nothing special.
    #[must_use]
    pub fn new(kind: Kind) -> Self {
        let priority = match kind {
            Kind::Preview => Priority::Preview,
            Kind::Video => Priority::Video,
        };
        Self {
            kind,
            priority,
            draft: false,
            preview: None,
            on_speech_failure: OnSpeechFailure::default(),
            on_picture_failure: OnPictureFailure::default(),
            on_uncertain: OnUncertain::default(),
            buys_clips_again: false,
        }
    }
}

impl Plan {
    /// Plans one clip: no line is spoken, and nothing is composed.
    #[must_use]
    pub fn of_clip(
        request: ClipRequest,
        usd: f64,
        pictures: BTreeMap<String, String>,
        order: Order,
        profile: &ClipsProfile,
    ) -> Self {
        let script = Script {
            speakers: BTreeMap::new(),
            lines: Vec::new(),
            language: None,
            seed: None,
            speech: SpeechOptions::default(),
            look: Look::default(),
        };
        let spoken = SpokenLines {
            takes: Vec::new(),
            segments: Vec::new(),
            account: profile.account.clone(),
            usd_per_1000_characters: 0.0,
            rehearsed: profile.rehearsed,
        };
        let clip = PlannedPicture::generated(request, usd, profile);
        Self { paintings: vec![clip], ..Self::new(script, pictures, order, spoken, &PictureMakers::default()) }
    }

    /// What is asked for where a clip is all that is made.
    #[must_use]
    pub fn clip(&self) -> Option<&ClipRequest> {
        match self.paintings.first().filter(|_| self.segments.is_empty()).map(|planned| &planned.request) {
            Some(PictureRequest::Generated(clip)) => Some(clip),
            _ => None,
        }
    }

    /// Whether a picture whose call was lost is bought again.
    #[must_use]
    pub fn buys_again(&self, painting: &PlannedPicture) -> bool {
        match &painting.request {
            PictureRequest::Generated(_) => self.buys_clips_again,
            PictureRequest::Drawn(_) | PictureRequest::Fetched(_) | PictureRequest::Written(_) => {
                self.on_uncertain == OnUncertain::Buy
            }
        }
    }

    /// Plans a script that has been checked, from what is said in it and what is to be seen.
    #[must_use]
    pub fn new(
        script: Script,
        pictures: BTreeMap<String, String>,
        order: Order,
        spoken: SpokenLines,
        makers: &PictureMakers,
    ) -> Self {
        Self::of_sections(Vec::new(), script, pictures, order, spoken, makers)
    }

    /// The same of a topic: each line of the script is a section, whose animation is still to be written.
    #[must_use]
    pub fn of_sections(
        sections: Vec<Section>,
        script: Script,
        pictures: BTreeMap<String, String>,
        order: Order,
        spoken: SpokenLines,
        makers: &PictureMakers,
    ) -> Self {
        let SpokenLines { takes, segments, account, mut usd_per_1000_characters, mut rehearsed } = spoken;
        let (scenes, mut paintings) = match order.kind {
            Kind::Preview => (Vec::new(), Vec::new()),
            Kind::Video => {
                Scenes { script: &script, pictures: &pictures, makers, sections: &sections }.of(&takes, &segments)
            }
        };
        // What is only rehearsed in a film that is paid for costs nothing; in one that is not, its price is told.
        let is_rehearsed = |painting: &PlannedPicture| makers.rehearse(&painting.request);
        let is_paid = !rehearsed || paintings.iter().any(|painting| is_rehearsed(painting) == Some(false));
        if is_paid {
            for painting in paintings.iter_mut().filter(|painting| makers.rehearse(&painting.request) == Some(true)) {
                painting.usd = 0.0;
            }
            if rehearsed {
                (usd_per_1000_characters, rehearsed) = (0.0, false);
            }
        }
        Self {
            kind: order.kind,
            script,
            pictures,
            takes,
            segments,
            paintings,
            scenes,
            priority: order.priority,
            draft: order.draft,
            preview: order.preview,
            on_speech_failure: order.on_speech_failure,
            on_picture_failure: order.on_picture_failure,
            on_uncertain: order.on_uncertain,
            buys_clips_again: order.buys_clips_again,
            account,
            usd_per_1000_characters,
            rehearsed,
            caller: None,
            sections,
        }
    }

    /// The grid that lines start on.
    #[must_use]
    pub fn grid(&self) -> Grid {
        Grid { fps: self.script.look.fps }
    }

    /// Width and height of the frame in pixels, both even.
    #[must_use]
    pub fn frame_size(&self) -> (u32, u32) {
        if self.draft { self.script.look.draft_size() } else { self.script.look.frame_size() }
    }

    /// The take of a segment.
    #[must_use]
    pub fn take(&self, segment: usize) -> &PlannedTake {
        &self.takes[self.segments[segment].take]
    }

    /// What must be there before a scene part is rendered.
    pub fn needs<'a>(&'a self, part: &'a PlannedScene) -> impl Iterator<Item = Part> + 'a {
        let takes = self.segments[part.first..part.end].iter().map(|segment| Part::Take(segment.take));
        let own: Vec<usize> = part.paintings().collect();
        let outgoing = self.outgoing(part).into_iter().flat_map(PlannedScene::paintings);
        let outgoing: Vec<usize> = outgoing.filter(|index| !own.contains(index)).collect();
        takes.chain(own.into_iter().chain(outgoing).map(Part::Picture))
    }

    /// Whether a part is drawn though its take failed: to the length that was to be expected. A section is of use without its voice,
    /// and when that comes later only this section is drawn again.
    #[must_use]
    pub fn is_drawn_unspoken(&self) -> bool {
        !self.sections.is_empty()
    }

    /// The parts of the scene that a part is of.
    #[must_use]
    pub fn scene_of(&self, part: usize) -> Range<usize> {
        let first = (0..=part).rev().find(|index| !self.scenes[*index].goes_on).unwrap_or_default();
        let goes_on = self.scenes[part + 1..].iter().take_while(|scene| scene.goes_on).count();
        first..part + 1 + goes_on
    }

    /// The part out of which a part rises, if it does: the one before it, where a new scene begins by a crossfade. Out of a program
    /// none does: all of it would be run again for a single frame.
    #[must_use]
    pub fn outgoing(&self, part: &PlannedScene) -> Option<&PlannedScene> {
        let transition = &self.script.look.transition;
        let rises = transition.kind == TransitionKind::Crossfade && transition.duration_ms > 0 && !part.goes_on;
        // Parts lie in order, each with segments of its own.
        let index = self.scenes.partition_point(|before| before.first < part.first);
        self.scenes[..index].last().filter(|before| rises && !self.wants_program(before))
    }

    /// Whether a part is to be drawn by a program.
    #[must_use]
    pub fn wants_program(&self, part: &PlannedScene) -> bool {
        let request = part.painting.and_then(|painting| self.paintings.get(painting)).map(|planned| &planned.request);
        matches!(request, Some(PictureRequest::Written(brief)) if brief.wants_program())
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

    /// Where in the script a picture is first shown.
    #[must_use]
    pub fn pointer_of_picture(&self, painting: usize) -> Option<String> {
        let scene = self.scenes.iter().find(|scene| scene.paintings().any(|index| index == painting))?;
        Some(format!("/lines/{}/picture", self.segments[scene.first].line))
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

/// The names of all files that a script refers to, with the pointer of each.
#[must_use]
pub fn files(script: &Script) -> Vec<(String, &str)> {
    let avatars = script.speakers.iter().filter_map(|(name, speaker)| match &speaker.avatar {
        Some(Media::File(file)) => {
            Some((format!("/speakers/{}/avatar/file", crate::invalid::pointer_step(name)), file.as_str()))
        }
        _ => None,
    });
    let pictures = script.lines.iter().enumerate().flat_map(|(index, line)| match &line.picture {
        Some(Picture::File(file)) => vec![(format!("/lines/{index}/picture/file"), file.as_str())],
        Some(Picture::Animation(animation)) => {
            let place = |thing: usize| format!("/lines/{index}/picture/animation/things/{thing}/draw/picture/file");
            let things = animation.things.iter().enumerate();
            let files = things.filter_map(|(thing, drawn)| match &drawn.draw {
                Primitive::Picture(Photo::File(file)) => Some((place(thing), file.as_str())),
                _ => None,
            });
            files.collect()
        }
        _ => Vec::new(),
    });
    avatars.chain(pictures).collect()
}
