//! What is sent for a take.

use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use story::script::{Normalization, VoiceSettings};
use story::speech::{Context, TakeRequest};

/// The body of a request for speech. Which reading of the line it is, is our matter: a retake is simply asked for again.
#[derive(Serialize)]
pub(super) struct Said<'a> {
    text: &'a str,
    model_id: &'a str,
    voice_settings: Settings<'a>,
    apply_text_normalization: Normalization,
    #[serde(skip_serializing_if = "Option::is_none")]
    language_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_text: Option<&'a str>,
    #[serde(flatten)]
    extra: BTreeMap<&'a str, &'a Value>,
}

#[derive(Serialize)]
struct Settings<'a> {
    #[serde(flatten)]
    known: &'a VoiceSettings,
    #[serde(flatten)]
    extra: Option<&'a Value>,
}

/// The field of the body whose fields are sent with those of the voice.
const SETTINGS: &str = "voice_settings";

impl<'a> Said<'a> {
    pub(super) fn of(request: &'a TakeRequest) -> Self {
        let beside =
            |side: fn(&Context) -> Option<&String>| request.context.as_ref().and_then(side).map(String::as_str);
        let extra = || request.extra.iter().flat_map(|extra| &extra.body);
        Self {
            text: &request.text,
            model_id: &request.model,
            voice_settings: Settings {
                known: &request.settings,
                extra: extra().find(|(name, _)| *name == SETTINGS).map(|(_, settings)| settings),
            },
            apply_text_normalization: request.normalization,
            language_code: request.language.as_deref(),
            seed: request.seed,
            previous_text: beside(|context| context.before.as_ref()),
            next_text: beside(|context| context.after.as_ref()),
            extra: extra().filter(|(name, _)| *name != SETTINGS).map(|(name, value)| (name.as_str(), value)).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn request() -> TakeRequest {
        TakeRequest {
            settings: VoiceSettings {
                stability: Some(0.5),
                similarity_boost: Some(0.75),
                style: Some(0.0),
                use_speaker_boost: Some(true),
                speed: Some(1.0),
            },
            retake: 3,
            ..TakeRequest::plain("elevenlabs", "eleven_multilingual_v2", "george", "Hi \"you\"")
        }
    }

    fn check(request: &TakeRequest, more: &Value) {
        let mut expected = json!({
            "text": "Hi \"you\"",
            "model_id": "eleven_multilingual_v2",
            "voice_settings": {"stability": 0.5, "similarity_boost": 0.75, "style": 0.0, "use_speaker_boost": true, "speed": 1.0},
            "apply_text_normalization": "auto",
        });
        for (name, value) in more.as_object().unwrap() {
            expected[name] = value.clone();
        }
        assert_eq!(serde_json::to_value(Said::of(request)).unwrap(), expected);
    }

    #[test]
    fn only_what_was_asked_for_is_sent() {
        check(&request(), &json!({}));
        check(&TakeRequest { language: Some("de".to_owned()), ..request() }, &json!({"language_code": "de"}));
        check(&TakeRequest { language: Some("pt-BR".to_owned()), ..request() }, &json!({"language_code": "pt-BR"}));
        check(&TakeRequest { seed: Some(4_294_967_295), ..request() }, &json!({"seed": 4_294_967_295_u64}));
        check(
            &TakeRequest { normalization: Normalization::Off, ..request() },
            &json!({"apply_text_normalization": "off"}),
        );
        let context = |before: Option<&str>, after: Option<&str>| {
            Some(Context { before: before.map(str::to_owned), after: after.map(str::to_owned) })
        };
        check(&TakeRequest { context: context(None, None), ..request() }, &json!({}));
        check(
            &TakeRequest { context: context(Some("a"), Some("b")), ..request() },
            &json!({"previous_text": "a", "next_text": "b"}),
        );
    }
}
