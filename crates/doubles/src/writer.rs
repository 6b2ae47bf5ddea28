//! Language models as they behave on the wire: Gemini's `generateContent` (`{base}/v1beta/models/…`) and OpenAI-compatible chat
//! (`{base}/v1/chat/completions`) on one port. They write what the schema asks for, or what they are made to.

use crate::connection::Lines;
use crate::watched::{InHand, Watched};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::io;
use std::sync::Arc;
use tokio::task::JoinHandle;

mod answers;
mod serve;

/// How the models behave. All of it may change while calls run.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WriterSettings {
    /// The only key that is taken, by both; `None`: the chat needs none.
    pub api_key: Option<String>,
    /// The models by name.
    pub models: Vec<String>,
    /// Whether the chat knows `json_schema`; if not, only `json_object`.
    pub knows_schemas: bool,
    /// The name by which the chat knows the limit of tokens.
    pub limit_field: String,
    /// From a call's beginning to its answer.
    pub first_byte_ms: u64,
    /// Whether it says how many tokens it took.
    pub counts_tokens: bool,
}

impl Default for WriterSettings {
    fn default() -> Self {
        Self {
            api_key: Some("key-double".to_owned()),
            models: vec!["gemini-3.8-flash".to_owned(), "model-double".to_owned()],
            knows_schemas: true,
            limit_field: "max_tokens".to_owned(),
            first_byte_ms: 0,
            counts_tokens: true,
        }
    }
}

/// What goes wrong with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum WriterFault {
    /// Fields that nobody asked for, at the top and in each scene.
    AddedFields,
    /// A prompt that is an address.
    UrlPicture,
    /// A prompt that begins with `file:`.
    FilePicture,
    /// A prompt with `../`.
    ParentPicture,
    /// A prompt that is an object with an address.
    ObjectPicture,
    /// A prompt of 10 MB.
    HugePrompt,
    /// HTML in the texts.
    Html,
    /// Tags of ASS in the texts.
    Ass,
    /// A speaker whom nobody named, with a voice.
    Stranger,
    /// 500 scenes or lines.
    ManyScenes,
    /// Another language, in other letters.
    OtherLanguage,
    /// Texts of 50,000 characters.
    LongTexts,
    /// Steps of an animation that wait for words that nobody says.
    Unsaid,
    /// A sentence in front of broken JSON.
    InvalidJson,
    /// The right answer in the fence of a code block.
    Fenced,
    /// No text at all.
    Empty,
    /// It ends at the limit of tokens.
    MaxTokens,
    /// Gemini: the prompt is blocked; the chat: `content_filter`.
    Blocked,
    /// Gemini: it ends with SAFETY; the chat: `refusal`.
    Refusal,
    /// 429; Gemini says in the body how long, the chat in a header.
    RateLimit {
        /// Seconds.
        retry_after_s: u32,
    },
    /// 429: today's quota is used up; the chat: `insufficient_quota`.
    Quota,
    /// 503, in its own words.
    Overloaded,
    /// 500.
    InternalError,
    /// The answer takes so much longer.
    Slow {
        /// Milliseconds.
        ms: u64,
    },
    /// The connection is reset before any byte of the answer.
    Reset,
    /// The connection ends in the middle of the answer.
    Cut,
    /// A gateway on the way answers 503 in HTML, though the call was made.
    Gateway,
    /// 200, in a shape that nobody knows.
    OtherShape,
}

/// What the models were asked.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct WriterLog {
    /// Calls that were taken, oldest first: each was charged.
    pub calls: Vec<WriterCall>,
    /// The status of each refusal: these were not.
    pub refusals: Vec<u16>,
}

/// A call that was taken.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WriterCall {
    /// Whether it came to Gemini's address.
    pub is_gemini: bool,
    /// The model.
    pub model: String,
    /// What it was told to do.
    pub instructions: String,
    /// What was said, in turn: the first is the user's.
    pub said: Vec<String>,
    /// The schema of the answer, where one was sent.
    pub schema: Option<Value>,
    /// The body, whole.
    pub body: Value,
    /// When it came, in milliseconds since 1970.
    pub start_ms: u64,
    /// Tokens of the question, as it counts.
    pub asked_tokens: u64,
    /// Tokens of the answer.
    pub answered_tokens: u64,
    /// What was made to go wrong.
    pub fault: Option<WriterFault>,
}

/// The models' state: settings, faults and log.
#[derive(Debug, Default)]
pub struct WriterServer {
    /// May be changed while calls run.
    pub settings: WriterSettings,
    faults: Vec<WriterFault>,
    log: WriterLog,
}

impl WriterServer {
    /// What was asked.
    pub fn log(&self) -> &WriterLog {
        &self.log
    }
}

/// A running double. It listens until it is dropped.
#[derive(Debug)]
pub struct Writer {
    state: State,
    base_url: String,
    server: JoinHandle<()>,
}

impl Writer {
    /// On a free port.
    pub async fn start(settings: WriterSettings) -> io::Result<Self> {
        Self::start_at(0, settings).await
    }

    /// On this port; 0 is any free one.
    pub async fn start_at(port: u16, settings: WriterSettings) -> io::Result<Self> {
        let lines = Lines::bind(port).await?;
        let base_url = format!("http://{}", axum::serve::Listener::local_addr(&lines)?);
        let server = WriterServer { settings, ..WriterServer::default() };
        let state = State(Arc::new(Watched::new(server)));
        let server = lines.serve(serve::router(state.clone()));
        Ok(Self { state, base_url, server })
    }

    /// What stands before `/v1beta/models` and before `/v1/chat/completions`.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Returns when the server shows it.
    pub async fn until(&self, shown: impl Fn(&WriterServer) -> bool) {
        self.state.0.until(shown).await;
    }

    /// What was asked so far.
    pub fn log(&self) -> WriterLog {
        self.state.server().log.clone()
    }

    /// One more fault, for the next call that has none.
    pub fn fault(&self, fault: WriterFault) {
        self.state.server().faults.push(fault);
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.server.abort();
    }
}

#[derive(Debug, Clone)]
struct State(Arc<Watched<WriterServer>>);

impl State {
    fn server(&self) -> InHand<'_, WriterServer> {
        self.0.take()
    }
}
