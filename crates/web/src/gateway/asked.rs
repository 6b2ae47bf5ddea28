//! What a client of `ElevenLabs` asks for, as the request for a take; and what the provider would refuse, refused before anything
//! waits for it.

use super::Gateway;
use super::refusal::Refusal;
use axum::extract::Query;
use axum::http::{HeaderMap, Uri};
use futures_util::future::try_join;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use story::script::{Normalization, VoiceSettings};
use story::speech::{Context, Extra, Profile, TakeRequest};
use story::ticket::Priority;

/// The model of a request that names none, where `ElevenLabs` speaks.
const MODEL: &str = "eleven_multilingual_v2";
/// The format of a request that names none.
const FORMAT: &str = "mp3_44100_128";

/// In which of its four forms an answer is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// The sound, whole.
    Whole,
    /// The sound as it is made.
    Stream,
    /// One JSON object.
    WholeTimed,
    /// JSON objects as they are made, a line each.
    StreamTimed,
}

impl Form {
    pub(super) fn streams(self) -> bool {
        matches!(self, Self::Stream | Self::StreamTimed)
    }

    pub(super) fn is_text(self) -> bool {
        matches!(self, Self::WholeTimed | Self::StreamTimed)
    }
}

/// What is wished for.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) request: TakeRequest,
    pub(super) priority: Priority,
    /// Whether silence is taken where nothing can be said.
    pub(super) takes_silence: bool,
}

/// Reads what stands in a request, whatever the provider may think of it.
pub(super) fn read(
    profile: &Profile,
    voice: &str,
    (uri, headers): (&Uri, &HeaderMap),
    body: &[u8],
    form: Form,
) -> Result<Asked, Refusal> {
    let body: Value = serde_json::from_slice(body)
        .map_err(|error| Refusal::invalid("body", "0", "json_invalid", &format!("JSON decode error: {error}")))?;
    let Value::Object(body) = body else {
        return Err(Refusal::invalid("body", "", "model_attributes_type", "Input should be a valid dictionary"));
    };
    let mut fields = Fields(body);
    if fields.0.get("text") == Some(&Value::Null) {
        return Err(Refusal::invalid("body", "text", "string_type", "Input should be a valid string"));
    }
    let Some(text) = fields.text("text")? else {
        return Err(Refusal::invalid("body", "text", "missing", "Field required"));
    };
    let own_model = if profile.provider == "elevenlabs" { MODEL } else { &profile.model };
    let model = fields.text("model_id")?.unwrap_or_else(|| own_model.to_owned());
    let (language, seed) = (fields.text("language_code")?, fields.seed()?);
    let (settings, more_settings) = fields.settings()?;
    let (before, after) = (fields.text("previous_text")?, fields.text("next_text")?);
    for list in ["previous_request_ids", "next_request_ids", "pronunciation_dictionary_locators"] {
        fields.list(list)?;
    }
    let normalization = fields.normalization()?;
    let mut query = query(uri)?;
    let format = query.remove("output_format").unwrap_or_else(|| FORMAT.to_owned());
    check_format(&format, form)?;
    let mut extra: BTreeMap<String, Value> = fields.0.into_iter().filter(|(_, value)| !value.is_null()).collect();
    if !more_settings.is_empty() {
        extra.insert("voice_settings".to_owned(), Value::Object(more_settings));
    }
    let extra = Extra { body: extra, query };
    Ok(Asked {
        request: TakeRequest {
            base_url: profile.base_url.clone(),
            settings,
            language,
            normalization,
            seed,
            format,
            context: (before.is_some() || after.is_some()).then_some(Context { before, after }),
            extra: (extra != Extra::default()).then_some(extra),
            ..TakeRequest::plain(&profile.provider, &model, voice, &text)
        },
        priority: priority(headers)?,
        takes_silence: takes_silence(headers)?,
    })
}

