//! Sets the ledger beside the provider's own books, to the character. Changes nothing.

use crate::ledger::{self, is_call, names};
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use story::failure::StoreError;
use story::ledger::{Attempt, Ending};
use story::looking;
use story::maker::MakerError;
use story::speech::{Balance, Books, HistoryItem, HistoryQuery, TakeRequest};
use story::{AttemptId, House, Speech, Timestamp};

/// How far the time of an item may lie from its call's.
const EDGE_MS: u64 = 10 * 60_000;

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
    /// What the provider's account says; `None` if this key may not read it.
    pub balance: Option<BalanceView>,
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
    /// Of these, those whose sound was lost or removed and came from the history, free of charge.
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

/// The account's balance beside the calls that are known.
///
/// A balance counts all that the account used since its period began, by whatever product and key. Compared with it are the
/// characters of every item of the history since then, ours or not, and of calls in our ledger that the history does not list or
/// that are still open. If the audit looks back to the period's beginning, what remains is money that nobody can account for, and
/// a difference. If it does not, or the provider does not say when the period began, the rest may be older than the audit and is
/// only said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "each says itself")]
pub struct BalanceView {
    pub used_characters: u64,
    pub limit_characters: u64,
    pub tier: String,
    /// When the period began, RFC 3339, if the provider tells it.
    pub period_began: Option<String>,
    /// Whether the audit looks back to the period's beginning.
    pub whole_period: bool,
    /// Used characters that no call explains.
    pub rest_characters: u64,
}

impl BalanceView {
    /// Whether it says more than the calls of its period do.
    #[must_use]
    pub fn differs(&self) -> bool {
        self.whole_period && self.rest_characters > 0
    }
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
    Provider(MakerError),
    /// The stores did not work.
    Store(StoreError),
}

impl From<StoreError> for NoAudit {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<MakerError> for NoAudit {
    fn from(error: MakerError) -> Self {
        Self::Provider(error)
    }
}

impl Audit {
    /// Whether the two agree, to the character.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.differences.is_empty() && !self.balance.as_ref().is_some_and(BalanceView::differs)
    }
}

/// Audits all calls since an instant.
///
/// # Errors
/// If the provider keeps no books or does not show them; those of the store.
pub async fn audit(house: &House, speech: &dyn Speech, since: Timestamp) -> Result<Audit, NoAudit> {
    let profile = speech.profile();
    let books = speech.books().ok_or(NoAudit::NoBooks)?;
    // In this order: what is called meanwhile is missing in the books at most, and never from elsewhere.
    let balance = books.balance().await?;
    let mut items = history(books, HistoryQuery { since: Some(since), ..HistoryQuery::default() }).await?;
    let mut attempts = ledger::since(house, &profile.account, before(since)).await?;
    let mut ours = paired(house, &attempts, &items).await?;
    // What is ours and began before is not of this time, though its item has a later second.
    items.retain(|item| ours.get(&item.id).is_none_or(|at| attempts[*at].started_at >= since));
    ours.retain(|_, at| attempts[*at].started_at >= since);
    let began_in_time: Vec<bool> = attempts.iter().map(|attempt| attempt.started_at >= since).collect();
    let item_of = |at: usize| items.iter().find(|item| ours.get(&item.id) == Some(&at));
    let in_time = || attempts.iter().enumerate().filter(|(at, _)| began_in_time[*at]);
    // What was asked not to be written down is missed by nobody.
    let is_listed = |attempt: &Attempt| attempt.request.as_ref().is_none_or(TakeRequest::is_listed);
    let told = in_time().filter(|(at, attempt)| is_listed(attempt) || item_of(*at).is_some());
    let differences = told.filter_map(|(at, attempt)| difference(attempt, item_of(at))).collect();
    let unlisted: Vec<(Timestamp, u64)> = in_time()
        .filter(|(at, attempt)| item_of(*at).is_none() && is_call(attempt))
        .filter_map(|(_, attempt)| Some((attempt.started_at, charged_unseen(attempt)?)))
        .collect();
    let balance = balance.map(|balance| compared(&balance, since, house.clock.now(), &items, &unlisted));
    attempts.retain(|attempt| attempt.started_at >= since);
    let is_ours = |item: &&HistoryItem| ours.contains_key(&item.id);
    let adopted: HashSet<&String> = attempts.iter().filter_map(adopted).collect();
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
        balance,
        elsewhere: items.iter().filter(|item| !is_ours(item) && !is_adopted(item)).map(elsewhere).collect(),
        differences,
    })
}

