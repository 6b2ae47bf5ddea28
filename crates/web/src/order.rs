//! What stands in the body of an order, read strictly: everything that is wrong with it and its script, at once.

use crate::refused::Refused;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::LazyLock;
use steps::open::{Again, Request};
use story::check::check;
use story::clips::ClipReading;
use story::job::Kind;
use story::json::{parse_anyway, utf8};
use story::plan::{OnPictureFailure, OnSpeechFailure, OnUncertain};
use story::reading::{Limits, Reading};
use story::ticket::Priority;
use story::writing::{StoryReading, TopicReading, Work};
use story::{Invalid, JobId, Problem};

/// Notes are echoed with every job: they stay notes.
const MAX_METADATA_BYTES: usize = 16 << 10;

/// Which order a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `POST /v1/previews`.
    Preview,
    /// `POST /v1/videos`.
    Video,
    /// `POST /v1/estimates`: either; a preview's if it says how long to keep it.
    Estimate,
}

/// Every field that an order can have.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the schema is made of all fields; some are read beside it, some only refused")]
struct Fields {
    /// What is said; read by the script's own schema.
    script: Option<Value>,
    /// The preview that a film is made from.
    preview_id: Option<String>,
    /// Replaces fields of the script's look one by one; read by the script's own schema.
    look: Option<Value>,
    /// Final, or every second frame only.
    quality: Option<Quality>,
    /// Seconds that a preview is kept after its last use.
    #[schemars(range(min = 1, max = 2_592_000))]
    ttl_s: Option<u64>,
    /// How urgent it is.
    priority: Option<Priority>,
    /// The user's own notes.
    metadata: Option<Map<String, Value>>,
    /// What becomes of a line that cannot be spoken.
    on_speech_failure: Option<OnSpeechFailure>,
    /// What becomes of a call that may have been charged and left no sound.
    on_uncertain: Option<OnUncertain>,
    /// What becomes of a picture that cannot be had.
    on_picture_failure: Option<OnPictureFailure>,
    /// Seconds that the film should fit into.
    #[schemars(range(min = 0.1, max = 86_400.0))]
    fit_s: Option<f64>,
    /// The text that a film is made of; read by its own schema.
    story: Option<Value>,
    /// The clip that is all there is to make; read by its own schema.
    clip: Option<Value>,
    /// The topic that is explained; read by its own schema.
    topic: Option<Value>,
    // Not yet:
    webhook_url: Option<Value>,
}

#[derive(Deserialize, JsonSchema, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Quality {
    Draft,
    Final,
}

/// Fields of API.md that this version refuses, and what to do instead.
const NOT_YET: [(&str, &str); 1] =
    [("webhook_url", "webhooks are not there yet; leave it out and ask for the job with `wait`")];

/// Fields that an order of this form cannot have.
impl Form {
    fn lacks(self) -> &'static [&'static str] {
        match self {
            Self::Preview => {
                &["preview_id", "look", "quality", "story", "topic", "clip", "on_picture_failure", "fit_s"]
            }
            Self::Video => &["ttl_s", "fit_s"],
            Self::Estimate => &[],
        }
    }

    fn schema(self) -> &'static Value {
        static SCHEMAS: LazyLock<[Value; 3]> = LazyLock::new(|| {
            [Form::Preview, Form::Video, Form::Estimate].map(|form| {
                let mut schema = schemars::schema_for!(Fields).to_value();
                if let Some(fields) = schema["properties"].as_object_mut() {
                    fields.retain(|name, _| !form.lacks().contains(&name.as_str()));
                }
                schema
            })
        });
        &SCHEMAS[self as usize]
    }
}

/// Reads an order.
pub(crate) fn read(bytes: &[u8], form: Form, max_lines: usize) -> Result<Request, Refused> {
    read_to_fit(bytes, form, max_lines).map(|(request, _)| request)
}

