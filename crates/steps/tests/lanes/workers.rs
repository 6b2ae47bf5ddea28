//! Workers whose stores are slow or stand still, whose time is over, or who die.

use crate::lanes::city::{City, Wakes};
use crate::lanes::slow::Slowness;
use crate::world::Timekeeper;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use story::House;
use story::fit::VoiceRate;
use story::house::{Held, LaneLock};
use story::lane::Lane;
use story::records::{Partition, Read};
use story::ticket::Priority;

#[tokio::test(start_paused = true)]
async fn between_two_calls_lie_at_most_three_operations_of_slow_records() {
    for call_ms in [300, 1_000] {
        let mut city = City::without_workers(1, call_ms);
        let slowness = city.slow(5, 60);
        city.worker(city.house.clone(), Wakes::EachSecond);
        city.hosts();
        let id = city.order("job", 100, Priority::Preview).await;
        city.lives(10_000).await;
        city.succeeded(&id).await;
        let log = city.log();
        let pauses: Vec<u64> = log.calls.windows(2).filter_map(|two| Some(two[1].1 - two[0].2?)).skip(2).collect();
        assert_eq!(pauses.len(), 97);
        // Once a minute the sweep wishes anew for all that waits: what was found is read again.
        let long = pauses.iter().filter(|ms| **ms > 15).count();
        assert!(long <= 2 && pauses.iter().all(|ms| *ms <= 25), "calls of {call_ms} ms: {pauses:?}");
        // The order's, the job's and the sweep's among them.
        assert!(slowness.operations() <= 70 * 100, "{}", slowness.operations());
        assert!(log.max_in_flight == 1 && log.twice().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn five_lanes_on_slow_stores_are_used_as_well_as_one() {
    for (call_ms, at_least) in [(300, 0.95), (1_000, 0.98)] {
        let mut city = City::without_workers(5, call_ms);
        let ids = [city.order("one", 200, Priority::Preview).await, city.order("two", 60, Priority::Preview).await];
        city.hosts();
        city.lives(1_000).await;
        city.slow(5, 60);
        for _ in 0..5 {
            city.worker(city.house.clone(), Wakes::EachSecond);
        }
        for id in &ids {
            city.succeeded(id).await;
        }
        let log = city.log();
        let spoken_ms: u64 = log.calls.iter().filter_map(|(_, begin, end)| Some((*end)? - begin)).sum();
        let last = log.calls.iter().filter_map(|(_, _, end)| *end).max().unwrap_or_default();
        let used = spoken_ms as f64 / (5 * (last - log.calls[0].1)) as f64;
        assert!(used >= at_least && log.max_in_flight == 5, "calls of {call_ms} ms: {used}");
    }
}

#[tokio::test(start_paused = true)]
async fn lines_that_end_at_the_same_time_all_teach_their_voice() {
    let mut city = City::without_workers(5, 1_000);
    city.slow(5, 60);
    city.hosts();
    for _ in 0..5 {
        city.worker(city.house.clone(), Wakes::EachSecond);
    }
    let id = city.order("job", 40, Priority::Preview).await;
    city.succeeded(&id).await;
    city.lives(1_000).await;
    let rates: Vec<Read<VoiceRate>> = city.house.list_all(&Partition::VoiceRates).await.expect("the stores work");
    assert_eq!(rates.iter().map(|rate| rate.record.samples.len()).sum::<usize>(), 40);
}

#[tokio::test(start_paused = true)]
async fn a_worker_whose_time_is_over_finishes_its_call_begins_no_other_and_wakes_the_next() {
    let mut city = City::without_workers(1, 1_000);
    city.hosts();
    let (house, speech) = (city.house.clone(), city.speech());
    let ended = city.spawn(async move {
        let studio = Timekeeper::default();
        house.clock.sleep(Duration::from_millis(100)).await;
        let budget = Duration::from_millis(5_400);
        steps::speak::speak_for(&house, &speech, &studio, budget).await.expect("the stores work");
    });
    let id = city.order("job", 10, Priority::Preview).await;
    city.lives_until(4_000).await;
    // It finds the lane held, and waits to be woken.
    let other = city.worker(city.house.clone(), Wakes::Only);
    city.lives_until(7_000).await;
    assert!(ended.is_finished() && !other.is_finished());
    let begins = city.log().begins("job");
    assert_eq!(begins[..6], [100, 1_100, 2_100, 3_100, 4_100, 5_100]);
    assert_eq!(begins.get(6), Some(&6_100), "the next begins at once");
    city.succeeded(&id).await;
    assert_eq!(city.log().calls.len(), 10, "nothing is spoken twice");
}

/// From the moment at which a worker stops until the next call begins.
async fn pause(stops_at_ms: u64, wakes: Wakes, stop: impl AsyncFnOnce(&mut City) -> u64) -> u64 {
    let mut city = City::without_workers(1, 1_000);
    city.hosts();
    city.order("job", 300, Priority::Preview).await;
    let stopped_ms = {
        city.lives_until(stops_at_ms % 1_000).await;
        stop(&mut city).await
    };
    city.worker(city.house.clone(), wakes);
    city.lives(170_000).await;
    let log = city.log();
    assert_eq!(log.max_in_flight, 1);
    let next = log.calls.iter().map(|(_, begin, _)| *begin).find(|begin| *begin >= stopped_ms);
    next.expect("the lane goes on") - stopped_ms
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_dies_costs_its_lane_65_seconds_at_most() {
    let mut longest_ms = 0;
    for dies_at_ms in (0..20).map(|number| 5_300 + number * 3_070) {
        let paused_ms = pause(dies_at_ms, Wakes::EachSecond, async |city| {
            let worker = city.worker(city.house.clone(), Wakes::EachSecond);
            city.lives_until(dies_at_ms).await;
            worker.abort();
            city.now_ms()
        });
        longest_ms = longest_ms.max(paused_ms.await);
    }
    assert!((20_000..=65_000).contains(&longest_ms), "{longest_ms} ms");
}

#[tokio::test(start_paused = true)]
async fn a_lane_of_the_dead_is_taken_five_seconds_after_its_lease_and_not_before() {
    let mut city = City::without_workers(1, 1_000);
    city.hosts();
    city.order("job", 100, Priority::Preview).await;
    let worker = city.worker(city.house.clone(), Wakes::EachSecond);
    city.lives_until(13_500).await;
    worker.abort();
    let lane: Read<Lane> = city.house.list_all(&Partition::Lanes).await.expect("the stores work").remove(0);
    let over_ms = lane.record.lease_until.since_ms(city.began()) + 5_000;
    city.worker(city.house.clone(), Wakes::EachSecond);
    city.lives_until(over_ms + 10_000).await;
    let next = city.log().begins("job").into_iter().find(|begin| *begin > 13_500).expect("the lane goes on");
    assert!((over_ms + 1..=over_ms + 1_100).contains(&next), "{next} ms, its lease and five seconds end at {over_ms}");
}

/// A machine on which another process has every lane's lock.
struct Anothers;

impl LaneLock for Anothers {
    fn try_hold(&self, _lane: &str) -> Held {
        Held::No
    }
}

#[tokio::test(start_paused = true)]
async fn who_cannot_lock_the_file_does_not_take_the_lane_whatever_the_lease_says() {
    let mut city = City::without_workers(1, 1_000);
    city.hosts();
    let id = city.order("job", 2, Priority::Preview).await;
    let locked_out = House { lane_lock: Arc::new(Anothers), ..city.house.clone() };
    city.worker(locked_out, Wakes::EachSecond);
    city.lives(120_000).await;
    assert_eq!(city.log().calls.len(), 0, "the lane is free, and its lock is not");
    city.worker(city.house.clone(), Wakes::EachSecond);
    city.succeeded(&id).await;
}

#[tokio::test(start_paused = true)]
async fn where_nobody_looks_again_by_himself_the_lane_of_the_dead_goes_on_by_its_message_or_by_the_sweep() {
    // The message of a worker that died comes back after a minute. Where even that is lost: the lane's lease ends after 35 s, and
    // the next sweep comes at most a minute after that.
    for (message, at_most_ms) in [(true, 65_000), (false, 96_000)] {
        let mut longest_ms = 0;
        for dies_at_ms in (0..40).map(|number| 5_300 + number * 1_570) {
            let paused_ms = pause(dies_at_ms, Wakes::Only, async |city| {
                let worker = city.worker(city.house.clone(), Wakes::Only);
                city.lives_until(dies_at_ms).await;
                worker.abort();
                let house = city.house.clone();
                city.spawn(async move {
                    house.clock.sleep(Duration::from_secs(60)).await;
                    if message {
                        house.queue.wake_speech("0").await.expect("the queue works");
                    }
                });
                city.now_ms()
            });
            longest_ms = longest_ms.max(paused_ms.await);
        }
        assert!((35_000..=at_most_ms).contains(&longest_ms), "{longest_ms} ms");
    }
}

#[tokio::test(start_paused = true)]
async fn a_worker_whose_stores_stand_still_ends_and_costs_its_lane_65_seconds_at_most() {
    let mut longest_ms = 0;
    for hangs_at_ms in (0..25).map(|number| 5_003 + number * 2_417) {
        let ended = Arc::new(AtomicU64::new(0));
        let paused_ms = pause(hangs_at_ms, Wakes::EachSecond, async |city| {
            let slowness = Slowness::new(Arc::clone(&city.house.clock), 2, 10);
            let (house, speech, ended) = (slowness.house(&city.house), city.speech(), Arc::clone(&ended));
            let clock = Arc::clone(&house.clock);
            city.spawn(async move {
                drop(steps::speak::speak(&house, &speech, &Timekeeper::default()).await);
                ended.store(clock.now().0, Ordering::SeqCst);
            });
            city.lives_until(hangs_at_ms).await;
            slowness.hang();
            city.now_ms()
        });
        longest_ms = longest_ms.max(paused_ms.await);
        assert!(ended.load(Ordering::SeqCst) > 0, "who hangs from {hangs_at_ms} ms on does not end");
    }
    assert!((20_000..=65_000).contains(&longest_ms), "{longest_ms} ms");
}
