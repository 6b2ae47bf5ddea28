//! A speech server that speaks OpenAI's words (`POST /v1/audio/speech`), as Kokoro, Chatterbox and the like do: whole audio, no times.

use crate::account::{Ended, FaultKind, Faults, Numbers};
use crate::connection::Lines;
use crate::sound::Format;
use crate::watched::{InHand, Watched};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::io;
use std::sync::Arc;
use tokio::task::JoinHandle;

mod serve;

/// How the server behaves. All of it may change while calls run.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OpenAiSettings {
    /// The only key that is taken; `None`: all are, and none is needed, as local servers have it.
    pub api_key: Option<String>,
    /// The models by name.
    pub models: Vec<String>,
    /// The voices by name.
    pub voices: Vec<String>,
    /// Characters that one request may have.
    pub limit: usize,
    /// From a call's beginning to its first byte.
    pub first_byte_ms: u64,
    /// How many times faster than it sounds a text is spoken; 0: as fast as possible.
    pub speed: f64,
    /// What ids follow from.
    pub seed: u64,
}

impl Default for OpenAiSettings {
    fn default() -> Self {
        let named = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            api_key: Some("sk-double".to_owned()),
            models: named(&["tts-1", "tts-1-hd", "gpt-4o-mini-tts", "kokoro"]),
            voices: named(&["alloy", "echo", "fable", "onyx", "nova", "shimmer", "af_bella"]),
            limit: 4_096,
            first_byte_ms: 0,
            speed: 0.0,
            seed: 1,
        }
    }
}

/// What the server was asked. Nothing is charged: such servers keep no balance.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct OpenAiLog {
    /// Calls that were taken, oldest first.
    pub calls: Vec<OpenAiCall>,
    /// The status and code of each refusal.
    pub refusals: Vec<(u16, Option<String>)>,
    /// The most calls that ever ran at once.
    pub max_in_flight: usize,
}

/// A call that was taken.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OpenAiCall {
    /// The header `x-request-id`.
    pub request_id: String,
    /// The model.
    pub model: String,
    /// The voice.
    pub voice: String,
    /// What was to be spoken.
    pub input: String,
    /// `mp3`, `wav` or `pcm`.
    pub response_format: String,
    /// The body, whole.
    pub body: Value,
    /// Characters of the text.
    pub characters: u64,
    /// When it began, in milliseconds since 1970.
    pub start_ms: u64,
    /// When it stopped to count as running; `None`: it runs.
    pub end_ms: Option<u64>,
    /// Why.
    pub ended: Option<Ended>,
    /// How many calls ran when it began, this one counted.
    pub in_flight: usize,
    /// What was made to go wrong.
    pub fault: Option<FaultKind>,
}

/// The server's state: settings, faults and log.
#[derive(Debug)]
pub struct OpenAiServer {
    /// May be changed while calls run.
    pub settings: OpenAiSettings,
    /// What will go wrong. `insufficient_credits` and `quota_exceeded` are its 429 `insufficient_quota`; every other 429 is
    /// `rate_limit_exceeded`; a broken line is without effect.
    pub faults: Faults,
    log: OpenAiLog,
    running: usize,
    numbers: Numbers,
}

impl OpenAiServer {
    /// What was asked.
    pub fn log(&self) -> &OpenAiLog {
        &self.log
    }

    /// Forgets what was asked.
    pub fn clear_log(&mut self) {
        self.log = OpenAiLog::default();
    }

    /// Calls that run now.
    pub fn in_flight(&self) -> usize {
        self.running
    }
}

/// A running double. It listens until it is dropped.
#[derive(Debug)]
pub struct OpenAiSpeech {
    state: State,
    base_url: String,
    server: JoinHandle<()>,
}

impl OpenAiSpeech {
    /// On a free port.
    pub async fn start(settings: OpenAiSettings) -> io::Result<Self> {
        Self::start_at(0, settings).await
    }

    /// On this port; 0 is any free one.
    pub async fn start_at(port: u16, settings: OpenAiSettings) -> io::Result<Self> {
        let lines = Lines::bind(port).await?;
        let base_url = format!("http://{}/v1", axum::serve::Listener::local_addr(&lines)?);
        let numbers = Numbers::new(settings.seed);
        let server =
            OpenAiServer { settings, faults: Faults::default(), log: OpenAiLog::default(), running: 0, numbers };
        let state = State(Arc::new(Watched::new(server)));
        let server = lines.serve(serve::router(state.clone()));
        Ok(Self { state, base_url, server })
    }

    /// What stands before `/audio/speech`: it ends in `/v1`, as OpenAI's own does.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Returns when the server shows it.
    pub async fn until(&self, shown: impl Fn(&OpenAiServer) -> bool) {
        self.state.0.until(shown).await;
    }

    /// What was asked so far.
    pub fn log(&self) -> OpenAiLog {
        self.state.server().log.clone()
    }

    /// One more fault.
    pub fn fault(&self, fault: crate::account::Fault) {
        self.state.server().faults.push(fault);
    }
}

impl Drop for OpenAiSpeech {
    fn drop(&mut self) {
        self.server.abort();
    }
}

#[derive(Debug, Clone)]
struct State(Arc<Watched<OpenAiServer>>);

impl State {
    fn server(&self) -> InHand<'_, OpenAiServer> {
        self.0.take()
    }
}

/// The formats that are spoken; rates as OpenAI's own.
fn format(name: &str) -> Option<Format> {
    match name {
        "mp3" => Some(Format::Mp3(44_100, 128)),
        "wav" => Some(Format::Wav(24_000)),
        "pcm" => Some(Format::Pcm(24_000)),
        _ => None,
    }
}
