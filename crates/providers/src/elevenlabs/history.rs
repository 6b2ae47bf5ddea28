//! What ElevenLabs wrote down of the calls it answered: its history, and what it counts.

use super::answer::is_whole;
use super::catalog::ToldSettings;
use crate::http::{Plain, Wire};
use serde::Deserialize;
use serde_json::Value;
use story::Timestamp;
use story::maker::MakerError;
use story::script::VoiceSettings;
use story::speech::{Answer, Balance, HistoryItem, HistoryPage, HistoryQuery, Receipt};
use story::time::DAY_MS;
use story::words::Alignment;

const PAGE_SIZE: &str = "100";

/// `GET /v1/user/subscription`.
#[derive(Deserialize)]
pub(super) struct Balanced {
    character_count: u64,
    character_limit: u64,
    tier: Option<String>,
    next_character_count_reset_unix: Option<u64>,
    character_refresh_period: Option<String>,
}

impl Balanced {
    /// `None` where the key may not.
    pub(super) async fn read(wire: &Wire) -> Result<Option<Self>, MakerError> {
        let url = wire.address(&["v1", "user", "subscription"]).expect("the path is plain");
        wire.find(url, |status, code| matches!((status, code), (401 | 403, "missing_permissions"))).await
    }

    /// It tells when the period ends, and how many months it lasts.
    fn period_began(&self) -> Option<Timestamp> {
        let months = match self.character_refresh_period.as_deref()? {
            "monthly_period" => 1,
            "3_month_period" => 3,
            "6_month_period" => 6,
            "annual_period" => 12,
            _ => return None,
        };
        months_before(Timestamp(self.next_character_count_reset_unix?.checked_mul(1_000)?), months)
    }
}

impl From<Balanced> for Balance {
    fn from(told: Balanced) -> Self {
        let period_began = told.period_began();
        let tier = told.tier.unwrap_or_default();
        Self { used: told.character_count, limit: told.character_limit, tier, period_began }
    }
}

/// The same day and time of an earlier month, or that month's last day.
fn months_before(end: Timestamp, months: u64) -> Option<Timestamp> {
    let (year, month, day) = end.date();
    let month = (year * 12 + month - 1).checked_sub(months)?;
    let began = (28.min(day)..=day).rev().find_map(|day| Timestamp::of_day(month / 12, month % 12 + 1, day))?;
    Some(began.plus_ms(end.0 % DAY_MS))
}

/// `GET /v1/history`.
#[derive(Deserialize)]
pub(super) struct Page {
    history: Vec<Value>,
    last_history_item_id: Option<String>,
    has_more: Option<bool>,
}

impl Page {
    pub(super) async fn read(wire: &Wire, query: &HistoryQuery) -> Result<HistoryPage, MakerError> {
        let mut url = wire.address(&["v1", "history"]).expect("the path is plain");
        {
            // Its times are whole seconds, the first of them inclusive and the last exclusive.
            let since = query.since.map(|since| (since.0 / 1_000).to_string());
            let until = query.until.map(|until| until.0.div_ceil(1_000).to_string());
            let mut pairs = url.query_pairs_mut();
            pairs.append_pair("page_size", PAGE_SIZE);
            for (name, value) in [
                ("date_after_unix", &since),
                ("date_before_unix", &until),
                ("voice_id", &query.voice),
                ("start_after_history_item_id", &query.after),
            ] {
                if let Some(value) = value {
                    pairs.append_pair(name, value);
                }
            }
        }
        let page: Self = wire.read(url).await?;
        let items: Vec<HistoryItem> = page.history.into_iter().filter_map(item).collect();
        let last = page.last_history_item_id.or_else(|| items.last().map(|item| item.id.clone()));
        // A page that leads to itself would be read for ever.
        let next = last.filter(|last| page.has_more == Some(true) && Some(last) != query.after.as_ref());
        Ok(HistoryPage { items, next })
    }
}

/// An item, of which only the name must be there.
#[derive(Deserialize)]
struct Told {
    history_item_id: String,
    request_id: Option<String>,
    voice_id: Option<String>,
    model_id: Option<String>,
    text: Option<String>,
    source: Option<String>,
    date_unix: Option<f64>,
    character_count_change_from: Option<i64>,
    character_count_change_to: Option<i64>,
    output_format: Option<String>,
    /// Read each by itself: what cannot be read is as good as not told, and the item's cost still counts.
    settings: Option<Value>,
    alignments: Option<Value>,
}

