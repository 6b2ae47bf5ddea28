//! The receiving side of both queues: the same sentences hold for each.

#![expect(clippy::unwrap_used, reason = "a helper of a test is a test")]

use local::database::Database;
use local::memory::queue::MemoryQueue;
use local::queue::SqliteQueue;
use local::{Inbox, Manual, Paused};
use std::sync::Arc;
use std::time::Duration;
use story::queue::Receiver;
use story::{Clock, JobId, Queue, Task, Timestamp};

const SECOND: Duration = Duration::from_secs(1);
const VISIBILITY: Duration = Duration::from_secs(60);

fn track(job: &str) -> Task {
    Task::Track { job: JobId(job.to_owned()) }
}

fn advance(job: &str) -> Task {
    Task::Advance { job: JobId(job.to_owned()), moved: None }
}

/// Runs a scene on both queues, each with a clock in hand.
async fn check(scene: impl AsyncFn(&dyn Inbox, &Manual)) {
    let clock = Arc::new(Manual::new(Timestamp(1_000_000)));
    scene(&MemoryQueue::new(clock.clone()), &clock).await;
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(Manual::new(Timestamp(1_000_000)));
    scene(&SqliteQueue::new(Database::open(folder.path()).unwrap(), clock.clone()), &clock).await;
}

async fn received(inbox: &dyn Inbox) -> Option<local::Delivery> {
    inbox.receive(Receiver::Track, VISIBILITY).await.unwrap()
}

#[tokio::test]
async fn a_task_that_waits_is_there_once_and_due_at_the_earlier_time() {
    check(async |inbox, clock| {
        inbox.send(&track("a"), 10 * SECOND).await.unwrap();
        inbox.send(&track("a"), SECOND).await.unwrap();
        inbox.send(&track("a"), 20 * SECOND).await.unwrap();
        assert_eq!(received(inbox).await, None);
        clock.advance(SECOND);
        assert_eq!(received(inbox).await.unwrap().task, track("a"));
        clock.advance(30 * SECOND);
        assert_eq!(received(inbox).await, None);
    })
    .await;
}

#[tokio::test]
async fn a_task_sent_while_it_is_worked_on_waits_anew() {
    check(async |inbox, _| {
        inbox.send(&track("a"), Duration::ZERO).await.unwrap();
        let first = received(inbox).await.unwrap();
        inbox.send(&track("a"), Duration::ZERO).await.unwrap();
        inbox.done(first.receipt).await.unwrap();
        let second = received(inbox).await.unwrap();
        assert_eq!((second.task, second.tries), (track("a"), 1));
        inbox.done(second.receipt).await.unwrap();
        assert_eq!(received(inbox).await, None);
    })
    .await;
}

#[tokio::test]
async fn a_receiver_that_dies_gives_its_task_back_after_the_visibility() {
    check(async |inbox, clock| {
        inbox.send(&track("a"), Duration::ZERO).await.unwrap();
        let dead = received(inbox).await.unwrap();
        clock.advance(VISIBILITY - SECOND);
        assert_eq!(received(inbox).await, None);
        clock.advance(SECOND);
        let second = received(inbox).await.unwrap();
        assert_eq!((second.task, second.tries), (track("a"), 2));
        // The one that was thought dead can do nothing to the second.
        inbox.done(dead.receipt).await.unwrap();
        inbox.again(dead.receipt, Duration::ZERO).await.unwrap();
        assert!(!inbox.renew(dead.receipt, VISIBILITY).await.unwrap());
        assert_eq!(received(inbox).await, None);
        clock.advance(VISIBILITY);
        assert_eq!(received(inbox).await.unwrap().tries, 3);
    })
    .await;
}

