//! A job as its reader sees it (API.md).

use crate::{clip, job, ledger};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::HashSet;
use std::ops::Range;
use story::failure::StoreError;
use story::images::PictureRequest;
use story::invalid::Problem;
use story::job::{Job, Kind, Progress, Source, Status, Warning};
use story::ledger::Attempt;
use story::plan::{Plan, PlannedSegment};
use story::queue::{Outcome, Part};
use story::records::{Partition, Read};
use story::segment::{KeptSegment, Segment};
use story::take::Speaking;
use story::time::seconds;
use story::{Failure, House, JobId, TakeKey};

/// A job as its reader sees it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the fields of API.md, described there")]
pub struct View {
    pub id: JobId,
    pub kind: Kind,
    pub source: Source,
    pub status: Status,
    pub stages: Stages,
    pub progress: f64,
    pub eta_s: Option<f64>,
    pub created_at: String,
    pub updated_at: String,
    pub expires_at: String,
    pub counts: Counts,
    pub cost: Cost,
    /// Of a clip: what was asked for, and what came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clip: Option<Value>,
    pub segments: Vec<SegmentView>,
    pub warnings: Vec<Warning>,
    pub error: Option<Problem>,
    pub files: Vec<Value>,
    pub metadata: Map<String, Value>,
    /// Whether its track is laid: a film can be heard before it can be seen.
    #[serde(skip)]
    pub is_laid: bool,
}

/// Those of the whole first, then line by line.
fn in_order(mut warnings: Vec<Warning>) -> Vec<Warning> {
    let line = |pointer: &String| pointer.strip_prefix("/lines/")?.split('/').next()?.parse::<usize>().ok();
    warnings.sort_by_cached_key(|warning| warning.pointer.as_ref().map(|pointer| (line(pointer), pointer.clone())));
    warnings
}

/// How far each stage is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "each is its stage")]
pub struct Stages {
    pub write: Stage,
    pub speak: Stage,
    pub paint: Stage,
    pub animate: Stage,
    pub compose: Stage,
    pub join: Stage,
}

/// How far a stage is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "how many of how many")]
pub struct Stage {
    pub done: usize,
    pub of: usize,
}

/// What was made and what was there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Lines of the script.
    pub lines: usize,
    /// Lines spoken for this job.
    pub spoken: usize,
    /// Lines whose take was there.
    pub reused: usize,
    /// Takes bought a second time.
    pub rebought: usize,
    /// Lines left silent.
    pub silent: usize,
    /// Scene parts of the film.
    pub scenes: usize,
    /// Of these, those that were rendered before.
    pub scenes_reused: usize,
    /// Pictures drawn or fetched for this job.
    pub pictures: usize,
    /// Pictures that were there.
    pub pictures_reused: usize,
    /// Animations written for this job.
    pub animations: usize,
    /// Animations that were there.
    pub animations_reused: usize,
    /// Pictures and animations for which a card stands in.
    pub cards: usize,
}

/// What a job cost, and what it did not. Where `rehearsed`, nothing was paid: the figures say what the same lines cost at the list price.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[expect(missing_docs, reason = "each says itself")]
pub struct Cost {
    pub characters_paid: u64,
    pub characters_saved: u64,
    pub cost_usd: f64,
    pub saved_usd: f64,
    pub rehearsed: bool,
}

/// A segment as its reader sees it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the fields of API.md, described there")]
pub struct SegmentView {
    pub index: usize,
    pub line: usize,
    pub speaker: String,
    pub text: String,
    pub state: &'static str,
    pub start_s: Option<f64>,
    pub end_s: Option<f64>,
    pub volume: f64,
    pub reused: bool,
    pub take: TakeKey,
    pub audio: String,
}

