//! What goes on beside a worker's calls: takes are stored, and the lane is kept.

use crate::patience::within;
use futures_util::future::{BoxFuture, Either, select};
use futures_util::stream::{FuturesUnordered, StreamExt};
use std::pin::{Pin, pin};
use story::{Failure, House};

/// Takes that may be on their way to the store as another call begins.
const MOST_STORED: usize = 2;

/// What goes on beside the calls: takes are stored, and the lane is kept.
pub(crate) struct Beside<'a, L> {
    storing: FuturesUnordered<BoxFuture<'a, Result<(), Failure>>>,
    pub(crate) failed: Option<Failure>,
    lost: Pin<&'a mut L>,
    pub(crate) is_lost: bool,
}

impl<'a, L: Future<Output = ()>> Beside<'a, L> {
    /// Nothing is stored yet; `lost` ends when the lane is.
    pub(crate) fn new(lost: Pin<&'a mut L>) -> Self {
        Self { storing: FuturesUnordered::new(), failed: None, lost, is_lost: false }
    }

    /// Stores a take from now on.
    pub(crate) fn stores(&mut self, storing: impl Future<Output = Result<(), Failure>> + Send + 'a) {
        self.storing.push(Box::pin(storing));
    }

    /// Does something meanwhile. `None` if the lane is lost before it is done: then it goes no further.
    pub(crate) async fn meanwhile<T>(&mut self, doing: impl Future<Output = T>) -> Option<T> {
        let mut doing = pin!(doing);
        while !self.is_lost {
            if let Some(done) = self.some(doing.as_mut()).await {
                return Some(done);
            }
        }
        None
    }

    /// Does something meanwhile, to its end.
    pub(crate) async fn wholly<T>(&mut self, doing: impl Future<Output = T>) -> T {
        let mut doing = pin!(doing);
        loop {
            if let Some(done) = self.some(doing.as_mut()).await {
                return done;
            }
        }
    }

    /// Does something until it is done, a take is stored, or the lane is lost.
    async fn some<T>(&mut self, doing: impl Future<Output = T>) -> Option<T> {
        let stored = {
            let Self { storing, lost, is_lost, .. } = self;
            // Of an empty set the next never comes.
            let stored = pin!(async {
                match storing.next().await {
                    Some(stored) => stored,
                    None => std::future::pending().await,
                }
            });
            let lost = pin!(async {
                if *is_lost {
                    std::future::pending::<()>().await;
                }
                lost.as_mut().await;
            });
            match select(pin!(doing), select(stored, lost)).await {
                Either::Left((done, _)) => return Some(done),
                Either::Right((Either::Left((stored, _)), _)) => Some(stored),
                Either::Right((Either::Right(((), _)), _)) => None,
            }
        };
        match stored {
            Some(stored) => self.stored(stored),
            None => self.is_lost = true,
        }
        None
    }

    fn stored(&mut self, stored: Result<(), Failure>) {
        if let Err(failure) = stored {
            tracing::warn!(%failure, "a take was not stored");
            self.failed.get_or_insert(failure);
        }
    }

    /// Waits until not much is still to be stored: what waits is in memory.
    pub(crate) async fn has_room(&mut self, house: &House) -> Result<(), Failure> {
        while self.storing.len() > MOST_STORED && !self.is_lost {
            within(house, async { Ok::<_, Failure>(self.some(std::future::pending::<()>()).await) }).await?;
        }
        Ok(())
    }

    /// Waits until all is stored, as long as one after the other is.
    pub(crate) async fn all_stored(mut self, house: &House) -> Result<(), Failure> {
        while !self.storing.is_empty() {
            let next = async { Ok::<_, Failure>(self.storing.next().await) };
            if let Some(stored) = within(house, next).await? {
                self.stored(stored);
            }
        }
        self.failed.map_or(Ok(()), Err)
    }
}
