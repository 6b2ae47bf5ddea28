//! A job's rows: from its plan, how its parts settled, and what was noted of them.

use super::sums::{scenes, totals};
use super::{Doing, Row, Span, Stage, Timeline, Times, label};
use crate::images::PictureRequest;
use crate::job::{Job, Kind, Progress};
use crate::plan::Plan;
use crate::queue::{Outcome, Part};
use crate::time::Timestamp;
use std::collections::HashMap;

/// What is known of a take or a picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// When it waited and was made.
    pub times: Times,
    /// On which lane.
    pub lane: Option<u32>,
}

/// What is known of the parts of a job.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Of each take, in the plan's order.
    pub takes: Vec<Seen>,
    /// Of each picture, in the plan's order.
    pub pictures: Vec<Seen>,
    /// Of what the studio made.
    pub noted: HashMap<Part, Times>,
}

impl Timeline {
    /// The timeline of a job as it stands at `now`.
    #[must_use]
    pub fn new(head: &Job, plan: &Plan, progress: &Progress, known: &Known, now: Timestamp) -> Self {
        let has_ended = head.status.has_ended();
        let at = if has_ended { head.updated_at } else { now };
        let open_ms = (!has_ended).then(|| at.since_ms(head.created_at));
        let rows = Rows { plan, progress, known, began: head.created_at, open_ms }.all();
        let (total, stages) = totals(&rows);
        let last_ms = stages.iter().filter_map(|stage| stage.to_ms).max().unwrap_or_default();
        Self {
            id: head.id.clone(),
            kind: head.kind,
            status: head.status,
            created_at: head.created_at.to_string(),
            length_ms: at.since_ms(head.created_at).max(last_ms),
            total,
            stages,
            scenes: scenes(&rows, plan.scenes.len()),
            rows,
        }
    }
}

struct Rows<'a> {
    plan: &'a Plan,
    progress: &'a Progress,
    known: &'a Known,
    began: Timestamp,
    /// How long the job has been running, if it does.
    open_ms: Option<u64>,
}