/// Reads a job for its reader.
///
/// # Errors
/// Those of the store.
pub async fn view(house: &House, id: &JobId) -> Result<Option<View>, Failure> {
    let Some(head) = job::head(house, id).await? else { return Ok(None) };
    if head.is_unwritten() {
        return Ok(Some(unwritten(head)));
    }
    let Some(Read { record: progress, .. }) = job::progress(house, id).await? else { return Ok(None) };
    let plan = job::plan_of(house, &head).await?;
    let kept = house.list_all::<KeptSegment>(&Partition::Segments(id.clone())).await?;
    let laid: Vec<Segment> = kept.into_iter().map(|read| read.record.segment).collect();
    let speaking = match head.status {
        Status::Running => ledger::speaking(house, &plan.account).await?,
        _ => Vec::new(),
    };
    let segments = segment_views(&plan, &progress, &laid, &speaking, id);
    let (mut stages, mut share) = stages(&plan, &progress);
    let is_laid = progress.outcome(Part::Track).is_some_and(|outcome| outcome != Outcome::Failed);
    let written = Stage { done: 1, of: 1 };
    stages.write = head.written.as_ref().map_or(Stage::default(), |_| written);
    let elapsed_s = house.clock.now().since_ms(head.created_at) as f64 / 1000.0;
    let runs = head.status == Status::Running && share > 0.05;
    let mut eta_s = runs.then(|| elapsed_s * (1.0 - share) / share);
    if let Some(clip) = plan.clip().filter(|_| !head.status.has_ended())
        && let Some((is_over, left_s)) = clip::under_way(house, &plan, clip).await?
    {
        (share, eta_s) = (is_over, Some(left_s));
    }
    let file = |file: &story::job::File| {
        json!({
            "name": file.name, "content_type": file.content_type, "size_bytes": file.size_bytes, "sha256": file.sha256,
            "url": format!("/v1/jobs/{id}/files/{}", file.name),
        })
    };
    Ok(Some(View {
        id: id.clone(),
        kind: head.kind,
        source: head.source,
        status: head.status,
        stages,
        progress: if head.status == Status::Succeeded { 1.0 } else { share },
        eta_s,
        created_at: head.created_at.to_string(),
        updated_at: head.updated_at.to_string(),
        expires_at: head.expires_at.to_string(),
        counts: counts(&plan, &progress),
        cost: {
            let cost = cost(&plan, &progress, &laid);
            Cost { cost_usd: cost.cost_usd + head.written.as_ref().map_or(0.0, |written| written.usd), ..cost }
        },
        clip: plan.clip().map(|asked| clip::told(&head, asked)),
        segments,
        warnings: in_order(head.warnings),
        error: head.error,
        files: head.files.iter().map(file).collect(),
        metadata: head.metadata,
        is_laid,
    }))
}

/// A job whose script is still to be written.
fn unwritten(head: Job) -> View {
    let stages = Stages { write: Stage { done: 0, of: 1 }, ..Stages::default() };
    View {
        id: head.id,
        kind: head.kind,
        source: head.source,
        status: head.status,
        stages,
        progress: 0.0,
        eta_s: None,
        created_at: head.created_at.to_string(),
        updated_at: head.updated_at.to_string(),
        expires_at: head.expires_at.to_string(),
        counts: Counts::default(),
        cost: Cost::default(),
        clip: None,
        segments: Vec::new(),
        warnings: head.warnings,
        error: head.error,
        files: Vec::new(),
        metadata: head.metadata,
        is_laid: false,
    }
}

