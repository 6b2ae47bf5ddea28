//! A studio that takes its time, and notes how long each of its works took.

use crate::pipeline::machine;
use async_trait::async_trait;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use story::artifacts::Body;
use story::scene::Scene;
use story::studio::{Film, Footage, Laying, Level, Reel, Rendered, Slot};
use story::{Clock, Failure, Listener, Studio, Viewer};

/// How long a studio's works take, in milliseconds, beside what they are.
#[derive(Clone, Copy, Default)]
pub(crate) struct Times {
    pub(crate) lay_ms: u64,
    pub(crate) render_ms: u64,
    /// Of the film of one part alone.
    pub(crate) part_ms: u64,
    pub(crate) join_ms: u64,
}

/// One work of a studio, as it went.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Work {
    pub(crate) wall_ms: u64,
    /// Of this process and the programs it ran, whatever else it did meanwhile.
    pub(crate) cpu_ms: f64,
}

/// What a studio did.
#[derive(Clone, Debug, Default)]
pub(crate) struct Works {
    pub(crate) rendered: Vec<Work>,
    pub(crate) laid: Vec<Work>,
    /// Films of one part alone.
    pub(crate) parts: Vec<Work>,
    pub(crate) joined: Vec<Work>,
}

/// A studio whose works take a while, and are noted.
pub(crate) struct Watched<T> {
    inner: T,
    times: Times,
    watch: Watch,
}

/// Notes how long works take.
#[derive(Clone)]
struct Watch {
    clock: Arc<dyn Clock>,
    works: Arc<Mutex<Works>>,
}

impl<T> Watched<T> {
    pub(crate) fn new(inner: T, clock: Arc<dyn Clock>, times: Times) -> Self {
        Self { inner, times, watch: Watch { clock, works: Arc::default() } }
    }

    pub(crate) fn works(&self) -> Works {
        self.watch.works.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Watch {
    async fn watch<R>(
        &self,
        ms: u64,
        list: impl FnOnce(&mut Works) -> &mut Vec<Work>,
        work: impl Future<Output = R>,
    ) -> R {
        let (began, cpu_ms) = (self.clock.now(), machine::cpu_with_children_ms());
        if ms > 0 {
            self.clock.sleep(Duration::from_millis(ms)).await;
        }
        let done = work.await;
        let wall_ms = self.clock.now().since_ms(began);
        let work = Work { wall_ms, cpu_ms: machine::cpu_with_children_ms() - cpu_ms };
        list(&mut self.works.lock().unwrap_or_else(PoisonError::into_inner)).push(work);
        done
    }
}

/// A track of which the end is noted: all that is left to do after the last slot.
struct WatchedTrack {
    inner: Box<dyn Laying>,
    lay_ms: u64,
    watch: Watch,
}

#[async_trait]
impl Laying for WatchedTrack {
    async fn add(&mut self, slot: Slot) -> Result<(), Failure> {
        self.inner.add(slot).await
    }

    async fn end(self: Box<Self>) -> Result<Body, Failure> {
        self.watch.watch(self.lay_ms, |works| &mut works.laid, self.inner.end()).await
    }
}

#[async_trait]
impl<T: Studio> Listener for Watched<T> {
    async fn level(&self, audio: Body) -> Result<Level, Failure> {
        self.inner.level(audio).await
    }

    async fn activity(&self, audio: Body) -> Result<Vec<Range<u64>>, Failure> {
        self.inner.activity(audio).await
    }
}

#[async_trait]
impl<T: Studio> Viewer for Watched<T> {
    async fn look(&self, picture: Bytes) -> Result<(), Failure> {
        self.inner.look(picture).await
    }

    async fn watch(&self, clip: Bytes) -> Result<Footage, Failure> {
        self.inner.watch(clip).await
    }
}

#[async_trait]
impl<T: Studio> Studio for Watched<T> {
    fn version(&self) -> String {
        self.inner.version()
    }

    async fn lay(&self) -> Result<Box<dyn Laying>, Failure> {
        let (inner, watch) = (self.inner.lay().await?, self.watch.clone());
        Ok(Box::new(WatchedTrack { inner, lay_ms: self.times.lay_ms, watch }))
    }

    async fn render(&self, scene: &Scene, pictures: BTreeMap<String, Bytes>) -> Result<Rendered, Failure> {
        self.watch.watch(self.times.render_ms, |works| &mut works.rendered, self.inner.render(scene, pictures)).await
    }

    async fn join(&self, reel: Reel) -> Result<Film, Failure> {
        if reel.parts.len() == 1 {
            return self.watch.watch(self.times.part_ms, |works| &mut works.parts, self.inner.join(reel)).await;
        }
        self.watch.watch(self.times.join_ms, |works| &mut works.joined, self.inner.join(reel)).await
    }
}