/// Reads an order, and the seconds that it should fit into.
pub(crate) fn read_to_fit(bytes: &[u8], form: Form, max_lines: usize) -> Result<(Request, Option<f64>), Refused> {
    let (body, doubles) = utf8(bytes).and_then(parse_anyway).map_err(Refused::not_json)?;
    let limits = Limits { max_lines, ..Limits::default() };
    let mut problems: Vec<Problem> = doubles.into_iter().map(from_script).collect();
    problems.extend(check(&body, form.schema()));
    problems.extend(not_yet(&body, form));
    problems.extend(sources(&body, form));
    let preview = body["preview_id"].as_str().map(JobId::parse);
    if preview == Some(None) {
        problems.push(problem("/preview_id", "not the id of a job; it is the `id` that a preview was answered with"));
    }
    if serde_json::to_vec(&body["metadata"]).is_ok_and(|json| json.len() > MAX_METADATA_BYTES) {
        problems.push(problem("/metadata", "too large: at most 16,384 bytes as JSON"));
    }
    let mut script = None;
    if !body["script"].is_null() {
        let reading = Reading::of_value(&body["script"], limits);
        problems.extend(reading.problems);
        // A preview made by the command line brings its pictures along.
        if preview.is_none() {
            let detail = "files are read by the command line only; make this film with `onetake film`";
            problems.extend(reading.files.into_iter().map(|file| problem(&file.pointer, detail)));
        }
        script = reading.script;
    }
    let mut writing = None;
    if !body["story"].is_null() {
        let reading = StoryReading::of_value(&body["story"], "/story");
        problems.extend(reading.problems);
        let detail = "files are read by the command line only; make this film with `onetake film`";
        problems.extend(reading.files.into_iter().map(|file| problem(&file.pointer, detail)));
        writing = reading.order.map(Work::Story);
    }
    if !body["topic"].is_null() {
        let reading = TopicReading::of_value(&body["topic"], "/topic");
        problems.extend(reading.problems);
        writing = writing.or(reading.order.map(Work::Topic));
    }
    let mut clip = None;
    if !body["clip"].is_null() {
        let reading = ClipReading::of_value(&body["clip"], "/clip");
        problems.extend(reading.problems);
        let detail = "files are read by the command line only; use \"url\", or `onetake clip --image`";
        problems.extend(reading.files.into_iter().map(|file| problem(&file.pointer, detail)));
        clip = reading.order;
        let detail = "a clip is not composed; leave it out: its shape and length stand in \"clip\"";
        let fields = ["look", "quality", "fit_s"].into_iter().filter(|field| !body[*field].is_null());
        problems.extend(fields.map(|field| problem(&format!("/{field}"), detail)));
    }
    if body["look"].is_object() {
        problems.extend(Reading::of_value(&script_around(&body["look"]), limits).problems);
    } else if !body["look"].is_null() {
        problems.push(problem("/look", "expected an object"));
    }
    Invalid::unless_empty(problems)?;
    let fields = Fields::deserialize(&body).map_err(|error| Invalid::one("", format!("not an order: {error}")))?;
    let is_preview = form == Form::Preview || (form == Form::Estimate && fields.ttl_s.is_some());
    let fit_s = fields.fit_s;
    let request = Request {
        kind: if is_preview { Kind::Preview } else { Kind::Video },
        script,
        sections: Vec::new(),
        writing,
        clip,
        preview: preview.flatten(),
        look: fields.look,
        draft: fields.quality == Some(Quality::Draft),
        ttl_ms: fields.ttl_s.map(|ttl_s| ttl_s * 1000),
        priority: fields.priority,
        on_speech_failure: fields.on_speech_failure.unwrap_or_default(),
        on_picture_failure: fields.on_picture_failure.unwrap_or_default(),
        on_uncertain: fields.on_uncertain.unwrap_or_default(),
        buys_clips_again: fields.on_uncertain == Some(OnUncertain::Buy),
        metadata: fields.metadata.unwrap_or_default(),
        files: BTreeMap::new(),
        again: Again::New,
        caller: None,
    };
    Ok((request, fit_s))
}

fn problem(pointer: &str, detail: &str) -> Problem {
    Problem { pointer: pointer.to_owned(), detail: detail.to_owned() }
}

/// A pointer into the script begins at the script.
fn from_script(found: Problem) -> Problem {
    match found.pointer.strip_prefix("/script") {
        Some(inside) if inside.starts_with('/') => problem(inside, &found.detail),
        _ => found,
    }
}

fn not_yet(body: &Value, form: Form) -> Vec<Problem> {
    let refused = NOT_YET.iter().filter(|(name, _)| !form.lacks().contains(name) && !body[name].is_null());
    refused.map(|(name, detail)| problem(&format!("/{name}"), detail)).collect()
}

fn sources(body: &Value, form: Form) -> Option<Problem> {
    let is_given = |name: &&str| !body[*name].is_null();
    let given: Vec<&str> = ["script", "preview_id", "story", "topic", "clip"].into_iter().filter(is_given).collect();
    let none = match form {
        Form::Preview => "\"script\" is missing",
        Form::Video | Form::Estimate => {
            "nothing to make a film of; give a \"script\", a \"story\", a \"topic\", a \"clip\" or a \"preview_id\""
        }
    };
    // A script may come with the preview that it was heard as.
    match given.as_slice() {
        _ if !body.is_object() => None,
        [] => Some(problem("", none)),
        [_] | ["script", "preview_id"] => None,
        [first, second, ..] => {
            Some(problem(&format!("/{second}"), &format!("\"{first}\" is given too; give one of them")))
        }
    }
}

/// The smallest script with a look, so that a look alone is read as strictly as in a script.
fn script_around(look: &Value) -> Value {
    json!({"speakers": {"A": {}}, "lines": [{"speaker": "A", "text": "a"}], "look": look})
}
