//! A process: its tasks stop together, stand still together, and share one clock. Each of its calls passes here.

use crate::simulation::time;
use crate::simulation::world::World;
use futures_util::future::BoxFuture;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use story::failure::StoreError;
use tokio::sync::Notify;

pub(crate) struct Process {
    pub(crate) world: Arc<World>,
    pub(crate) name: String,
    /// How far its clock is ahead of the world's, plus two seconds.
    pub(crate) skew_ms: u64,
    stands_until: AtomicU64,
    /// Its stores do not answer until then, while it and its way to the provider work.
    stores_stand_until: AtomicU64,
    is_dead: AtomicBool,
    died: Notify,
}

/// What a call does to a store.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Does {
    Read,
    /// May also take effect after its answer was given up.
    Swap,
    Write,
}

/// What becomes of a call.
enum Fate {
    Done,
    StopBefore,
    StopAfter,
    /// The answer is an error, though it was done.
    Unsaid,
    /// The answer is an error, and it was not done.
    Never,
    /// The answer is an error, and it is done later.
    Late,
}

impl Process {
    pub(crate) fn new(world: &Arc<World>, kind: &str) -> Arc<Self> {
        // Two clocks in three are as wrong as clocks may be.
        let skew_ms = (world.between(0, 12_001)).saturating_sub(4_000).min(4_000);
        let number = world.number();
        Arc::new(Self {
            world: Arc::clone(world),
            name: format!("{kind}{number}"),
            skew_ms,
            stands_until: AtomicU64::new(0),
            stores_stand_until: AtomicU64::new(0),
            is_dead: AtomicBool::new(false),
            died: Notify::new(),
        })
    }

    pub(crate) fn say(&self, what: impl FnOnce() -> String) {
        self.world.say(|| format!("{:<6} {}", self.name, what()));
    }

    /// Returns when the process has stopped.
    pub(crate) async fn stopped(&self) {
        self.died.notified().await;
    }

    /// Stops the process: who calls this is never answered.
    pub(crate) async fn stop<T>(&self, what: &str) -> T {
        if !self.is_dead.load(Ordering::SeqCst) {
            self.say(|| format!("STOPS {what}"));
            self.kill();
        }
        std::future::pending().await
    }

    /// Stops the process from outside.
    pub(crate) fn kill(&self) {
        if !self.is_dead.swap(true, Ordering::SeqCst) {
            self.world.stops.fetch_add(1, Ordering::SeqCst);
            self.died.notify_one();
        }
    }

    /// Waits while the process stands still; for ever, if it has stopped.
    pub(crate) async fn pass(&self) {
        if self.is_dead.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        self.waits(&self.stands_until).await;
    }

    async fn waits(&self, until: &AtomicU64) {
        loop {
            let left_ms = until.load(Ordering::SeqCst).saturating_sub(self.world.now().0);
            if left_ms == 0 {
                return;
            }
            time::passes(Duration::from_millis(left_ms)).await;
        }
    }

    /// Waits while the process's stores do not answer: that may begin here.
    async fn reaches_stores(&self, what: &impl Fn() -> String) {
        let world = &self.world;
        if world.fault(world.temper.silence) {
            let silence_ms = world.between(20_000, 60_000);
            self.say(|| format!("hears NOTHING of its stores for {silence_ms} ms from {}", what()));
            self.stores_stand_until.fetch_max(world.now().0 + silence_ms, Ordering::SeqCst);
        }
        self.waits(&self.stores_stand_until).await;
    }

    /// The process may stop or stand still here.
    pub(crate) async fn step(&self, what: &str) {
        let world = &self.world;
        if world.fault(world.temper.stop) {
            self.stop::<()>(&format!("before {what}")).await;
        }
        if world.fault(world.temper.pause) {
            let pause_ms = world.between(1_000, world.temper.longest_pause_ms + 1);
            self.say(|| format!("STANDS STILL for {pause_ms} ms before {what}"));
            self.stands_until.fetch_max(world.now().0 + pause_ms, Ordering::SeqCst);
        }
        self.pass().await;
    }

    /// A call of a store.
    pub(crate) async fn call<T: Send + 'static>(
        &self,
        does: Does,
        what: impl Fn() -> String,
        effect: BoxFuture<'static, Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let world = &self.world;
        if world.is_counted.load(Ordering::SeqCst) {
            world.count(&self.name, &what());
        }
        self.pass().await;
        if world.fault(world.temper.pause) {
            let pause_ms = world.between(1_000, world.temper.longest_pause_ms + 1);
            self.say(|| format!("STANDS STILL for {pause_ms} ms before {}", what()));
            self.stands_until.fetch_max(world.now().0 + pause_ms, Ordering::SeqCst);
        }
        self.reaches_stores(&what).await;
        let slow_ms =
            if world.fault(world.temper.slow) { world.between(1_000, world.temper.longest_slow_ms) } else { 0 };
        time::passes(Duration::from_millis(world.between(1, 12) + slow_ms)).await;
        self.pass().await;
        let fate = self.fate(does);
        match fate {
            Fate::StopBefore => return self.stop(&format!("before {}", what())).await,
            Fate::Never => {
                self.say(|| format!("UNCLEAR, not done: {}", what()));
                return Err(unclear());
            }
            Fate::Late => {
                let wait_ms = world.between(3_000, 20_000);
                self.say(|| format!("UNCLEAR, done in {wait_ms} ms: {}", what()));
                tokio::spawn(async move {
                    time::passes(Duration::from_millis(wait_ms)).await;
                    drop(effect.await);
                });
                return Err(unclear());
            }
            Fate::Done | Fate::StopAfter | Fate::Unsaid => {}
        }
        let answer = effect.await;
        if does != Does::Read {
            self.say(&what);
        }
        match fate {
            Fate::StopAfter => return self.stop(&format!("after {}", what())).await,
            Fate::Unsaid => {
                self.say(|| format!("UNCLEAR, done: {}", what()));
                return Err(unclear());
            }
            _ => {}
        }
        let after_ms = world.between(0, 12);
        if after_ms > 6 {
            time::passes(Duration::from_millis(after_ms - 6)).await;
            self.pass().await;
        }
        answer
    }

    fn fate(&self, does: Does) -> Fate {
        let world = &self.world;
        if world.fault(world.temper.stop) {
            return if world.between(0, 2) == 0 { Fate::StopBefore } else { Fate::StopAfter };
        }
        if !world.fault(world.temper.unclear) {
            return Fate::Done;
        }
        match (does, world.between(0, 4)) {
            (Does::Read, _) | (_, 0) => Fate::Never,
            (Does::Swap, 1) => Fate::Late,
            _ => Fate::Unsaid,
        }
    }
}

fn unclear() -> StoreError {
    StoreError::Unavailable("no answer".into())
}
