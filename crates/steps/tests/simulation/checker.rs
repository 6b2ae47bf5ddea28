//! What must never be false, looked at after every write of a store and at every call that is charged.

use crate::simulation::breaks;
use crate::simulation::process::Process;
use crate::simulation::world::World;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use story::artifacts::Object;
use story::job::{Job, Progress, Status};
use story::plan::Plan;
use story::queue::Outcome;
use story::records::{Document, Partition};
use story::speech::TakeRequest;
use story::take::{Recording, Take, TakeState, Uncertain};
use story::{AttemptId, JobId, TakeKey, Timestamp};

#[derive(Default)]
pub(crate) struct Checker {
    takes: BTreeMap<TakeKey, Take>,
    jobs: BTreeMap<JobId, KnownJob>,
    objects: BTreeSet<Object>,
    /// Charged calls, in their order.
    charged: Vec<TakeKey>,
    /// From which charged call on the present keeping of a take counts.
    kept_from: BTreeMap<TakeKey, usize>,
    /// Of which call each recorded sound is.
    sounds: BTreeMap<String, TakeKey>,
    /// Calls by the bytes of each stored sound.
    stored: BTreeMap<Object, String>,
    charged_attempts: BTreeSet<AttemptId>,
    /// Attempts that were lost: what the history shows of such a request, and when it began.
    lost: BTreeMap<AttemptId, (String, Timestamp)>,
    /// Calls in flight.
    calls: BTreeMap<u64, Calling>,
}

/// A call in flight.
#[derive(Clone)]
pub(crate) struct Calling {
    pub(crate) lane: u32,
    pub(crate) process: Arc<Process>,
}

#[derive(Default)]
struct KnownJob {
    takes: Vec<TakeKey>,
    /// Whether each take is there for it.
    has: Vec<bool>,
    is_settled: bool,
    status: Option<Status>,
    expires_at: Timestamp,
}

impl Checker {
    /// What was asked for so far.
    pub(crate) fn requests(&self) -> Vec<TakeRequest> {
        self.takes.values().map(|take| take.request.clone()).collect()
    }

    /// Calls in flight.
    pub(crate) fn calls(&self) -> Vec<Calling> {
        self.calls.values().cloned().collect()
    }

    /// Whether a take of this text is there.
    pub(crate) fn has_sound_of(&self, text: &str) -> bool {
        self.takes.values().any(|take| take.request.text == text && recording(take).is_some())
    }

    /// A call's answer has ended, or its connection is closed.
    pub(crate) fn ended(&mut self, call: u64) {
        self.calls.remove(&call);
    }

    /// A call was charged.
    pub(crate) fn charged(&mut self, process: &Arc<Process>, call: u64, request: &TakeRequest) {
        let (world, key) = (&process.world, request.key());
        self.charged.push(key.clone());
        match self.takes.get(&key).map(|take| &take.state) {
            Some(TakeState::Speaking(lost) | TakeState::Uncertain(Uncertain { lost, .. })) => {
                self.charged_attempts.insert(lost.attempt.clone());
                let is_taken = self.calls.values().any(|other| other.lane == lost.lane);
                if is_taken && world.temper.cuts_in_time() {
                    world.wrong("5.2", &format!("two calls in flight on lane {}", lost.lane));
                }
                self.calls.insert(call, Calling { lane: lost.lane, process: Arc::clone(process) });
            }
            _ => world.wrong("5.1", &format!("a call is made for take {key}, which waits for none")),
        }
        if self.paid(&key) < 2 {
            return;
        }
        // The provider cannot tell equal ones apart: they are counted together.
        let asks_the_same = |take: &&Take| {
            let other = &take.request;
            (&other.settings, &other.voice, &other.model, &other.text)
                == (&request.settings, &request.voice, &request.model, &request.text)
        };
        let equal: Vec<&TakeKey> = self.takes.values().filter(asks_the_same).map(|take| &take.key).collect();
        let paid: usize = equal.iter().map(|key| self.paid(key)).sum();
        if paid > equal.len() {
            world.wrong("5.1", &format!("take {key} is paid for {} times while it is kept", self.paid(&key)));
        }
    }

