//! Topics that the rehearsal knows by heart: their sections, and the animation of each.

use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::LazyLock;
use story::writing::{Section, TopicOrder};

#[derive(Deserialize)]
struct Topic {
    /// What it may be called, in small letters.
    names: Vec<String>,
    title: String,
    sections: Vec<Known>,
    /// A program for each.
    #[serde(skip)]
    programs: [&'static str; SECTIONS],
}

/// Sections of each topic.
const SECTIONS: usize = 5;

#[derive(Deserialize)]
struct Known {
    #[serde(flatten)]
    section: Section,
    animation: Value,
}

/// A topic's file, and the programs of its sections.
macro_rules! topic {
    ($name:literal) => {
        (
            include_str!(concat!("topics/", $name, ".json")),
            [
                include_str!(concat!("topics/", $name, "/0.py")),
                include_str!(concat!("topics/", $name, "/1.py")),
                include_str!(concat!("topics/", $name, "/2.py")),
                include_str!(concat!("topics/", $name, "/3.py")),
                include_str!(concat!("topics/", $name, "/4.py")),
            ],
        )
    };
}

static TOPICS: LazyLock<[Topic; 3]> = LazyLock::new(|| {
    [topic!("backpropagation"), topic!("compound-interest"), topic!("water-cycle")].map(|(told, programs)| {
        let topic: Topic = serde_json::from_str(told).expect("each is a topic: a test reads them all");
        Topic { programs, ..topic }
    })
});

/// The sections of a topic that is known.
pub(super) fn plan(order: &TopicOrder) -> Option<Value> {
    let text = order.text.to_lowercase();
    let topic = TOPICS.iter().find(|topic| topic.names.iter().any(|name| text.contains(name)))?;
    let sections: Vec<&Section> =
        topic.sections.iter().map(|known| &known.section).take(order.sections() as usize).collect();
    Some(json!({"title": topic.title, "sections": sections}))
}

/// The animation of a section of theirs: a program, where one is asked for.
pub(super) fn animation(section: &Section) -> Option<Value> {
    let plain = Section { style: None, ..section.clone() };
    let mut sections = TOPICS.iter().flat_map(|topic| topic.sections.iter().zip(topic.programs));
    let (known, program) = sections.find(|(known, _)| known.section == plain)?;
    Some(if section.style.is_some() { json!({"code": program}) } else { known.animation.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use story::writer::{Ended, Tokens, Written};
    use story::writing::{Brief, FORMAT, Judged, TopicReading, Work, WriterTask};

    fn written(value: &Value) -> Written {
        let text = value.to_string();
        Written { text, ended: Ended::Whole, tokens: Tokens::default(), usd: 0.0, request_id: None, rehearsed: false }
    }

    #[test]
    fn every_topic_and_each_of_its_animations_is_good() {
        for topic in TOPICS.iter() {
            let order = TopicReading::of_value(&json!({"text": topic.names[0]}), "").into_order().unwrap();
            let task = WriterTask::new(Work::Topic(order.clone()));
            let Judged::Done(told) = task.judge(&written(&plan(&order).unwrap())) else { panic!("{}", topic.title) };
            assert_eq!(told.sections.len(), 5, "{}", topic.title);
            for section in told.sections {
                let [provider, base_url, model] = [const { String::new() }; 3];
                let animation = written(&animation(&section).unwrap());
                let brief = Brief {
                    provider,
                    base_url,
                    model,
                    section,
                    aspect: story::script::Aspect::Portrait,
                    language: None,
                    format: FORMAT,
                };
                let task = WriterTask::new(Work::Animation(Box::new(brief)));
                let judged = task.judged(&animation, task.sketch(&animation));
                assert!(matches!(judged, Judged::Done(_)), "{}: {judged:#?}", topic.title);
            }
        }
    }
}
