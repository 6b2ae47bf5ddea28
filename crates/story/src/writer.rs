//! The port for words: a language model that turns a story into scenes, or lines into another language.

use crate::maker::{MakerError, MayBegin};
use crate::writing::{Work, WriterTask};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// What the names of accounts begin with that animations are written at.
const WRITING: &str = "writing-";

/// Whether animations are written at an account.
#[must_use]
pub fn is_writing(account: &str) -> bool {
    account.starts_with(WRITING)
}

/// What a provider of words is.
#[derive(Clone, Debug, PartialEq)]
pub struct WriterProfile {
    /// The provider's name.
    pub provider: String,
    /// Where it is reached.
    pub base_url: String,
    /// Which account pays: a hash of its address and key, never the key.
    pub account: String,
    /// The model that writes.
    pub model: String,
    /// What a million tokens cost that it is asked with, in US dollars.
    pub usd_per_million_asked: f64,
    /// What a million tokens cost that it answers with, in US dollars.
    pub usd_per_million_answered: f64,
    /// Tokens of an answer, at most, whatever the task would allow.
    pub most_answer_tokens: u64,
    /// Whether nothing is paid here.
    pub rehearsed: bool,
}

impl WriterProfile {
    /// What so many tokens cost, in US dollars.
    #[must_use]
    pub fn usd(&self, tokens: Tokens) -> f64 {
        (tokens.asked as f64 * self.usd_per_million_asked + tokens.answered as f64 * self.usd_per_million_answered)
            / 1e6
    }

    /// The tokens that an answer to this task may have.
    #[must_use]
    pub fn answer_tokens(&self, task: &WriterTask) -> u64 {
        task.most_answer_tokens().min(self.most_answer_tokens)
    }

    /// The name under which the tickets of its animations stand: a key may write and do other things.
    #[must_use]
    pub fn writing_account(&self) -> String {
        format!("{WRITING}{}", self.account)
    }

    /// The most that a task can cost, in US dollars, its other tries and its animations counted in.
    #[must_use]
    pub fn most_usd(&self, task: &WriterTask) -> f64 {
        if self.rehearsed {
            return 0.0;
        }
        // A token is a byte at least.
        let (first, repairs) = (task.asked_bytes(), task.most_repairs());
        let again = first + task.most_earlier_bytes();
        let answered = self.answer_tokens(task);
        let own = self.usd(Tokens { asked: first + repairs * again, answered: (1 + repairs) * answered });
        let animations = match &task.work {
            Work::Topic(order) => f64::from(order.sections()) * self.most_usd(&order.longest_animation()),
            // Where no program comes of it, it is drawn the usual way.
            _ => task.instead().map_or(0.0, |(instead, _)| self.most_usd(&instead)),
        };
        own + animations
    }
}

/// What a call was made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// What went there.
    pub asked: u64,
    /// What came back, thoughts counted in.
    pub answered: u64,
}

/// How an answer ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// It is whole.
    Whole,
    /// It broke off, and what is there is of no use: why, as half a sentence (`it reached the limit of tokens`).
    Early(String),
}

/// An answer, as it came: nothing in it has been looked at. [`WriterTask::judge`] does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Written {
    /// What was to be JSON. Never longer than [`WriterTask::most_answer_bytes`].
    pub text: String,
    /// How it ended.
    pub ended: Ended,
    /// What it was made of, as the provider counts; estimated where it does not.
    pub tokens: Tokens,
    /// What it cost, in US dollars; of a rehearsal nothing.
    pub usd: f64,
    /// The provider's name of the call.
    pub request_id: Option<String>,
    /// Whether no model wrote this: a rehearsal knows no other language.
    pub rehearsed: bool,
}

/// Writes.
#[async_trait]
pub trait Writer: Send + Sync {
    /// What this provider is.
    fn profile(&self) -> WriterProfile;

    /// Makes one call, never a second one by itself. Between `may_begin` and the first byte of the request's body nothing is awaited.
    /// [`MakerError::Refused`] where the model will not write this; an answer that is wrong is an answer.
    async fn write(&self, task: &WriterTask, may_begin: MayBegin) -> Result<Written, MakerError>;
}
