//! Pictures by Gemini (`POST /v1beta/models/{model}:generateContent`, PROVIDERS 3.4 and 3.5).

use crate::http::{Complaint, Incoming, Key, Timeouts, Vendor, Wire, quoted, retry_after_ms, shown};
use crate::images::{
    self, MOST_PICTURE_BYTES, busy, check_whole, decoded, megapixels, moderated, nearest_ratio, no_model,
};
use async_trait::async_trait;
use reqwest::header::HeaderMap;
use serde::Deserialize;
use serde_json::json;
use story::Images;
use story::images::{Drawn, ImagesProfile, Prompt};
use story::maker::{MakerError, MayBegin};

static VENDOR: Vendor =
    Vendor { name: "Gemini", key_setting: "GEMINI_API_KEY", key_header: ("x-goog-api-key", ""), meaning };

/// What Gemini is called with.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The key.
    pub key: Key,
    /// Where it is reached: what stands before `/v1beta`.
    pub base_url: String,
    /// The setting that says so, for sentences about it.
    pub base_url_setting: &'static str,
    /// The model.
    pub model: String,
    /// What a million pixels cost, in US dollars.
    pub usd_per_megapixel: f64,
    /// How long it may take.
    pub timeouts: Timeouts,
}

impl Settings {
    /// Its quick model, at $0.067 for a picture of about a million pixels.
    #[must_use]
    pub fn new(key: Key) -> Self {
        Self {
            key,
            base_url: "https://generativelanguage.googleapis.com".to_owned(),
            base_url_setting: "GEMINI_BASE_URL",
            model: "gemini-3.1-flash-image".to_owned(),
            usd_per_megapixel: 0.065,
            timeouts: images::patient(),
        }
    }
}

/// Gemini's models that draw.
#[derive(Clone, Debug)]
pub struct GeminiImages {
    wire: Wire,
    model: String,
    usd_per_megapixel: f64,
}

