//! The end of a world: everything settles, the books agree, and at last nothing is left.

use crate::simulation::breaks::Break;
use crate::simulation::host::Workplace;
use crate::simulation::process::Process;
use crate::simulation::time;
use crate::simulation::world::{Told, World};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use story::JobId;
use story::artifacts::Artifacts;
use story::job::Job;
use story::ledger::{Attempt, Ending};
use story::records::{Document, Partition, Records};
use story::take::{Take, TakeState};

/// So long after the last fault and the last user nothing is under way any more.
const MINUTES: u64 = 60;

/// Waits until nothing is under way.
pub(crate) async fn settles(world: &Arc<World>) {
    for _ in 0..MINUTES {
        if world.is_wrong() {
            return;
        }
        if under_way(world).is_empty() {
            break;
        }
        time::passes(Duration::from_secs(60)).await;
    }
    let left = under_way(world);
    if !left.is_empty() {
        return world.wrong("5.6", &format!("after {MINUTES} quiet minutes there is still {}", left.join(", ")));
    }
    for id in world.accepted() {
        let Ok(Some(head)) = world.records.get(&Partition::Jobs, &id.0).await else { continue };
        let status = parsed::<Job>(&head).status;
        if !status.has_ended() {
            world.wrong("5.6", &format!("job {id} was accepted and is {status:?}"));
        }
    }
}

/// What is not settled.
fn under_way(world: &World) -> Vec<String> {
    let all = world.records.all();
    let ended = |id: &JobId| {
        let head = all.iter().find(|document| document.partition == Partition::Jobs && document.key == id.0);
        head.is_none_or(|head| parsed::<Job>(head).status.has_ended())
    };
    let open = |document: &&Document| match document.partition {
        Partition::OpenJobs | Partition::Tickets | Partition::OpenAttempts | Partition::Claims => true,
        // A step that did not know of its job's end may have left it: it goes when its take is looked at.
        Partition::Wants(_) => !ended(&JobId(document.key.clone())),
        // One that waits and that neither a ticket nor a wish names expires in its time.
        Partition::Takes => {
            matches!(parsed::<Take>(document).state, TakeState::Speaking(_) | TakeState::Uncertain(_))
        }
        _ => false,
    };
    all.iter().filter(open).map(|document| format!("{} {}", document.partition, document.key)).collect()
}

/// Sets the ledger beside the provider's books.
pub(crate) async fn books(world: &Arc<World>) -> Told {
    let all = world.records.all();
    let ledger: Vec<Attempt> = all
        .iter()
        .filter(|document| matches!(document.partition, Partition::Ledger(_)))
        .map(parsed::<Attempt>)
        .collect();
    let mut told = Told { jobs: world.accepted().len() as u64, ..Told::default() };
    let mut named: BTreeMap<&str, &Attempt> = BTreeMap::new();
    for attempt in &ledger {
        match &attempt.ending {
            Ending::Spoken(receipt) => {
                let call = receipt.request_id.as_deref().unwrap_or_default();
                if let Some(other) = named.insert(call, attempt) {
                    world.wrong("5.1", &format!("{} and {} have both paid {call}", other.attempt, attempt.attempt));
                }
            }
            Ending::Recovered(_) => told.recovered += 1,
            Ending::Lost => told.lost += 1,
            Ending::Open if !world.is_wrong() => {
                world.wrong("5.6", &format!("attempt {} never ended", attempt.attempt));
            }
            Ending::Open | Ending::Busy | Ending::Closed(_) => {}
        }
    }
    let account = world.account();
    let paid_characters = match world.broken {
        Some(Break::Counter) => world.counter.load(Ordering::SeqCst),
        _ => ledger.iter().map(|attempt| attempt.ending.paid_characters()).sum(),
    };
    told.calls = account.log().calls.len() as u64;
    let (mut unnamed, mut unnamed_characters) = (0, 0);
    for call in &account.log().calls {
        match named.remove(call.request_id.as_str()) {
            Some(attempt) if attempt.ending.paid_characters() == call.charged => {}
            Some(attempt) => {
                let paid = attempt.ending.paid_characters();
                world.wrong("5.1", &format!("{} cost {}, not {paid}", call.request_id, call.charged));
            }
            None => {
                unnamed += 1;
                unnamed_characters += call.charged;
            }
        }
    }
    if paid_characters + unnamed_characters != account.settings.used && !world.is_wrong() {
        let used = account.settings.used;
        world.wrong("5.1", &format!("{used} characters were charged, {paid_characters} are in the ledger"));
    }
    if let Some((call, attempt)) = named.into_iter().next() {
        world.wrong("5.1", &format!("{} has paid {call:?}, of which the provider knows nothing", attempt.attempt));
    }
    // A call that was lost and that the history did not show in time stands there as lost.
    if unnamed > told.lost && !world.is_wrong() {
        world.wrong("5.1", &format!("{unnamed} charged calls are in no ledger, {} are lost", told.lost));
    }
    if unnamed > 0 && !world.temper.fails_unclearly && !world.is_wrong() {
        world.wrong("5.1", &format!("{unnamed} charged calls are in no ledger"));
    }
    told
}

/// Sweeps until all lives are over.
pub(crate) async fn everything_goes(world: &Arc<World>) {
    let process = Process::new(world, "last");
    let Workplace { house, speech, studio, .. } = Workplace::new(&process);
    for _ in 0..60 {
        let Ok(expiry) = world.records.list(&Partition::Expiry, "", 1).await else { return };
        let Some(next) = expiry.first() else { break };
        let at_ms: u64 = next.key.split('#').next().and_then(|at| at.parse().ok()).unwrap_or_default();
        // A leap over a while: what expires together goes together.
        let wait_ms = at_ms.saturating_sub(world.now().0) + 120_000;
        time::passes(Duration::from_millis(wait_ms)).await;
        if steps::sweep::sweep(&house).await.is_err() || steps::speak::speak(&house, &speech, &studio).await.is_err() {
            return world.wrong("5.6", "a sweep fails without a fault");
        }
    }
    let records: Vec<String> = world
        .records
        .all()
        .iter()
        .filter(|document| !matches!(document.partition, Partition::Ledger(_) | Partition::Lanes | Partition::Paces))
        .map(|document| format!("{} {}", document.partition, document.key))
        .collect();
    let objects = world.artifacts.list("").await.unwrap_or_default();
    let objects = objects.into_iter().map(|head| head.path);
    let left: Vec<String> = records.into_iter().chain(objects).collect();
    if !left.is_empty() {
        world.wrong("5.7", &format!("after all lives there is still {}", left.join(", ")));
    }
}

fn parsed<T: serde::de::DeserializeOwned>(document: &Document) -> T {
    serde_json::from_str(&document.body).expect("records of this world can be read")
}
