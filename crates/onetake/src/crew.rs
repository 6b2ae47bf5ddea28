//! Who works in a house on one machine: one who speaks for each lane, two for each core, who render and who animate, one who lays tracks, one who
//! moves jobs on.

use crate::ending::Ending;
use crate::workplace::Workplace;
use local::Delivery;
use std::time::Duration;
use steps::paint::Which;
use story::Failure;
use story::Task;
use story::failure::StoreError;
use story::queue::Receiver;
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};

/// A task that is not heard of for this long is handed over again.
const VISIBILITY: Duration = Duration::from_secs(60);

/// A task that did not work is tried again after so long, and then after twice as long: a disk or a database may be busy.
const AGAIN: Duration = Duration::from_secs(1);

/// Pictures that are drawn or fetched at once, at most.
const PAINTERS: usize = 100;

/// The crew of a house. Dropped, it stops at once.
pub(crate) struct Crew {
    close: watch::Sender<bool>,
    speaking: JoinSet<Result<(), Failure>>,
    working: JoinSet<Result<(), Failure>>,
}

impl Crew {
    /// Has a house worked in.
    pub(crate) fn start(workplace: &Workplace) -> Self {
        let (close, closing) = watch::channel(false);
        let mut speaking = JoinSet::new();
        for _ in 0..workplace.house().settings.lanes {
            speaking.spawn(speaks(workplace.clone(), closing.clone()));
        }
        speaking.spawn(paints(workplace.clone(), Which::Still, closing.clone()));
        speaking.spawn(paints(workplace.clone(), Which::Moving, closing.clone()));
        speaking.spawn(paints(workplace.clone(), Which::Written, closing.clone()));
        let mut working = JoinSet::new();
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let once = [Receiver::Advance, Receiver::Writer, Receiver::Track];
        let each_core = [Receiver::Compose, Receiver::Animate].into_iter().cycle().take(2 * cores);
        for receiver in once.into_iter().chain(each_core) {
            working.spawn(receives(workplace.clone(), receiver, closing.clone()));
        }
        Self { close, speaking, working }
    }

    /// Waits until one of them ends, which none should, and says why it did.
    pub(crate) async fn failed(&mut self) -> Ending {
        let stopped = tokio::select! {
            Some(stopped) = self.speaking.join_next() => stopped,
            Some(stopped) = self.working.join_next() => stopped,
        };
        match stopped {
            Ok(Err(failure)) => failure.into(),
            _ => Ending::Store(StoreError::Unavailable("a worker ended by itself".into())),
        }
    }

    /// Stops all but what is being spoken or drawn, for whatever job: that is paid, so it is finished and kept. What else was begun
    /// another process may be waiting for: it is left for that one.
    pub(crate) async fn close(&mut self) {
        self.close.send_replace(true);
        while self.working.join_next().await.is_some() {}
        while self.speaking.join_next().await.is_some() {}
    }

    /// Stops all at once.
    pub(crate) async fn stop(mut self) {
        self.working.shutdown().await;
        self.speaking.shutdown().await;
    }
}

/// Speaks whenever speech is woken, until it is closed: one for each lane. A lane may be another process's: then this one looks again after a while.
async fn speaks(workplace: Workplace, mut closing: watch::Receiver<bool>) -> Result<(), Failure> {
    let (speech, studio) = (workplace.speech(), workplace.makers.studio.as_ref());
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

/// Receives the tasks of one receiver and performs them, until it is closed.
async fn receives(workplace: Workplace, receiver: Receiver, mut closing: watch::Receiver<bool>) -> Result<(), Failure> {
    let inbox = &workplace.local.inbox;
    let closed = closing.clone();
    while !*closed.borrow() {
        let Some(delivery) = inbox.receive(receiver, VISIBILITY).await? else {
            tokio::select! {
                waited = inbox.wait(receiver) => waited?,
                _ = closing.wait_for(|is_closed| *is_closed) => {}
            }
            continue;
        };
        let receipt = delivery.receipt;
        let performed = tokio::select! {
            performed = perform(&workplace, delivery) => Some(performed),
            _ = closing.wait_for(|is_closed| *is_closed) => None,
        };
        match performed {
            Some(performed) => performed?,
            None => inbox.again(receipt, Duration::ZERO).await?,
        }
    }
    Ok(())
}

async fn does(workplace: &Workplace, task: &Task, tries: u32) -> Result<(), Failure> {
    match task {
        Task::Write { .. } => {
            steps::perform::have_written(workplace.house(), workplace.for_orders(), task, tries).await
        }
        _ => steps::perform::perform(workplace.house(), workplace.makers.studio.as_ref(), task, tries).await,
    }
}

/// Makes pictures, or has clips made, whenever somebody is sent for, many beside each other: they mostly wait. Closed, it begins no other,
/// and finishes what is paid.
async fn paints(workplace: Workplace, which: Which, mut closing: watch::Receiver<bool>) -> Result<(), Failure> {
    let inbox = &workplace.local.inbox;
    let receiver = which.wake(String::new()).receiver();
    let closed = closing.clone();
    let mut painting: JoinSet<Result<(), Failure>> = JoinSet::new();
    let ended = |painted: Result<Result<(), Failure>, JoinError>| {
        painted
            .unwrap_or_else(|error| Err(StoreError::Unavailable(format!("a painter ended by itself: {error}")).into()))
    };
    while !*closed.borrow() {
        tokio::select! {
            Some(painted) = painting.join_next() => ended(painted)?,
            waited = inbox.wait(receiver), if painting.len() < PAINTERS => waited?,
            _ = closing.wait_for(|is_closed| *is_closed) => break,
        }
        while painting.len() < PAINTERS
            && let Some(delivery) = inbox.receive(receiver, VISIBILITY).await?
        {
            // A wake-up is done once it is heard: a painter that dies is missed by his ticket, not by it.
            inbox.done(delivery.receipt).await?;
            let (workplace, closed) = (workplace.clone(), closed.clone());
            painting.spawn(async move {
                workplace.makers.painters.paint_while(workplace.house(), which, &|| !*closed.borrow()).await
            });
        }
    }
    while let Some(painted) = painting.join_next().await {
        ended(painted)?;
    }
    Ok(())
}

/// Performs a task while its message is kept from others.
async fn perform(workplace: &Workplace, delivery: Delivery) -> Result<(), Failure> {
    let Delivery { task, receipt, tries } = delivery;
    let inbox = &workplace.local.inbox;
    if steps::rest::rests(workplace.house(), task.job()).await? {
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
        done = does(workplace, &task, tries) => done,
        failure = renewing => Err(failure),
    };
    match done {
        Ok(()) => Ok(inbox.done(receipt).await?),
        Err(Failure::Retry(full @ StoreError::Full(_))) => {
            inbox.again(receipt, Duration::ZERO).await?;
            Err(full.into())
        }
        Err(failure) => {
            tracing::warn!(%failure, tries, "a task did not work; once more");
            Ok(inbox.again(receipt, AGAIN * tries).await?)
        }
    }
}
