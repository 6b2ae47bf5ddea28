//! Programs for Manim, run in a function that has no rights: who calls it, what it is called with, and what is believed of its answer.

use crate::account::{Account, patience, sentence};
use crate::{Error, environment, log};
use async_trait::async_trait;
use aws_sdk_lambda::Client;
use aws_sdk_lambda::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_lambda::operation::invoke::{InvokeError, InvokeOutput};
use aws_sdk_lambda::primitives::Blob;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use lambda_runtime::{LambdaEvent, run, service_fn};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::time::Duration;
use story::animator::{Animator, Colors, Performance, Program, Show};
use story::failure::{Failure, StoreError};
use story::ids::sha256_hex;

/// What Lambda hands over in one piece, at most.
const MOST_ANSWER_BYTES: usize = 6 << 20;
/// Of a film: it is handed over as base64, within JSON.
const MOST_FILM_BYTES: usize = (MOST_ANSWER_BYTES - 1024) / 4 * 3;
/// Characters of a program's own words that are kept.
const MOST_SAID: usize = 300;

/// A program is drawn for as long as its function may take (600 s), and that one says by itself that the time is over.
const DRAWING: Duration = Duration::from_secs(630);
/// It is only run for a minute at most, on top of a cold start. Whoever asks has waited for a writer's answer, and was charged for it: a
/// program that holds its function up does not hold that up too.
const CHECK: Duration = Duration::from_secs(80);

/// The function that programs are run in. It may be the program itself that answers, so nothing of an answer is believed.
#[derive(Clone, Debug)]
pub struct ManimFunction {
    client: Client,
    name: String,
}

/// A program to be run. The names of its fields are read by functions that are deployed before or after this one.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// Whether it is run only, and nothing is drawn.
    check: bool,
    show: Wire,
}

/// A [`Show`].
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    program: Program,
    width: u32,
    height: u32,
    fps: u32,
    /// Red, green, blue: in the order of [`Colors`].
    colors: Option<[[u8; 3]; 7]>,
    frames: u64,
}

/// What came of it: what is wrong, or else a film if it was drawn.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wrong: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    film: Option<String>,
}

impl ManimFunction {
    /// The one that the template deploys.
    ///
    /// # Errors
    /// With what to set, where it deploys none.
    pub fn open(account: &Account) -> Result<Self, String> {
        let none = || "Manim is not deployed: the template's parameter ManimImage names no image".to_owned();
        environment::manim_function().map(|name| Self::named(account, &name)).ok_or_else(none)
    }

    /// The one of this name.
    #[must_use]
    pub fn named(account: &Account, name: &str) -> Self {
        Self { client: account.programs(), name: name.to_owned() }
    }

    async fn ask(&self, check: bool, show: &Show) -> Result<Answer, Failure> {
        let asked = serde_json::to_vec(&Asked { check, show: show.into() }).expect("programs always serialise");
        let answer = self.client.invoke().function_name(&self.name).payload(Blob::new(asked));
        // An environment never serves two programs, and drawing one finds that warm in which it was checked.
        let answer = answer.tenant_id(sha256_hex(show.program.code.as_bytes()));
        let longest = if check { CHECK } else { DRAWING };
        let settings = aws_sdk_lambda::config::Builder::new().timeout_config(patience(longest, longest));
        match answer.customize().config_override(settings).send().await {
            Ok(answer) => read(&answer),
            Err(SdkError::TimeoutError(_)) if check => Err(too_long()),
            Err(error) => Err(not_run(&error)),
        }
    }
}

#[async_trait]
impl Animator for ManimFunction {
    async fn check(&self, show: &Show) -> Result<(), Failure> {
        match self.ask(true, show).await?.film {
            None => Ok(()),
            Some(_) => Err(strange()),
        }
    }

    async fn play(&self, show: &Show) -> Result<Performance, Failure> {
        let film = self.ask(false, show).await?.film.ok_or_else(strange)?;
        Ok(Performance::Film(STANDARD.decode(film).map_err(|_| strange())?.into()))
    }
}

/// Why a program was not run. That is no fault of its own, but that it is too long.
fn not_run(error: &SdkError<InvokeError>) -> Failure {
    match error.as_service_error().and_then(ProvideErrorMetadata::code) {
        Some("RequestTooLargeException") => Failure::GiveUp("its code is too long".to_owned()),
        _ => StoreError::Unavailable(format!("Manim's function: {}", sentence(error))).into(),
    }
}

