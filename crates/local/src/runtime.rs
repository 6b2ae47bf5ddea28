//! The runtime of a program that works in a house on this machine.

use std::io;
use tokio::runtime::{Builder, Runtime};

/// Threads for files, sound and pixels beside two for each core: each keeps some memory, and a hundred pictures that arrive at once
/// are no reason for a hundred of them.
const THREADS: usize = 8;

/// A runtime whose memory does not grow with the film.
///
/// # Errors
/// Those of the system.
pub fn runtime() -> io::Result<Runtime> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    Builder::new_multi_thread().max_blocking_threads(THREADS + 2 * cores).enable_all().build()
}
