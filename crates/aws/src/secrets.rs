//! Keys and tokens, out of one secret of Secrets Manager or one parameter of SSM. Read once, at a function's cold start.

use crate::account::{Account, sentence};
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use serde_json::{Map, Value};

/// The secret, in a sentence that anybody may read: its name may hold an account's number.
const IT: &str = "the secret that the template's parameter Secrets names";

/// What a secret holds. It has no `Debug`: nothing of it is ever logged.
pub struct Secrets {
    values: Map<String, Value>,
}

/// Why there are no secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoSecrets {
    /// A person must mend it; the sentence, which anybody may read, says what.
    Wrong(String),
    /// It cannot be read now and may be later.
    Away(String),
}

impl Secrets {
    /// Reads the secret of this name or ARN: a parameter of SSM if its ARN says so or its name begins with `/`, else a secret of
    /// Secrets Manager.
    ///
    /// # Errors
    /// [`NoSecrets`].
    pub async fn read(account: &Account, name: &str) -> Result<Self, NoSecrets> {
        let text = if is_parameter(name) {
            let request = account.parameters().get_parameter().name(name).with_decryption(true);
            let answer = request.send().await.map_err(|error| unread(name, &error))?;
            answer.parameter.and_then(|parameter| parameter.value)
        } else {
            let request = account.secrets().get_secret_value().secret_id(name);
            request.send().await.map_err(|error| unread(name, &error))?.secret_string
        };
        Self::parse(&text.unwrap_or_default())
    }

    fn parse(text: &str) -> Result<Self, NoSecrets> {
        // The parser's own words would quote what it read.
        let values = serde_json::from_str(text).map_err(|_| {
            NoSecrets::Wrong(format!(
                "{IT} is no JSON object: give it one such as {{\"ELEVENLABS_API_KEY\": \"…\", \"ONETAKE_TOKENS\": \"…\"}}"
            ))
        })?;
        Ok(Self { values })
    }

    /// One of its values.
    ///
    /// # Errors
    /// A sentence, where it has none of that name.
    pub fn get(&self, name: &str) -> Result<&str, String> {
        match self.values.get(name) {
            Some(Value::String(value)) if !value.trim().is_empty() => Ok(value.trim()),
            Some(Value::String(_)) | None => Err(format!("{IT} holds no {name}")),
            Some(_) => Err(format!("{name} in {IT} is no text in quotes")),
        }
    }

    /// The tokens of which a request must carry one: `ONETAKE_TOKENS`, with commas between them. Never none: that would let everybody in.
    ///
    /// # Errors
    /// A sentence, where it has none.
    pub fn tokens(&self) -> Result<Vec<String>, String> {
        let text = self.get("ONETAKE_TOKENS")?;
        let tokens: Vec<String> =
            text.split(',').map(str::trim).filter(|token| !token.is_empty()).map(str::to_owned).collect();
        if tokens.is_empty() { Err(format!("ONETAKE_TOKENS in {IT} holds no token")) } else { Ok(tokens) }
    }
}

/// Whether a name is that of a parameter of SSM: `arn:aws:ssm:…` or `/…`.
fn is_parameter(name: &str) -> bool {
    name.starts_with('/') || (name.starts_with("arn:") && name.split(':').nth(2) == Some("ssm"))
}

/// What the service says: whoever is not there or not allowed will not be so by asking again.
fn unread<E: ProvideErrorMetadata, R>(name: &str, error: &SdkError<E, R>) -> NoSecrets {
    const FINAL: [&str; 8] = [
        "AccessDeniedException",
        "DecryptionFailure",
        "InvalidKeyId",
        "InvalidParameterException",
        "InvalidRequestException",
        "ParameterNotFound",
        "ResourceNotFoundException",
        "ValidationException",
    ];
    let code = error.as_service_error().and_then(ProvideErrorMetadata::code);
    let why = sentence(error);
    tracing::error!(secret = name, error = why, "the secret cannot be read");
    match code.filter(|code| FINAL.contains(code)) {
        Some(code) => NoSecrets::Wrong(format!("{IT} cannot be read ({code}: the function's log says more)")),
        None => NoSecrets::Away(format!("the secret {name} cannot be read: {why}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentence_of(text: &str, name: &str) -> String {
        match Secrets::parse(text) {
            Ok(secrets) => secrets.get(name).map_or_else(|sentence| sentence, str::to_owned),
            Err(NoSecrets::Wrong(sentence) | NoSecrets::Away(sentence)) => sentence,
        }
    }

    #[test]
    fn what_a_secret_lacks_is_said_without_what_it_holds() {
        let secret = r#"{"ELEVENLABS_API_KEY": " key ", "ONETAKE_TOKENS": "", "OPENAI_API_KEY": 7}"#;
        assert_eq!(sentence_of(secret, "ELEVENLABS_API_KEY"), "key");
        assert_eq!(sentence_of(secret, "ONETAKE_TOKENS"), format!("{IT} holds no ONETAKE_TOKENS"));
        assert_eq!(sentence_of("{}", "OPENAI_API_KEY"), format!("{IT} holds no OPENAI_API_KEY"));
        assert_eq!(sentence_of(secret, "OPENAI_API_KEY"), format!("OPENAI_API_KEY in {IT} is no text in quotes"));
        for text in ["", "sk_1234", "[\"sk_1234\"]", "\"sk_1234\"", "{\"sk_1234\""] {
            let sentence = sentence_of(text, "ELEVENLABS_API_KEY");
            assert!(sentence.starts_with(&format!("{IT} is no JSON object")), "{sentence}");
            assert!(!sentence.contains("sk_1234"), "{sentence}");
        }
    }

    #[test]
    fn a_secret_without_tokens_lets_nobody_in() {
        let tokens = |text: &str| match Secrets::parse(&format!("{{\"ONETAKE_TOKENS\": \"{text}\"}}")) {
            Ok(secrets) => secrets.tokens(),
            Err(_) => panic!("it is JSON"),
        };
        assert_eq!(tokens(" one, two ,"), Ok(vec!["one".to_owned(), "two".to_owned()]));
        for none in ["", " ", ",", " , ,"] {
            assert!(tokens(none).unwrap_err().contains("ONETAKE_TOKENS"), "{none:?}");
        }
    }

    #[test]
    fn a_parameter_is_told_from_a_secret_by_its_name() {
        for name in ["/onetake/keys", "arn:aws:ssm:eu-west-1:1:parameter/onetake/keys"] {
            assert!(is_parameter(name), "{name}");
        }
        for name in ["onetake", "onetake/keys", "arn:aws:secretsmanager:eu-west-1:1:secret:onetake/ssm-abc"] {
            assert!(!is_parameter(name), "{name}");
        }
    }
}