impl Asked {
    /// Completes the request by what the provider's account has, and refuses what it would.
    pub(super) async fn check(&mut self, gateway: &Gateway) -> Result<(), Refusal> {
        let (desk, request) = (&gateway.desk, &mut self.request);
        let speech = gateway.speech()?.as_ref();
        if request.text.trim().is_empty() {
            return Err(Refusal::empty_text());
        }
        let (catalog, voice) = try_join(
            steps::catalog::catalog(&desk.house, speech),
            steps::catalog::voice(&desk.house, speech, &request.voice),
        )
        .await?;
        let model = catalog.models.iter().find(|model| model.id == request.model);
        if model.is_none() && !catalog.takes_other_models {
            return Err(Refusal::no_model(&request.model));
        }
        let model = model.or(catalog.models.first());
        let length = request.characters();
        if let Some(model) = model.filter(|model| length > model.max_characters) {
            return Err(Refusal::text_too_long(length, model.max_characters));
        }
        let Some(voice) = voice else {
            // In the provider's own words, where it has some.
            let reply = speech.look_up(&["v1", "voices", &request.voice], None).await;
            return Err(match reply {
                Some(Ok(reply)) if reply.status != 200 => reply.into(),
                _ => Refusal::no_voice(&request.voice),
            });
        };
        if let Some(model) = model {
            if self.is_stitched() && !model.stitches {
                return Err(Refusal::no_stitching(&model.id));
            }
            let stability = self.request.settings.stability;
            let steps = &model.stability_steps;
            if stability.is_some_and(|value| !steps.is_empty() && !steps.contains(&value)) {
                return Err(Refusal::wrong_stability());
            }
        }
        self.request.settings = std::mem::take(&mut self.request.settings).or(voice.settings);
        Ok(())
    }

    fn is_stitched(&self) -> bool {
        let names = |name: &str| {
            let list = self.request.extra.as_ref().and_then(|extra| extra.body.get(name)?.as_array());
            list.is_some_and(|list| !list.is_empty())
        };
        self.request.context.is_some() || names("previous_request_ids") || names("next_request_ids")
    }
}

/// The fields of a body that were not read yet.
struct Fields(Map<String, Value>);

impl Fields {
    fn take(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name).filter(|value| !value.is_null())
    }

    fn text(&mut self, name: &str) -> Result<Option<String>, Refusal> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Refusal::invalid("body", name, "string_type", "Input should be a valid string")),
        }
    }

    fn seed(&mut self) -> Result<Option<u64>, Refusal> {
        let Some(value) = self.take("seed") else { return Ok(None) };
        let wrong = |kind: &str, message: &str| Refusal::invalid("body", "seed", kind, message);
        match value.as_u64() {
            Some(seed) if seed <= u64::from(u32::MAX) => Ok(Some(seed)),
            Some(_) => Err(wrong("less_than_equal", "Input should be less than or equal to 4294967295")),
            None => Err(wrong("int_type", "Input should be a valid integer")),
        }
    }

    fn list(&self, name: &str) -> Result<(), Refusal> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(()),
            Some(Value::Array(list)) if list.len() > 3 => {
                let message = format!("List should have at most 3 items after validation, not {}", list.len());
                Err(Refusal::invalid("body", name, "too_long", &message))
            }
            Some(Value::Array(_)) => Ok(()),
            Some(_) => Err(Refusal::invalid("body", name, "list_type", "Input should be a valid list")),
        }
    }

    fn normalization(&mut self) -> Result<Normalization, Refusal> {
        let field = "apply_text_normalization";
        Ok(match self.text(field)?.as_deref() {
            None | Some("auto") => Normalization::Auto,
            Some("on") => Normalization::On,
            Some("off") => Normalization::Off,
            Some(_) => return Err(Refusal::invalid("body", field, "enum", "Input should be 'auto', 'on' or 'off'")),
        })
    }

    /// The settings of the voice that scripts know, and any others.
    fn settings(&mut self) -> Result<(VoiceSettings, Map<String, Value>), Refusal> {
        let sent = match self.take("voice_settings") {
            None => return Ok((VoiceSettings::default(), Map::new())),
            Some(Value::Object(sent)) => sent,
            Some(_) => {
                let message = "Input should be a valid dictionary";
                return Err(Refusal::invalid("body", "voice_settings", "model_attributes_type", message));
            }
        };
        let mut sent = Fields(sent);
        let settings = VoiceSettings {
            stability: sent.number("stability", 0.0, 1.0)?,
            similarity_boost: sent.number("similarity_boost", 0.0, 1.0)?,
            style: sent.number("style", 0.0, 1.0)?,
            use_speaker_boost: match sent.take("use_speaker_boost") {
                None => None,
                Some(Value::Bool(boost)) => Some(boost),
                Some(_) => {
                    let (field, message) = ("voice_settings.use_speaker_boost", "Input should be a valid boolean");
                    return Err(Refusal::invalid("body", field, "bool_type", message));
                }
            },
            speed: sent.number("speed", 0.25, 4.0)?,
        };
        sent.0.retain(|_, value| !value.is_null());
        Ok((settings, sent.0))
    }

    fn number(&mut self, name: &str, low: f64, high: f64) -> Result<Option<f64>, Refusal> {
        let Some(value) = self.take(name) else { return Ok(None) };
        let wrong =
            |kind: &str, message: &str| Err(Refusal::invalid("body", &format!("voice_settings.{name}"), kind, message));
        match value.as_f64() {
            Some(number) if number < low => {
                wrong("greater_than_equal", &format!("Input should be greater than or equal to {low}"))
            }
            Some(number) if number > high => {
                wrong("less_than_equal", &format!("Input should be less than or equal to {high}"))
            }
            Some(number) => Ok(Some(number)),
            None => wrong("float_type", "Input should be a valid number"),
        }
    }
}

