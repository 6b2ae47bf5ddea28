//! Sets the ledger beside the provider's own books, to the character. Changes nothing.

use crate::takes;
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use story::failure::StoreError;
use story::ledger::{Attempt, Ending, day};
use story::looking::{self, Look};
use story::records::Partition;
use story::speech::{Books, HistoryItem, HistoryQuery, SpeechError};
use story::take::Speaking;
use story::ticket::{Priority, Ticket};
use story::{House, Speech, Timestamp};

/// The ledger beside the provider's books.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Audit {
    /// The provider.
    pub provider: String,
    /// From when on, RFC 3339.
    pub since: String,
    /// What our ledger says.
    pub ledger: LedgerSums,
    /// What the provider's history says.
    pub history: HistorySums,
    /// What the provider's account says.
    pub balance: BalanceView,
    /// Where the two differ.
    pub differences: Vec<Difference>,
    /// Calls in the history that are not of this house, and not adopted by it.
    pub elsewhere: Vec<Elsewhere>,
}

/// Sums of the ledger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "each says itself")]
pub struct LedgerSums {
    pub paid_calls: usize,
    pub paid_characters: u64,
    /// Of these, those whose sound was lost and came from the history, free of charge.
    pub recovered: usize,
    /// Calls from elsewhere whose sound was adopted.
    pub adopted: usize,
    /// Calls that may have been charged and that the history did not have in time.
    pub lost: usize,
    /// Calls that were not charged.
    pub not_charged: usize,
    /// Calls that are not settled yet.
    pub open: usize,
}

/// Sums of the history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "each says itself")]
pub struct HistorySums {
    pub calls: usize,
    pub characters: u64,
    /// Of these, those of this house.
    pub our_calls: usize,
    pub our_characters: u64,
    /// And those from elsewhere whose sound it adopted.
    pub adopted_calls: usize,
    pub adopted_characters: u64,
}

/// The account's balance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "each says itself")]
pub struct BalanceView {
    pub used_characters: u64,
    pub limit_characters: u64,
    pub tier: String,
}

/// One call on which the two do not agree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Our name of the call.
    pub attempt: String,
    /// The provider's, if it lists it.
    pub item: Option<String>,
    /// Characters by the ledger.
    pub ledger_characters: u64,
    /// Characters by the history.
    pub history_characters: u64,
    /// What it means.
    pub detail: String,
}

/// One call that is not of this house.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "each says itself")]
pub struct Elsewhere {
    pub item: String,
    pub at: String,
    pub voice: String,
    pub model: String,
    pub text: String,
    pub characters: u64,
}

/// Why there is no audit.
#[derive(Debug)]
pub enum NoAudit {
    /// The provider keeps no history.
    NoBooks,
    /// The provider does not answer well.
    Provider(SpeechError),
    /// The stores did not work.
    Store(StoreError),
}

impl From<StoreError> for NoAudit {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<SpeechError> for NoAudit {
    fn from(error: SpeechError) -> Self {
        Self::Provider(error)
    }
}

impl Audit {
    /// Whether the two agree, to the character.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.differences.is_empty()
    }
}

/// Audits all calls since an instant.
///
/// # Errors
/// If the provider keeps no books or does not show them; those of the store.
pub async fn audit(house: &House, speech: &dyn Speech, since: Timestamp) -> Result<Audit, NoAudit> {
    let profile = speech.profile();
    let books = speech.books().ok_or(NoAudit::NoBooks)?;
    let attempts = ledger(house, &profile.account, since).await?;
    let items = history(books, since).await?;
    let balance = books.balance().await?;
    let mut ours: HashMap<&str, &Attempt> = HashMap::new();
    let mut differences = Vec::new();
    for attempt in &attempts {
        let Ending::Spoken(receipt) = &attempt.ending else { continue };
        let is_it = |item: &&HistoryItem| {
            receipt.item.as_ref() == Some(&item.id)
                || (receipt.request_id.is_some() && receipt.request_id == item.request_id)
        };
        let found = items.iter().find(is_it);
        if let Some(item) = found {
            ours.insert(&item.id, attempt);
        }
        differences.extend(difference(attempt, receipt.characters, found));
    }
    for attempt in attempts.iter().filter(|attempt| matches!(attempt.ending, Ending::Lost | Ending::Open)) {
        let left: Vec<HistoryItem> =
            items.iter().filter(|item| !ours.contains_key(item.id.as_str())).cloned().collect();
        let Some(id) = item_of(house, attempt, &left).await? else { continue };
        let Some(item) = items.iter().find(|item| item.id == id) else { continue };
        ours.insert(&item.id, attempt);
        differences.push(Difference {
            attempt: attempt.attempt.0.clone(),
            item: Some(item.id.clone()),
            ledger_characters: 0,
            history_characters: item.characters,
            detail: "a call of ours that was lost; it was charged".into(),
        });
    }
    let is_ours = |item: &&HistoryItem| ours.contains_key(item.id.as_str());
    let adopted: HashSet<&String> = attempts
        .iter()
        .filter(|attempt| attempt.recovers.is_none() && matches!(attempt.ending, Ending::Recovered(_)))
        .filter_map(|attempt| attempt.ending.receipt()?.item.as_ref())
        .collect();
    let is_adopted = |item: &&HistoryItem| !is_ours(item) && adopted.contains(&item.id);
    let characters = |items: &mut dyn Iterator<Item = &HistoryItem>| items.map(|item| item.characters).sum();
    Ok(Audit {
        provider: profile.provider,
        since: since.to_string(),
        ledger: sums(&attempts),
        history: HistorySums {
            calls: items.len(),
            characters: characters(&mut items.iter()),
            our_calls: items.iter().filter(is_ours).count(),
            our_characters: characters(&mut items.iter().filter(is_ours)),
            adopted_calls: items.iter().filter(is_adopted).count(),
            adopted_characters: characters(&mut items.iter().filter(is_adopted)),
        },
        balance: BalanceView { used_characters: balance.used, limit_characters: balance.limit, tier: balance.tier },
        elsewhere: items.iter().filter(|item| !is_ours(item) && !is_adopted(item)).map(elsewhere).collect(),
        differences,
    })
}

