//! Clips by Gemini Omni (`POST /v1beta/interactions`, PROVIDERS 3.2): ordered in the background, and asked for by the interaction's id.

use super::{Settings, Video, encoded, fetched, gone, image_type, led_by, meaning, named, refused, told, unfinished};
use crate::http::{Complaint, Refusal, Vendor, Wire, quoted};
use async_trait::async_trait;
use bytes::Bytes;
use reqwest::header::HeaderMap;
use serde::Deserialize;
use serde_json::{Value, json};
use story::Clips;
use story::clips::{ClipMaterial, ClipModel, ClipRequest, ClipTask, ClipsProfile, Delivery, Generating};
use story::maker::{MakerError, MayBegin};

const NAME: &str = "Gemini Omni";
const KEY: &str = "GEMINI_API_KEY";

static VENDOR: Vendor = Vendor { name: NAME, key_setting: KEY, key_header: ("x-goog-api-key", ""), meaning: of_omni };

fn of_omni(status: u16, headers: &HeaderMap, complaint: &Complaint, setting: &str) -> MakerError {
    meaning((NAME, KEY), (status, headers, complaint), setting)
}

/// Gemini's models that generate clips.
#[derive(Clone, Debug)]
pub struct Omni {
    wire: Wire,
    model: Option<String>,
    most_clip_bytes: usize,
}

impl Omni {
    /// The account of a key; nothing is sent before something is asked.
    ///
    /// # Errors
    /// A sentence about the setting that cannot be right.
    pub fn open(settings: Settings) -> Result<Self, String> {
        let Settings { key, base_url, base_url_setting, model, timeouts, most_clip_bytes } = settings;
        let wire = Wire::open(&VENDOR, (base_url_setting, &base_url), Some(&key), timeouts)?;
        Ok(Self { wire, model, most_clip_bytes })
    }
}

/// The models, with their prices for a second by the lines of the frame.
fn models() -> Vec<ClipModel> {
    let model = |name: &str, longest: u32, prices: [f64; 4]| ClipModel {
        name: name.to_owned(),
        seconds: (3..=longest).collect(),
        usd_per_s: [360, 720, 1_080, 2_160].into_iter().zip(prices).collect(),
        takes_images: true,
        tasks: vec![ClipTask::Extend, ClipTask::Edit],
        most_characters: 8_000,
    };
    vec![
        model("gemini-omni-1.2-flash", 15, [0.023, 0.07, 0.105, 0.21]),
        model("gemini-omni-1.1-flash", 10, [0.03, 0.10, 0.15, 0.30]),
    ]
}

/// How it calls so many lines.
fn resolution(lines: u32) -> String {
    if lines >= 2_160 { "4k".to_owned() } else { format!("{lines}p") }
}

#[derive(Deserialize)]
struct Ordered {
    id: Option<String>,
}

