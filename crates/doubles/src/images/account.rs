//! What a provider of pictures decides about a call: whether its window takes it, what it draws, what goes wrong.
//! Pure rules: no I/O, no clock, nothing asynchronous. The server asks it by HTTP; a simulation may ask it by hand.

use super::faults::{ImageFaultKind, ImageFaults};
use super::log::{ImageLog, LoggedFetch, LoggedImage, RefusedImage};
use super::refusal::{ImageRefusal, Reason};
use super::request::{Asked, Door};
use crate::account::{Ended, Numbers};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::VecDeque;

/// What the account allows. All of it may change while calls run.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ImageSettings {
    /// The only key that is taken; `None`: all are, and none is needed, as servers of one's own have it.
    pub api_key: Option<String>,
    /// The models by name.
    pub models: Vec<String>,
    /// Starts within any window, at most; `None`: as many as one likes.
    pub per_window: Option<usize>,
    /// How long a window is.
    pub window_ms: u64,
    /// How long a violation of the window closes the account; 0: it is refused, and that is all.
    pub block_ms: u64,
    /// From a call's beginning to its first byte.
    pub first_byte_ms: u64,
    /// Characters that a prompt may have.
    pub limit: usize,
    /// What ids follow from.
    pub seed: u64,
}

impl Default for ImageSettings {
    /// Six starts in 60 s, as a free model once had it; a violation closes nothing.
    fn default() -> Self {
        let named = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            api_key: Some("img-double".to_owned()),
            models: named(&[
                "black-forest-labs/FLUX.1-schnell",
                "black-forest-labs/FLUX.1.1-pro",
                "gpt-image-1-mini",
                "gpt-image-1.5",
                "gpt-image-2",
                "stable-diffusion",
                "gemini-3.1-flash-image",
                "gemini-3-pro-image",
            ]),
            per_window: Some(6),
            window_ms: 60_000,
            block_ms: 0,
            first_byte_ms: 0,
            limit: 32_000,
            seed: 1,
        }
    }
}

/// A call that was taken: what is now to be answered.
#[derive(Debug, Clone)]
pub struct Begun {
    /// What [`ImageAccount::end`] is told.
    pub id: u64,
    /// The provider's name of the call.
    pub request_id: String,
    /// What was asked.
    pub asked: Asked,
    /// From the call's beginning to its first byte.
    pub first_byte_ms: u64,
    /// What goes wrong.
    pub fault: Option<ImageFaultKind>,
}

/// One customer's account at the provider, with its window and its books.
#[derive(Debug)]
pub struct ImageAccount {
    /// What it allows; may be changed while calls run.
    pub settings: ImageSettings,
    /// What will go wrong.
    pub faults: ImageFaults,
    /// Starts, as far back as the window reaches.
    starts: VecDeque<u64>,
    closed_until_ms: Option<u64>,
    log: ImageLog,
    running: usize,
    numbers: Numbers,
}

impl ImageAccount {
    /// An account for which nothing was drawn yet.
    pub fn new(settings: ImageSettings) -> Self {
        let numbers = Numbers::new(settings.seed);
        Self {
            settings,
            faults: ImageFaults::default(),
            starts: VecDeque::new(),
            closed_until_ms: None,
            log: ImageLog::default(),
            running: 0,
            numbers,
        }
    }

    /// The books.
    pub fn log(&self) -> &ImageLog {
        &self.log
    }

    /// Forgets what has ended, not the window.
    pub fn clear_log(&mut self) {
        self.log.calls.retain(|call| call.end_ms.is_none());
        self.log = ImageLog {
            max_in_flight: self.log.calls.len(),
            calls: std::mem::take(&mut self.log.calls),
            ..ImageLog::default()
        };
    }

    /// Calls that run now.
    pub fn in_flight(&self) -> usize {
        self.running
    }

    /// Whether the account is closed for a violation.
    pub fn is_closed(&self, now_ms: u64) -> bool {
        self.closed_until_ms.is_some_and(|until| now_ms < until)
    }

