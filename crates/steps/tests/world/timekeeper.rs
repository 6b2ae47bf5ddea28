//! A studio that only keeps time.

use async_trait::async_trait;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use story::artifacts::{Body, body, collect};
use story::ids::sha256_hex;
use story::scene::{Scene, WordBox};
use story::studio::{Film, Level, Reel, Rendered, Slot};
use story::{Failure, Listener, Studio};

/// A studio whose sound is as long as its bytes say and whose films are the hashes of what they show.
#[derive(Default)]
pub(crate) struct Timekeeper {
    pub(crate) rendered: AtomicUsize,
    pub(crate) laid: AtomicUsize,
}

#[async_trait]
impl Listener for Timekeeper {
    async fn level(&self, audio: Body) -> Result<Level, Failure> {
        // 128 kbit/s: 16,000 bytes a second.
        Ok(Level { samples: collect(audio).await?.len() as u64 * 3, gain_db: 0.0, limiter: 1 })
    }

    async fn activity(&self, audio: Body) -> Result<Vec<Range<u64>>, Failure> {
        let samples = self.level(audio).await?.samples;
        Ok(std::iter::once(0..samples).collect())
    }
}

#[async_trait]
impl Studio for Timekeeper {
    fn version(&self) -> String {
        "timekeeper".into()
    }

    async fn lay(&self, slots: Vec<Slot>) -> Result<Body, Failure> {
        self.laid.fetch_add(1, Ordering::SeqCst);
        let slots: Vec<String> =
            slots.iter().map(|slot| format!("{} {} {}", hash(slot), slot.volume, slot.samples)).collect();
        Ok(body(slots.join("\n")))
    }

    async fn render(&self, scene: &Scene, _: BTreeMap<String, Bytes>) -> Result<Rendered, Failure> {
        self.rendered.fetch_add(1, Ordering::SeqCst);
        let boxes: Vec<WordBox> = Vec::new();
        Ok(Rendered { film: body(scene.key("timekeeper")), boxes })
    }

    async fn join(&self, reel: Reel) -> Result<Film, Failure> {
        let mut film = Vec::new();
        for part in reel.parts {
            film.extend(collect(part).await?);
        }
        film.extend(collect(reel.track).await?);
        Ok(Film { film: body(film), thumbnail: Bytes::new() })
    }
}

fn hash(slot: &Slot) -> String {
    slot.sound.as_ref().map_or("silence".into(), |sound| sha256_hex(&sound.audio))
}
