//! The worlds' time. Their runtimes are paused: nobody waits for it, it leaps on as soon as everyone in a world sleeps.

use crate::simulation::world::World;
use std::time::Duration;

/// Lives something on a runtime of its own whose time is paused, and begins anew.
pub(crate) fn paused<T>(life: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime without I/O can always be built").block_on(life)
}

/// So much of the world's time passes.
pub(crate) async fn passes(duration: Duration) {
    tokio::time::sleep(duration).await;
}

/// As much of it as the world's dice say.
pub(crate) async fn passes_between(world: &World, from_ms: u64, to_ms: u64) {
    passes(Duration::from_millis(world.between(from_ms, to_ms))).await;
}

/// Awaits something for so much of the world's time at most. `None` if that was not enough.
pub(crate) async fn within<T>(duration: Duration, what: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(duration, what).await.ok()
}