    /// Charged calls for a take since its keeping began.
    fn paid(&self, key: &TakeKey) -> usize {
        let from = self.kept_from.get(key).copied().unwrap_or_default();
        self.charged[from..].iter().filter(|charged| *charged == key).count()
    }

    /// A record was written.
    pub(crate) fn put(&mut self, world: &World, document: &Document) {
        match &document.partition {
            Partition::Takes => {
                if let Ok(take) = serde_json::from_str(&document.body) {
                    self.take(world, take);
                }
            }
            Partition::Jobs => {
                if let Ok(job) = serde_json::from_str::<Job>(&document.body) {
                    let known = self.jobs.entry(job.id.clone()).or_default();
                    if job.status == Status::Succeeded && !known.is_settled {
                        world.wrong("5.6", &format!("job {} succeeds before all its takes are settled", job.id));
                    }
                    if job.status == Status::Failed && job.error.is_none() {
                        world.wrong("5.6", &format!("job {} fails without a reason", job.id));
                    }
                    let had_ended = known.status.is_some_and(|status| status.has_ended());
                    if had_ended && known.status != Some(job.status) && job.status.has_ended() {
                        world.wrong("5.6", &format!("job {} was {:?} and is {:?}", job.id, known.status, job.status));
                    }
                    (known.status, known.expires_at) = (Some(job.status), job.expires_at);
                }
            }
            Partition::Progress => {
                if let Ok(progress) = serde_json::from_str::<Progress>(&document.body) {
                    let there = |outcome| matches!(outcome, Some(Outcome::Made | Outcome::Reused | Outcome::Rebought));
                    let known = self.jobs.entry(progress.job.clone()).or_default();
                    known.has = progress.takes().map(there).collect();
                    known.is_settled = progress.takes().all(|outcome| outcome.is_some());
                }
            }
            _ => {}
        }
    }

    /// Whether an equal request that was lost too began within 5 s of an attempt: the history cannot tell whose item is whose (the
    /// rest that DESIGN §5.1 names). The counts of equal takes together decide.
    fn has_twin(&self, attempt: &AttemptId) -> bool {
        let Some((shown, began_at)) = self.lost.get(attempt) else { return false };
        let is_near = |other: &Timestamp| other.since_ms(*began_at).max(began_at.since_ms(*other)) <= 5_000;
        self.lost.iter().any(|(other, (text, at))| other != attempt && text == shown && is_near(at))
    }

    fn take(&mut self, world: &World, take: Take) {
        let key = take.key.clone();
        let before = self.takes.insert(key.clone(), take.clone());
        let had = before.as_ref().and_then(recording);
        let has = recording(&take);
        if let Some(has) = has {
            self.recorded(world, &key, has);
        }
        if let TakeState::Uncertain(Uncertain { lost, .. }) = &take.state {
            let TakeRequest { settings, voice, model, text, .. } = &take.request;
            let shown = format!("{voice} {model} {settings:?} {text}");
            self.lost.entry(lost.attempt.clone()).or_insert((shown, lost.began_at));
        }
        let now = world.now();
        if let (Some(before), Some(had)) = (&before, had)
            && has.is_none_or(|has| has.attempt != had.attempt)
        {
            self.is_used_by_none(world, &key);
            let was_over = before.expires_at.0 <= now.0 + 2_000;
            if !was_over && !matches!(take.state, TakeState::Going { .. }) {
                world.wrong("5.7", &format!("take {key} lost its sound before it expired"));
            }
        }
        // Its keeping ends: who wants it now pays anew. A failure that says "lost" leaves the decision to a person.
        let was_going = before.as_ref().is_some_and(|before| matches!(before.state, TakeState::Going { .. }));
        let ends = matches!(take.state, TakeState::Going { .. } | TakeState::Failed { .. });
        if ends || was_going || (had.is_some() && has.is_none()) {
            self.kept_from.insert(key, self.charged.len());
        }
        // Given up as lost: if it was charged, the history should have shown it in time.
        if let (Some(TakeState::Uncertain(uncertain)), TakeState::Wanted) =
            (before.map(|before| before.state), &take.state)
            && self.charged_attempts.contains(&uncertain.lost.attempt)
            // An equal call that failed uncharged may have been taken for this one: then the counts above decide.
            && !world.temper.fails_unclearly
            && !self.has_twin(&uncertain.lost.attempt)
        {
            world.wrong("5.1", &format!("attempt {} was charged and is made again", uncertain.lost.attempt));
        }
    }

