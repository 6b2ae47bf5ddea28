//! Which words an animation's steps wait for, and at which frames those are said.

use super::Animation;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An animation with all that its scene part adds to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Staged {
    /// What is drawn.
    pub animation: Animation,
    /// When each step begins.
    pub cues: Vec<Cue>,
    /// The pictures in it, by the ids of their things: SHA-256 of their bytes. One that could not be had is not there.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub pictures: BTreeMap<String, String>,
    /// Which of the film's palettes it is drawn in: the place of who speaks among the speakers.
    pub palette: usize,
}

/// When a step begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cue {
    /// In an earlier part of its scene: its end is there from the first frame on.
    Done,
    /// In this frame of the part.
    At(u64),
    /// In a later part.
    Later,
}

/// For each step the index of the word at which it begins; steps without words begin with the one before, the first ones with the
/// first word. `None` where its words are not said from there on.
#[must_use]
pub fn anchors(animation: &Animation, words: &[&str]) -> Vec<Option<usize>> {
    // Letters alone, and where each word's begin: how a text is cut into words, and what stands between them, is no matter.
    let mut said = Vec::new();
    let mut word_of = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let letters = letters(word);
        word_of.extend(std::iter::repeat_n(index, letters.len()));
        said.extend(letters);
    }
    let mut from = 0;
    let mut last = 0;
    animation
        .steps
        .iter()
        .map(|step| {
            let Some(at) = &step.at else { return Some(last) };
            let wanted = letters(at);
            if wanted.is_empty() {
                return None;
            }
            // Whole words first: "art" is not in "part" while it is said by itself.
            let is_first = |place: &usize| *place == 0 || word_of[*place - 1] != word_of[*place];
            let places = || (from..said.len()).filter(|place| said[*place..].starts_with(&wanted));
            let place = places().find(is_first).or_else(|| places().next())?;
            from = place;
            last = word_of[place];
            Some(last)
        })
        .collect()
}

/// The letters and digits of a text, small.
fn letters(text: &str) -> Vec<char> {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

impl Animation {
    /// When each step begins in a part of a scene: `words` are those of the whole scene, of which this part says those at `part`, each
    /// with the frame in which it begins.
    #[must_use]
    pub fn cues(&self, words: &[&str], part: std::ops::Range<usize>, frames: &[u64]) -> Vec<Cue> {
        let mut last = Cue::At(0);
        let cue = |anchor: Option<usize>| {
            last = match anchor {
                None => last,
                // What begins with the first word is there when the part begins.
                Some(0) if part.start == 0 => Cue::At(0),
                Some(word) if word < part.start => Cue::Done,
                Some(word) if word >= part.end => Cue::Later,
                Some(word) => frames.get(word - part.start).map_or(Cue::Later, |frame| Cue::At(*frame)),
            };
            last
        };
        anchors(self, words).into_iter().map(cue).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn animation(at: &[Option<&str>]) -> Animation {
        let steps: Vec<_> = at.iter().map(|at| json!({"at": at, "do": {"pulse": "a"}})).collect();
        let value = json!({"things": [{"id": "a", "draw": {"text": {"text": "A"}}}], "steps": steps});
        serde_json::from_value(value).unwrap()
    }

    fn check(said: &str, at: &[Option<&str>], expected: &[Option<usize>]) {
        let words: Vec<&str> = said.split(' ').collect();
        assert_eq!(anchors(&animation(at), &words), expected, "{said}: {at:?}");
    }

    #[test]
    fn words_are_found_in_order_however_they_are_written() {
        check("The error, the ERROR falls.", &[Some("error"), Some("falls")], &[Some(1), Some(4)]);
        check("a part of art", &[Some("art")], &[Some(3)]);
        check("a part", &[Some("art")], &[Some(1)]);
        check("the chain rule", &[None, Some("chain rule"), None], &[Some(0), Some(1), Some(1)]);
        check("one two", &[Some("two"), Some("one"), Some("!")], &[Some(1), None, None]);
        check("誤差 は 小さく なる", &[Some("小さくなる")], &[Some(2)]);
        check("الخطأ يصغر كل مرة", &[Some("كل مرة")], &[Some(2)]);
    }

    #[test]
    fn a_word_that_is_said_again_can_be_named_again_but_two_steps_at_one_word_begin_together() {
        check("up and up", &[Some("up"), Some("and"), Some("up")], &[Some(0), Some(1), Some(2)]);
        check("up and up", &[Some("up"), Some("up")], &[Some(0), Some(0)]);
    }

    #[test]
    fn a_part_of_a_scene_knows_what_was_before_it_and_what_comes_later() {
        let words = ["a", "b", "c", "d"];
        let steps = animation(&[Some("a"), Some("b"), Some("c"), Some("d")]);
        assert_eq!(steps.cues(&words, 0..2, &[5, 9]), [Cue::At(0), Cue::At(9), Cue::Later, Cue::Later]);
        assert_eq!(steps.cues(&words, 2..4, &[1, 7]), [Cue::Done, Cue::Done, Cue::At(1), Cue::At(7)]);
    }
}
