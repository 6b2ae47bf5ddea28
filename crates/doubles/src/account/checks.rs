//! Whether a request for speech is one that the provider takes (PROVIDERS 1.3, 1.4, 1.7).

use super::charge::{Endpoint, SpeechCall};
use super::models::{self, Model};
use super::refusal::{self, Reason};
use super::settings::Tier;
use super::voices::{Voice, VoiceSettings};
use crate::sound::Format;
use serde_json::{Map, Value};

/// A request that may be spoken.
pub(super) struct Checked {
    pub(super) text: String,
    pub(super) model: &'static Model,
    pub(super) voice: Voice,
    pub(super) settings: VoiceSettings,
    pub(super) seed: Option<u64>,
    pub(super) format: Format,
    pub(super) format_name: String,
}

/// The model of a request that names none.
pub(super) const DEFAULT_MODEL: &str = "eleven_multilingual_v2";
const DEFAULT_FORMAT: &str = "mp3_44100_128";

pub(super) fn check(call: &SpeechCall<'_>, tier: Tier, voices: &[Voice]) -> Result<Checked, Reason> {
    let Some(body) = call.body.as_object() else {
        return Err(refusal::invalid("body", "", "model_attributes_type", "Input should be a valid dictionary"));
    };
    let text = match body.get("text") {
        None => return Err(refusal::invalid("body", "text", "missing", "Field required")),
        Some(Value::String(text)) => text.clone(),
        Some(_) => return Err(refusal::invalid("body", "text", "string_type", "Input should be a valid string")),
    };
    let model_id = string(body, "model_id")?.unwrap_or(DEFAULT_MODEL);
    string(body, "language_code")?;
    let seed = seed(body)?;
    let asked = settings(body)?;
    let stitched = stitching(body)?;
    normalization(body)?;
    let format_name = call.query.output_format.clone().unwrap_or_else(|| DEFAULT_FORMAT.to_owned());
    let format = format(&format_name, call.endpoint)?;

    if text.trim().is_empty() {
        return Err(refusal::empty_text());
    }
    let model = models::find(model_id).ok_or_else(|| refusal::model_not_found(model_id))?;
    if !model.speaks {
        return Err(refusal::model_cannot_speak(model_id));
    }
    let length = text.chars().count();
    if length > model.limit {
        return Err(refusal::text_too_long(length, model.limit));
    }
    let voice = voices.iter().find(|voice| voice.id == call.voice_id);
    let voice = voice.cloned().ok_or_else(|| refusal::voice_not_found(call.voice_id))?;
    if tier == Tier::Free && voice.category == "professional" {
        return Err(refusal::paid_plan_required());
    }
    gate(&format_name, format, tier)?;
    if model.third() {
        if stitched {
            return Err(refusal::no_stitching(model_id));
        }
        if asked.get("stability").is_some_and(|value| ![0.0, 0.5, 1.0].contains(value)) {
            return Err(refusal::wrong_stability());
        }
    }
    let settings = resolved(&voice, &asked, body);
    Ok(Checked { text, model, voice, settings, seed, format, format_name })
}

fn string<'a>(body: &'a Map<String, Value>, field: &str) -> Result<Option<&'a str>, Reason> {
    match body.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(value)) => Ok(Some(value)),
        Some(_) => Err(refusal::invalid("body", field, "string_type", "Input should be a valid string")),
    }
}

fn seed(body: &Map<String, Value>) -> Result<Option<u64>, Reason> {
    match body.get("seed") {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_u64() {
            Some(seed) if seed <= u64::from(u32::MAX) => Ok(Some(seed)),
            Some(_) => Err(refusal::invalid(
                "body",
                "seed",
                "less_than_equal",
                "Input should be less than or equal to 4294967295",
            )),
            None => Err(refusal::invalid("body", "seed", "int_type", "Input should be a valid integer")),
        },
    }
}

type Asked = std::collections::BTreeMap<&'static str, f64>;

