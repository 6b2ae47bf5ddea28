//! Who listens while a take is spoken: parts are handed on as they come, and never waited for. Who is slower than the provider hears
//! the rest from the store.

use bytes::Bytes;
use futures_channel::mpsc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use story::AttemptId;

/// Parts that may wait for a listener.
const PARTS: usize = 64;

/// A part of an answer while it arrives.
#[derive(Clone, Debug, PartialEq)]
pub enum Tapped {
    /// Its begin: which attempt it is of, and the provider's headers.
    Head(AttemptId, Vec<(String, String)>),
    /// A sound, and what stands around it where the answer is text.
    Sound {
        /// Before it.
        before: String,
        /// The sound.
        sound: Bytes,
        /// Behind it.
        after: String,
    },
}

/// Where one call is listened to: the first that is answered.
#[derive(Debug, Default)]
pub struct Tap {
    sender: Mutex<Option<mpsc::Sender<Tapped>>>,
    has_told: AtomicBool,
}

/// What is heard there: parts without a gap, from the first on. It ends with the call, or where the listener was too slow.
pub type Tapping = mpsc::Receiver<Tapped>;

impl Tap {
    /// A tap, and where it is listened to.
    #[must_use]
    pub fn new() -> (Self, Tapping) {
        let (sender, receiver) = mpsc::channel(PARTS);
        (Self { sender: Mutex::new(Some(sender)), has_told: AtomicBool::new(false) }, receiver)
    }

    /// Whether any sound was handed on: a call that is lost then cannot be gone on with.
    pub(crate) fn has_told(&self) -> bool {
        self.has_told.load(Ordering::SeqCst)
    }

    /// Hands a part on, if there is room for it.
    pub(crate) fn say(&self, part: impl FnOnce() -> Tapped) {
        let mut sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(open) = sender.as_mut() else { return };
        let part = part();
        let is_sound = matches!(&part, Tapped::Sound { sound, .. } if !sound.is_empty());
        if open.try_send(part).is_err() {
            *sender = None;
        } else if is_sound {
            self.has_told.store(true, Ordering::SeqCst);
        }
    }

    /// The call is over: whoever listens hears the rest from the store.
    pub(crate) fn close(&self) {
        *self.sender.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
