//! What a provider of clips decides about an order: whether it is taken, what it costs, what goes wrong with it, how far it is.
//! Pure rules: no I/O, no clock, nothing asynchronous.

use super::faults::ClipFault;
use super::log::{ClipDoor, ClipLog, LoggedOrder, RefusedOrder};
use super::refusal::Reason;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What the account allows, and how the models behave. All of it may change while clips are generated.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClipSettings {
    /// The only key that is taken: in `x-goog-api-key`, or as a bearer's token.
    pub api_key: String,
    /// The models of the Interactions API.
    pub models: Vec<String>,
    /// Veo's.
    pub veo_models: Vec<String>,
    /// From the order to the clip.
    pub generating_ms: u64,
    /// From the clip to its file: until then it is `PROCESSING`.
    pub processing_ms: u64,
    /// Whether the answer holds the clip itself, though an address was asked for.
    pub inline: bool,
    /// Addresses on the other host that a download leads through; 0: the file lies where it was said to.
    pub redirects: u32,
}

impl Default for ClipSettings {
    /// Everything is there at once, at an address that leads nowhere else.
    fn default() -> Self {
        let named = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            api_key: "key-double".to_owned(),
            models: named(&["gemini-omni-1.2-flash", "gemini-omni-1.1-flash"]),
            veo_models: named(&["veo-3.1-fast-generate-001", "veo-3.1-generate-001"]),
            generating_ms: 0,
            processing_ms: 0,
            inline: false,
            redirects: 0,
        }
    }
}

/// An order whose fields are right.
pub(super) struct Wanted {
    pub(super) model: String,
    pub(super) seconds: u32,
    pub(super) usd_per_s: f64,
    pub(super) body: Value,
}

/// How far an order is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Progress {
    /// It runs, or stands still, with a status of the Interactions API.
    Stands(String),
    /// It failed.
    Failed,
    /// It said no.
    Words,
    /// The clip is there.
    Done,
}

/// One customer's account at the provider, with its books.
#[derive(Debug)]
pub struct ClipAccount {
    /// May be changed while clips are generated.
    pub settings: ClipSettings,
    /// What goes wrong with the next orders, questions and downloads.
    pub faults: Vec<ClipFault>,
    pub(super) log: ClipLog,
}

impl ClipAccount {
    /// An account for which nothing was generated yet.
    pub fn new(settings: ClipSettings) -> Self {
        Self { settings, faults: Vec::new(), log: ClipLog::default() }
    }

    /// The books.
    pub fn log(&self) -> &ClipLog {
        &self.log
    }

    /// An order by its name.
    pub(super) fn order(&self, name: &str) -> Option<LoggedOrder> {
        self.log.orders.iter().find(|order| order.name == name).cloned()
    }

    /// Takes an order, or notes why not: `wanted` looks at its fields, once the key is right.
    pub(super) fn take(
        &mut self,
        door: ClipDoor,
        key: Option<&str>,
        now_ms: u64,
        wanted: impl FnOnce(&ClipSettings) -> Result<Wanted, Reason>,
    ) -> Result<LoggedOrder, Reason> {
        self.taken(door, key, now_ms, wanted).inspect_err(|reason| {
            let (status, message) = (reason.status(door), reason.message(door));
            self.log.refusals.push(RefusedOrder { status, message });
        })
    }

    fn taken(
        &mut self,
        door: ClipDoor,
        key: Option<&str>,
        now_ms: u64,
        wanted: impl FnOnce(&ClipSettings) -> Result<Wanted, Reason>,
    ) -> Result<LoggedOrder, Reason> {
        self.check_key(key)?;
        let Wanted { model, seconds, usd_per_s, body } = wanted(&self.settings)?;
        match self.fault(ClipFault::is_refusal) {
            Some(ClipFault::Busy { retry_s }) => return Err(Reason::Busy { retry_s }),
            Some(ClipFault::SpentToday) => return Err(Reason::SpentToday),
            Some(_) => return Err(Reason::Blocked),
            None => {}
        }
        let fault = self.fault(ClipFault::is_of_order);
        let is_charged = fault.as_ref().is_none_or(ClipFault::is_charged);
        let usd = if is_charged { f64::from(seconds) * usd_per_s } else { 0.0 };
        let number = self.log.orders.len() + 1;
        let name = match door {
            ClipDoor::Interactions => format!("v1_double{number}"),
            ClipDoor::Vertex => {
                format!("projects/double/locations/us-central1/publishers/google/models/{model}/operations/{number}")
            }
        };
        let order = LoggedOrder { name, door, model, seconds, usd, at_ms: now_ms, body, fault };
        self.log.orders.push(order.clone());
        Ok(order)
    }

    /// An order that is asked for by its name.
    pub(super) fn asked(&mut self, door: ClipDoor, key: Option<&str>, name: &str) -> Result<LoggedOrder, Reason> {
        self.check_key(key)?;
        self.log.questions += 1;
        if self.fault(|fault| *fault == ClipFault::Unavailable).is_some() {
            return Err(Reason::Unavailable);
        }
        self.order(name).filter(|order| order.door == door).ok_or(Reason::Forgotten)
    }

    /// How far an order is.
    pub(super) fn progress(&self, order: &LoggedOrder, now_ms: u64) -> Progress {
        if let (Some(ClipFault::Status { status }), ClipDoor::Interactions) = (&order.fault, order.door) {
            return Progress::Stands(status.clone());
        }
        if now_ms < order.at_ms + self.settings.generating_ms {
            return Progress::Stands("in_progress".to_owned());
        }
        match order.fault {
            Some(ClipFault::Status { .. }) => Progress::Stands("in_progress".to_owned()),
            Some(ClipFault::Failed) => Progress::Failed,
            Some(ClipFault::Words) => Progress::Words,
            _ => Progress::Done,
        }
    }

    pub(super) fn check_key(&self, key: Option<&str>) -> Result<(), Reason> {
        if key == Some(self.settings.api_key.as_str()) { Ok(()) } else { Err(Reason::WrongKey) }
    }

    /// Uses up the first of the faults that is such a one.
    pub(super) fn fault(&mut self, is: impl Fn(&ClipFault) -> bool) -> Option<ClipFault> {
        let index = self.faults.iter().position(is)?;
        Some(self.faults.remove(index))
    }
}
