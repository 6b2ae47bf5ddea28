//! The window holds, by the provider's own clock and books (DESIGN §5.3).

use crate::painting::artist::Ways;
use crate::painting::gallery::{Gallery, prompt};
use doubles::images::{ImageFaultKind, ImageSettings};
use story::job::Status;

/// Connections and ways that are as slow as the window allows for, and now and then slower: then nothing is sent.
const WAYS: Ways = Ways { connects_ms: (0, 1_200), travels_ms: (0, 1_000), draws_ms: (2_000, 30_000) };

/// A violation closes the account for a quarter of an hour, as it once did: who causes one is found out.
fn strict() -> ImageSettings {
    ImageSettings { block_ms: 15 * 60_000, ..ImageSettings::default() }
}

/// A generator of numbers from 0 up to a bound.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// 40 jobs come at random to three painters whose clocks are up to 2 s off, as the provider's is; the painters die at any moment, and
/// are there again a moment later. Says how many jobs were lived through.
async fn world(seed: u64) -> usize {
    const JOBS: u64 = 40;
    let mut dice = Dice(seed);
    let mut skew = || i64::try_from(dice.below(4_001)).expect("small") - 2_000;
    // Two clocks 2 s off either way: of four, none is further than that from the true time.
    let (theirs, ours) = (skew(), [skew(), skew(), skew()]);
    let mut gallery = Gallery::new(seed, strict(), WAYS, theirs);
    let mut painters = Vec::new();
    for _ in 0..3 {
        for ahead_ms in ours {
            painters.push((ahead_ms, gallery.paints(gallery.seen(ahead_ms))));
        }
    }
    let mut jobs = Vec::new();
    for number in 0..JOBS {
        let own = format!("Picture {number} of world {seed}.");
        let lines = [("One line.", prompt(&own)), ("And another.", prompt("What all want to see."))];
        let lines = if dice.below(2) == 0 { &lines[..1] } else { &lines[..] };
        jobs.push(gallery.order(lines).await);
        gallery.lives(dice.below(8_000)).await;
        if dice.below(8) == 0 {
            let dies = usize::try_from(dice.below(painters.len() as u64)).expect("small");
            let (ahead_ms, painter) = &painters[dies];
            let ahead_ms = *ahead_ms;
            painter.abort();
            painters[dies] = (ahead_ms, gallery.paints(gallery.seen(ahead_ms)));
        }
        if dice.below(12) == 0 {
            gallery.artist.fails(ImageFaultKind::Lost { charged: true }.once());
        }
    }
    for job in &jobs {
        let view = gallery.ended(job).await;
        // Lost twice is lost: all else is there.
        let is_lost = view.error.as_ref().is_some_and(|error| error.detail.contains("lost on its way, twice"));
        assert!(view.status == Status::Succeeded || is_lost, "world {seed}: {:?}", view.error);
    }
    let log = gallery.artist.log();
    assert_eq!(log.violations(), 0, "world {seed}: {:#?}", log.refusals);
    assert!(log.most_starts_within(60_000) <= 6, "world {seed}");
    assert!(log.calls.len() >= jobs.len(), "world {seed}: pictures of their own were drawn");
    jobs.len()
}

#[test]
fn no_minute_of_the_providers_clock_has_more_starts_than_the_limit_in_a_thousand_jobs() {
    let mut jobs = 0;
    for seed in 0..25 {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        jobs += runtime.expect("a runtime").block_on(world(seed));
    }
    assert_eq!(jobs, 1_000);
}

#[tokio::test(start_paused = true)]
async fn a_place_that_is_not_used_within_a_second_is_lost() {
    let quick = Ways { connects_ms: (0, 0), travels_ms: (0, 0), draws_ms: (1_000, 1_000) };
    let mut gallery = Gallery::new(1, strict(), Ways { connects_ms: (5_000, 5_000), ..quick }, 0);
    // Their places seem to be older than they are, and the others' clock reaches the end of the window early.
    for _ in 0..6 {
        gallery.paints(gallery.seen(-2_000));
    }
    let texts: Vec<String> = (0..12).map(|number| format!("Picture {number}.")).collect();
    let lines: Vec<(&str, serde_json::Value)> = texts.iter().map(|text| ("Said.", prompt(text))).collect();
    let job = gallery.order(&lines).await;
    gallery.lives(2_000).await;
    gallery.artist.goes(quick);
    gallery.lives(4_000).await;
    assert_eq!(gallery.artist.log().calls.len(), 0, "nothing is sent so late");
    for _ in 0..6 {
        gallery.paints(gallery.seen(2_000));
    }
    assert_eq!(gallery.ended(&job).await.status, Status::Succeeded);
    let log = gallery.artist.log();
    assert_eq!((log.calls.len(), log.violations()), (12, 0), "{:?}", log.refusals);
}

