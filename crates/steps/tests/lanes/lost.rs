//! Calls that are lost or come to nothing, and what may disturb those who settle them.

use crate::lanes::city::{City, Wakes};
use crate::lanes::meddler::{EARLIER, changes_the_take_that_is_given_up, wrote_all_takes_before};
use doubles::account::FaultKind;
use serde_json::json;
use std::time::Duration;
use steps::open::Request;
use story::Timestamp;
use story::artifacts::{Object, collect};
use story::job::{Kind, Status};
use story::ledger::{Attempt, Ending, OpenAttempt, day};
use story::maker::MakerError;
use story::records::Partition;
use story::take::{Take, TakeState};
use story::ticket::Priority;
use story::time::DAY_MS;

const MINUTE_MS: u64 = 60_000;

/// A city in which the call for a text that contains these words is lost.
fn losing(words: &str) -> City {
    let city = City::new(1, 1_000);
    city.provider.fails(FaultKind::Reset.for_text(words));
    city
}

async fn takes(city: &City) -> Vec<Take> {
    let takes = city.house.list_all::<Take>(&Partition::Takes).await.expect("the stores work");
    takes.into_iter().map(|read| read.record).collect()
}

async fn endings(city: &City) -> Vec<Ending> {
    let today = Partition::Ledger(day(city.began()));
    let mut attempts = city.house.list_all::<Attempt>(&today).await.expect("the stores work");
    attempts.sort_by_key(|read| read.record.started_at);
    attempts.into_iter().map(|read| read.record.ending).collect()
}

#[tokio::test(start_paused = true)]
async fn a_call_that_began_a_day_later_than_its_attempt_is_looked_for_before_it_is_bought_again() {
    let midnight = Timestamp(1_795_000_000_000_u64.next_multiple_of(DAY_MS));
    let mut city = City::begun(Timestamp(midnight.0 - 500), 1, 1_000);
    city.provider.fails(FaultKind::Reset.for_text("job 1"));
    city.worker(city.house.clone(), Wakes::EachSecond);
    city.hosts();
    let id = city.order("job", 2, Priority::Preview).await;
    let view = city.succeeded(&id).await;
    let log = city.log();
    // While the first call runs the second attempt is prepared.
    assert!(log.calls[0].1 < 500 && log.calls[1].1 > 500, "{:?}", log.calls);
    assert_eq!((log.twice(), view.counts.rebought), (Vec::new(), 0));
}

