//! The port for everything that is bytes: sound, pictures, films, plans.

use crate::failure::StoreError;
use crate::ids::{AttemptId, JobId, TakeKey};
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

/// Bytes on their way in or out, so that a film need not fit into memory.
pub type Body = BoxStream<'static, Result<Bytes, StoreError>>;

/// A body of bytes that are there already.
#[must_use]
pub fn body(bytes: impl Into<Bytes>) -> Body {
    let bytes = bytes.into();
    stream::once(async move { Ok(bytes) }).boxed()
}

/// All bytes of a body.
///
/// # Errors
/// Those of the store it comes from.
pub async fn collect(body: Body) -> Result<Bytes, StoreError> {
    let mut parts: Vec<Bytes> = body.try_collect().await?;
    Ok(if parts.len() == 1 { parts.remove(0) } else { parts.concat().into() })
}

/// Every stored object's name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Object {
    /// A job's plan (JSON).
    Plan(JobId),
    /// A job's order whose script is still to be written (JSON).
    Draft(JobId),
    /// A file of a job, by the name that users see.
    File(JobId, String),
    /// The sound of one attempt for a take, as the provider sent it.
    TakeAudio(TakeKey, AttemptId),
    /// What came with that sound: alignment, cost, headers (JSON).
    TakeSidecar(TakeKey, AttemptId),
    /// A picture of the user's, by the SHA-256 of its bytes.
    Picture(String),
    /// A rendered scene part, by its key (MPEG-TS, no sound).
    Scene(String),
    /// Where each word stands in that scene part (JSON).
    SceneBoxes(String),
}

/// The name of a job's track among its files.
pub const TRACK: &str = "preview.m4a";

/// The object's path: what a person sees who opens the folder, and its name in a bucket.
impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plan(job) => write!(f, "jobs/{job}/plan.json"),
            Self::Draft(job) => write!(f, "jobs/{job}/draft.json"),
            Self::File(job, name) => write!(f, "jobs/{job}/{name}"),
            Self::TakeAudio(key, attempt) => write!(f, "takes/{key}/{attempt}.mp3"),
            Self::TakeSidecar(key, attempt) => write!(f, "takes/{key}/{attempt}.json"),
            Self::Picture(hash) => write!(f, "pictures/{hash}"),
            Self::Scene(key) => write!(f, "scenes/{key}.ts"),
            Self::SceneBoxes(key) => write!(f, "scenes/{key}.json"),
        }
    }
}

impl Object {
    /// What the paths of all objects of a job begin with.
    #[must_use]
    pub fn prefix_of(job: &JobId) -> String {
        format!("jobs/{job}/")
    }

    /// The object's path, if each of its parts is one plain name: a job's file carries a name from outside. A store has no object
    /// of any other path.
    #[must_use]
    pub fn path(&self) -> Option<String> {
        let is_plain = match self {
            Self::Plan(job) | Self::Draft(job) => plain(&job.0),
            Self::File(job, name) => plain(&job.0) && plain(name),
            Self::TakeAudio(key, attempt) | Self::TakeSidecar(key, attempt) => plain(&key.0) && plain(&attempt.0),
            Self::Picture(name) | Self::Scene(name) | Self::SceneBoxes(name) => plain(name),
        };
        is_plain.then(|| self.to_string())
    }

    /// What a store says to whoever wants to write an object that has no path.
    #[must_use]
    pub fn refused(&self) -> StoreError {
        StoreError::Unavailable(format!("{:?} is no name for a file", self.to_string()))
    }
}

fn plain(name: &str) -> bool {
    !matches!(name, "" | "." | "..") && !name.contains(['/', '\\', '\0'])
}

/// What is known of an object without reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its path.
    pub path: String,
    /// Its length.
    pub size_bytes: u64,
}

/// Where an object is found by those who have no house.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// A file of this machine.
    File(PathBuf),
    /// A URL that works for a short time, for whoever has it. Never stored.
    Url(String),
}

/// Keeps objects. An object is there whole or not at all.
#[async_trait]
pub trait Artifacts: Send + Sync {
    /// Writes an object, in place of what stood there.
    async fn put(&self, object: &Object, body: Body) -> Result<(), StoreError>;

    /// Writes an object only if there is none of that name; says whether it did.
    async fn put_new(&self, object: &Object, body: Body) -> Result<bool, StoreError>;

    /// Reads an object, or those of its bytes that lie in `range`. `None` if there is none.
    async fn get(&self, object: &Object, range: Option<Range<u64>>) -> Result<Option<Body>, StoreError>;

    /// What is known of an object. `None` if there is none.
    async fn head(&self, object: &Object) -> Result<Option<Head>, StoreError>;

    /// All objects whose path begins with `prefix`, ascending by path.
    async fn list(&self, prefix: &str) -> Result<Vec<Head>, StoreError>;

    /// Removes an object; one that is not there is no error.
    async fn delete(&self, object: &Object) -> Result<(), StoreError>;

    /// Where a person or a browser finds the object, whose readers know it by `name`; it is not looked whether it is there.
    async fn link(&self, object: &Object, name: &str, content_type: &str) -> Result<Link, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_would_leave_their_folder_are_refused() {
        let file = |name: &str| Object::File(JobId("j".to_owned()), name.to_owned()).path();
        for hostile in ["", ".", "..", "../x", "a/b", "/etc/passwd", "a\\b", "a\0b"] {
            assert_eq!(file(hostile), None, "{hostile:?}");
            assert_eq!(Object::Picture(hostile.to_owned()).path(), None, "{hostile:?}");
        }
        for good in ["film.mp4", "..film", "映画 ü.mp4"] {
            assert_eq!(file(good), Some(format!("jobs/j/{good}")));
        }
    }
}
