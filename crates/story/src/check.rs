//! Walks a value beside its JSON Schema and names every problem at once, in words for people.
//! It knows the part of JSON Schema that our own types are written in, and a test fails on any keyword beyond it.

pub(crate) mod say;

use crate::invalid::{Problem, pointer_step};
use crate::script::PATTERNS;
use say::{list, nearest, quoted, thousands};
use serde_json::{Map, Value};

/// Schemas of ours are a few levels deep; what is deeper is a schema that refers to itself and a value made to exhaust us.
const MAX_DEPTH: usize = 64;

/// Everything that is wrong with the shape of `value`, by `schema`, whose `$defs` are its own.
#[must_use]
pub fn check(value: &Value, schema: &Value) -> Vec<Problem> {
    let mut findings = Findings::default();
    Walk { defs: &schema["$defs"], findings: &mut findings, pointer: String::new(), depth: 0 }.visit(value, schema);
    findings.into_problems()
}

/// Problems as they are found; beyond a thousand nobody reads on, and a hostile text could name millions.
#[derive(Default)]
pub(crate) struct Findings {
    problems: Vec<Problem>,
}

impl Findings {
    const MOST: usize = 1_000;

    pub(crate) fn add(&mut self, pointer: impl Into<String>, detail: impl Into<String>) {
        if !self.full() {
            self.problems.push(Problem { pointer: pointer.into(), detail: detail.into() });
        }
    }

    pub(crate) fn full(&self) -> bool {
        self.problems.len() >= Self::MOST
    }

    pub(crate) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }
}

struct Walk<'s, 'f> {
    defs: &'s Value,
    findings: &'f mut Findings,
    pointer: String,
    depth: usize,
}

