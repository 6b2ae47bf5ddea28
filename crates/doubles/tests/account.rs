//! The rules without a server, as a simulation uses them: time is a number.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops here")]

use doubles::account::{Call, Ended, Endpoint, FaultKind, HistoryQuery, Refusal, SpeechCall, SpeechQuery};
use doubles::{Account, Settings};
use serde_json::json;

const GEORGE: &str = "JBFqnCBsd6RMkjVDRZzb";

fn begin(account: &mut Account, text: &str, now_ms: u64) -> Result<Call, Refusal> {
    let (query, body) = (SpeechQuery::default(), json!({"text": text}));
    let endpoint = Endpoint::StreamWithTimestamps;
    account.begin(
        SpeechCall { endpoint, api_key: Some("sk_double"), voice_id: GEORGE, query: &query, body: &body },
        now_ms,
    )
}

fn listed(account: &mut Account, now_ms: u64) -> Vec<String> {
    let page = account.history(&HistoryQuery::default(), now_ms).unwrap();
    page["history"].as_array().unwrap().iter().map(|item| item["text"].as_str().unwrap().to_owned()).collect()
}

fn account() -> Account {
    Account::new(Settings { speed: 2.0, first_byte_ms: 100, list_after_ms: 1_000, ..Settings::default() })
}

#[test]
fn a_call_is_charged_at_its_start_and_listed_some_time_after_its_end() {
    let mut account = account();
    let call = begin(&mut account, "abcd", 5_000).unwrap();
    assert_eq!((account.settings.used, account.in_flight(), call.generated_ms), (4, 1, 5_220));
    account.end(call.id, 5_300, Ended::Complete);
    assert_eq!(account.in_flight(), 0);
    assert_eq!(listed(&mut account, 6_299), [] as [&str; 0]);
    assert_eq!(listed(&mut account, 6_300), ["abcd"]);
    assert_eq!(account.items()[0].date_s, 5);
}

#[test]
fn a_client_that_leaves_frees_its_place_and_not_the_charge() {
    let mut account = account();
    account.settings.concurrency = Some(1);
    let call = begin(&mut account, "abcd", 5_000).unwrap();
    assert_eq!(begin(&mut account, "efgh", 5_001).unwrap_err().code, "concurrent_limit_exceeded");
    account.end(call.id, 5_010, Ended::ClientLeft);
    account.end(call.id, 9_000, Ended::Complete);
    assert!(begin(&mut account, "efgh", 5_011).is_ok());
    // Its generation ends when it would have, not when the client left, nor when someone says so again.
    assert_eq!(listed(&mut account, 6_219), [] as [&str; 0]);
    assert_eq!(listed(&mut account, 6_220), ["abcd"]);
    assert_eq!(account.log().calls[0].ended, Some(Ended::ClientLeft));
}

#[test]
fn how_many_calls_run_and_may_is_known_without_a_server() {
    let mut account = account();
    account.settings.concurrency = Some(1);
    let concurrency = |account: &Account, model: &str| account.concurrency(model).map(|it| (it.current, it.maximum));
    assert_eq!(concurrency(&account, "eleven_v4"), Some((0, 1)));
    let call = begin(&mut account, "abcd", 5_000).unwrap();
    account.settings.concurrency = None;
    assert_eq!(concurrency(&account, call.model_id), Some((1, 5)));
    assert_eq!(concurrency(&account, "eleven_flash_v2_5"), Some((0, 10)));
    assert_eq!(concurrency(&account, "nothing"), None);
    account.settings.concurrency = Some(1);
    let refusal = begin(&mut account, "efgh", 5_001).unwrap_err();
    assert_eq!(refusal.concurrency, account.concurrency(call.model_id));
    let logged = &account.log().refusals[0];
    assert_eq!((logged.at_ms, &*logged.model_id, &*logged.code), (5_001, call.model_id, "concurrent_limit_exceeded"));
}

#[test]
fn a_slow_first_byte_makes_the_generation_later() {
    let mut account = account();
    account.faults.push(FaultKind::SlowFirstByte { ms: 700 }.once());
    assert_eq!(begin(&mut account, "abcd", 0).unwrap().generated_ms, 920);
    assert_eq!(begin(&mut account, "abcd", 0).unwrap().generated_ms, 220);
}

#[test]
fn the_same_seed_gives_the_same_ids_and_another_gives_others() {
    let ids = |seed: u64| {
        let mut account = Account::new(Settings { seed, ..Settings::default() });
        let call = begin(&mut account, "a", 0).unwrap();
        (call.id, call.request_id, call.history_item_id)
    };
    assert_eq!(ids(1), ids(1));
    assert_ne!(ids(1), ids(2));
}

#[test]
fn the_log_adds_up_to_the_balance() {
    let mut account = account();
    account.settings.credits = 1_000;
    let mut taken = 0;
    for round in 0..100 {
        let fault = if round % 3 == 0 { FaultKind::InternalError } else { FaultKind::Reset };
        account.faults.push(fault.once());
        if let Ok(call) = begin(&mut account, &"x".repeat(1 + round % 40), round as u64) {
            account.end(call.id, round as u64, Ended::Reset);
            taken += 1;
        }
    }
    let items: u64 = account.items().iter().map(|item| item.used_to - item.used_from).sum();
    assert_eq!((account.log().charged(), items), (account.settings.used, account.settings.used));
    assert_eq!(account.log().calls.len(), taken);
    assert_eq!(account.log().calls.len() + account.log().refusals.len(), 100);
    assert!(account.log().refused("quota_exceeded") > 0 && account.settings.used <= 1_000);
}

#[test]
fn a_client_that_waits_in_vain_does_not_hold_up_the_generation() {
    let mut account = account();
    account.faults.push(FaultKind::Hang { headers: true }.once());
    let call = begin(&mut account, "abcd", 5_000).unwrap();
    assert_eq!(listed(&mut account, 6_220), ["abcd"]);
    account.end(call.id, 90_000, Ended::ClientLeft);
    assert_eq!(listed(&mut account, 6_220), ["abcd"]);
    assert_eq!(account.log().calls[0].generated_ms, 5_220);
}
