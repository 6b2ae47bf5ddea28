//! Sums of a timeline: by stage, by scene part, and of all.

use super::{Doing, Row, Span, Stage};
use serde::Serialize;

/// How long parts waited and were worked at, added up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sums {
    /// Waiting for its turn.
    #[serde(skip_serializing_if = "is_zero")]
    pub queued_ms: u64,
    /// With the provider.
    #[serde(skip_serializing_if = "is_zero")]
    pub provider_ms: u64,
    /// In the studio.
    #[serde(skip_serializing_if = "is_zero")]
    pub studio_ms: u64,
    /// Being kept.
    #[serde(skip_serializing_if = "is_zero")]
    pub stored_ms: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_zero(ms: &u64) -> bool {
    *ms == 0
}

impl Sums {
    /// Of some rows.
    #[must_use]
    pub fn of<'a>(rows: impl IntoIterator<Item = &'a Row>) -> Self {
        let mut sums = Self::default();
        for span in rows.into_iter().flat_map(|row| &row.spans) {
            match span.doing {
                Doing::Queued => sums.queued_ms += span.ms(),
                Doing::Provider => sums.provider_ms += span.ms(),
                Doing::Studio => sums.studio_ms += span.ms(),
                Doing::Stored => sums.stored_ms += span.ms(),
                Doing::Pending => {}
            }
        }
        sums
    }

    /// All work.
    #[must_use]
    pub fn worked_ms(&self) -> u64 {
        self.provider_ms + self.studio_ms + self.stored_ms
    }

    fn some(self) -> Option<Self> {
        (self != Self::default()).then_some(self)
    }
}

/// Sums of a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct StageSums {
    /// Which.
    pub stage: Stage,
    /// Its parts.
    pub parts: usize,
    /// Those that were made while the job ran: the others were there.
    pub made: usize,
    /// When the first of them began to wait or to be made.
    pub from_ms: Option<u64>,
    /// When the last of them was there.
    pub to_ms: Option<u64>,
    /// What they waited, added up.
    pub waited_ms: u64,
    /// What the one waited that waited longest.
    pub longest_wait_ms: u64,
    /// What was worked at them, added up.
    pub worked_ms: u64,
    /// How much of that ran beside other work of the job.
    pub beside_ms: u64,
    /// The same, by what became of them.
    #[serde(flatten)]
    pub sums: Sums,
}

/// Sums of a scene part: of its takes, its picture, and itself. A take that stands in several counts in each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SceneSums {
    /// Its index in the plan.
    pub scene: usize,
    /// When it was there, if it is made.
    pub ready_ms: Option<u64>,
    /// What its parts waited.
    pub waited_ms: u64,
    /// What was worked at them.
    pub worked_ms: u64,
    /// Its takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speak: Option<Sums>,
    /// Its picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paint: Option<Sums>,
    /// The part itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compose: Option<Sums>,
}

/// Sums of a job.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Total {
    /// What all parts waited.
    pub waited_ms: u64,
    /// What was worked at them.
    pub worked_ms: u64,
    /// How much of that ran beside other work.
    pub beside_ms: u64,
    /// For how long anything was worked at: `worked_ms` less what the overlap saved.
    pub busy_ms: u64,
}

/// Sums of all rows, and of each stage that has any.
pub(super) fn totals(rows: &[Row]) -> (Total, Vec<StageSums>) {
    let beside = Beside::of(rows);
    let stages: Vec<StageSums> = Stage::ALL
        .into_iter()
        .filter_map(|stage| {
            let of_stage: Vec<&Row> = rows.iter().filter(|row| row.stage == stage).collect();
            let spans = || of_stage.iter().flat_map(|row| &row.spans);
            let waited = |row: &&Row| Sums::of([*row]).queued_ms;
            let sums = Sums::of(of_stage.iter().copied());
            (!of_stage.is_empty()).then(|| StageSums {
                stage,
                parts: of_stage.len(),
                made: of_stage.iter().filter(|row| !row.spans.is_empty()).count(),
                from_ms: spans().map(|span| span.from_ms).min(),
                to_ms: spans().map(|span| span.to_ms).max(),
                waited_ms: sums.queued_ms,
                longest_wait_ms: of_stage.iter().map(waited).max().unwrap_or_default(),
                worked_ms: sums.worked_ms(),
                beside_ms: beside.stages[place(stage)],
                sums,
            })
        })
        .collect();
    let sum = |of: fn(&StageSums) -> u64| stages.iter().map(of).sum();
    let total = Total {
        waited_ms: sum(|stage| stage.waited_ms),
        worked_ms: sum(|stage| stage.worked_ms),
        beside_ms: sum(|stage| stage.beside_ms),
        busy_ms: beside.busy_ms,
    };
    (total, stages)
}

/// Sums of so many scene parts.
pub(super) fn scenes(rows: &[Row], count: usize) -> Vec<SceneSums> {
    let mut of: Vec<Vec<&Row>> = vec![Vec::new(); count];
    for row in rows {
        for scene in row.scenes.iter().filter(|scene| **scene < count) {
            of[*scene].push(row);
        }
    }
    let sums = |(scene, rows): (usize, Vec<&Row>)| {
        let all = Sums::of(rows.iter().copied());
        let stage = |stage| Sums::of(rows.iter().copied().filter(|row| row.stage == stage)).some();
        let own = rows.iter().find(|row| row.stage == Stage::Compose);
        SceneSums {
            scene,
            ready_ms: own.filter(|row| row.outcome.is_some()).and_then(|row| row.spans.last()).map(|span| span.to_ms),
            waited_ms: all.queued_ms,
            worked_ms: all.worked_ms(),
            speak: stage(Stage::Speak),
            paint: stage(Stage::Paint),
            compose: stage(Stage::Compose),
        }
    };
    of.into_iter().enumerate().map(sums).collect()
}

fn place(stage: Stage) -> usize {
    Stage::ALL.iter().position(|one| *one == stage).unwrap_or_default()
}

/// What ran while something else ran too, by stage.
struct Beside {
    stages: [u64; Stage::ALL.len()],
    busy_ms: u64,
}

impl Beside {
    /// One walk along the times at which work began or ended. Spans of a row do not overlap: who runs at once are several rows.
    fn of(rows: &[Row]) -> Self {
        let work = |row: &Row| {
            let place = place(row.stage);
            let is_work = |span: &&Span| span.doing.is_work();
            let edges = |span: &Span| [(span.from_ms, true, place), (span.to_ms, false, place)];
            row.spans.iter().filter(is_work).flat_map(edges).collect::<Vec<_>>()
        };
        let mut edges: Vec<(u64, bool, usize)> = rows.iter().flat_map(work).collect();
        // At one time, what ends does so first.
        edges.sort_unstable();
        let mut found = Self { stages: [0; Stage::ALL.len()], busy_ms: 0 };
        let (mut running, mut before_ms) = ([0_u64; Stage::ALL.len()], 0);
        for (at_ms, begins, place) in edges {
            let (passed_ms, all) = (at_ms - before_ms, running.iter().sum::<u64>());
            if all > 0 {
                found.busy_ms += passed_ms;
            }
            if all > 1 {
                found.stages.iter_mut().zip(running).for_each(|(sum, runs)| *sum += runs * passed_ms);
            }
            running[place] = if begins { running[place] + 1 } else { running[place] - 1 };
            before_ms = at_ms;
        }
        found
    }
}
