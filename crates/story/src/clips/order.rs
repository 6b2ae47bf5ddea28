//! The order of a clip, read as strictly as a script; and what it asks of a provider, checked against what its model makes.

use super::{Aspect, ClipModel, ClipRequest, ClipTask, ClipsProfile, Earlier, FirstImage};
use crate::check::{check, say::list};
use crate::invalid::{Invalid, Problem};
use crate::reading::{self, NamedFile, senseless};
use crate::script::Media;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::LazyLock;

/// How long a clip is to be where nothing is said, in seconds: the length that every model makes.
const USUAL_S: f64 = 8.0;
/// Lines of its frame.
const USUAL_LINES: u32 = 720;

/// A prompt, or a prompt and a picture, that is to become one clip.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClipOrder {
    /// What is to happen.
    #[schemars(length(min = 1, max = 8_000))]
    pub prompt: String,
    /// The picture that it begins with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<Media>,
    /// The model; the provider's first where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 100))]
    pub model: Option<String>,
    /// The shape of its frame; upright where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aspect: Option<Aspect>,
    /// How long it is to be; 8 where it is absent, or what the model makes that is next to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 60))]
    pub seconds: Option<u32>,
    /// The id of an earlier clip's job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 100))]
    pub from: Option<String>,
    /// What is done with the earlier clip; it goes on where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<ClipTask>,
}

impl ClipOrder {
    /// What is asked for behind a scene, in a frame of this size: a clip of the usual length, whatever is said over it.
    #[must_use]
    pub fn of_scene(prompt: &str, (width, height): (u32, u32)) -> Self {
        let aspect = Some(Aspect::of(width, height));
        Self { prompt: prompt.to_owned(), image: None, model: None, aspect, seconds: None, from: None, task: None }
    }
}

/// An order as far as it could be read.
#[derive(Clone, Debug, PartialEq)]
pub struct ClipReading {
    /// The order, if nothing is wrong with it.
    pub order: Option<ClipOrder>,
    /// Everything that is wrong.
    pub problems: Vec<Problem>,
    /// The picture that it names as a file.
    pub files: Vec<NamedFile>,
}

impl ClipReading {
    /// Reads a value that stood in a request, at `pointer` (`/clip`): all pointers begin there.
    #[must_use]
    pub fn of_value(value: &Value, pointer: &str) -> Self {
        let mut problems = check(value, &SCHEMA);
        let mut add = |field: &str, detail: &str| problems.push(problem(field, detail));
        if let Some(sentence) = value["prompt"].as_str().and_then(senseless) {
            add("/prompt", &sentence);
        }
        if !value["task"].is_null() && value["from"].is_null() {
            add("/from", "missing; name the job of the clip that it is made from");
        }
        if !value["image"].is_null() && !value["from"].is_null() {
            add("/image", "\"from\" is given too; give one of them");
        }
        if !value["image"]["upload"].is_null() {
            add("/image/upload", "pictures by \"upload\" are not there yet; use \"file\" or \"url\"");
        }
        let files = value["image"]["file"]
            .as_str()
            .map(|path| NamedFile { pointer: format!("{pointer}/image/file"), path: path.to_owned() });
        let (order, problems) = reading::order(value, (pointer, "clip"), problems);
        Self { order, problems, files: files.into_iter().collect() }
    }
}

/// The JSON Schema of a clip's order (draft 2020-12).
#[must_use]
pub fn clip_schema() -> Value {
    SCHEMA.clone()
}

static SCHEMA: LazyLock<Value> = LazyLock::new(|| schemars::schema_for!(ClipOrder).to_value());

impl ClipsProfile {
    /// What an order asks for here, and what it costs in US dollars. `from` is the SHA-256 of the earlier clip.
    ///
    /// # Errors
    /// With everything that the model does not make, by pointers into the order.
    pub fn asked(
        &self,
        order: &ClipOrder,
        image: Option<FirstImage>,
        from: Option<String>,
    ) -> Result<(ClipRequest, f64), Invalid> {
        let named = order.model.as_deref();
        let model = self.models.iter().find(|model| named.is_none_or(|name| model.name == name));
        let names = || list(self.models.iter().map(|model| model.name.as_str()));
        let model = model
            .ok_or_else(|| Invalid::one("/model", format!("not a model of {}; it has {}", self.provider, names())))?;
        let mut problems = Vec::new();
        let given = order.prompt.trim().chars().count();
        if given > model.most_characters {
            let most = model.most_characters;
            problems.push(problem("/prompt", &format!("{given} characters are too many: at most {most} here")));
        }
        let seconds = order.seconds.unwrap_or_else(|| model.filling(USUAL_S));
        if !model.seconds.contains(&seconds) {
            let (name, lengths) = (&model.name, spans(&model.seconds));
            problems.push(problem("/seconds", &format!("{name} makes no clip of {seconds} s; it makes {lengths}")));
        }
        if image.is_some() && !model.takes_images {
            problems.push(problem("/image", &format!("{} does not begin with a picture", model.name)));
        }
        let from = from.map(|sha256| Earlier { sha256, task: order.task.unwrap_or(ClipTask::Extend) });
        if from.as_ref().is_some_and(|from| !model.tasks.contains(&from.task)) {
            problems.push(problem("/task", &format!("{} does not do that with an earlier clip", model.name)));
        }
        let (lines, usd) = model.usual(seconds);
        Invalid::unless_empty(problems)?;
        let request = ClipRequest {
            provider: self.provider.clone(),
            base_url: self.base_url.clone(),
            model: model.name.clone(),
            text: order.prompt.trim().to_owned(),
            seconds,
            aspect: order.aspect.unwrap_or(Aspect::Tall),
            lines,
            image,
            from,
        };
        Ok((request, usd))
    }
}

