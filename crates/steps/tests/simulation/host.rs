//! The hosts of a world: processes that speak, receive and sweep until they stop, and are then started anew.

use crate::simulation::breaks::Break;
use crate::simulation::ports::Ports;
use crate::simulation::process::Process;
use crate::simulation::provider::Double;
use crate::simulation::studio::Workshop;
use crate::simulation::time;
use crate::simulation::world::World;
use local::queue::{Delivery, Inbox};
use std::sync::Arc;
use std::time::Duration;
use story::queue::Receiver;
use story::{Failure, House, JobId};
use tokio::task::JoinSet;

const VISIBILITY: Duration = Duration::from_secs(60);

/// Everything that one process works with.
pub(crate) struct Workplace {
    pub(crate) house: House,
    pub(crate) speech: Double,
    pub(crate) studio: Workshop,
    pub(crate) process: Arc<Process>,
}

impl Workplace {
    pub(crate) fn new(process: &Arc<Process>) -> Self {
        Self {
            house: Ports(Arc::clone(process)).house(),
            speech: Double(Arc::clone(process)),
            studio: Workshop::new(process),
            process: Arc::clone(process),
        }
    }
}

/// One process after another.
pub(crate) async fn processes(world: Arc<World>) {
    loop {
        let process = Process::new(&world, "host");
        process.say(|| "begins".into());
        let workplace = Arc::new(Workplace::new(&process));
        let mut tasks = JoinSet::new();
        let speakers = if world.temper.is_fifo { 0 } else { world.temper.lanes };
        for _ in 0..speakers {
            tasks.spawn(speaks(Arc::clone(&workplace)));
        }
        tasks.spawn(receives(Arc::clone(&workplace), Receiver::Advance));
        tasks.spawn(receives(Arc::clone(&workplace), Receiver::Advance));
        tasks.spawn(receives(Arc::clone(&workplace), Receiver::Compose));
        tasks.spawn(receives(Arc::clone(&workplace), Receiver::Track));
        tasks.spawn(sweeps(Arc::clone(&workplace)));
        tokio::select! {
            biased;
            () = process.stopped() => {}
            Some(ended) = tasks.join_next() => match ended {
                Ok(Ok(())) => world.wrong("host", "a task of a process ended by itself"),
                Ok(Err(failure)) => process.say(|| format!("ENDS by an error: {failure}")),
                Err(panic) => world.wrong("host", &panic.to_string()),
            },
        }
        tasks.shutdown().await;
        time::passes_between(&world, 200, 40_000).await;
    }
}

async fn speaks(workplace: Arc<Workplace>) -> Result<(), Failure> {
    let Workplace { house, speech, studio, process } = &*workplace;
    let mut seen = 0;
    loop {
        steps::speak::speak(house, speech, studio).await?;
        let woken = process.world.queue.speech_woken(seen);
        let idle_ms = process.world.between(1_000, process.world.temper.longest_idle_ms);
        if let Some(woken) = time::within(Duration::from_millis(idle_ms), woken).await {
            seen = woken?;
        }
        process.pass().await;
    }
}

async fn sweeps(workplace: Arc<Workplace>) -> Result<(), Failure> {
    let Workplace { house, process, .. } = &*workplace;
    loop {
        let (from_ms, to_ms) = process.world.temper.sweep_ms;
        time::passes_between(&process.world, from_ms, to_ms).await;
        process.pass().await;
        if !process.world.breaks(Break::NoSweep) {
            steps::sweep::sweep(house).await?;
        }
    }
}

async fn receives(workplace: Arc<Workplace>, receiver: Receiver) -> Result<(), Failure> {
    let process = &workplace.process;
    let inbox = &process.world.queue;
    loop {
        process.pass().await;
        match inbox.receive(receiver, VISIBILITY).await? {
            Some(delivery) => perform(&workplace, delivery).await?,
            None => inbox.wait(receiver).await?,
        }
    }
}

async fn perform(workplace: &Workplace, delivery: Delivery) -> Result<(), Failure> {
    let Workplace { house, studio, process, .. } = workplace;
    let Delivery { task, receipt, tries } = delivery;
    let inbox = &process.world.queue;
    if rests(house, task.job()).await {
        return Ok(inbox.done(receipt).await?);
    }
    let done = steps::perform::perform(house, studio, &task, tries).await;
    process.pass().await;
    match done {
        Ok(()) => Ok(inbox.done(receipt).await?),
        Err(_) => Ok(inbox.again(receipt, Duration::from_secs(1) * tries).await?),
    }
}

async fn rests(house: &House, job: Option<&JobId>) -> bool {
    steps::rest::rests(house, job).await.unwrap_or_default()
}