fn difference(attempt: &Attempt, characters: u64, found: Option<&HistoryItem>) -> Option<Difference> {
    let detail = match found {
        Some(item) if item.characters == characters => return None,
        Some(_) => "the history names another price",
        None => "the history does not list it: it is too fresh, or was removed there",
    };
    Some(Difference {
        attempt: attempt.attempt.0.clone(),
        item: found.map(|item| item.id.clone()),
        ledger_characters: characters,
        history_characters: found.map_or(0, |item| item.characters),
        detail: detail.into(),
    })
}

/// The item of a call that was lost.
async fn item_of(house: &House, attempt: &Attempt, items: &[HistoryItem]) -> Result<Option<String>, StoreError> {
    let Some(take) = takes::read(house, &attempt.take).await? else { return Ok(None) };
    let lost = Speaking {
        attempt: attempt.attempt.clone(),
        lane: attempt.lane,
        turn: Ticket::new(&attempt.account, &attempt.take, &attempt.job, Priority::Warm, attempt.started_at, 0),
        began_at: attempt.started_at,
        begin_by: attempt.begin_by,
        lease_until: attempt.begin_by,
    };
    Ok(match looking::look(items, &take.record.request, &lost, &[], |_| false) {
        Look::Found(item) => Some(item.id.clone()),
        Look::Nothing | Look::Unclear => None,
    })
}

/// All attempts of an account since an instant.
pub(crate) async fn ledger(house: &House, account: &str, since: Timestamp) -> Result<Vec<Attempt>, StoreError> {
    let mut attempts = Vec::new();
    for day in day(since)..=day(house.clock.now()) {
        let of_day = house.list_all::<Attempt>(&Partition::Ledger(day)).await?;
        attempts.extend(
            of_day
                .into_iter()
                .map(|read| read.record)
                .filter(|attempt| attempt.account == account && attempt.started_at >= since),
        );
    }
    Ok(attempts)
}

/// All items of the history since an instant.
pub(crate) async fn history(books: &dyn Books, since: Timestamp) -> Result<Vec<HistoryItem>, SpeechError> {
    let mut query = HistoryQuery { since: Some(since), ..HistoryQuery::default() };
    let mut items = Vec::new();
    loop {
        let page = books.history(&query).await?;
        items.extend(page.items);
        match page.next {
            Some(next) if query.after.as_ref() != Some(&next) => query.after = Some(next),
            _ => return Ok(items),
        }
    }
}

fn sums(attempts: &[Attempt]) -> LedgerSums {
    let mut sums = LedgerSums::default();
    for attempt in attempts {
        match &attempt.ending {
            Ending::Spoken(receipt) => {
                sums.paid_calls += 1;
                sums.paid_characters += receipt.characters;
            }
            Ending::Recovered(_) if attempt.recovers.is_some() => sums.recovered += 1,
            Ending::Recovered(_) => sums.adopted += 1,
            Ending::Lost => sums.lost += 1,
            Ending::Closed(_) => sums.not_charged += 1,
            Ending::Open => sums.open += 1,
        }
    }
    sums
}

fn elsewhere(item: &HistoryItem) -> Elsewhere {
    Elsewhere {
        item: item.id.clone(),
        at: item.at.to_string(),
        voice: item.voice.clone(),
        model: item.model.clone(),
        text: item.text.clone(),
        characters: item.characters,
    }
}
