//! A provider on simulated time: the double's rules and books, and calls that all take as long.

use crate::double::{self, history};
use async_trait::async_trait;
use bytes::Bytes;
use doubles::Account;
use doubles::account::{Change, Ended, Fault, FaultKind, Refusal};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use story::maker::{Busy, Concurrency, MakerError, MayBegin};
use story::speech::{
    Answer, Balance, Books, Catalog, Heard, HistoryPage, HistoryQuery, Profile, Receipt, TakeRequest, Unspoken, Voice,
};
use story::{Clock, Speech};

pub(crate) struct Provider {
    account: Mutex<Account>,
    clock: Arc<dyn Clock>,
    manner: Mutex<Manner>,
}

/// What it does besides.
#[derive(Default)]
pub(crate) struct Manner {
    /// How long it wants to be left alone where it is too busy, after each refusal.
    pub(crate) retry_after_ms: Option<u64>,
    /// Until the next connection is there, once.
    pub(crate) connects_in_ms: u64,
    /// Why its history cannot be read.
    pub(crate) unreadable: Option<MakerError>,
    /// Until the sound of an item comes, once.
    pub(crate) sound_in_ms: u64,
}

impl Provider {
    pub(crate) fn new(clock: Arc<dyn Clock>, call_ms: u64) -> Arc<Self> {
        let settings = doubles::Settings {
            first_byte_ms: call_ms,
            concurrency: Some(100),
            credits: 100_000_000,
            concurrency_headers: false,
            ..doubles::Settings::default()
        };
        Arc::new(Self { account: Mutex::new(Account::new(settings)), clock, manner: Mutex::default() })
    }

    pub(crate) fn account(&self) -> MutexGuard<'_, Account> {
        self.account.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn takes(&self, calls: usize) {
        self.account().settings.change(Change { concurrency: Some(Some(calls)), ..Change::default() });
    }

    pub(crate) fn tells(&self) {
        self.account().settings.concurrency_headers = true;
    }

    pub(crate) fn fails(&self, fault: Fault) {
        self.account().faults.push(fault);
    }

    pub(crate) fn manner(&self) -> MutexGuard<'_, Manner> {
        self.manner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a refusal means.
    fn meaning(&self, refusal: &Refusal, said: Option<Concurrency>) -> MakerError {
        let is_crowded = refusal.code == "concurrent_limit_exceeded";
        let retry_after_ms = self.manner().retry_after_ms.filter(|_| !is_crowded);
        match refusal.status {
            429 => MakerError::Busy(Busy { is_crowded, retry_after_ms, concurrency: said }),
            401 | 402 => MakerError::Spent(refusal.code.to_owned()),
            500 => MakerError::Unknown(refusal.code.to_owned()),
            _ => MakerError::Refused(refusal.code.to_owned()),
        }
    }
}

/// The provider as one client of it reaches it.
#[derive(Clone)]
pub(crate) struct Client(pub(crate) Arc<Provider>);

#[async_trait]
impl Speech for Client {
    fn profile(&self) -> Profile {
        double::profile()
    }

    async fn catalog(&self) -> Result<Catalog, MakerError> {
        Ok(double::catalog())
    }

    async fn voice(&self, id: &str) -> Result<Option<Voice>, MakerError> {
        Ok(double::voice(&mut self.0.account(), id))
    }

    async fn speak(&self, request: &TakeRequest, may_begin: MayBegin) -> Result<Box<dyn Answer>, Unspoken> {
        let connects_in_ms = std::mem::take(&mut self.0.manner().connects_in_ms);
        self.0.clock.sleep(Duration::from_millis(connects_in_ms)).await;
        if !may_begin() {
            return Err(MakerError::TooLate.into());
        }
        let now_ms = self.0.clock.now().0;
        let (begun, said) = {
            let mut account = self.0.account();
            let begun = double::begin(&mut account, request, now_ms);
            let counted = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
            let said = account.settings.concurrency_headers.then(|| Concurrency {
                current: counted(account.in_flight()),
                maximum: counted(account.settings.concurrency.unwrap_or_default()),
            });
            (begun, said)
        };
        match begun {
            Ok(call) if call.fault == Some(FaultKind::Reset) => {
                self.0.account().end(call.id, now_ms, Ended::Reset);
                Err(MakerError::Unknown("the connection was reset".into()).into())
            }
            Ok(call) => Ok(Box::new(Arriving { provider: Arc::clone(&self.0), call, said, parts: 0 })),
            Err(refusal) => Err(self.0.meaning(&refusal, said).into()),
        }
    }

    fn books(&self) -> Option<&dyn Books> {
        Some(self)
    }
}

#[async_trait]
impl Books for Client {
    async fn balance(&self) -> Result<Option<Balance>, MakerError> {
        Ok(None)
    }

    async fn history(&self, query: &HistoryQuery) -> Result<HistoryPage, MakerError> {
        let Provider { clock, .. } = &*self.0;
        if let Some(error) = self.0.manner().unreadable.clone() {
            return Err(error);
        }
        history::page(&mut self.0.account(), query, 100, clock.now()).map_err(|refusal| self.0.meaning(&refusal, None))
    }