/// The numbers among `voice_settings` that were sent.
fn settings(body: &Map<String, Value>) -> Result<Asked, Reason> {
    let mut asked = Asked::new();
    let sent = match body.get("voice_settings") {
        None | Some(Value::Null) => return Ok(asked),
        Some(Value::Object(sent)) => sent,
        Some(_) => {
            return Err(refusal::invalid(
                "body",
                "voice_settings",
                "model_attributes_type",
                "Input should be a valid dictionary",
            ));
        }
    };
    for (name, low, high) in
        [("stability", 0.0, 1.0), ("similarity_boost", 0.0, 1.0), ("style", 0.0, 1.0), ("speed", 0.25, 4.0)]
    {
        let at = format!("voice_settings.{name}");
        match sent.get(name) {
            None | Some(Value::Null) => {}
            Some(value) => match value.as_f64() {
                Some(number) if (low..=high).contains(&number) => {
                    asked.insert(name, number);
                }
                Some(number) if number < low => {
                    return Err(refusal::invalid(
                        "body",
                        &at,
                        "greater_than_equal",
                        format!("Input should be greater than or equal to {low}"),
                    ));
                }
                Some(_) => {
                    return Err(refusal::invalid(
                        "body",
                        &at,
                        "less_than_equal",
                        format!("Input should be less than or equal to {high}"),
                    ));
                }
                None => return Err(refusal::invalid("body", &at, "float_type", "Input should be a valid number")),
            },
        }
    }
    Ok(asked)
}

/// Whether the request names what is spoken before or after it.
fn stitching(body: &Map<String, Value>) -> Result<bool, Reason> {
    let mut stitched = string(body, "previous_text")?.is_some() | string(body, "next_text")?.is_some();
    for field in ["previous_request_ids", "next_request_ids", "pronunciation_dictionary_locators"] {
        match body.get(field) {
            None | Some(Value::Null) => {}
            Some(Value::Array(list)) if list.len() > 3 => {
                let message = format!("List should have at most 3 items after validation, not {}", list.len());
                return Err(refusal::invalid("body", field, "too_long", message));
            }
            Some(Value::Array(list)) => stitched |= field.ends_with("request_ids") && !list.is_empty(),
            Some(_) => return Err(refusal::invalid("body", field, "list_type", "Input should be a valid list")),
        }
    }
    Ok(stitched)
}

fn normalization(body: &Map<String, Value>) -> Result<(), Reason> {
    match string(body, "apply_text_normalization")? {
        None | Some("auto" | "on" | "off") => Ok(()),
        Some(_) => {
            Err(refusal::invalid("body", "apply_text_normalization", "enum", "Input should be 'auto', 'on' or 'off'"))
        }
    }
}

fn format(name: &str, endpoint: Endpoint) -> Result<Format, Reason> {
    let unknown =
        || refusal::invalid("query", "output_format", "enum", "Input should be one of the output formats of the API");
    let format = Format::named(name).ok_or_else(unknown)?;
    match format {
        // The stream endpoints take only the formats that need no length before their sound.
        Format::Wav(_) if endpoint.streams() => Err(unknown()),
        Format::Opus => Err(refusal::unspoken_format(name)),
        _ => Ok(format),
    }
}

fn gate(name: &str, format: Format, tier: Tier) -> Result<(), Reason> {
    match format {
        Format::Mp3(_, 192) if tier < Tier::Creator => Err(refusal::gated_format(name, "Creator")),
        Format::Pcm(44_100 | 48_000) | Format::Wav(44_100 | 48_000) if tier < Tier::Pro => {
            Err(refusal::gated_format(name, "Pro"))
        }
        _ => Ok(()),
    }
}

fn resolved(voice: &Voice, asked: &Asked, body: &Map<String, Value>) -> VoiceSettings {
    let number = |name: &str, own: f64| asked.get(name).copied().unwrap_or(own);
    let boost = body.get("voice_settings").and_then(|sent| sent["use_speaker_boost"].as_bool());
    VoiceSettings {
        stability: number("stability", voice.settings.stability),
        use_speaker_boost: boost.unwrap_or(voice.settings.use_speaker_boost),
        similarity_boost: number("similarity_boost", voice.settings.similarity_boost),
        style: number("style", voice.settings.style),
        speed: number("speed", voice.settings.speed),
    }
}
