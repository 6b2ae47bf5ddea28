//! Work that takes a core: on a thread of its own; where it takes pixels' memory too, as much of a kind at once as there are cores,
//! however many wait for it.

use std::sync::Arc;
use story::failure::{Failure, StoreError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The cores of this machine, as one kind of work has them. Clones share them.
#[derive(Clone, Debug)]
pub(crate) struct Cores(Arc<Semaphore>);

impl Default for Cores {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(std::thread::available_parallelism().map_or(1, usize::from))))
    }
}

impl Cores {
    /// A core, once one is free, for work that another program does; until it is dropped.
    pub(crate) async fn core(&self) -> OwnedSemaphorePermit {
        Arc::clone(&self.0).acquire_owned().await.expect("nobody closes it")
    }

    /// Works on a thread of its own, once a core is free. `None` if the work broke down.
    pub(crate) async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let core = self.core().await;
        // The core is taken until the work is done, though nobody may wait for it any more.
        let work = move || {
            let done = work();
            drop(core);
            done
        };
        tokio::task::spawn_blocking(work).await.ok()
    }
}

/// Works on a thread of its own; `what` it is, where it breaks down.
///
/// # Errors
/// [`Failure::Retry`] if it broke down.
pub(crate) async fn on_a_thread<T: Send + 'static>(
    what: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| StoreError::Unavailable(format!("{what} was interrupted")).into())
}
