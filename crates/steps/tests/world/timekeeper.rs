//! A studio that only keeps time.

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use story::artifacts::{Body, body, collect};
use story::failure::StoreError;
use story::ids::sha256_hex;
use story::scene::{Backdrop, Scene, WordBox};
use story::studio::{Film, Footage, Laying, Level, Reel, Rendered, Slot};
use story::{Clock, Failure, Listener, Studio, Viewer};

/// A studio whose sound is as long as its bytes say and whose films are the hashes of what they show.
#[derive(Default)]
pub(crate) struct Timekeeper {
    pub(crate) rendered: Arc<AtomicUsize>,
    /// Tracks that came to their end.
    pub(crate) laid: Arc<AtomicUsize>,
    /// How long its works take; no time where nothing is said.
    pub(crate) pace: Option<Pace>,
}

/// How long a studio's works take, by the clock of its house.
#[derive(Clone)]
pub(crate) struct Pace {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) slot: Duration,
    /// Beside its slots.
    pub(crate) track: Duration,
    pub(crate) scene: Duration,
}

impl Pace {
    async fn pass(pace: Option<&Self>, work: fn(&Self) -> Duration) {
        if let Some(pace) = pace {
            pace.clock.sleep(work(pace)).await;
        }
    }
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

/// What whoever watches makes of any clip.
pub(crate) fn footage() -> Footage {
    let thumbnail = Bytes::from_static(b"the first frame");
    Footage { codec: "h264".into(), width: 720, height: 1_280, frames: 96, seconds: 4.0, fps: 24.0, thumbnail }
}

#[async_trait]
impl Viewer for Timekeeper {
    async fn look(&self, _: Bytes) -> Result<(), Failure> {
        Ok(())
    }

    async fn watch(&self, _: Bytes) -> Result<Footage, Failure> {
        Ok(footage())
    }
}

#[async_trait]
impl Studio for Timekeeper {
    fn version(&self) -> String {
        "timekeeper".into()
    }

    async fn lay(&self) -> Result<Box<dyn Laying>, Failure> {
        let laid = Arc::clone(&self.laid);
        Ok(Box::new(Track { laid, pace: self.pace.clone(), slots: Vec::new() }))
    }

    async fn render(&self, scene: &Scene, _: BTreeMap<String, Bytes>) -> Result<Rendered, Failure> {
        let rises = scene.outgoing.as_ref().map(|outgoing| &outgoing.backdrop);
        assert!(!matches!(rises, Some(Backdrop::Program(_))), "a program is not run for what it left behind");
        if let Backdrop::Program(program) = &scene.backdrop {
            if program.code.contains("undrawable") {
                return Err(Failure::GiveUp("it computes for too long".into()));
            }
            if program.code.contains("painted now") {
                return Err(StoreError::Unavailable("nobody draws programs now".into()).into());
            }
        }
        self.rendered.fetch_add(1, Ordering::SeqCst);
        Pace::pass(self.pace.as_ref(), |pace| pace.scene).await;
        let boxes: Vec<WordBox> = Vec::new();
        Ok(Rendered { film: body(scene.key("timekeeper")), boxes })
    }

    async fn join(&self, reel: Reel) -> Result<Film, Failure> {
        // As many at once as the workshop reads.
        let reading: Vec<_> = reel.parts.into_iter().map(collect).collect();
        let parts: Vec<Bytes> = stream::iter(reading).buffered(4).try_collect().await?;
        let mut film = parts.concat();
        film.extend(collect(reel.track).await?);
        Ok(Film { film: body(film), thumbnail: Bytes::new() })
    }
}

struct Track {
    laid: Arc<AtomicUsize>,
    pace: Option<Pace>,
    slots: Vec<String>,
}

#[async_trait]
impl Laying for Track {
    async fn add(&mut self, slot: Slot) -> Result<(), Failure> {
        Pace::pass(self.pace.as_ref(), |pace| pace.slot).await;
        self.slots.push(format!("{} {} {}", hash(&slot), slot.volume, slot.samples));
        Ok(())
    }

    async fn end(self: Box<Self>) -> Result<Body, Failure> {
        self.laid.fetch_add(1, Ordering::SeqCst);
        Pace::pass(self.pace.as_ref(), |pace| pace.track).await;
        Ok(body(self.slots.join("\n")))
    }
}

fn hash(slot: &Slot) -> String {
    slot.sound.as_ref().map_or("silence".into(), |sound| sha256_hex(&sound.audio))
}
