//! ElevenLabs: speech with the times of its characters as it arrives, and the books that a lost answer is found again in.
//! What is known of its wire was read in its SDKs, its specification and recorded answers, of November 2026.

mod answer;
mod catalog;
mod concurrency;
mod errors;
mod history;
mod request;
mod voices;

use crate::http::{Key, Timeouts, Vendor, Wire};
use answer::{Spoken, is_whole_only};
use async_trait::async_trait;
use history::{Balanced, Page, Sounding};
use request::Said;
use story::Speech;
use story::maker::{MakerError, MayBegin};
use story::speech::{
    Answer, Balance, Books, Catalog, HistoryPage, HistoryQuery, ListedVoice, Profile, Reply, TakeRequest, Unspoken,
    Voice,
};

static VENDOR: Vendor = Vendor {
    name: "ElevenLabs",
    key_setting: "ELEVENLABS_API_KEY",
    key_header: ("xi-api-key", ""),
    meaning: errors::meaning,
};

/// What ElevenLabs is called with.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The account's key.
    pub key: Key,
    /// Where it is reached.
    pub base_url: String,
    /// The setting that says so, for sentences about it.
    pub base_url_setting: &'static str,
    /// The model of speakers that name none.
    pub model: String,
    /// Its name of the sound's format.
    pub format: String,
    /// What 1,000 charged characters cost, in US dollars.
    pub usd_per_1000_characters: f64,
    /// The voices of speakers that name none.
    pub voices: Vec<String>,
    /// How long it may take.
    pub timeouts: Timeouts,
}

impl Settings {
    /// Multilingual v2 at its list price (elevenlabs.io/pricing/api), with George, Sarah and Rachel, whom every account has.
    #[must_use]
    pub fn new(key: Key) -> Self {
        Self {
            key,
            base_url: "https://api.elevenlabs.io".to_owned(),
            base_url_setting: "ELEVENLABS_BASE_URL",
            model: "eleven_multilingual_v2".to_owned(),
            format: "mp3_44100_128".to_owned(),
            usd_per_1000_characters: 0.08,
            voices: ["JBFqnCBsd6RMkjVDRZzb", "EXAVITQu4vr4xnSDxMaL", "21m00Tcm4TlvDq8ikWAM"].map(str::to_owned).into(),
            timeouts: Timeouts::default(),
        }
    }
}

/// An account of ElevenLabs.
#[derive(Clone, Debug)]
pub struct ElevenLabs {
    wire: Wire,
    profile: Profile,
}

impl ElevenLabs {
    /// The account of a key; nothing is sent before something is asked.
    ///
    /// # Errors
    /// A sentence about the setting that cannot be right.
    pub fn open(settings: Settings) -> Result<Self, String> {
        let wire = Wire::open(
            &VENDOR,
            (settings.base_url_setting, &settings.base_url),
            Some(&settings.key),
            settings.timeouts,
        )?;
        let profile = Profile {
            provider: "elevenlabs".to_owned(),
            base_url: wire.base_url(),
            account: wire.account(),
            model: settings.model,
            voices: settings.voices,
            format: settings.format,
            usd_per_1000_characters: settings.usd_per_1000_characters,
            rehearsed: false,
        };
        Ok(Self { wire, profile })
    }
}

#[async_trait]
impl Speech for ElevenLabs {
    fn profile(&self) -> Profile {
        self.profile.clone()
    }

    async fn catalog(&self) -> Result<Catalog, MakerError> {
        catalog::catalog(&self.wire, &self.profile.format).await
    }

    async fn voice(&self, id: &str) -> Result<Option<Voice>, MakerError> {
        catalog::voice(&self.wire, id).await
    }

    async fn voices(&self) -> Result<Vec<ListedVoice>, MakerError> {
        voices::voices(&self.wire).await
    }

    async fn speak(&self, request: &TakeRequest, may_begin: MayBegin) -> Result<Box<dyn Answer>, Unspoken> {
        let mut segments = vec!["v1", "text-to-speech", request.voice.as_str(), "stream", "with-timestamps"];
        if is_whole_only(&request.format) {
            segments.remove(3);
        }
        let no_voice = || MakerError::Refused(format!("\"{}\" is the name of no voice", request.voice));
        let mut url = self.wire.address(&segments).ok_or_else(no_voice)?;
        url.query_pairs_mut().append_pair("output_format", &request.format);
        url.query_pairs_mut().extend_pairs(request.extra.iter().flat_map(|extra| &extra.query));
        let incoming = self.wire.pay(url, &Said::of(request), may_begin).await?;
        Ok(Box::new(Spoken::of(incoming, request)))
    }

    async fn look_up(&self, path: &[&str], query: Option<&str>) -> Option<Result<Reply, MakerError>> {
        let mut url = self.wire.address(path)?;
        url.set_query(query);
        Some(self.wire.look_up(url).await)
    }

    fn books(&self) -> Option<&dyn Books> {
        Some(self)
    }
}

#[async_trait]
impl Books for ElevenLabs {
    async fn balance(&self) -> Result<Option<Balance>, MakerError> {
        Ok(Balanced::read(&self.wire).await?.map(Balance::from))
    }

    async fn history(&self, query: &HistoryQuery) -> Result<HistoryPage, MakerError> {
        Page::read(&self.wire, query).await
    }

    async fn sound(&self, item: &str) -> Result<Box<dyn Answer>, MakerError> {
        Sounding::open(&self.wire, item).await
    }
}
