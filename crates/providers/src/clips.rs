//! Who generates clips: Gemini Omni by the Interactions API, and Veo on Vertex; what their answers have in common.
//! Only the order is paid: whatever goes wrong with a later question, or with the fetching, may be tried again.

mod omni;
mod veo;

pub use omni::Omni;
pub use veo::Veo;

use crate::http::{Complaint, Incoming, Key, Timeouts, Wire, free, quoted, retry_after_ms};
use crate::images::{busy, decoded, patient};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use reqwest::header::HeaderMap;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use story::clips::{ClipModel, Delivery};
use story::maker::MakerError;

/// What a provider of clips is called with.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The key, or the access token.
    pub key: Key,
    /// Where it is reached: what stands before `/v1beta`, or before Vertex's `/publishers`.
    pub base_url: String,
    /// The setting that says so, for sentences about it.
    pub base_url_setting: &'static str,
    /// The model that is taken where none is named.
    pub model: Option<String>,
    /// How long it may take to answer.
    pub timeouts: Timeouts,
    /// The largest clip that is taken, in bytes.
    pub most_clip_bytes: usize,
}

impl Settings {
    /// Gemini Omni at Google's own address.
    #[must_use]
    pub fn omni(key: Key) -> Self {
        Self::new(key, "https://generativelanguage.googleapis.com".to_owned(), "GEMINI_BASE_URL")
    }

    /// Veo in a project of Google's cloud, with an access token of it (`gcloud auth print-access-token`).
    #[must_use]
    pub fn veo(token: Key, project: &str, region: &str) -> Self {
        let host = format!("https://{region}-aiplatform.googleapis.com");
        Self::new(token, format!("{host}/v1/projects/{project}/locations/{region}"), "VERTEX_REGION")
    }

    fn new(key: Key, base_url: String, base_url_setting: &'static str) -> Self {
        // An order may carry a picture or a clip.
        let timeouts = patient();
        Self { key, base_url, base_url_setting, model: None, timeouts, most_clip_bytes: 256 << 20 }
    }
}

/// The models, the one first that is taken where none is named. One that came out since is taken to be as the newest.
fn led_by(named: Option<&String>, mut models: Vec<ClipModel>) -> Vec<ClipModel> {
    if let Some(named) = named {
        match models.iter().position(|model| model.name == *named) {
            Some(index) => models.swap(0, index),
            None => models.insert(0, ClipModel { name: named.clone(), ..models[0].clone() }),
        }
    }
    models
}

/// A video as an answer holds it: the bytes, or where they lie.
#[derive(Deserialize)]
struct Video {
    #[serde(alias = "bytesBase64Encoded")]
    data: Option<String>,
    uri: Option<String>,
}

impl Video {
    fn delivery(self, incoming: &Incoming, most_bytes: usize) -> Result<Delivery, MakerError> {
        let some = |text: Option<String>| text.filter(|text| !text.is_empty());
        match (some(self.data), some(self.uri)) {
            (Some(data), _) => {
                let bytes = decoded(incoming, &data).map_err(free)?;
                if bytes.len() > most_bytes { Err(too_large(most_bytes)) } else { Ok(Delivery::Bytes(bytes)) }
            }
            (None, Some(uri)) => Ok(Delivery::Address(uri)),
            (None, None) => {
                Err(MakerError::Refused("the provider says that the clip is there, and sends none".to_owned()))
            }
        }
    }
}

/// What a provider says of a clip that was ordered, be it with the clip in it.
async fn told<T: DeserializeOwned>(incoming: &mut Incoming, most_clip_bytes: usize) -> Result<T, MakerError> {
    let json = incoming
        .within(most_answer_bytes(most_clip_bytes))
        .await
        .map_err(free)?
        .ok_or_else(|| too_large(most_clip_bytes))?;
    serde_json::from_slice(&json).map_err(|_| free(incoming.unknown("is nothing that can be read")))
}

/// The provider's name of what was ordered. It was charged: without its name it cannot be asked for.
/// (What was sent may stand in the answer too.)
async fn named<T: DeserializeOwned>(
    mut incoming: Incoming,
    most_clip_bytes: usize,
    name: fn(T) -> Option<String>,
) -> Result<String, MakerError> {
    let json = incoming.whole(most_answer_bytes(most_clip_bytes)).await?;
    let name = serde_json::from_slice(&json).ok().and_then(name).filter(|name| !name.is_empty());
    name.ok_or_else(|| incoming.unknown("does not name what was ordered"))
}

