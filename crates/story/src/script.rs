//! The script as its user writes it, and its look. What stands here is also the JSON Schema (`onetake schema`).

use crate::animation::Animation;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Speakers and the lines they say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Onetake script")]
pub struct Script {
    /// Who speaks, by name.
    pub speakers: BTreeMap<String, Speaker>,
    /// What is said, in order.
    pub lines: Vec<Line>,
    /// Language of the lines (ISO 639-1, `en`); the provider decides where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 2, max = 16))]
    pub language: Option<String>,
    /// Sent to the provider with every line; it does not make speech repeatable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 4_294_967_295_u64))]
    pub seed: Option<u64>,
    /// How lines are sent to the speech provider.
    #[serde(default)]
    pub speech: SpeechOptions,
    /// How the film looks.
    #[serde(default)]
    pub look: Look,
}

/// A voice with a name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Speaker {
    /// The provider's name of the voice; without it each speaker gets one of the provider's own voices.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 100))]
    pub voice_id: Option<String>,
    /// The provider's name of the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 100))]
    pub model_id: Option<String>,
    /// Multiplies the loudness of this speaker's lines: 1.2 is 1.58 dB more.
    #[schemars(range(min = 0.0, max = 4.0))]
    pub volume: f64,
    /// A picture shown while this speaker speaks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar: Option<Media>,
    /// As ElevenLabs spells them; absent ones are the voice's own.
    pub voice_settings: VoiceSettings,
}

impl Default for Speaker {
    fn default() -> Self {
        Self { voice_id: None, model_id: None, volume: 1.0, avatar: None, voice_settings: VoiceSettings::default() }
    }
}

/// How a voice speaks. Absent settings are the voice's own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct VoiceSettings {
    /// Steadiness against expression.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub stability: Option<f64>,
    /// Closeness to the original voice.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub similarity_boost: Option<f64>,
    /// Exaggeration of the voice's style.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub style: Option<f64>,
    /// Whether the likeness to the speaker is boosted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub use_speaker_boost: Option<bool>,
    /// Pace: 1 is the voice's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.7, max = 1.2))]
    pub speed: Option<f64>,
}

impl VoiceSettings {
    /// These settings, with others where they say nothing.
    #[must_use]
    pub fn or(self, others: Self) -> Self {
        Self {
            stability: self.stability.or(others.stability),
            similarity_boost: self.similarity_boost.or(others.similarity_boost),
            style: self.style.or(others.style),
            use_speaker_boost: self.use_speaker_boost.or(others.use_speaker_boost),
            speed: self.speed.or(others.speed),
        }
    }
}

/// One utterance of one speaker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// A name in `speakers`.
    pub speaker: String,
    /// What is said.
    #[schemars(length(min = 1, max = 100_000))]
    pub text: String,
    /// Silence after the line, after the last one too.
    #[serde(default = "default_pause_ms")]
    #[schemars(range(max = 60_000))]
    pub pause_ms: u32,
    /// Raise it to hear another reading of the same line; every reading is kept.
    #[serde(default)]
    #[schemars(range(max = 1_000))]
    pub retake: u32,
    /// What is shown from this line on, until the next line with a picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<Picture>,
}

pub(crate) fn default_pause_ms() -> u32 {
    250
}

/// How lines are sent to the speech provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SpeechOptions {
    /// Whether each line hears its neighbours: smoother, but a changed line then changes its neighbours' takes too.
    pub stitch: bool,
    /// Whether the provider spells out numbers and dates.
    pub text_normalization: Normalization,
}

impl Default for SpeechOptions {
    fn default() -> Self {
        Self { stitch: false, text_normalization: Normalization::Auto }
    }
}

/// Whether the provider spells out numbers and dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the provider's own words")]
pub enum Normalization {
    Auto,
    On,
    Off,
}

/// Where a picture, an avatar, music or a background comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Media {
    /// A file beside the script (command line only).
    File(String),
    /// An address it is fetched from.
    Url(String),
    /// An upload of this house.
    Upload(String),
}

