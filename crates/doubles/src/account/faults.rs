//! What can be made to go wrong: a queue of faults, each for the next calls or for those whose text has certain words.

use serde::{Deserialize, Serialize};

/// Something that goes wrong, and for which calls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]

pub struct Fault {
    /// What goes wrong.
    #[serde(flatten)]
    pub kind: FaultKind,
    /// For how many calls.
    #[serde(default = "once")]
    pub times: u32,
    /// Only for calls whose text contains this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text_contains: Option<String>,
}

fn once() -> u32 {
    1
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FaultKind {
    /// 429: too many calls run, whether or not they do.
    ConcurrentLimit,
    /// 429: the provider has too much to do.
    SystemBusy,
    /// 429: too many calls in a time.
    RateLimit,
    /// The same, with the header `retry-after`, which the original was never seen to send.
    RateLimitFor {
        /// Seconds.
        retry_after_s: u32,
    },
    /// 500, before anything was charged.
    InternalError,
    /// 503, before anything was charged.
    ServiceUnavailable,
    /// 401, the recorded answer to an empty account.
    QuotaExceeded,
    /// 402, the documented answer to an empty account.
    InsufficientCredits,
    /// The connection ends after this share of the answer: 1 sends all but the body's proper end. Charged.
    Cut {
        /// From 0 to 1.
        share: f64,
    },
    /// The connection is reset before any byte of the answer. Charged.
    Reset,
    /// A gateway on the way answers 503 in HTML, though the call was made. Charged.
    Gateway,
    /// The first byte takes so much longer.
    SlowFirstByte {
        /// Milliseconds, in addition to the setting.
        ms: u64,
    },
    /// Nothing more comes until the client leaves. Charged.
    Hang {
        /// Whether status and headers come before the silence.
        headers: bool,
    },
    /// A line of the stream with times is no JSON. Elsewhere without effect. Charged.
    BrokenLine,
}

impl FaultKind {
    /// For the next call.
    pub fn once(self) -> Fault {
        self.times(1)
    }

    /// For the next calls.
    pub fn times(self, times: u32) -> Fault {
        Fault { kind: self, times, text_contains: None }
    }

    /// For the next call whose text contains these words.
    pub fn for_text(self, words: &str) -> Fault {
        Fault { kind: self, times: 1, text_contains: Some(words.to_owned()) }
    }
}

/// The faults that wait for their calls.
#[derive(Debug, Clone, Default)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// One more, after those that wait.
    pub fn push(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    /// None any more.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Those that wait.
    pub fn waiting(&self) -> &[Fault] {
        &self.0
    }

    /// The first that concerns this text.
    pub fn next(&self, text: &str) -> Option<FaultKind> {
        self.place(text).map(|at| self.0[at].kind)
    }

    /// Uses it up once.
    pub fn take(&mut self, text: &str) -> Option<FaultKind> {
        let at = self.place(text)?;
        let kind = self.0[at].kind;
        self.0[at].times -= 1;
        self.0.retain(|fault| fault.times > 0);
        Some(kind)
    }

    fn place(&self, text: &str) -> Option<usize> {
        let concerns = |words: &String| text.contains(words);
        self.0.iter().position(|fault| fault.times > 0 && fault.text_contains.as_ref().is_none_or(concerns))
    }
}