impl ClipModel {
    /// Lines of the frame that is asked for, and what so many seconds of it cost in US dollars.
    fn usual(&self, seconds: u32) -> (u32, f64) {
        let usual = self.usd(seconds, USUAL_LINES).map(|usd| (USUAL_LINES, usd));
        let first = || self.usd_per_s.first().map(|(lines, usd)| (*lines, f64::from(seconds) * usd));
        usual.or_else(first).unwrap_or((USUAL_LINES, 0.0))
    }
}

/// `4, 6 or 8 s`, and where they follow each other `3 to 15 s`.
fn spans(seconds: &[u32]) -> String {
    match seconds {
        [first, .., last] if (last - first) as usize + 1 == seconds.len() => format!("{first} to {last} s"),
        _ => {
            let each: Vec<String> = seconds.iter().map(u32::to_string).collect();
            format!("{} s", each.join(", "))
        }
    }
}

fn problem(pointer: &str, detail: &str) -> Problem {
    Problem { pointer: pointer.to_owned(), detail: detail.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn profile() -> ClipsProfile {
        let model = |name: &str, seconds: Vec<u32>, tasks| ClipModel {
            name: name.into(),
            seconds,
            usd_per_s: vec![(360, 0.03), (720, 0.1)],
            takes_images: name == "a",
            tasks,
            most_characters: 20,
        };
        ClipsProfile {
            provider: "p".into(),
            base_url: "https://p".into(),
            account: "acc".into(),
            models: vec![
                model("a", (3..=15).collect(), vec![ClipTask::Extend, ClipTask::Edit]),
                model("b", vec![4, 6], Vec::new()),
            ],
            rehearsed: false,
        }
    }

    fn order(value: Value) -> ClipOrder {
        ClipReading::of_value(&value, "/clip").order.expect("an order")
    }

    #[test]
    fn everything_that_is_wrong_is_named_where_it_stands() {
        for (value, pointers) in [
            (json!(null), vec!["/clip"]),
            (json!({}), vec!["/clip"]),
            (json!({"prompt": ""}), vec!["/clip/prompt"]),
            (json!({"prompt": "?!"}), vec!["/clip/prompt"]),
            (json!({"prompt": "a\u{7}"}), vec!["/clip/prompt"]),
            (json!({"prompt": "a", "seconds": "8"}), vec!["/clip/seconds"]),
            (json!({"prompt": "a", "aspect": "1:1"}), vec!["/clip/aspect"]),
            (json!({"prompt": "a", "task": "edit"}), vec!["/clip/from"]),
            (json!({"prompt": "a", "image": {"url": "https://a/b"}, "from": "j"}), vec!["/clip/image"]),
            (json!({"prompt": "a", "image": {"upload": "u"}}), vec!["/clip/image/upload"]),
            (json!({"prompt": "a", "loud": true, "task": "sing"}), vec!["/clip/loud", "/clip/task", "/clip/from"]),
        ] {
            let found = ClipReading::of_value(&value, "/clip");
            let mut found: Vec<String> = found.problems.into_iter().map(|problem| problem.pointer).collect();
            let mut pointers: Vec<&str> = pointers;
            found.sort();
            pointers.sort_unstable();
            assert_eq!(found, pointers, "{value}");
        }
    }

    #[test]
    fn what_is_asked_is_what_the_model_makes() {
        let (request, usd) = profile().asked(&order(json!({"prompt": " A cat. "})), None, None).unwrap();
        assert_eq!((request.model.as_str(), request.text.as_str()), ("a", "A cat."));
        assert_eq!((request.seconds, request.lines, request.aspect), (8, 720, Aspect::Tall));
        assert!((usd - 0.8).abs() < 1e-9);
        let (request, _) = profile().asked(&order(json!({"prompt": "A cat.", "model": "b"})), None, None).unwrap();
        assert_eq!(request.seconds, 6, "the longest, where it makes no 8 s");
        for (value, image, from, sentence) in [
            (json!({"prompt": "a", "model": "c"}), None, None, "/model: not a model of p; it has"),
            (json!({"prompt": "a", "seconds": 2}), None, None, "/seconds: a makes no clip of 2 s; it makes 3 to 15 s"),
            (
                json!({"prompt": "a", "seconds": 5, "model": "b"}),
                None,
                None,
                "/seconds: b makes no clip of 5 s; it makes 4, 6 s",
            ),
            (json!({"prompt": "a".repeat(21)}), None, None, "/prompt: 21 characters are too many: at most 20 here"),
            (json!({"prompt": "a", "model": "b"}), Some(()), None, "/image: b does not begin with a picture"),
            (
                json!({"prompt": "a", "model": "b", "from": "j"}),
                None,
                Some(()),
                "/task: b does not do that with an earlier clip",
            ),
        ] {
            let image = image.map(|()| FirstImage::Kept("s".into()));
            let refused = profile().asked(&order(value.clone()), image, from.map(|()| "s".into())).unwrap_err();
            let told: Vec<String> =
                refused.problems.iter().map(|problem| format!("{}: {}", problem.pointer, problem.detail)).collect();
            assert!(told.len() == 1 && told[0].starts_with(sentence), "{value}: {told:?}");
        }
    }
}