#[tokio::test(start_paused = true)]
async fn a_history_that_cannot_be_read_is_no_look_and_what_it_hides_is_not_bought_unsaid() {
    let sentence = || "this key may not read the history".to_owned();
    for error in [MakerError::Spent(sentence()), MakerError::Refused(sentence())] {
        let city = losing("job 0");
        city.provider.manner().unreadable = Some(error);
        let id = city.order("job", 1, Priority::Preview).await;
        let view = city.ended(&id).await;
        let reason = view.error.map(|error| error.detail).unwrap_or_default();
        assert_eq!((view.status, city.log().calls.len()), (Status::Failed, 1), "{reason}");
        assert!(reason.contains(&sentence()) && reason.contains("retry to buy it again"), "{reason}");
        assert!(city.now_ms() < 5 * MINUTE_MS, "nobody waits in vain");
        assert!(steps::cancel::retry(&city.house, &id).await.expect("the stores work"));
        city.succeeded(&id).await;
        assert_eq!(city.log().calls.len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_history_that_can_be_read_again_in_time_still_shows_what_was_lost() {
    let city = losing("job 0");
    city.provider.manner().unreadable = Some(MakerError::Spent("this key is not known".into()));
    let id = city.order("job", 1, Priority::Preview).await;
    // Past the time of the last look.
    city.lives_until(125_000).await;
    city.provider.manner().unreadable = None;
    city.succeeded(&id).await;
    assert_eq!(city.log().calls.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_lost_call_whose_take_was_changed_as_it_was_given_up_is_settled_all_the_same() {
    let mut city = City::without_workers(1, 1_000);
    city.provider.fails(FaultKind::Reset.for_text("job 0"));
    city.provider.account().settings.list_after_ms = u64::MAX / 2;
    city.worker(changes_the_take_that_is_given_up(&city.house), Wakes::EachSecond);
    city.hosts();
    let id = city.order("job", 1, Priority::Preview).await;
    city.lives_until(20_000).await;
    assert!(steps::cancel::cancel(&city.house, &id).await.expect("the stores work"));
    city.lives(10 * MINUTE_MS).await;
    let states: Vec<TakeState> = takes(&city).await.into_iter().map(|take| take.state).collect();
    assert!(matches!(states[..], [TakeState::Failed { lost: true, .. }]), "{states:?}");
    assert_eq!(city.house.list_all::<OpenAttempt>(&Partition::OpenAttempts).await.expect("the stores work").len(), 0);
    assert_eq!(endings(&city).await, [Ending::Lost]);
}

#[tokio::test(start_paused = true)]
async fn what_was_fetched_from_the_history_so_slowly_that_its_name_was_cleared_is_fetched_anew() {
    let city = losing("job 0");
    city.provider.manner().sound_in_ms = 16 * MINUTE_MS;
    let id = city.order("job", 1, Priority::Preview).await;
    city.succeeded(&id).await;
    assert!(city.now_ms() > 16 * MINUTE_MS);
    assert_eq!((city.log().calls.len(), takes(&city).await[0].rebought), (1, false));
}

#[tokio::test(start_paused = true)]
async fn an_item_whose_call_the_ledger_names_for_another_attempt_is_not_taken() {
    let mut city = City::without_workers(1, 1_000);
    // Not charged, which nobody can know.
    city.provider.fails(FaultKind::InternalError.times(1));
    city.hosts();
    let script = json!({
        "speakers": { "Ana": {} },
        "lines": [{ "speaker": "Ana", "text": "Same." }, { "speaker": "Ana", "text": "Same.", "retake": 1 }],
    });
    let request = Request::script(Kind::Preview, serde_json::from_value(script).expect("a script"));
    let id = steps::open::open(&city.house, &city.speech(), request).await.expect("the order is good").id;
    city.worker(city.house.clone(), Wakes::EachSecond);
    let view = city.succeeded(&id).await;
    assert_eq!((city.log().calls.len(), view.counts.rebought), (2, 1));
    let receipts: Vec<_> = endings(&city).await.iter().filter_map(|ending| ending.receipt().cloned()).collect();
    assert!(receipts.len() == 2 && receipts[0].request_id != receipts[1].request_id, "{receipts:?}");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_never_ends_is_cut_after_ten_minutes_and_looked_for() {
    let city = City::new(1, 1_000);
    city.provider.fails(FaultKind::Hang { headers: true }.for_text("job 0"));
    let id = city.order("job", 1, Priority::Preview).await;
    city.succeeded(&id).await;
    let log = city.log();
    let lasted_ms: Vec<_> = log.calls.iter().map(|(_, begin, end)| end.map(|end| end - begin)).collect();
    assert_eq!(lasted_ms, [Some(10 * MINUTE_MS)]);
}

#[tokio::test(start_paused = true)]
async fn what_lies_under_an_attempts_name_is_not_written_over() {
    let mut city = City::without_workers(1, 1_000);
    city.worker(wrote_all_takes_before(&city.house), Wakes::EachSecond);
    city.hosts();
    let id = city.order("job", 1, Priority::Preview).await;
    city.succeeded(&id).await;
    let take = takes(&city).await.remove(0);
    let attempt = take.recording().expect("it is there").attempt.clone();
    let stored = city.house.artifacts.get(&Object::TakeAudio(take.key.clone(), attempt.clone()), None).await;
    let sound = collect(stored.expect("the stores work").expect("it is there")).await.expect("the stores work");
    assert_eq!(sound, EARLIER);
    let stored = city.house.artifacts.get(&Object::TakeSidecar(take.key, attempt), None).await;
    let sidecar = collect(stored.expect("the stores work").expect("it is there")).await.expect("the stores work");
    assert!(sidecar.starts_with(br#"{"receipt":{"characters":1}}"#), "{sidecar:?}");
}

#[tokio::test(start_paused = true)]
async fn who_loses_the_records_swap_removes_its_own_two_objects() {
    let city = City::new(1, 1_000);
    city.order("job", 1, Priority::Preview).await;
    city.lives_until(500).await;
    let TakeState::Speaking(speaking) = takes(&city).await.remove(0).state else { panic!("it is being spoken") };
    let settled = |take: &Take| take.failed(&speaking.attempt, "another step knew better");
    city.house.update(&Partition::Takes, &speaking.turn.what.0, settled).await.expect("the stores work");
    city.lives_until(1_500).await;
    assert!(matches!(endings(&city).await[..], [Ending::Spoken(_)]), "its call has ended, and was paid");
    assert!(city.house.artifacts.list("takes/").await.expect("the stores work").is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_request_that_comes_too_late_is_not_sent_and_its_take_waits_again_at_once() {
    let city = City::new(1, 1_000);
    city.provider.manner().connects_in_ms = Duration::from_secs(26).as_millis() as u64;
    let id = city.order("job", 1, Priority::Preview).await;
    city.succeeded(&id).await;
    let begins = city.log().begins("job");
    assert!(begins.len() == 1 && (26_000..26_100).contains(&begins[0]), "{begins:?}");
    let endings = endings(&city).await;
    assert!(
        matches!(&endings[..], [Ending::Closed(why), Ending::Spoken(_)] if why == "it was too late to begin"),
        "{endings:?}"
    );
}
