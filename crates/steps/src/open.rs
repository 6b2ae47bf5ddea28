//! Opens a job: from what was ordered to a plan, a head, and one `advance`. Nothing is written for an order that is refused.

mod request;

use crate::draft::drafted;
use crate::makers::Makers;
use crate::render::keep;
use crate::{catalog, clip, job, takes};
use bytes::Bytes;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use story::artifacts::{Object, body};
use story::draft::Draft;
use story::expiry::{Expiry, Kept};
use story::failure::StoreError;
use story::ids::{content_key, sha256_hex};
use story::invalid::Invalid;
use story::job::{Idempotency, Job, Kind, OpenJob, Progress, Source, Status, Warning};
use story::maker::MakerError;
use story::plan::{Order, PictureMakers, Plan, PlannedSegment, PlannedTake, SpokenLines, files};
use story::reading::{Limits, script_from_value};
use story::records::{Partition, Read};
use story::speech::Profile;
use story::time::DAY_MS;
use story::writing::{Section, Work};
use story::{Failure, House, JobId, Script, TakeKey, Viewer};

pub use self::request::{Again, Request};

/// Why no job was opened.
#[derive(Debug)]
pub enum Refusal {
    /// The request is wrong.
    Invalid(Invalid),
    /// The preview is gone, and there is no script to make it again from.
    PreviewGone,
    /// The `Idempotency-Key` was used for another order.
    Conflict,
    /// The speech provider must be asked about models or voices, and does not answer well. The sentence says what to do.
    Provider(MakerError),
    /// The stores did not work.
    Store(StoreError),
}

