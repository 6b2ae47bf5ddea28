//! The provider's books: its balance, and the history of what it has spoken.

use crate::double::history;
use crate::simulation::answer::Arriving;
use crate::simulation::provider::Double;
use async_trait::async_trait;
use story::maker::MakerError;
use story::speech::{Answer, Balance, Books, HistoryPage, HistoryQuery, Receipt};

#[async_trait]
impl Books for Double {
    async fn balance(&self) -> Result<Option<Balance>, MakerError> {
        self.asks("the balance").await?;
        let account = self.0.world.account();
        let (used, limit) = (account.settings.used, account.settings.credits);
        Ok(Some(Balance { used, limit, tier: account.settings.tier.name().into(), period_began: None }))
    }

    async fn history(&self, query: &HistoryQuery) -> Result<HistoryPage, MakerError> {
        self.asks("the history").await?;
        let world = &self.0.world;
        let page = history::page(&mut world.account(), query, world.temper.page_size, world.now());
        let page = page.map_err(|refusal| self.meaning(&refusal))?;
        self.0.say(|| format!("HISTORY {:?}", page.items.iter().map(|item| &item.request_id).collect::<Vec<_>>()));
        Ok(page)
    }

    async fn sound(&self, item: &str) -> Result<Box<dyn Answer>, MakerError> {
        self.asks("a sound of the history").await?;
        let world = &self.0.world;
        let item = world.account().item(item, world.now().0).map_err(|refusal| self.meaning(&refusal))?;
        let receipt = Receipt { request_id: None, item: Some(item.id), characters: 0 };
        Ok(Box::new(Arriving::of_history(&self.0, &item.request_id, receipt)))
    }
}
