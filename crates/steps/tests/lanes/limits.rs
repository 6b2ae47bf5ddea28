//! How many calls run at once where the account allows fewer than there are lanes.

use crate::lanes::city::City;
use story::Speech;
use story::pace::Pace;
use story::ticket::Priority;

const MINUTE_MS: u64 = 60_000;

/// Enough to speak for some minutes.
async fn much(city: &City) {
    for name in ["one", "two", "three"] {
        city.order(name, 500, Priority::Preview).await;
    }
}

/// Refusals, and the share of the calls that an account of that limit would have taken.
fn share(city: &City, from_ms: u64, to_ms: u64, limit: u64) -> (usize, f64) {
    let (calls, refusals) = city.log().requests(from_ms, to_ms);
    (refusals, calls as f64 * 1_000.0 / ((to_ms - from_ms) * limit) as f64)
}

#[tokio::test(start_paused = true)]
async fn three_lanes_at_an_account_for_two_run_at_two_and_try_the_third_after_a_quiet_minute() {
    let city = City::new(3, 1_000);
    city.provider.takes(2);
    much(&city).await;
    city.lives_until(MINUTE_MS - 100).await;
    let (refusals, taken) = share(&city, 0, MINUTE_MS, 2);
    assert!((1..=2).contains(&refusals) && taken > 0.95, "{refusals} refusals, {taken}");
    city.lives_until(MINUTE_MS + 10_000).await;
    let (tried, taken) = share(&city, MINUTE_MS - 100, MINUTE_MS + 10_000, 2);
    assert!(tried == 1 && taken > 0.85, "{tried} tries, {taken}");
    // Meanwhile it takes more: the next try shows it.
    city.provider.takes(3);
    city.lives_until(2 * MINUTE_MS + 10_000).await;
    let (refusals, taken) = share(&city, 2 * MINUTE_MS + 5_000, 2 * MINUTE_MS + 10_000, 3);
    assert!(refusals == 0 && taken > 0.95, "{refusals} refusals, {taken}");
    assert_eq!(city.log().in_flight(city.now_ms() - 500), 3);
}

#[tokio::test(start_paused = true)]
async fn a_limit_that_moves_each_minute_is_followed_and_better_where_the_provider_tells_it() {
    for (tells, at_least) in [(true, 0.95), (false, 0.80)] {
        for call_ms in [1_000, 940] {
            let city = City::new(4, call_ms);
            if tells {
                city.provider.tells();
            }
            much(&city).await;
            let mut possible = 0;
            for minute in 0..9 {
                let limit = [2, 4, 1][minute % 3];
                city.provider.takes(limit);
                possible += limit * 60_000 / call_ms as usize;
                city.lives(MINUTE_MS).await;
            }
            let (calls, refusals) = city.log().requests(0, 9 * MINUTE_MS);
            let (share, refused) = (calls as f64 / possible as f64, refusals as f64 / (calls + refusals) as f64);
            let what = format!("tells {tells}, {call_ms} ms: {calls} of {possible} calls, {refusals} refusals");
            assert!(share >= at_least && refused <= 0.02, "{what}");
            assert!(city.log().max_in_flight <= 4 && city.log().twice().is_empty(), "{what}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_house_with_fewer_lanes_than_before_speaks_on_whichever_of_them_are_closed() {
    for closed in [vec![0], vec![0, 1], vec![0, 1, 2]] {
        let city = City::new(1, 1_000);
        let account = city.speech().profile().account;
        let pace = Pace { closed: closed.into_iter().collect(), ..Pace::new(&account) };
        city.house.swap(&pace, None).await.expect("the stores work").expect("none stood there");
        let id = city.order("fewer", 4, Priority::Preview).await;
        city.succeeded(&id).await;
        assert!(city.now_ms() < 10_000, "{} ms", city.now_ms());
    }
}
