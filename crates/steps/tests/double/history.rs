//! The double's history as a provider's books tell it.

use crate::double::settings;
use doubles::Account;
use doubles::account::{self, Refusal};
use serde_json::Value;
use story::Timestamp;
use story::speech::{HistoryItem, HistoryPage, HistoryQuery};

/// A page of it.
pub(crate) fn page(
    account: &mut Account,
    query: &HistoryQuery,
    page_size: usize,
    now: Timestamp,
) -> Result<HistoryPage, Refusal> {
    let asked = account::HistoryQuery {
        page_size: Some(page_size),
        start_after_history_item_id: query.after.clone(),
        voice_id: query.voice.clone(),
        date_after_unix: query.since.map(|at| at.0 / 1_000),
        date_before_unix: query.until.map(|at| at.0.div_ceil(1_000)),
        ..account::HistoryQuery::default()
    };
    let answer = account.history(&asked, now.0)?;
    let items = answer["history"].as_array().into_iter().flatten().map(item).collect();
    let next = answer["last_history_item_id"].as_str().map(str::to_owned);
    Ok(HistoryPage { items, next: next.filter(|_| answer["has_more"] == true) })
}

fn item(value: &Value) -> HistoryItem {
    let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
    let number = |name: &str| value[name].as_u64().unwrap_or_default();
    HistoryItem {
        id: text("history_item_id"),
        request_id: value["request_id"].as_str().map(str::to_owned),
        voice: text("voice_id"),
        model: text("model_id"),
        is_speech: true,
        text: text("text"),
        at: Timestamp(number("date_unix") * 1_000),
        characters: number("character_count_change_to") - number("character_count_change_from"),
        settings: Some(settings(&value["settings"])),
        format: Some(text("output_format")),
        alignment: None,
    }
}
