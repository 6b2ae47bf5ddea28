//! Chat completions as OpenAI's interface has them, which many servers speak, each a little differently (PROVIDERS 4.1).

use super::{Settings, patience, question_tokens, tokens_of, too_large};
use crate::http::{Complaint, Vendor, Wire, retry_after_ms};
use async_trait::async_trait;
use reqwest::header::HeaderMap;
use serde::Deserialize;
use serde_json::{Value, json};
use story::Writer;
use story::maker::{Busy, MakerError, MayBegin};
use story::writer::{Ended, Tokens, WriterProfile, Written};
use story::writing::WriterTask;

static VENDOR: Vendor = Vendor {
    name: "the chat server",
    key_setting: "OPENAI_API_KEY",
    key_header: ("authorization", "Bearer "),
    meaning,
};

/// How a server is told which form its answer must have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AnswerForm {
    /// `json_schema`, strict.
    #[default]
    Schema,
    /// `json_object`; the schema stands in the instructions.
    Object,
}

/// How a server calls the limit of an answer's tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitField {
    /// `max_tokens`, which most know.
    MaxTokens,
    /// `max_completion_tokens`, which OpenAI's own want.
    MaxCompletionTokens,
}

impl Settings {
    /// OpenAI's own. It needs a model.
    #[must_use]
    pub fn chat(model: &str) -> Self {
        Self {
            key: None,
            base_url: "https://api.openai.com/v1".to_owned(),
            base_url_setting: "OPENAI_BASE_URL",
            model: model.to_owned(),
            usd_per_million_asked: 0.0,
            usd_per_million_answered: 0.0,
            most_answer_tokens: 16_384,
            timeouts: patience(),
        }
    }
}

/// A server with OpenAI's chat interface, as a writer.
#[derive(Clone, Debug)]
pub struct Chat {
    wire: Wire,
    profile: WriterProfile,
    form: AnswerForm,
    limit: LimitField,
}

impl Chat {
    /// A writer; nothing is sent before something is asked. Where `limit` is not said, the server's address tells it.
    ///
    /// # Errors
    /// A sentence about the setting that cannot be right.
    pub fn open(settings: Settings, form: AnswerForm, limit: Option<LimitField>) -> Result<Self, String> {
        let given = settings.base_url.trim().trim_end_matches('/');
        // Servers of one's own are often named by host and port alone; all of them answer under `/v1`.
        let has_path = given.split_once("://").is_some_and(|(_, rest)| rest.contains('/'));
        let base_url = if has_path { given.to_owned() } else { format!("{given}/v1") };
        let at = (settings.base_url_setting, base_url.as_str());
        let wire = Wire::open(&VENDOR, at, settings.key.as_ref(), settings.timeouts)?;
        let is_openai = wire.base_url().starts_with("https://api.openai.com/");
        let usual = if is_openai { LimitField::MaxCompletionTokens } else { LimitField::MaxTokens };
        let profile = WriterProfile {
            provider: "openai".to_owned(),
            base_url: wire.base_url(),
            account: wire.account(),
            model: settings.model,
            usd_per_million_asked: settings.usd_per_million_asked,
            usd_per_million_answered: settings.usd_per_million_answered,
            most_answer_tokens: settings.most_answer_tokens,
            rehearsed: false,
        };
        Ok(Self { wire, profile, form, limit: limit.unwrap_or(usual) })
    }

    fn question(&self, task: &WriterTask) -> Value {
        let schema = task.schema();
        let mut instructions = task.instructions();
        let form = match self.form {
            AnswerForm::Schema => {
                json!({"type": "json_schema", "json_schema": {"name": task.schema_name(), "strict": true, "schema": schema}})
            }
            AnswerForm::Object => {
                instructions.push_str(&format!("\nThe JSON Schema of the answer: {schema}"));
                json!({"type": "json_object"})
            }
        };
        let mut messages = vec![json!({"role": "system", "content": instructions})];
        messages.extend(task.messages().into_iter().map(|message| {
            let role = if message.is_answer { "assistant" } else { "user" };
            json!({"role": role, "content": message.text})
        }));
        let limit = match self.limit {
            LimitField::MaxTokens => "max_tokens",
            LimitField::MaxCompletionTokens => "max_completion_tokens",
        };
        let mut question = json!({"model": self.profile.model, "messages": messages, "response_format": form});
        question[limit] = json!(self.profile.answer_tokens(task));
        question
    }
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    id: Option<String>,
    choices: Vec<Choice>,
    #[serde(default)]
    usage: Option<Usage>,
}

