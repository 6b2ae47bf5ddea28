//! The host of one job: has its house worked in until that job has ended.

use crate::crew::Crew;
use crate::ending::{Ending, print};
use crate::progress::Bar;
use crate::shown;
use crate::workplace::Workplace;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use steps::sweep::Swept;
use steps::view::View;
use story::job::{Kind, Source};
use story::{Failure, JobId};
use tokio::sync::watch;

/// Between two looks at the job.
const LOOK: Duration = Duration::from_millis(100);

/// Between two looks whether another process, on its way to its own job, let this one rest.
const RESTED_MS: u64 = 1_000;

/// How long a job that is stopped may take to withdraw its wishes.
const RESTING: Duration = Duration::from_secs(2);

/// Whether a job is worked on.
static IS_WORKING: AtomicBool = AtomicBool::new(false);

/// Whether the process was told to stop. It stays so: whoever begins to listen a moment later must hear of it too.
static IS_TOLD: LazyLock<watch::Sender<bool>> = LazyLock::new(|| watch::Sender::new(false));

/// Has whatever works stop, its workers and its bar, and waits until it did.
pub(crate) async fn stop() {
    IS_TOLD.send_replace(true);
    while IS_WORKING.load(Ordering::SeqCst) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Until the process is told to stop.
async fn told() -> Ending {
    let _ = IS_TOLD.subscribe().wait_for(|is_told| *is_told).await;
    Ending::Stopped
}

/// Works until jobs have ended, and says how they stand.
pub(crate) async fn work(workplace: &Workplace, ids: &[JobId], json: bool) -> Result<Vec<View>, Ending> {
    IS_WORKING.store(true, Ordering::SeqCst);
    let ended = work_until_ended(workplace, ids, json).await;
    if matches!(ended, Err(Ending::Stopped)) {
        // Nothing is spent for them from now on, be there another process on the folder that goes on.
        let rests = async {
            for id in ids {
                steps::rest::rest_with_its_command(workplace.house(), id).await?;
            }
            Ok::<_, Failure>(())
        };
        if let Ok(Err(failure)) = tokio::time::timeout(RESTING, rests).await {
            tracing::warn!(%failure, "the job was not put to rest");
        }
    }
    IS_WORKING.store(false, Ordering::SeqCst);
    ended
}

async fn work_until_ended(workplace: &Workplace, ids: &[JobId], json: bool) -> Result<Vec<View>, Ending> {
    // Jobs that were stopped earlier wait until their own command is given again: nothing is spent by surprise.
    steps::rest::rest(workplace.house(), ids).await?;
    steps::sweep::expire(workplace.house(), &mut Swept::default()).await?;
    for id in ids {
        steps::rest::take_up(workplace.house(), id).await?;
    }
    let mut crew = Crew::start(workplace);
    let bar = Bar::new(json);
    let mut ended = tokio::select! {
        views = look_at_all(workplace, ids, &bar, json) => views,
        failed = crew.failed() => Err(failed),
        stopped = told() => Err(stopped),
    };
    bar.clear();
    if ended.is_ok() {
        // Another job's line may be being spoken: of one that was cancelled, or another process's.
        tokio::select! {
            () = crew.close() => {}
            stopped = told() => ended = Err(stopped),
        }
    }
    crew.stop().await;
    if ended.is_ok()
        && let Err(failure) = steps::sweep::keep_within(workplace.house(), &mut Swept::default()).await
    {
        // What was asked for is made; the next job removes what this one could not.
        tracing::warn!(%failure, "takes that are too many were not removed");
    }
    ended
}

/// Looks at one after the other: they are worked on beside each other.
async fn look_at_all(workplace: &Workplace, ids: &[JobId], bar: &Bar, json: bool) -> Result<Vec<View>, Ending> {
    let mut views = Vec::new();
    for id in ids {
        views.push(look(workplace, id, bar, json).await?);
    }
    Ok(views)
}

/// Looks at the job until it has ended. A film can be heard before it can be seen.
async fn look(workplace: &Workplace, id: &JobId, bar: &Bar, json: bool) -> Result<View, Ending> {
    let house = workplace.house();
    let (mut seen, mut seen_at, mut asked_at) = (None, house.clock.now(), house.clock.now());
    let mut is_said = json;
    loop {
        let view = steps::view::view(house, id).await?.ok_or_else(|| Ending::no_such_job(id))?;
        if !is_said && view.source != Source::Clip && view.kind == Kind::Video && view.is_laid {
            let heard = shown::preview(workplace, &view).await?;
            bar.beside(|| print(&heard));
            is_said = true;
        }
        if view.status.has_ended() {
            return Ok(view);
        }
        bar.show(&view);
        let now = house.clock.now();
        let stage = Some((view.stages, view.updated_at.clone()));
        if stage != seen {
            (seen, seen_at) = (stage, now);
        }
        // Moved on without a message: one may have been lost with a process.
        let stands_still = now.since_ms(seen_at) > house.settings.lease_ms;
        let asks = now.since_ms(asked_at) > RESTED_MS;
        if stands_still || (asks && steps::rest::rests(house, id).await?) {
            steps::rest::take_up(house, id).await?;
            seen_at = now;
        }
        if asks {
            asked_at = now;
        }
        house.clock.sleep(LOOK).await;
    }
}
