//! A function with as many execution environments as it is called for at once: an idle one is taken, else a new one begins.

use crate::instance::{Instance, InstanceSettings};
use crate::streaming::Streaming;
use crate::wire::Streamed;
use serde_json::Value;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A function of the template, and what became of it.
pub(crate) struct Function {
    pub(crate) id: String,
    pub(crate) arn: String,
    bootstrap: PathBuf,
    settings: InstanceSettings,
    /// Its concurrency: reserved by the template, else what this machine can bear.
    places: Arc<Semaphore>,
    /// Whether each environment serves one tenant only.
    has_tenants: bool,
    /// By their tenants, where there are some.
    idle: Mutex<Vec<(String, Arc<Instance>)>>,
    running: Mutex<Vec<Arc<Instance>>>,
    /// For each of the next invocations: after how long it is killed, if it is.
    fates: Mutex<VecDeque<Option<Duration>>>,
    /// Words of events whose next invocations are killed, and how many of them.
    doomed: Mutex<Vec<(String, usize)>>,
    counts: Counts,
    /// What the ended environments have logged.
    old_logs: Mutex<String>,
}

#[derive(Default)]
struct Counts {
    invoked: AtomicU64,
    started: AtomicU64,
    killed: AtomicU64,
    cut: AtomicU64,
}

/// What became of a function's invocations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Invocations.
    pub invoked: u64,
    /// Execution environments that were begun.
    pub started: u64,
    /// Invocations that were killed by SIGKILL.
    pub killed: u64,
    /// Invocations that outlasted the function's time limit.
    pub cut: u64,
}

impl Function {
    pub(crate) fn new(
        id: &str,
        arn: &str,
        bootstrap: PathBuf,
        settings: InstanceSettings,
        most_at_once: usize,
        has_tenants: bool,
    ) -> Self {
        Self {
            id: id.to_owned(),
            arn: arn.to_owned(),
            bootstrap,
            settings,
            places: Arc::new(Semaphore::new(most_at_once)),
            has_tenants,
            idle: Mutex::default(),
            running: Mutex::default(),
            fates: Mutex::default(),
            doomed: Mutex::default(),
            counts: Counts::default(),
            old_logs: Mutex::default(),
        }
    }

    /// Whether whoever calls it says for whom.
    pub(crate) fn has_tenants(&self) -> bool {
        self.has_tenants
    }

    /// One more execution environment of it, which streams and is counted nowhere.
    pub(crate) fn streaming(&self) -> Streaming {
        Streaming::start(&self.bootstrap, &self.settings)
    }

    /// Waits until the function may run once more at once.
    pub(crate) async fn place(&self) -> OwnedSemaphorePermit {
        self.places.clone().acquire_owned().await.expect("the semaphore is never closed")
    }

    /// Invokes it; the caller has a [place](Self::place). The error is the function's own as JSON, or the emulator's words.
    pub(crate) async fn invoke(&self, event: Value) -> Result<Value, String> {
        self.run("", event, Instance::invoke).await
    }

    /// The same for a tenant, in an environment that no other has been served by.
    pub(crate) async fn invoke_for(&self, tenant: &str, event: Value) -> Result<Value, String> {
        self.run(tenant, event, Instance::invoke).await
    }

    /// The same of a function that streams.
    pub(crate) async fn stream(&self, event: Value) -> Result<Streamed, String> {
        self.run("", event, Instance::stream).await
    }

