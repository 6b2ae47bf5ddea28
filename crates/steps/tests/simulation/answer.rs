//! A provider's answer while it arrives: its sound in parts, its end, and what may become of both.

use crate::simulation::process::Process;
use crate::simulation::time;
use async_trait::async_trait;
use bytes::Bytes;
use doubles::account::{self, Ended, FaultKind};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use story::maker::{Concurrency, MakerError};
use story::speech::{Answer, Heard, Receipt};

/// The sound of a call: its name, so that a recording tells whose it is.
fn sound(request_id: &str) -> Vec<Bytes> {
    vec![format!("{request_id}\n").into(), "sound".into(), "and sound".into()]
}

/// An answer while it arrives.
pub(crate) struct Arriving {
    process: Arc<Process>,
    call: u64,
    parts: VecDeque<(u64, Part)>,
    concurrency: Option<Concurrency>,
}

enum Part {
    Sound(Bytes),
    End(Receipt),
    Cut,
    Hang,
}

impl Arriving {
    pub(crate) fn new(process: &Arc<Process>, call: &account::Call, concurrency: Option<Concurrency>) -> Self {
        let sounds = sound(&call.request_id);
        let (first_ms, count) = (call.start_ms + call.first_byte_ms, sounds.len());
        let making_ms = call.generated_ms.saturating_sub(first_ms);
        let end = Receipt {
            request_id: Some(call.request_id.clone()),
            item: call.history_item_id.clone(),
            characters: call.cost,
        };
        let mut parts: VecDeque<(u64, Part)> = sounds
            .into_iter()
            .enumerate()
            .map(|(index, bytes)| (first_ms + making_ms * index as u64 / count as u64, Part::Sound(bytes)))
            .collect();
        parts.push_back((call.generated_ms, Part::End(end)));
        match call.fault {
            Some(FaultKind::Cut { share }) => {
                let kept = (parts.len() as f64 * share) as usize;
                let at = parts.get(kept).map_or(call.generated_ms, |(at, _)| *at);
                parts.truncate(kept.min(count));
                parts.push_back((at, Part::Cut));
            }
            Some(FaultKind::Hang { .. }) => parts = VecDeque::from([(first_ms, Part::Hang)]),
            _ => {}
        }
        Self { process: Arc::clone(process), call: call.id, parts, concurrency }
    }

    /// A sound that lies there whole.
    pub(crate) fn of_history(process: &Arc<Process>, request_id: &str, receipt: Receipt) -> Self {
        let parts = sound(request_id).into_iter().map(|bytes| (0, Part::Sound(bytes)));
        let parts = parts.chain([(0, Part::End(receipt))]).collect();
        Self { process: Arc::clone(process), call: 0, parts, concurrency: None }
    }

    pub(crate) fn ends(&self, ended: Ended) {
        let world = &self.process.world;
        world.account().end(self.call, world.now().0, ended);
        world.checks(|checker, _| checker.ended(self.call));
    }
}

#[async_trait]
impl Answer for Arriving {
    fn concurrency(&self) -> Option<Concurrency> {
        self.concurrency
    }

    async fn next(&mut self) -> Result<Heard, MakerError> {
        let world = Arc::clone(&self.process.world);
        self.process.step("the answer's next part").await;
        let Some((at_ms, part)) = self.parts.pop_front() else {
            return Err(MakerError::Unknown("the answer has ended".into()));
        };
        time::passes(Duration::from_millis(at_ms.saturating_sub(world.now().0))).await;
        self.process.pass().await;
        match part {
            Part::Sound(bytes) => Ok(Heard::Sound(bytes.into())),
            Part::End(receipt) => {
                // Its last byte had left then, also if nobody took it in for a while.
                world.account().end(self.call, at_ms, Ended::Complete);
                world.checks(|checker, _| checker.ended(self.call));
                Ok(Heard::End(receipt))
            }
            Part::Cut => {
                self.ends(Ended::Cut);
                Err(MakerError::Unknown("the answer was cut".into()))
            }
            Part::Hang => {
                // The client's own patience.
                time::passes_between(&world, 20_000, 60_000).await;
                self.process.pass().await;
                Err(MakerError::Unknown("nothing more came".into()))
            }
        }
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        self.ends(Ended::ClientLeft);
    }
}