/// The parameters of the query; of one that stands there twice, the last.
fn query(uri: &Uri) -> Result<BTreeMap<String, String>, Refusal> {
    let unreadable = |_| Refusal::invalid("query", "", "value_error", "The query cannot be read; percent-encode it");
    Query::<BTreeMap<String, String>>::try_from_uri(uri).map(|Query(query)| query).map_err(unreadable)
}

/// A format of the provider's list; sound that begins with its length is not streamed.
fn check_format(format: &str, form: Form) -> Result<(), Refusal> {
    let parts: Vec<&str> = format.split('_').collect();
    let is_known = match parts.as_slice() {
        ["mp3", "22050", "32"] | ["mp3", "24000", "48"] | ["ulaw" | "alaw", "8000"] => true,
        ["mp3", "44100", kilobits] | ["opus", "48000", kilobits] => {
            matches!(*kilobits, "32" | "64" | "96" | "128" | "192")
        }
        [kind @ ("pcm" | "wav"), rate] => {
            let streams = *kind == "pcm" || !form.streams();
            streams && ["8000", "16000", "22050", "24000", "32000", "44100", "48000"].contains(rate)
        }
        _ => false,
    };
    let message = "Input should be one of the output formats of the API";
    if is_known { Ok(()) } else { Err(Refusal::invalid("query", "output_format", "enum", message)) }
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    Some(headers.get(name)?.to_str().unwrap_or("?").trim())
}

fn priority(headers: &HeaderMap) -> Result<Priority, Refusal> {
    let name = "x-onetake-priority";
    Ok(match header(headers, name) {
        None | Some("interactive") => Priority::Interactive,
        Some("preview") => Priority::Preview,
        Some("video") => Priority::Video,
        Some(_) => {
            return Err(Refusal::invalid(
                "header",
                name,
                "enum",
                "Input should be 'interactive', 'preview' or 'video'",
            ));
        }
    })
}

fn takes_silence(headers: &HeaderMap) -> Result<bool, Refusal> {
    let name = "x-onetake-on-failure";
    match header(headers, name) {
        None | Some("fail") => Ok(false),
        Some("silence") => Ok(true),
        Some(_) => Err(Refusal::invalid("header", name, "enum", "Input should be 'fail' or 'silence'")),
    }
}