/// An answer with a clip in base64, and what else it says.
fn most_answer_bytes(most_clip_bytes: usize) -> usize {
    most_clip_bytes / 3 * 4 + (1 << 20)
}

/// The clip that lies at an address.
async fn fetched(wire: &Wire, address: &str, most_bytes: usize) -> Result<Bytes, MakerError> {
    let mut incoming = wire.fetch(address).await.map_err(free)?;
    let clip = incoming.within(most_bytes).await.map_err(free)?.ok_or_else(|| too_large(most_bytes))?;
    if clip.is_empty() { Err(free(incoming.unknown("holds no clip"))) } else { Ok(clip.into()) }
}

/// It would be as large if it were asked for again.
fn too_large(most_bytes: usize) -> MakerError {
    MakerError::Refused(format!(
        "the clip is larger than {most_bytes} bytes: ask for a shorter one, or for fewer lines"
    ))
}

/// What a picture is by its first bytes.
fn image_type(image: &Bytes) -> &'static str {
    match image.first_chunk() {
        Some(b"\x89PNG") => "image/png",
        Some(b"RIFF") => "image/webp",
        _ => "image/jpeg",
    }
}

fn encoded(bytes: &Bytes) -> Value {
    json!(STANDARD.encode(bytes))
}

/// The vendor generates no such thing; its reason follows.
fn refused(said: &str) -> MakerError {
    MakerError::Refused(format!("the clip was refused by the provider: say it in other words{said}"))
}

/// It ended, and there is no clip; what went wrong may stand in the answer.
fn unfinished(vendor: &str, how: &str, error: Option<&Value>) -> MakerError {
    let message = error.and_then(|error| error["message"].as_str()).unwrap_or_default();
    MakerError::Refused(format!("{vendor} did not finish the clip{how}{}", quoted(message)))
}

/// The vendor has forgotten what was ordered, or keeps it no longer.
fn gone(vendor: &str, said: &str) -> MakerError {
    MakerError::Refused(format!("{vendor} no longer knows the clip that was ordered: order it again{said}"))
}

/// The meaning of a status and of the code in its body (PROVIDERS 3.5).
fn meaning(
    (name, key): (&str, &str),
    (status, headers, complaint): (u16, &HeaderMap, &Complaint),
    base_url_setting: &str,
) -> MakerError {
    let said = complaint.quoted();
    let code = complaint.code.as_str();
    let no_key = || MakerError::Spent(format!("{name} does not take the key: set {key}{said}"));
    match status {
        400 if code.starts_with("API_KEY") => no_key(),
        // Where the account may not be used from, or has nobody who pays.
        400 if code.eq_ignore_ascii_case("FAILED_PRECONDITION") => {
            MakerError::Spent(format!("{name} generates nothing for the account of {key} as it is{said}"))
        }
        400 if complaint.message.to_lowercase().contains("blocked") => refused(&said),
        401 | 403 => no_key(),
        402 => MakerError::Spent(format!("the account of {key} has no credit left: add credit at Google{said}")),
        404 => MakerError::Refused(format!(
            "{name} does not have this model: set ONETAKE_CLIPS_MODEL to one that it has, or look at {base_url_setting}{said}"
        )),
        429 if code.contains("PerDay") => MakerError::Spent(format!(
            "what the account of {key} may generate in a day is used up: wait until tomorrow, or raise it at Google{said}"
        )),
        429 => busy(complaint.wait_ms.max(retry_after_ms(headers))),
        408 | 409 => MakerError::Unknown(format!("{name} gave up on it ({status}){said}")),
        400..=499 => MakerError::Refused(format!("{name} refused to generate ({status}){said}")),
        // In its own words: a gateway on the way says 503 of an order that it may well have passed on.
        503 if !code.is_empty() => {
            MakerError::Broken(format!("{name} is out of service or has too much to do (503){said}"))
        }
        // It may have taken the order before it failed.
        _ => MakerError::Unknown(format!("{name} failed while it answered ({status}){said}")),
    }
}
