//! The provider's books: its balance, and the history of what it has spoken.

use crate::double;
use crate::simulation::answer::Arriving;
use crate::simulation::provider::Double;
use async_trait::async_trait;
use doubles::account;
use serde_json::Value;
use story::Timestamp;
use story::speech::{Answer, Balance, Books, HistoryItem, HistoryPage, HistoryQuery, Receipt, SpeechError};

#[async_trait]
impl Books for Double {
    async fn balance(&self) -> Result<Option<Balance>, SpeechError> {
        self.asks("the balance").await?;
        let account = self.0.world.account();
        let (used, limit) = (account.settings.used, account.settings.credits);
        Ok(Some(Balance { used, limit, tier: account.settings.tier.name().into(), period_began: None }))
    }

    async fn history(&self, query: &HistoryQuery) -> Result<HistoryPage, SpeechError> {
        self.asks("the history").await?;
        let world = &self.0.world;
        let asked = account::HistoryQuery {
            page_size: Some(world.temper.page_size),
            start_after_history_item_id: query.after.clone(),
            voice_id: query.voice.clone(),
            date_after_unix: query.since.map(|at| at.0 / 1_000),
            date_before_unix: query.until.map(|at| at.0.div_ceil(1_000)),
            ..account::HistoryQuery::default()
        };
        let answer = world.account().history(&asked, world.now().0);
        let answer = answer.map_err(|refusal| self.meaning(&refusal))?;
        let items: Vec<HistoryItem> = answer["history"].as_array().into_iter().flatten().map(item).collect();
        self.0.say(|| format!("HISTORY {:?}", items.iter().map(|item| &item.request_id).collect::<Vec<_>>()));
        let next = answer["last_history_item_id"].as_str().map(str::to_owned);
        Ok(HistoryPage { items, next: next.filter(|_| answer["has_more"] == true) })
    }

    async fn sound(&self, item: &str) -> Result<Box<dyn Answer>, SpeechError> {
        self.asks("a sound of the history").await?;
        let world = &self.0.world;
        let item = world.account().item(item, world.now().0).map_err(|refusal| self.meaning(&refusal))?;
        let receipt = Receipt { request_id: None, item: Some(item.id), characters: 0 };
        Ok(Box::new(Arriving::of_history(&self.0, &item.request_id, receipt)))
    }
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
        settings: Some(double::settings(&value["settings"])),
        format: Some(text("output_format")),
        alignment: None,
    }
}