/// What an answer says. However a function ends, it was the program in it that brought it there: one that is tried again each time
/// would never end.
fn read(answer: &InvokeOutput) -> Result<Answer, Failure> {
    let payload = answer.payload().map(AsRef::as_ref).unwrap_or_default();
    if answer.function_error().is_some() {
        return Err(ended(payload));
    }
    if payload.len() > MOST_ANSWER_BYTES {
        return Err(too_large());
    }
    // A list would be read as an object's values.
    let answer: Map<String, Value> = serde_json::from_slice(payload).map_err(|_| strange())?;
    let answer: Answer = serde_json::from_value(Value::Object(answer)).map_err(|_| strange())?;
    match answer {
        Answer { wrong: Some(why), film: None } => Err(Failure::GiveUp(plain(&why))),
        Answer { wrong: None, .. } => Ok(answer),
        Answer { .. } => Err(strange()),
    }
}

/// What Lambda says of a function that did not answer. Its words are looked through for a few of Lambda's own, and not handed on.
fn ended(payload: &[u8]) -> Failure {
    let said = String::from_utf8_lossy(&payload[..payload.len().min(4096)]);
    let failure = if said.contains("timed out") {
        too_long()
    } else if said.contains("ResponseSizeTooLarge") {
        too_large()
    } else if said.contains("OutOfMemory") {
        Failure::GiveUp("it takes too much memory; draw fewer and smaller things".to_owned())
    } else {
        Failure::GiveUp("it broke down".to_owned())
    };
    tracing::warn!(error = %failure, "a program ended its function");
    tracing::debug!(%said);
    failure
}

fn strange() -> Failure {
    Failure::GiveUp("it broke down, and no film came of it".to_owned())
}

fn too_long() -> Failure {
    Failure::GiveUp("it takes too long; draw less, and wait only by at()".to_owned())
}

fn too_large() -> Failure {
    Failure::GiveUp("its film is too large to be handed over; show less at once".to_owned())
}

/// A program's words, which may be anything.
fn plain(said: &str) -> String {
    let plain: String = said.chars().filter(|c| !c.is_control()).take(MOST_SAID).collect();
    if plain.trim().is_empty() { "it ended without a word".to_owned() } else { plain }
}

impl From<&Show> for Wire {
    fn from(show: &Show) -> Self {
        let Show { program, width, height, fps, colors, frames } = show;
        let colors = colors.map(|Colors { ground, plain, accent, second, good, bad, muted }| {
            [ground, plain, accent, second, good, bad, muted]
        });
        Self { program: program.clone(), width: *width, height: *height, fps: *fps, colors, frames: *frames }
    }
}

impl From<Wire> for Show {
    fn from(wire: Wire) -> Self {
        let Wire { program, width, height, fps, colors, frames } = wire;
        let colors = colors.map(|[ground, plain, accent, second, good, bad, muted]| Colors {
            ground,
            plain,
            accent,
            second,
            good,
            bad,
            muted,
        });
        Self { program, width, height, fps, colors, frames }
    }
}

/// Runs programs until Lambda ends the process: `check` runs one to its end, `film` draws it. Nothing of AWS is asked here.
///
/// # Errors
/// Where this is not the deployment's sandbox, or the runtime cannot be reached.
pub async fn serve_programs(
    check: impl AsyncFn(&Show) -> Result<(), Failure>,
    film: impl AsyncFn(&Show) -> Result<Bytes, Failure>,
) -> Result<(), Error> {
    log::start();
    let (check, film) = (&check, &film);
    run(service_fn(async |event: LambdaEvent<Asked>| {
        let Asked { check: is_check, show } = event.payload;
        let show = Show::from(show);
        let ended = if is_check { check(&show).await.map(|()| None) } else { film(&show).await.map(Some) };
        answered(ended)
    }))
    .await
}

