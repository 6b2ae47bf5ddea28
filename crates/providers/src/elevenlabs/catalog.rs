//! What an account of ElevenLabs may use: models, voices, formats.

use crate::http::Wire;
use serde::Deserialize;
use story::maker::MakerError;
use story::script::VoiceSettings;
use story::speech::{Catalog, Model, Voice};

/// A model, as `GET /v1/models` tells it; whatever is absent is guessed on the safe side.
#[derive(Deserialize)]
struct Told {
    model_id: String,
    can_do_text_to_speech: Option<bool>,
    maximum_text_length_per_request: Option<u64>,
    token_cost_factor: Option<f64>,
    model_rates: Option<Rates>,
    languages: Option<Vec<Language>>,
}

#[derive(Deserialize)]
struct Rates {
    character_cost_multiplier: Option<f64>,
}

#[derive(Deserialize)]
struct Language {
    language_id: String,
}

impl From<Told> for Model {
    fn from(told: Told) -> Self {
        let id = told.model_id;
        let multiplier = told.model_rates.and_then(|rates| rates.character_cost_multiplier);
        let languages = told.languages.unwrap_or_default().into_iter().map(|language| language.language_id);
        // Multilingual models find the language out by themselves and refuse to be told.
        let languages = languages.filter(|_| !id.starts_with("eleven_multilingual_")).collect();
        let is_v3 = id.starts_with("eleven_v3");
        Self {
            max_characters: told.maximum_text_length_per_request.unwrap_or_else(|| documented_limit(&id)),
            cost_factor: multiplier.or(told.token_cost_factor).unwrap_or(1.0),
            languages,
            stitches: !is_v3,
            stability_steps: if is_v3 { vec![0.0, 0.5, 1.0] } else { Vec::new() },
            id,
        }
    }
}

/// Characters of one request where the account does not tell (elevenlabs.io/docs/models).
fn documented_limit(model: &str) -> u64 {
    match model {
        "eleven_v3" => 5_000,
        "eleven_flash_v2_5" | "eleven_turbo_v2_5" => 40_000,
        "eleven_flash_v2" | "eleven_turbo_v2" => 30_000,
        "eleven_v4" | "eleven_multilingual_v2" => 10_000,
        _ => 5_000,
    }
}

#[derive(Deserialize)]
struct Plan {
    tier: Option<String>,
}

pub(super) async fn catalog(wire: &Wire, format: &str) -> Result<Catalog, MakerError> {
    let address = |path: &[&str]| wire.address(path).expect("the path is plain");
    let models = wire.read::<Vec<Told>>(address(&["v1", "models"]));
    let plan = wire.read::<Plan>(address(&["v1", "user", "subscription"]));
    let (models, plan) = tokio::join!(models, plan);
    let tier = match plan {
        Ok(plan) => plan.tier.unwrap_or_default(),
        // A key may be kept from its account's plan: then the call itself tells.
        Err(MakerError::Spent(_) | MakerError::Refused(_)) => String::new(),
        Err(error) => return Err(error),
    };
    let speaks = |told: &Told| told.can_do_text_to_speech != Some(false);
    let models = models?.into_iter().filter(speaks).map(Model::from).collect();
    Ok(Catalog { models, takes_other_models: false, refused_format: refused(format, &tier) })
}

/// Why a format is not to be had: never as a stream, or not on this plan (words of its specification).
fn refused(format: &str, tier: &str) -> Option<String> {
    if format.starts_with("wav_") {
        return Some(format!("ElevenLabs does not stream {format}: choose mp3_44100_128"));
    }
    // Names of plans come with dates behind them.
    let small = ["free", "starter", "creator"].iter().position(|small| tier.split('_').next() == Some(small))?;
    let (needed, is_too_small) = match format {
        "mp3_44100_192" => ("Creator", small < 2),
        "pcm_44100" | "pcm_48000" => ("Pro", true),
        _ => return None,
    };
    is_too_small
        .then(|| format!("{format} needs ElevenLabs' plan {needed} or a larger one, and this account's is {tier}"))
}

/// A voice, as `GET /v1/voices/{id}` tells it.
#[derive(Deserialize)]
struct ToldVoice {
    voice_id: String,
    name: Option<String>,
    settings: Option<ToldSettings>,
}

/// Settings, where they are told; there may be more of them.
#[derive(Default, Deserialize)]
pub(super) struct ToldSettings {
    stability: Option<f64>,
    similarity_boost: Option<f64>,
    style: Option<f64>,
    use_speaker_boost: Option<bool>,
    speed: Option<f64>,
}

