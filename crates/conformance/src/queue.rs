//! What a queue must do. Receiving is the host's business, so the suite is told how.

use async_trait::async_trait;
use std::time::Duration;
use story::queue::{Moved, Outcome, Part};
use story::{JobId, Queue, Task};

/// A queue whose tasks the suite can receive, by a clock that the suite can move.
#[async_trait]
pub trait Receivable: Send + Sync {
    /// The sending side.
    fn queue(&self) -> &dyn Queue;

    /// Receives each task that is due, and is done with it.
    async fn drain(&self) -> Vec<Task>;

    /// Lets that much time pass.
    async fn pass(&self, duration: Duration);
}

fn job() -> JobId {
    JobId("0123456789abcdef012".to_owned())
}

async fn send(host: &dyn Receivable, task: &Task, after: Duration) {
    host.queue().send(task, after).await.expect("the queue works");
}

/// Every kind of task comes back as it was, at least once, and does not come for ever.
pub async fn every_task_is_received_as_it_was_sent(host: &dyn Receivable) {
    let job = job();
    let mut tasks = vec![
        Task::Advance { job: job.clone(), moved: None },
        Task::Render { job: job.clone(), part: 4_999 },
        Task::Track { job: job.clone() },
        Task::Join { job: job.clone() },
    ];
    for part in [Part::Take(7), Part::Scene(0), Part::Track, Part::Film] {
        for outcome in Outcome::ALL {
            tasks.push(Task::Advance { job: job.clone(), moved: Some(Moved { part, outcome, life: 3 }) });
        }
    }
    for task in &tasks {
        send(host, task, Duration::ZERO).await;
    }
    let mut received = Vec::new();
    for _ in 0..20 {
        received.extend(host.drain().await);
        if tasks.iter().all(|task| received.contains(task)) {
            break;
        }
        host.pass(Duration::from_millis(250)).await;
    }
    for task in &tasks {
        assert!(received.contains(task), "{task:?} was sent");
    }
    assert!(received.iter().all(|task| tasks.contains(task)), "nothing else was");
    host.pass(Duration::from_secs(3_600)).await;
    assert!(host.drain().await.is_empty(), "what is done is gone");
}

/// Not before, and then it is.
pub async fn a_task_is_received_not_before_it_is_due(host: &dyn Receivable) {
    let task = Task::Track { job: job() };
    send(host, &task, Duration::from_secs(5)).await;
    assert!(host.drain().await.is_empty());
    host.pass(Duration::from_secs(3)).await;
    assert!(host.drain().await.is_empty());
    host.pass(Duration::from_secs(3)).await;
    assert_eq!(host.drain().await, [task]);
}

/// Waking goes its own way.
pub async fn waking_speech_is_no_task(host: &dyn Receivable) {
    host.queue().wake_speech("0").await.expect("the queue works");
    host.queue().wake_speech("0").await.expect("the queue works");
    host.pass(Duration::from_secs(1)).await;
    assert!(host.drain().await.is_empty());
}
