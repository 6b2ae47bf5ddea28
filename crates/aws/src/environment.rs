//! The environment, as a function reads it. Here are the variables of functions alone; those of who speaks are told of at
//! `providers::Choice`, the house's at `story::house::Settings`, the studio's at `media::Settings`.

use crate::house::Places;
use crate::queue::Urls;

/// What may stand in a secret only: the environment of a function is shown to whoever may look at the function.
const SECRET: [&str; 6] = [
    "ELEVENLABS_API_KEY",
    "OPENAI_API_KEY",
    "TOGETHER_API_KEY",
    "GEMINI_API_KEY",
    "VERTEX_ACCESS_TOKEN",
    "ONETAKE_TOKENS",
];

/// Refuses keys and tokens in the environment.
pub(crate) fn refuse_keys() -> Result<(), String> {
    match SECRET.into_iter().find(|name| read(name).is_some()) {
        None => Ok(()),
        Some(name) => Err(format!(
            "{name} stands in the function's environment, where it is not safe: put it into the secret that ONETAKE_SECRETS names"
        )),
    }
}

/// Where a deployment keeps what it has: `ONETAKE_TABLE` and `ONETAKE_BUCKET` (names), `ONETAKE_SPEECH_QUEUE`,
/// `ONETAKE_ADVANCE_QUEUE`, `ONETAKE_COMPOSE_QUEUE`, `ONETAKE_IMAGES_QUEUE`, `ONETAKE_CLIPS_QUEUE`, `ONETAKE_WRITER_QUEUE` and
/// `ONETAKE_ANIMATE_QUEUE` (URLs).
///
/// # Errors
/// A sentence, where one of them is not set.
pub fn places() -> Result<Places, String> {
    let named = |name: &str| read(name).ok_or_else(|| format!("{name} is not set: the template names it"));
    Ok(Places {
        table: named("ONETAKE_TABLE")?,
        bucket: named("ONETAKE_BUCKET")?,
        queues: Urls {
            speech: named("ONETAKE_SPEECH_QUEUE")?,
            advance: named("ONETAKE_ADVANCE_QUEUE")?,
            compose: named("ONETAKE_COMPOSE_QUEUE")?,
            images: named("ONETAKE_IMAGES_QUEUE")?,
            clips: named("ONETAKE_CLIPS_QUEUE")?,
            writer: named("ONETAKE_WRITER_QUEUE")?,
            animate: named("ONETAKE_ANIMATE_QUEUE")?,
        },
    })
}

/// Where keys and tokens lie: `ONETAKE_SECRETS`, a secret of Secrets Manager by its name or ARN, or a parameter of SSM by its ARN
/// or its name, which begins with `/`.
#[must_use]
pub fn secrets() -> Option<String> {
    read("ONETAKE_SECRETS")
}

/// Whether the rehearsal speaks, which needs no key: `ONETAKE_REHEARSAL`.
#[must_use]
pub fn rehearses() -> bool {
    is_true("ONETAKE_REHEARSAL")
}

/// Whether nobody needs a token: `ONETAKE_OPEN`.
#[must_use]
pub fn is_open() -> bool {
    is_true("ONETAKE_OPEN")
}

/// The name of the function that programs for Manim are run in: `ONETAKE_MANIM_FUNCTION`; none where the template deploys none.
pub(crate) fn manim_function() -> Option<String> {
    read("ONETAKE_MANIM_FUNCTION")
}

/// Whether the deployment says that this function is itself the sandbox of what it runs: `ONETAKE_SANDBOX` is `outer`.
#[must_use]
pub fn is_sandbox() -> bool {
    read("ONETAKE_SANDBOX").is_some_and(|value| value == "outer")
}

/// What is asked in place of AWS's services: `ONETAKE_AWS_ENDPOINT`, for tests.
pub(crate) fn endpoint() -> Option<String> {
    read("ONETAKE_AWS_ENDPOINT")
}

/// What is logged: `ONETAKE_LOG`, as `tracing`'s filter directives; `info` where not set.
pub(crate) fn log_filter() -> String {
    read("ONETAKE_LOG").unwrap_or_else(|| "info".into())
}

fn is_true(name: &str) -> bool {
    read(name).is_some_and(|value| value == "true")
}

/// A variable's text. Empty counts as absent: a template cannot leave a variable out by a condition when it runs on one machine.
#[expect(clippy::disallowed_methods, reason = "this is the file where functions read their environment")]
#[must_use]
pub fn read(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