impl Rows<'_> {
    fn all(&self) -> Vec<Row> {
        let Self { plan, .. } = *self;
        let mut of_takes = vec![Vec::new(); plan.takes.len()];
        let mut of_pictures = vec![Vec::new(); plan.paintings.len()];
        for (index, scene) in plan.scenes.iter().enumerate() {
            for part in plan.needs(scene) {
                let scenes: &mut Vec<usize> = match part {
                    Part::Take(take) => &mut of_takes[take],
                    Part::Picture(picture) => &mut of_pictures[picture],
                    Part::Scene(_) | Part::Track | Part::Film => continue,
                };
                if scenes.last() != Some(&index) {
                    scenes.push(index);
                }
            }
        }
        let takes: Vec<Row> =
            of_takes.into_iter().enumerate().map(|(index, scenes)| self.take(index, scenes)).collect();
        let pictures: Vec<Row> =
            of_pictures.into_iter().enumerate().map(|(index, scenes)| self.picture(index, scenes)).collect();
        let parts: Vec<Made> = (0..plan.scenes.len()).map(|index| self.scene(index, &takes, &pictures)).collect();
        let every_take = (0..takes.len()).map(Part::Take);
        let track = self.made(Part::Track, every_take, last_ms(takes.iter().map(end_ms)));
        let film = (plan.kind == Kind::Video).then(|| {
            let needs = (0..parts.len()).map(Part::Scene).chain([Part::Track]);
            self.made(Part::Film, needs, last_ms(parts.iter().chain([&track]).map(|made| made.there_ms)))
        });
        let made = parts.into_iter().chain([track]).chain(film).map(|made| made.row);
        takes.into_iter().chain(pictures).chain(made).collect()
    }

    fn take(&self, index: usize, scenes: Vec<usize>) -> Row {
        let Self { plan, .. } = *self;
        let segment = plan.segments.iter().position(|segment| segment.take == index);
        let label = segment.map(|segment| {
            let (line, text) = (plan.segments[segment].line + 1, &plan.takes[index].request.text);
            format!("{line} {}", label(&format!("{}: {text}", plan.line(segment).speaker)))
        });
        let seen = self.known.takes.get(index).copied().unwrap_or_default();
        self.provided(Stage::Speak, Part::Take(index), label.unwrap_or_default(), scenes, seen)
    }

    fn picture(&self, index: usize, scenes: Vec<usize>) -> Row {
        let text = match &self.plan.paintings[index].request {
            PictureRequest::Drawn(prompt) => label(&prompt.text),
            PictureRequest::Generated(clip) => label(&clip.text),
            PictureRequest::Written(brief) => label(&brief.section.heading),
            // The rest of an address may be a secret between the two.
            PictureRequest::Fetched(address) => label(host(address)),
        };
        let seen = self.known.pictures.get(index).copied().unwrap_or_default();
        self.provided(Stage::Paint, Part::Picture(index), format!("{} {text}", index + 1), scenes, seen)
    }

    fn provided(&self, stage: Stage, part: Part, label: String, scenes: Vec<usize>, seen: Seen) -> Row {
        let outcome = self.progress.outcome(part);
        let Times { queued_at, begun_at, ended_at, stored_at } = seen.times;
        let marks = [(Doing::Queued, queued_at), (Doing::Provider, begun_at), (Doing::Stored, ended_at)];
        let spans = self.spans(&marks, stored_at, self.open_ms.filter(|_| outcome.is_none()));
        let index = match part {
            Part::Take(index) | Part::Picture(index) | Part::Scene(index) => index,
            Part::Track | Part::Film => 0,
        };
        let lane = seen.lane.filter(|_| !spans.is_empty());
        Row { stage, part: index, label, outcome, lane, scenes, spans }
    }

    fn scene(&self, index: usize, takes: &[Row], pictures: &[Row]) -> Made {
        let needs: Vec<Part> = self.plan.needs(&self.plan.scenes[index]).collect();
        let rows = needs.iter().filter_map(|part| match part {
            Part::Take(index) => takes.get(*index),
            Part::Picture(index) => pictures.get(*index),
            Part::Scene(_) | Part::Track | Part::Film => None,
        });
        self.made(Part::Scene(index), needs.iter().copied(), last_ms(rows.map(end_ms)))
    }

    /// What the studio made, of parts that were all there after `ready_ms`.
    fn made(&self, part: Part, mut needs: impl Iterator<Item = Part>, ready_ms: u64) -> Made {
        let (stage, index, label, scenes) = match part {
            Part::Track => (Stage::Track, 0, "track".to_owned(), Vec::new()),
            Part::Film => (Stage::Join, 0, "film".to_owned(), Vec::new()),
            Part::Scene(index) | Part::Take(index) | Part::Picture(index) => {
                (Stage::Compose, index, format!("scene {}", index + 1), vec![index])
            }
        };
        let outcome = self.progress.outcome(part);
        let is_there = |part| self.progress.outcome(part).is_some_and(|outcome| outcome != Outcome::Failed);
        let ready_at = Some(self.began.plus_ms(ready_ms));
        // What is noted of a part that is to be made again is of an earlier life.
        let spans = match self.known.noted.get(&part).filter(|_| outcome.is_some()) {
            Some(Times { begun_at, ended_at, stored_at, .. }) => {
                let marks = [(Doing::Queued, ready_at), (Doing::Studio, *begun_at), (Doing::Stored, *ended_at)];
                self.spans(&marks, *stored_at, None)
            }
            None if outcome.is_none() && needs.all(is_there) => {
                self.spans(&[(Doing::Pending, ready_at)], None, self.open_ms)
            }
            None => Vec::new(),
        };
        let row = Row { stage, part: index, label, outcome, lane: None, scenes, spans };
        Made { there_ms: end_ms(&row).max(ready_ms), row }
    }

    /// From each mark that is known to the next that is; the last one is open, if it is told until when. Clocks that disagree make
    /// a while shorter, never one that runs backwards.
    fn spans(&self, marks: &[(Doing, Option<Timestamp>)], end: Option<Timestamp>, open_ms: Option<u64>) -> Vec<Span> {
        let mut known = marks.iter().filter_map(|(doing, at)| Some((*doing, at.as_ref()?.since_ms(self.began))));
        let end_ms = end.map(|at| at.since_ms(self.began)).or(open_ms);
        let mut spans = Vec::new();
        let Some((mut doing, mut from_ms)) = known.next() else { return spans };
        let rest = known.map(|(next, at_ms)| (Some(next), at_ms)).chain(end_ms.map(|at_ms| (None, at_ms)));
        for (next, at_ms) in rest {
            let to_ms = at_ms.max(from_ms);
            if to_ms > from_ms {
                spans.push(Span { doing, from_ms, to_ms });
            }
            (doing, from_ms) = (next.unwrap_or(doing), to_ms);
        }
        spans
    }
}

/// A row of what the studio makes, and when it was there: not before all that it needs, even if it was rendered before the job.
struct Made {
    row: Row,
    there_ms: u64,
}

/// When a part was there, as far as its row says.
fn end_ms(row: &Row) -> u64 {
    row.spans.last().map_or(0, |span| span.to_ms)
}

fn last_ms(all: impl Iterator<Item = u64>) -> u64 {
    all.max().unwrap_or_default()
}

/// The host of an address, without names and secrets that stand before it.
fn host(address: &str) -> &str {
    let rest = address.split_once("//").map_or(address, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default()
}
