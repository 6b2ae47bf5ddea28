//! From a model's answer to a script, or to everything that is wrong with it.

use super::ask::{LONGEST_TITLE, MOODS};
use super::bounds::{LONGEST_LINE, LONGEST_PROMPT};
use super::letters::Letters;
use super::{StoryOrder, Told, Work, WriterTask};
use crate::check::{Findings, check, say::quoted, say::thousands};
use crate::invalid::Invalid;
use crate::json;
use crate::reading::unspeakable;
use crate::script::{Line, Look, Picture, Script, SpeechOptions};
use crate::writer::{Ended, Written};
use serde_json::Value;

/// The value that an answer is.
pub(super) fn json(written: &Written) -> Result<Value, Invalid> {
    if let Ended::Early(why) = &written.ended {
        return Err(Invalid::one("", format!("not whole: {why}; answer shorter")));
    }
    json::parse(unfenced(&written.text).as_bytes())
}

/// Without the fence of a code block, which servers without a strict mode let through.
fn unfenced(text: &str) -> &str {
    let text = text.trim();
    let inside = text.strip_prefix("```").and_then(|text| text.strip_suffix("```"));
    inside.map_or(text, |inside| inside.trim_start_matches(|c: char| c.is_ascii_alphabetic()).trim())
}

/// The script that an answer tells.
pub(super) fn story(order: &StoryOrder, value: &Value, rehearsed: bool) -> Result<Told, Invalid> {
    let bounds = order.bounds();
    let mut findings = Findings::default();
    let none = Vec::new();
    let scenes = value["scenes"].as_array().unwrap_or(&none);
    if scenes.len() as u64 > u64::from(bounds.scenes) {
        let count = thousands(scenes.len() as u64);
        return Err(Invalid::one("/scenes", format!("{count} scenes are too many: at most {}", bounds.scenes)));
    }
    if scenes.is_empty() && value["scenes"].is_array() {
        findings.add("/scenes", "no scenes; tell the story in at least one");
    }
    let mut problems = check(value, &WriterTask::new(Work::Story(order.clone())).schema());
    let title = value["title"].as_str().unwrap_or_default();
    findings_of_title(&mut findings, title, value["title"].is_string());
    let (mut said, mut lines, mut moods) = (String::new(), Vec::new(), Vec::new());
    for (index, scene) in scenes.iter().enumerate() {
        let [text, prompt, speaker, mood] =
            ["text", "prompt", "speaker", "mood"].map(|field| scene[field].as_str().unwrap_or_default().trim());
        if scene["text"].is_string() {
            of_text(&mut findings, &format!("/scenes/{index}/text"), text);
        }
        if scene["prompt"].is_string() {
            of_prompt(&mut findings, &format!("/scenes/{index}/prompt"), prompt);
        }
        said.push_str(text);
        said.push('\n');
        moods.push(mood.to_owned());
        lines.push(Line {
            picture: Some(Picture::Prompt(picture(prompt, mood, order.style.as_deref()))),
            ..line(speaker, text)
        });
    }
    let characters: u64 = lines.iter().map(|line| line.text.chars().count() as u64).sum();
    if characters > bounds.speech_characters {
        let (characters, most) = (thousands(characters), thousands(bounds.speech_characters));
        findings.add("/scenes", format!("their texts have {characters} characters: at most {most} together"));
    }
    let expected = match &order.language {
        Some(language) => Letters::of_language(language),
        None => Letters::of_text(&order.text),
    };
    if !rehearsed {
        of_letters(&mut findings, "/scenes", expected, &said);
    }
    problems.extend(findings.into_problems());
    Invalid::unless_empty(problems)?;
    let script = Script {
        speakers: order.cast(),
        lines,
        language: order.language.clone(),
        seed: None,
        speech: SpeechOptions::default(),
        look: Look::default(),
    };
    let title = order.title.clone().unwrap_or_else(|| title.trim().to_owned());
    Ok(Told { title, script, moods, sections: Vec::new() })
}

fn line(speaker: &str, text: &str) -> Line {
    Line {
        speaker: speaker.to_owned(),
        text: text.to_owned(),
        pause_ms: crate::script::default_pause_ms(),
        retake: 0,
        picture: None,
    }
}