fn answered(ended: Result<Option<Bytes>, Failure>) -> Result<Answer, Error> {
    match ended {
        Ok(Some(film)) if film.len() > MOST_FILM_BYTES => answered(Err(too_large())),
        Ok(film) => Ok(Answer { film: film.map(|film| STANDARD.encode(film)), wrong: None }),
        Err(Failure::GiveUp(why)) => Ok(Answer { wrong: Some(why), film: None }),
        Err(Failure::Retry(error)) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show() -> Show {
        let [ground, plain, accent, second, good, bad, muted] = std::array::from_fn(|at| [at as u8, 2, 3]);
        let colors = Some(Colors { ground, plain, accent, second, good, bad, muted });
        let program = Program {
            code: "class Film(Section): …".to_owned(),
            words: vec!["one".to_owned()],
            cues: vec![story::animation::Cue::At(3)],
            palette: 1,
            manim: story::animator::drawn_by(),
        };
        Show { program, width: 480, height: 854, fps: 24, frames: 48, colors }
    }

    #[test]
    fn a_program_arrives_as_it_was_sent() {
        for show in [show(), Show { colors: None, ..show() }] {
            let sent = serde_json::to_vec(&Asked { check: true, show: (&show).into() }).unwrap();
            let Asked { check, show: came } = serde_json::from_slice(&sent).unwrap();
            assert_eq!((check, Show::from(came)), (true, show));
        }
    }

    fn said(answer: &str, error: Option<&str>) -> String {
        let answer = InvokeOutput::builder().status_code(200).payload(Blob::new(answer));
        match read(&answer.set_function_error(error.map(str::to_owned)).build()) {
            Ok(answer) => format!("film: {:?}", answer.film),
            Err(Failure::GiveUp(sentence)) => sentence,
            Err(Failure::Retry(error)) => panic!("a program is not run for ever: {error}"),
        }
    }

    #[test]
    fn of_an_answer_only_its_expected_shape_is_believed() {
        let strange = "it broke down, and no film came of it";
        let long = format!("{{\"wrong\": \"{}\"}}", "é".repeat(900));
        let large = format!("{{\"film\": \"{}\"}}", "A".repeat(MOST_ANSWER_BYTES));
        for (answer, expected) in [
            ("{}", "film: None"),
            (r#"{"film": "AAAA"}"#, "film: Some(\"AAAA\")"),
            (r#"{"wrong": "line 3:\u0000\n\u001b[31m no"}"#, "line 3:[31m no"),
            (r#"{"wrong": "\n"}"#, "it ended without a word"),
            (&long, &"é".repeat(300)),
            (&large, "its film is too large to be handed over; show less at once"),
            (r#"{"wrong": "no", "film": "AAAA"}"#, strange),
            (r#"{"wrong": {"a": 1}}"#, strange),
            (r#"{"film": 7}"#, strange),
            (r#"{"films": "AAAA"}"#, strange),
            ("[]", strange),
            ("null", strange),
            ("", strange),
            ("{\"film\": \"AA", strange),
            (r#"{"film": "AAAA"} {"film": "AAAA"}"#, strange),
        ] {
            assert_eq!(said(answer, None), expected, "{}", &answer[..answer.len().min(60)]);
        }
    }

    #[test]
    fn a_function_that_ended_was_ended_by_its_program() {
        for (payload, expected) in [
            (
                r#"{"errorMessage": "Task timed out after 3.00 seconds"}"#,
                "it takes too long; draw less, and wait only by at()",
            ),
            (r#"{"errorType": "Runtime.OutOfMemory"}"#, "it takes too much memory; draw fewer and smaller things"),
            (
                r#"{"errorType": "Function.ResponseSizeTooLarge"}"#,
                "its film is too large to be handed over; show less at once",
            ),
            (r#"{"errorType": "Runtime.ExitError"}"#, "it broke down"),
            ("\u{0}", "it broke down"),
        ] {
            assert_eq!(said(payload, Some("Unhandled")), expected);
        }
    }

    #[test]
    fn a_film_that_lambda_would_not_take_is_no_answer() {
        let film = |bytes: usize| answered(Ok(Some(vec![0; bytes].into()))).unwrap();
        let answer = film(MOST_FILM_BYTES);
        assert!(serde_json::to_vec(&answer).unwrap().len() < MOST_ANSWER_BYTES);
        assert_eq!(film(MOST_FILM_BYTES + 1), Answer { wrong: Some(too_large().to_string()), film: None });
        assert_eq!(answered(Ok(None)).unwrap(), Answer::default());
        assert!(answered(Err(StoreError::Unavailable("later".to_owned()).into())).is_err());
    }
}
