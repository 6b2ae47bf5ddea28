//! Clients who wait for one take each, as at the gateway: they may leave, and the process that waits for them may stop.

use crate::simulation::host::Workplace;
use crate::simulation::process::Process;
use crate::simulation::time;
use crate::simulation::world::World;
use std::sync::Arc;
use std::time::Duration;
use steps::tap::Tap;
use steps::waiter::{Waited, Wish, wait};
use story::speech::TakeRequest;
use story::ticket::Priority;

const PATIENCE: Duration = Duration::from_secs(55);

/// Asks for a take some job asked for, or for one that nobody did.
pub(crate) async fn client(world: Arc<World>) {
    time::passes_between(&world, 1_000, 200_000).await;
    for _ in 0..3 {
        let known = world.checks(|checker, _| checker.requests());
        if known.is_empty() {
            time::passes_between(&world, 1_000, 30_000).await;
            continue;
        }
        let request = world.dice(|chance| {
            let request = &known[chance.between(0, known.len() as u64) as usize];
            let retake = if chance.happens(500_000) { request.retake } else { request.retake + 7 };
            TakeRequest { retake, ..request.clone() }
        });
        let process = Process::new(&world, "waiter");
        let key = request.key();
        process.say(|| format!("waits for {key}"));
        let leaves_ms = world.now().0
            + if world.dice(|chance| chance.happens(300_000)) { world.between(0, 40_000) } else { 3_600_000 };
        let bands = [Priority::Interactive, Priority::Interactive, Priority::Preview, Priority::Warm];
        let priority = world.dice(|chance| chance.pick(&bands));
        match waits(&process, request, priority, leaves_ms).await {
            Some(Waited::Ready { take, .. }) if take.recording().is_none() => {
                world.wrong("gateway", &format!("{key} is said to be there, and is not"));
            }
            Some(Waited::Ready { .. } | Waited::Failed { .. } | Waited::Left) => return,
            Some(Waited::Busy | Waited::Lost) | None => time::passes_between(&world, 500, 60_000).await,
        }
    }
}

/// One wait; `None` if its process stopped or a store did not work.
pub(crate) async fn waits(
    process: &Arc<Process>,
    request: TakeRequest,
    priority: Priority,
    leaves_ms: u64,
) -> Option<Waited> {
    let world = &process.world;
    let Workplace { house, speech, studio, .. } = Workplace::new(process);
    let wish = Wish { request, priority, client: "client".into(), patience: PATIENCE };
    let is_gone = || world.now().0 >= leaves_ms;
    tokio::select! {
        biased;
        () = process.stopped() => None,
        waited = wait(&house, &speech, &studio, &wish, Tap::default(), &is_gone) => {
            process.say(|| match &waited {
                Ok(Waited::Ready { reused, .. }) => format!("has its take, reused: {reused}"),
                other => format!("ends: {other:?}"),
            });
            waited.ok()
        }
    }
}
