//! What a schema cannot say of a script. It looks at the value, so that a broken part hides nothing about the others.

use super::{Limits, NamedFile};
use crate::animation::{Animation, problems};
use crate::check::{
    Findings,
    say::{list, nearest, quoted, thousands},
};
use crate::invalid::{Problem, pointer_step};
use serde_json::{Map, Value};
use std::collections::HashSet;

const MOST_SPEAKERS: usize = 100;
const LONGEST_NAME: usize = 100;

/// What is wrong, and the files that are named.
pub(super) fn check(script: &Value, limits: Limits) -> (Vec<Problem>, Vec<NamedFile>) {
    let mut look = Looker { findings: Findings::default(), files: Vec::new() };
    let none = Map::new();
    let speakers = script["speakers"].as_object();
    look.speakers(speakers.unwrap_or(&none), MOST_SPEAKERS);
    if let Some(lines) = script["lines"].as_array() {
        look.lines(lines, speakers, limits);
    }
    look.not_yet(script);
    (look.findings.into_problems(), look.files)
}

/// What is wrong with speakers wherever they stand, and the files that they name; pointers begin with `/speakers`.
pub(crate) fn speakers(speakers: &Value, most: usize) -> (Vec<Problem>, Vec<NamedFile>) {
    let mut look = Looker { findings: Findings::default(), files: Vec::new() };
    look.speakers(speakers.as_object().unwrap_or(&Map::new()), most);
    (look.findings.into_problems(), look.files)
}

struct Looker {
    findings: Findings,
    files: Vec<NamedFile>,
}

