//! Gemini's `generateContent`, with a JSON Schema for the answer (PROVIDERS 3.1 and 3.5).

use super::{Settings, patience, question_tokens, tokens_of, too_large};
use crate::http::{Complaint, Key, Vendor, Wire, retry_after_ms};
use async_trait::async_trait;
use reqwest::header::HeaderMap;
use serde::Deserialize;
use serde_json::{Value, json};
use story::Writer;
use story::maker::{Busy, MakerError, MayBegin};
use story::speech::{Reply, Unspoken};
use story::writer::{Ended, Tokens, WriterProfile, Written};
use story::writing::WriterTask;

static VENDOR: Vendor =
    Vendor { name: "Gemini", key_setting: "GEMINI_API_KEY", key_header: ("x-goog-api-key", ""), meaning };

impl Settings {
    /// Gemini's own, with a key. The price is that from 2027 on: until then it is half.
    #[must_use]
    pub fn gemini(key: Key) -> Self {
        Self {
            key: Some(key),
            base_url: "https://generativelanguage.googleapis.com".to_owned(),
            base_url_setting: "GEMINI_BASE_URL",
            model: "gemini-3.8-flash".to_owned(),
            usd_per_million_asked: 1.5,
            usd_per_million_answered: 7.5,
            most_answer_tokens: 65_536,
            timeouts: patience(),
        }
    }
}

/// Gemini, as a writer.
#[derive(Clone, Debug)]
pub struct Gemini {
    wire: Wire,
    profile: WriterProfile,
}

