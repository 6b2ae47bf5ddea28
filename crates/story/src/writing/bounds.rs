//! The most that can come of a task. It is fixed by the order alone, so that an estimate names it before anything is asked.

use crate::script::{Picture, Script};
use serde::{Deserialize, Serialize};

/// Scenes of a story.
pub const MOST_SCENES: u32 = 60;
/// Scenes of a story that asks for no number: one for so many characters.
const CHARACTERS_OF_A_SCENE: u64 = 250;
/// A few sentences may become this many scenes.
const FEW_SCENES: u32 = 3;
/// What a short story may be told in, by scene.
const SPEECH_OF_A_SCENE: u64 = 400;
/// What a writer may say of a picture. The style, the mood and the words around them come on top.
pub(super) const LONGEST_PROMPT: usize = 600;
/// Room for `, mysterious mood, ` around them.
const AROUND_A_PROMPT: u64 = 40;
/// What a line of a script may have.
pub(super) const LONGEST_LINE: u64 = 100_000;

/// The most that can come of a task.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    /// Who may speak, and nobody else.
    pub speakers: Vec<String>,
    /// Lines; of a story each is a scene.
    pub scenes: u32,
    /// Characters of all that is spoken.
    pub speech_characters: u64,
    /// Pictures that nobody has asked for before: none of a translation.
    pub new_pictures: u32,
    /// Characters of one new picture's prompt, style and mood counted in.
    pub prompt_characters: u64,
}

impl Bounds {
    pub(super) fn of_story(text: &str, scenes: Option<u32>, speakers: Vec<String>, style: Option<&str>) -> Self {
        let characters = text.chars().count() as u64;
        let told = u32::try_from(characters / CHARACTERS_OF_A_SCENE).unwrap_or(MOST_SCENES);
        let scenes = scenes.unwrap_or(told.max(FEW_SCENES)).clamp(1, MOST_SCENES);
        // A story is told in its own words, and a little more; a premise is told in a few sentences a scene.
        let speech_characters = (characters + characters / 4).max(u64::from(scenes) * SPEECH_OF_A_SCENE);
        let style = style.map_or(0, |style| style.chars().count() as u64);
        let prompt_characters = LONGEST_PROMPT as u64 + style + AROUND_A_PROMPT;
        Self { speakers, scenes, speech_characters, new_pictures: scenes, prompt_characters }
    }

    /// Characters of all new prompts.
    #[must_use]
    pub fn all_prompt_characters(&self) -> u64 {
        self.prompt_characters * u64::from(self.new_pictures)
    }

    /// Whether a script asks for no more: no other speaker, no more lines and characters, no new picture but a drawn one.
    #[must_use]
    pub fn hold(&self, script: &Script) -> bool {
        let characters: u64 = script.lines.iter().map(|line| line.text.chars().count() as u64).sum();
        let is_named = |name: &String| self.speakers.contains(name);
        let is_drawn = |picture: &Picture| match picture {
            Picture::Prompt(prompt) => prompt.chars().count() as u64 <= self.prompt_characters,
            _ => false,
        };
        script.lines.len() as u64 <= u64::from(self.scenes)
            && characters <= self.speech_characters
            && script.speakers.keys().all(is_named)
            && script.lines.iter().all(|line| is_named(&line.speaker))
            && (self.new_pictures == 0 || script.lines.iter().all(|line| line.picture.as_ref().is_none_or(is_drawn)))
    }
}
