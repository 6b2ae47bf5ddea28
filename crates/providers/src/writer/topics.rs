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
}

#[derive(Deserialize)]
struct Known {
    #[serde(flatten)]
    section: Section,
    animation: Value,
}

static TOPICS: LazyLock<[Topic; 3]> = LazyLock::new(|| {
    let topics = [
        include_str!("topics/backpropagation.json"),
        include_str!("topics/compound-interest.json"),
        include_str!("topics/water-cycle.json"),
    ];
    topics.map(|topic| serde_json::from_str(topic).expect("each is a topic: a test reads them all"))
});

/// The sections of a topic that is known.
pub(super) fn plan(order: &TopicOrder) -> Option<Value> {
    let text = order.text.to_lowercase();
    let topic = TOPICS.iter().find(|topic| topic.names.iter().any(|name| text.contains(name)))?;
    let sections: Vec<&Section> =
        topic.sections.iter().map(|known| &known.section).take(order.sections() as usize).collect();
    Some(json!({"title": topic.title, "sections": sections}))
}

/// The animation of a section of theirs.
pub(super) fn animation(section: &Section) -> Option<Value> {
    let mut known = TOPICS.iter().flat_map(|topic| &topic.sections);
    Some(known.find(|known| known.section == *section)?.animation.clone())
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
                let judged = task.judge_animation(&animation, |_| Vec::new());
                assert!(matches!(judged, Judged::Done(_)), "{}: {judged:#?}", topic.title);
            }
        }
    }
}