/// Counts of a job, from its bytes. A line that stands twice is spoken once and reused once.
#[must_use]
pub fn counts(plan: &Plan, progress: &Progress) -> Counts {
    let mut counts = Counts { lines: plan.script.lines.len(), scenes: plan.scenes.len(), ..Counts::default() };
    for (_, line) in lines(plan, &outcomes(plan, progress)) {
        match line {
            Some(Outcome::Silent) => counts.silent += 1,
            Some(Outcome::Made | Outcome::Rebought) => counts.spoken += 1,
            Some(Outcome::Reused) => counts.reused += 1,
            Some(Outcome::Failed | Outcome::Card) | None => {}
        }
    }
    for (planned, outcome) in plan.paintings.iter().zip(progress.pictures()) {
        let is_written = matches!(planned.request, PictureRequest::Written(_));
        match outcome {
            Some(Outcome::Made | Outcome::Rebought) if is_written => counts.animations += 1,
            Some(Outcome::Reused) if is_written => counts.animations_reused += 1,
            Some(Outcome::Made | Outcome::Rebought) => counts.pictures += 1,
            Some(Outcome::Reused) => counts.pictures_reused += 1,
            Some(Outcome::Card) => counts.cards += 1,
            Some(Outcome::Failed | Outcome::Silent) | None => {}
        }
    }
    counts.rebought =
        progress.takes().chain(progress.pictures()).filter(|outcome| *outcome == Some(Outcome::Rebought)).count();
    counts.scenes_reused = progress.scenes().filter(|outcome| *outcome == Some(Outcome::Reused)).count();
    counts
}

/// How each segment came about.
pub(crate) fn outcomes(plan: &Plan, progress: &Progress) -> Vec<Option<Outcome>> {
    let mut known = HashSet::new();
    plan.segments.iter().map(|segment| of_segment(progress, segment, &mut known)).collect()
}

/// Each line's segments, and how the line came about: as the worst of them.
pub(crate) fn lines(plan: &Plan, outcomes: &[Option<Outcome>]) -> Vec<(Range<usize>, Option<Outcome>)> {
    let mut first = 0;
    let rows = plan.segments.chunk_by(|one, next| one.line == next.line);
    rows.map(|row| {
        let segments = first..first + row.len();
        first = segments.end;
        let has = |outcome| outcomes[segments.clone()].contains(&outcome);
        let worst = match () {
            () if has(Some(Outcome::Failed)) => Some(Outcome::Failed),
            () if has(None) => None,
            () if has(Some(Outcome::Silent)) => Some(Outcome::Silent),
            () if has(Some(Outcome::Made)) || has(Some(Outcome::Rebought)) => Some(Outcome::Made),
            () => Some(Outcome::Reused),
        };
        (segments, worst)
    })
    .collect()
}

/// How a segment came about: a take that was made is reused where it stands again.
fn of_segment(progress: &Progress, segment: &PlannedSegment, known: &mut HashSet<usize>) -> Option<Outcome> {
    let outcome = progress.outcome(Part::Take(segment.take));
    match outcome {
        Some(Outcome::Made | Outcome::Rebought) if !known.insert(segment.take) => Some(Outcome::Reused),
        other => other,
    }
}

/// Cost of a job: what the provider charged, as far as the track is laid; before that, what its catalog says.
#[must_use]
pub fn cost(plan: &Plan, progress: &Progress, laid: &[Segment]) -> Cost {
    let mut cost = cost_of(plan, &outcomes(plan, progress), laid);
    for (painting, outcome) in plan.paintings.iter().zip(progress.pictures()) {
        match outcome {
            Some(Outcome::Made) => cost.cost_usd += painting.usd,
            // What was lost may have been charged too.
            Some(Outcome::Rebought) => cost.cost_usd += 2.0 * painting.usd,
            Some(Outcome::Reused) => cost.saved_usd += painting.usd,
            Some(Outcome::Failed | Outcome::Silent | Outcome::Card) | None => {}
        }
    }
    cost
}

/// The same, as each segment came about.
pub(crate) fn cost_of(plan: &Plan, outcomes: &[Option<Outcome>], laid: &[Segment]) -> Cost {
    let mut cost = Cost { rehearsed: plan.rehearsed, ..Cost::default() };
    for (index, (segment, outcome)) in plan.segments.iter().zip(outcomes).enumerate() {
        let laid = laid.iter().find(|laid| laid.index == index && !laid.silent);
        let characters = laid.map_or(plan.takes[segment.take].characters, |laid| laid.characters);
        match outcome {
            Some(Outcome::Made | Outcome::Rebought) => cost.characters_paid += characters,
            Some(Outcome::Reused) => cost.characters_saved += characters,
            Some(Outcome::Failed | Outcome::Silent | Outcome::Card) | None => {}
        }
    }
    cost.cost_usd = plan.usd(cost.characters_paid);
    cost.saved_usd = plan.usd(cost.characters_saved);
    cost
}

