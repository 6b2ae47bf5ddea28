//! The host of one machine: hands tasks to steps, on all lanes and all cores, until the job that is waited for has ended.

use crate::ending::Ending;
use crate::progress::Bar;
use crate::workplace::Workplace;
use local::Delivery;
use std::time::Duration;
use steps::sweep::Swept;
use steps::view::View;
use story::failure::StoreError;
use story::queue::Kind;
use story::{Failure, JobId};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};

/// A task that is not heard of for this long is handed over again.
const VISIBILITY: Duration = Duration::from_secs(60);

/// Tries of one task before it is given up.
const TRIES: u32 = 5;

/// Between two looks at the job.
const LOOK: Duration = Duration::from_millis(100);

/// Between two looks whether another process, on its way to its own job, let this one rest.
const RESTED_MS: u64 = 1_000;

/// Works until a job has ended, and says how it stands.
pub(crate) async fn work(workplace: &Workplace, id: &JobId, json: bool) -> Result<View, Ending> {
    // Jobs that were stopped earlier wait until their own command is given again: nothing is spent by surprise.
    steps::sweep::rest(workplace.house(), id).await?;
    steps::sweep::expire(workplace.house(), &mut Swept::default()).await?;
    steps::sweep::take_up(workplace.house(), id).await?;
    let (close, closing) = watch::channel(false);
    let mut speakers = JoinSet::new();
    for _ in 0..workplace.house().settings.lanes {
        speakers.spawn(speaker(workplace.clone(), closing.clone()));
    }
    let mut workers = JoinSet::new();
    workers.spawn(receiver(workplace.clone(), Kind::Advance));
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    for _ in 0..cores {
        workers.spawn(receiver(workplace.clone(), Kind::Compose));
    }
    let bar = Bar::new(json);
    let mut ended = tokio::select! {
        view = look(workplace, id, &bar) => view,
        Some(stopped) = speakers.join_next() => Err(why(stopped)),
        Some(stopped) = workers.join_next() => Err(why(stopped)),
        _ = tokio::signal::ctrl_c() => Err(Ending::Stopped),
    };
    bar.clear();
    workers.shutdown().await;
    if ended.is_ok() {
        // What is being spoken, for a job that was cancelled or for another process's, is paid: it is finished and kept.
        close.send_replace(true);
        tokio::select! {
            () = async { while speakers.join_next().await.is_some() {} } => {}
            _ = tokio::signal::ctrl_c() => ended = Err(Ending::Stopped),
        }
    }
    speakers.shutdown().await;
    if ended.is_ok()
        && let Err(failure) = steps::sweep::keep_within(workplace.house(), &mut Swept::default()).await
    {
        // What was asked for is made; the next job removes what this one could not.
        tracing::warn!(%failure, "takes that are too many were not removed");
    }
    ended
}

/// Why a worker ended that never should.
fn why(stopped: Result<Result<(), Failure>, JoinError>) -> Ending {
    match stopped {
        Ok(Err(failure)) => failure.into(),
        _ => Ending::Store(StoreError::Unavailable("a worker ended by itself".into())),
    }
}

/// Looks at the job until it has ended.
async fn look(workplace: &Workplace, id: &JobId, bar: &Bar) -> Result<View, Ending> {
    let house = workplace.house();
    let (mut seen, mut seen_at, mut asked_at) = (None, house.clock.now(), house.clock.now());
    loop {
        let view = steps::view::view(house, id).await?.ok_or_else(|| Ending::no_such_job(id))?;
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
        if stands_still || (asks && steps::sweep::rests(house, id).await?) {
            steps::sweep::take_up(house, id).await?;
            seen_at = now;
        }
        if asks {
            asked_at = now;
        }
        house.clock.sleep(LOOK).await;
    }
}

/// Speaks whenever speech is woken, until it is closed: one for each lane. A lane may be another process's: then this one looks again after a while.
async fn speaker(workplace: Workplace, mut closing: watch::Receiver<bool>) -> Result<(), Failure> {
    let (speech, studio) = (workplace.speech.as_ref(), workplace.studio.as_ref());
    let closed = closing.clone();
    let mut seen = 0;
    while !*closed.borrow() {
        steps::speak::speak_while(workplace.house(), speech, studio, &|| !*closed.borrow()).await?;
        let woken = tokio::time::timeout(Duration::from_secs(1), workplace.local.inbox.speech_woken(seen));
        tokio::select! {
            woken = woken => if let Ok(woken) = woken { seen = woken? },
            _ = closing.wait_for(|is_closed| *is_closed) => return Ok(()),
        }
    }
    Ok(())
}

/// Receives tasks of one kind and performs them.
async fn receiver(workplace: Workplace, kind: Kind) -> Result<(), Failure> {
    let inbox = &workplace.local.inbox;
    loop {
        match inbox.receive(&[kind], VISIBILITY).await? {
            Some(delivery) => perform(&workplace, delivery).await?,
            None => inbox.wait(&[kind]).await?,
        }
    }
}

/// Performs a task while its message is kept from others.
async fn perform(workplace: &Workplace, delivery: Delivery) -> Result<(), Failure> {
    let Delivery { task, receipt, tries } = delivery;
    let inbox = &workplace.local.inbox;
    if steps::sweep::rests(workplace.house(), task.job()).await? {
        // Taken up again, the job is sent all that is due.
        return Ok(inbox.done(receipt).await?);
    }
    let renewing = async {
        loop {
            tokio::time::sleep(VISIBILITY / 3).await;
            if let Err(error) = inbox.renew(receipt, VISIBILITY).await {
                return Failure::Retry(error);
            }
        }
    };
    let done = tokio::select! {
        done = steps::perform::perform(workplace.house(), workplace.studio.as_ref(), &task) => done,
        failure = renewing => Err(failure),
    };
    match done {
        Ok(()) => Ok(inbox.done(receipt).await?),
        Err(Failure::Retry(full @ StoreError::Full(_))) => {
            inbox.again(receipt, Duration::ZERO).await?;
            Err(full.into())
        }
        Err(failure) if tries >= TRIES => {
            steps::advance::give_up(workplace.house(), &task, &failure.to_string()).await?;
            Ok(inbox.done(receipt).await?)
        }
        Err(failure) => {
            tracing::warn!(%failure, tries, "a task did not work; once more");
            Ok(inbox.again(receipt, Duration::from_millis(200 << tries)).await?)
        }
    }
}
