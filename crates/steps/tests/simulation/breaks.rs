//! Built-in bugs: rules of the protocol that are broken on purpose, to see that worlds notice. Each is switched on from outside, by
//! what a port answers, what a setting says, or what the provider is told: the product has no switch for any.

use crate::simulation::time;
use crate::simulation::world::World;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use story::artifacts::Object;
use story::failure::StoreError;
use story::house::Settings;
use story::job::{Job, Status};
use story::lane::Lane;
use story::ledger::{Attempt, Ending};
use story::looking::Looks;
use story::records::{Document, Partition, Records, Swap, Version};
use story::take::{Take, TakeState, Want};
use story::{AttemptId, TakeKey, Timestamp};

macro_rules! breaks {
    ($($(#[$meaning:meta])* $variant:ident $name:literal,)*) => {
        /// A rule that is broken.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Break { $($(#[$meaning])* $variant,)* }

        impl Break {
            pub(crate) const ALL: &[(&str, Self)] = &[$(($name, Self::$variant),)*];
        }
    };
}

breaks! {
    /// No attempt has a document.
    NoAttempt "no-attempt",
    /// A lane is taken whoever holds it.
    NoLease "no-lease",
    /// A lease is nobody's and everybody's at its last moment: neither cut nor taker's wait.
    NoGuard "no-guard",
    /// A request is sent later than `begin_by`.
    LateSend "late-send",
    /// The sound is stored before its sidecar.
    AudioFirst "audio-first",
    /// What is recovered is stored under the old attempt's name.
    OldName "old-name",
    /// What was paid is a sum that is read, increased and written.
    Counter "counter",
    /// The history is looked at once, and early.
    OneLook "one-look",
    /// An item of the history can be claimed by two.
    ClaimedTwice "claimed-twice",
    /// An uncertain take that nobody wants is dropped.
    DropUncertain "drop-uncertain",
    /// The sweep wakes no lane.
    NoWake "no-wake",
    /// An error of a swap is taken for a lost one.
    ErrorLost "error-lost",
    /// Who cancels drops a take for all.
    SharedCancel "shared-cancel",
    /// The history is never looked at.
    NoHistory "no-history",
    /// A write expects whatever stands there.
    BlindWrites "blind-writes",
    /// What goes stays in the store.
    NoRemoval "no-removal",
    /// The sweep does not run.
    NoSweep "no-sweep",
    /// The ledger's entries are never ended.
    OpenLedger "open-ledger",
}

impl Break {
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, found)| *found)
    }

    /// Shortly before the first seed whose world notices it (`just simulate --break all`), where that is a late one.
    pub(crate) fn near(self) -> u64 {
        match self {
            Self::ClaimedTwice => 200,
            Self::LateSend => 1_110,
            _ => 0,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, found)| *found == self).map_or("", |(name, _)| name)
    }
}

pub(crate) fn settings(world: &World, settings: Settings) -> Settings {
    match world.broken {
        Some(Break::NoGuard) => Settings { guard_ms: 0, ..settings },
        Some(Break::OneLook) => Settings { looks: Looks(vec![0]), ..settings },
        _ => settings,
    }
}

/// A document as a broken store tells it.
pub(crate) fn told(world: &World, document: Document) -> Document {
    let body = match (world.broken, &document.partition) {
        (Some(Break::NoLease), Partition::Lanes) => {
            parsed::<Lane>(&document).map(|lane| serde_json::to_string(&Lane { lease_until: Timestamp(0), ..lane }))
        }
        (Some(Break::DropUncertain), Partition::Takes) => parsed::<Take>(&document)
            .filter(|take| matches!(take.state, TakeState::Uncertain(_)) && wants(world, &take.key).is_empty())
            .map(|take| serde_json::to_string(&Take { state: TakeState::Wanted, ..take })),
        _ => None,
    };
    match body {
        Some(Ok(body)) => Document { body, ..document },
        _ => document,
    }
}