impl From<MakerError> for Refusal {
    fn from(error: MakerError) -> Self {
        Self::Provider(error)
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Invalid> for Refusal {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

/// A plan that is ready to be opened, or to be estimated.
pub struct Prepared {
    /// The plan.
    pub plan: Plan,
    /// What the user should know of how it came about.
    pub warnings: Vec<Warning>,
}

/// Turns a request into a plan; writes nothing.
///
/// # Errors
/// If the request is wrong, or its preview is gone and there is no script.
pub async fn prepare(house: &House, makers: impl Into<Makers<'_>>, request: &Request) -> Result<Prepared, Refusal> {
    let makers = makers.into();
    if let Some(clip) = &request.clip {
        let plan = clip::planned(house, makers, request, clip).await?;
        return Ok(Prepared { plan, warnings: Vec::new() });
    }
    let speech = makers.speech;
    let preview = match &request.preview {
        Some(id) => earlier(house, id).await?,
        None => None,
    };
    let mut warnings = Vec::new();
    if let (Some(id), None) = (&request.preview, &preview) {
        let detail = format!("the preview {id} is gone; takes that are still kept are used, the rest is spoken");
        warnings.push(Warning { code: "preview-expired".into(), detail, pointer: None });
    }
    let script = match (&request.script, &preview) {
        (Some(script), _) => script.clone(),
        (None, Some((_, plan))) => plan.script.clone(),
        (None, None) if request.preview.is_some() => return Err(Refusal::PreviewGone),
        (None, None) => return Err(Invalid::one("", "give a script or a preview_id").into()),
    };
    let script = with_look(script, request.look.as_ref(), house.settings.max_lines)?;
    let pictures = pictures(&script, &request.files, preview.as_ref().map(|(_, plan)| &plan.pictures))?;
    let order = Order { preview: preview.as_ref().map(|(job, _)| job.id.clone()), ..request.order() };
    let spoken = match (&request.script, &preview) {
        (None, Some((_, plan))) => as_before(house, &speech.profile(), plan).await?,
        _ => {
            let voicing = catalog::voicing(house, speech, &script).await?;
            voicing.check(&script)?;
            SpokenLines::of(&script, &voicing)
        }
    };
    let painters = match request.kind {
        Kind::Preview => PictureMakers::default(),
        Kind::Video => makers.painters(&script)?,
    };
    let sections = sections(makers, request, &mut warnings);
    let plan = Plan::of_sections(sections, script, pictures, order, spoken, &painters);
    if let Some((_, earlier)) = &preview {
        warnings.extend(lines_not_in(&plan, earlier));
    }
    Ok(Prepared { plan, warnings })
}

/// The sections of a request. Where no program can be drawn, all of them are drawn the usual way.
fn sections(makers: Makers<'_>, request: &Request, warnings: &mut Vec<Warning>) -> Vec<Section> {
    let wants_programs = request.sections.iter().any(|section| section.style.is_some());
    let missing = "nobody draws here".to_owned();
    let why = makers.viewer.map_or(Err(missing), Viewer::programs).err().filter(|_| wants_programs);
    let Some(why) = why else { return request.sections.clone() };
    let detail = format!("no animation is made by Manim: {why}; all are drawn the usual way");
    warnings.push(Warning { code: "manim-missing".into(), detail, pointer: None });
    request.sections.iter().map(|section| Section { style: None, ..section.clone() }).collect()
}

/// Opens a job, or goes on with one of the same order.
///
/// # Errors
/// If the request is wrong, or its preview is gone and there is no script.
pub async fn open(house: &House, makers: impl Into<Makers<'_>>, request: Request) -> Result<Job, Refusal> {
    let makers = makers.into();
    let now = house.clock.now();
    let mut id = JobId::new(now, house.clock.chance());
    let order = order(&makers, &request);
    // What was ordered before is looked for first: its preview may be gone by now.
    match &request.again {
        Again::New => {}
        Again::GoOn => {
            if let Some(job) = still_open(house, &order).await? {
                return Ok(job);
            }
        }
        Again::Key(key) => {
            if let Some(kept) = claimed(house, key).await?
                && let Some(job) = opened_by(house, &kept, &order).await?
            {
                return Ok(job);
            }
        }
    }
    let (made_of, warnings) = match &request.writing {
        Some(work) => (MadeOf::Draft(Box::new(drafted(makers, work, &request)?.draft)), Vec::new()),
        None => {
            let Prepared { mut plan, warnings } = prepare(house, makers, &request).await?;
            plan.caller.clone_from(&request.caller);
            (MadeOf::Plan(Box::new(plan)), warnings)
        }
    };
    if let Again::Key(key) = &request.again {
        let kept = Idempotency { key: key.clone(), order: order.clone(), job: id, expires_at: now.plus_ms(DAY_MS) };
        let kept = claim(house, kept).await?;
        if let Some(job) = opened_by(house, &kept, &order).await? {
            return Ok(job);
        }
        id = kept.job;
    }
    let house_ttl_ms = match request.kind {
        Kind::Preview => house.settings.preview_ttl_ms,
        Kind::Video if request.clip.is_some() => house.settings.clip_ttl_ms,
        Kind::Video => house.settings.film_ttl_ms,
    };
    let ttl_ms = request.ttl_ms.unwrap_or(house_ttl_ms);
    let head = Job {
        id,
        kind: request.kind,
        source: match (&request.writing, &request.preview) {
            _ if request.clip.is_some() => Source::Clip,
            (Some(Work::Topic(_)), _) => Source::Topic,
            (Some(_), _) => Source::Story,
            (None, Some(_)) => Source::Preview,
            (None, None) => Source::Script,
        },
        status: Status::Queued,
        created_at: now,
        updated_at: now,
        expires_at: now.plus_ms(ttl_ms),
        ttl_ms,
        order,
        last_virtual_time: 0,
        warnings,
        error: None,
        metadata: request.metadata,
        files: Vec::new(),
        track: None,
        written: None,
        footage: None,
        attended: request.again == Again::GoOn,
        key: match request.again {
            Again::Key(key) => Some(key),
            Again::New | Again::GoOn => None,
        },
    };
    if let MadeOf::Plan(plan) = &made_of
        && let Some(preview) = &plan.preview
    {
        job::touch(house, preview).await?;
    }
    write(house, &head, &made_of, &request.files).await?;
    Ok(head)
}

/// What a job begins with.
enum MadeOf {
    Plan(Box<Plan>),
    /// Its script is still to be written.
    Draft(Box<Draft>),
}

/// The job that a key opened; `None` where its process died before: the job is still to be opened, under the id kept there.
async fn opened_by(house: &House, kept: &Idempotency, order: &str) -> Result<Option<Job>, Refusal> {
    if kept.order != order {
        return Err(Refusal::Conflict);
    }
    match job::head(house, &kept.job).await? {
        Some(job) => Ok(Some(begun(house, job).await?)),
        None => Ok(None),
    }
}

/// What a job is made of goes first, its entry among the open jobs last: from there on the sweep would find it.
async fn write(house: &House, head: &Job, made_of: &MadeOf, files: &BTreeMap<String, Bytes>) -> Result<(), StoreError> {
    house.swap(&Expiry { at: head.expires_at, of: Kept::Job(head.id.clone()) }, None).await?;
    match made_of {
        MadeOf::Plan(plan) => plan_of(house, head, plan, files).await?,
        MadeOf::Draft(draft) => {
            let json = serde_json::to_vec(draft).expect("drafts always serialise");
            house.artifacts.put_new(&Object::Draft(head.id.clone()), body(json)).await?;
        }
    }
    house.swap(head, None).await?;
    enlist(house, head).await
}

/// A job's plan, with the pictures that it names, and its progress.
pub(crate) async fn plan_of(
    house: &House,
    head: &Job,
    plan: &Plan,
    files: &BTreeMap<String, Bytes>,
) -> Result<(), StoreError> {
    let kept_ms = head.ttl_ms.max(house.settings.take_ttl_ms);
    for (name, hash) in &plan.pictures {
        keep(house, Kept::Picture(hash.clone()), hash, kept_ms).await?;
        if let Some(bytes) = files.get(name) {
            // In place of what stands there: it may be about to be removed.
            house.artifacts.put(&Object::Picture(hash.clone()), body(bytes.clone())).await?;
        }
    }
    let json = serde_json::to_vec(plan).expect("plans always serialise");
    house.artifacts.put_new(&Object::Plan(head.id.clone()), body(json)).await?;
    house.swap(&Progress::new(head.id.clone(), plan), None).await?;
    Ok(())
}

/// Files a job among the open ones, and has it begin.
async fn enlist(house: &House, head: &Job) -> Result<(), StoreError> {
    house.swap(&OpenJob::new(head.id.clone(), head.order.clone(), head.created_at), None).await?;
    job::tell(house, &head.id, None).await
}

/// A job that was ordered before. Who opened it may have died before it was among the open ones.
async fn begun(house: &House, job: Job) -> Result<Job, StoreError> {
    let open: Option<Read<OpenJob>> = house.read(&Partition::OpenJobs, &job.id.0).await?;
    if open.is_none() && !job.status.has_ended() {
        enlist(house, &job).await?;
    }
    Ok(job)
}

/// What is said in a preview, by whatever key of its provider it was made. Of another provider's, nothing may be missing.
async fn as_before(house: &House, profile: &Profile, plan: &Plan) -> Result<SpokenLines, Refusal> {
    let is_same =
        |take: &PlannedTake| (&take.request.provider, &take.request.base_url) == (&profile.provider, &profile.base_url);
    let spoken = SpokenLines::of_plan(plan);
    if plan.takes.iter().all(is_same) {
        return Ok(spoken.by(&profile.account));
    }
    for take in &plan.takes {
        let found = takes::read(house, &take.key).await?;
        if found.is_none_or(|read| read.record.recording().is_none()) {
            let provider = &take.request.provider;
            let detail =
                format!("some of its lines must be spoken again, and {provider} is not at hand: give the script too");
            return Err(Invalid::one("/preview_id", detail).into());
        }
    }
    Ok(spoken)
}

/// A preview that is there, with its plan.
async fn earlier(house: &House, id: &JobId) -> Result<Option<(Job, Plan)>, Refusal> {
    let Some(job) = job::head(house, id).await? else { return Ok(None) };
    if job.kind != Kind::Preview {
        return Err(Invalid::one("/preview_id", "this job is a video; give the id of a preview").into());
    }
    match job::plan(house, id).await {
        Ok(plan) => Ok(Some((job, plan))),
        Err(Failure::GiveUp(_)) => Ok(None),
        Err(Failure::Retry(error)) => Err(error.into()),
    }
}

async fn still_open(house: &House, order: &str) -> Result<Option<Job>, StoreError> {
    for open in house.list_all::<OpenJob>(&Partition::OpenJobs).await? {
        if open.record.order == order {
            let head = job::head(house, &open.record.id).await?;
            if let Some(job) = head.filter(|job| !job.status.has_ended()) {
                return Ok(Some(job));
            }
        }
    }
    Ok(None)
}

/// The entry of an idempotency key, if it is alive.
async fn claimed(house: &House, key: &str) -> Result<Option<Idempotency>, StoreError> {
    let found: Option<Read<Idempotency>> = house.read(&Partition::Idempotency, key).await?;
    Ok(found.map(|read| read.record).filter(|kept| kept.expires_at > house.clock.now()))
}

/// The entry that stands for an idempotency key: this one, or one that was there before and is alive.
async fn claim(house: &House, fresh: Idempotency) -> Result<Idempotency, StoreError> {
    loop {
        let found: Option<Read<Idempotency>> = house.read(&Partition::Idempotency, &fresh.key).await?;
        let version = found.as_ref().map(|read| read.version);
        if let Some(alive) = found.map(|read| read.record).filter(|kept| kept.expires_at > house.clock.now()) {
            return Ok(alive);
        }
        house.swap(&Expiry { at: fresh.expires_at, of: Kept::Idempotency(fresh.key.clone()) }, None).await?;
        if house.swap(&fresh, version).await?.is_some() {
            return Ok(fresh);
        }
    }
}

/// Hash of what was ordered, and of whom. For one who goes on, a film with its script is the same from whatever preview.
fn order(makers: &Makers<'_>, request: &Request) -> String {
    let preview = request.preview.as_ref().filter(|_| request.script.is_none() || request.again != Again::GoOn);
    let files: BTreeMap<&String, String> =
        request.files.iter().map(|(name, bytes)| (name, sha256_hex(bytes))).collect();
    let profile = makers.speech.profile();
    let who = (&profile.provider, &profile.base_url, &profile.account, &profile.model);
    let failing = (request.on_speech_failure, request.on_picture_failure, request.on_uncertain);
    let what = (request.kind, (&request.script, &request.writing), preview, &request.look, request.draft, failing);
    let how = (request.ttl_ms, request.priority, &request.metadata);
    match &request.clip {
        None => content_key("order/1", &(who, what, how.0, how.1, how.2, files)),
        Some(clip) => {
            let who = makers.clips.map(|clips| clips.profile().generating_account()).unwrap_or_default();
            content_key("clip-order/1", &(who, clip, request.buys_clips_again, how, files))
        }
    }
}

/// The script with fields of its look replaced one by one, and checked again.
pub(crate) fn with_look(script: Script, look: Option<&Value>, max_lines: usize) -> Result<Script, Invalid> {
    let Some(look) = look else { return Ok(script) };
    let mut value = serde_json::to_value(&script).expect("scripts always serialise");
    replace(&mut value["look"], look);
    script_from_value(&value, Limits { max_lines, ..Limits::default() })
}

fn replace(value: &mut Value, with: &Value) {
    match (value, with) {
        (Value::Object(fields), Value::Object(new)) => {
            for (name, new) in new {
                replace(fields.entry(name.clone()).or_insert(Value::Null), new);
            }
        }
        (value, with) => *value = with.clone(),
    }
}

/// The hash of each file that the script refers to: of this request, or of the preview it comes from.
fn pictures(
    script: &Script,
    given: &BTreeMap<String, Bytes>,
    earlier: Option<&BTreeMap<String, String>>,
) -> Result<BTreeMap<String, String>, Invalid> {
    let mut pictures = BTreeMap::new();
    let mut problems = Vec::new();
    for (pointer, name) in files(script) {
        let hash = given.get(name).map(|bytes| sha256_hex(bytes)).or_else(|| earlier?.get(name).cloned());
        match hash {
            Some(hash) => {
                pictures.insert(name.to_owned(), hash);
            }
            None => {
                let detail = "files are read by the command line only; make this film with `onetake film`".to_owned();
                problems.push(story::Problem { pointer, detail });
            }
        }
    }
    Invalid::unless_empty(problems).map(|()| pictures)
}

/// A warning for each line whose take is not one of the preview's.
fn lines_not_in(plan: &Plan, earlier: &Plan) -> Vec<Warning> {
    let known: HashSet<&TakeKey> = earlier.takes.iter().map(|take| &take.key).collect();
    let is_new = |segment: &&PlannedSegment| !known.contains(&plan.takes[segment.take].key);
    let lines: BTreeSet<usize> = plan.segments.iter().filter(is_new).map(|segment| segment.line).collect();
    let warning = |line: usize| Warning {
        code: "line-not-in-preview".into(),
        detail: "the preview has no such line: its words, voice or settings differ, so it has a take of its own".into(),
        pointer: Some(format!("/lines/{line}")),
    };
    lines.into_iter().map(warning).collect()
}
