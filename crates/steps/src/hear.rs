//! An answer on its way to the store: the call hands its parts on, the store takes them as it can, and neither waits for the other
//! longer than a few parts. The sidecar is written after the last sound, before the object that holds it is whole.

use crate::lane::{BEAT_AGAIN, between_beats, lease};
use crate::settle::{self, Ours};
use crate::tap::{Tap, Tapped};
use crate::{sidecar, takes};
use bytes::Bytes;
use futures_channel::mpsc;
use futures_util::future::{Either, select};
use futures_util::stream::{self, StreamExt};
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use story::artifacts::{Body, Object};
use story::failure::StoreError;
use story::ledger::{Attempt, Came};
use story::speech::{Piece, Receipt};
use story::take::{Original, Sidecar};
use story::timeline::Times;
use story::words::Alignment;
use story::{AttemptId, Failure, House, Listener, TakeKey};

/// Parts that may wait for the store.
const PARTS: usize = 32;

/// A part of an answer on its way.
enum Part {
    Sound(Bytes),
    End(Box<Said>),
}

/// What came with a sound.
struct Said {
    sidecar: Sidecar,
    first_byte_ms: Option<u64>,
    times: Times,
}

/// Where a call hands its answer to. Dropped before the end, it has the store forget what it has.
pub(crate) struct Mouth {
    parts: mpsc::Sender<Part>,
    bytes: Arc<AtomicU64>,
    alignment: Option<Alignment>,
    original: Original,
    has_begun: bool,
    tap: Option<Arc<Tap>>,
}

/// Where a store takes it from.
pub(crate) struct Ear {
    parts: mpsc::Receiver<Part>,
    bytes: Arc<AtomicU64>,
}

/// A way from a call to a store, on which others may listen.
pub(crate) fn way(tap: Option<Arc<Tap>>) -> (Mouth, Ear) {
    let (sender, receiver) = mpsc::channel(PARTS);
    let bytes = Arc::new(AtomicU64::new(0));
    let (alignment, original) = (None, Original::default());
    let mouth = Mouth { parts: sender, bytes: Arc::clone(&bytes), alignment, original, has_begun: false, tap };
    (mouth, Ear { parts: receiver, bytes })
}

/// Nobody takes in what is said: the store did not work.
pub(crate) struct Deaf;

impl Mouth {
    /// Hands on the begin.
    pub(crate) fn begin(&mut self, attempt: &AttemptId, headers: Vec<(String, String)>) {
        if let Some(tap) = &self.tap {
            tap.say(|| Tapped::Head(attempt.clone(), headers.clone()));
        }
        (self.original.headers, self.has_begun) = (headers, true);
    }

    /// Hands on a sound.
    pub(crate) async fn say(&mut self, piece: Piece) -> Result<(), Deaf> {
        let (before, after) = piece.around();
        let Piece { sound, alignment, .. } = piece;
        if let Some(tap) = &self.tap {
            tap.say(|| Tapped::Sound { before: before.clone(), sound: sound.clone(), after: after.clone() });
        }
        self.original.lines.push((before, sound.len() as u64, after));
        self.bytes.fetch_add(sound.len() as u64, Ordering::Relaxed);
        if let Some(later) = alignment {
            self.alignment.get_or_insert_default().extend(later);
        }
        if sound.is_empty() { Ok(()) } else { self.send(Part::Sound(sound)).await }
    }

    /// Hands on the end.
    pub(crate) async fn end(
        mut self,
        receipt: Receipt,
        (first_byte_ms, times): (Option<u64>, Times),
    ) -> Result<(), Deaf> {
        let original = Some(std::mem::take(&mut self.original));
        let sidecar = Sidecar { alignment: self.alignment.take(), receipt, original };
        self.send(Part::End(Box::new(Said { sidecar, first_byte_ms, times }))).await
    }

    /// Sound so far.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    async fn send(&mut self, part: Part) -> Result<(), Deaf> {
        std::future::poll_fn(|context| self.parts.poll_ready(context)).await.map_err(|_| Deaf)?;
        self.parts.start_send(part).map_err(|_| Deaf)
    }
}

impl Drop for Mouth {
    fn drop(&mut self) {
        // Before its answer it may be called again.
        if self.has_begun
            && let Some(tap) = &self.tap
        {
            tap.close();
        }
    }
}

/// What a store has taken in.
#[derive(Default)]
struct Heard {
    said: Option<Box<Said>>,
    chunks: u64,
    is_cut: bool,
}

/// Stores an answer while it arrives, then has the take know it; meanwhile the take's lease is kept. Nothing is kept of an answer
/// that has no end.
pub(crate) async fn store(house: &House, listener: &dyn Listener, attempt: &Attempt, ear: Ear) -> Result<(), Failure> {
    let Ear { parts, bytes } = ear;
    let stored = pin!(async {
        let heard = Arc::new(Mutex::new(Heard::default()));
        let (key, name) = (attempt.take.clone(), attempt.attempt.clone());
        let sound = sound(house.clone(), parts, (key.clone(), name.clone()), Arc::clone(&heard));
        let stored = house.artifacts.put_new(&Object::TakeAudio(key, name), sound).await;
        let Heard { said, chunks, is_cut } = std::mem::take(&mut *heard.lock().unwrap_or_else(PoisonError::into_inner));
        match (said, stored) {
            (Some(said), Ok(_)) => {
                let Said { sidecar, first_byte_ms, times } = *said;
                let came = Came { chunks: Some(chunks), ..Came::default() };
                let attempt = &Attempt { first_byte_ms, came, times, ..attempt.clone() };
                settle::record(house, listener, Ours { attempt, sound: &attempt.attempt }, sidecar).await.map(|_| ())
            }
            (_, Err(error)) if !is_cut => Err(error.into()),
            _ => Ok(()),
        }
    });
    match select(stored, pin!(beats(house, attempt, &bytes))).await {
        Either::Left((stored, _)) => stored,
        Either::Right((never, _)) => match never {},
    }
}

/// Lets a take be heard of until it is stored.
async fn beats(house: &House, attempt: &Attempt, bytes: &AtomicU64) -> std::convert::Infallible {
    let mut wait = between_beats(house);
    loop {
        house.clock.sleep(wait).await;
        let until = lease(house);
        let beaten = takes::change(house, &attempt.take, |take| {
            take.beaten(&attempt.attempt, until, bytes.load(Ordering::Relaxed))
        });
        wait = if beaten.await.is_ok() { between_beats(house) } else { BEAT_AGAIN };
    }
}

/// The sound of an answer.
fn sound(
    house: House,
    parts: mpsc::Receiver<Part>,
    (key, name): (TakeKey, AttemptId),
    heard: Arc<Mutex<Heard>>,
) -> Body {
    let sounds = stream::unfold(Some(parts), move |parts| {
        let (house, key, name, heard) = (house.clone(), key.clone(), name.clone(), Arc::clone(&heard));
        async move {
            let mut parts = parts?;
            let note = || heard.lock().unwrap_or_else(PoisonError::into_inner);
            match parts.next().await {
                Some(Part::Sound(bytes)) => {
                    note().chunks += 1;
                    Some((Ok(bytes), Some(parts)))
                }
                Some(Part::End(said)) => {
                    let written = sidecar::write(&house, &key, &name, &said.sidecar).await;
                    note().said = Some(said);
                    written.err().map(|error| (Err(error), None))
                }
                None => {
                    note().is_cut = true;
                    Some((Err(StoreError::Unavailable("the answer has no end".into())), None))
                }
            }
        }
    });
    sounds.boxed()
}