impl Looker {
    fn speakers(&mut self, speakers: &Map<String, Value>, most: usize) {
        if speakers.len() > most {
            let count = thousands(speakers.len() as u64);
            self.findings.add("/speakers", format!("{count} speakers are too many: at most {most}"));
        }
        for (name, speaker) in speakers {
            if self.findings.full() {
                return;
            }
            let pointer = format!("/speakers/{}", pointer_step(name));
            if name.trim().is_empty() {
                self.findings.add(&pointer, "a speaker needs a name");
            } else if name.chars().count() > LONGEST_NAME {
                self.findings.add(
                    "/speakers",
                    format!("the name {} is too long: at most {LONGEST_NAME} characters", quoted(name)),
                );
            } else if name.chars().any(char::is_control) {
                self.findings
                    .add("/speakers", format!("the name {} holds a control character; take it out", quoted(name)));
            }
            self.picture(&speaker["avatar"], &format!("{pointer}/avatar"), "avatars", r#""file""#, &[]);
        }
    }

    fn lines(&mut self, lines: &[Value], speakers: Option<&Map<String, Value>>, limits: Limits) {
        if lines.is_empty() {
            self.findings.add("/lines", "no lines; a script needs at least one");
        }
        if lines.len() > limits.lines() {
            let (count, most) = (thousands(lines.len() as u64), thousands(limits.lines() as u64));
            self.findings
                .add("/lines", format!("{count} lines are too many: at most {most} here; make two scripts of it"));
        }
        let known: Option<HashSet<&str>> = speakers.map(|speakers| speakers.keys().map(String::as_str).collect());
        for (index, line) in lines.iter().enumerate() {
            if self.findings.full() {
                return;
            }
            if let (Some(name), Some(known), Some(speakers)) = (line["speaker"].as_str(), &known, speakers)
                && !known.contains(name)
            {
                self.findings.add(format!("/lines/{index}/speaker"), unknown_speaker(name, speakers));
            }
            if let Some(sentence) = line["text"].as_str().and_then(unspeakable) {
                self.findings.add(format!("/lines/{index}/text"), sentence);
            }
            let pointer = format!("/lines/{index}/picture");
            let instead = r#""file", "url", "prompt", "clip", "animation" or "color""#;
            self.animation(lines, index);
            self.picture(&line["picture"], &pointer, "pictures", instead, &["url", "prompt", "clip", "animation"]);
        }
    }

    /// An animation, where a line has one: by itself, and beside the words of its scene.
    fn animation(&mut self, lines: &[Value], index: usize) {
        let value = &lines[index]["picture"]["animation"];
        let pointer = format!("/lines/{index}/picture/animation");
        for (thing, drawn) in value["things"].as_array().into_iter().flatten().enumerate() {
            let place = format!("{pointer}/things/{thing}/draw/picture");
            self.picture(
                &drawn["draw"]["picture"],
                &place,
                "pictures",
                r#""file", "url" or "prompt""#,
                &["url", "prompt"],
            );
        }
        // One of the wrong shape is the schema's to name.
        let Ok(animation) = serde_json::from_value::<Animation>(value.clone()) else { return };
        let goes_on = |line: &&Value| line["picture"].is_null();
        let others = lines[index + 1..].iter().take_while(goes_on);
        let said: Vec<&str> = std::iter::once(&lines[index])
            .chain(others)
            .flat_map(|line| line["text"].as_str().unwrap_or_default().split_whitespace())
            .collect();
        for problem in problems(&animation, Some(&said)) {
            self.findings.add(format!("{pointer}{}", problem.pointer), problem.detail);
        }
    }

    /// A picture or an avatar, by the one field it has; those that are not `made` here are refused.
    fn picture(&mut self, picture: &Value, pointer: &str, what: &str, instead: &str, made: &[&str]) {
        let Some((kind, inner)) =
            picture.as_object().filter(|fields| fields.len() == 1).and_then(|fields| fields.iter().next())
        else {
            return;
        };
        match kind.as_str() {
            "file" => match inner.as_str() {
                Some("") => self.findings.add(format!("{pointer}/file"), "empty; name a file beside the script"),
                Some(path) => self.files.push(NamedFile { pointer: format!("{pointer}/file"), path: path.to_owned() }),
                None => {}
            },
            "url" if made.contains(&"url") => {
                // Where it leads to is looked at by whoever fetches it.
                let is_web = |url: &str| {
                    let scheme = url.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
                    scheme.is_some_and(|scheme| scheme == "http" || scheme == "https")
                };
                if inner.as_str().is_some_and(|url| !url.is_empty() && !is_web(url)) {
                    self.findings.add(format!("{pointer}/url"), "not an address; write it as https://host/picture.png");
                }
            }
            "prompt" | "clip" if made.contains(&kind.as_str()) => {
                if let Some(sentence) = inner.as_str().and_then(senseless) {
                    self.findings.add(format!("{pointer}/{kind}"), sentence);
                }
            }
            // What is said in its scene is looked at with it.
            "animation" if made.contains(&"animation") => {}
            "url" | "upload" | "prompt" | "clip" | "animation" => {
                self.findings
                    .add(format!("{pointer}/{kind}"), format!("{what} by \"{kind}\" are not there yet; use {instead}"));
            }
            _ => {}
        }
    }

    /// What API.md's script can say and this version cannot do.
    fn not_yet(&mut self, script: &Value) {
        let look = &script["look"];
        for (wanted, pointer, sentence) in [
            (!look["music"].is_null(), "/look/music", "music is not there yet; leave it out"),
            (!look["background"].is_null(), "/look/background", "a background is not there yet; leave it out"),
        ] {
            if wanted {
                self.findings.add(pointer, sentence);
            }
        }
    }
}

fn unknown_speaker(name: &str, speakers: &Map<String, Value>) -> String {
    let names = || speakers.keys().map(String::as_str);
    if speakers.is_empty() {
        return format!("{} is not one of the speakers: there are none", quoted(name));
    }
    let meant = nearest(name, names()).map(|meant| format!("; did you mean {}?", quoted(meant)));
    format!("{} is not one of the speakers: {}{}", quoted(name), list(names()), meant.unwrap_or_default())
}

/// Why a text that is read or drawn, and never spoken, is none. An empty one is the schema's to name.
pub(crate) fn senseless(text: &str) -> Option<String> {
    let control = text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'));
    if let Some(control) = control {
        return Some(format!("holds the control character U+{:04X}; take it out", u32::from(control)));
    }
    let says_nothing = !text.is_empty() && !text.chars().any(char::is_alphanumeric);
    says_nothing.then(|| format!("{} holds no letter or digit; write it in words", quoted(text)))
}

/// Why a text cannot be spoken. An empty one is the schema's to name.
pub(crate) fn unspeakable(text: &str) -> Option<String> {
    if text.is_empty() {
        return None;
    }
    if let Some(control) = text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Some(format!(
            "holds the control character U+{:04X}, which nobody can speak; take it out",
            u32::from(control)
        ));
    }
    if text.trim().is_empty() {
        return Some("only white space; write what is said".to_owned());
    }
    if !text.chars().any(char::is_alphanumeric) {
        return Some(format!("{} holds no letter or digit, so there is nothing to speak", quoted(text)));
    }
    None
}
