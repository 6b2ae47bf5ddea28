//! Who writes, as an owner chose it: one reading of that choice, for the command line and for Lambda.

use super::chat::{AnswerForm, LimitField};
use super::{Chat, Gemini, RehearsalWriter, Settings};
use crate::choice::{NoMaker, address};
use crate::http::{Key, Timeouts};
use std::sync::Arc;
use std::time::Duration;
use story::{Writer, number};

/// What an owner has said of who writes, and the variable that says it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WriterChoice {
    /// `ONETAKE_WRITER`: `gemini`, `openai` (any service that answers as OpenAI's chat does) or `rehearsal`. Where not set, Gemini if
    /// its key is there, else the rehearsal; see also `has_own_keys`.
    pub named: Option<String>,
    /// `ONETAKE_WRITER_URL`: where it is reached, before the addresses of one's own below.
    pub url: Option<String>,
    /// `ONETAKE_WRITER_MODEL`; `openai` needs it.
    pub model: Option<String>,
    /// `ONETAKE_WRITER_FORMAT`, of `openai`: `json_schema` (where not set) or `json_object`, for servers that know no schemas.
    pub form: Option<AnswerForm>,
    /// `ONETAKE_WRITER_LIMIT`, of `openai`: `max_tokens` or `max_completion_tokens`; where not set, the latter for OpenAI itself only.
    pub limit: Option<LimitField>,
    /// `ONETAKE_WRITER_MAX_TOKENS`: tokens of an answer, at most; 65,536 for Gemini and 16,384 for `openai` where not set.
    pub most_answer_tokens: Option<u64>,
    /// `ONETAKE_WRITER_USD_IN`: what a million tokens of a question cost, in US dollars; the bill is made with it.
    pub usd_per_million_asked: Option<f64>,
    /// `ONETAKE_WRITER_USD_OUT`: what a million tokens of an answer cost.
    pub usd_per_million_answered: Option<f64>,
    /// `ONETAKE_WRITER_FIRST_BYTE_S`, in seconds: how long it may think; 300 where not set.
    pub first_byte: Option<Duration>,
    /// `GEMINI_API_KEY`.
    pub gemini_key: Option<Key>,
    /// `GEMINI_BASE_URL`.
    pub gemini_url: Option<String>,
    /// `OPENAI_API_KEY`: many services on one's own machine need none.
    pub openai_key: Option<Key>,
    /// `OPENAI_BASE_URL`: what stands before `/chat/completions`.
    pub openai_url: Option<String>,
    /// Whether the keys are there for Onetake alone. Then any of them chooses who writes, and nothing is rehearsed unasked.
    pub has_own_keys: bool,
}

