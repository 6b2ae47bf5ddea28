//! The voices of an account: some that every account has, and some with settings of their own.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::cmp::Ordering;

/// How a voice speaks where a request does not say.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the provider's own names (PROVIDERS 1.4)")]
pub struct VoiceSettings {
    pub stability: f64,
    pub use_speaker_boost: bool,
    pub similarity_boost: f64,
    pub style: f64,
    pub speed: f64,
}

impl Default for VoiceSettings {
    fn default() -> Self {
        Self { stability: 0.5, use_speaker_boost: true, similarity_boost: 0.75, style: 0.0, speed: 1.0 }
    }
}

/// A voice of the account.
#[derive(Debug, Clone)]
pub struct Voice {
    /// As requests name it.
    pub id: String,
    /// As people name it.
    pub name: String,
    /// `premade`, `cloned`, `professional`…
    pub category: String,
    /// What applies when a request sends none.
    pub settings: VoiceSettings,
    /// When it was made, in seconds since 1970.
    pub created_s: u64,
    /// The gender, age and language that lists can be narrowed to.
    pub labels: [(&'static str, &'static str); 3],
}

impl Voice {
    /// As lists and `GET /v1/voices/{id}` show it.
    pub fn json(&self) -> Value {
        let labels: serde_json::Map<String, Value> =
            self.labels.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        json!({
            "voice_id": self.id, "name": self.name, "category": self.category, "labels": labels,
            "description": format!("{}, a voice of the double.", self.name), "preview_url": format!("https://samples.example/{}.mp3", self.id),
            "available_for_tiers": [], "high_quality_base_model_ids": ["eleven_multilingual_v2", "eleven_v4"],
            "settings": self.settings, "verified_languages": [], "created_at_unix": self.created_s, "is_owner": false,
        })
    }
}

/// The voices of a new account: three that every account has, then more than a page of others.
pub(super) fn premade() -> Vec<Voice> {
    let known = [
        ("JBFqnCBsd6RMkjVDRZzb", "George", "male", VoiceSettings::default()),
        ("EXAVITQu4vr4xnSDxMaL", "Sarah", "female", VoiceSettings { stability: 0.4, ..VoiceSettings::default() }),
        (
            "21m00Tcm4TlvDq8ikWAM",
            "Rachel",
            "female",
            VoiceSettings { similarity_boost: 0.9, ..VoiceSettings::default() },
        ),
    ];
    let more = ["Ada", "Bertil", "Chen", "Dalia", "Emeka", "Freya", "Goro", "Hana", "Ivo", "Juno"];
    let known =
        known.into_iter().map(|(id, name, gender, settings)| (id.to_owned(), name, gender, "premade", settings));
    let more = more.into_iter().enumerate().map(|(index, name)| {
        let settings = VoiceSettings {
            stability: [0.0, 0.5, 1.0][index % 3],
            style: index as f64 / 20.0,
            speed: [1.0, 0.9, 1.1][index % 3],
            ..VoiceSettings::default()
        };
        let gender = if index % 2 == 0 { "female" } else { "male" };
        (format!("double{name:0<14}"), name, gender, if index < 6 { "cloned" } else { "professional" }, settings)
    });
    known
        .chain(more)
        .enumerate()
        .map(|(index, (id, name, gender, category, settings))| Voice {
            id,
            name: name.to_owned(),
            category: category.to_owned(),
            settings,
            created_s: 1_700_000_000 + 86_400 * index as u64,
            labels: [("gender", gender), ("age", "middle_aged"), ("language", "en")],
        })
        .collect()
}

/// What `GET /v2/voices` was asked for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the provider's own names (PROVIDERS 1.10)")]
pub struct VoicesQuery {
    pub next_page_token: Option<String>,
    pub page_size: Option<usize>,
    pub search: Option<String>,
    pub sort: Option<String>,
    pub sort_direction: Option<String>,
    pub category: Option<String>,
    pub gender: Option<String>,
    pub language: Option<String>,
    /// Separated by commas.
    pub voice_ids: Option<String>,
}

/// A page of `GET /v2/voices`.
pub(super) fn page(voices: &[Voice], query: &VoicesQuery) -> Value {
    let search = query.search.as_deref().map(str::to_lowercase);
    let label = |voice: &Voice, name: &str, wanted: &Option<String>| {
        wanted.as_ref().is_none_or(|wanted| voice.labels.iter().any(|(n, value)| *n == name && value == wanted))
    };
    let mut found: Vec<&Voice> = voices
        .iter()
        .filter(|voice| search.as_ref().is_none_or(|search| voice.name.to_lowercase().contains(search)))
        .filter(|voice| query.category.as_ref().is_none_or(|category| voice.category == *category))
        .filter(|voice| label(voice, "gender", &query.gender) && label(voice, "language", &query.language))
        .filter(|voice| query.voice_ids.as_ref().is_none_or(|ids| ids.split(',').any(|id| id == voice.id)))
        .collect();
    let by_name = query.sort.as_deref() == Some("name");
    let order = |a: &&Voice, b: &&Voice| -> Ordering {
        if by_name { a.name.cmp(&b.name) } else { a.created_s.cmp(&b.created_s) }
    };
    found.sort_by(order);
    // The newest first, names from the beginning of the alphabet, unless said otherwise.
    let descending = query.sort_direction.as_deref().map_or(!by_name, |direction| direction == "desc");
    if descending {
        found.reverse();
    }
    let total = found.len();
    let from =
        query.next_page_token.as_deref().and_then(|token| token.strip_prefix("after-")?.parse().ok()).unwrap_or(0);
    let size = query.page_size.unwrap_or(10).clamp(1, 100);
    let shown: Vec<Value> = found.iter().skip(from).take(size).map(|voice| voice.json()).collect();
    let next = from + shown.len();
    json!({
        "voices": shown, "has_more": next < total, "total_count": total,
        "next_page_token": (next < total).then(|| format!("after-{next}")),
    })
}
