//! The writer that needs no model: sentences become scenes, speakers take turns, and a picture shows what is said. It explains three
//! topics well, by heart; of others it makes sections of the sentences that it is given, and cards of their key points.
//! It knows no other language: a translation is the same words with the language's code before them.

use super::topics;
use async_trait::async_trait;
use serde_json::{Value, json};
use story::Writer;
use story::animation::key_points;
use story::maker::{MakerError, MayBegin};
use story::pieces::{pieces, sentences};
use story::writer::{Ended, Tokens, WriterProfile, Written};
use story::writing::{Brief, Section, StoryOrder, TopicOrder, Translation, Work, WriterTask};

/// Characters of a sentence that is said in one breath; longer ones become several.
const LONGEST_SENTENCE: u64 = 400;
/// Characters of a title, and of the words for a picture.
const TITLE: usize = 60;
const PROMPT: usize = 300;
/// Characters of a section's heading, and of a point in it; and how many points.
const HEADING: usize = 40;
const POINT: usize = 60;
const MOST_POINTS: usize = 3;

/// The writer that costs nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct RehearsalWriter;

#[async_trait]
impl Writer for RehearsalWriter {
    fn profile(&self) -> WriterProfile {
        WriterProfile {
            provider: "rehearsal".to_owned(),
            base_url: String::new(),
            account: "rehearsal".to_owned(),
            model: "sentences".to_owned(),
            usd_per_million_asked: 0.0,
            usd_per_million_answered: 0.0,
            most_answer_tokens: u64::MAX,
            rehearsed: true,
        }
    }

    async fn write(&self, task: &WriterTask, may_begin: MayBegin) -> Result<Written, MakerError> {
        if !may_begin() {
            return Err(MakerError::TooLate);
        }
        let answer = match &task.work {
            Work::Story(order) => story(order),
            Work::Translation(translation) => translated(translation),
            Work::Topic(order) => topics::plan(order).unwrap_or_else(|| sections(order)),
            Work::Animation(brief) => topics::animation(&brief.section).unwrap_or_else(|| own(brief)),
        };
        Ok(Written {
            text: answer.to_string(),
            ended: Ended::Whole,
            tokens: Tokens::default(),
            usd: 0.0,
            request_id: None,
            rehearsed: true,
        })
    }
}

fn story(order: &StoryOrder) -> Value {
    let bounds = order.bounds();
    let text = plain(&order.text);
    let mut said: Vec<String> =
        sentences(&text).iter().flat_map(|sentence| pieces(sentence, LONGEST_SENTENCE)).collect();
    said.retain(|sentence| sentence.chars().any(char::is_alphanumeric));
    let title = said.first().map_or_else(String::new, |first| words(first, TITLE));
    let scene = |(index, text): (usize, String)| {
        let speaker = &bounds.speakers[index % bounds.speakers.len()];
        json!({"text": text, "prompt": words(&text, PROMPT), "speaker": speaker, "mood": "neutral"})
    };
    let scenes: Vec<Value> =
        grouped(spaced(said, &text), bounds.scenes as usize).into_iter().enumerate().map(scene).collect();
    json!({"title": title, "scenes": scenes})
}

/// Sections of what a topic says itself.
fn sections(order: &TopicOrder) -> Value {
    let text = plain(&order.text);
    let mut said: Vec<String> =
        sentences(&text).iter().flat_map(|sentence| pieces(sentence, LONGEST_SENTENCE)).collect();
    said.retain(|sentence| sentence.chars().any(char::is_alphanumeric));
    let title = said.first().map_or_else(String::new, |first| words(first, TITLE));
    // Two sentences are a section: what is more than all may hold is left out.
    let most = (order.sections() as usize).min(said.len().div_ceil(2)).max(1);
    said.truncate(most * 2);
    let section = |text: String| {
        let point = |sentence: &String| json!({"text": words(sentence, POINT), "at": begins(sentence)});
        let points: Vec<Value> = sentences(&text).iter().take(MOST_POINTS).map(point).collect();
        json!({"heading": words(&text, HEADING), "text": text, "idea": "Its key points.", "points": points})
    };
    let sections: Vec<Value> = grouped(spaced(said, &text), most).into_iter().map(section).collect();
    json!({"title": title, "sections": sections})
}

