//! The body of a paid request: whether it may leave is asked when the connection takes its first byte, and only then.

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::pin::Pin;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use story::maker::{MakerError, MayBegin};
use tokio::sync::Notify;

const WAITS: u8 = 0;
const LEFT: u8 = 1;
const REFUSED: u8 = 2;

/// Whether a body has left.
#[derive(Debug, Default)]
pub(super) struct Departure {
    state: AtomicU8,
    moved: Notify,
}

impl Departure {
    pub(super) fn has_left(&self) -> bool {
        self.state.load(Ordering::Acquire) == LEFT
    }

    pub(super) fn is_refused(&self) -> bool {
        self.state.load(Ordering::Acquire) == REFUSED
    }

    /// Waits until the body has left.
    pub(super) async fn left(&self) {
        self.moved.notified().await;
    }
}

/// A body that leaves in one piece, if it may.
pub(super) struct Paid {
    bytes: Bytes,
    /// Gone once asked: it is never asked twice. (The lock is never waited for: only who polls has the body.)
    may_begin: Mutex<Option<MayBegin>>,
    departure: Arc<Departure>,
}

impl Paid {
    pub(super) fn new(bytes: Bytes, may_begin: MayBegin) -> (Self, Arc<Departure>) {
        let departure = Arc::new(Departure::default());
        (Self { bytes, may_begin: Mutex::new(Some(may_begin)), departure: Arc::clone(&departure) }, departure)
    }
}

impl Body for Paid {
    type Data = Bytes;
    type Error = MakerError;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, MakerError>>> {
        let Some(may_begin) = self.may_begin.get_mut().unwrap_or_else(PoisonError::into_inner).take() else {
            return Poll::Ready(None);
        };
        // Said before it is asked: should the asking panic, what was sent is never in doubt.
        self.departure.state.store(REFUSED, Ordering::Release);
        if !may_begin() {
            return Poll::Ready(Some(Err(MakerError::TooLate)));
        }
        self.departure.state.store(LEFT, Ordering::Release);
        self.departure.moved.notify_one();
        Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.bytes)))))
    }

    fn is_end_stream(&self) -> bool {
        self.departure.state.load(Ordering::Acquire) != WAITS
    }

    /// Exact, so that a length goes out and not chunks.
    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.len() as u64)
    }
}