impl From<ToldSettings> for VoiceSettings {
    fn from(told: ToldSettings) -> Self {
        let ToldSettings { stability, similarity_boost, style, use_speaker_boost, speed } = told;
        // Told as 32-bit floats, 0.3 is 0.30000001192: a key that no script has.
        let round = |number: Option<f64>| number.map(|number| (number * 1e6).round() / 1e6);
        let [stability, similarity_boost, style, speed] = [stability, similarity_boost, style, speed].map(round);
        Self { stability, similarity_boost, style, use_speaker_boost, speed }
    }
}

/// What applies where neither request nor voice says anything (its specification).
const DOCUMENTED: VoiceSettings = VoiceSettings {
    stability: Some(0.5),
    similarity_boost: Some(0.75),
    style: Some(0.0),
    use_speaker_boost: Some(true),
    speed: Some(1.0),
};

pub(super) async fn voice(wire: &Wire, id: &str) -> Result<Option<Voice>, MakerError> {
    let Some(url) = wire.address(&["v1", "voices", id]) else { return Ok(None) };
    let Some(told) = wire.find::<ToldVoice>(url, is_no_voice).await? else { return Ok(None) };
    let mut settings: VoiceSettings = told.settings.unwrap_or_default().into();
    if !is_filled(&settings) {
        let url = wire.address(&["v1", "voices", id, "settings"]).expect("it was an address before");
        let own = wire.find::<ToldSettings>(url, is_no_voice).await?;
        settings = settings.or(own.unwrap_or_default().into()).or(DOCUMENTED);
    }
    Ok(Some(Voice { name: told.name.unwrap_or_else(|| told.voice_id.clone()), id: told.voice_id, settings }))
}

/// Newer answers say 404, older ones 400 and a code.
fn is_no_voice(status: u16, code: &str) -> bool {
    status == 404 || (status == 400 && matches!(code, "voice_not_found" | "voice_does_not_exist" | "invalid_voice_id"))
}

fn is_filled(settings: &VoiceSettings) -> bool {
    let VoiceSettings { stability, similarity_boost, style, use_speaker_boost, speed } = settings;
    [stability, similarity_boost, style, speed].iter().all(|it| it.is_some()) && use_speaker_boost.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_refuses_the_formats_it_is_too_small_for() {
        for (format, tier, needed) in [
            ("mp3_44100_128", "free", None),
            ("mp3_44100_192", "free", Some("Creator")),
            ("mp3_44100_192", "starter", Some("Creator")),
            ("mp3_44100_192", "creator", None),
            ("pcm_24000", "free", None),
            ("pcm_44100", "creator", Some("Pro")),
            ("pcm_44100", "creator_2025_07_23", Some("Pro")),
            ("pcm_48000", "free", Some("Pro")),
            ("pcm_44100", "pro", None),
            ("pcm_44100", "growing_business", None),
            ("pcm_44100", "", None),
            ("wav_44100", "enterprise", Some("does not stream")),
        ] {
            let refused = refused(format, tier);
            let is_expected = needed.map_or(refused.is_none(), |word| refused.iter().any(|why| why.contains(word)));
            assert!(is_expected, "{format} on {tier}: {refused:?}");
        }
    }

    #[test]
    fn a_model_that_tells_nothing_is_taken_with_care() {
        let told = |json: &str| Model::from(serde_json::from_str::<Told>(json).unwrap());
        for (id, max_characters) in [("eleven_v3", 5_000), ("eleven_flash_v2_5", 40_000), ("eleven_v9", 5_000)] {
            let model = told(&format!(r#"{{"model_id":"{id}"}}"#));
            assert_eq!((model.max_characters, model.cost_factor), (max_characters, 1.0), "{id}");
            assert_eq!(
                (model.stitches, model.stability_steps.len()),
                if id == "eleven_v3" { (false, 3) } else { (true, 0) }
            );
        }
        let model = told(
            r#"{"model_id":"eleven_flash_v2_5","maximum_text_length_per_request":5000,"token_cost_factor":1.0,"model_rates":{"character_cost_multiplier":0.5,"x":1},"languages":[{"language_id":"en","name":"English"}]}"#,
        );
        assert_eq!((model.max_characters, model.cost_factor, model.languages), (5_000, 0.5, vec!["en".to_owned()]));
        let model =
            told(r#"{"model_id":"eleven_multilingual_v2","token_cost_factor":0.7,"languages":[{"language_id":"en"}]}"#);
        assert_eq!((model.cost_factor, model.languages.len()), (0.7, 0));
    }
}
