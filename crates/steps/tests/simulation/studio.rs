//! The studio of a world: it keeps time only, and its work takes some.

use crate::simulation::process::Process;
use crate::simulation::time;
use crate::timekeeper::Timekeeper;
use async_trait::async_trait;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use story::artifacts::Body;
use story::scene::Scene;
use story::studio::{Film, Footage, Laying, Level, Reel, Rendered};
use story::{Failure, Listener, Studio, Viewer};

pub(crate) struct Workshop {
    process: Arc<Process>,
    timekeeper: Timekeeper,
}

impl Workshop {
    pub(crate) fn new(process: &Arc<Process>) -> Self {
        Self { process: Arc::clone(process), timekeeper: Timekeeper::default() }
    }

    async fn works(&self, what: &str, longest_ms: u64) {
        self.process.step(what).await;
        time::passes_between(&self.process.world, 1, longest_ms).await;
        self.process.pass().await;
    }
}

#[async_trait]
impl Listener for Workshop {
    async fn level(&self, audio: Body) -> Result<Level, Failure> {
        self.works("levelling", 300).await;
        self.timekeeper.level(audio).await
    }

    async fn activity(&self, audio: Body) -> Result<Vec<Range<u64>>, Failure> {
        self.timekeeper.activity(audio).await
    }
}

#[async_trait]
impl Viewer for Workshop {
    async fn look(&self, picture: Bytes) -> Result<(), Failure> {
        self.timekeeper.look(picture).await
    }

    async fn watch(&self, clip: Bytes) -> Result<Footage, Failure> {
        self.timekeeper.watch(clip).await
    }
}

#[async_trait]
impl Studio for Workshop {
    fn version(&self) -> String {
        self.timekeeper.version()
    }

    async fn lay(&self) -> Result<Box<dyn Laying>, Failure> {
        self.works("laying", 2_000).await;
        self.timekeeper.lay().await
    }

    async fn render(&self, scene: &Scene, pictures: BTreeMap<String, Bytes>) -> Result<Rendered, Failure> {
        self.works("rendering", 10_000).await;
        self.timekeeper.render(scene, pictures).await
    }

    async fn join(&self, reel: Reel) -> Result<Film, Failure> {
        self.works("joining", 3_000).await;
        self.timekeeper.join(reel).await
    }
}
