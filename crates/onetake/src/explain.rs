//! The verb that explains a topic: a writer plans sections, and each is spoken and animated.

use crate::arguments::{Explaining, Making};
use crate::ending::{Ending, warn};
use crate::making::make;
use crate::tell;
use serde_json::{Map, Value, json};
use std::path::Path;
use story::Invalid;
use story::writing::{TopicOrder, TopicReading, Work};

/// Explains a topic.
pub(crate) async fn explain(
    data: &Path,
    topic: &str,
    explaining: &Explaining,
    making: &Making,
    json: bool,
) -> Result<(), Ending> {
    let telling = &making.telling;
    if telling.scenes.is_some() || !telling.lang.is_empty() {
        let detail = "--scenes and --lang are for stories; of a topic say --sections and --language";
        return Err(Invalid::one("", detail).into());
    }
    if making.fit.is_some() {
        let detail = "--fit is for what is written already; how long a topic takes follows from --sections";
        return Err(Invalid::one("", detail).into());
    }
    let work = Work::Topic(order(topic, explaining, telling.style.as_deref())?);
    let (asked, request) = tell::ask(data, work, making).await?;
    if !json {
        let profile = asked.for_orders().writer.map(story::Writer::profile);
        let who = profile.map_or_else(|_| String::new(), |profile| format!("{} ({})", profile.provider, profile.model));
        warn(&format!("  ▸ writer   {who} plans the sections, and writes an animation for each"));
    }
    let workplace = asked.on_disk(data).await?;
    let made = make(&workplace, request, None, json).await?;
    tell::show(&workplace, &made, making, json).await
}

/// What is ordered; what is wrong with it is told by the names of the options.
fn order(topic: &str, explaining: &Explaining, style: Option<&str>) -> Result<TopicOrder, Ending> {
    let mut order = Map::new();
    order.insert("text".to_owned(), json!(topic));
    let texts = [("language", explaining.language.as_deref()), ("style", style)];
    order.extend(texts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), json!(value?)))));
    order.extend(explaining.sections.map(|sections| ("sections".to_owned(), json!(sections))));
    order.extend(explaining.voice.as_ref().map(|voice| ("speaker".to_owned(), json!({ "voice_id": voice }))));
    Ok(TopicReading::of_value(&Value::Object(order), "").into_order()?)
}
