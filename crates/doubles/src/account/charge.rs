//! A call's life: taken and charged at its start, running until its end or until its client leaves.

use super::Account;
use super::checks::{Checked, DEFAULT_MODEL, check};
use super::concurrency::Concurrency;
use super::faults::FaultKind;
use super::history::Item;
use super::log::{Ended, LoggedCall, LoggedRefusal};
use super::rates;
use super::refusal::{self, Reason, Refusal};
use crate::sound::{Format, Speech};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One of the four ways to ask for speech.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Endpoint {
    /// The audio, whole.
    Whole,
    /// The audio as it is made.
    Stream,
    /// One JSON object.
    WholeWithTimestamps,
    /// JSON objects as they are made, a line each.
    StreamWithTimestamps,
}

impl Endpoint {
    pub(crate) fn streams(self) -> bool {
        matches!(self, Endpoint::Stream | Endpoint::StreamWithTimestamps)
    }
}

/// A request for speech as it arrived.
#[derive(Debug, Clone, Copy)]
pub struct SpeechCall<'a> {
    /// Which address it was sent to.
    pub endpoint: Endpoint,
    /// The header `xi-api-key`.
    pub api_key: Option<&'a str>,
    /// From the path.
    pub voice_id: &'a str,
    /// What follows the path.
    pub query: &'a SpeechQuery,
    /// The parsed body.
    pub body: &'a Value,
}

/// The query of a request for speech.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct SpeechQuery {
    /// `None`: `mp3_44100_128`.
    pub output_format: Option<String>,
    /// `Some(false)`: neither history nor recovery.
    pub enable_logging: Option<bool>,
}

/// A call that was taken and charged. Whoever holds it tells the account when it ends.
#[derive(Debug, Clone)]
pub struct Call {
    /// What [`Account::end`] is told.
    pub id: u64,
    /// The header `request-id`.
    pub request_id: String,
    /// The header `x-trace-id`.
    pub trace_id: String,
    /// The header `history-item-id`, unless the caller wanted no history.
    pub history_item_id: Option<String>,
    /// The header `character-cost`.
    pub cost: u64,
    /// In what format it was asked for.
    pub format: Format,
    /// What is heard.
    pub speech: Speech,
    /// When it began, in milliseconds since 1970.
    pub start_ms: u64,
    /// From then to the first byte.
    pub first_byte_ms: u64,
    /// How many times faster than it sounds it is made; 0: as fast as possible.
    pub speed: f64,
    /// When its generation ends, whoever listens.
    pub generated_ms: u64,
    /// The model, also when the request named none: its group is told by [`Account::concurrency`].
    pub model_id: &'static str,
    /// What goes wrong after it was charged.
    pub fault: Option<FaultKind>,
}

impl Account {
    /// Takes the call and charges it, or refuses it and charges nothing.
    pub fn begin(&mut self, call: SpeechCall<'_>, now_ms: u64) -> Result<Call, Refusal> {
        self.taken(call, now_ms).map_err(|reason| self.refused(call, reason, now_ms))
    }

    /// The answer to a body that is no JSON: `call` has none then.
    pub fn unreadable(&mut self, call: SpeechCall<'_>, error: &str, now_ms: u64) -> Refusal {
        let reason = self.keyed(call.api_key).err().unwrap_or_else(|| refusal::unreadable(error));
        self.refused(call, reason, now_ms)
    }

    fn refused(&mut self, call: SpeechCall<'_>, reason: Reason, now_ms: u64) -> Refusal {
        let status = reason.status(self.settings.error_form);
        let model_id = call.body["model_id"].as_str().unwrap_or(DEFAULT_MODEL);
        self.log.refusals.push(LoggedRefusal {
            at_ms: now_ms,
            status,
            code: reason.code.to_owned(),
            model_id: model_id.to_owned(),
            voice_id: call.voice_id.to_owned(),
            text: call.body["text"].as_str().unwrap_or_default().to_owned(),
            in_flight: self.in_flight(),
        });
        let concurrency = self.said_concurrency(model_id).filter(|_| status == 429);
        Refusal { concurrency, ..self.shape(reason) }
    }

