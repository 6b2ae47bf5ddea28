//! A studio that only keeps time: sound is as long as its bytes say, and a film is the hash of what it shows.

use crate::simulation::process::Process;
use crate::simulation::time;
use async_trait::async_trait;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use story::artifacts::{Body, body, collect};
use story::scene::{Scene, WordBox};
use story::studio::{Film, Level, Reel, Rendered, Slot};
use story::{Failure, Studio};

pub(crate) struct Timekeeper(pub(crate) Arc<Process>);

impl Timekeeper {
    async fn works(&self, what: &str, longest_ms: u64) {
        self.0.step(what).await;
        time::passes_between(&self.0.world, 1, longest_ms).await;
        self.0.pass().await;
    }
}

#[async_trait]
impl Studio for Timekeeper {
    fn version(&self) -> String {
        "timekeeper".into()
    }

    async fn level(&self, audio: Body) -> Result<Level, Failure> {
        self.works("levelling", 300).await;
        Ok(Level { samples: collect(audio).await?.len() as u64 * 1_000, gain_db: 0.0, limiter: 1 })
    }

    async fn activity(&self, audio: Body) -> Result<Vec<Range<u64>>, Failure> {
        let samples = collect(audio).await?.len() as u64 * 1_000;
        Ok(std::iter::once(0..samples).collect())
    }

    fn picture_size(&self, _: &[u8]) -> Result<(u32, u32), String> {
        Ok((1, 1))
    }

    async fn lay(&self, slots: Vec<Slot>) -> Result<Body, Failure> {
        self.works("laying", 2_000).await;
        let lengths: Vec<String> = slots.iter().map(|slot| slot.samples.to_string()).collect();
        Ok(body(lengths.join("\n")))
    }

    async fn render(&self, scene: &Scene, _: BTreeMap<String, Bytes>) -> Result<Rendered, Failure> {
        self.works("rendering", 10_000).await;
        let boxes: Vec<WordBox> = Vec::new();
        Ok(Rendered { film: body(scene.key("timekeeper")), boxes })
    }

    async fn join(&self, reel: Reel) -> Result<Film, Failure> {
        self.works("joining", 3_000).await;
        let mut film = Vec::new();
        for part in reel.parts {
            film.extend(collect(part).await?);
        }
        film.extend(collect(reel.track).await?);
        Ok(Film { film: body(film), thumbnail: Bytes::new() })
    }
}
