//! What a writer is asked, and what becomes of its answer: a script within bounds that were named before, or a list of problems.
//! A user's text, and a model's, is data here: neither can add a field, a speaker, an address or a file.

mod answer;
mod ask;
mod bounds;
mod brief;
pub mod letters;
mod order;
mod topic;
mod translation;

pub use ask::Message;
pub use bounds::{Bounds, MOST_SCENES};
pub use brief::{Brief, Code, FORMAT, Sketch, animation_schema};
pub use order::{StoryOrder, StoryReading, story_schema};
pub use topic::{Section, Style, TopicOrder, TopicReading, topic_schema};
pub use translation::Translation;

use crate::check::say::shortened;
use crate::invalid::{Invalid, Problem};
use crate::script::Script;
use crate::writer::Written;
use serde::{Deserialize, Serialize};

/// What is asked of a writer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WriterTask {
    /// What is to be written.
    pub work: Work,
    /// The answer before and what was wrong with it, where this is another try.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier: Option<Earlier>,
}

/// What is to be written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Work {
    /// A story becomes scenes.
    Story(StoryOrder),
    /// The lines of a script, in another language.
    Translation(Translation),
    /// A topic becomes sections.
    Topic(TopicOrder),
    /// The animation of a section.
    Animation(Box<Brief>),
}

impl Work {
    /// How often a wrong answer goes back.
    fn most_repairs(&self) -> u32 {
        match self {
            Self::Story(_) | Self::Translation(_) => 1,
            // Many of them are asked for, and each has more in it that can be wrong.
            Self::Topic(_) | Self::Animation(_) => 2,
        }
    }
}

/// An answer that was wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Earlier {
    /// Its beginning.
    pub answer: String,
    /// What was wrong.
    pub problems: Vec<Problem>,
    /// How many answers were wrong so far, this one counted.
    #[serde(default = "once", skip_serializing_if = "is_once")]
    pub times: u32,
    /// Whether a program was given up before, and the same is asked for the usual way.
    #[serde(default, skip_serializing_if = "is_not")]
    pub instead: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_not(value: &bool) -> bool {
    !value
}

fn once() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_once(times: &u32) -> bool {
    *times == 1
}

/// What came of a task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// The film's title.
    pub title: String,
    /// What it says and shows, within the task's bounds.
    pub script: Script,
    /// The mood of each line, where a story was written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moods: Vec<String>,
    /// The sections of a topic: the script has a line for each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sections: Vec<Section>,
}

/// What an answer is worth.
#[derive(Clone, Debug, PartialEq)]
pub enum Judged<T = Told> {
    /// All of it is right.
    Done(Box<T>),
    /// It is wrong, and this is to be asked: another try.
    Again(Box<WriterTask>),
    /// It was wrong too often. A sentence for the user.
    Failed(String),
}

/// Problems that are sent back; who makes more makes them again.
const MOST_PROBLEMS: usize = 20;
/// Characters of one of them.
const LONGEST_PROBLEM: usize = 300;

impl WriterTask {
    /// A first try.
    #[must_use]
    pub fn new(work: Work) -> Self {
        Self { work, earlier: None }
    }

    /// The animation of a section, from where an earlier attempt left it.
    #[must_use]
    pub fn sketching(brief: &Brief, earlier: Option<Earlier>) -> Self {
        let instead = earlier.as_ref().is_some_and(|earlier| earlier.instead);
        let brief = if instead { brief.declarative() } else { brief.clone() };
        Self { work: Work::Animation(Box::new(brief)), earlier: earlier.filter(|earlier| earlier.times > 0) }
    }

    /// The same section drawn the usual way, where a program was asked for and cannot be had; and what is noted of that.
    #[must_use]
    pub fn instead(&self) -> Option<(Self, Earlier)> {
        let Work::Animation(brief) = &self.work else { return None };
        let earlier = Earlier { answer: String::new(), problems: Vec::new(), times: 0, instead: true };
        brief.wants_program().then(|| (Self::sketching(brief, Some(earlier.clone())), earlier))
    }

    /// What comes of it lies within these, or is refused: known before anything is asked.
    #[must_use]
    pub fn bounds(&self) -> Bounds {
        match &self.work {
            Work::Story(order) => order.bounds(),
            Work::Translation(translation) => translation.bounds(),
            Work::Topic(order) => order.bounds(),
            Work::Animation(_) => Bounds::default(),
        }
    }

    /// Reads an answer, believing nothing.
    ///
    /// # Errors
    /// With everything that is wrong with it; pointers lead into the answer.
    pub fn read(&self, written: &Written) -> Result<Told, Invalid> {
        let value = answer::json(written)?;
        match &self.work {
            Work::Story(order) => answer::story(order, &value, written.rehearsed),
            Work::Translation(translation) => translation.read(&value, written.rehearsed),
            Work::Topic(order) => order.read(&value, &self.schema(), written.rehearsed),
            Work::Animation(_) => Err(Invalid::one("", "an animation is no script")),
        }
    }

    /// Reads an answer, and says what is next: a wrong one goes back.
    #[must_use]
    pub fn judge(&self, written: &Written) -> Judged {
        self.judged(written, self.read(written))
    }

    /// What an answer describes of a section, as far as can be seen without drawing it.
    ///
    /// # Errors
    /// With everything that is wrong with it.
    pub fn sketch(&self, written: &Written) -> Result<Sketch, Invalid> {
        let Work::Animation(brief) = &self.work else { return Err(Invalid::one("", "a script is no animation")) };
        brief.read(&answer::json(written)?, written.rehearsed)
    }

    /// Says what is next once an answer was read: a wrong one goes back.
    #[must_use]
    pub fn judged<T>(&self, written: &Written, read: Result<T, Invalid>) -> Judged<T> {
        let problems = match read {
            Ok(told) => return Judged::Done(Box::new(told)),
            Err(invalid) => invalid.problems,
        };
        let times = self.earlier.as_ref().map_or(0, |earlier| earlier.times) + 1;
        if times <= self.work.most_repairs() {
            let answer = beginning(&written.text, self.most_answer_characters());
            let short = |Problem { pointer, detail }| Problem {
                pointer: beginning(&pointer, LONGEST_PROBLEM),
                detail: beginning(&detail, LONGEST_PROBLEM),
            };
            let problems = problems.into_iter().take(MOST_PROBLEMS).map(short).collect();
            let instead = self.earlier.as_ref().is_some_and(|earlier| earlier.instead);
            let earlier = Some(Earlier { answer, problems, times, instead });
            return Judged::Again(Box::new(Self { work: self.work.clone(), earlier }));
        }
        let more = problems.len().saturating_sub(1);
        let first = problems.first().map_or_else(String::new, |Problem { pointer, detail }| {
            let place = if pointer.is_empty() { "the whole" } else { pointer };
            format!("{}: {}", shortened(place, 100), shortened(detail, LONGEST_PROBLEM))
        });
        let more = if more == 0 { String::new() } else { format!(" (and {more} more)") };
        Judged::Failed(format!(
            "the writer's answer was wrong {}: {first}{more}; try again, or set ONETAKE_WRITER_MODEL to another model",
            if times == 2 { "twice".to_owned() } else { format!("{times} times") }
        ))
    }
}

fn beginning(text: &str, most_characters: usize) -> String {
    text.chars().take(most_characters).collect()
}