/// The first words of a sentence.
fn begins(sentence: &str) -> String {
    sentence.split_whitespace().take(3).collect::<Vec<_>>().join(" ").chars().take(POINT).collect()
}

/// A section of another topic: its key points, or a program that writes them.
fn own(brief: &Brief) -> Value {
    if !brief.wants_program() {
        return card(&brief.section);
    }
    let Section { heading, points, .. } = &brief.section;
    let points: Vec<Value> = points.iter().map(|point| json!([point.text, point.at])).collect();
    // Text in JSON is text in Python, too.
    let program = include_str!("rehearsal/points.py");
    json!({"code": program.replace("__HEADING__", &json!(heading).to_string()).replace("__POINTS__", &json!(points).to_string())})
}

/// A section's key points.
fn card(section: &Section) -> Value {
    json!(key_points(&section.heading, &section.points, &section.words()))
}

/// Each sentence, and whether white space follows it in the text.
fn spaced(sentences: Vec<String>, text: &str) -> Vec<(String, bool)> {
    let mut rest = text;
    let mut spaced = Vec::with_capacity(sentences.len());
    for sentence in sentences {
        rest = rest.split_once(sentence.as_str()).map_or(rest, |(_, after)| after);
        spaced.push((sentence, rest.starts_with(char::is_whitespace)));
    }
    spaced
}

/// Sentences in at most so many groups, each about as long as the others.
fn grouped(sentences: Vec<(String, bool)>, most: usize) -> Vec<String> {
    if sentences.len() <= most {
        return sentences.into_iter().map(|(sentence, _)| sentence).collect();
    }
    let all: usize = sentences.iter().map(|(sentence, _)| sentence.chars().count()).sum();
    let mut groups = vec![String::new(); most.max(1)];
    let mut before = 0;
    for (sentence, has_space) in sentences {
        let length = sentence.chars().count();
        // Where its middle lies, there it belongs.
        let at = ((2 * before + length) * groups.len() / (2 * all).max(1)).min(groups.len() - 1);
        before += length;
        groups[at].push_str(&sentence);
        if has_space {
            groups[at].push(' ');
        }
    }
    groups.retain(|group| !group.is_empty());
    groups.into_iter().map(|group| group.trim_end().to_owned()).collect()
}

fn translated(translation: &Translation) -> Value {
    let mark = format!("({}) ", translation.language);
    let line = |(index, line): (usize, &story::script::Line)| {
        let text = plain(&line.text);
        let has_room = text.chars().count() + mark.len() <= 100_000;
        let text = if has_room { format!("{mark}{text}") } else { text };
        json!({"line": index, "text": text})
    };
    let lines: Vec<Value> = translation.script.lines.iter().enumerate().map(line).collect();
    json!({"title": words(&translation.title, TITLE), "lines": lines})
}

/// Without what would be markup: it is not for speech.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut before = ' ';
    for c in text.chars().filter(|c| *c != '\r') {
        let opens = (before == '<' && (c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?')))
            || (before == '{' && c == '\\');
        // `<<b` would be markup still.
        while opens && plain.ends_with(before) {
            plain.pop();
        }
        plain.push(if c.is_control() && c != '\n' { ' ' } else { c });
        before = c;
    }
    plain
}

/// The words of a text and nothing between them that could be read as an address, a file or markup; never none.
fn words(text: &str, most: usize) -> String {
    let spaced: String = text.chars().map(|c| if is_of_a_word(c) { c } else { ' ' }).collect();
    let mut words = String::new();
    for word in spaced.split_whitespace() {
        let length = words.chars().count() + word.chars().count() + 1;
        if length > most {
            break;
        }
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(word);
    }
    if !words.chars().any(char::is_alphanumeric) {
        words = spaced.trim_start().chars().take(most).collect();
    }
    if words.chars().any(char::is_alphanumeric) { words } else { "Film".to_owned() }
}

fn is_of_a_word(c: char) -> bool {
    let is_mark = !c.is_ascii() && !c.is_whitespace() && !c.is_control();
    c.is_alphanumeric() || matches!(c, '\'' | ',' | '-') || is_mark
}