    /// A ready take's sound and sidecar are there, and its sound is no other take's.
    fn recorded(&mut self, world: &World, key: &TakeKey, recording: &Recording) {
        let (sound, _) = breaks::place(world, &Object::TakeAudio(key.clone(), recording.attempt.clone()));
        let (sidecar, _) = breaks::place(world, &Object::TakeSidecar(key.clone(), recording.attempt.clone()));
        for object in [&sound, &sidecar] {
            if !self.objects.contains(object) {
                world.wrong("5.7", &format!("{object} of a ready take is not there"));
            }
        }
        let Some(call) = self.stored.get(&sound) else { return };
        let whose = self.sounds.entry(call.clone()).or_insert_with(|| key.clone());
        if whose != key {
            world.wrong("6.2", &format!("call {call} is recorded under {whose} and {key}"));
        }
    }

    fn is_used_by_none(&self, world: &World, key: &TakeKey) {
        for (id, job) in &self.jobs {
            let is_alive = match job.status {
                Some(Status::Queued | Status::Running) => true,
                Some(Status::Succeeded) => job.expires_at.0 > world.now().0 + 2_000,
                _ => false,
            };
            let uses = job.takes.iter().zip(&job.has).any(|(take, has)| take == key && *has);
            if is_alive && uses {
                world.wrong("5.7", &format!("take {key} goes, and job {id} ({:?}) uses it", job.status));
            }
        }
    }

    /// A record was removed.
    pub(crate) fn deleted(&mut self, world: &World, partition: &Partition, key: &str) {
        match partition {
            Partition::Takes => {
                let key = TakeKey(key.to_owned());
                let Some(take) = self.takes.remove(&key) else { return };
                if matches!(take.state, TakeState::Speaking(_) | TakeState::Uncertain(_)) {
                    world.wrong("5.1", &format!("take {key} is dropped while it may have been paid for"));
                }
                if recording(&take).is_some() {
                    self.is_used_by_none(world, &key);
                }
                if !matches!(take.state, TakeState::Wanted) {
                    self.kept_from.insert(key, self.charged.len());
                }
            }
            Partition::Jobs => {
                self.jobs.remove(&JobId(key.to_owned()));
            }
            _ => {}
        }
    }

    /// An object was written.
    pub(crate) fn stored(&mut self, world: &World, object: &Object, bytes: &[u8]) {
        let was_there = !self.objects.insert(object.clone());
        match object {
            Object::Plan(job) => {
                if let Ok(plan) = serde_json::from_slice::<Plan>(bytes) {
                    let takes = plan.takes.into_iter().map(|take| take.key).collect();
                    self.jobs.entry(job.clone()).or_default().takes = takes;
                }
            }
            Object::TakeAudio(..) => {
                let call = String::from_utf8_lossy(bytes).lines().next().unwrap_or_default().to_owned();
                self.stored.insert(object.clone(), call);
                if was_there {
                    world.wrong("6.2", &format!("{object} was written twice"));
                }
            }
            _ => {}
        }
    }

    /// An object was removed.
    pub(crate) fn removed(&mut self, world: &World, object: &Object) {
        self.objects.remove(object);
        if let Object::TakeAudio(key, attempt) | Object::TakeSidecar(key, attempt) = object
            && let Some(recording) = self.takes.get(key).and_then(recording)
            && breaks::place(world, &Object::TakeAudio(key.clone(), recording.attempt.clone())).0
                == Object::TakeAudio(key.clone(), attempt.clone())
        {
            world.wrong("5.7", &format!("{object} of a ready take is removed"));
        }
    }
}

fn recording(take: &Take) -> Option<&Recording> {
    match &take.state {
        TakeState::Ready(recording) => Some(recording),
        _ => None,
    }
}
