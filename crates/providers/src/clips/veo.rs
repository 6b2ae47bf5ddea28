//! Clips by Veo on Vertex (`:predictLongRunning`, `:fetchPredictOperation`, PROVIDERS 3.3).

use super::{Settings, Video, encoded, fetched, gone, image_type, led_by, meaning, named, refused, told, unfinished};
use crate::http::{Complaint, Vendor, Wire, free, quoted};
use async_trait::async_trait;
use bytes::Bytes;
use reqwest::Url;
use reqwest::header::HeaderMap;
use serde::Deserialize;
use serde_json::{Value, json};
use story::Clips;
use story::clips::{ClipMaterial, ClipModel, ClipRequest, ClipsProfile, Generating};
use story::ids::sha256_hex;
use story::maker::{MakerError, MayBegin};
use story::speech::Unspoken;

const NAME: &str = "Veo";
const KEY: &str = "VERTEX_ACCESS_TOKEN";

static VENDOR: Vendor =
    Vendor { name: NAME, key_setting: KEY, key_header: ("authorization", "Bearer "), meaning: of_veo };

fn of_veo(status: u16, headers: &HeaderMap, complaint: &Complaint, setting: &str) -> MakerError {
    meaning((NAME, KEY), (status, headers, complaint), setting)
}

/// Veo's models on Vertex.
#[derive(Clone, Debug)]
pub struct Veo {
    wire: Wire,
    model: Option<String>,
    most_clip_bytes: usize,
}

impl Veo {
    /// The project of a token; nothing is sent before something is asked.
    ///
    /// # Errors
    /// A sentence about the setting that cannot be right.
    pub fn open(settings: Settings) -> Result<Self, String> {
        let Settings { key, base_url, base_url_setting, model, timeouts, most_clip_bytes } = settings;
        let wire = Wire::open(&VENDOR, (base_url_setting, &base_url), Some(&key), timeouts)?;
        Ok(Self { wire, model, most_clip_bytes })
    }

    fn call(&self, clip: &ClipRequest, verb: &str) -> Result<Url, MakerError> {
        let call = format!("{}:{verb}", clip.model);
        let url = self.wire.address(&["publishers", "google", "models", &call]);
        url.filter(|_| !clip.model.is_empty())
            .ok_or_else(|| MakerError::Refused(format!("{} is no address of a model", self.wire.setting())))
    }
}

/// The models, with their prices for a second by the lines of the frame.
fn models() -> Vec<ClipModel> {
    let model = |name: &str, usd: f64| ClipModel {
        name: name.to_owned(),
        seconds: vec![4, 6, 8],
        usd_per_s: vec![(720, usd), (1_080, usd)],
        takes_images: true,
        tasks: Vec::new(),
        most_characters: 1_024,
    };
    vec![model("veo-3.1-fast-generate-001", 0.15), model("veo-3.1-generate-001", 0.40)]
}

#[derive(Deserialize)]
struct Ordered {
    name: Option<String>,
}

#[derive(Deserialize)]
struct Operation {
    #[serde(default)]
    done: bool,
    error: Option<Value>,
    response: Option<Response>,
}

/// What came out: `videos` by Vertex, `generatedSamples` inside another object by gateways that answer as the Gemini API did.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    generate_video_response: Option<Box<Response>>,
    #[serde(alias = "videos")]
    generated_samples: Option<Vec<Sample>>,
    rai_media_filtered_reasons: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Sample {
    Wrapped { video: Video },
    Plain(Video),
}

#[async_trait]
impl Clips for Veo {
    fn profile(&self) -> ClipsProfile {
        let base_url = self.wire.base_url();
        // A token lives for an hour: it is the project in the address that pays, and that a later token still asks for.
        let mut account = sha256_hex(base_url.as_bytes());
        account.truncate(16);
        let models = led_by(self.model.as_ref(), models());
        ClipsProfile { provider: "vertex".to_owned(), base_url, account, models, rehearsed: false }
    }

    async fn order(
        &self,
        clip: &ClipRequest,
        material: ClipMaterial,
        may_begin: MayBegin,
    ) -> Result<String, MakerError> {
        if clip.from.is_some() {
            return Err(MakerError::Refused(format!("{NAME} makes nothing of an earlier clip: name another provider")));
        }
        let url = self.call(clip, "predictLongRunning")?;
        let incoming =
            self.wire.pay(url, &body(clip, &material), may_begin).await.map_err(|unspoken| unspoken.error)?;
        named(incoming, self.most_clip_bytes, |ordered: Ordered| ordered.name).await
    }

    async fn ask(&self, clip: &ClipRequest, operation: &str) -> Result<Generating, MakerError> {
        let url = self.call(clip, "fetchPredictOperation")?;
        let asked = json!({"operationName": operation});
        let mut incoming = self.wire.pay(url, &asked, Box::new(|| true)).await.map_err(unknown_or)?;
        let Operation { done, error, response } = told(&mut incoming, self.most_clip_bytes).await?;
        if !done {
            return Ok(Generating::Running);
        }
        if error.is_some() {
            return Err(unfinished(NAME, "", error.as_ref()));
        }
        let mut response = response.unwrap_or_default();
        if let Some(inner) = response.generate_video_response.take() {
            response = *inner;
        }
        match response.generated_samples.into_iter().flatten().next() {
            Some(Sample::Wrapped { video } | Sample::Plain(video)) => {
                video.delivery(&incoming, self.most_clip_bytes).map(Generating::Done)
            }
            None => Err(refused(&quoted(&response.rai_media_filtered_reasons.unwrap_or_default().join("; ")))),
        }
    }

    async fn fetch(&self, address: &str) -> Result<Bytes, MakerError> {
        fetched(&self.wire, address, self.most_clip_bytes).await
    }
}

/// What it means that it says nothing of an operation. The question is a post, and costs nothing.
fn unknown_or(unspoken: Unspoken) -> MakerError {
    match unspoken.reply {
        Some(reply) if reply.status == 404 => gone(NAME, &Complaint::of(reply.body.as_bytes(), None).quoted()),
        _ => free(unspoken.error),
    }
}

fn body(clip: &ClipRequest, material: &ClipMaterial) -> Value {
    let mut instance = json!({"prompt": clip.text});
    if let Some(image) = &material.image {
        instance["image"] = json!({"bytesBase64Encoded": encoded(image), "mimeType": image_type(image)});
    }
    json!({
        "instances": [instance],
        "parameters": {
            "aspectRatio": clip.aspect.name(), "durationSeconds": clip.seconds, "resolution": format!("{}p", clip.lines),
            "personGeneration": "allow_adult", "sampleCount": 1,
        },
    })
}
