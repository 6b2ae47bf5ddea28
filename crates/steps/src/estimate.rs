//! Says what an order would cost, knowing the takes that are there. Buys nothing, writes nothing.

use crate::open::{Refusal, Request, prepare};
use crate::view::expected_s;
use serde::Serialize;
use std::collections::HashSet;
use story::{House, Speech};

/// How far a length that nobody has measured may be off, as a share.
const LENGTH_ERROR: f64 = 0.25;

/// What an order would cost.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the fields of API.md, described there")]
pub struct Estimate {
    pub lines: usize,
    pub new_lines: usize,
    pub characters: u64,
    pub new_characters: u64,
    pub scenes: usize,
    pub new_pictures: usize,
    pub new_clips: usize,
    pub cost_usd: f64,
    pub saved_usd: f64,
    pub duration_s: f64,
    pub duration_error_s: f64,
    pub rehearsed: bool,
}

/// Estimates an order.
///
/// # Errors
/// As opening it would.
pub async fn estimate(house: &House, speech: &dyn Speech, request: &Request) -> Result<Estimate, Refusal> {
    let plan = prepare(house, speech, request).await?.plan;
    let mut known = HashSet::new();
    for (index, take) in plan.takes.iter().enumerate() {
        let found = crate::takes::read(house, &take.key).await?;
        if found.is_some_and(|read| read.record.recording().is_some()) {
            known.insert(index);
        }
    }
    let (mut new_lines, mut characters, mut new_characters) = (HashSet::new(), 0, 0);
    for segment in &plan.segments {
        let count = plan.takes[segment.take].characters;
        characters += count;
        // The first line of a take is new; whoever says the same again reuses it.
        if known.insert(segment.take) {
            new_lines.insert(segment.line);
            new_characters += count;
        }
    }
    let duration_s = expected_s(&plan);
    Ok(Estimate {
        lines: plan.script.lines.len(),
        new_lines: new_lines.len(),
        characters,
        new_characters,
        scenes: plan.scenes.len(),
        new_pictures: 0,
        new_clips: 0,
        cost_usd: plan.usd(new_characters),
        saved_usd: plan.usd(characters - new_characters),
        duration_s,
        duration_error_s: duration_s * LENGTH_ERROR,
        rehearsed: plan.rehearsed,
    })
}
