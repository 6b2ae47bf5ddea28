//! The verbs that look into the provider's own books.

use crate::bill::dollars;
use crate::ending::{Ending, print, print_json, warn};
use crate::workplace::{Workplace, makers};
use local::SystemClock;
use serde_json::json;
use std::path::Path;
use steps::adopt::{Adopted, Adoption};
use steps::audit::{Audit, BalanceView, NoAudit};
use story::speech::HistoryQuery;
use story::{Clock, Invalid, Timestamp};

/// As much of a text as a line shows.
const SHOWN: usize = 48;
/// As far as one may ask back: the ledger has a partition for each day.
const MOST_DAYS: u64 = 3_650;

/// Sets the ledger beside the provider's books; an error if they differ.
pub(crate) async fn audit(data: &Path, since: &str, json: bool) -> Result<(), Ending> {
    let makers = makers(false).await?;
    let since = instant(since)?;
    let workplace = Workplace::ask(data, makers).await?;
    let audit = steps::audit::audit(workplace.house(), workplace.speech(), since).await?;
    if json {
        let mut value = serde_json::to_value(&audit).expect("an audit always serialises");
        value["agrees"] = json!(audit.agrees());
        print_json(&value);
    } else {
        show(&audit, workplace.speech().profile().usd_per_1000_characters);
    }
    if audit.agrees() {
        return Ok(());
    }
    let count = audit.differences.len();
    let calls = if count == 1 { "1 call".to_owned() } else { format!("{count} calls") };
    let rest = match audit.balance.filter(BalanceView::differs) {
        Some(balance) => format!(", and {} characters of the balance are of no call", balance.rest_characters),
        None => String::new(),
    };
    Err(Ending::Differ(format!("the ledger and the books of {} differ in {calls}{rest}", audit.provider)))
}

fn show(audit: &Audit, usd_per_1000_characters: f64) {
    let usd = |characters: u64| dollars(characters as f64 * usd_per_1000_characters / 1000.0);
    let Audit { ledger, history, balance, .. } = audit;
    print(&format!("  ▸ since    {}", audit.since));
    print(&format!(
        "  ▸ ledger   {} calls paid · {} characters · {}   ({} recovered · {} lost · {} not charged · {} open)",
        ledger.paid_calls,
        ledger.paid_characters,
        usd(ledger.paid_characters),
        ledger.recovered,
        ledger.lost,
        ledger.not_charged,
        ledger.open
    ));
    print(&format!(
        "  ▸ history  {} calls · {} characters; of this house {} calls · {} characters; adopted {} calls · {} characters",
        history.calls,
        history.characters,
        history.our_calls,
        history.our_characters,
        history.adopted_calls,
        history.adopted_characters
    ));
    match balance {
        Some(balance) => print(&format!(
            "  ▸ balance  {} of {} characters used ({})",
            balance.used_characters, balance.limit_characters, balance.tier
        )),
        None => print("  ▸ balance  it may not be read with this key"),
    }
    if let Some(balance) = balance.as_ref().filter(|balance| balance.differs()) {
        print(&format!(
            "  ▸ differs  {} characters of the balance are of no call: another product's, or removed from the history",
            balance.rest_characters
        ));
    }
    for one in &audit.differences {
        let item = one.item.as_deref().unwrap_or("-");
        print(&format!(
            "  ▸ differs  call {} (item {item}): ledger {} · history {}: {}",
            one.attempt, one.ledger_characters, one.history_characters, one.detail
        ));
    }
    for one in &audit.elsewhere {
        print(&format!("  ▸ not ours {}  {}  {} characters  {}", one.at, one.item, one.characters, shown(&one.text)));
    }
    print(&match balance {
        _ if !audit.agrees() => "  ▸ they do not agree".to_owned(),
        None => "  ▸ ledger and history agree, to the character".to_owned(),
        Some(balance) if balance.rest_characters > 0 => format!(
            "  ▸ ledger and history agree, to the character; {} characters of the balance may be older, or of no call",
            balance.rest_characters
        ),
        Some(_) => "  ▸ they agree, to the character".to_owned(),
    });
}

/// Files what the history holds as takes.
pub(crate) async fn adopt(data: &Path, since: &str, json: bool) -> Result<(), Ending> {
    let makers = makers(false).await?;
    let since = instant(since)?;
    let asked = Workplace::ask(data, makers).await?;
    if asked.is_nowhere {
        // A key that may not read the history is told before anything is written.
        let books = asked.makers.speech.books().ok_or(NoAudit::NoBooks)?;
        let first = HistoryQuery { since: Some(since), ..HistoryQuery::default() };
        books.history(&first).await.map_err(NoAudit::from)?;
    }
    let workplace = asked.on_disk(data).await?;
    let told = |one: &Adopted| {
        if !json {
            tell(one);
        }
    };
    let (house, speech, studio) = (workplace.house(), workplace.speech(), workplace.makers.studio.as_ref());
    let all = steps::adopt::adopt(house, speech, studio, since, told).await?;
    let filed = |one: &&Adopted| matches!(one.outcome, Adoption::Filed | Adoption::FiledWithoutTimes);
    let characters: u64 = all.iter().filter(filed).map(|one| one.characters).sum();
    if json {
        print_json(&json!({ "items": all, "adopted_characters": characters }));
        return Ok(());
    }
    let adopted = all.iter().filter(filed).count();
    let saved = dollars(characters as f64 * speech.profile().usd_per_1000_characters / 1000.0);
    print(&format!(
        "  ▸ adopted  {adopted} of {} items · {characters} characters · {saved} that need not be paid again",
        all.len()
    ));
    if all.iter().any(|one| matches!(one.outcome, Adoption::Unusable(_))) {
        warn("  ▸ note     what could not be used is named above; nothing was lost");
    }
    Ok(())
}

fn tell(one: &Adopted) {
    let outcome = match &one.outcome {
        Adoption::Filed => "filed".to_owned(),
        Adoption::FiledWithoutTimes => "filed; the history has no times, words are placed by the sound".to_owned(),
        Adoption::Known => "there already".to_owned(),
        Adoption::OfAnOpenCall => "of a call that is not settled: the next film of that line has it".to_owned(),
        Adoption::Unusable(why) => format!("cannot be used: {why}"),
    };
    print(&format!("  {}  {:>5} characters  {:<50} {outcome}", one.at, one.characters, shown(&one.text)));
}

pub(crate) fn shown(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= SHOWN {
        return line;
    }
    line.chars().take(SHOWN - 1).chain(['…']).collect()
}

/// What `--since` says.
pub(crate) fn instant(text: &str) -> Result<Timestamp, Ending> {
    let wrong = |sentence| Invalid::one("", format!("--since: {sentence}"));
    Ok(Timestamp::since(text, SystemClock.now(), MOST_DAYS).map_err(wrong)?)
}

impl From<NoAudit> for Ending {
    fn from(error: NoAudit) -> Self {
        match error {
            NoAudit::NoBooks => Self::NoBooks,
            NoAudit::Provider(error) => Self::Provider(error),
            NoAudit::Store(error) => Self::Store(error),
        }
    }
}
