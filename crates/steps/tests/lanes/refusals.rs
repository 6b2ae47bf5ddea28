//! What the lanes do where the provider is too busy, or the account is empty.

use crate::lanes::city::{City, Wakes};
use doubles::account::FaultKind;
use story::job::Status;
use story::pace::Pace;
use story::ticket::Priority;
use story::time::DAY_MS;

#[tokio::test(start_paused = true)]
async fn all_lanes_rest_ever_longer_while_the_provider_is_busy_and_then_go_on() {
    for kind in [FaultKind::RateLimit, FaultKind::SystemBusy] {
        for lanes in [1, 3] {
            let city = City::new(lanes, 1_000);
            let id = city.order("job", 100, Priority::Preview).await;
            city.lives_until(5_500).await;
            city.provider.fails(kind.times(1_000_000));
            city.lives_until(125_500).await;
            city.provider.account().faults.clear();
            city.lives_until(160_000).await;
            let log = city.log();
            let (_, refusals) = log.requests(5_500, 125_500);
            // Doubling from half a second to half a minute, each rest between a quarter and the whole of it.
            let what = format!("{kind:?}, {lanes} lanes: {:?}", log.refusals);
            assert!((6..=20 * lanes as usize).contains(&refusals), "{what}");
            let rests: Vec<u64> = log.refusals.windows(2).map(|two| two[1] - two[0]).filter(|ms| *ms > 0).collect();
            let (first, longest) = (rests[0], rests.iter().max().copied().unwrap_or_default());
            assert!(first <= 3_000 && (7_500..=31_100).contains(&longest), "{what}");
            assert!(log.requests(125_500, 160_000).0 > 0, "{what}");
            city.succeeded(&id).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_says_how_long_it_wants_to_be_left_alone_is() {
    let city = City::new(3, 1_000);
    let id = city.order("job", 40, Priority::Preview).await;
    city.provider.manner().retry_after_ms = Some(20_000);
    city.lives_until(3_500).await;
    city.provider.fails(FaultKind::RateLimit.times(3));
    city.lives_until(60_000).await;
    city.lives_until(90_000).await;
    let log = city.log();
    assert_eq!(log.refusals.len(), 3);
    for at_ms in &log.refusals {
        assert_eq!(log.requests(at_ms + 1, at_ms + 20_000), (0, 0), "{:?}", log.refusals);
    }
    assert!(log.requests(log.refusals[2] + 20_000, log.refusals[2] + 21_500).0 >= 3);
    city.succeeded(&id).await;
}

#[tokio::test(start_paused = true)]
async fn a_rest_that_a_clock_ahead_by_a_day_has_written_is_over() {
    let mut city = City::without_workers(1, 1_000);
    city.hosts();
    let tomorrow = city.began().plus_ms(DAY_MS);
    let pace = Pace { rests_until: tomorrow, refusals: 3, ..Pace::new("account") };
    city.house.swap(&pace, None).await.expect("the stores work");
    let id = city.order("job", 3, Priority::Preview).await;
    city.provider.manner().retry_after_ms = Some(20_000);
    city.provider.fails(FaultKind::RateLimit.for_text("job 1"));
    city.worker(city.house.clone(), Wakes::EachSecond);
    city.succeeded(&id).await;
    let begins = city.log().begins("job");
    assert!(begins[0] < 100 && (21_000..25_000).contains(&begins[1]), "the next rest counts: {begins:?}");
}

#[tokio::test(start_paused = true)]
async fn an_empty_account_stops_the_lanes_with_one_reason_until_a_person_resumes() {
    for lanes in [1, 3] {
        let city = City::new(lanes, 1_000);
        let jobs = [city.order("one", 30, Priority::Preview).await, city.order("two", 30, Priority::Video).await];
        city.lives_until(5_500).await;
        let spoken = city.log().calls.len();
        city.provider.account().settings.credits = 0;
        for id in &jobs {
            let view = city.ended(id).await;
            assert_eq!(view.status, Status::Failed);
            let reason = view.error.map(|error| error.detail).unwrap_or_default();
            assert!(reason.contains("quota_exceeded"), "{reason}");
        }
        assert!(city.now_ms() < 8_000, "nobody waits in vain");
        let refused = city.log().refusals.len();
        assert!((1..=lanes as usize).contains(&refused), "{refused} refused");
        let late = city.order("late", 3, Priority::Interactive).await;
        assert_eq!(city.ended(&late).await.status, Status::Failed);
        city.lives(120_000).await;
        assert_eq!((city.log().refusals.len(), city.log().calls.len()), (refused, spoken));
        city.provider.account().settings.credits = 1_000_000;
        assert!(steps::cancel::retry(&city.house, &jobs[0]).await.expect("the stores work"));
        let view = city.succeeded(&jobs[0]).await;
        assert_eq!(view.counts.lines, 30);
        let after = city.order("after", 3, Priority::Preview).await;
        city.succeeded(&after).await;
        assert!(city.log().twice().is_empty());
    }
}
