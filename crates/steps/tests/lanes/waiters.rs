//! Those at whose other end a client waits: they speak their own take, on a lane that they are given or that is free.

use crate::lanes::city::{City, line, script};
use doubles::account::FaultKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use steps::open::Request;
use steps::tap::Tap;
use steps::waiter::{Waited, Wish, wait};
use story::job::Kind;
use story::records::Partition;
use story::speech::{Extra, TakeRequest};
use story::ticket::Priority;
use tokio::task::JoinHandle;

/// Someone who waits, and what he can do.
struct Waiting {
    waited: JoinHandle<(Waited, u64)>,
    is_gone: Arc<AtomicBool>,
}

impl Waiting {
    fn leaves(&self) {
        self.is_gone.store(true, Ordering::SeqCst);
    }

    /// What it came to, and when.
    async fn ends(self) -> (Waited, u64) {
        self.waited.await.expect("nobody panics")
    }
}

async fn waits(city: &City, client: &str, text: String) -> Waiting {
    waits_with(city, client, text, Duration::from_secs(55)).await
}

async fn waits_with(city: &City, client: &str, text: String, patience: Duration) -> Waiting {
    let (house, speech) = (city.house.clone(), city.speech());
    let order = Request::script(Kind::Preview, script(&[text]));
    let plan = steps::open::prepare(&house, &speech, &order).await.expect("the order is good").plan;
    let request = plan.takes[0].request.clone();
    let wish = Wish { request, priority: Priority::Interactive, client: client.to_owned(), patience };
    let is_gone = Arc::new(AtomicBool::new(false));
    let gone = Arc::clone(&is_gone);
    let began = city.began();
    let waited = tokio::spawn(async move {
        let studio = crate::world::Timekeeper::default();
        let waited = wait(&house, &speech, &studio, &wish, Tap::default(), &|| gone.load(Ordering::SeqCst)).await;
        (waited.expect("the stores work"), house.clock.now().since_ms(began))
    });
    Waiting { waited, is_gone }
}

/// Whether the take was spoken for the wish.
fn is_made(waited: &Waited) -> bool {
    matches!(waited, Waited::Ready { reused: false, .. })
}

async fn nothing_waits(city: &City) {
    let tickets = city.house.records.list(&Partition::Tickets, "", 10).await.expect("the stores work");
    assert!(tickets.is_empty(), "{tickets:?}");
}

#[tokio::test(start_paused = true)]
async fn on_a_lane_that_is_free_the_call_begins_at_once_and_a_take_that_is_there_makes_none() {
    let city = City::new(1, 1_000);
    city.lives_until(5_000).await;
    let (waited, at_ms) = waits(&city, "ann", line("asked", 0)).await.ends().await;
    assert!(is_made(&waited), "{waited:?}");
    assert!(at_ms <= 6_500, "{at_ms}");
    let (waited, _) = waits(&city, "bob", line("asked", 0)).await.ends().await;
    assert!(matches!(waited, Waited::Ready { reused: true, .. }), "{waited:?}");
    assert_eq!(city.log().calls.len(), 1);
    nothing_waits(&city).await;
}

#[tokio::test(start_paused = true)]
async fn behind_a_long_job_a_waiter_is_given_the_lane_between_two_calls_and_the_job_goes_on() {
    for lanes in [1, 3] {
        let city = City::new(lanes, 1_000);
        let film = city.order("film", 60, Priority::Video).await;
        for asked in 0..8 {
            city.lives_until(3_300 + asked * 2_700).await;
            let at_ms = city.now_ms();
            let (waited, _) = waits(&city, "ann", line("asked", asked as usize)).await.ends().await;
            assert!(is_made(&waited), "{waited:?}");
            let begin = city.log().begin(&line("asked", asked as usize)).expect("it was spoken");
            // The call that runs, perhaps a fifth turn, and its own look for the lane.
            assert!(begin - at_ms <= 2_500, "{lanes} lanes: {} ms", begin - at_ms);
        }
        city.succeeded(&film).await;
        assert_eq!((city.log().calls.len(), city.log().twice()), (68, Vec::new()));
        assert!(city.log().max_in_flight <= lanes as usize);
        nothing_waits(&city).await;
    }
}

