//! Ports for servers that cannot be told to take a free one themselves.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU32, Ordering};

/// A port that is free and that this process has not handed out yet. Not one that the system would choose (32768 and up on
/// Linux): those are the source ports of connections too, and a connection to a port where nothing listens yet can meet itself.
pub(crate) fn free_port() -> u16 {
    static HANDED_OUT: AtomicU32 = AtomicU32::new(0);
    loop {
        let turn = HANDED_OUT.fetch_add(1, Ordering::Relaxed);
        let port = 20_000 + (std::process::id().wrapping_mul(61).wrapping_add(turn) % 12_000) as u16;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
