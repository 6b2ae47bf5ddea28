//! The double's account as a provider in memory: what it tells of itself, and how a call is begun there.

pub(crate) mod history;

use doubles::Account;
use doubles::account::{Call, Endpoint, MODELS, Refusal, SpeechCall, SpeechQuery};
use serde_json::{Value, json};
use story::script::VoiceSettings;
use story::speech::{Catalog, Model, Profile, TakeRequest, Voice};

const KEY: &str = "sk_double";

pub(crate) fn profile() -> Profile {
    Profile {
        provider: "double".into(),
        base_url: String::new(),
        account: "account".into(),
        model: "eleven_multilingual_v2".into(),
        voices: vec!["JBFqnCBsd6RMkjVDRZzb".into(), "EXAVITQu4vr4xnSDxMaL".into()],
        format: "mp3_44100_128".into(),
        usd_per_1000_characters: 0.1,
        rehearsed: false,
    }
}

pub(crate) fn catalog() -> Catalog {
    let speaking = MODELS.iter().filter(|model| model.speaks).map(|model| Model {
        id: model.id.into(),
        max_characters: model.limit as u64,
        cost_factor: model.multiplier,
        languages: Vec::new(),
        stitches: true,
        stability_steps: Vec::new(),
    });
    Catalog { models: speaking.collect(), takes_other_models: false, refused_format: None }
}

/// A voice, if there is one of that name.
pub(crate) fn voice(account: &mut Account, id: &str) -> Option<Voice> {
    let found = account.voice(id).ok()?;
    Some(Voice { settings: settings(&json!(found.settings)), id: found.id, name: found.name })
}

/// Settings as the double spells them.
pub(crate) fn settings(told: &Value) -> VoiceSettings {
    serde_json::from_value(told.clone()).expect("the double spells settings as scripts do")
}

/// Begins a call, which is charged here if it ever is.
pub(crate) fn begin(account: &mut Account, request: &TakeRequest, now_ms: u64) -> Result<Call, Refusal> {
    let query = SpeechQuery { output_format: Some(request.format.clone()), enable_logging: None };
    let body = json!({ "text": request.text, "model_id": request.model, "voice_settings": request.settings });
    let call = SpeechCall {
        endpoint: Endpoint::StreamWithTimestamps,
        api_key: Some(KEY),
        voice_id: &request.voice,
        query: &query,
        body: &body,
    };
    account.begin(call, now_ms)
}