/// Does what a broken store does in place of a write, if it does.
pub(crate) async fn put(world: &Arc<World>, new: &Document, expected: Option<Version>) -> Option<Swap> {
    match (world.broken?, &new.partition) {
        (Break::NoAttempt, Partition::Ledger(_) | Partition::OpenAttempts) if expected.is_none() => Some(Swap::Done),
        (Break::OpenLedger, Partition::Ledger(_)) if expected.is_some() => Some(Swap::Done),
        (Break::ClaimedTwice, Partition::Claims) => Some(Swap::Done),
        (Break::OldName, Partition::OpenAttempts) => {
            let recovery = parsed::<Attempt>(new)?;
            world.aliases().insert(recovery.attempt, recovery.recovers?);
            None
        }
        (Break::Counter, Partition::Ledger(_)) => {
            let Ending::Spoken(receipt) = parsed::<Attempt>(new)?.ending else { return None };
            let sum = world.counter.load(Ordering::SeqCst);
            time::passes_between(world, 2, 12).await;
            world.counter.store(sum + receipt.characters, Ordering::SeqCst);
            None
        }
        _ => None,
    }
}

/// The version that a write expects.
pub(crate) async fn expected(
    world: &World,
    new: &Document,
    expected: Option<Version>,
) -> Result<Option<Version>, StoreError> {
    if world.breaks(Break::BlindWrites) {
        return Ok(world.records.get(&new.partition, &new.key).await?.map(|stands| stands.version));
    }
    Ok(expected)
}

/// What a broken step makes of a swap's answer.
pub(crate) fn answered(world: &World, answer: Result<Swap, StoreError>) -> Result<Swap, StoreError> {
    if world.breaks(Break::ErrorLost) { answer.or(Ok(Swap::Lost)) } else { answer }
}

/// A wish was withdrawn.
pub(crate) async fn withdrawn(world: &Arc<World>, key: &TakeKey, job: &str) -> Result<(), StoreError> {
    let head = world.records.get(&Partition::Jobs, job).await?;
    let is_cancelled = head.and_then(|head| parsed::<Job>(&head)).is_some_and(|job| job.status == Status::Cancelled);
    let take = world.records.get(&Partition::Takes, &key.0).await?;
    if !world.breaks(Break::SharedCancel) || !is_cancelled {
        return Ok(());
    }
    for want in wants(world, key) {
        let _ = world.records.delete(&want.partition, &want.key, want.version).await?;
    }
    if let Some(take) = take
        && parsed::<Take>(&take).is_some_and(|take| take.recording().is_none())
    {
        let _ = world.records.delete(&take.partition, &take.key, take.version).await?;
        world.checks(|checker, world| checker.deleted(world, &take.partition, &take.key));
    }
    Ok(())
}

/// The name under which an object lies, and whether it may be written over.
pub(crate) fn place(world: &World, object: &Object) -> (Object, bool) {
    if !world.breaks(Break::OldName) {
        return (object.clone(), false);
    }
    let aliases = world.aliases();
    let named = |name: &AttemptId| aliases.get(name).unwrap_or(name).clone();
    match object {
        Object::TakeAudio(key, name) => (Object::TakeAudio(key.clone(), named(name)), true),
        Object::TakeSidecar(key, name) => (Object::TakeSidecar(key.clone(), named(name)), true),
        other => (other.clone(), false),
    }
}

/// Whether an object is not removed, though it is said to be.
pub(crate) fn stays(world: &World, object: &Object) -> bool {
    match (world.broken, object) {
        (Some(Break::NoRemoval), Object::TakeAudio(..)) => true,
        // It is the recovered sound, which has this name.
        (Some(Break::OldName), Object::TakeAudio(_, name) | Object::TakeSidecar(_, name)) => {
            world.aliases().values().any(|old| old == name)
        }
        _ => false,
    }
}

fn wants(world: &World, key: &TakeKey) -> Vec<Document> {
    let of = Partition::Wants(key.clone());
    let all = world.records.all().into_iter();
    all.filter(|document| document.partition == of && parsed::<Want>(document).is_some()).collect()
}

fn parsed<T: serde::de::DeserializeOwned>(document: &Document) -> Option<T> {
    serde_json::from_str(&document.body).ok()
}