#[derive(Deserialize)]
struct Interaction {
    status: Option<String>,
    steps: Option<Vec<Step>>,
    error: Option<Value>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Step {
    ModelOutput {
        content: Option<Vec<Content>>,
    },
    /// What was asked, what it thought.
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Content {
    Video(Video),
    Text {
        text: Option<String>,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct StoredFile {
    state: Option<String>,
}

#[async_trait]
impl Clips for Omni {
    fn profile(&self) -> ClipsProfile {
        ClipsProfile {
            provider: "gemini".to_owned(),
            base_url: self.wire.base_url(),
            account: self.wire.account(),
            models: led_by(self.model.as_ref(), models()),
            rehearsed: false,
        }
    }

    async fn order(
        &self,
        clip: &ClipRequest,
        material: ClipMaterial,
        may_begin: MayBegin,
    ) -> Result<String, MakerError> {
        let url = self.wire.address(&["v1beta", "interactions"]);
        let url = url.ok_or_else(|| MakerError::Refused(format!("{} is no address", self.wire.setting())))?;
        let incoming =
            self.wire.pay(url, &body(clip, &material), may_begin).await.map_err(|unspoken| unspoken.error)?;
        named(incoming, self.most_clip_bytes, |ordered: Ordered| ordered.id).await
    }

    async fn ask(&self, _: &ClipRequest, operation: &str) -> Result<Generating, MakerError> {
        let url = self.wire.address(&["v1beta", "interactions", operation]).ok_or_else(|| gone(NAME, ""))?;
        let mut incoming = self.wire.get(url).await.map_err(unknown_or)?;
        let Interaction { status, steps, error } = told(&mut incoming, self.most_clip_bytes).await?;
        match status.as_deref().unwrap_or_default() {
            "completed" => {
                let delivery = video(steps.unwrap_or_default())?.delivery(&incoming, self.most_clip_bytes)?;
                Ok(if self.is_there(&delivery).await? { Generating::Done(delivery) } else { Generating::Running })
            }
            ended @ ("failed"
            | "cancelled"
            | "incomplete"
            | "budget_exceeded"
            | "requires_action"
            | "requires_continuation") => Err(unfinished(NAME, &format!(" ({ended})"), error.as_ref())),
            // Queued, in progress, or a word that it has learned since.
            _ => Ok(Generating::Running),
        }
    }

    async fn fetch(&self, address: &str) -> Result<Bytes, MakerError> {
        fetched(&self.wire, address, self.most_clip_bytes).await
    }
}

impl Omni {
    /// Whether a clip can be had already: what its Files API keeps is worked on for a while.
    async fn is_there(&self, delivery: &Delivery) -> Result<bool, MakerError> {
        let Delivery::Address(address) = delivery else { return Ok(true) };
        let Some(url) = file(address).and_then(|name| self.wire.address(&["v1beta", "files", name])) else {
            return Ok(true);
        };
        // The interaction was told for this key: what it may not see is what is not there.
        let stored: Option<StoredFile> = self.wire.find(url, |status, _| matches!(status, 403 | 404)).await?;
        match stored.ok_or_else(|| gone(NAME, ""))?.state.as_deref() {
            Some("PROCESSING") => Ok(false),
            Some("FAILED") => Err(unfinished(NAME, ": it could not keep it", None)),
            _ => Ok(true),
        }
    }
}

/// The name of a file of its Files API: `https://host/v1beta/files/NAME:download?alt=media`.
fn file(address: &str) -> Option<&str> {
    let (_, rest) = address.split_once("/v1beta/files/")?;
    rest.split([':', '?', '/']).next()
}

/// The video that came out, or what was said instead: so it refuses where nothing else does.
fn video(steps: Vec<Step>) -> Result<Video, MakerError> {
    let mut words = String::new();
    for step in steps {
        let Step::ModelOutput { content } = step else { continue };
        for content in content.into_iter().flatten() {
            match content {
                Content::Video(video) => return Ok(video),
                Content::Text { text } => words.extend(text),
                Content::Other => {}
            }
        }
    }
    Err(refused(&quoted(&words)))
}

/// What it means that it says nothing of an interaction. There is nothing in such a question that could be wrong but the name.
fn unknown_or(refusal: Refusal) -> MakerError {
    let complaint = refusal.complaint();
    match refusal.status() {
        404 => gone(NAME, &complaint.quoted()),
        400 if complaint.code == "invalid_request" => gone(NAME, &complaint.quoted()),
        _ => refusal.meaning,
    }
}

fn body(clip: &ClipRequest, material: &ClipMaterial) -> Value {
    let mut input = Vec::new();
    if let Some(image) = &material.image {
        input.push(json!({"type": "image", "data": encoded(image), "mime_type": image_type(image)}));
    }
    if let Some(from) = &material.from {
        input.push(json!({"type": "video", "data": encoded(from), "mime_type": "video/mp4"}));
    }
    input.push(json!({"type": "text", "text": clip.text}));
    let task = match clip.from.as_ref().map(|from| from.task) {
        Some(ClipTask::Extend) => "extend",
        Some(ClipTask::Edit) => "edit",
        None if material.image.is_some() => "image_to_video",
        None => "text_to_video",
    };
    json!({
        "model": clip.model, "input": input, "background": true, "store": true,
        "response_format": {
            "type": "video", "delivery": "uri", "aspect_ratio": clip.aspect.name(),
            "resolution": resolution(clip.lines), "duration": format!("{}s", clip.seconds),
        },
        "generation_config": {"video_config": {"task": task}},
    })
}
