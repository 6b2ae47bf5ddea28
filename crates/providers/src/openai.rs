//! Speech as OpenAI's interface has it (`/v1/audio/speech`), which Kokoro, Chatterbox, LocalAI and the like speak too.
//! It tells no times of characters, and it keeps no books: what was lost on the way is lost.

use crate::http::{Complaint, Incoming, Key, Plain, Timeouts, Vendor, Wire, retry_after_ms};
use async_trait::async_trait;
use reqwest::header::HeaderMap;
use serde::Serialize;
use story::Speech;
use story::maker::{Busy, MakerError, MayBegin};
use story::script::VoiceSettings;
use story::speech::{Answer, Catalog, Model, Profile, Receipt, TakeRequest, Unspoken, Voice};

static VENDOR: Vendor = Vendor {
    name: "the OpenAI-compatible speech server",
    key_setting: "OPENAI_API_KEY",
    key_header: ("authorization", "Bearer "),
    meaning,
};

/// Characters of one request (platform.openai.com/docs/api-reference/audio/createSpeech).
const MOST_CHARACTERS: u64 = 4_096;

/// What the speech server is called with.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The key, where the server wants one.
    pub key: Option<Key>,
    /// Where it is reached: what stands before `/audio/speech`. An address without a path gets `/v1`.
    pub base_url: String,
    /// The setting that says so, for sentences about it.
    pub base_url_setting: &'static str,
    /// The model of speakers that name none.
    pub model: String,
    /// What 1,000 characters cost, in US dollars.
    pub usd_per_1000_characters: f64,
    /// The voices of speakers that name none.
    pub voices: Vec<String>,
    /// How long it may take.
    pub timeouts: Timeouts,
}

impl Default for Settings {
    /// OpenAI's own, at the price of its cheapest speech.
    fn default() -> Self {
        Self {
            key: None,
            base_url: "https://api.openai.com/v1".to_owned(),
            base_url_setting: "OPENAI_BASE_URL",
            model: "gpt-4o-mini-tts".to_owned(),
            usd_per_1000_characters: 0.015,
            voices: ["alloy", "nova", "onyx"].map(str::to_owned).into(),
            timeouts: Timeouts::default(),
        }
    }
}

/// A speech server with OpenAI's interface.
#[derive(Clone, Debug)]
pub struct OpenAiSpeech {
    wire: Wire,
    profile: Profile,
}

impl OpenAiSpeech {
    /// A server; nothing is sent before something is asked.
    ///
    /// # Errors
    /// A sentence about the setting that cannot be right.
    pub fn open(settings: Settings) -> Result<Self, String> {
        let given = settings.base_url.trim().trim_end_matches('/');
        // Servers of one's own are often named by host and port alone; all of them answer under `/v1`.
        let has_path = given.split_once("://").is_some_and(|(_, rest)| rest.contains('/'));
        let base_url = if has_path { given.to_owned() } else { format!("{given}/v1") };
        let wire =
            Wire::open(&VENDOR, (settings.base_url_setting, &base_url), settings.key.as_ref(), settings.timeouts)?;
        let profile = Profile {
            provider: "openai".to_owned(),
            base_url: wire.base_url(),
            account: wire.account(),
            model: settings.model,
            voices: settings.voices,
            format: "mp3".to_owned(),
            usd_per_1000_characters: settings.usd_per_1000_characters,
            rehearsed: false,
        };
        Ok(Self { wire, profile })
    }
}

/// The body of a request.
#[derive(Serialize)]
struct Said<'a> {
    model: &'a str,
    voice: &'a str,
    input: &'a str,
    response_format: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    speed: Option<f64>,
}

#[async_trait]
impl Speech for OpenAiSpeech {
    fn profile(&self) -> Profile {
        self.profile.clone()
    }

    /// One model, for its limits: servers of this kind know others that no list tells.
    async fn catalog(&self) -> Result<Catalog, MakerError> {
        let model = Model {
            id: self.profile.model.clone(),
            max_characters: MOST_CHARACTERS,
            cost_factor: 1.0,
            languages: Vec::new(),
            stitches: false,
            stability_steps: Vec::new(),
        };
        Ok(Catalog { models: vec![model], takes_other_models: true, refused_format: None })
    }

    /// Any name is tried: there is no list of voices. Of the settings only the pace is sent.
    async fn voice(&self, id: &str) -> Result<Option<Voice>, MakerError> {
        let settings = VoiceSettings { speed: Some(1.0), ..VoiceSettings::default() };
        Ok(Some(Voice { id: id.to_owned(), name: id.to_owned(), settings }))
    }

    async fn speak(&self, request: &TakeRequest, may_begin: MayBegin) -> Result<Box<dyn Answer>, Unspoken> {
        let url = self.wire.address(&["audio", "speech"]).expect("the path is plain");
        let said = Said {
            model: &request.model,
            voice: &request.voice,
            input: &request.text,
            response_format: &request.format,
            speed: request.settings.speed,
        };
        let incoming = self.wire.pay(url, &said, may_begin).await?;
        let receipt = receipt(&incoming, request);
        Ok(Box::new(Plain::open(incoming, receipt, false)?))
    }
}

fn receipt(incoming: &Incoming, request: &TakeRequest) -> Receipt {
    Receipt { request_id: incoming.header("x-request-id"), item: None, characters: request.characters() }
}

/// The meaning of a status and of the code in its body.
fn meaning(status: u16, headers: &HeaderMap, complaint: &Complaint, base_url_setting: &str) -> MakerError {
    let said = complaint.quoted();
    match (status, complaint.code.as_str()) {
        (402, _) | (400..=499, "insufficient_quota") => MakerError::Spent(format!(
            "the account of OPENAI_API_KEY has no credit left: add credit at the provider of {base_url_setting}{said}"
        )),
        // Such servers count calls in a time, not calls at once.
        (429, _) => MakerError::Busy(Busy { retry_after_ms: retry_after_ms(headers), ..Busy::default() }),
        (401 | 403, _) => {
            MakerError::Spent(format!("the speech server does not take the key: set OPENAI_API_KEY{said}"))
        }
        (408, _) => MakerError::Unknown(format!("the speech server gave up waiting (408){said}")),
        // In its own words: a gateway on the way says 503 of a call that it may well have made.
        (503, code) if !code.is_empty() => {
            MakerError::Broken(format!("the speech server is out of service (503){said}"))
        }
        (409, _) => MakerError::Unknown(format!("the speech server was doing something else with it (409){said}")),
        (404, _) => MakerError::Refused(format!(
            "the speech server knows no such thing (404): look at the model, the voice and {base_url_setting}{said}"
        )),
        (400..=499, _) => MakerError::Refused(format!("the speech server refused the request ({status}){said}")),
        // It may have spoken, and charged, before it failed.
        _ => MakerError::Unknown(format!("the speech server failed while it answered ({status}){said}")),
    }
}
