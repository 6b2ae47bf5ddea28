//! Key points as an animation: what a section shows where none was written for it, each in time with the words about it.

use super::{Animation, Layout, Primitive, Role, Scale, Step, Thing, Verb, Words};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something to be kept of a section.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// What it says, in a few words.
    pub text: String,
    /// The words of the narration at which it comes up.
    pub at: String,
}

/// A card that shows a heading, and its points one after the other as `said` comes to them.
#[must_use]
pub fn key_points(heading: &str, points: &[Point], said: &[&str]) -> Animation {
    let text = |id: String, text: &str, scale: Scale, color: Role| Thing {
        id,
        draw: Primitive::Text(Words { text: text.to_owned(), scale }),
        color,
    };
    let mut things = vec![text("heading".to_owned(), heading, Scale::Heading, Role::Accent)];
    things.extend(
        points
            .iter()
            .enumerate()
            .map(|(index, point)| text(format!("point{index}"), &point.text, Scale::Body, Role::Plain)),
    );
    let steps = |at: &dyn Fn(usize) -> Option<String>| {
        let step = |index: usize| Step { at: at(index), verb: Verb::Appear(vec![format!("point{index}")]) };
        (0..points.len()).map(step).collect::<Vec<Step>>()
    };
    let layout = Layout::Column(things.iter().map(|thing| Layout::Thing(thing.id.clone())).collect());
    let mut animation = Animation { title: None, things, layout: Some(layout), steps: Vec::new() };
    animation.steps = steps(&|index| Some(points[index].at.clone()));
    if super::anchors(&animation, said).iter().all(Option::is_some) {
        return animation;
    }
    // Where one names words that are not said, all are spread over what is: three words are enough to tell a place.
    let first = |index: usize| index * said.len() / points.len().max(1);
    animation.steps = steps(&|index| Some(said[first(index)..said.len().min(first(index) + 3)].join(" ")));
    if !super::anchors(&animation, said).iter().all(Option::is_some) {
        animation.steps = steps(&|_| None);
    }
    animation
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::animation::{anchors, problems};

    fn point(text: &str, at: &str) -> Point {
        Point { text: text.to_owned(), at: at.to_owned() }
    }

    fn check(points: &[Point], said: &str, expected: &[Option<usize>]) {
        let words: Vec<&str> = said.split_whitespace().collect();
        let animation = key_points("Heading", points, &words);
        assert_eq!(anchors(&animation, &words), expected);
        assert_eq!(problems(&animation, Some(&words)), []);
    }

    #[test]
    fn points_come_up_at_their_words_or_are_spread_over_what_is_said() {
        let said = "Rain falls on the hills, runs to the sea and rises again.";
        check(
            &[point("Rain", "rain"), point("Rivers", "runs to"), point("Clouds", "rises")],
            said,
            &[Some(0), Some(5), Some(10)],
        );
        check(&[point("Rain", "rain"), point("Snow", "snow")], said, &[Some(0), Some(6)]);
        check(&[point("Rain", "no")], "...", &[Some(0)]);
        check(&[], said, &[]);
    }
}
