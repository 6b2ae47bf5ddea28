//! The models on sale (PROVIDERS 1.8 and 1.9).

use serde_json::{Value, json};

/// A model as the provider's list describes it.
#[derive(Debug, Clone)]
pub struct Model {
    /// As requests name it.
    pub id: &'static str,
    /// As people name it.
    pub name: &'static str,
    /// Characters that one request may have.
    pub limit: usize,
    /// Credits for each character.
    pub multiplier: f64,
    /// The group in which its calls are counted.
    pub group: &'static str,
    /// Whether it takes text at all.
    pub speaks: bool,
    /// The languages that it speaks.
    pub languages: &'static [(&'static str, &'static str)],
}

impl Model {
    /// What a text costs.
    pub fn cost(&self, characters: usize) -> u64 {
        (characters as f64 * self.multiplier).ceil() as u64
    }

    /// The fast models, which have a wider lane.
    pub fn fast(&self) -> bool {
        self.group == FAST
    }

    /// The models that know only three steps of stability and no neighbours.
    pub fn third(&self) -> bool {
        self.id == "eleven_v3"
    }

    /// Whether words in square brackets are directions, not speech.
    pub fn has_tags(&self) -> bool {
        self.third() || self.id.starts_with("eleven_v4")
    }

    /// As `GET /v1/models` shows it.
    pub fn json(&self) -> Value {
        let languages: Vec<Value> =
            self.languages.iter().map(|(id, name)| json!({"language_id": id, "name": name})).collect();
        json!({
            "model_id": self.id, "name": self.name, "description": format!("{} of the double.", self.name),
            "can_be_finetuned": false, "can_do_text_to_speech": self.speaks, "can_do_voice_conversion": !self.speaks,
            "can_use_style": self.speaks, "can_use_speaker_boost": self.speaks, "serves_pro_voices": false,
            "token_cost_factor": self.multiplier, "requires_alpha_access": false,
            "max_characters_request_free_user": self.limit.min(2_500), "max_characters_request_subscribed_user": self.limit,
            "maximum_text_length_per_request": self.limit, "languages": languages,
            "model_rates": {"character_cost_multiplier": self.multiplier, "cost_discount_multiplier": 1.0},
            "concurrency_group": self.group,
        })
    }
}

const STANDARD: &str = "standard";
const FAST: &str = "turbo";

const FEW: &[(&str, &str)] = &[("en", "English")];
const MANY: &[(&str, &str)] = &[
    ("en", "English"),
    ("ja", "Japanese"),
    ("zh", "Chinese"),
    ("de", "German"),
    ("hi", "Hindi"),
    ("fr", "French"),
    ("ko", "Korean"),
    ("pt", "Portuguese"),
    ("it", "Italian"),
    ("es", "Spanish"),
    ("nl", "Dutch"),
    ("pl", "Polish"),
    ("ar", "Arabic"),
];

const fn model(
    id: &'static str,
    name: &'static str,
    limit: usize,
    multiplier: f64,
    group: &'static str,
    languages: &'static [(&'static str, &'static str)],
) -> Model {
    Model { id, name, limit, multiplier, group, speaks: true, languages }
}

/// All of them, in the order of the provider's list.
pub const MODELS: &[Model] = &[
    model("eleven_v4", "Eleven v4", 10_000, 1.0, STANDARD, MANY),
    model("eleven_v3", "Eleven v3", 5_000, 1.0, STANDARD, MANY),
    model("eleven_multilingual_v2", "Eleven Multilingual v2", 10_000, 1.0, STANDARD, MANY),
    model("eleven_flash_v2_5", "Eleven Flash v2.5", 40_000, 0.5, FAST, MANY),
    model("eleven_turbo_v2_5", "Eleven Turbo v2.5", 40_000, 0.5, FAST, MANY),
    model("eleven_flash_v2", "Eleven Flash v2", 30_000, 0.5, FAST, FEW),
    model("eleven_turbo_v2", "Eleven Turbo v2", 30_000, 0.5, FAST, FEW),
    Model {
        speaks: false,
        ..model("eleven_multilingual_sts_v2", "Eleven Multilingual v2 (speech to speech)", 10_000, 1.0, STANDARD, MANY)
    },
];

/// The model of this id.
pub(super) fn find(id: &str) -> Option<&'static Model> {
    MODELS.iter().find(|model| model.id == id)
}
