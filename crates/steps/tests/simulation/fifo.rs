//! `speech.fifo` and the workers that it starts: one at a time for each message group, and no more than lanes altogether.

use crate::simulation::host::Workplace;
use crate::simulation::process::Process;
use crate::simulation::time;
use crate::simulation::world::World;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use story::Failure;
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// The queue's own visibility time: a worker that dies before its first step shuts its group for so long.
const VISIBILITY_MS: u64 = 5_400_000;
/// What a worker makes of it.
const SHORT_MS: u64 = 60_000;
const BEAT: Duration = Duration::from_secs(20);
const BUDGET: Duration = Duration::from_secs(150);
/// Lambda ends it then.
const LONGEST_RUN: Duration = Duration::from_secs(900);
const BATCH: u32 = 10;

#[derive(Default)]
pub(crate) struct Fifo {
    groups: Mutex<BTreeMap<String, Group>>,
    changed: Notify,
    /// The next worker dies before its first step.
    pub(crate) kills_next: AtomicBool,
}

#[derive(Default)]
struct Group {
    waiting: u32,
    handed: u32,
    shut_until_ms: u64,
    receipt: u64,
}

/// Messages of a group in a worker's hands.
struct Hand {
    group: String,
    receipt: u64,
}

impl Fifo {
    pub(crate) fn send(&self, group: &str) {
        self.groups().entry(group.to_owned()).or_default().waiting += 1;
        self.changed.notify_one();
    }

    fn groups(&self) -> MutexGuard<'_, BTreeMap<String, Group>> {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn receive(&self, world: &World) -> Option<Hand> {
        let now_ms = world.now().0;
        let mut groups = self.groups();
        let is_ready = |group: &Group| group.shut_until_ms <= now_ms && group.waiting + group.handed > 0;
        let ready: Vec<String> =
            groups.iter().filter(|(_, group)| is_ready(group)).map(|(name, _)| name.clone()).collect();
        let name = ready.get(world.between(0, ready.len() as u64) as usize)?;
        let group = groups.get_mut(name)?;
        group.waiting += group.handed;
        group.handed = group.waiting.min(BATCH);
        group.waiting -= group.handed;
        group.shut_until_ms = now_ms + VISIBILITY_MS;
        group.receipt += 1;
        Some(Hand { group: name.clone(), receipt: group.receipt })
    }

    fn with(&self, hand: &Hand, change: impl FnOnce(&mut Group)) {
        if let Some(group) = self.groups().get_mut(&hand.group).filter(|group| group.receipt == hand.receipt) {
            change(group);
        }
        self.changed.notify_one();
    }

    fn next_opening_ms(&self, now_ms: u64) -> Option<u64> {
        self.groups().values().map(|group| group.shut_until_ms).filter(|at| *at > now_ms).min()
    }
}

/// Starts workers while messages are there.
pub(crate) async fn workers(world: Arc<World>) {
    let mut running = JoinSet::new();
    loop {
        while running.len() < world.temper.lanes as usize
            && let Some(hand) = world.fifo.receive(&world)
        {
            running.spawn(works(Arc::clone(&world), hand));
        }
        let now_ms = world.now().0;
        let opens_ms = world.fifo.next_opening_ms(now_ms).map_or(VISIBILITY_MS, |at| at - now_ms);
        tokio::select! {
            biased;
            Some(ended) = running.join_next() => if let Err(panic) = ended {
                world.wrong("worker", &panic.to_string());
            },
            () = world.fifo.changed.notified() => {}
            () = time::passes(Duration::from_millis(opens_ms)) => {}
        }
    }
}

/// One run of a worker.
async fn works(world: Arc<World>, hand: Hand) {
    let process = Process::new(&world, "worker");
    process.say(|| format!("begins for group {}", hand.group));
    tokio::select! {
        biased;
        () = process.stopped() => {}
        () = time::passes(LONGEST_RUN) => process.say(|| "is ENDED: it ran for too long".into()),
        done = run(&process, &hand) => match done {
            Ok(()) => world.fifo.with(&hand, |group| (group.handed, group.shut_until_ms) = (0, 0)),
            Err(failure) => process.say(|| format!("ENDS by an error: {failure}")),
        },
    }
}

async fn run(process: &Arc<Process>, hand: &Hand) -> Result<(), Failure> {
    let world = &process.world;
    time::passes_between(world, 50, 1_000).await;
    if world.fifo.kills_next.swap(false, Ordering::SeqCst) || world.fault(world.temper.stop * 20) {
        process.stop::<()>("before its first step").await;
    }
    let Workplace { house, speech, studio, .. } = Workplace::new(process);
    let shortens = || world.fifo.with(hand, |group| group.shut_until_ms = world.now().0 + SHORT_MS);
    let beats = async {
        loop {
            shortens();
            house.clock.sleep(BEAT).await;
        }
    };
    tokio::select! {
        biased;
        () = beats => Ok(()),
        spoken = steps::speak::speak_for(&house, &speech, &studio, BUDGET) => spoken,
    }
}