/// What a scene shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Picture {
    /// A file beside the script (command line only).
    File(String),
    /// An address it is fetched from.
    Url(#[schemars(length(min = 1, max = 2_048))] String),
    /// An upload of this house.
    Upload(String),
    /// Words an image is generated from.
    Prompt(#[schemars(length(min = 1, max = 2_000))] String),
    /// Words a clip is generated from.
    Clip(#[schemars(length(min = 1, max = 2_000))] String),
    /// An animation, drawn in time with the words.
    Animation(Box<Animation>),
    /// One colour.
    Color(Color),
}

/// What a text must look like: for editors as a regular expression, for us as a function, for people in words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pattern {
    pub(crate) regex: &'static str,
    pub(crate) fits: fn(&str) -> bool,
    pub(crate) means: &'static str,
}

pub(crate) const COLOR_PATTERN: &str = r"^#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$";
pub(crate) const POSITION_PATTERN: &str = r"^(top|center|bottom|([0-9]|[1-9][0-9]|100)%)$";

/// Every pattern of the schema.
pub(crate) const PATTERNS: [Pattern; 2] = [
    Pattern {
        regex: COLOR_PATTERN,
        fits: |text| Color(text.to_owned()).rgb().is_some(),
        means: "a colour: #rgb or #rrggbb",
    },
    Pattern { regex: POSITION_PATTERN, fits: is_position, means: "top, center, bottom, or how far down: 70%" },
];

fn is_position(text: &str) -> bool {
    let percent = |digits: &str| digits.parse::<u8>().is_ok_and(|number| number <= 100 && number.to_string() == digits);
    matches!(text, "top" | "center" | "bottom") || text.strip_suffix('%').is_some_and(percent)
}

/// A colour: `#rgb` or `#rrggbb`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Color(#[schemars(regex(pattern = COLOR_PATTERN))] pub String);

impl Color {
    /// Red, green, blue. `None` if it is not a colour.
    #[must_use]
    pub fn rgb(&self) -> Option<[u8; 3]> {
        // Only digits: a number may also have a sign.
        let digits = self.0.strip_prefix('#').filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
        let wide: String = match digits.len() {
            3 => digits.chars().flat_map(|digit| [digit, digit]).collect(),
            6 => digits.to_owned(),
            _ => return None,
        };
        let channel = |at: usize| u8::from_str_radix(wide.get(at..at + 2)?, 16).ok();
        Some([channel(0)?, channel(2)?, channel(4)?])
    }
}

/// How the film looks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Look {
    /// Shape of the frame.
    pub aspect: Aspect,
    /// The shorter side of the frame.
    pub resolution: Resolution,
    /// Frames per second.
    #[schemars(extend("enum" = [24, 25, 30, 50, 60]))]
    pub fps: u32,
    /// The words on the screen.
    pub captions: Captions,
    /// How a still picture moves.
    pub motion: Motion,
    /// What happens between scenes.
    pub transition: Transition,
    /// Music under the speech.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub music: Option<Music>,
    /// What lies behind everything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub background: Option<Media>,
    /// Where the avatar of who speaks stands.
    pub avatars: Avatars,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            aspect: Aspect::Portrait,
            resolution: Resolution::P1080,
            fps: 30,
            captions: Captions::default(),
            motion: Motion::Zoom,
            transition: Transition::default(),
            music: None,
            background: None,
            avatars: Avatars::Left,
        }
    }
}

impl Look {
    /// Width and height of the frame in pixels, both even.
    #[must_use]
    pub fn frame_size(&self) -> (u32, u32) {
        self.size_of(self.resolution.shorter_side())
    }

    /// And of a draft's: 360 pixels wide or high, never more than the film's.
    #[must_use]
    pub fn draft_size(&self) -> (u32, u32) {
        self.size_of(self.resolution.shorter_side().min(DRAFT_SIDE))
    }

    fn size_of(&self, short: u32) -> (u32, u32) {
        let even = |side: u32| side.div_ceil(2) * 2;
        match self.aspect {
            Aspect::Portrait => (short, even(short * 16 / 9)),
            Aspect::Landscape => (even(short * 16 / 9), short),
            Aspect::Square => (short, short),
            Aspect::FourFive => (short, even(short * 5 / 4)),
        }
    }
}

/// Shorter side of a draft.
const DRAFT_SIDE: u32 = 360;