impl GeminiImages {
    /// The account of a key; nothing is sent before something is asked.
    ///
    /// # Errors
    /// A sentence about the setting that cannot be right.
    pub fn open(settings: Settings) -> Result<Self, String> {
        let Settings { key, base_url, base_url_setting, model, usd_per_megapixel, timeouts } = settings;
        let wire = Wire::open(&VENDOR, (base_url_setting, &base_url), Some(&key), timeouts)?;
        Ok(Self { wire, model, usd_per_megapixel })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answered {
    candidates: Option<Vec<Candidate>>,
    prompt_feedback: Option<Feedback>,
    response_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Feedback {
    block_reason: Option<String>,
    block_reason_message: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Candidate {
    content: Option<Content>,
    finish_reason: Option<String>,
    finish_message: Option<String>,
}

#[derive(Deserialize)]
struct Content {
    parts: Option<Vec<Part>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Part {
    /// A sketch on the way, or a thought in words.
    #[serde(default)]
    thought: bool,
    text: Option<String>,
    inline_data: Option<Inline>,
}

#[derive(Deserialize)]
struct Inline {
    data: String,
}

#[async_trait]
impl Images for GeminiImages {
    fn profile(&self) -> ImagesProfile {
        ImagesProfile {
            provider: "gemini".to_owned(),
            base_url: self.wire.base_url(),
            account: self.wire.account(),
            model: self.model.clone(),
            most_characters: 8_000,
            rehearsed: false,
        }
    }

    fn size(&self, width: u32, height: u32) -> (u32, u32) {
        nearest_ratio(width, height).0
    }

    fn usd(&self, width: u32, height: u32) -> f64 {
        megapixels(width, height) * self.usd_per_megapixel
    }

    async fn draw(&self, prompt: &Prompt, may_begin: MayBegin) -> Result<Drawn, MakerError> {
        let call = format!("{}:generateContent", prompt.model);
        let url = self.wire.address(&["v1beta", "models", &call]);
        let url =
            url.filter(|_| !prompt.model.is_empty()).ok_or_else(|| no_model("Gemini", self.wire.setting(), ""))?;
        let ratio = nearest_ratio(prompt.width, prompt.height).1;
        let mut config =
            json!({"responseModalities": ["IMAGE"], "imageConfig": {"aspectRatio": ratio, "imageSize": "1K"}});
        if let Some(seed) = prompt.seed {
            config["seed"] = json!(images::short_seed(seed));
        }
        let asked =
            json!({"contents": [{"role": "user", "parts": [{"text": prompt.text}]}], "generationConfig": config});
        let incoming = self.wire.pay(url, &asked, may_begin).await.map_err(|unspoken| unspoken.error)?;
        read(incoming).await
    }
}

async fn read(mut incoming: Incoming) -> Result<Drawn, MakerError> {
    let json = incoming.whole(MOST_PICTURE_BYTES / 3 * 4 + (1 << 20)).await?;
    let answered: Answered =
        serde_json::from_slice(&json).map_err(|_| incoming.unknown("is nothing that can be read"))?;
    let said = |code: &str, message: Option<String>| {
        let message = message.filter(|message| !message.is_empty()).unwrap_or_else(|| code.to_owned());
        quoted(&message)
    };
    if let Some(Feedback { block_reason: Some(reason), block_reason_message }) = answered.prompt_feedback {
        return Err(moderated(&said(&reason, block_reason_message)));
    }
    let candidate = answered.candidates.into_iter().flatten().next();
    let candidate = candidate.ok_or_else(|| incoming.unknown("holds no picture"))?;
    if let Some(reason) = candidate.finish_reason.filter(|reason| reason != "STOP") {
        return Err(unfinished(&reason, &said(&reason, candidate.finish_message)));
    }
    let parts = candidate.content.and_then(|content| content.parts).into_iter().flatten();
    let (mut picture, mut words) = (None, String::new());
    for part in parts.filter(|part| !part.thought) {
        words.extend(part.text);
        picture = picture.or(part.inline_data);
    }
    match picture {
        Some(Inline { data }) => {
            let bytes = decoded(&incoming, &data)?;
            check_whole(&bytes).map_err(|what| incoming.unknown(what))?;
            let request_id = answered.response_id.map(|id| shown(&id)).filter(|id| !id.is_empty());
            Ok(Drawn { bytes, request_id })
        }
        // So it says no where nothing else does.
        None if !words.trim().is_empty() => {
            Err(MakerError::Refused(format!("Gemini drew nothing and answered in words{}", said("", Some(words)))))
        }
        None => Err(incoming.unknown("holds no picture")),
    }
}

/// It ended before it had drawn, or does not show what it drew.
fn unfinished(reason: &str, said: &str) -> MakerError {
    let is_moderation =
        ["SAFETY", "PROHIBITED", "BLOCKLIST", "RECITATION", "SPII"].iter().any(|word| reason.contains(word));
    if is_moderation {
        moderated(said)
    } else {
        MakerError::Refused(format!("Gemini stopped before it had drawn{said}"))
    }
}

/// The meaning of a status and of the code in its body.
fn meaning(status: u16, headers: &HeaderMap, complaint: &Complaint, base_url_setting: &str) -> MakerError {
    let said = complaint.quoted();
    let code = complaint.code.as_str();
    match status {
        400 if code.starts_with("API_KEY") => spent_key(&said),
        // Where the account may not be used from, or has nobody who pays.
        400 if code == "FAILED_PRECONDITION" => {
            MakerError::Spent(format!("Gemini draws nothing for the account of GEMINI_API_KEY as it is{said}"))
        }
        429 if code.contains("PerDay") => MakerError::Spent(format!(
            "what the account of GEMINI_API_KEY may draw in a day is used up: wait until tomorrow, or raise it at Google{said}"
        )),
        429 => busy(complaint.wait_ms.max(retry_after_ms(headers))),
        402 => {
            MakerError::Spent(format!("the account of GEMINI_API_KEY has no credit left: add credit at Google{said}"))
        }
        401 | 403 => spent_key(&said),
        404 => no_model("Gemini", base_url_setting, &said),
        408 | 409 => MakerError::Unknown(format!("Gemini gave up on it ({status}){said}")),
        400..=499 => MakerError::Refused(format!("Gemini refused to draw ({status}){said}")),
        // In its own words: a gateway on the way says 503 of a call that it may well have made.
        503 if !code.is_empty() => {
            MakerError::Broken(format!("Gemini is out of service or has too much to do (503){said}"))
        }
        // It may have drawn, and charged, before it failed.
        _ => MakerError::Unknown(format!("Gemini failed while it answered ({status}){said}")),
    }
}

fn spent_key(said: &str) -> MakerError {
    MakerError::Spent(format!("Gemini does not take the key: set GEMINI_API_KEY{said}"))
}
