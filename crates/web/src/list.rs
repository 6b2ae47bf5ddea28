//! The jobs of the house, newest first, a page at a time.

use crate::desk::Desk;
use crate::refused::{Answered, Refused};
use axum::extract::{Query, State};
use axum::http::Uri;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use serde::de::DeserializeOwned;
use serde_json::json;
use std::sync::Arc;
use steps::view::view;
use story::job::{Job, Kind, Source, Status};
use story::{House, Invalid, JobId, Partition, Problem};

/// How many a page has where nothing is said.
pub(crate) const LIMIT: usize = 20;
const MAX_LIMIT: usize = 100;
/// Heads read for one answer: a filter that fits nothing must not read the whole house.
const MOST_READ: usize = 1_000;

pub(crate) fn routes() -> Router<Arc<Desk>> {
    Router::new().route("/v1/jobs", get(list))
}

/// What is asked for.
#[derive(Default)]
struct Wanted {
    kind: Option<Kind>,
    source: Option<Source>,
    status: Option<Status>,
    limit: Option<usize>,
    after: Option<JobId>,
}

async fn list(State(desk): State<Arc<Desk>>, uri: Uri) -> Answered {
    let wanted = wanted(&uri)?;
    let (heads, next_cursor) = page(&desk.house, &wanted).await?;
    let mut jobs = Vec::new();
    for head in heads {
        // One that is being removed right now has lost its plan: it is left out, as it will be in a moment anyway.
        match view(&desk.house, &head.id).await {
            Ok(view) => jobs.extend(view),
            Err(story::Failure::GiveUp(_)) => {}
            Err(failure) => return Err(failure.into()),
        }
    }
    Ok(Json(json!({"jobs": jobs, "next_cursor": next_cursor})).into_response())
}

/// The heads of one page, and where the next begins.
async fn page(house: &House, wanted: &Wanted) -> Result<(Vec<Job>, Option<JobId>), Refused> {
    let limit = wanted.limit.unwrap_or(LIMIT);
    let now = house.clock.now();
    let (mut heads, mut after, mut read) = (Vec::new(), wanted.after.clone(), 0);
    loop {
        let from = after.as_ref().map(|id| id.0.as_str()).unwrap_or_default();
        let batch = house.list::<Job>(&Partition::Jobs, from, MAX_LIMIT).await?;
        let is_last = batch.len() < MAX_LIMIT;
        for job in batch.into_iter().map(|found| found.record) {
            if heads.len() == limit || read == MOST_READ {
                return Ok((heads, after));
            }
            read += 1;
            after = Some(job.id.clone());
            if job.is_alive(now) && wanted.fits(&job) {
                heads.push(job);
            }
        }
        if is_last {
            return Ok((heads, None));
        }
    }
}

impl Wanted {
    fn fits(&self, job: &Job) -> bool {
        self.kind.is_none_or(|kind| kind == job.kind)
            && self.source.is_none_or(|source| source == job.source)
            && self.status.is_none_or(|status| status == job.status)
    }
}

fn wanted(uri: &Uri) -> Result<Wanted, Refused> {
    let mut wanted = Wanted::default();
    let mut problems = Vec::new();
    for (name, value) in query(uri, &["kind", "source", "status", "limit", "cursor"])? {
        let sentence = match name.as_str() {
            "kind" => word(&value, &mut wanted.kind, "preview or video"),
            "source" => word(&value, &mut wanted.source, "script, preview, story, topic or clip"),
            "status" => word(&value, &mut wanted.status, "queued, running, succeeded, failed or cancelled"),
            "limit" => limit(&value).map(|limit| wanted.limit = Some(limit)).err(),
            _ => {
                wanted.after = JobId::parse(&value);
                wanted.after.is_none().then(|| "the `next_cursor` of the page before".to_owned())
            }
        };
        problems
            .extend(sentence.map(|sentence| Problem { pointer: String::new(), detail: format!("{name}: {sentence}") }));
    }
    Invalid::unless_empty(problems)?;
    Ok(wanted)
}

/// How many a page may have; else what is to be said.
pub(crate) fn limit(value: &str) -> Result<usize, String> {
    let limit = value.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit));
    limit.ok_or_else(|| format!("a whole number from 1 to {MAX_LIMIT}"))
}

fn word<T: DeserializeOwned>(value: &str, into: &mut Option<T>, words: &str) -> Option<String> {
    *into = serde_json::from_value(value.into()).ok();
    into.is_none().then(|| words.to_owned())
}

/// The parameters of a query, each known and there once.
pub(crate) fn query(uri: &Uri, known: &[&str]) -> Result<Vec<(String, String)>, Refused> {
    let unreadable = |_| Refused::from(Invalid::one("", "the query cannot be read; percent-encode it"));
    let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri).map_err(unreadable)?;
    let mut problems = Vec::new();
    for (index, (name, _)) in pairs.iter().enumerate() {
        let detail = match known.contains(&name.as_str()) {
            false => format!("{name}: unknown parameter; what can stand here: {}", known.join(", ")),
            true if pairs[..index].iter().any(|(earlier, _)| earlier == name) => format!("{name}: stands twice"),
            true => continue,
        };
        problems.push(Problem { pointer: String::new(), detail });
    }
    Invalid::unless_empty(problems)?;
    Ok(pairs)
}