    async fn sound(&self, item: &str) -> Result<Box<dyn Answer>, MakerError> {
        let found = self.0.account().item(item, self.0.clock.now().0);
        let found = found.map_err(|refusal| self.0.meaning(&refusal, None))?;
        let receipt = Receipt { request_id: None, item: Some(found.id), characters: 0 };
        let parts = vec![Heard::End(receipt), Heard::Sound(sound(&found.request_id).into())];
        Ok(Box::new(Kept { provider: Arc::clone(&self.0), parts }))
    }
}

/// A sound that lies there whole: its parts, the last first.
struct Kept {
    provider: Arc<Provider>,
    parts: Vec<Heard>,
}

#[async_trait]
impl Answer for Kept {
    async fn next(&mut self) -> Result<Heard, MakerError> {
        let sound_in_ms = std::mem::take(&mut self.provider.manner().sound_in_ms);
        self.provider.clock.sleep(Duration::from_millis(sound_in_ms)).await;
        self.parts.pop().ok_or_else(|| MakerError::Unknown("the answer has ended".into()))
    }
}

/// An answer: all of it comes at the call's end.
struct Arriving {
    provider: Arc<Provider>,
    call: doubles::account::Call,
    said: Option<Concurrency>,
    parts: u32,
}

#[async_trait]
impl Answer for Arriving {
    async fn next(&mut self) -> Result<Heard, MakerError> {
        let left_ms = self.call.generated_ms.saturating_sub(self.provider.clock.now().0);
        self.provider.clock.sleep(Duration::from_millis(left_ms)).await;
        if let Some(FaultKind::Hang { .. }) = self.call.fault {
            std::future::pending::<()>().await;
        }
        self.parts += 1;
        if self.parts == 1 {
            return Ok(Heard::Sound(sound(&self.call.request_id).into()));
        }
        self.provider.account().end(self.call.id, self.call.generated_ms, Ended::Complete);
        let (request_id, item) = (Some(self.call.request_id.clone()), self.call.history_item_id.clone());
        Ok(Heard::End(Receipt { request_id, item, characters: self.call.cost }))
    }

    fn concurrency(&self) -> Option<Concurrency> {
        self.said
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        self.provider.account().end(self.call.id, self.provider.clock.now().0, Ended::ClientLeft);
    }
}

/// What the provider's log says, in milliseconds since the beginning.
pub(crate) struct Log {
    /// Begin and end of each call by its text, in the order they began.
    pub(crate) calls: Vec<(String, u64, Option<u64>)>,
    /// When each refusal was.
    pub(crate) refusals: Vec<u64>,
    pub(crate) max_in_flight: usize,
}

impl Provider {
    pub(crate) fn log(&self, began_ms: u64) -> Log {
        let account = self.account();
        let log = account.log();
        let at = |ms: u64| ms - began_ms;
        Log {
            calls: log.calls.iter().map(|call| (call.text.clone(), at(call.start_ms), call.end_ms.map(at))).collect(),
            refusals: log.refusals.iter().map(|refusal| at(refusal.at_ms)).collect(),
            max_in_flight: log.max_in_flight,
        }
    }
}

impl Log {
    /// When the calls for a job's lines began.
    pub(crate) fn begins(&self, name: &str) -> Vec<u64> {
        let first = format!("{name} ");
        self.calls.iter().filter(|(text, ..)| text.starts_with(&first)).map(|(_, begin, _)| *begin).collect()
    }

    /// When the call for a line began.
    pub(crate) fn begin(&self, line: &str) -> Option<u64> {
        self.calls.iter().find(|(text, ..)| text == line).map(|(_, begin, _)| *begin)
    }

    /// Requests in a span of time: calls, and those that were refused.
    pub(crate) fn requests(&self, from_ms: u64, to_ms: u64) -> (usize, usize) {
        let span = from_ms..to_ms;
        let calls = self.calls.iter().filter(|(_, begin, _)| span.contains(begin)).count();
        (calls, self.refusals.iter().filter(|at| span.contains(at)).count())
    }

    /// How many calls ran at a moment.
    pub(crate) fn in_flight(&self, at_ms: u64) -> usize {
        let runs = |(_, begin, end): &&(String, u64, Option<u64>)| *begin <= at_ms && end.is_none_or(|end| end > at_ms);
        self.calls.iter().filter(runs).count()
    }

    /// Which lines were called for twice. Nobody pays twice for a line.
    pub(crate) fn twice(&self) -> Vec<&str> {
        let mut times = BTreeMap::<&str, u32>::new();
        for (text, ..) in &self.calls {
            *times.entry(text).or_default() += 1;
        }
        times.into_iter().filter(|(_, times)| *times > 1).map(|(text, _)| text).collect()
    }
}

/// What a request is answered with, long enough to be a line.
fn sound(request_id: &str) -> Bytes {
    request_id.repeat(100).into()
}
