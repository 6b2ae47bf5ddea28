//! A provider of clips on simulated time, with books of its own.

use async_trait::async_trait;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use story::clips::{ClipMaterial, ClipModel, ClipRequest, ClipTask, ClipsProfile, Delivery, Generating};
use story::maker::{Busy, MakerError, MayBegin};
use story::{Clips, Clock, Timestamp};

/// What goes wrong with the next order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is charged, and its answer is lost.
    Lost,
    /// It never ends.
    Never,
    /// It ends with a refusal.
    Refused,
    /// What comes is no clip.
    Spoiled,
    /// The provider is busy.
    Busy,
}

/// What was done.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log {
    /// When each order was taken, and what was asked: each was charged.
    pub(crate) orders: Vec<(Timestamp, ClipRequest)>,
    /// The pictures and clips that came along.
    pub(crate) material: Vec<ClipMaterial>,
    pub(crate) questions: usize,
    pub(crate) downloads: Vec<String>,
}

pub(crate) struct Filmer {
    clock: Arc<dyn Clock>,
    generating_ms: u64,
    log: Mutex<Log>,
    faults: Mutex<Vec<Fault>>,
    operations: Mutex<BTreeMap<String, Operation>>,
}

/// An order that was taken.
#[derive(Clone, Debug)]
struct Operation {
    since: Timestamp,
    text: String,
    fault: Option<Fault>,
}

impl Filmer {
    pub(crate) fn new(clock: Arc<dyn Clock>, generating_ms: u64) -> Arc<Self> {
        let (log, faults, operations) = (Mutex::default(), Mutex::default(), Mutex::default());
        Arc::new(Self { clock, generating_ms, log, faults, operations })
    }

    pub(crate) fn log(&self) -> Log {
        held(&self.log).clone()
    }

    pub(crate) fn fails(&self, fault: Fault) {
        held(&self.faults).push(fault);
    }
}

fn held<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl Clips for Filmer {
    fn profile(&self) -> ClipsProfile {
        let model = ClipModel {
            name: "film-1".into(),
            seconds: (3..=10).collect(),
            usd_per_s: vec![(720, 0.1)],
            takes_images: true,
            tasks: vec![ClipTask::Extend],
            most_characters: 1_000,
        };
        ClipsProfile {
            provider: "films".into(),
            base_url: "https://films.example".into(),
            account: "films".into(),
            models: vec![model],
            rehearsed: false,
        }
    }

    async fn order(
        &self,
        clip: &ClipRequest,
        material: ClipMaterial,
        may_begin: MayBegin,
    ) -> Result<String, MakerError> {
        self.clock.sleep(Duration::from_millis(20)).await;
        if !may_begin() {
            return Err(MakerError::TooLate);
        }
        let fault = held(&self.faults).pop();
        if fault == Some(Fault::Busy) {
            return Err(MakerError::Busy(Busy { retry_after_ms: Some(5_000), ..Busy::default() }));
        }
        let (now, name) = (self.clock.now(), format!("operation-{}", held(&self.log).orders.len()));
        held(&self.log).orders.push((now, clip.clone()));
        held(&self.log).material.push(material);
        let operation = Operation { since: now, text: clip.text.clone(), fault };
        held(&self.operations).insert(name.clone(), operation);
        self.clock.sleep(Duration::from_millis(500)).await;
        match fault {
            Some(Fault::Lost) => Err(MakerError::Unknown("the connection was reset".into())),
            _ => Ok(name),
        }
    }

    async fn ask(&self, _: &ClipRequest, operation: &str) -> Result<Generating, MakerError> {
        held(&self.log).questions += 1;
        let Operation { since, fault, .. } = held(&self.operations).get(operation).expect("an operation").clone();
        let is_over = self.clock.now().since_ms(since) >= self.generating_ms;
        match fault {
            Some(Fault::Refused) if is_over => Err(MakerError::Refused("it shows what it must not".into())),
            Some(Fault::Never) => Ok(Generating::Running),
            _ if is_over => Ok(Generating::Done(Delivery::Address(operation.to_owned()))),
            _ => Ok(Generating::Running),
        }
    }

    async fn fetch(&self, address: &str) -> Result<Bytes, MakerError> {
        held(&self.log).downloads.push(address.to_owned());
        self.clock.sleep(Duration::from_secs(2)).await;
        let Operation { text, fault, .. } = held(&self.operations).get(address).expect("an operation").clone();
        let what = if fault == Some(Fault::Spoiled) { "no clip" } else { "a clip" };
        Ok(Bytes::from(format!("{what} of {text}")))
    }
}
