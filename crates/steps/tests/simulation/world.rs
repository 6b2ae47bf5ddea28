//! A world: its stores, its provider, its dice, and its life from the first order until nothing is left.

use crate::simulation::breaks::Break;
use crate::simulation::chance::Chance;
use crate::simulation::checker::Checker;
use crate::simulation::fifo::Fifo;
use crate::simulation::temper::{Limit, Temper};
use crate::simulation::{ends, fifo, host, time, users, waits};
use doubles::Account;
use doubles::account::FaultKind;
use local::Paused;
use local::memory::artifacts::MemoryArtifacts;
use local::memory::queue::MemoryQueue;
use local::memory::records::MemoryRecords;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use story::time::DAY_MS;
use story::{AttemptId, Clock, JobId, Timestamp};
use tokio::task::JoinSet;

pub(crate) struct World {
    pub(crate) temper: Temper,
    /// Which rule is broken on purpose, to see that the checks can fail.
    pub(crate) broken: Option<Break>,
    pub(crate) clock: Arc<Paused>,
    pub(crate) records: MemoryRecords,
    pub(crate) artifacts: MemoryArtifacts,
    pub(crate) queue: MemoryQueue,
    pub(crate) fifo: Fifo,
    /// Characters that were paid, where the ledger is but a counter.
    pub(crate) counter: AtomicU64,
    pub(crate) stops: AtomicU64,
    aliases: Mutex<BTreeMap<AttemptId, AttemptId>>,
    chance: Mutex<Chance>,
    account: Mutex<Account>,
    checker: Mutex<Checker>,
    accepted: Mutex<Vec<JobId>>,
    wrong: Mutex<Option<String>>,
    is_faulty: AtomicBool,
    /// Whether calls of the stores are counted.
    pub(crate) is_counted: AtomicBool,
    counts: Mutex<BTreeMap<(String, String), u64>>,
    next_fault: Mutex<Option<FaultKind>>,
    /// Until when every call's answer is lost.
    storm_until: AtomicU64,
    faults: AtomicU64,
    numbers: AtomicU64,
    is_told: bool,
    began_at: Timestamp,
}

/// How a world went.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) wrong: Option<String>,
    pub(crate) jobs: u64,
    pub(crate) calls: u64,
    pub(crate) recovered: u64,
    pub(crate) lost: u64,
    pub(crate) stops: u64,
    pub(crate) faults: u64,
    /// The last throw of its dice: the same for the same life.
    pub(crate) throw: u64,
}

/// Lives the world of a seed.
pub(crate) fn live(seed: u64, broken: Option<Break>, is_told: bool) -> Told {
    time::paused(async {
        let world = World::new(seed, Temper::new, broken, is_told);
        world.say(|| format!("{:?}", world.temper));
        let mut told = life(&world).await;
        told.wrong = world.wrong.lock().unwrap_or_else(PoisonError::into_inner).take();
        told.stops = world.stops.load(Ordering::SeqCst);
        told.faults = world.faults.load(Ordering::SeqCst);
        told.throw = world.between(0, u64::MAX);
        told
    })
}

/// Every fourth world sees midnight while its first jobs are spoken: the ledger has a partition for each day.
fn beginning(seed: u64) -> Timestamp {
    const BEGAN_MS: u64 = 1_795_000_000_000;
    let before_midnight_ms = 10_000 + seed * 7_919 % 190_000;
    Timestamp(if seed % 4 == 1 { BEGAN_MS.next_multiple_of(DAY_MS) - before_midnight_ms } else { BEGAN_MS })
}

async fn life(world: &Arc<World>) -> Told {
    let mut processes = JoinSet::new();
    if world.temper.is_fifo {
        processes.spawn(fifo::workers(Arc::clone(world)));
    }
    for _ in 0..world.temper.processes {
        processes.spawn(host::processes(Arc::clone(world)));
    }
    let mut users = JoinSet::new();
    for number in 0..world.temper.jobs {
        users.spawn(users::user(Arc::clone(world), number));
    }
    for _ in 0..world.temper.waiters {
        users.spawn(waits::client(Arc::clone(world)));
    }
    if world.temper.credits.is_some() {
        users.spawn(users::payer(Arc::clone(world)));
    }
    if world.temper.limit == Limit::Moving {
        processes.spawn(moving_limit(Arc::clone(world)));
    }
    let weather = tokio::spawn({
        let world = Arc::clone(world);
        async move {
            time::passes(Duration::from_millis(world.temper.faulty_for_ms)).await;
            world.say(|| "       the faults end".into());
            world.is_faulty.store(false, Ordering::SeqCst);
        }
    });
    while let Some(user) = users.join_next().await {
        if let Err(panic) = user {
            world.wrong("user", &panic.to_string());
        }
    }
    drop(weather.await);
    ends::settles(world).await;
    processes.shutdown().await;
    let told = ends::books(world).await;
    if !world.is_wrong() {
        ends::everything_goes(world).await;
    }
    told
}

/// The provider takes now more calls at once, now fewer.
async fn moving_limit(world: Arc<World>) {
    loop {
        time::passes_between(&world, 10_000, 60_000).await;
        let limit = world.between(1, u64::from(world.temper.lanes) + 2) as usize;
        world.say(|| format!("       the provider takes {limit} calls at once"));
        world.account().settings.concurrency = Some(limit);
    }
}