#[tokio::test(start_paused = true)]
async fn a_window_is_used_to_its_limit() {
    let ways = Ways { connects_ms: (0, 10), travels_ms: (0, 10), draws_ms: (20_000, 20_000) };
    let mut gallery = Gallery::new(1, strict(), ways, 0);
    for _ in 0..12 {
        gallery.paints(gallery.house.clone());
    }
    let texts: Vec<String> = (0..30).map(|number| format!("Picture {number}.")).collect();
    let lines: Vec<(&str, serde_json::Value)> = texts.iter().map(|text| ("Said.", prompt(text))).collect();
    let job = gallery.order(&lines).await;
    let began = gallery.house.clock.now();
    assert_eq!(gallery.ended(&job).await.status, Status::Succeeded);
    let log = gallery.artist.log();
    assert_eq!((log.calls.len(), log.violations()), (30, 0));
    // Five windows of six: four times 66 s, and the last call.
    let took_ms = gallery.house.clock.now().since_ms(began);
    assert!((4 * 66_000 + 20_000..4 * 66_000 + 25_000).contains(&took_ms), "{took_ms} ms");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_keeps_all_away_for_a_while_and_longer_after_each() {
    let ways = Ways { connects_ms: (0, 0), travels_ms: (0, 0), draws_ms: (1_000, 1_000) };
    let mut gallery = Gallery::new(1, ImageSettings::default(), ways, 0);
    for _ in 0..3 {
        gallery.paints(gallery.house.clone());
    }
    gallery.artist.fails(ImageFaultKind::Busy { reset_s: None }.times(3));
    let job = gallery.order(&[("Said.", prompt("One.")), ("And said.", prompt("Two."))]).await;
    let began_ms = gallery.house.clock.now().0;
    gallery.lives(20_000).await;
    let [shown] = &gallery.stats().await.pictures[..] else { panic!("one account draws") };
    assert!(shown.rests_until.is_some() && shown.refusals > 0 && shown.waiting == 2, "{shown:?}");
    let view = gallery.ended(&job).await;
    assert_eq!((view.status, view.counts.pictures, view.counts.rebought), (Status::Succeeded, 2, 0));
    let log = gallery.artist.log();
    let refused_s: Vec<u64> = log.refusals.iter().map(|refusal| (refusal.at_ms - began_ms) / 1_000).collect();
    assert_eq!(refused_s.len(), 3, "{refused_s:?}");
    let gaps: Vec<u64> = refused_s.windows(2).map(|pair| pair[1] - pair[0]).filter(|gap| *gap > 1).collect();
    assert!(gaps.is_sorted() && gaps.iter().all(|gap| *gap >= 66), "{gaps:?}");
    let last_s = log.calls.first().map(|call| (call.start_ms - began_ms) / 1_000);
    assert!(last_s.is_some_and(|last| last >= 66), "{last_s:?}");
}

#[tokio::test(start_paused = true)]
async fn starts_are_shared_fairly_between_jobs_and_who_waits_at_the_other_end_comes_first() {
    let ways = Ways { connects_ms: (0, 0), travels_ms: (0, 0), draws_ms: (5_000, 5_000) };
    let mut gallery = Gallery::new(1, strict(), ways, 0);
    let many: Vec<String> = (0..60).map(|number| format!("Of many, {number}.")).collect();
    let lines: Vec<(&str, serde_json::Value)> = many.iter().map(|text| ("Said.", prompt(text))).collect();
    gallery.order(&lines).await;
    gallery.lives(1_000).await;
    for _ in 0..3 {
        gallery.paints(gallery.house.clone());
    }
    gallery.lives(10_000).await;
    let few = [("Few.", prompt("Of few, 1.")), ("Few.", prompt("Of few, 2."))];
    let few = gallery.order(&few).await;
    let urgent = [("Now.", prompt("Urgent."))];
    let urgent =
        gallery.order_with(&urgent, |request| request.priority = Some(story::ticket::Priority::Interactive)).await;
    gallery.ended(&few).await;
    gallery.ended(&urgent).await;
    let order: Vec<String> = gallery.artist.log().calls.iter().map(|call| call.prompt.clone()).collect();
    let place = |text: &str| order.iter().position(|prompt| prompt == text).expect("it was drawn");
    // The first window was full when they came: the next is theirs and that of the many by turns.
    assert_eq!(place("Urgent."), 6, "{order:?}");
    assert!(place("Of few, 2.") <= 11, "{order:?}");
}