#[tokio::test(start_paused = true)]
async fn ten_who_wait_for_ten_texts_are_served_in_the_order_they_came_and_ten_for_one_text_by_one_call() {
    let city = City::new(1, 1_000);
    let mut waiting = Vec::new();
    for index in 0..10 {
        waiting.push(waits(&city, "ann", line("each", index)).await);
        city.lives(20).await;
    }
    let mut ends = Vec::new();
    for one in waiting {
        let (waited, at_ms) = one.ends().await;
        assert!(is_made(&waited), "{waited:?}");
        ends.push(at_ms);
    }
    assert!(ends.is_sorted(), "{ends:?}");
    assert!(ends[9] <= 15_000, "{ends:?}");
    let mut waiting = Vec::new();
    for _ in 0..10 {
        waiting.push(waits(&city, "ann", line("all", 0)).await);
    }
    let mut made = 0;
    for one in waiting {
        let (waited, _) = one.ends().await;
        assert!(matches!(waited, Waited::Ready { .. }), "{waited:?}");
        made += usize::from(is_made(&waited));
    }
    assert_eq!((city.log().calls.len(), city.log().max_in_flight), (11, 1));
    assert_eq!(made, 1, "it was spoken for one, the others reuse it");
    nothing_waits(&city).await;
}

#[tokio::test(start_paused = true)]
async fn two_clients_share_fairly_however_many_texts_one_of_them_has() {
    let city = City::new(1, 1_000);
    let mut many = Vec::new();
    for index in 0..14 {
        many.push(waits(&city, "ann", line("many", index)).await);
    }
    city.lives(1_500).await;
    let (waited, _) = waits(&city, "bob", line("one", 0)).await.ends().await;
    assert!(is_made(&waited), "{waited:?}");
    let before = city.log().begins("many").len();
    assert!(before <= 5, "{before} of the other client's were spoken first");
    for one in many {
        assert!(is_made(&one.ends().await.0));
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_before_its_turn_buys_nothing_and_one_that_leaves_later_stops_nothing() {
    let city = City::new(1, 1_000);
    let long = city.order("long", 10, Priority::Interactive).await;
    city.lives_until(2_300).await;
    let early = waits(&city, "ann", line("early", 0)).await;
    city.lives(100).await;
    early.leaves();
    assert_eq!(early.ends().await.0, Waited::Left);
    city.succeeded(&long).await;
    let late = waits(&city, "ann", line("late", 0)).await;
    city.lives(600).await;
    late.leaves();
    assert!(is_made(&late.ends().await.0), "its call had begun");
    let log = city.log();
    assert_eq!((log.begin(&line("early", 0)), log.calls.len()), (None, 11));
    nothing_waits(&city).await;
}

#[tokio::test(start_paused = true)]
async fn who_asked_for_the_same_text_as_one_who_leaves_or_dies_is_served_all_the_same_and_once() {
    for dies in [false, true] {
        let city = City::new(1, 1_000);
        let long = city.order("long", 4, Priority::Interactive).await;
        city.lives_until(1_300).await;
        let first = waits(&city, "ann", line("both", 0)).await;
        city.lives(100).await;
        let second = waits(&city, "bob", line("both", 0)).await;
        city.lives(100).await;
        let asked_ms = city.now_ms();
        if dies {
            first.waited.abort();
        } else {
            first.leaves();
        }
        let (waited, at_ms) = second.ends().await;
        assert!(matches!(waited, Waited::Ready { .. }), "dies: {dies}, {waited:?}");
        assert!(at_ms - asked_ms <= 20_000, "dies: {dies}, {} ms", at_ms - asked_ms);
        city.succeeded(&long).await;
        assert_eq!((city.log().begins("both").len(), city.log().calls.len()), (1, 5), "dies: {dies}");
        nothing_waits(&city).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_take_that_is_asked_for_again_and_again_outlives_its_time_and_one_that_is_not_does_not() {
    let mut city = City::new(1, 1_000);
    city.house.settings.take_ttl_ms = 600_000;
    for (text, asked_at_min, calls) in
        [("used", 0, 1), ("left", 1, 2), ("used", 8, 2), ("used", 15, 2), ("used", 22, 2), ("left", 23, 3)]
    {
        city.lives_until(asked_at_min * 60_000).await;
        let (waited, _) = waits(&city, "ann", line(text, 0)).await.ends().await;
        assert!(matches!(waited, Waited::Ready { .. }), "{waited:?}");
        assert_eq!(city.log().calls.len(), calls, "{text} in minute {asked_at_min}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_waiter_that_dies_buys_nothing_and_keeps_nobody_from_the_lane() {
    let city = City::new(1, 1_000);
    let long = city.order("long", 30, Priority::Preview).await;
    for (index, after_ms) in [(0, 100), (1, 1_400), (2, 900)] {
        city.lives(2_000).await;
        let dies = waits(&city, "ann", line("dies", index)).await;
        city.lives(after_ms).await;
        dies.waited.abort();
    }
    city.succeeded(&long).await;
    // Dead with the lane in hand, its lease must end; what it said is looked for and found.
    let next = city.order("next", 2, Priority::Preview).await;
    city.succeeded(&next).await;
    city.lives(200_000).await;
    assert_eq!(city.log().twice(), Vec::<&str>::new());
    assert!(city.log().max_in_flight <= 1);
    nothing_waits(&city).await;
}

#[tokio::test(start_paused = true)]
async fn patience_ends_and_where_too_many_wait_nobody_is_let_in() {
    let city = City::new(1, 10_000);
    city.order("long", 40, Priority::Interactive).await;
    city.lives_until(25_000).await;
    let short = waits_with(&city, "ann", line("short", 0), Duration::from_secs(4)).await;
    assert_eq!(short.ends().await.0, Waited::Busy);
    let mut waiting = Vec::new();
    for index in 0..20 {
        waiting.push(waits(&city, "ann", line("crowd", index)).await);
        city.lives(1).await;
    }
    let refused = waiting.pop().expect("the last");
    let at_ms = city.now_ms();
    let (waited, ended_ms) = refused.ends().await;
    assert_eq!(waited, Waited::Busy);
    assert!(ended_ms <= at_ms + 1_000, "it is told at once");
}

#[tokio::test(start_paused = true)]
async fn whose_call_was_lost_is_told_so_and_the_next_who_asks_joins_what_is_found() {
    let city = City::new(1, 1_000);
    // It is charged, and stands in the history only after a while.
    city.provider.account().settings.list_after_ms = 40_000;
    city.provider.fails(FaultKind::Reset.once());
    let (waited, at_ms) = waits_with(&city, "ann", line("asked", 0), Duration::from_secs(10)).await.ends().await;
    assert_eq!(waited, Waited::Lost, "{at_ms} ms");
    city.lives_until(100_000).await;
    let (waited, _) = waits(&city, "ann", line("asked", 0)).await.ends().await;
    assert!(matches!(waited, Waited::Ready { .. }), "{waited:?}");
    assert_eq!(city.log().twice(), Vec::<&str>::new());
    nothing_waits(&city).await;
}

#[tokio::test(start_paused = true)]
async fn a_lost_call_that_the_provider_did_not_write_down_is_not_looked_for_and_the_next_who_asks_buys_it() {
    let city = City::new(1, 1_000);
    city.provider.fails(FaultKind::Reset.once());
    let (house, speech) = (city.house.clone(), city.speech());
    let order = Request::script(Kind::Preview, script(&[line("asked", 0)]));
    let plan = steps::open::prepare(&house, &speech, &order).await.expect("the order is good").plan;
    let query = [("enable_logging".to_owned(), "false".to_owned())].into();
    let extra = Some(Extra { query, ..Extra::default() });
    let request = TakeRequest { extra, ..plan.takes[0].request.clone() };
    let wish =
        Wish { request, priority: Priority::Interactive, client: "ann".to_owned(), patience: Duration::from_secs(55) };
    let studio = crate::world::Timekeeper::default();
    let asks =
        async || wait(&house, &speech, &studio, &wish, Tap::default(), &|| false).await.expect("the stores work");
    let Waited::Failed { reason, reply: None } = asks().await else { panic!("it was lost") };
    assert!(reason.contains("may have been paid for"), "{reason}");
    assert!(city.now_ms() < 5_000, "nobody looks for what was not written down: {} ms", city.now_ms());
    let waited = asks().await;
    assert!(matches!(waited, Waited::Ready { .. }), "{waited:?}");
    assert_eq!(city.log().calls.len(), 2);
}