/// Which attempt each item answers: first by the names that the ledger has, then by text, voice and time; of several the nearest,
/// and one without charge only at last. What fits a call of this house in these is never called another's.
async fn paired(
    house: &House,
    attempts: &[Attempt],
    items: &[HistoryItem],
) -> Result<HashMap<String, usize>, StoreError> {
    let mut ours = HashMap::new();
    let mut is_found = vec![false; attempts.len()];
    for (at, attempt) in attempts.iter().enumerate().filter(|(_, one)| matches!(one.ending, Ending::Spoken(_))) {
        if let Some(item) = items.iter().find(|item| names(attempt, item)) {
            ours.insert(item.id.clone(), at);
            is_found[at] = true;
        }
    }
    for item in items {
        if ours.contains_key(&item.id) || !item.is_speech {
            continue;
        }
        let fits = |asked: &TakeRequest| asked.voice == item.voice && looking::same_text(&asked.text, &item.text);
        let mut best = None;
        for (at, attempt) in attempts.iter().enumerate() {
            let is_other = attempt.request.as_ref().is_some_and(|asked| !fits(asked));
            let rank = (matches!(attempt.ending, Ending::Closed(_)), item.at.distance_ms(attempt.started_at));
            if is_found[at] || is_other || !is_call(attempt) || !is_of_its_time(item, attempt) {
                continue;
            }
            if best.is_none_or(|(other, _)| rank < other)
                && ledger::request(house, attempt).await?.is_some_and(|asked| fits(&asked))
            {
                best = Some((rank, at));
            }
        }
        if let Some((_, at)) = best {
            ours.insert(item.id.clone(), at);
            is_found[at] = true;
        }
    }
    Ok(ours)
}

/// Whether an item was made when an attempt's call was, even if a clock is wrong.
pub(crate) fn is_of_its_time(item: &HistoryItem, attempt: &Attempt) -> bool {
    let (from, before) = looking::wide_span(attempt.started_at, attempt.begin_by);
    (from..before).contains(&item.at)
}

/// The item of an adopted call.
fn adopted(attempt: &Attempt) -> Option<&String> {
    let is_adopted = attempt.recovers.is_none() && matches!(attempt.ending, Ending::Recovered(_));
    attempt.ending.receipt().filter(|_| is_adopted)?.item.as_ref()
}

/// Characters that a call was charged, or may have been: one that is lost for good would stand in the history.
fn charged_unseen(attempt: &Attempt) -> Option<u64> {
    match &attempt.ending {
        Ending::Spoken(receipt) => Some(receipt.characters),
        Ending::Open => Some(attempt.characters),
        Ending::Recovered(_) | Ending::Lost | Ending::Busy | Ending::Closed(_) => None,
    }
}

fn compared(
    balance: &Balance,
    since: Timestamp,
    now: Timestamp,
    items: &[HistoryItem],
    unlisted: &[(Timestamp, u64)],
) -> BalanceView {
    let began = balance.period_began.filter(|began| *began <= now);
    let from = began.unwrap_or(since).max(since);
    let listed = items.iter().map(|item| (item.at, item.characters));
    let known = listed.chain(unlisted.iter().copied()).filter(|(at, _)| began.is_none() || *at >= from);
    let known_characters: u64 = known.map(|(_, characters)| characters).sum();
    BalanceView {
        used_characters: balance.used,
        limit_characters: balance.limit,
        tier: balance.tier.clone(),
        period_began: began.map(|began| began.to_string()),
        whole_period: began.is_some_and(|began| since <= began),
        rest_characters: balance.used.saturating_sub(known_characters),
    }
}

/// On what the ledger and the history do not agree of one attempt.
fn difference(attempt: &Attempt, found: Option<&HistoryItem>) -> Option<Difference> {
    let (characters, detail) = match (&attempt.ending, found) {
        (Ending::Spoken(receipt), Some(item)) if item.characters == receipt.characters => return None,
        (Ending::Spoken(receipt), Some(_)) => (receipt.characters, "the history names another price"),
        (Ending::Spoken(receipt), None) => {
            (receipt.characters, "the history does not list it: it is too fresh, or was removed there")
        }
        (_, None) | (Ending::Recovered(_), _) => return None,
        (Ending::Lost, Some(_)) => (0, "a call of ours that was lost; it was charged"),
        (Ending::Open, Some(_)) => (0, "a call of ours that is not settled yet; it was charged"),
        (Ending::Busy | Ending::Closed(_), Some(_)) => {
            (0, "a call of ours that ended without sound; it was charged all the same")
        }
    };
    Some(Difference {
        attempt: attempt.attempt.0.clone(),
        item: found.map(|item| item.id.clone()),
        ledger_characters: characters,
        history_characters: found.map_or(0, |item| item.characters),
        detail: detail.into(),
    })
}

/// From when on the ledger is read: an item's time is in whole seconds, and of another clock.
pub(crate) fn before(since: Timestamp) -> Timestamp {
    Timestamp(since.0.saturating_sub(EDGE_MS))
}

/// All items of the history that a question asks for, page by page.
pub(crate) async fn history(books: &dyn Books, mut query: HistoryQuery) -> Result<Vec<HistoryItem>, MakerError> {
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

pub(crate) fn sums(attempts: &[Attempt]) -> LedgerSums {
    // A take that went and came again was recovered or adopted once.
    let adopted: HashSet<&String> = attempts.iter().filter_map(adopted).collect();
    let recovers = attempts.iter().filter(|attempt| matches!(attempt.ending, Ending::Recovered(_)));
    let recovered: HashSet<&AttemptId> = recovers.filter_map(|attempt| attempt.recovers.as_ref()).collect();
    let mut sums = LedgerSums { adopted: adopted.len(), recovered: recovered.len(), ..LedgerSums::default() };
    for attempt in attempts {
        match &attempt.ending {
            Ending::Spoken(receipt) => {
                sums.paid_calls += 1;
                sums.paid_characters += receipt.characters;
            }
            Ending::Recovered(_) => {}
            Ending::Lost => sums.lost += 1,
            Ending::Busy | Ending::Closed(_) => sums.not_charged += 1,
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
