//! What ElevenLabs decides about a call: whether it is taken, what it costs, how long it runs and when its history shows it.
//! Pure rules: no I/O, no clock, nothing asynchronous. The server asks it by HTTP; a simulation may ask it by hand.

mod charge;
mod checks;
mod concurrency;
mod faults;
mod history;
mod log;
mod models;
mod numbers;
mod rates;
mod refusal;
mod settings;
mod voices;

pub use charge::{Call, Endpoint, SpeechCall, SpeechQuery};
pub use concurrency::Concurrency;
pub use faults::{Fault, FaultKind, Faults};
pub use history::{HistoryQuery, Item};
pub use log::{Ended, Log, LoggedCall, LoggedRefusal};
pub use models::{MODELS, Model};
pub use refusal::Refusal;
pub use settings::{Change, ErrorForm, Settings, Tier};
pub use voices::{Voice, VoiceSettings, VoicesQuery};

pub(crate) use numbers::Numbers;

use refusal::Reason;
use serde_json::{Value, json};

/// One customer's account at the provider, with its books.
#[derive(Debug)]
pub struct Account {
    /// What it allows; may be changed while calls run. `used` is the live counter of characters.
    pub settings: Settings,
    /// What will go wrong.
    pub faults: Faults,
    /// The voices that it may use.
    pub voices: Vec<Voice>,
    items: Vec<Item>,
    log: Log,
    running: Vec<(u64, &'static str)>,
    numbers: Numbers,
}

impl Account {
    /// An account with the voices that everyone has, and nothing spoken yet.
    pub fn new(settings: Settings) -> Self {
        let numbers = Numbers::new(settings.seed);
        Self {
            settings,
            faults: Faults::default(),
            voices: voices::premade(),
            items: Vec::new(),
            log: Log::default(),
            running: Vec::new(),
            numbers,
        }
    }

    /// The provider's own books of calls, charges and refusals.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Forgets the log, not the charges and not the history.
    pub fn clear_log(&mut self) {
        self.log.clear();
    }

    /// Calls that run now.
    pub fn in_flight(&self) -> usize {
        self.running.len()
    }

    /// The balance that is left.
    pub fn credits_left(&self) -> u64 {
        self.settings.credits.saturating_sub(self.settings.used)
    }

    /// Whether this key opens the account at this address: for all that is not speech.
    pub fn admit(&mut self, api_key: Option<&str>, path: &str) -> Result<(), Refusal> {
        let begins = |places: &[String]| places.iter().any(|place| path.starts_with(place.as_str()));
        let reason = match self.keyed(api_key) {
            Err(reason) => reason,
            Ok(()) if begins(&self.settings.denied) => refusal::missing_permission(path),
            Ok(()) if begins(&self.settings.down) => refusal::unavailable(),
            Ok(()) => return Ok(()),
        };
        Err(self.shape(reason))
    }

    fn keyed(&self, api_key: Option<&str>) -> Result<(), Reason> {
        match api_key {
            None => Err(refusal::missing_key()),
            Some(key) if key != self.settings.api_key => Err(refusal::wrong_key()),
            Some(_) => Ok(()),
        }
    }

    /// The body of `GET /v1/user/subscription` (PROVIDERS 1.10 and 1.14). Its period ends in 15 days, whenever it is asked.
    pub fn subscription(&self, now_ms: u64) -> Value {
        let tier = self.settings.tier;
        json!({
            "tier": tier.name(), "character_count": self.settings.used, "character_limit": self.settings.credits,
            "max_credit_limit_extension": 0, "max_character_limit_extension": 0,
            "can_extend_character_limit": false, "allowed_to_extend_character_limit": false,
            "next_character_count_reset_unix": now_ms / 1_000 + 15 * 86_400, "voice_slots_used": self.voices.len(), "voice_limit": 30,
            "professional_voice_slots_used": 0, "professional_voice_limit": 1,
            "professional_voice_slots_used_in_workspace": 0, "voice_add_edit_counter": 0,
            "can_extend_voice_limit": false, "can_use_instant_voice_cloning": tier > Tier::Free,
            "can_use_professional_voice_cloning": tier >= Tier::Creator,
            "current_overage": {"amount": "0", "currency": "usd"}, "currency": "usd",
            "status": if tier == Tier::Free { "free" } else { "active" }, "billing_period": "monthly_period",
            "character_refresh_period": "monthly_period", "open_invoices": [], "has_open_invoices": false,
        })
    }

    /// The body of `GET /v1/user`.
    pub fn user(&self, now_ms: u64) -> Value {
        json!({
            "user_id": "double", "subscription": self.subscription(now_ms), "is_new_user": false, "is_onboarding_completed": true,
            "is_onboarding_checklist_completed": true, "show_compliance_terms": false, "can_use_delayed_payment_methods": false,
            "first_name": "Double", "created_at": 1_700_000_000, "seat_type": "workspace_admin", "xi_api_key": null,
            "subscription_extras": null,
        })
    }

    /// The body of `GET /v1/models`.
    pub fn models(&self) -> Value {
        MODELS.iter().map(Model::json).collect()
    }

    /// The body of `GET /v1/voices`.
    pub fn all_voices(&self) -> Value {
        json!({"voices": self.voices.iter().map(Voice::json).collect::<Vec<_>>()})
    }

    /// The body of `GET /v2/voices`.
    pub fn page_of_voices(&self, query: &VoicesQuery) -> Value {
        voices::page(&self.voices, query)
    }

    /// The voice of this id.
    pub fn voice(&mut self, id: &str) -> Result<Voice, Refusal> {
        let found = self.voices.iter().find(|voice| voice.id == id).cloned();
        found.ok_or_else(|| self.shape(refusal::voice_not_found(id)))
    }

    fn shape(&mut self, reason: Reason) -> Refusal {
        // As recorded refusals have it: 32 hexadecimal digits.
        let id = format!("{:016x}{:016x}", self.numbers.next(), self.numbers.next());
        reason.shaped(self.settings.error_form, &id)
    }
}
