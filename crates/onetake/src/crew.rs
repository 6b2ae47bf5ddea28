//! Who works in a house on one machine: one who speaks for each lane, one who renders for each core, one who moves jobs on.

use crate::ending::Ending;
use crate::workplace::Workplace;
use local::Delivery;
use std::time::Duration;
use story::Failure;
use story::failure::StoreError;
use story::queue::Receiver;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// A task that is not heard of for this long is handed over again.
const VISIBILITY: Duration = Duration::from_secs(60);

/// A task that did not work is tried again after so long, and then after twice as long: a disk or a database may be busy.
const AGAIN: Duration = Duration::from_secs(1);

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
        let mut working = JoinSet::new();
        working.spawn(receives(workplace.clone(), Receiver::Advance));
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        for _ in 0..cores {
            working.spawn(receives(workplace.clone(), Receiver::Compose));
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

    /// Stops all but what is being spoken, for whatever job: that is paid, so it is finished and kept.
    pub(crate) async fn close(&mut self) {
        self.working.shutdown().await;
        self.close.send_replace(true);
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

/// Receives the tasks of one receiver and performs them.
async fn receives(workplace: Workplace, receiver: Receiver) -> Result<(), Failure> {
    let inbox = &workplace.local.inbox;
    loop {
        match inbox.receive(receiver, VISIBILITY).await? {
            Some(delivery) => perform(&workplace, delivery).await?,
            None => inbox.wait(receiver).await?,
        }
    }
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
        done = steps::perform::perform(workplace.house(), workplace.studio.as_ref(), &task, tries) => done,
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