impl<'s> Walk<'s, '_> {
    fn visit(&mut self, value: &Value, schema: &'s Value) {
        // `true`, or nothing at all: whatever stands here is right.
        if self.findings.full() || !schema.is_object() {
            return;
        }
        if self.depth == MAX_DEPTH {
            return self.wrong("nested too deeply");
        }
        self.depth += 1;
        if let Some(name) = schema["$ref"].as_str().and_then(|name| name.strip_prefix("#/$defs/")) {
            self.visit(value, &self.defs[name]);
        }
        if let Some(branches) = schema["anyOf"].as_array() {
            self.any_of(value, branches);
        }
        if let Some(branches) = schema["oneOf"].as_array() {
            self.one_of(value, branches);
        }
        // Limits and fields say nothing about a value of another type.
        if self.has_type(value, &schema["type"]) && self.is_listed(value, schema) {
            match value {
                Value::Number(_) => self.number(value, schema),
                Value::String(text) => self.text(text, schema),
                Value::Array(items) => self.items(items, schema),
                Value::Object(fields) => self.fields(fields, schema),
                Value::Null | Value::Bool(_) => {}
            }
        }
        self.depth -= 1;
    }

    fn wrong(&mut self, detail: impl Into<String>) {
        self.findings.add(self.pointer.clone(), detail);
    }

    fn visit_at(&mut self, step: &str, value: &Value, schema: &'s Value) {
        let length = self.enter(step);
        self.visit(value, schema);
        self.pointer.truncate(length);
    }

    /// Goes one step deeper; the way back is `truncate`.
    fn enter(&mut self, step: &str) -> usize {
        let length = self.pointer.len();
        self.pointer.push('/');
        self.pointer.push_str(&pointer_step(&say::shortened(step, 200)));
        length
    }

    /// Something or null: an `Option` of a type with a name.
    fn any_of(&mut self, value: &Value, branches: &'s [Value]) {
        let is_null = |branch: &&Value| branch["type"] == "null";
        if value.is_null() && branches.iter().any(|branch| is_null(&branch)) {
            return;
        }
        for branch in branches.iter().filter(|branch| !is_null(branch)) {
            self.visit(value, branch);
        }
    }

    /// An enum: words that each have a description, or objects with exactly one of several fields.
    fn one_of(&mut self, value: &Value, branches: &'s [Value]) {
        let words: Vec<&Value> = branches.iter().filter_map(|branch| branch.get("const")).collect();
        if !words.is_empty() {
            self.listed(value, words.into_iter());
            return;
        }
        let kinds = || branches.iter().filter_map(|branch| branch["properties"].as_object()?.iter().next());
        let names = || list(kinds().map(|(name, _)| name.as_str()));
        let Value::Object(fields) = value else {
            return self.wrong(format!("expected an object with exactly one of {}; found {}", names(), kind_of(value)));
        };
        let mut given = fields.iter();
        match (given.next(), given.next()) {
            (Some((name, inner)), None) => match kinds().find(|(kind, _)| *kind == name) {
                Some((_, schema)) => self.visit_at(name, inner, schema),
                None => self.wrong(format!("{} is not known here; give exactly one of {}", quoted(name), names())),
            },
            _ => self.wrong(format!("give exactly one of {}", names())),
        }
    }

    fn has_type(&mut self, value: &Value, expected: &Value) -> bool {
        let types: Vec<&str> = match expected {
            Value::String(one) => vec![one],
            Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
            _ => return true,
        };
        if types.iter().any(|name| is_a(value, name)) {
            return true;
        }
        let wanted: Vec<&str> = types.iter().filter(|name| **name != "null").map(|name| in_words(name)).collect();
        let found = match value {
            Value::Number(number) => format!("{number}"),
            other => kind_of(other).to_owned(),
        };
        self.wrong(format!("expected {}, found {found}", wanted.join(" or ")));
        false
    }

    fn is_listed(&mut self, value: &Value, schema: &'s Value) -> bool {
        match schema["enum"].as_array() {
            Some(allowed) => self.listed(value, allowed.iter()),
            None => true,
        }
    }

    fn listed(&mut self, value: &Value, allowed: impl Iterator<Item = &'s Value> + Clone) -> bool {
        if allowed.clone().any(|one| one == value) {
            return true;
        }
        let found = match value {
            Value::String(text) => quoted(text),
            Value::Number(number) => number.to_string(),
            other => kind_of(other).to_owned(),
        };
        let names: Vec<String> =
            allowed.map(|one| one.as_str().map_or_else(|| one.to_string(), str::to_owned)).collect();
        self.wrong(format!("{found} is not one of {}", list(names.iter().map(String::as_str))));
        false
    }

    fn number(&mut self, value: &Value, schema: &'s Value) {
        let Some(number) = value.as_f64() else { return };
        if let Some(least) = schema["minimum"].as_f64().filter(|least| number < *least) {
            self.wrong(format!("{value} is too low: at least {least}"));
        }
        if let Some(most) = schema["maximum"].as_f64().filter(|most| number > *most) {
            self.wrong(format!("{value} is too high: at most {most}"));
        }
    }

    fn text(&mut self, text: &str, schema: &'s Value) {
        let characters = text.chars().count() as u64;
        if let Some(least) = schema["minLength"].as_u64().filter(|least| characters < *least) {
            match characters {
                0 => self.wrong("empty; write something here"),
                _ => self.wrong(format!("{} is too short: at least {least} characters", quoted(text))),
            }
        }
        if let Some(most) = schema["maxLength"].as_u64().filter(|most| characters > *most) {
            let (characters, most) = (thousands(characters), thousands(most));
            self.wrong(format!("{characters} characters are too many: at most {most}; make it shorter, or two of it"));
        }
        if let Some(pattern) = PATTERNS.iter().find(|pattern| schema["pattern"] == pattern.regex)
            && !(pattern.fits)(text)
        {
            self.wrong(format!("{} is not {}", quoted(text), pattern.means));
        }
    }

    fn items(&mut self, items: &[Value], schema: &'s Value) {
        for (index, item) in items.iter().enumerate() {
            self.visit_at(&index.to_string(), item, &schema["items"]);
        }
    }

    fn fields(&mut self, fields: &Map<String, Value>, schema: &'s Value) {
        let known = schema["properties"].as_object();
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !fields.contains_key(name) {
                self.wrong(format!("{} is missing", quoted(name)));
            }
        }
        for (name, value) in fields {
            if self.findings.full() {
                return;
            }
            match (known.and_then(|known| known.get(name)), &schema["additionalProperties"]) {
                (Some(schema), _) => self.visit_at(name, value, schema),
                (None, Value::Bool(false)) => {
                    let names = known.into_iter().flatten().map(|(name, _)| name.as_str());
                    let detail = match nearest(name, names.clone()) {
                        Some(meant) => format!("unknown field; did you mean {}?", quoted(meant)),
                        None => format!("unknown field; what can stand here: {}", list(names)),
                    };
                    let length = self.enter(name);
                    self.wrong(detail);
                    self.pointer.truncate(length);
                }
                (None, others) => self.visit_at(name, value, others),
            }
        }
    }
}

fn is_a(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        // JSON Schema takes 1.0 for whole, the types behind the schema do not.
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        _ => value.is_object(),
    }
}

