//! Artifacts in one S3 bucket, each under the path that its name shows as.

use crate::account::{Account, meaning};
use crate::disposition::disposition;
use crate::parts::Parts;
use crate::writing::Writing;
use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use futures_util::stream::{self, StreamExt};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;
use story::Clock;
use story::artifacts::{Artifacts, Body, Head, Link, Object};
use story::failure::StoreError;

const SERVICE: &str = "S3";

/// How long a link works.
const LINK: Duration = Duration::from_secs(15 * 60);

/// What is not an object of the house: unfinished work and what users sent.
const ELSEWHERE: [&str; 2] = ["tmp/", "uploads/"];

/// Artifacts in a bucket.
#[derive(Clone)]
pub struct BucketArtifacts {
    client: Client,
    bucket: String,
    clock: Arc<dyn Clock>,
}

impl BucketArtifacts {
    /// The artifacts of a bucket; the clock's chance tells apart who wrote what.
    #[must_use]
    pub fn new(account: &Account, bucket: &str, clock: Arc<dyn Clock>) -> Self {
        Self { client: account.bucket(), bucket: bucket.to_owned(), clock }
    }

    async fn write(&self, object: &Object, body: Body, is_new: bool) -> Result<bool, StoreError> {
        let path = object.path().ok_or_else(|| object.refused())?;
        let mut parts = Parts::new(body);
        let first = parts.next().await?.unwrap_or_default();
        let writing = Writing::new(&self.client, &self.bucket, &path, is_new, self.clock.as_ref());
        match parts.next().await? {
            None => writing.whole(first).await,
            Some(second) => writing.in_parts(first, second, parts).await,
        }
    }
}

/// What S3 says, as a store says it.
pub(crate) fn failed<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> StoreError {
    meaning(SERVICE, error)
}

/// The bytes of an answer, as they come.
fn streamed(bytes: ByteStream) -> Body {
    let pieces = stream::try_unfold(bytes, |mut bytes| async move {
        match bytes.next().await {
            None => Ok(None),
            Some(Ok(piece)) => Ok(Some((piece, bytes))),
            Some(Err(_)) => Err(StoreError::Unavailable(format!("{SERVICE}: an object was cut off while it was read"))),
        }
    });
    pieces.boxed()
}

/// A range as HTTP writes it, its end included.
fn written(range: &Range<u64>) -> String {
    match i64::try_from(range.end) {
        Ok(end) => format!("bytes={}-{}", range.start, end - 1),
        // Past any object: to its end.
        Err(_) => format!("bytes={}-", range.start),
    }
}

#[async_trait]
impl Artifacts for BucketArtifacts {
    async fn put(&self, object: &Object, body: Body) -> Result<(), StoreError> {
        self.write(object, body, false).await.map(|_| ())
    }

    async fn put_new(&self, object: &Object, body: Body) -> Result<bool, StoreError> {
        self.write(object, body, true).await
    }

    async fn get(&self, object: &Object, range: Option<Range<u64>>) -> Result<Option<Body>, StoreError> {
        let Some(path) = object.path() else { return Ok(None) };
        if range.as_ref().is_some_and(Range::is_empty) {
            return Ok(self.head(object).await?.map(|_| stream::empty().boxed()));
        }
        let request = self.client.get_object().bucket(&self.bucket).key(path);
        match request.set_range(range.as_ref().map(written)).send().await {
            Ok(answer) => Ok(Some(streamed(answer.body))),
            Err(error) if error.as_service_error().is_some_and(|error| error.is_no_such_key()) => Ok(None),
            // The range begins past the end.
            Err(error) if status(&error) == Some(416) => Ok(Some(stream::empty().boxed())),
            Err(error) => Err(failed(&error)),
        }
    }

    async fn head(&self, object: &Object) -> Result<Option<Head>, StoreError> {
        let Some(path) = object.path() else { return Ok(None) };
        match self.client.head_object().bucket(&self.bucket).key(&path).send().await {
            Ok(answer) => {
                let size_bytes = u64::try_from(answer.content_length().unwrap_or_default()).unwrap_or_default();
                Ok(Some(Head { path, size_bytes }))
            }
            // Without the right to list the bucket S3 says 403 to what is not there: that is an error here, and not an absence.
            Err(error) if error.as_service_error().is_some_and(|error| error.is_not_found()) => Ok(None),
            Err(error) => Err(failed(&error)),
        }
    }

    async fn list(&self, prefix: &str) -> Result<Vec<Head>, StoreError> {
        let mut heads = Vec::new();
        let request = self.client.list_objects_v2().bucket(&self.bucket).prefix(prefix);
        let mut pages = request.into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| failed(&error))?;
            for found in page.contents() {
                let path = found.key().unwrap_or_default();
                if !path.contains('/') || ELSEWHERE.iter().any(|elsewhere| path.starts_with(elsewhere)) {
                    continue;
                }
                let size_bytes = u64::try_from(found.size().unwrap_or_default()).unwrap_or_default();
                heads.push(Head { path: path.to_owned(), size_bytes });
            }
        }
        Ok(heads)
    }

    async fn delete(&self, object: &Object) -> Result<(), StoreError> {
        let Some(path) = object.path() else { return Ok(()) };
        let request = self.client.delete_object().bucket(&self.bucket).key(path);
        request.send().await.map_err(|error| failed(&error))?;
        Ok(())
    }

    async fn link(&self, object: &Object, name: &str, content_type: &str) -> Result<Link, StoreError> {
        let path = object.path().ok_or_else(|| object.refused())?;
        let until = PresigningConfig::expires_in(LINK).expect("15 minutes are within what S3 signs for");
        let request = self.client.get_object().bucket(&self.bucket).key(path);
        let request = request.response_content_type(content_type).response_content_disposition(disposition(name));
        let signed = request.presigned(until).await.map_err(|error| failed(&error))?;
        Ok(Link::Url(signed.uri().to_owned()))
    }
}

/// The HTTP status of a refusal.
pub(crate) fn status<E>(error: &SdkError<E>) -> Option<u16> {
    Some(error.raw_response()?.status().as_u16())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_written_with_its_end_included() {
        assert_eq!(written(&(0..1)), "bytes=0-0");
        assert_eq!(written(&(3..7)), "bytes=3-6");
        assert_eq!(written(&(5..u64::MAX)), "bytes=5-");
    }
}
