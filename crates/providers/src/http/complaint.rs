//! What a vendor says when it does not do what it was asked, in the shapes of PROVIDERS 1.7, in OpenAI's and in Google's.

use super::{Key, google};
use serde_json::Value;

/// Of a vendor's message as much is shown.
const MOST_CHARACTERS: usize = 300;

/// A vendor's words about what is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Complaint {
    /// Its name for programs; empty if it gave none.
    pub(crate) code: String,
    /// Its sentence for people, without the key and on one line; empty if it gave none.
    pub(crate) message: String,
    /// How long it wants to be left alone, where the body says so.
    pub(crate) wait_ms: Option<u64>,
}

impl Complaint {
    /// Of a body in any shape, or in none.
    pub(crate) fn of(body: &[u8], key: Option<&Key>) -> Self {
        let json: Value = serde_json::from_slice(body).unwrap_or_default();
        // ElevenLabs and FastAPI say `detail`, OpenAI says `error`; a gateway may put the one into the other.
        let json = google::unwrapped(&json);
        let said = ["detail", "error"].iter().find_map(|name| json.get(name)).unwrap_or(json);
        let code = || ["code", "status", "type", "error"].iter().find_map(|name| word(said.get(name)));
        let code = google::code(said).or_else(code);
        let message = match said {
            Value::Array(problems) => problems.iter().filter_map(problem).collect::<Vec<_>>().join("; "),
            Value::Object(said) => said.get("message").and_then(Value::as_str).unwrap_or_default().to_owned(),
            Value::String(said) => said.clone(),
            _ => String::new(),
        };
        let scrub = |text: &str| key.map_or_else(|| text.to_owned(), |key| key.scrub(text));
        Self {
            code: shown(&scrub(&code.unwrap_or_default())),
            message: shown(&scrub(&message)),
            wait_ms: google::wait_ms(said),
        }
    }

    /// The vendor's sentence behind one of ours: ` (It says: "…".)`, or nothing.
    pub(crate) fn quoted(&self) -> String {
        match (self.message.as_str(), self.code.as_str()) {
            ("", "") => String::new(),
            ("", said) | (said, _) => format!(" (It says: \"{}.\")", said.trim_end_matches('.')),
        }
    }
}

/// A vendor's sentence that stands in an answer, as [`Complaint::quoted`] has it.
pub(crate) fn quoted(sentence: &str) -> String {
    Complaint { message: shown(sentence), ..Complaint::default() }.quoted()
}

/// A code, be it a word or a number.
fn word(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(word) if !word.is_empty() => Some(word.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// `body.text: Field required`.
fn problem(problem: &Value) -> Option<String> {
    let message = problem.get("msg")?.as_str()?;
    let place = problem.get("loc").and_then(Value::as_array).into_iter().flatten();
    let place: Vec<String> = place.filter_map(|step| word(Some(step))).collect();
    Some(if place.is_empty() { message.to_owned() } else { format!("{}: {message}", place.join(".")) })
}

/// On one line, not too long, and without what would move a terminal's cursor.
pub(crate) fn shown(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= MOST_CHARACTERS {
        return text;
    }
    text.chars().take(MOST_CHARACTERS - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str, code: &str, message: &str) {
        let expected = Complaint { code: code.to_owned(), message: message.to_owned(), wait_ms: None };
        assert_eq!(Complaint::of(body.as_bytes(), Key::new("sk_secret").as_ref()), expected, "{body}");
    }

    #[test]
    fn whatever_the_shape_its_code_and_its_message_are_found() {
        check(
            r#"{"detail":{"type":"rate_limit_error","code":"concurrent_limit_exceeded","message":"Too many.","status":"too_many_concurrent_requests","request_id":"ad65","docs_url":"https://x"}}"#,
            "concurrent_limit_exceeded",
            "Too many.",
        );
        check(
            r#"{"detail":{"status":"invalid_api_key","message":"Invalid API key"}}"#,
            "invalid_api_key",
            "Invalid API key",
        );
        check(
            r#"{"detail":[{"loc":["body","text"],"msg":"Field required","type":"missing"},{"loc":["body",0],"msg":"Bad"}]}"#,
            "",
            "body.text: Field required; body.0: Bad",
        );
        check(r#"{"detail":"Not Found"}"#, "", "Not Found");
        check(
            r#"{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}"#,
            "insufficient_quota",
            "You exceeded your current quota",
        );
        check(
            r#"{"error":{"message":"Wrong","type":"invalid_request_error","param":null,"code":null}}"#,
            "invalid_request_error",
            "Wrong",
        );
        check(
            r#"{"detail":{"error":"validation_error","message":"Voice x not found"}}"#,
            "validation_error",
            "Voice x not found",
        );
        check(r#"{"error":"no such model"}"#, "", "no such model");
        check(r#"{"message":"Forbidden"}"#, "", "Forbidden");
        for nothing in ["", "null", "{", "[]", "7", "<html><h1>502 Bad Gateway</h1></html>", r#"{"detail":null}"#] {
            check(nothing, "", "");
        }
    }

    #[test]
    fn a_message_is_short_on_one_line_and_without_the_key() {
        check("{\"detail\":\"a\\u001b[2Jb\\n\\n c sk_secret\"}", "", "a [2Jb c …");
        check(r#"{"detail":{"code":"sk_secret","message":"key sk_secret."}}"#, "…", "key ….");
        let long = Complaint::of(format!("{{\"detail\":\"{}\"}}", "ä".repeat(1_000)).as_bytes(), None).message;
        assert_eq!((long.chars().count(), long.ends_with('…')), (300, true));
    }

    #[test]
    fn it_is_quoted_as_a_sentence() {
        let said = |code: &str, message: &str| {
            Complaint { code: code.into(), message: message.into(), wait_ms: None }.quoted()
        };
        assert_eq!(said("c", "Too many."), " (It says: \"Too many.\")");
        assert_eq!(said("c", ""), " (It says: \"c.\")");
        assert_eq!(said("", ""), "");
    }
}