impl World {
    pub(crate) fn new(
        seed: u64,
        temper: impl FnOnce(&mut Chance) -> Temper,
        broken: Option<Break>,
        is_told: bool,
    ) -> Arc<Self> {
        let began_at = beginning(seed);
        let clock = Arc::new(Paused::new(began_at, seed));
        let mut chance = Chance::new(seed);
        let temper = temper(&mut chance);
        let lanes = temper.lanes as usize;
        let limit = if temper.limit == Limit::Fewer { (lanes - 1).max(1) } else { lanes };
        let account = Account::new(doubles::Settings {
            list_after_ms: temper.list_after_ms,
            first_byte_ms: temper.first_byte_ms,
            speed: temper.speed,
            history_alignments: false,
            credits: temper.credits.unwrap_or(1_000_000),
            concurrency: Some(limit),
            seed,
            ..doubles::Settings::default()
        });
        Arc::new(Self {
            temper,
            broken,
            records: MemoryRecords::default(),
            artifacts: MemoryArtifacts::default(),
            queue: MemoryQueue::new(clock.clone()),
            clock,
            fifo: Fifo::default(),
            counter: AtomicU64::new(0),
            stops: AtomicU64::new(0),
            aliases: Mutex::default(),
            chance: Mutex::new(chance),
            account: Mutex::new(account),
            checker: Mutex::default(),
            accepted: Mutex::default(),
            wrong: Mutex::default(),
            is_faulty: AtomicBool::new(true),
            is_counted: AtomicBool::new(false),
            counts: Mutex::default(),
            next_fault: Mutex::default(),
            storm_until: AtomicU64::new(0),
            faults: AtomicU64::new(0),
            numbers: AtomicU64::new(0),
            is_told,
            began_at,
        })
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn breaks(&self, rule: Break) -> bool {
        self.broken == Some(rule)
    }

    /// Other names of attempts, where what is recovered has the old one's.
    pub(crate) fn aliases(&self) -> MutexGuard<'_, BTreeMap<AttemptId, AttemptId>> {
        self.aliases.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::SeqCst)
    }

    pub(crate) fn account(&self) -> MutexGuard<'_, Account> {
        self.account.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn checks<T>(&self, check: impl FnOnce(&mut Checker, &Self) -> T) -> T {
        check(&mut self.checker.lock().unwrap_or_else(PoisonError::into_inner), self)
    }

    pub(crate) fn dice<T>(&self, throw: impl FnOnce(&mut Chance) -> T) -> T {
        throw(&mut self.chance.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn between(&self, low: u64, high: u64) -> u64 {
        self.dice(|chance| chance.between(low, high))
    }

    /// Whether something goes wrong here that does so with this probability.
    pub(crate) fn fault(&self, millionths: u64) -> bool {
        let happens = self.is_faulty.load(Ordering::SeqCst) && self.dice(|chance| chance.happens(millionths));
        if happens {
            self.faults.fetch_add(1, Ordering::SeqCst);
        }
        happens
    }

    /// What goes wrong with the next call.
    pub(crate) fn breaks_next_call(&self, fault: FaultKind) {
        *self.next_fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault);
    }

    pub(crate) fn next_fault(&self) -> Option<FaultKind> {
        self.next_fault.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// In some worlds a lost answer is the first of many.
    pub(crate) fn storm(&self) {
        if self.temper.storm_ms > 0 && !self.is_stormy() {
            self.say(|| format!("       a storm of {} ms begins", self.temper.storm_ms));
            self.storm_until.store(self.now().0 + self.temper.storm_ms, Ordering::SeqCst);
        }
    }

    pub(crate) fn storm_until(&self) -> u64 {
        self.storm_until.load(Ordering::SeqCst)
    }

    pub(crate) fn is_stormy(&self) -> bool {
        self.storm_until() > self.now().0
    }

    /// Counts a call of a store, by the kind of its process and its first word.
    pub(crate) fn count(&self, process: &str, what: &str) {
        let kind = process.trim_end_matches(|digit: char| digit.is_ascii_digit());
        let word = what.split(' ').next().unwrap_or_default();
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry((kind.to_owned(), word.to_owned())).or_default() += 1;
    }

    pub(crate) fn counts(&self) -> BTreeMap<(String, String), u64> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A job was accepted: from now on it must end.
    pub(crate) fn accepts(&self, job: &JobId) {
        self.accepted.lock().unwrap_or_else(PoisonError::into_inner).push(job.clone());
    }

    pub(crate) fn accepted(&self) -> Vec<JobId> {
        self.accepted.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Something is false that must never be.
    pub(crate) fn wrong(&self, promise: &str, what: &str) {
        self.say(|| format!("!!     {promise}: {what}"));
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        if wrong.is_none() {
            *wrong = Some(format!("{promise} at {} s: {what}", self.now().since_ms(self.began_at) / 1_000));
        }
    }

    pub(crate) fn is_wrong(&self) -> bool {
        self.wrong.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Tells what happens, if anyone listens.
    #[expect(clippy::print_stdout, reason = "a world whose seed was given is told")]
    pub(crate) fn say(&self, what: impl FnOnce() -> String) {
        if self.is_told {
            let at_ms = self.now().since_ms(self.began_at);
            println!("{:>6}.{:03} {}", at_ms / 1_000, at_ms % 1_000, shortened(&what()));
        }
    }
}

/// Long names by their beginnings.
fn shortened(line: &str) -> String {
    let is_name = |character: char| character.is_ascii_hexdigit();
    let mut short = String::new();
    for part in line.split_inclusive(|character| !is_name(character)) {
        let name = part.trim_end_matches(|character| !is_name(character));
        if name.len() == 64 || name.len() == 16 {
            short.push_str(&name[..5]);
            short.push_str(&part[name.len()..]);
        } else {
            short.push_str(part);
        }
    }
    short
}