impl Gemini {
    /// A writer; nothing is sent before something is asked.
    ///
    /// # Errors
    /// A sentence about the setting that cannot be right.
    pub fn open(settings: Settings) -> Result<Self, String> {
        let at = (settings.base_url_setting, settings.base_url.as_str());
        let wire = Wire::open(&VENDOR, at, settings.key.as_ref(), settings.timeouts)?;
        let profile = WriterProfile {
            provider: "gemini".to_owned(),
            base_url: wire.base_url(),
            account: wire.account(),
            model: settings.model.trim_start_matches("models/").to_owned(),
            usd_per_million_asked: settings.usd_per_million_asked,
            usd_per_million_answered: settings.usd_per_million_answered,
            most_answer_tokens: settings.most_answer_tokens,
            rehearsed: false,
        };
        Ok(Self { wire, profile })
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Answer {
    candidates: Vec<Candidate>,
    prompt_feedback: Option<Feedback>,
    usage_metadata: Option<Usage>,
    response_id: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Candidate {
    content: Content,
    finish_reason: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Content {
    parts: Vec<Part>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Part {
    text: String,
    thought: bool,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Feedback {
    block_reason: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Usage {
    prompt_token_count: u64,
    candidates_token_count: u64,
    thoughts_token_count: u64,
}

#[async_trait]
impl Writer for Gemini {
    fn profile(&self) -> WriterProfile {
        self.profile.clone()
    }

    async fn write(&self, task: &WriterTask, may_begin: MayBegin) -> Result<Written, MakerError> {
        let call = format!("{}:generateContent", self.profile.model);
        let url = self.wire.address(&["v1beta", "models", &call]).ok_or_else(|| {
            MakerError::Refused("the model's name cannot be right: look at ONETAKE_WRITER_MODEL".to_owned())
        })?;
        let content = |message: story::writing::Message| {
            let role = if message.is_answer { "model" } else { "user" };
            json!({"role": role, "parts": [{"text": message.text}]})
        };
        let asked = json!({
            "systemInstruction": {"parts": [{"text": task.instructions()}]},
            "contents": task.messages().into_iter().map(content).collect::<Vec<_>>(),
            "generationConfig": {
                "responseMimeType": "application/json",
                "responseJsonSchema": task.schema(),
                "maxOutputTokens": self.profile.answer_tokens(task),
            },
        });
        let mut incoming = self.wire.pay(url, &asked, may_begin).await.map_err(refined)?;
        let Some(body) = incoming.within(task.most_answer_bytes()).await? else {
            return Ok(too_large(&self.profile, task, incoming.header("x-request-id")));
        };
        let answer: Answer = serde_json::from_slice(&body).map_err(|error| {
            tracing::debug!(provider.name = "gemini", %error, "an answer that cannot be read");
            incoming.unknown("cannot be read; is the address of Gemini right?")
        })?;
        self.written(answer, task, body.len())
    }
}

impl Gemini {
    fn written(&self, answer: Answer, task: &WriterTask, bytes: usize) -> Result<Written, MakerError> {
        let will_not = |why: &str| {
            let why = Complaint { code: shortened(why), ..Complaint::default() };
            MakerError::Refused(format!("Gemini will not write this: change the text{}", why.quoted()))
        };
        let Some(candidate) = answer.candidates.into_iter().next() else {
            return Err(match answer.prompt_feedback {
                Some(feedback) => will_not(&feedback.block_reason),
                None => MakerError::Unknown("Gemini's answer holds nothing".to_owned()),
            });
        };
        let ended = match candidate.finish_reason.as_str() {
            "STOP" => Ended::Whole,
            "MAX_TOKENS" => Ended::Early("it reached the limit of tokens".to_owned()),
            reason @ ("SAFETY" | "PROHIBITED_CONTENT" | "BLOCKLIST" | "SPII") => return Err(will_not(reason)),
            other => Ended::Early(format!("Gemini broke it off ({})", shortened(other))),
        };
        let tokens = match answer.usage_metadata {
            Some(usage) => Tokens {
                asked: usage.prompt_token_count,
                answered: usage.candidates_token_count.saturating_add(usage.thoughts_token_count),
            },
            None => Tokens { asked: question_tokens(task), answered: tokens_of(bytes) },
        };
        let parts = candidate.content.parts.into_iter().filter(|part| !part.thought);
        Ok(Written {
            text: parts.map(|part| part.text).collect(),
            ended,
            tokens,
            usd: self.profile.usd(tokens),
            request_id: answer.response_id,
            rehearsed: false,
        })
    }
}

/// A word of the vendor's, however long it is.
fn shortened(word: &str) -> String {
    word.chars().filter(|c| !c.is_control()).take(60).collect()
}

/// What no success means, where its details must be looked at: Gemini wraps them in a list, and puts the delay in them.
fn refined(unspoken: Unspoken) -> MakerError {
    let Some(Reply { status: status @ 400.., body, .. }) = unspoken.reply.as_deref() else { return unspoken.error };
    let value: Value = serde_json::from_str(body).unwrap_or_default();
    let error = value.get(0).unwrap_or(&value)["error"].clone();
    if !error.is_object() {
        return unspoken.error;
    }
    let details = error["details"].as_array().map_or(&[][..], Vec::as_slice);
    let field = |name: &str| details.iter().find_map(|detail| detail[name].as_str());
    let said = Complaint::of(json!({"error": error}).to_string().as_bytes(), None).quoted();
    let is_daily = || {
        let mut violations = details.iter().flat_map(|detail| detail["violations"].as_array().into_iter().flatten());
        violations.any(|violation| violation["quotaId"].as_str().is_some_and(|id| id.contains("PerDay")))
    };
    match (status, error["status"].as_str().unwrap_or_default()) {
        (400, _) if field("reason") == Some("API_KEY_INVALID") => {
            MakerError::Spent(format!("Gemini does not know the key: set GEMINI_API_KEY{said}"))
        }
        (400, "FAILED_PRECONDITION") => {
            MakerError::Spent(format!("Gemini does not work for this account here: look at its billing{said}"))
        }
        (429, _) if is_daily() => {
            MakerError::Spent(format!("Gemini's quota for today is used up: go on tomorrow, or raise it{said}"))
        }
        (429, _) => {
            let MakerError::Busy(busy) = unspoken.error else { return unspoken.error };
            MakerError::Busy(Busy {
                retry_after_ms: field("retryDelay").and_then(delay_ms).or(busy.retry_after_ms),
                ..busy
            })
        }
        // In its own words it has not begun. A gateway on the way says 503 of a call that it may well have made.
        (503, "UNAVAILABLE") => MakerError::Broken(format!("Gemini has too much to do (503){said}")),
        _ => meaning(
            *status,
            &HeaderMap::new(),
            &Complaint::of(json!({"error": error}).to_string().as_bytes(), None),
            "GEMINI_BASE_URL",
        ),
    }
}

/// `34s`, `0.5s`; never longer than ten minutes.
fn delay_ms(delay: &str) -> Option<u64> {
    let seconds: f64 = delay.strip_suffix('s')?.parse().ok()?;
    (seconds.is_finite() && seconds >= 0.0).then(|| ((seconds * 1_000.0).ceil() as u64).min(600_000))
}

fn meaning(status: u16, headers: &HeaderMap, complaint: &Complaint, base_url_setting: &str) -> MakerError {
    let said = complaint.quoted();
    match status {
        401 | 403 => MakerError::Spent(format!("Gemini does not take the key: set GEMINI_API_KEY{said}")),
        402 => MakerError::Spent(format!("Gemini's account has no credit left: add credit{said}")),
        429 => MakerError::Busy(Busy { retry_after_ms: retry_after_ms(headers), ..Busy::default() }),
        404 => MakerError::Refused(format!(
            "Gemini knows no such model: look at ONETAKE_WRITER_MODEL and {base_url_setting}{said}"
        )),
        408 => MakerError::Unknown(format!("Gemini gave up waiting (408){said}")),
        409 => MakerError::Unknown(format!("Gemini was doing something else with it (409){said}")),
        400..=499 => MakerError::Refused(format!("Gemini refused the request ({status}){said}")),
        // It may have written, and charged, before it failed.
        _ => MakerError::Unknown(format!("Gemini failed while it answered ({status}){said}")),
    }
}
