//! The port for speech, and what a request for it is made of.

use crate::ids::{TakeKey, content_key};
use crate::maker::{Concurrency, MakerError, MayBegin};
use crate::script::{Normalization, VoiceSettings};
use crate::time::Timestamp;
use crate::words::Alignment;
use async_trait::async_trait;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Everything that changes the sound of a take, after defaults are filled in. The hash of its JSON is the take's key
/// (DESIGN §6.1): a changed field, or order of fields, would buy every line again. A new field must be absent where it is not set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TakeRequest {
    /// Which provider speaks.
    pub provider: String,
    /// Where it is reached.
    pub base_url: String,
    /// Its model.
    pub model: String,
    /// Its voice.
    pub voice: String,
    /// Settings of the voice, resolved.
    pub settings: VoiceSettings,
    /// The text, as sent.
    pub text: String,
    /// The language, where the model takes one.
    pub language: Option<String>,
    /// Whether numbers are spelled out.
    pub normalization: Normalization,
    /// The provider's seed.
    pub seed: Option<u64>,
    /// The provider's name of the sound's format.
    pub format: String,
    /// What stands before and after, where stitching is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Context>,
    /// What else a client of the gateway asked for, which is sent on as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extra: Option<Extra>,
    /// Which reading of the line.
    pub retake: u32,
}

/// What the provider is asked for in its own words: fields of the request's body, and of its query.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Extra {
    /// Fields of the body; those of `voice_settings` stand under that name.
    pub body: BTreeMap<String, serde_json::Value>,
    /// Of the query.
    pub query: BTreeMap<String, String>,
}

/// The texts around a text: they change how it sounds, and are not charged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// What is said before it.
    pub before: Option<String>,
    /// What is said after it.
    pub after: Option<String>,
}

impl TakeRequest {
    /// A text with everything else as it is where nothing is said of it; the format is that of `ElevenLabs`' SDKs.
    #[must_use]
    pub fn plain(provider: &str, model: &str, voice: &str, text: &str) -> Self {
        Self {
            provider: provider.to_owned(),
            base_url: String::new(),
            model: model.to_owned(),
            voice: voice.to_owned(),
            settings: VoiceSettings::default(),
            text: text.to_owned(),
            language: None,
            normalization: Normalization::Auto,
            seed: None,
            format: "mp3_44100_128".to_owned(),
            context: None,
            extra: None,
            retake: 0,
        }
    }

    /// The key of the take that answers this request.
    #[must_use]
    pub fn key(&self) -> TakeKey {
        TakeKey(content_key("take/1", self))
    }

    /// Whether the provider writes the call down: with `enable_logging=false` it does not.
    #[must_use]
    pub fn is_listed(&self) -> bool {
        let logging = self.extra.as_ref().and_then(|extra| extra.query.get("enable_logging"));
        logging.is_none_or(|value| !value.eq_ignore_ascii_case("false") && value != "0")
    }

    /// Characters of the text: Unicode scalar values, as providers count.
    #[must_use]
    pub fn characters(&self) -> u64 {
        self.text.chars().count() as u64
    }
}

/// What a provider is, before it is asked anything.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// The provider's name.
    pub provider: String,
    /// Where it is reached.
    pub base_url: String,
    /// Which account pays: a hash of its address and key, never the key.
    pub account: String,
    /// The model of speakers that name none.
    pub model: String,
    /// The voices of speakers that name none, in the order of the speakers.
    pub voices: Vec<String>,
    /// The provider's name of the sound's format.
    pub format: String,
    /// Price of 1,000 charged characters in US dollars.
    pub usd_per_1000_characters: f64,
    /// Whether nothing is paid here: prices then say what the same lines would have cost.
    pub rehearsed: bool,
}

/// What a provider's account may use.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Catalog {
    /// Its models.
    pub models: Vec<Model>,
    /// Whether a model that is not among them is tried all the same.
    pub takes_other_models: bool,
    /// Why the profile's format is not to be had on this plan.
    pub refused_format: Option<String>,
}

/// What is known of a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// Its name.
    pub id: String,
    /// Characters of one request, at most.
    pub max_characters: u64,
    /// Characters charged for one character.
    pub cost_factor: f64,
    /// Languages that it may be told to speak; empty: it is told none.
    pub languages: Vec<String>,
    /// Whether it takes the texts before and after.
    pub stitches: bool,
    /// The only values of `stability` that it takes; empty: all.
    pub stability_steps: Vec<f64>,
}

/// A voice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Voice {
    /// Its name for programs.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// What applies where a request says nothing.
    pub settings: VoiceSettings,
}

/// A voice, as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedVoice {
    /// Its name for programs: a script's `voice_id`.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// The language it was made for, where the provider tells it.
    pub language: Option<String>,
    /// What else the provider says of it: gender, age, accent…
    pub labels: BTreeMap<String, String>,
    /// Where the provider lets one hear it.
    #[serde(default)]
    pub sample_url: Option<String>,
}

/// A part of an answer, in the order it arrives.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// Sound, and what came with it.
    Sound(Piece),
    /// The end, with what the provider said of the call.
    End(Receipt),
}

/// A piece of sound.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Piece {
    /// The sound; it may be empty.
    pub sound: Bytes,
    /// The characters it holds, with their times in the whole take.
    pub alignment: Option<Alignment>,
    /// Where the answer is text: what stood there before the sound in base64, and behind it.
    pub around: Option<(String, String)>,
}

