//! What is made to go wrong: a queue of faults, each for the next calls or for those whose prompt has certain words.

use super::refusal::Reason;
use super::request::Door;
use serde::{Deserialize, Serialize};

/// Something that goes wrong, and for which calls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImageFault {
    /// What goes wrong.
    #[serde(flatten)]
    pub kind: ImageFaultKind,
    /// For how many calls.
    #[serde(default = "once")]
    pub times: u32,
    /// Only for calls whose prompt contains this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt_contains: Option<String>,
}

fn once() -> u32 {
    1
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ImageFaultKind {
    /// The first byte takes so much longer. Charged.
    Slow {
        /// Milliseconds, in addition to the setting.
        ms: u64,
    },
    /// The connection is reset before any byte of the answer.
    Lost {
        /// Whether it was drawn and charged before.
        charged: bool,
    },
    /// A gateway on the way answers 503 in HTML, though the call was made. Charged.
    Gateway,
    /// The connection ends after this share of the answer. Charged.
    Cut {
        /// From 0 to 1.
        share: f64,
    },
    /// Nothing comes until the client leaves. Charged.
    Hang,
    /// 500. Charged, or not: nobody says.
    InternalError {
        /// Whether it was drawn and charged before.
        #[serde(default)]
        charged: bool,
    },
    /// 503 in the provider's words: overloaded. Not charged.
    Overloaded,
    /// 429 of Together's dynamic limit (of Gemini's minute, by its interface), whatever the window says. Not a violation.
    Busy {
        /// Seconds, as the provider says them: `x-ratelimit-reset`, or Gemini's `RetryInfo`.
        reset_s: Option<u32>,
    },
    /// The account's money is used up: 402, or 429 `insufficient_quota` of a `gpt-image`, or Gemini's quota of a day.
    Spent,
    /// Moderation refuses the prompt.
    Moderation,
    /// Moderation refuses what was drawn: by Gemini's interface 200 with a `finishReason`, else as `Moderation`.
    ModeratedPicture,
    /// The picture is cut short, its frame in JSON is whole. Charged.
    Truncated,
    /// Where the picture should be is something else. Charged.
    NoPicture,
    /// 200, and HTML instead of JSON. Charged.
    Html,
    /// 200, JSON, and nothing in it. Charged.
    Empty,
    /// Gemini answers in words alone; elsewhere as `Empty`. Charged.
    Words,
    /// The answer is an address, through so many redirects. Charged. Without effect by Gemini's interface.
    Url {
        /// Short links before the picture.
        redirects: u32,
    },
    /// The answer is this address. Charged. Without effect by Gemini's interface.
    UrlTo {
        /// As it stands there.
        url: String,
    },
    /// The picture has another size than was asked for. Charged.
    OtherSize {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
}

impl ImageFaultKind {
    /// For the next call.
    pub fn once(self) -> ImageFault {
        self.times(1)
    }

    /// For the next calls.
    pub fn times(self, times: u32) -> ImageFault {
        ImageFault { kind: self, times, prompt_contains: None }
    }

    /// For the next call whose prompt contains these words.
    pub fn for_prompt(self, words: &str) -> ImageFault {
        ImageFault { kind: self, times: 1, prompt_contains: Some(words.to_owned()) }
    }

    /// Whether a call with it costs something.
    pub fn is_charged(&self) -> bool {
        match self {
            Self::Lost { charged } | Self::InternalError { charged } => *charged,
            Self::Overloaded | Self::Busy { .. } | Self::Spent | Self::Moderation | Self::ModeratedPicture => false,
            _ => true,
        }
    }

    /// Why a call is not even counted.
    pub(super) fn before_the_window(&self) -> Option<Reason> {
        match self {
            Self::Busy { reset_s } => Some(Reason::Busy { reset_s: *reset_s }),
            Self::Spent => Some(Reason::Spent),
            _ => None,
        }
    }

    /// Why a call that has its place in the window is refused.
    pub(super) fn after_the_window(&self, door: Door) -> Option<Reason> {
        match self {
            Self::Overloaded => Some(Reason::Overloaded),
            Self::Moderation => Some(Reason::Moderation),
            Self::ModeratedPicture if door == Door::Generations => Some(Reason::Moderation),
            _ => None,
        }
    }
}

/// The faults that wait for their calls.
#[derive(Debug, Clone, Default)]
pub struct ImageFaults(Vec<ImageFault>);

impl ImageFaults {
    /// One more, after those that wait.
    pub fn push(&mut self, fault: ImageFault) {
        self.0.push(fault);
    }

    /// None any more.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Those that wait.
    pub fn waiting(&self) -> &[ImageFault] {
        &self.0
    }

    /// Uses up once the first that concerns this prompt.
    pub fn take(&mut self, prompt: &str) -> Option<ImageFaultKind> {
        let concerns = |words: &String| prompt.contains(words);
        let at =
            self.0.iter().position(|fault| fault.times > 0 && fault.prompt_contains.as_ref().is_none_or(concerns))?;
        let kind = self.0[at].kind.clone();
        self.0[at].times -= 1;
        self.0.retain(|fault| fault.times > 0);
        Some(kind)
    }
}
