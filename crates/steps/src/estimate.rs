//! Says what an order would cost, knowing the takes that are there. Buys nothing, writes nothing.

use crate::draft::{Drafted, drafted};
use crate::makers::Makers;
use crate::open::{Refusal, Request, prepare};
use crate::{pictures, rate};
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use story::House;
use story::fit::{self, Expected, Part, Proposal, proposals};
use story::images::PictureRequest;
use story::picture::PictureState;
use story::plan::Plan;
use story::time::seconds;
use story::writing::Work;

/// As a language without spaces is slowly spoken: what is named is the most.
const CHARACTERS_A_SECOND: f64 = 5.0;

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
    /// About one film in twenty is further off.
    pub duration_error_s: f64,
    /// What would make it fit, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proposals: Option<Vec<Proposal>>,
    pub rehearsed: bool,
}

/// Estimates an order; `fit_s` are the seconds that it should fit into.
///
/// # Errors
/// As opening it would.
pub async fn estimate(
    house: &House,
    makers: impl Into<Makers<'_>>,
    request: &Request,
    fit_s: Option<f64>,
) -> Result<Estimate, Refusal> {
    let makers = makers.into();
    if let Some(work) = &request.writing {
        return most_of(makers, work, request);
    }
    let plan = prepare(house, makers, request).await?.plan;
    let (mut known, mut measured_s) = (HashSet::new(), HashMap::new());
    for (index, take) in plan.takes.iter().enumerate() {
        let found = crate::takes::read(house, &take.key).await?;
        if let Some(recording) = found.as_ref().and_then(|read| read.record.recording()) {
            known.insert(index);
            if recording.level.samples > 0 {
                measured_s.insert(index, seconds(recording.level.samples));
            }
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
    let mut new_clips = 0;
    let (mut new_pictures, mut pictures_usd, mut new_pictures_usd) = (0, 0.0, 0.0);
    for painting in &plan.paintings {
        let found = pictures::read(house, &painting.key).await?;
        let is_there = found.is_some_and(|read| matches!(read.record.state, PictureState::Ready(_)));
        let is_clip = matches!(painting.request, PictureRequest::Generated(_));
        *(if is_clip { &mut new_clips } else { &mut new_pictures }) += usize::from(!is_there);
        pictures_usd += painting.usd;
        new_pictures_usd += if is_there { 0.0 } else { painting.usd };
    }
    let (parts, guessed) = lengths(&plan, &measured_s, &rate::of_plan(house, &plan).await?);
    let clip_s = plan.clip().map_or(0.0, |clip| f64::from(clip.seconds));
    Ok(Estimate {
        lines: plan.script.lines.len(),
        new_lines: new_lines.len(),
        characters,
        new_characters,
        scenes: plan.scenes.len(),
        new_pictures,
        new_clips,
        cost_usd: plan.usd(new_characters) + new_pictures_usd,
        saved_usd: plan.usd(characters - new_characters) + pictures_usd - new_pictures_usd,
        duration_s: clip_s + parts.iter().map(|part| part.speech_s + part.pause_s).sum::<f64>(),
        duration_error_s: fit::error_s(&guessed),
        proposals: fit_s.map(|fit_s| proposals(&plan.script, &parts, fit_s)),
        rehearsed: plan.rehearsed,
    })
}

/// The most that an order can ask for whose script is still to be written.
fn most_of(makers: Makers<'_>, work: &Work, request: &Request) -> Result<Estimate, Refusal> {
    let Drafted { draft, writer, images } = drafted(makers, work, request)?;
    let bounds = draft.task.bounds();
    let speech = makers.speech.profile();
    let (width, height) = draft.frame_size();
    // Where no picture is asked for, nobody is paid for one.
    let picture_usd = images.map_or(0.0, |images| {
        let (width, height) = images.size(width, height);
        images.usd(width, height)
    });
    let rehearsed =
        [speech.rehearsed, images.is_none_or(|images| images.profile().rehearsed), writer.profile().rehearsed];
    let is_rehearsed = rehearsed.iter().all(|rehearsed| *rehearsed);
    // What is only rehearsed of what is paid for costs nothing.
    let counts = |usd: f64, rehearsed: bool| if rehearsed && !is_rehearsed { 0.0 } else { usd };
    let speech_usd = bounds.speech_characters as f64 * speech.usd_per_1000_characters / 1000.0;
    let pictures_usd = f64::from(bounds.new_pictures) * picture_usd;
    let duration_s = bounds.speech_characters as f64 / CHARACTERS_A_SECOND;
    Ok(Estimate {
        lines: bounds.scenes as usize,
        new_lines: bounds.scenes as usize,
        characters: bounds.speech_characters,
        new_characters: bounds.speech_characters,
        scenes: bounds.scenes as usize,
        new_pictures: bounds.new_pictures as usize,
        new_clips: 0,
        cost_usd: counts(speech_usd, rehearsed[0])
            + counts(pictures_usd, rehearsed[1])
            + writer.profile().most_usd(&draft.task),
        saved_usd: 0.0,
        duration_s,
        duration_error_s: duration_s,
        proposals: None,
        rehearsed: is_rehearsed,
    })
}

/// What each line adds to the length, and the takes among them whose length is a guess. A take that is there is as long as it is.
fn lengths(plan: &Plan, measured_s: &HashMap<usize, f64>, rates: &fit::Rates) -> (Vec<Part>, Vec<Expected>) {
    let pauses = plan.script.lines.iter().map(|line| f64::from(line.pause_ms) / 1000.0);
    let mut parts: Vec<Part> = pauses.map(|pause_s| Part { speech_s: 0.0, pause_s, speed: 1.0 }).collect();
    let mut guessed = Vec::new();
    for segment in &plan.segments {
        let request = &plan.takes[segment.take].request;
        let part = &mut parts[segment.line];
        part.speed = request.settings.speed.unwrap_or(1.0);
        part.speech_s += measured_s.get(&segment.take).copied().unwrap_or_else(|| {
            guessed.push(rates.expected(request));
            guessed.last().map_or(0.0, |expected| expected.s)
        });
    }
    (parts, guessed)
}