#[derive(Deserialize)]
struct Choice {
    message: Said,
    #[serde(default)]
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    content: Option<String>,
    #[serde(default)]
    refusal: Option<String>,
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Usage {
    prompt_tokens: u64,
    completion_tokens: u64,
}

#[async_trait]
impl Writer for Chat {
    fn profile(&self) -> WriterProfile {
        self.profile.clone()
    }

    async fn write(&self, task: &WriterTask, may_begin: MayBegin) -> Result<Written, MakerError> {
        let url = self.wire.address(&["chat", "completions"]).expect("the path is plain");
        let incoming = self.wire.pay(url, &self.question(task), may_begin).await;
        let mut incoming = incoming.map_err(|unspoken| unspoken.error)?;
        let request_id = incoming.header("x-request-id");
        let Some(body) = incoming.within(task.most_answer_bytes()).await? else {
            return Ok(too_large(&self.profile, task, request_id));
        };
        let unread = || incoming.unknown("cannot be read; is its address right, with /v1 at the end?");
        let answer: Answer = serde_json::from_slice(&body).map_err(|error| {
            tracing::debug!(provider.name = "openai", %error, "an answer that cannot be read");
            unread()
        })?;
        let choice = answer.choices.into_iter().next().ok_or_else(unread)?;
        let will_not = |why: String| {
            let why =
                Complaint { code: why.chars().filter(|c| !c.is_control()).take(200).collect(), ..Complaint::default() };
            MakerError::Refused(format!("the model will not write this: change the text{}", why.quoted()))
        };
        if let Some(refusal) = choice.message.refusal {
            return Err(will_not(refusal));
        }
        let ended = match choice.finish_reason.as_deref().unwrap_or_default() {
            // Together says `eos`, and some say nothing.
            "stop" | "eos" | "" => Ended::Whole,
            "length" => Ended::Early("it reached the limit of tokens".to_owned()),
            "content_filter" => return Err(will_not("content_filter".to_owned())),
            other => Ended::Early(format!("the model broke it off ({})", other.chars().take(60).collect::<String>())),
        };
        let tokens = match answer.usage {
            Some(usage) => Tokens { asked: usage.prompt_tokens, answered: usage.completion_tokens },
            None => Tokens { asked: question_tokens(task), answered: tokens_of(body.len()) },
        };
        Ok(Written {
            text: choice.message.content.unwrap_or_default(),
            ended,
            tokens,
            usd: self.profile.usd(tokens),
            request_id: request_id.or(answer.id),
            rehearsed: false,
        })
    }
}

fn meaning(status: u16, headers: &HeaderMap, complaint: &Complaint, base_url_setting: &str) -> MakerError {
    let said = complaint.quoted();
    match (status, complaint.code.as_str()) {
        (402, _) | (400..=499, "insufficient_quota") => MakerError::Spent(format!(
            "the account of OPENAI_API_KEY has no credit left: add credit at the provider of {base_url_setting}{said}"
        )),
        (429, _) => MakerError::Busy(Busy { retry_after_ms: retry_after_ms(headers), ..Busy::default() }),
        (401 | 403, _) => MakerError::Spent(format!("the chat server does not take the key: set OPENAI_API_KEY{said}")),
        (408, _) => MakerError::Unknown(format!("the chat server gave up waiting (408){said}")),
        (409, _) => MakerError::Unknown(format!("the chat server was doing something else with it (409){said}")),
        // In its own words: a gateway on the way says 503 of a call that it may well have made.
        (503, code) if !code.is_empty() => MakerError::Broken(format!("the chat server is out of service (503){said}")),
        (404, _) => MakerError::Refused(format!(
            "the chat server knows no such thing (404): look at ONETAKE_WRITER_MODEL and {base_url_setting}{said}"
        )),
        (400, _) => MakerError::Refused(format!(
            "the chat server refused the request (400): it may want another ONETAKE_WRITER_FORMAT or ONETAKE_WRITER_LIMIT{said}"
        )),
        (400..=499, _) => MakerError::Refused(format!("the chat server refused the request ({status}){said}")),
        // It may have written, and charged, before it failed.
        _ => MakerError::Unknown(format!("the chat server failed while it answered ({status}){said}")),
    }
}