fn in_words(name: &str) -> &'static str {
    match name {
        "null" => "null",
        "boolean" => "true or false",
        "integer" => "a whole number (without a point)",
        "number" => "a number",
        "string" => "a text",
        "array" => "a list",
        _ => "an object",
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::script_schema;
    use proptest::prelude::*;

    fn problems(script: &str) -> Vec<String> {
        let value = serde_json::from_str(script).unwrap();
        check(&value, &script_schema())
            .into_iter()
            .map(|Problem { pointer, detail }| format!("{pointer}: {detail}"))
            .collect()
    }

    /// `part` stands in a script that is otherwise good.
    fn check_part(part: &str, expected: &[&str]) {
        let script =
            format!(r#"{{"speakers": {{"Ana": {{}}}}, "lines": [{{"speaker": "Ana", "text": "Hello."}}], {part}}}"#);
        assert_eq!(problems(&script), expected, "{part}");
    }

    #[test]
    fn each_problem_has_its_place_and_a_sentence() {
        check_part(r##""seed": 5, "look": {"fps": 25, "captions": {"box_color": null, "color": "#Fa0"}}"##, &[]);
        check_part(r#""look": {"aspect": "9:17"}"#, &[r#"/look/aspect: "9:17" is not one of 9:16, 16:9, 1:1, 4:5"#]);
        check_part(r#""look": {"fps": 29}"#, &["/look/fps: 29 is not one of 24, 25, 30, 50, 60"]);
        check_part(r#""look": {"fps": 30.0}"#, &["/look/fps: expected a whole number (without a point), found 30.0"]);
        check_part(r#""seed": "7""#, &["/seed: expected a whole number (without a point), found a text"]);
        check_part(r#""seed": -1"#, &["/seed: -1 is too low: at least 0"]);
        check_part(r#""seed": 4294967296"#, &["/seed: 4294967296 is too high: at most 4294967295"]);
        check_part(r#""language": "e""#, &[r#"/language: "e" is too short: at least 2 characters"#]);
        check_part(
            r#""look": {"captions": {"color": "red", "position": "101%", "style": "pops", "size": null}}"#,
            &[
                r#"/look/captions/color: "red" is not a colour: #rgb or #rrggbb"#,
                r#"/look/captions/position: "101%" is not top, center, bottom, or how far down: 70%"#,
                r#"/look/captions/style: "pops" is not one of highlight, pop, box, plain"#,
                "/look/captions/size: expected a number, found null",
            ],
        );
        check_part(r#""look": []"#, &["/look: expected an object, found a list"]);
        check_part(r#""luok": {}"#, &[r#"/luok: unknown field; did you mean "look"?"#]);
        check_part(
            r#""speech": {"Stitch": true, "x": 1}"#,
            &[
                r#"/speech/Stitch: unknown field; did you mean "stitch"?"#,
                "/speech/x: unknown field; what can stand here: stitch, text_normalization",
            ],
        );
    }

    #[test]
    fn lines_and_pictures_are_named_by_their_numbers() {
        let found = problems(
            r##"{"speakers": {"A/b": {"volume": 120, "voice_settings": {"speed": 120}, "avatar": "a.png"}}, "lines": [
                {"text": "", "pase_ms": 1}, 7, {"speaker": "A/b", "text": "x", "picture": {"file": "a", "url": "b"}},
                {"speaker": "A/b", "text": "x", "picture": {"fil": "a"}}, {"speaker": "A/b", "text": "x", "picture": {"color": "blue"}},
                {"speaker": "A/b", "text": "x", "picture": null, "pause_ms": null}]}"##,
        );
        assert_eq!(
            found,
            [
                "/speakers/A~1b/volume: 120 is too high: at most 4",
                "/speakers/A~1b/voice_settings/speed: 120 is too high: at most 1.2",
                "/speakers/A~1b/avatar: expected an object with exactly one of file, url, upload; found a text",
                r#"/lines/0: "speaker" is missing"#,
                "/lines/0/text: empty; write something here",
                r#"/lines/0/pase_ms: unknown field; did you mean "pause_ms"?"#,
                "/lines/1: expected an object, found 7",
                "/lines/2/picture: give exactly one of file, url, upload, prompt, clip, animation, color",
                r#"/lines/3/picture: "fil" is not known here; give exactly one of file, url, upload, prompt, clip, animation, color"#,
                r#"/lines/4/picture/color: "blue" is not a colour: #rgb or #rrggbb"#,
                "/lines/5/pause_ms: expected a whole number (without a point), found null",
            ]
        );
    }

    #[test]
    fn long_and_hostile_values_are_shortened_and_escaped() {
        let long = "x".repeat(100_001);
        check_part(
            &format!(
                r#""language": "{long}", "{long}": 1, "look": {{"aspect": "{long}", "motion": "\u001b[2J\u202e"}}"#
            ),
            &[
                "/language: 100,001 characters are too many: at most 16; make it shorter, or two of it",
                &format!(
                    "/{}…: unknown field; what can stand here: speakers, lines, language, seed, speech, look",
                    &long[..200]
                ),
                &format!("/look/aspect: \"{}…\" is not one of 9:16, 16:9, 1:1, 4:5", &long[..60]),
                r#"/look/motion: "\u{1b}[2J\u{202e}" is not one of zoom, pan, none"#,
            ],
        );
        let fields: Vec<String> = (0..100_000).map(|index| format!(r#""{index}": 1"#)).collect();
        assert_eq!(problems(&format!("{{{}}}", fields.join(","))).len(), 1_000);
        let knot: Value = serde_json::json!({"$ref": "#/$defs/A", "$defs": {"A": {"items": {"$ref": "#/$defs/A"}}}});
        let nested = (0..100).fold(Value::Null, |inner, _| Value::Array(vec![inner]));
        assert_eq!(check(&nested, &knot).len(), 1);
    }

    /// Each keyword that is not about words for people must be one that `Walk` obeys.
    #[test]
    fn no_keyword_of_the_schema_is_passed_over_in_silence() {
        fn walk(schema: &Value, place: &str) {
            let Value::Object(keywords) = schema else { return assert!(schema.is_boolean(), "{place}: {schema}") };
            for (keyword, value) in keywords {
                let place = format!("{place}/{keyword}");
                match keyword.as_str() {
                    "$schema" | "title" | "description" | "default" | "required" | "minLength" | "maxLength"
                    | "minimum" | "maximum" | "enum" | "const" => {}
                    "type" => {
                        let names: Vec<&Value> =
                            value.as_array().map_or_else(|| vec![value], |names| names.iter().collect());
                        let known = ["null", "boolean", "integer", "number", "string", "array", "object"];
                        assert!(names.iter().all(|name| known.iter().any(|known| *name == known)), "{place}");
                        let bounded = schema.get("enum").is_some()
                            || (schema.get("minimum").is_some() && schema.get("maximum").is_some());
                        assert!(
                            bounded || !names.iter().any(|name| *name == "integer"),
                            "{place}: a whole number without bounds"
                        );
                    }
                    "format" => assert!(["uint32", "uint64", "double"].iter().any(|known| value == known), "{place}"),
                    "pattern" => assert!(PATTERNS.iter().any(|pattern| value == pattern.regex), "{place}"),
                    "$ref" => assert!(value.as_str().is_some_and(|name| name.starts_with("#/$defs/")), "{place}"),
                    "properties" | "$defs" => value
                        .as_object()
                        .unwrap()
                        .iter()
                        .for_each(|(name, inner)| walk(inner, &format!("{place}/{name}"))),
                    "items" | "additionalProperties" => walk(value, &place),
                    "anyOf" => {
                        let branches = value.as_array().unwrap();
                        assert!(branches.len() == 2 && branches[1]["type"] == "null", "{place}");
                        walk(&branches[0], &place);
                    }
                    "oneOf" => {
                        let branches = value.as_array().unwrap();
                        let words = branches.iter().all(|branch| branch.get("const").is_some());
                        let kinds = branches.iter().all(|branch| {
                            branch["additionalProperties"] == false
                                && branch["properties"].as_object().is_some_and(|properties| properties.len() == 1)
                                && branch["required"].as_array().is_some_and(|required| required.len() == 1)
                        });
                        assert!(words || kinds, "{place}");
                        branches.iter().for_each(|branch| walk(branch, &place));
                    }
                    _ => panic!("{place}: check() does not know this keyword"),
                }
            }
        }
        walk(&script_schema(), "");
    }

    fn between_anchors(regex: &'static str) -> &'static str {
        regex.strip_prefix('^').and_then(|regex| regex.strip_suffix('$')).unwrap()
    }

    proptest! {
        /// A pattern stands twice, as a regular expression for editors and as a function for us: they must mean the same.
        #[test]
        fn what_a_pattern_describes_fits_and_what_its_neighbour_describes_does_not(
            color in between_anchors(crate::script::COLOR_PATTERN), position in between_anchors(crate::script::POSITION_PATTERN), other in "[#a-g0-9%]{0,8}",
        ) {
            let [colors, positions] = PATTERNS;
            prop_assert!((colors.fits)(&color) && !(positions.fits)(&color));
            prop_assert!((positions.fits)(&position) && !(colors.fits)(&position));
            let digits = other.strip_prefix('#').is_some_and(|d| d.chars().all(|c| c.is_ascii_hexdigit()) && matches!(d.len(), 3 | 6));
            prop_assert_eq!((colors.fits)(&other), digits);
        }
    }
}
