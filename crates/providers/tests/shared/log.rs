//! What a thread logs, kept in memory.

use std::cell::RefCell;
use std::io;
use tracing_subscriber::filter::LevelFilter;

thread_local! {
    static LINES: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Keeps what is logged from now on, each thread's by itself.
///
/// The subscriber is the whole process': beside one of a single thread, a line of code that another thread came to first
/// would be silent for all, as tracing asks only the thread that comes first (tokio-rs/tracing#3611).
pub(crate) fn keep() {
    let subscriber = tracing_subscriber::fmt().with_max_level(LevelFilter::TRACE).with_writer(|| Lines).finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
}

/// What this thread has logged.
pub(crate) fn kept() -> String {
    LINES.with_borrow(|lines| String::from_utf8_lossy(lines).into_owned())
}

struct Lines;

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LINES.with_borrow_mut(|lines| lines.extend_from_slice(bytes));
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
