//! A double's books behind a lock. Who waits for something in them is woken by whoever had them in hand.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

#[derive(Debug)]
pub(crate) struct Watched<T> {
    books: Mutex<T>,
    changed: Notify,
}

/// The books in somebody's hand.
pub(crate) struct InHand<'a, T> {
    books: Option<MutexGuard<'a, T>>,
    changed: &'a Notify,
}

impl<T> Watched<T> {
    pub(crate) fn new(books: T) -> Self {
        Self { books: Mutex::new(books), changed: Notify::new() }
    }

    pub(crate) fn take(&self) -> InHand<'_, T> {
        InHand { books: Some(self.books.lock().unwrap_or_else(PoisonError::into_inner)), changed: &self.changed }
    }

    /// Returns when the books show it.
    pub(crate) async fn until(&self, shown: impl Fn(&T) -> bool) {
        loop {
            let changed = self.changed.notified();
            if shown(&self.books.lock().unwrap_or_else(PoisonError::into_inner)) {
                return;
            }
            changed.await;
        }
    }
}

const IN_HAND: &str = "the books are in hand until they are dropped";

impl<T> Deref for InHand<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.books.as_ref().expect(IN_HAND)
    }
}

impl<T> DerefMut for InHand<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.books.as_mut().expect(IN_HAND)
    }
}

impl<T> Drop for InHand<'_, T> {
    fn drop(&mut self) {
        // The lock goes first: who is woken looks at once.
        self.books = None;
        self.changed.notify_waiters();
    }
}