    fn taken(&mut self, call: SpeechCall<'_>, now_ms: u64) -> Result<Call, Reason> {
        self.keyed(call.api_key)?;
        let checked = check(&call, self.settings.tier, &self.voices)?;
        let Concurrency { current, maximum } = self.concurrency_of(checked.model);
        let characters = checked.text.chars().count();
        let cost = checked.model.cost(characters);
        let left = self.credits_left();
        let refused = match self.faults.next(&checked.text) {
            Some(FaultKind::ConcurrentLimit) => Some(refusal::concurrent_limit(maximum)),
            Some(FaultKind::SystemBusy) => Some(refusal::system_busy()),
            Some(FaultKind::RateLimit) => Some(refusal::rate_limit(None)),
            Some(FaultKind::RateLimitFor { retry_after_s }) => Some(refusal::rate_limit(Some(retry_after_s))),
            Some(FaultKind::InternalError) => Some(refusal::internal_error()),
            Some(FaultKind::ServiceUnavailable) => Some(refusal::unavailable()),
            Some(FaultKind::QuotaExceeded) => Some(refusal::quota_exceeded(self.settings.credits, left, cost)),
            Some(FaultKind::InsufficientCredits) => Some(refusal::insufficient_credits()),
            _ => None,
        };
        if let Some(reason) = refused {
            self.faults.take(&checked.text);
            return Err(reason);
        }
        if current >= maximum {
            return Err(refusal::concurrent_limit(maximum));
        }
        if cost > left {
            return Err(refusal::quota_exceeded(self.settings.credits, left, cost));
        }
        // What goes wrong with a call that is charged waits until one is.
        let fault = self.faults.take(&checked.text);
        let id = self.numbers.next() >> 16;
        self.running.push((id, checked.model.group));
        Ok(self.charged(call, checked, Terms { id, cost, fault }, now_ms))
    }

    fn charged(&mut self, call: SpeechCall<'_>, checked: Checked, terms: Terms, now_ms: u64) -> Call {
        let Checked { text, model, voice, settings, seed, format, format_name } = checked;
        let Terms { id, cost, fault } = terms;
        let manner = format!("{}{seed:?}", voice.id);
        let rate = if self.settings.voices_differ { rates::rate(self.settings.seed, &voice.id, &text) } else { 1.0 };
        let speech = Speech::new(&text, settings.speed * rate, model.has_tags(), &manner);
        let slow_ms = if let Some(FaultKind::SlowFirstByte { ms }) = fault { ms } else { 0 };
        let first_byte_ms = self.settings.first_byte_ms + slow_ms;
        let speed = self.settings.speed;
        let making_ms =
            if speed > 0.0 && speed.is_finite() { (speech.length_ms() as f64 / speed).round() as u64 } else { 0 };
        let generated_ms = now_ms + first_byte_ms + making_ms;
        let request_id = self.numbers.id("request");
        let keeps = call.query.enable_logging.unwrap_or(true);
        let history_item_id = keeps.then(|| self.numbers.id("history"));
        let from = self.settings.used;
        self.settings.used += cost;
        if let Some(item_id) = &history_item_id {
            self.items.push(Item {
                id: item_id.clone(),
                request_id: request_id.clone(),
                voice_id: voice.id.clone(),
                voice_name: voice.name,
                model_id: model.id,
                text: text.clone(),
                date_s: now_ms.saturating_sub(self.settings.dated_behind_ms) / 1_000,
                used_from: from,
                used_to: from + cost,
                settings,
                format,
                format_name: format_name.clone(),
                speech: speech.clone(),
                generated_ms,
                source: "TTS",
                deleted: false,
            });
        }
        let in_flight = self.running.len();
        self.log.max_in_flight = self.log.max_in_flight.max(in_flight);
        self.log.calls.push(LoggedCall {
            id,
            request_id: request_id.clone(),
            history_item_id: history_item_id.clone(),
            endpoint: call.endpoint,
            voice_id: voice.id,
            model_id: model.id.to_owned(),
            characters: text.chars().count() as u64,
            text,
            voice_settings: call.body["voice_settings"].clone(),
            seed,
            body: call.body.clone(),
            output_format: format_name,
            charged: cost,
            start_ms: now_ms,
            generated_ms,
            end_ms: None,
            ended: None,
            in_flight,
            status: 200,
            fault,
        });
        let trace_id = self.numbers.id("trace");
        Call {
            id,
            request_id,
            trace_id,
            history_item_id,
            cost,
            format,
            speech,
            start_ms: now_ms,
            first_byte_ms,
            speed,
            generated_ms,
            model_id: model.id,
            fault,
        }
    }

    /// The call counts as running no more. A generation goes on to its own end without its client; one that is handed over whole
    /// ended no earlier than its last byte left.
    pub fn end(&mut self, call_id: u64, now_ms: u64, ended: Ended) {
        self.running.retain(|(id, _)| *id != call_id);
        let Some(call) = self.log.calls.iter_mut().rev().find(|call| call.id == call_id) else { return };
        if call.end_ms.is_some() {
            return;
        }
        call.end_ms = Some(now_ms);
        call.ended = Some(ended);
        if ended == Ended::Complete {
            call.generated_ms = call.generated_ms.max(now_ms);
            let item = self.items.iter_mut().rev().find(|item| Some(&item.id) == call.history_item_id.as_ref());
            if let Some(item) = item {
                item.generated_ms = call.generated_ms;
            }
        }
    }
}

struct Terms {
    id: u64,
    cost: u64,
    fault: Option<FaultKind>,
}
