//! Where a lost answer is found again (PROVIDERS 1.13).

use super::Account;
use super::refusal::{self, Refusal};
use super::settings::Settings;
use super::voices::VoiceSettings;
use crate::sound::{Format, Span, Speech, alignment, normalized_alignment};
use serde::Deserialize;
use serde_json::{Value, json};

/// A generation that the account remembers.
#[derive(Debug, Clone)]
pub struct Item {
    /// Its own id.
    pub id: String,
    /// The header `request-id` of its call.
    pub request_id: String,
    /// The voice.
    pub voice_id: String,
    /// The voice's name.
    pub voice_name: String,
    /// The model.
    pub model_id: &'static str,
    /// What was spoken.
    pub text: String,
    /// When the call began, in seconds since 1970.
    pub date_s: u64,
    /// Characters used before it.
    pub used_from: u64,
    /// Characters used after it.
    pub used_to: u64,
    /// How it was spoken: the request's settings over the voice's.
    pub settings: VoiceSettings,
    /// The format of its audio.
    pub format: Format,
    /// The format as the request named it.
    pub format_name: String,
    /// What is heard.
    pub speech: Speech,
    /// When its generation ended or will end.
    pub generated_ms: u64,
    /// What it came from: `TTS`, or `STS` and others, which have no text.
    pub source: &'static str,
    pub(super) deleted: bool,
}

impl Item {
    fn json(&self, account: &Settings) -> Value {
        let alignments = account.history_alignments.then(|| {
            let spans: Vec<Span> = self.speech.spans().collect();
            json!({"alignment": alignment(&spans), "normalized_alignment": normalized_alignment(&spans)})
        });
        let text = (self.source == "TTS").then_some(&self.text);
        let mut settings = json!(self.settings);
        for number in settings.as_object_mut().into_iter().flat_map(|all| all.values_mut()) {
            if let Some(told) = number.as_f64().filter(|_| account.history_floats) {
                *number = json!(f64::from(told as f32));
            }
        }
        json!({
            "history_item_id": self.id, "request_id": self.request_id, "voice_id": self.voice_id, "model_id": self.model_id,
            "voice_name": self.voice_name, "voice_category": "premade", "text": text, "date_unix": self.date_s,
            "character_count_change_from": self.used_from, "character_count_change_to": self.used_to,
            "content_type": self.format.content_type(), "state": "created", "settings": settings, "feedback": null,
            "share_link_id": null, "source": self.source, "output_format": self.format_name, "alignments": alignments,
        })
    }
}

/// What `GET /v1/history` was asked for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the provider's own names (PROVIDERS 1.13)")]
pub struct HistoryQuery {
    pub page_size: Option<usize>,
    pub start_after_history_item_id: Option<String>,
    pub voice_id: Option<String>,
    pub model_id: Option<String>,
    pub date_after_unix: Option<u64>,
    pub date_before_unix: Option<u64>,
    pub sort_direction: Option<String>,
    pub search: Option<String>,
    pub source: Option<String>,
}

impl Account {
    /// The body of `GET /v1/history`.
    pub fn history(&mut self, query: &HistoryQuery, now_ms: u64) -> Result<Value, Refusal> {
        self.log.history_looks_ms.push(now_ms);
        let size = query.page_size.unwrap_or(100);
        if !(1..=1_000).contains(&size) {
            let reason =
                refusal::invalid("query", "page_size", "less_than_equal", "Input should be between 1 and 1000");
            return Err(self.shape(reason));
        }
        if query.model_id.is_some() && query.source.is_none() {
            return Err(self.shape(refusal::invalid("query", "source", "missing", "Field required with model_id")));
        }
        let search = query.search.as_deref().map(str::to_lowercase);
        let lag_ms = self.settings.list_after_ms;
        let mut found: Vec<&Item> = self
            .items
            .iter()
            .filter(|item| !item.deleted && item.generated_ms + lag_ms <= now_ms)
            .filter(|item| query.voice_id.as_ref().is_none_or(|id| item.voice_id == *id))
            .filter(|item| query.model_id.as_ref().is_none_or(|id| item.model_id == id))
            .filter(|item| query.date_after_unix.is_none_or(|from| item.date_s >= from))
            .filter(|item| query.date_before_unix.is_none_or(|until| item.date_s < until))
            .filter(|item| query.source.as_ref().is_none_or(|source| source == item.source))
            .filter(|item| search.as_ref().is_none_or(|words| item.text.to_lowercase().contains(words)))
            .collect();
        // Items are kept in the order of their calls; the newest comes first unless said otherwise.
        if query.sort_direction.as_deref() != Some("asc") {
            found.reverse();
        }
        if let Some(after) = &query.start_after_history_item_id {
            let at = found.iter().position(|item| item.id == *after).map_or(found.len(), |at| at + 1);
            found.drain(..at);
        }
        let has_more = found.len() > size;
        found.truncate(size);
        let last = found.last();
        Ok(json!({
            "history": found.iter().map(|item| item.json(&self.settings)).collect::<Vec<_>>(),
            "last_history_item_id": last.map(|item| &item.id), "has_more": has_more,
            "scanned_until": last.map(|item| item.date_s),
        }))
    }

    /// The body of `GET /v1/history/{id}`.
    pub fn history_item(&mut self, id: &str, now_ms: u64) -> Result<Value, Refusal> {
        self.log.history_looks_ms.push(now_ms);
        self.item(id, now_ms).map(|item| item.json(&self.settings))
    }

    /// The item itself: for its audio.
    pub fn item(&mut self, id: &str, now_ms: u64) -> Result<Item, Refusal> {
        let lag_ms = self.settings.list_after_ms;
        let found =
            self.items.iter().find(|item| item.id == id && !item.deleted && item.generated_ms + lag_ms <= now_ms);
        found.cloned().ok_or_else(|| self.shape(refusal::item_not_found(id)))
    }

    /// Forgets an item; what it cost stays used.
    pub fn delete_item(&mut self, id: &str, now_ms: u64) -> Result<Value, Refusal> {
        self.item(id, now_ms)?;
        self.items.iter_mut().filter(|item| item.id == id).for_each(|item| item.deleted = true);
        Ok(json!({"status": "ok"}))
    }

    /// Every item, listed or not: what a simulation compares its own books with.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// Makes an item one of another product, which spoke no text.
    pub fn make_textless(&mut self, text: &str) {
        self.items.iter_mut().filter(|item| item.text == text).for_each(|item| item.source = "STS");
    }
}