impl Piece {
    /// What stands around its sound in an answer that is text: its own words, or those that `ElevenLabs` would use.
    #[must_use]
    pub fn around(&self) -> (String, String) {
        self.around.clone().unwrap_or_else(|| {
            let times = serde_json::to_string(&self.alignment).expect("strings and numbers always serialise");
            let after = format!("\",\"alignment\":{times},\"normalized_alignment\":{times}}}\n");
            ("{\"audio_base64\":\"".to_owned(), after)
        })
    }
}

impl From<Bytes> for Piece {
    fn from(sound: Bytes) -> Self {
        Self { sound, ..Self::default() }
    }
}

/// What a provider answered, as it stood there: so a client of the gateway is told it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Headers, without those of the connection.
    pub headers: Vec<(String, String)>,
    /// The body, without the key.
    pub body: String,
}

/// A call that brought no answer: what that means, and what the provider said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unspoken {
    /// What it means.
    pub error: MakerError,
    /// What it said, if it said anything.
    pub reply: Option<Box<Reply>>,
}

impl From<MakerError> for Unspoken {
    fn from(error: MakerError) -> Self {
        Self { error, reply: None }
    }
}

/// What a provider said of a call that succeeded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The provider's name of the call.
    pub request_id: Option<String>,
    /// The call's item in the provider's history.
    pub item: Option<String>,
    /// Characters charged.
    pub characters: u64,
}

/// An answer while it arrives: parts until [`Heard::End`].
#[async_trait]
pub trait Answer: Send {
    /// The next part. Dropping the answer closes the connection.
    async fn next(&mut self) -> Result<Heard, MakerError>;

    /// What its head said of calls at once.
    fn concurrency(&self) -> Option<Concurrency> {
        None
    }

    /// The headers of an answer of `ElevenLabs`, without those of the connection.
    fn headers(&self) -> Vec<(String, String)> {
        Vec::new()
    }
}

/// Speaks.
#[async_trait]
pub trait Speech: Send + Sync {
    /// What this provider is.
    fn profile(&self) -> Profile;

    /// What its account may use.
    async fn catalog(&self) -> Result<Catalog, MakerError>;

    /// A voice; `None` if there is none of that name.
    async fn voice(&self, id: &str) -> Result<Option<Voice>, MakerError>;

    /// The voices that its account may use: the profile's, where the provider has no list.
    async fn voices(&self) -> Result<Vec<ListedVoice>, MakerError> {
        let listed = |id: String| ListedVoice {
            name: id.clone(),
            id,
            language: None,
            labels: BTreeMap::new(),
            sample_url: None,
        };
        Ok(self.profile().voices.into_iter().map(listed).collect())
    }

    /// Makes one call, never a second one by itself. Between `may_begin` and the first byte of the request's body nothing is awaited.
    async fn speak(&self, request: &TakeRequest, may_begin: MayBegin) -> Result<Box<dyn Answer>, Unspoken>;

    /// What it answers to a question that costs nothing: a path and a query in the words of `ElevenLabs`' interface. `None` where it
    /// has another.
    async fn look_up(&self, _path: &[&str], _query: Option<&str>) -> Option<Result<Reply, MakerError>> {
        None
    }

    /// The provider's own books, where it keeps any.
    fn books(&self) -> Option<&dyn Books> {
        None
    }
}

/// What a provider wrote down of the calls it answered.
#[async_trait]
pub trait Books: Send + Sync {
    /// The account's balance; `None` if this key may not read it.
    async fn balance(&self) -> Result<Option<Balance>, MakerError>;

    /// Calls that it answered, newest first, a page at a time.
    async fn history(&self, query: &HistoryQuery) -> Result<HistoryPage, MakerError>;

    /// The sound of one of them, free of charge. Its receipt names the item; `characters` is 0.
    async fn sound(&self, item: &str) -> Result<Box<dyn Answer>, MakerError>;
}

/// What an account has used and may use, in charged characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Balance {
    /// Used since the account's period began.
    pub used: u64,
    /// To be used in the period.
    pub limit: u64,
    /// The plan's name.
    pub tier: String,
    /// When the period began, if the provider tells it.
    pub period_began: Option<Timestamp>,
}

/// Which calls are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryQuery {
    /// Not before.
    pub since: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
    /// Of this voice.
    pub voice: Option<String>,
    /// The item after which to go on.
    pub after: Option<String>,
}

/// A page of the history.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryPage {
    /// The calls.
    pub items: Vec<HistoryItem>,
    /// Where to go on, if there is more.
    pub next: Option<String>,
}

/// A call, as the provider wrote it down.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryItem {
    /// The provider's name of the item.
    pub id: String,
    /// The provider's name of the call.
    pub request_id: Option<String>,
    /// The voice.
    pub voice: String,
    /// The model.
    pub model: String,
    /// Whether it spoke a text: other products' calls stand in the same books, and cost as much.
    pub is_speech: bool,
    /// The text, as it was sent.
    pub text: String,
    /// When it was made; providers tell whole seconds.
    pub at: Timestamp,
    /// Characters charged.
    pub characters: u64,
    /// Settings, where it tells them.
    pub settings: Option<VoiceSettings>,
    /// The format, where it tells it.
    pub format: Option<String>,
    /// The times of characters, where it kept them.
    pub alignment: Option<Alignment>,
}
