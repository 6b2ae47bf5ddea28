//! What becomes of a cancelled job's lines.

use crate::lanes::city::{City, line};
use doubles::account::Ended;
use story::job::Status;
use story::ticket::Priority;

#[tokio::test(start_paused = true)]
async fn no_call_begins_for_a_cancelled_job_unless_another_wants_the_take() {
    for lanes in [1, 3] {
        let city = City::new(lanes, 1_000);
        let cancelled = city.order("cancelled", 60, Priority::Preview).await;
        city.lives_until(3_200).await;
        let shared: Vec<String> = (50..55).map(|index| line("cancelled", index)).collect();
        let other = city.order_texts(&shared, Priority::Preview).await;
        city.lives_until(7_400).await;
        assert!(steps::cancel::cancel(&city.house, &cancelled).await.expect("the stores work"));
        let at_ms = city.now_ms();
        let view = city.succeeded(&other).await;
        city.lives(200_000).await;
        let log = city.log();
        let later: Vec<&String> = log
            .calls
            .iter()
            .filter(|(text, begin, _)| *begin >= at_ms && !shared.contains(text))
            .map(|(text, ..)| text)
            .collect();
        assert!(later.is_empty(), "{lanes} lanes: {later:?}");
        assert!(shared.iter().all(|text| log.begin(text).is_some()));
        assert_eq!((view.counts.lines, log.twice()), (5, Vec::new()));
        assert_eq!(city.view(&cancelled).await.status, Status::Cancelled);
    }
}

#[tokio::test(start_paused = true)]
async fn a_take_that_is_being_spoken_at_the_cancel_is_finished_and_kept() {
    let city = City::new(1, 1_000);
    let cancelled = city.order("cancelled", 20, Priority::Preview).await;
    city.lives_until(4_500).await;
    steps::cancel::cancel(&city.house, &cancelled).await.expect("the stores work");
    city.lives(10_000).await;
    assert_eq!(city.log().calls.len(), 5);
    let ends: Vec<_> = city.provider.account().log().calls.iter().map(|call| call.ended).collect();
    assert!(ends.iter().all(|ended| *ended == Some(Ended::Complete)), "{ends:?}");
    let spoken: Vec<String> = (0..5).map(|index| line("cancelled", index)).collect();
    let again = city.order_texts(&spoken, Priority::Preview).await;
    let view = city.succeeded(&again).await;
    assert_eq!((view.counts.spoken, view.counts.reused, city.log().calls.len()), (0, 5, 5));
}