/// How far each stage is, and the share of the whole. Rendering is most of the work, so it weighs most.
fn stages(plan: &Plan, progress: &Progress) -> (Stages, f64) {
    let is_done = |part| usize::from(progress.outcome(part).is_some());
    let speak = Stage { done: progress.takes().flatten().count(), of: plan.takes.len() };
    let pictures = |is_written: bool| {
        let all = plan.paintings.iter().zip(progress.pictures());
        let such: Vec<_> =
            all.filter(|(planned, _)| matches!(planned.request, PictureRequest::Written(_)) == is_written).collect();
        Stage { done: such.iter().filter(|(_, outcome)| outcome.is_some()).count(), of: such.len() }
    };
    let (paint, animate) = (pictures(false), pictures(true));
    let compose = Stage { done: progress.scenes().flatten().count(), of: plan.scenes.len() };
    let join = match plan.kind {
        Kind::Preview => Stage { done: is_done(Part::Track), of: 1 },
        Kind::Video => Stage { done: is_done(Part::Film), of: 1 },
    };
    let none = Stage::default();
    let weighted = [(speak, 0.3), (paint, 0.3), (animate, 0.3), (compose, 0.6), (join, 0.1)];
    let total: f64 = weighted.iter().filter(|(stage, _)| stage.of > 0).map(|(_, weight)| weight).sum();
    let done: f64 =
        weighted.iter().filter(|(s, _)| s.of > 0).map(|(s, weight)| weight * s.done as f64 / s.of as f64).sum();
    (Stages { write: none, speak, paint, animate, compose, join }, done / total)
}

fn segment_views(
    plan: &Plan,
    progress: &Progress,
    laid: &[Segment],
    speaking: &[(Attempt, Speaking)],
    id: &JobId,
) -> Vec<SegmentView> {
    let outcomes = outcomes(plan, progress);
    let view = |(index, segment): (usize, &PlannedSegment)| {
        let take = plan.take(index);
        let outcome = outcomes[index];
        let laid = laid.iter().find(|segment| segment.index == index);
        SegmentView {
            index,
            line: segment.line,
            speaker: plan.line(index).speaker.clone(),
            text: take.request.text.clone(),
            state: match outcome {
                Some(Outcome::Failed) => "failed",
                Some(Outcome::Silent) => "silent",
                Some(_) => "ready",
                None if speaking.iter().any(|(attempt, _)| attempt.take == take.key) => "speaking",
                None => "waiting",
            },
            start_s: laid.map(|segment| seconds(segment.start)),
            end_s: laid.map(|segment| seconds(segment.end)),
            volume: crate::material::volume(plan, index),
            reused: outcome == Some(Outcome::Reused),
            take: take.key.clone(),
            audio: format!("/v1/jobs/{id}/files/line-{index:03}.mp3"),
        }
    };
    plan.segments.iter().enumerate().map(view).collect()
}

/// The newest jobs, a line each.
///
/// # Errors
/// Those of the store.
pub async fn list(house: &House, after: &str, limit: usize, source: Option<Source>) -> Result<Vec<Job>, StoreError> {
    let now = house.clock.now();
    let (mut alive, mut after) = (Vec::new(), after.to_owned());
    loop {
        let batch = house.list::<Job>(&Partition::Jobs, &after, limit.max(1)).await?;
        let is_last = batch.len() < limit.max(1);
        after = batch.last().map(|read| read.record.id.0.clone()).unwrap_or(after);
        let is_asked_for = |job: &Job| job.is_alive(now) && source.is_none_or(|source| job.source == source);
        alive.extend(batch.into_iter().map(|read| read.record).filter(is_asked_for));
        if is_last || alive.len() >= limit {
            alive.truncate(limit);
            return Ok(alive);
        }
    }
}
