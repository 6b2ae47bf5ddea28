//! What is said in a script: each take once, and where each is said.

use super::{Plan, PlannedSegment, PlannedTake};
use crate::ids::TakeKey;
use crate::pieces::pieces;
use crate::script::{Line, Script};
use crate::speech::{Context, Profile};
use crate::voicing::Voicing;
use std::collections::HashMap;

/// What is said in a script: its takes, its segments, and their price.
#[derive(Clone, Debug, PartialEq)]
pub struct SpokenLines {
    pub(super) takes: Vec<PlannedTake>,
    pub(super) segments: Vec<PlannedSegment>,
    pub(super) account: String,
    pub(super) usd_per_1000_characters: f64,
    pub(super) rehearsed: bool,
}

impl SpokenLines {
    /// Of a script, as a provider speaks it.
    #[must_use]
    pub fn of(script: &Script, voicing: &Voicing) -> Self {
        let (takes, segments) = takes(script, voicing);
        let Profile { account, usd_per_1000_characters, rehearsed, .. } = voicing.profile.clone();
        Self { takes, segments, account, usd_per_1000_characters, rehearsed }
    }

    /// The same, spoken by another account of the provider.
    #[must_use]
    pub fn by(self, account: &str) -> Self {
        Self { account: account.to_owned(), ..self }
    }

    /// Of a plan that was made before: whatever a provider says today, it is the same takes.
    #[must_use]
    pub fn of_plan(plan: &Plan) -> Self {
        let Plan { takes, segments, account, usd_per_1000_characters, rehearsed, .. } = plan.clone();
        Self { takes, segments, account, usd_per_1000_characters, rehearsed }
    }
}

/// The takes of a script, each once, and its segments.
fn takes(script: &Script, voicing: &Voicing) -> (Vec<PlannedTake>, Vec<PlannedSegment>) {
    let limit = |line: &Line| {
        let model = script.speakers.get(&line.speaker).and_then(|speaker| voicing.model(speaker));
        (model.map_or(u64::MAX, |model| model.max_characters), model.map_or(1.0, |model| model.cost_factor))
    };
    let texts: Vec<(usize, String, f64)> = script
        .lines
        .iter()
        .enumerate()
        .flat_map(|(index, line)| {
            let (most, factor) = limit(line);
            pieces(line.text.trim(), most).into_iter().map(move |text| (index, text, factor))
        })
        .collect();
    let text = |index: Option<usize>| index.and_then(|index| texts.get(index)).map(|(_, text, _)| text.clone());
    let mut takes: Vec<PlannedTake> = Vec::new();
    let mut by_key: HashMap<TakeKey, usize> = HashMap::new();
    let mut segments = Vec::with_capacity(texts.len());
    for (index, (line, said, factor)) in texts.iter().enumerate() {
        let stitch = script.speech.stitch;
        let context = stitch.then(|| Context { before: text(index.checked_sub(1)), after: text(Some(index + 1)) });
        // A text that stands alone is the same request, stitched or not.
        let context = context.filter(|context| context.before.is_some() || context.after.is_some());
        let request = voicing.request(script, *line, said.clone(), context);
        let key = request.key();
        let take = *by_key.entry(key.clone()).or_insert_with(|| {
            let characters = (request.characters() as f64 * factor).ceil() as u64;
            takes.push(PlannedTake { key, request, characters });
            takes.len() - 1
        });
        segments.push(PlannedSegment { line: *line, take });
    }
    (takes, segments)
}