impl WriterChoice {
    /// What the owner has said: `setting` knows a variable's text by its name, `key` that of one that is secret.
    ///
    /// # Errors
    /// A sentence about the one that cannot be right.
    pub fn read(
        setting: impl Fn(&str) -> Option<String>,
        key: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, String> {
        let number = |name: &str, from: f64, to: f64| number::number(name, setting(name).as_deref(), &(from..=to));
        let key = |name: &str| key(name).as_deref().and_then(Key::new);
        let forms = [("json_schema", AnswerForm::Schema), ("json_object", AnswerForm::Object)];
        let limits =
            [("max_tokens", LimitField::MaxTokens), ("max_completion_tokens", LimitField::MaxCompletionTokens)];
        Ok(Self {
            named: setting("ONETAKE_WRITER"),
            url: setting("ONETAKE_WRITER_URL"),
            model: setting("ONETAKE_WRITER_MODEL"),
            form: one_of("ONETAKE_WRITER_FORMAT", setting("ONETAKE_WRITER_FORMAT"), forms)?,
            limit: one_of("ONETAKE_WRITER_LIMIT", setting("ONETAKE_WRITER_LIMIT"), limits)?,
            most_answer_tokens: number("ONETAKE_WRITER_MAX_TOKENS", 256.0, 10_000_000.0)?.map(|tokens| tokens as u64),
            usd_per_million_asked: number("ONETAKE_WRITER_USD_IN", 0.0, 10_000.0)?,
            usd_per_million_answered: number("ONETAKE_WRITER_USD_OUT", 0.0, 10_000.0)?,
            first_byte: number("ONETAKE_WRITER_FIRST_BYTE_S", 0.1, 600.0)?.map(Duration::from_secs_f64),
            gemini_key: key("GEMINI_API_KEY"),
            gemini_url: setting("GEMINI_BASE_URL"),
            openai_key: key("OPENAI_API_KEY"),
            openai_url: setting("OPENAI_BASE_URL"),
            has_own_keys: false,
        })
    }

    /// The writer that is chosen. Nothing is sent before something is asked.
    ///
    /// # Errors
    /// [`NoMaker`].
    pub fn open(self) -> Result<Arc<dyn Writer>, NoMaker> {
        let named = self.named.as_deref().unwrap_or(match (&self.gemini_key, &self.openai_key) {
            (None, Some(_)) if self.has_own_keys => "openai",
            (None, _) if !self.has_own_keys => "rehearsal",
            _ => "gemini",
        });
        match named {
            "rehearsal" => Ok(Arc::new(RehearsalWriter)),
            "gemini" => Ok(Arc::new(self.gemini()?)),
            "openai" => Ok(Arc::new(self.openai()?)),
            other => Err(NoMaker::Wrong(format!("ONETAKE_WRITER is \"{other}\": give gemini, openai or rehearsal"))),
        }
    }

    fn gemini(self) -> Result<Gemini, NoMaker> {
        let no_key = NoMaker::NoKey { provider: "Gemini", key: "GEMINI_API_KEY" };
        let defaults = Settings::gemini(self.gemini_key.clone().ok_or(no_key)?);
        let at = (self.gemini_url.clone(), "GEMINI_BASE_URL");
        Gemini::open(self.changed(defaults, at)).map_err(NoMaker::Wrong)
    }

    fn openai(self) -> Result<Chat, NoMaker> {
        if self.openai_key.is_none() && self.url.is_none() && self.openai_url.is_none() {
            return Err(NoMaker::NoKey { provider: "OpenAI", key: "OPENAI_API_KEY" });
        }
        let Some(model) = &self.model else {
            return Err(NoMaker::Wrong("ONETAKE_WRITER_MODEL is not set: name the model that writes".to_owned()));
        };
        let (form, limit) = (self.form.unwrap_or_default(), self.limit);
        let mut defaults = Settings { key: self.openai_key.clone(), ..Settings::chat(model) };
        // Who wants a key wants money: rather too high a bill than too low a one.
        if defaults.key.is_some() {
            (defaults.usd_per_million_asked, defaults.usd_per_million_answered) = (1.5, 7.5);
        }
        let at = (self.openai_url.clone(), "OPENAI_BASE_URL");
        Chat::open(self.changed(defaults, at), form, limit).map_err(NoMaker::Wrong)
    }

    /// Settings with what the owner has said.
    fn changed(self, defaults: Settings, own: (Option<String>, &'static str)) -> Settings {
        let (url, base_url_setting) = address((self.url, "ONETAKE_WRITER_URL"), own);
        let timeouts = defaults.timeouts;
        Settings {
            base_url: url.unwrap_or(defaults.base_url),
            base_url_setting,
            model: self.model.unwrap_or(defaults.model),
            usd_per_million_asked: self.usd_per_million_asked.unwrap_or(defaults.usd_per_million_asked),
            usd_per_million_answered: self.usd_per_million_answered.unwrap_or(defaults.usd_per_million_answered),
            most_answer_tokens: self.most_answer_tokens.unwrap_or(defaults.most_answer_tokens),
            timeouts: Timeouts { first_byte: self.first_byte.unwrap_or(timeouts.first_byte), ..timeouts },
            key: defaults.key,
        }
    }
}

fn one_of<T: Copy>(name: &str, said: Option<String>, known: [(&str, T); 2]) -> Result<Option<T>, String> {
    let Some(said) = said else { return Ok(None) };
    let found = known.iter().find(|(word, _)| *word == said);
    let [(first, _), (second, _)] = known;
    found.map(|(_, meaning)| Some(*meaning)).ok_or_else(|| format!("{name} is \"{said}\": give {first} or {second}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(choice: WriterChoice, writes: Result<&str, &str>) {
        let said = choice.clone().open().map(|writer| writer.profile().provider).map_err(|why| match why {
            NoMaker::NoKey { key, .. } => key.to_owned(),
            NoMaker::Wrong(sentence) => sentence,
        });
        assert_eq!(said.as_deref().map_err(String::as_str), writes, "{choice:?}");
    }

    #[test]
    fn who_is_named_writes_and_a_missing_key_is_said() {
        let key = || Key::new("secret");
        let named = |name: &str| WriterChoice { named: Some(name.to_owned()), ..WriterChoice::default() };
        let model = |choice: WriterChoice| WriterChoice { model: Some("m".to_owned()), ..choice };
        check(WriterChoice::default(), Ok("rehearsal"));
        check(WriterChoice { gemini_key: key(), ..WriterChoice::default() }, Ok("gemini"));
        check(WriterChoice { openai_key: key(), ..WriterChoice::default() }, Ok("rehearsal"));
        check(WriterChoice { gemini_key: key(), ..named("rehearsal") }, Ok("rehearsal"));
        check(named("gemini"), Err("GEMINI_API_KEY"));
        check(model(named("openai")), Err("OPENAI_API_KEY"));
        let unnamed = "ONETAKE_WRITER_MODEL is not set: name the model that writes";
        check(WriterChoice { openai_key: key(), ..named("openai") }, Err(unnamed));
        check(model(WriterChoice { openai_key: key(), ..named("openai") }), Ok("openai"));
        check(model(WriterChoice { url: Some("http://127.0.0.1:9".to_owned()), ..named("openai") }), Ok("openai"));
        check(named("claude"), Err("ONETAKE_WRITER is \"claude\": give gemini, openai or rehearsal"));
        let own = || WriterChoice { has_own_keys: true, ..WriterChoice::default() };
        check(own(), Err("GEMINI_API_KEY"));
        check(model(WriterChoice { openai_key: key(), ..own() }), Ok("openai"));
        check(WriterChoice { gemini_key: key(), openai_key: key(), ..own() }, Ok("gemini"));
        let ftp = || Some("ftp://nowhere".to_owned());
        let wrong = "GEMINI_BASE_URL is no address of a server; write it as https://host";
        check(WriterChoice { gemini_key: key(), gemini_url: ftp(), ..WriterChoice::default() }, Err(wrong));
        let wrong = "ONETAKE_WRITER_URL is no address of a server; write it as https://host";
        check(WriterChoice { gemini_key: key(), url: ftp(), ..WriterChoice::default() }, Err(wrong));
    }

    #[test]
    fn each_variable_says_one_thing() {
        let usual = WriterChoice::default;
        let text = || Some("1000".to_owned());
        for (name, expected) in [
            ("", usual()),
            ("ONETAKE_WRITER", WriterChoice { named: text(), ..usual() }),
            ("ONETAKE_WRITER_URL", WriterChoice { url: text(), ..usual() }),
            ("ONETAKE_WRITER_MODEL", WriterChoice { model: text(), ..usual() }),
            ("ONETAKE_WRITER_MAX_TOKENS", WriterChoice { most_answer_tokens: Some(1_000), ..usual() }),
            ("ONETAKE_WRITER_USD_IN", WriterChoice { usd_per_million_asked: Some(1_000.0), ..usual() }),
            ("ONETAKE_WRITER_USD_OUT", WriterChoice { usd_per_million_answered: Some(1_000.0), ..usual() }),
            ("GEMINI_BASE_URL", WriterChoice { gemini_url: text(), ..usual() }),
            ("OPENAI_BASE_URL", WriterChoice { openai_url: text(), ..usual() }),
            ("GEMINI_API_KEY", usual()),
            ("OPENAI_API_KEY", usual()),
        ] {
            let one = |asked: &str| (asked == name).then(|| "1000".to_owned());
            assert_eq!(WriterChoice::read(one, |_| None), Ok(expected), "{name}");
        }
        let said = |name: &'static str, word: &'static str| {
            WriterChoice::read(move |asked| (asked == name).then(|| word.to_owned()), |_| None)
        };
        assert_eq!(said("ONETAKE_WRITER_FORMAT", "json_object").unwrap().form, Some(AnswerForm::Object));
        assert_eq!(said("ONETAKE_WRITER_LIMIT", "max_tokens").unwrap().limit, Some(LimitField::MaxTokens));
        let wrong = said("ONETAKE_WRITER_LIMIT", "tokens").unwrap_err();
        assert_eq!(wrong, "ONETAKE_WRITER_LIMIT is \"tokens\": give max_tokens or max_completion_tokens");
        for name in ["ONETAKE_WRITER_USD_IN", "ONETAKE_WRITER_MAX_TOKENS", "ONETAKE_WRITER_FIRST_BYTE_S"] {
            let sentence = said(name, "dear").unwrap_err();
            assert!(sentence.starts_with(&format!("{name} is \"dear\": give a number from ")), "{sentence}");
        }
    }
}