    /// A call arrives, with its key and its body; `model` is what the path names, where it does.
    ///
    /// # Errors
    /// Why it is not taken, in the words of its interface.
    pub fn begin(
        &mut self,
        door: Door,
        model: Option<&str>,
        api_key: Option<&str>,
        body: &Value,
        now_ms: u64,
    ) -> Result<Begun, ImageRefusal> {
        let prompt = door.prompt(body).unwrap_or_default().to_owned();
        self.judge(door, model, api_key, body, now_ms).map_err(|reason| {
            let refusal = reason.said(door);
            self.log.refusals.push(RefusedImage {
                at_ms: now_ms,
                status: refusal.status,
                code: refusal.code.clone(),
                prompt,
                is_violation: matches!(reason, Reason::Window { .. } | Reason::Closed { .. }),
            });
            refusal
        })
    }

    fn judge(
        &mut self,
        door: Door,
        model: Option<&str>,
        api_key: Option<&str>,
        body: &Value,
        now_ms: u64,
    ) -> Result<Begun, Reason> {
        match (&self.settings.api_key, api_key) {
            (Some(_), None) => return Err(Reason::NoKey),
            (Some(wanted), Some(sent)) if wanted != sent => return Err(Reason::WrongKey),
            _ => {}
        }
        let named = model.or_else(|| body.get("model")?.as_str()).unwrap_or_default().to_owned();
        if self.is_closed(now_ms) {
            return Err(Reason::Closed { model: named });
        }
        self.closed_until_ms = None;
        let asked = Asked::read(door, model, body, &self.settings)?;
        let fault = self.faults.take(&asked.prompt);
        if let Some(reason) = fault.as_ref().and_then(ImageFaultKind::before_the_window) {
            return Err(reason);
        }
        self.take_place(&named, now_ms)?;
        if let Some(reason) = fault.as_ref().and_then(|fault| fault.after_the_window(door)) {
            return Err(reason);
        }
        self.running += 1;
        self.log.max_in_flight = self.log.max_in_flight.max(self.running);
        let id = self.numbers.next();
        let request_id = self.numbers.id("picture");
        let slow_ms = if let Some(ImageFaultKind::Slow { ms }) = fault { ms } else { 0 };
        self.log.calls.push(LoggedImage {
            id,
            request_id: request_id.clone(),
            door,
            model: asked.model.clone(),
            prompt: asked.prompt.clone(),
            width: asked.width,
            height: asked.height,
            seed: asked.seed,
            body: body.clone(),
            start_ms: now_ms,
            end_ms: None,
            ended: None,
            in_flight: self.running,
            is_charged: fault.as_ref().is_none_or(ImageFaultKind::is_charged),
            fault: fault.clone(),
        });
        Ok(Begun { id, request_id, asked, first_byte_ms: self.settings.first_byte_ms + slow_ms, fault })
    }

    /// A start takes its place in the window, or the client has asked too soon.
    fn take_place(&mut self, model: &str, now_ms: u64) -> Result<(), Reason> {
        let window_ms = self.settings.window_ms;
        while self.starts.front().is_some_and(|start| start.saturating_add(window_ms) <= now_ms) {
            self.starts.pop_front();
        }
        match self.settings.per_window {
            Some(limit) if self.starts.len() >= limit => {
                if self.settings.block_ms > 0 {
                    self.closed_until_ms = Some(now_ms + self.settings.block_ms);
                }
                Err(Reason::Window { model: model.to_owned(), limit, window_ms })
            }
            _ => {
                self.starts.push_back(now_ms);
                Ok(())
            }
        }
    }

    /// A call that was taken ends.
    pub fn end(&mut self, id: u64, ended: Ended, now_ms: u64) {
        let call = self.log.calls.iter_mut().find(|call| call.id == id && call.end_ms.is_none());
        if let Some(call) = call {
            call.end_ms = Some(now_ms);
            call.ended = Some(ended);
            self.running -= 1;
        }
    }

    /// A picture was asked for at its address.
    pub fn fetched(&mut self, fetch: LoggedFetch) {
        self.log.fetches.push(fetch);
    }
}