#[tokio::test]
async fn a_receiver_that_renews_keeps_its_task() {
    check(async |inbox, clock| {
        inbox.send(&track("a"), Duration::ZERO).await.unwrap();
        let long = received(inbox).await.unwrap();
        for _ in 0..5 {
            clock.advance(VISIBILITY - SECOND);
            assert!(inbox.renew(long.receipt, VISIBILITY).await.unwrap());
            assert_eq!(received(inbox).await, None);
        }
        inbox.done(long.receipt).await.unwrap();
        assert!(!inbox.renew(long.receipt, VISIBILITY).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn a_failed_task_comes_again_after_its_back_off_and_counts_its_tries() {
    check(async |inbox, clock| {
        inbox.send(&track("a"), Duration::ZERO).await.unwrap();
        for tries in 1..=3 {
            let delivery = received(inbox).await.unwrap();
            assert_eq!(delivery.tries, tries);
            inbox.again(delivery.receipt, 5 * SECOND).await.unwrap();
            assert!(!inbox.renew(delivery.receipt, VISIBILITY).await.unwrap(), "it is no longer held");
            assert_eq!(received(inbox).await, None);
            clock.advance(5 * SECOND);
        }
    })
    .await;
}

#[tokio::test]
async fn a_failed_task_that_was_sent_meanwhile_waits_once() {
    check(async |inbox, clock| {
        inbox.send(&track("a"), Duration::ZERO).await.unwrap();
        let first = received(inbox).await.unwrap();
        inbox.send(&track("a"), 10 * SECOND).await.unwrap();
        inbox.again(first.receipt, 5 * SECOND).await.unwrap();
        clock.advance(5 * SECOND);
        assert_eq!(received(inbox).await.unwrap().tries, 2);
        clock.advance(10 * SECOND);
        assert_eq!(received(inbox).await, None);
    })
    .await;
}

#[tokio::test]
async fn receivers_get_their_own_kinds_the_longest_due_first() {
    check(async |inbox, clock| {
        inbox.send(&track("late"), 2 * SECOND).await.unwrap();
        inbox.send(&track("early"), SECOND).await.unwrap();
        inbox.send(&advance("a"), Duration::ZERO).await.unwrap();
        clock.advance(2 * SECOND);
        let next = async || received(inbox).await.map(|delivery| delivery.task);
        assert_eq!(next().await, Some(track("early")));
        assert_eq!(next().await, Some(track("late")));
        assert_eq!(next().await, None);
        let advances = inbox.receive(Receiver::Advance, VISIBILITY).await.unwrap().unwrap();
        assert_eq!(advances.task, advance("a"));
    })
    .await;
}

#[tokio::test]
async fn who_waits_is_woken_by_a_task_of_its_kind_only() {
    check(async |inbox, clock| {
        let waited = async {
            inbox.wait(Receiver::Track).await.unwrap();
            inbox.receive(Receiver::Track, VISIBILITY).await.unwrap().unwrap().task
        };
        let sent = async {
            tokio::task::yield_now().await;
            inbox.send(&advance("a"), Duration::ZERO).await.unwrap();
            inbox.send(&track("a"), 3 * SECOND).await.unwrap();
            tokio::task::yield_now().await;
            clock.advance(3 * SECOND);
        };
        let (task, ()) = tokio::join!(waited, sent);
        assert_eq!(task, track("a"));
    })
    .await;
}

#[tokio::test]
async fn speech_hears_of_every_waking_it_has_not_seen() {
    check(async |inbox, _| {
        inbox.wake_speech("0").await.unwrap();
        let seen = inbox.speech_woken(0).await.unwrap();
        assert_eq!(seen, 1);
        let (woken, sent) = tokio::join!(inbox.speech_woken(seen), inbox.wake_speech("0"));
        sent.unwrap();
        assert_eq!(woken.unwrap(), 2);
        // Whoever looks late has missed nothing.
        assert_eq!(inbox.speech_woken(0).await.unwrap(), 2);
    })
    .await;
}

#[tokio::test]
async fn another_process_s_tasks_and_wakings_are_seen() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(Manual::new(Timestamp(1_000_000)));
    let open = || SqliteQueue::new(Database::open(folder.path()).unwrap(), clock.clone());
    let (here, there) = (open(), open());
    let (waited, woken, sent) = tokio::join!(here.wait(Receiver::Track), here.speech_woken(0), async {
        there.send(&track("a"), Duration::ZERO).await?;
        there.wake_speech("0").await
    });
    waited.unwrap();
    sent.unwrap();
    assert_eq!(woken.unwrap(), 1);
    assert_eq!(received(&here).await.unwrap().task, track("a"));
    assert_eq!(received(&there).await, None, "it is received once");
}

#[tokio::test]
async fn of_many_receivers_each_task_has_one() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(Manual::new(Timestamp(1_000_000)));
    let open = || SqliteQueue::new(Database::open(folder.path()).unwrap(), clock.clone());
    let queues = [open(), open()];
    for job in 0..20 {
        queues[0].send(&track(&job.to_string()), Duration::ZERO).await.unwrap();
    }
    let receivers = (0..40).map(|receiver| received(&queues[receiver % 2]));
    let deliveries: Vec<_> = futures_util::future::join_all(receivers).await.into_iter().flatten().collect();
    let distinct: std::collections::HashSet<_> = deliveries.iter().map(|delivery| delivery.task.clone()).collect();
    assert_eq!((deliveries.len(), distinct.len()), (20, 20));
}

#[tokio::test(start_paused = true)]
async fn a_paused_clock_leaps_to_the_next_task_in_memory() {
    let clock = Arc::new(Paused::new(Timestamp(0), 1));
    let queue = MemoryQueue::new(clock.clone());
    queue.send(&track("a"), Duration::from_secs(86_400)).await.unwrap();
    queue.wait(Receiver::Track).await.unwrap();
    assert_eq!(clock.now(), Timestamp(86_400_000));
    assert_eq!(received(&queue).await.unwrap().task, track("a"));
}