fn item(value: Value) -> Option<HistoryItem> {
    let told = serde_json::from_value::<Told>(value)
        .inspect_err(|error| tracing::warn!(%error, "an item of ElevenLabs' history cannot be read"))
        .ok()?;
    let (from, to) = (told.character_count_change_from.unwrap_or(0), told.character_count_change_to.unwrap_or(0));
    let settings = told.settings.and_then(|settings| serde_json::from_value::<ToldSettings>(settings).ok());
    // Voice changer, studio, dubbing and others.
    let is_speech =
        told.source.is_none_or(|source| source == "TTS") && told.text.as_ref().is_some_and(|text| !text.is_empty());
    let alignment = told.alignments.and_then(|mut both| serde_json::from_value(both.get_mut("alignment")?.take()).ok());
    Some(HistoryItem {
        id: told.history_item_id,
        request_id: told.request_id,
        voice: told.voice_id.unwrap_or_default(),
        model: told.model_id.unwrap_or_default(),
        is_speech,
        text: told.text.unwrap_or_default(),
        at: Timestamp((told.date_unix.unwrap_or(0.0) * 1_000.0) as u64),
        characters: u64::try_from(to.saturating_sub(from)).unwrap_or(0),
        settings: settings.map(VoiceSettings::from).filter(|settings| *settings != VoiceSettings::default()),
        format: told.output_format,
        alignment: alignment.filter(|times: &Alignment| is_whole(times) && !times.characters.is_empty()),
    })
}

/// `GET /v1/history/{id}/audio`.
pub(super) struct Sounding;

impl Sounding {
    pub(super) async fn open(wire: &Wire, item: &str) -> Result<Box<dyn Answer>, MakerError> {
        let no_item = || MakerError::Refused(format!("\"{item}\" is the name of no item of ElevenLabs' history"));
        let url = wire.address(&["v1", "history", item, "audio"]).ok_or_else(no_item)?;
        let incoming = wire.get(url).await.map_err(|refusal| refusal.meaning)?;
        let receipt = Receipt { request_id: None, item: Some(item.to_owned()), characters: 0 };
        Ok(Box::new(Plain::open(incoming, receipt, true)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_item_is_read_whatever_it_leaves_out() {
        let bare = item(json!({"history_item_id": "a", "settings": {}, "alignments": null, "new": {}})).unwrap();
        assert_eq!((bare.id.as_str(), bare.at, bare.characters), ("a", Timestamp(0), 0));
        assert_eq!((bare.settings, bare.alignment, bare.format), (None, None, None));
        let odd = json!({
            "history_item_id": "b", "date_unix": 1_700_000_000, "character_count_change_from": 10,
            "character_count_change_to": 3, "settings": "default",
            "alignments": {"alignment": {"characters": ["a"], "character_start_times_seconds": [], "character_end_times_seconds": []}},
        });
        let odd = item(odd).unwrap();
        assert_eq!((odd.at, odd.characters), (Timestamp(1_700_000_000_000), 0));
        assert_eq!((odd.settings, odd.alignment), (None, None));
        assert!(item(json!({"text": "no name"})).is_none());
    }

    #[test]
    fn only_what_spoke_a_text_is_speech() {
        for (source, text, expected) in [
            (json!("TTS"), json!("Hello."), true),
            (json!(null), json!("Hello."), true),
            (json!("TTS"), json!(""), false),
            (json!("STS"), json!(null), false),
            (json!("Projects"), json!("Hello."), false),
            (json!("Dubbing"), json!("Hello."), false),
        ] {
            let told = item(json!({"history_item_id": "a", "source": source, "text": text})).unwrap();
            assert_eq!(told.is_speech, expected, "{source} {text}");
        }
    }

    #[test]
    fn a_setting_told_as_a_short_float_is_the_number_that_was_asked_for() {
        let settings = json!({"stability": f64::from(0.3_f32), "similarity_boost": 0.75, "speed": f64::from(1.1_f32)});
        let told = item(json!({"history_item_id": "a", "settings": settings})).unwrap().settings.unwrap();
        assert_eq!((told.stability, told.similarity_boost, told.speed), (Some(0.3), Some(0.75), Some(1.1)));
    }

    #[test]
    fn a_period_began_as_many_months_before_its_end_as_it_lasts() {
        let at = |date: &str| Timestamp::of_date(date).unwrap().plus_ms(3_600_000);
        for (end, months, began) in [
            ("2026-12-06", 1, "2026-11-06"),
            ("2026-01-15", 1, "2025-12-15"),
            ("2026-03-31", 1, "2026-02-28"),
            ("2026-11-30", 3, "2026-08-30"),
            ("2028-02-29", 12, "2027-02-28"),
        ] {
            assert_eq!(months_before(at(end), months), Some(at(began)), "{end}");
        }
        assert_eq!(months_before(Timestamp(0), 1), None);
    }
}
