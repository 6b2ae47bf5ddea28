//! What can be chosen about an account, before it starts and while it runs.

use serde::{Deserialize, Serialize};

/// What an account allows and how its provider behaves. All of it may change while calls run.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The only key that is taken.
    pub api_key: String,
    /// The plan: what formats it may ask for and, unless said otherwise, how many calls may run.
    pub tier: Tier,
    /// Characters bought for the period.
    pub credits: u64,
    /// Of them, used before the first call.
    pub used: u64,
    /// Calls that may run at once in each concurrency group; `None`: what the plan allows.
    pub concurrency: Option<usize>,
    /// An item is listed in the history so long after its generation's end.
    pub list_after_ms: u64,
    /// How far the provider's clock is behind this machine's.
    pub dated_behind_ms: u64,
    /// From a call's beginning to its first byte.
    pub first_byte_ms: u64,
    /// How many times faster than it sounds a text is spoken; 0: as fast as possible.
    pub speed: f64,
    /// Whether answers say how many calls run and how many may.
    pub concurrency_headers: bool,
    /// Whether items of the history carry their alignments.
    pub history_alignments: bool,
    /// Whether items of the history tell numbers of settings as the 32-bit floats that they are kept as.
    pub history_floats: bool,
    /// Where the key may not go: addresses that begin so, but for speech, answer 401 `missing_permissions`, as a scoped key's do.
    pub denied: Vec<String>,
    /// What does not work: addresses that begin so, but for speech, answer 503.
    pub down: Vec<String>,
    /// Which of the recorded shapes errors have.
    pub error_form: ErrorForm,
    /// Whether each voice speaks at a rate of its own, up to a tenth faster or slower, each line up to 15 % beside it, and Japanese
    /// and German at rates of their own; all by `seed`.
    pub voices_differ: bool,
    /// What ids and the places at which bodies are split follow from.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            api_key: "sk_double".to_owned(),
            tier: Tier::Creator,
            credits: 1_000_000,
            used: 0,
            concurrency: None,
            list_after_ms: 1_000,
            dated_behind_ms: 0,
            first_byte_ms: 0,
            speed: 0.0,
            concurrency_headers: true,
            history_alignments: true,
            history_floats: false,
            denied: Vec::new(),
            down: Vec::new(),
            error_form: ErrorForm::Current,
            voices_differ: false,
            seed: 1,
        }
    }
}

/// Some of the settings, to be changed while calls run. A field that is left out stays as it is.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are those of `Settings`, where each is described")]
pub struct Change {
    pub api_key: Option<String>,
    pub tier: Option<Tier>,
    pub credits: Option<u64>,
    pub used: Option<u64>,
    /// `null` returns to what the plan allows.
    #[serde(deserialize_with = "present")]
    pub concurrency: Option<Option<usize>>,
    pub list_after_ms: Option<u64>,
    pub dated_behind_ms: Option<u64>,
    pub first_byte_ms: Option<u64>,
    pub speed: Option<f64>,
    pub concurrency_headers: Option<bool>,
    pub history_alignments: Option<bool>,
    pub history_floats: Option<bool>,
    pub denied: Option<Vec<String>>,
    pub down: Option<Vec<String>>,
    pub error_form: Option<ErrorForm>,
}

/// Tells a `null` from a field that is not there.
fn present<'de, D: serde::Deserializer<'de>>(value: D) -> Result<Option<Option<usize>>, D::Error> {
    Deserialize::deserialize(value).map(Some)
}

impl Settings {
    /// Takes over what the change names.
    pub fn change(&mut self, change: Change) {
        fn take<T>(field: &mut T, value: Option<T>) {
            if let Some(value) = value {
                *field = value;
            }
        }
        take(&mut self.api_key, change.api_key);
        take(&mut self.tier, change.tier);
        take(&mut self.credits, change.credits);
        take(&mut self.used, change.used);
        take(&mut self.concurrency, change.concurrency);
        take(&mut self.list_after_ms, change.list_after_ms);
        take(&mut self.dated_behind_ms, change.dated_behind_ms);
        take(&mut self.first_byte_ms, change.first_byte_ms);
        take(&mut self.speed, change.speed);
        take(&mut self.concurrency_headers, change.concurrency_headers);
        take(&mut self.history_alignments, change.history_alignments);
        take(&mut self.history_floats, change.history_floats);
        take(&mut self.denied, change.denied);
        take(&mut self.down, change.down);
        take(&mut self.error_form, change.error_form);
    }
}

/// A plan, smallest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the provider's names of its plans")]
pub enum Tier {
    Free,
    Starter,
    Creator,
    Pro,
    Scale,
    Business,
}

impl Tier {
    /// The plan of this name, as the provider writes it.
    pub fn named(name: &str) -> Option<Self> {
        serde_json::from_value(serde_json::Value::String(name.to_owned())).ok()
    }

    /// As the provider writes it.
    pub fn name(self) -> &'static str {
        match self {
            Tier::Free => "free",
            Tier::Starter => "starter",
            Tier::Creator => "creator",
            Tier::Pro => "pro",
            Tier::Scale => "scale",
            Tier::Business => "business",
        }
    }

    /// Calls that may run at once (PROVIDERS 1.8); the fast models have a group of their own, twice as wide.
    pub fn concurrency(self, fast: bool) -> usize {
        let standard = match self {
            Tier::Free => 2,
            Tier::Starter => 3,
            Tier::Creator => 5,
            Tier::Pro => 10,
            Tier::Scale | Tier::Business => 15,
        };
        if fast { standard * 2 } else { standard }
    }
}

/// The shapes in which errors were recorded (PROVIDERS 1.7). A 422 is always of the third.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorForm {
    /// A: `{"detail":{"type","code","message","status","request_id"}}`.
    Current,
    /// B: `{"detail":{"status","message"}}`, with the older status words.
    Legacy,
    /// C: `{"detail":[{"loc","msg","type"}]}`.
    Validation,
    /// D: `{"detail":"…"}`.
    Plain,
}
