//! Speech as it is made: bytes split at arbitrary places, or lines of JSON with the times of their characters.

use super::State;
use crate::account::{Account, Call, Ended, Endpoint, FaultKind, Numbers};
use crate::pace::{Pace, broken, let_it_leave, now_ms};
use crate::sound::{Sound, Span, Spans, alignment, normalized_alignment};
use crate::watched::InHand;
use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::stream;
use serde_json::{Value, json};
use std::io;

/// A call that counts as running until it is told how it ended, or is dropped because its client left.
pub(super) struct Running {
    state: State,
    id: u64,
    has_ended: bool,
}

impl Running {
    pub(super) fn new(state: State, id: u64) -> Self {
        Self { state, id, has_ended: false }
    }

    pub(super) fn account(&self) -> InHand<'_, Account> {
        self.state.account()
    }

    pub(super) fn end(&mut self, ended: Ended) {
        if !self.has_ended {
            self.has_ended = true;
            self.state.account().end(self.id, now_ms(), ended);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end(Ended::ClientLeft);
    }
}

/// What a body is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parts {
    Audio,
    Lines,
}

impl Parts {
    pub(super) fn of(endpoint: Endpoint) -> Self {
        if endpoint == Endpoint::StreamWithTimestamps { Parts::Lines } else { Parts::Audio }
    }
}

/// The body of a streaming answer. Nothing of it exists before it is asked for.
pub(super) fn body(parts: Parts, running: Running, call: Call, pace: Pace) -> Body {
    let length_ms = call.speech.length_ms();
    let cut_ms = match call.fault {
        Some(FaultKind::Cut { share }) => Some((length_ms as f64 * share) as u64),
        _ => None,
    };
    let telling = Telling {
        parts,
        running,
        pace,
        spans: call.speech.spans(),
        sound: Sound::new(call.format),
        // The same text is cut at the same places, whoever asks: two answers can be laid side by side.
        numbers: Numbers::new(call.speech.length_ms()),
        groups: 0,
        breaks_line: call.fault == Some(FaultKind::BrokenLine),
        cut_ms,
        waiting: call.format.header(length_ms).to_vec(),
        told: false,
        over: false,
    };
    Body::from_stream(stream::unfold(telling, async |mut telling| {
        let part = telling.next().await?;
        Some((part, telling))
    }))
}

struct Telling {
    parts: Parts,
    running: Running,
    pace: Pace,
    spans: Spans,
    sound: Sound,
    numbers: Numbers,
    groups: usize,
    breaks_line: bool,
    cut_ms: Option<u64>,
    /// Made, not yet handed over.
    waiting: Vec<u8>,
    /// All of it was made.
    told: bool,
    over: bool,
}

impl Telling {
    async fn next(&mut self) -> Option<io::Result<Bytes>> {
        if self.over {
            return None;
        }
        while !self.told && self.waiting.len() < self.enough() {
            self.make().await;
        }
        if !self.told {
            // Never at a boundary on purpose: some bytes wait for the next part.
            let size = 1 + self.numbers.below(self.waiting.len() - 1);
            return Some(Ok(self.waiting.drain(..size).collect::<Vec<u8>>().into()));
        }
        if self.waiting.is_empty() {
            // What is whole ended with its last part, unless it has no byte at all.
            self.over = true;
            if self.cut_ms.is_none() {
                self.running.end(Ended::Complete);
                return None;
            }
            let_it_leave().await;
            self.running.end(Ended::Cut);
            return Some(Err(broken()));
        }
        if self.cut_ms.is_none() {
            // Before the last byte leaves, so that who has it may call again at once.
            self.over = true;
            self.running.end(Ended::Complete);
        }
        Some(Ok(std::mem::take(&mut self.waiting).into()))
    }

    /// How much is worth a part: lines leave soon, so that their times are early.
    fn enough(&self) -> usize {
        match self.parts {
            Parts::Audio => 1_500,
            Parts::Lines => 2,
        }
    }

    /// Makes the sound of some more characters, in its time.
    async fn make(&mut self) {
        let size = match self.parts {
            Parts::Audio => 4,
            Parts::Lines => 8 + self.numbers.below(24),
        };
        let group: Vec<Span> = self.spans.by_ref().take(size).collect();
        let Some(last) = group.last() else {
            self.told = true;
            return;
        };
        self.pace.reach(last.end_ms).await;
        let mut audio = Vec::new();
        let mut cut_at = None;
        for span in &group {
            if cut_at.is_none() && self.cut_ms.is_some_and(|cut_ms| span.end_ms > cut_ms) {
                cut_at = Some(audio.len());
            }
            self.sound.add(span, &mut audio);
        }
        let before = self.waiting.len();
        match self.parts {
            Parts::Audio => self.waiting.extend_from_slice(&audio),
            Parts::Lines => self.lines(&group, &audio),
        }
        if let Some(at) = cut_at {
            let share = at as f64 / audio.len().max(1) as f64;
            let made = self.waiting.len() - before;
            self.waiting.truncate(before + (made as f64 * share) as usize);
            self.told = true;
        }
    }

    /// The lines of a group. The first, and then every fourth, hands its audio over in two: the second has no times, and an
    /// empty line follows it.
    fn lines(&mut self, group: &[Span], audio: &[u8]) {
        let splits = self.groups.is_multiple_of(4);
        self.groups += 1;
        let half = if splits { audio.len() / 2 } else { audio.len() };
        let timed = json!({
            "audio_base64": STANDARD.encode(&audio[..half]), "alignment": alignment(group),
            "normalized_alignment": normalized_alignment(group),
        });
        self.line(&timed);
        if splits {
            self.line(&json!({
                "audio_base64": STANDARD.encode(&audio[half..]), "alignment": null, "normalized_alignment": null,
            }));
            self.waiting.push(b'\n');
        }
    }

    fn line(&mut self, object: &Value) {
        let line = object.to_string();
        let shown = if std::mem::take(&mut self.breaks_line) { &line[..line.len() / 2] } else { &line };
        self.waiting.extend_from_slice(shown.as_bytes());
        self.waiting.push(b'\n');
    }
}
