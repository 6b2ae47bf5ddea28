//! Who is spoken when.

use crate::lanes::city::{City, line, script};
use std::time::Duration;
use steps::open::Request;
use story::job::Kind;
use story::ticket::Priority;

const CALL_MS: u64 = 1_000;

#[tokio::test(start_paused = true)]
async fn four_lines_behind_five_hundred_wait_less_than_a_twentieth_of_what_plain_age_order_would_make_them_wait() {
    for (lanes, after_ms) in [(1, 10_500), (1, 60_200), (3, 10_500)] {
        let city = City::new(lanes, CALL_MS);
        city.order("long", 500, Priority::Preview).await;
        city.lives_until(after_ms).await;
        let before = 500 - city.log().begins("long").len() as u64;
        let id = city.order("short", 4, Priority::Preview).await;
        city.succeeded(&id).await;
        let last = city.log().begins("short")[3];
        let (waited_ms, plain_ms) = (last - after_ms, before * CALL_MS / u64::from(lanes));
        assert!(waited_ms * 20 < plain_ms, "{lanes} lanes: {waited_ms} ms, in plain order {plain_ms}");
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_at_the_other_end_waits_for_two_calls_at_most() {
    let city = City::new(1, CALL_MS);
    for (name, priority) in [("film", Priority::Video), ("preview", Priority::Preview), ("warm", Priority::Warm)] {
        city.order(name, 200, priority).await;
    }
    let mut longest_ms = 0;
    for asked in 0..70_u64 {
        // Moments that meet every turn, and every part of a call.
        city.lives_until(3_000 + asked * 4_370).await;
        let name = format!("asked{asked}");
        let (at_ms, id) = (city.now_ms(), city.order(&name, 1, Priority::Interactive).await);
        city.succeeded(&id).await;
        longest_ms = longest_ms.max(city.log().begins(&name)[0] - at_ms);
    }
    assert!((CALL_MS..=2 * CALL_MS).contains(&longest_ms), "{longest_ms} ms");
}

/// Previews that come faster than the lane speaks them.
fn previews_come(city: &mut City) {
    let (house, speech) = (city.house.clone(), city.speech());
    city.spawn(async move {
        for number in 0.. {
            let texts: Vec<String> = (0..6).map(|index| line(&format!("stream{number}"), index)).collect();
            let request = Request::script(Kind::Preview, script(&texts));
            steps::open::open(&house, &speech, request).await.expect("the order is good");
            house.clock.sleep(Duration::from_secs(5)).await;
        }
    });
}

#[tokio::test(start_paused = true)]
async fn films_and_warm_lines_are_spoken_in_bounded_time_while_previews_would_fill_the_lane() {
    // Each fifteenth turn begins with films, but for each sixtieth.
    for (priority, turns) in [(Priority::Video, 30), (Priority::Warm, 60)] {
        for after_ms in [10_300, 17_900, 31_000, 59_500] {
            let mut city = City::new(1, CALL_MS);
            previews_come(&mut city);
            city.lives_until(after_ms).await;
            city.order("late", 2, priority).await;
            city.lives((2 * turns + 3) * CALL_MS).await;
            let begins = city.log().begins("late");
            assert_eq!(begins.len(), 2, "{priority:?} after {after_ms} ms: {begins:?}");
            let waited_ms = begins[0] - after_ms;
            assert!(waited_ms <= (turns + 1) * CALL_MS, "{priority:?} after {after_ms} ms: {waited_ms} ms");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn two_long_jobs_share_the_lanes_line_by_line() {
    for (lanes, later_ms) in [(1, 0), (1, 30_400), (3, 30_400)] {
        let city = City::new(lanes, CALL_MS);
        let first = city.order("first", 500, Priority::Preview).await;
        city.lives_until(later_ms).await;
        let second = city.order("second", 500, Priority::Preview).await;
        city.succeeded(&first).await;
        city.succeeded(&second).await;
        let log = city.log();
        let end = log.begins("first")[499].min(log.begins("second")[499]);
        // Of several lanes each looks as far ahead for its own share.
        let few = if lanes == 1 { 2 } else { 5 * i64::from(lanes) };
        let (mut ahead, mut shared) = (0_i64, 0);
        for (text, begin, _) in log.calls.iter().filter(|(_, begin, _)| (later_ms..end).contains(begin)) {
            shared += 1;
            ahead += if text.starts_with("first ") { 1 } else { -1 };
            assert!(ahead.abs() <= few, "{lanes} lanes, later by {later_ms} ms: {ahead} ahead at {begin} ms");
        }
        assert!(shared > 800, "{shared}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_film_s_line_that_a_person_wants_is_spoken_at_the_person_s_turn() {
    let city = City::new(1, CALL_MS);
    let film = city.order("film", 100, Priority::Video).await;
    city.lives_until(7_300).await;
    let asked = city.order_texts(&[line("film", 80)], Priority::Interactive).await;
    let view = city.succeeded(&asked).await;
    let begin = city.log().begin(&line("film", 80)).expect("it was spoken");
    assert!(begin - 7_300 <= 2 * CALL_MS, "{begin}");
    city.succeeded(&film).await;
    assert_eq!(city.log().calls.len(), 100, "{:?}", city.log().twice());
    assert_eq!(view.counts.lines, 1);
}