    async fn run<T: Send + 'static>(
        &self,
        tenant: &str,
        event: Value,
        how: fn(&Instance, &Value) -> Result<T, String>,
    ) -> Result<T, String> {
        let instance = self.take(tenant).await?;
        self.counts.invoked.fetch_add(1, Ordering::Relaxed);
        locked(&self.running).push(instance.clone());
        let fate =
            if self.is_doomed(&event) { Some(Duration::ZERO) } else { locked(&self.fates).pop_front().flatten() };
        let called = instance.clone();
        let call = tokio::task::spawn_blocking(move || how(&called, &event));
        let answer = match fate {
            None => call.await,
            Some(after) => {
                tokio::pin!(call);
                tokio::select! {
                    answer = &mut call => answer,
                    () = self.kill_after(&instance, after) => {
                        // What it may have answered in that moment, nobody heard.
                        let _ = call.await;
                        Ok(Err("it was killed".to_owned()))
                    }
                }
            }
        };
        let answer = answer.unwrap_or_else(|panic| Err(panic.to_string()));
        if answer.as_ref().is_err_and(|error| error.contains("Task timed out after")) {
            self.counts.cut.fetch_add(1, Ordering::Relaxed);
        }
        locked(&self.running).retain(|running| !Arc::ptr_eq(running, &instance));
        locked(&self.idle).push((tenant.to_owned(), instance));
        answer
    }

    async fn take(&self, tenant: &str) -> Result<Arc<Instance>, String> {
        let idle = {
            let mut idle = locked(&self.idle);
            idle.iter().rposition(|(of, _)| of == tenant).map(|at| idle.remove(at).1)
        };
        if let Some(idle) = idle {
            return Ok(idle);
        }
        self.counts.started.fetch_add(1, Ordering::Relaxed);
        let (bootstrap, settings) = (self.bootstrap.clone(), self.settings.clone());
        let started = tokio::task::spawn_blocking(move || Instance::start(&bootstrap, &settings)).await;
        started.map(Arc::new).map_err(|panic| format!("{}: {panic}", self.id))
    }

    /// Kills an invocation; one whose program has not begun yet is killed when it has.
    async fn kill_after(&self, instance: &Instance, after: Duration) {
        tokio::time::sleep(after).await;
        while !instance.kill() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        self.counts.killed.fetch_add(1, Ordering::Relaxed);
    }

    /// Says of the next invocations, in their order, after how long each is killed, if it is.
    pub(crate) fn foretell(&self, fates: impl IntoIterator<Item = Option<Duration>>) {
        locked(&self.fates).extend(fates);
    }

    /// Kills the next so many invocations whose event has this word.
    pub(crate) fn doom(&self, word: &str, times: usize) {
        locked(&self.doomed).push((word.to_owned(), times));
    }

    fn is_doomed(&self, event: &Value) -> bool {
        let (mut doomed, event) = (locked(&self.doomed), event.to_string());
        let found = doomed.iter_mut().find(|(word, times)| *times > 0 && event.contains(word.as_str()));
        found.is_some_and(|(_, times)| {
            *times -= 1;
            true
        })
    }

    /// Kills what runs now, and says how many that were.
    pub(crate) fn kill(&self) -> usize {
        let killed = locked(&self.running).iter().filter(|instance| instance.kill()).count();
        self.counts.killed.fetch_add(killed as u64, Ordering::Relaxed);
        killed
    }

    /// Ends the idle execution environments: the next invocation is a cold start.
    pub(crate) async fn cool(&self) {
        let ended = std::mem::take(&mut *locked(&self.idle));
        for (_, instance) in &ended {
            locked(&self.old_logs).push_str(&instance.log());
        }
        // Ending them takes a while, and waits for processes.
        let _ = tokio::task::spawn_blocking(move || drop(ended)).await;
    }

    pub(crate) fn is_running(&self) -> bool {
        !locked(&self.running).is_empty()
    }

    pub(crate) fn tally(&self) -> Tally {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let counts = &self.counts;
        Tally {
            invoked: of(&counts.invoked),
            started: of(&counts.started),
            killed: of(&counts.killed),
            cut: of(&counts.cut),
        }
    }

    /// What all its execution environments have logged.
    pub(crate) fn log(&self) -> String {
        let mut log = locked(&self.old_logs).clone();
        for (_, instance) in locked(&self.idle).iter() {
            log.push_str(&instance.log());
        }
        for instance in locked(&self.running).iter() {
            log.push_str(&instance.log());
        }
        log
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