/// What is drawn: the writer's words, the mood, the style of the user.
fn picture(prompt: &str, mood: &str, style: Option<&str>) -> String {
    let prompt = prompt.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut words = prompt.trim_end_matches(['.', ',']).to_owned();
    if MOODS.contains(&mood) && mood != "neutral" {
        words.push_str(&format!(", {mood} mood"));
    }
    if let Some(style) = style {
        words.push_str(", ");
        words.push_str(style.trim());
    }
    words
}

/// A title is shown, never spoken: it may be without letters, but not without end.
pub(super) fn findings_of_title(findings: &mut Findings, title: &str, is_there: bool) {
    let characters = title.chars().count();
    if is_there && title.trim().is_empty() {
        findings.add("/title", "empty; write a title");
    } else if characters > LONGEST_TITLE {
        findings.add("/title", format!("{characters} characters are too many: at most {LONGEST_TITLE}"));
    } else if title.chars().any(char::is_control) {
        findings.add("/title", "holds a control character; take it out");
    } else if let Some(tag) = markup(title) {
        findings.add("/title", format!("holds markup ({}); write plain words", quoted(tag)));
    }
}

/// What is wrong with words that are to be spoken.
pub(super) fn of_text(findings: &mut Findings, pointer: &str, text: &str) {
    if text.is_empty() {
        findings.add(pointer, "empty; write what is said");
    } else if let Some(sentence) = unspeakable(text) {
        findings.add(pointer, sentence);
    } else if let Some(tag) = markup(text) {
        findings.add(pointer, format!("holds markup ({}); write plain words that can be spoken", quoted(tag)));
    }
    if text.chars().count() as u64 > LONGEST_LINE {
        findings.add(pointer, format!("too long: at most {} characters", thousands(LONGEST_LINE)));
    }
}

fn of_prompt(findings: &mut Findings, pointer: &str, prompt: &str) {
    let characters = prompt.chars().count();
    if characters > LONGEST_PROMPT {
        let characters = thousands(characters as u64);
        findings.add(pointer, format!("{characters} characters are too many: at most {LONGEST_PROMPT}"));
    } else if !prompt.chars().any(char::is_alphanumeric) {
        findings.add(pointer, "says nothing; write what is to be seen");
    } else if let Some(tag) = markup(prompt) {
        findings.add(pointer, format!("holds markup ({}); write plain words", quoted(tag)));
    } else if prompt.chars().any(|c| c.is_control() && !c.is_whitespace()) {
        findings.add(pointer, "holds a control character; take it out");
    } else if names_a_place(prompt) {
        findings.add(pointer, "names an address or a file; say in words what is to be seen");
    }
}

/// An address or a file in words for a picture is an attempt to have it fetched. Nobody would: but it is no picture either.
fn names_a_place(prompt: &str) -> bool {
    let prompt = prompt.to_ascii_lowercase();
    let names = ["://", "../", "..\\", "file:", "data:"].iter().any(|part| prompt.contains(part));
    names || prompt.starts_with('/') || prompt.starts_with("~/")
}

/// The first tag of HTML or ASS in a text (`<b>`, `</i`, `<!--`, `{\b1}`). `3 < 4` is none.
fn markup(text: &str) -> Option<&str> {
    text.char_indices().find_map(|(at, c)| {
        let rest = &text[at..];
        let next = rest.chars().nth(1)?;
        match c {
            '<' if next.is_ascii_alphabetic() || matches!(next, '/' | '!' | '?') => Some(rest),
            '{' if next == '\\' => Some(rest),
            _ => None,
        }
    })
}

/// Whether all that is said is written as it should be.
pub(super) fn of_letters(findings: &mut Findings, pointer: &str, expected: Option<Letters>, said: &str) {
    if let (Some(expected), Some(found)) = (expected, Letters::of_text(said))
        && expected != found
    {
        findings.add(
            pointer,
            format!(
                "the texts are in {}, and belong in {}: write them in that language",
                found.name(),
                expected.name()
            ),
        );
    }
}
