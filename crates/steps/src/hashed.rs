//! Bytes that are hashed and counted on their way: a film or a long take need not fit into memory.

use futures_util::StreamExt;
use sha2::{Digest, Sha256};
use std::sync::{Arc, Mutex, PoisonError};
use story::artifacts::Body;
use story::ids::hex;

/// What is known of a body once it has gone by.
pub(crate) struct Facts(Arc<Mutex<(Sha256, u64)>>);

/// A body, and what will be known of it.
pub(crate) fn hashed(body: Body) -> (Body, Facts) {
    let seen = Arc::new(Mutex::new((Sha256::new(), 0)));
    let facts = Facts(Arc::clone(&seen));
    let watched = body.inspect(move |part| {
        if let Ok(bytes) = part {
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.0.update(bytes);
            seen.1 += bytes.len() as u64;
        }
    });
    (watched.boxed(), facts)
}

impl Facts {
    /// SHA-256 in hexadecimal, and the length in bytes.
    pub(crate) fn end(self) -> (String, u64) {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (hex(&seen.0.clone().finalize()), seen.1)
    }
}