/// Shape of the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "each is its ratio")]
pub enum Aspect {
    #[serde(rename = "9:16")]
    Portrait,
    #[serde(rename = "16:9")]
    Landscape,
    #[serde(rename = "1:1")]
    Square,
    #[serde(rename = "4:5")]
    FourFive,
}

/// The shorter side of the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "each is its number of pixels")]
pub enum Resolution {
    #[serde(rename = "240p")]
    P240,
    #[serde(rename = "360p")]
    P360,
    #[serde(rename = "480p")]
    P480,
    #[serde(rename = "720p")]
    P720,
    #[serde(rename = "1080p")]
    P1080,
    #[serde(rename = "1440p")]
    P1440,
}

impl Resolution {
    fn shorter_side(self) -> u32 {
        match self {
            Self::P240 => 240,
            Self::P360 => 360,
            Self::P480 => 480,
            Self::P720 => 720,
            Self::P1080 => 1080,
            Self::P1440 => 1440,
        }
    }
}

/// The words on the screen. Sizes are pixels of a frame 1080 wide, scaled with the frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Captions {
    /// How the spoken word stands out.
    pub style: CaptionStyle,
    /// `top`, `center`, `bottom`, or how far down: `70%`.
    #[schemars(regex(pattern = POSITION_PATTERN))]
    pub position: String,
    /// A font family; a font that lacks a character is helped out by one that has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub font: Option<String>,
    /// Height of the letters.
    #[schemars(range(min = 8.0, max = 400.0))]
    pub size: f64,
    /// Colour of the words.
    pub color: Color,
    /// Colour of the word that is being spoken.
    pub active_color: Color,
    /// Colour of the outline.
    pub stroke_color: Color,
    /// Width of the outline.
    #[schemars(range(min = 0.0, max = 40.0))]
    pub stroke_width: f64,
    /// Colour of a box behind the words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub box_color: Option<Color>,
    /// Whether all is written in capitals.
    pub uppercase: bool,
    /// Words shown at once, at most.
    #[schemars(range(min = 1, max = 20))]
    pub max_words_per_line: u32,
}

impl Default for Captions {
    fn default() -> Self {
        let color = |text: &str| Color(text.to_owned());
        Self {
            style: CaptionStyle::Highlight,
            position: "bottom".to_owned(),
            font: None,
            size: 64.0,
            color: color("#ffffff"),
            active_color: color("#ffd400"),
            stroke_color: color("#000000"),
            stroke_width: 6.0,
            box_color: None,
            uppercase: false,
            max_words_per_line: 4,
        }
    }
}

/// How the spoken word stands out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CaptionStyle {
    /// It takes the active colour.
    Highlight,
    /// It takes the active colour and grows a little.
    Pop,
    /// It stands in a box of the active colour.
    Box,
    /// It does not.
    Plain,
}

/// How a still picture moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "each says itself")]
pub enum Motion {
    Zoom,
    Pan,
    None,
}

/// What happens between scenes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Transition {
    /// Which kind.
    pub kind: TransitionKind,
    /// How long it takes, inside the later scene.
    #[schemars(range(min = 0, max = 5_000))]
    pub duration_ms: u32,
}

impl Default for Transition {
    fn default() -> Self {
        Self { kind: TransitionKind::Cut, duration_ms: 300 }
    }
}

/// Which kind of transition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TransitionKind {
    /// None: the next scene is there at once.
    Cut,
    /// The later scene rises out of black.
    Fade,
    /// The later scene rises out of the earlier one.
    Crossfade,
}

/// Music under the speech.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Music {
    /// A file beside the script (command line only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// An address it is fetched from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// An upload of this house.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload: Option<String>,
    /// Its loudness.
    #[serde(default = "default_music_volume")]
    #[schemars(range(min = 0.0, max = 4.0))]
    pub volume: f64,
    /// Whether it steps back while someone speaks.
    #[serde(default = "yes")]
    pub duck: bool,
}

fn default_music_volume() -> f64 {
    0.15
}

fn yes() -> bool {
    true
}

/// Where the avatar of who speaks stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "each says itself")]
pub enum Avatars {
    Left,
    Right,
    Alternate,
    None,
}
