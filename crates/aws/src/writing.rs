//! One object on its way into the bucket: in one call, or in parts that become an object all at once.

use crate::artifacts::{failed, status};
use crate::parts::Parts;
use crate::tries::Tries;
use aws_sdk_s3::Client;
use aws_sdk_s3::types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart};
use bytes::Bytes;
use std::time::Duration;
use story::Clock;
use story::failure::StoreError;

/// Kept with an object: a random name of who wrote it. An answer that was lost is settled by reading it.
const WRITER: &str = "writer";

/// Tries of a write that others' writes came in the way of.
const CONFLICTS: u64 = 8;

/// Before the second of them, at most; twice that before the third.
const AFTER_CONFLICT_MS: u64 = 50;

/// An object on its way.
pub(crate) struct Writing<'a> {
    client: &'a Client,
    bucket: &'a str,
    path: &'a str,
    /// Whether it must not take the place of another.
    is_new: bool,
    writer: String,
    clock: &'a dyn Clock,
}

impl<'a> Writing<'a> {
    pub(crate) fn new(client: &'a Client, bucket: &'a str, path: &'a str, is_new: bool, clock: &'a dyn Clock) -> Self {
        let writer = format!("{:016x}{:016x}", clock.chance(), clock.chance());
        Self { client, bucket, path, is_new, writer, clock }
    }

    /// `If-None-Match: *`, where it must not take the place of another.
    fn if_none_match(&self) -> Option<String> {
        self.is_new.then(|| "*".to_owned())
    }

    /// Writes it in one call; says whether it did.
    pub(crate) async fn whole(&self, bytes: Bytes) -> Result<bool, StoreError> {
        let mut conflicts = 0;
        loop {
            let tries = Tries::default();
            let request = self.client.put_object().bucket(self.bucket).key(self.path).body(bytes.clone().into());
            let request = request.metadata(WRITER, &self.writer).set_if_none_match(self.if_none_match());
            let Err(error) = request.customize().interceptor(tries.clone()).send().await else { return Ok(true) };
            match status(&error) {
                Some(412) if self.is_new => return self.stands_in_the_way(&tries).await,
                // Another was writing, or deleting, at this very moment.
                Some(409) if self.is_new && conflicts < CONFLICTS => {
                    conflicts += 1;
                    let most_ms = AFTER_CONFLICT_MS * conflicts;
                    self.clock.sleep(Duration::from_millis(self.clock.chance() % most_ms)).await;
                }
                _ => return self.settled(failed(&error)).await,
            }
        }
    }

    /// Writes it in parts; says whether it did. Whatever goes wrong, no part is left behind.
    pub(crate) async fn in_parts(&self, first: Bytes, second: Bytes, rest: Parts) -> Result<bool, StoreError> {
        let request = self.client.create_multipart_upload().bucket(self.bucket).key(self.path);
        // What the SDK sends with each part; S3 takes it back at the end only of an upload that was begun so.
        let request = request.checksum_algorithm(ChecksumAlgorithm::Crc32);
        let begun = request.metadata(WRITER, &self.writer).send().await.map_err(|error| failed(&error))?;
        let upload = begun.upload_id().unwrap_or_default();
        let written = match self.send(upload, first, second, rest).await {
            Ok(parts) => self.complete(upload, parts).await,
            Err(error) => Err(error),
        };
        if !matches!(written, Ok(true)) {
            let request = self.client.abort_multipart_upload().bucket(self.bucket).key(self.path).upload_id(upload);
            if let Err(error) = request.send().await {
                // The bucket's lifecycle removes it in some days.
                tracing::warn!(object = self.path, error = %failed(&error), "parts of an unfinished object are left");
            }
        }
        written
    }

    async fn send(
        &self,
        upload: &str,
        first: Bytes,
        second: Bytes,
        mut rest: Parts,
    ) -> Result<Vec<CompletedPart>, StoreError> {
        let mut parts = vec![self.send_one(upload, 1, first).await?, self.send_one(upload, 2, second).await?];
        for number in 3.. {
            let Some(part) = rest.next().await? else { break };
            parts.push(self.send_one(upload, number, part).await?);
        }
        Ok(parts)
    }

    async fn send_one(&self, upload: &str, number: i32, part: Bytes) -> Result<CompletedPart, StoreError> {
        let request = self.client.upload_part().bucket(self.bucket).key(self.path).upload_id(upload);
        let sent = request.part_number(number).body(part.into()).send().await.map_err(|error| failed(&error))?;
        let part = CompletedPart::builder().part_number(number).set_e_tag(sent.e_tag);
        Ok(part.set_checksum_crc32(sent.checksum_crc32).build())
    }

    async fn complete(&self, upload: &str, parts: Vec<CompletedPart>) -> Result<bool, StoreError> {
        let tries = Tries::default();
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let request = self.client.complete_multipart_upload().bucket(self.bucket).key(self.path).upload_id(upload);
        let request = request.multipart_upload(parts).set_if_none_match(self.if_none_match());
        let Err(error) = request.customize().interceptor(tries.clone()).send().await else { return Ok(true) };
        match status(&error) {
            Some(412) if self.is_new => self.stands_in_the_way(&tries).await,
            // 409: another was writing or deleting at this very moment; the parts are gone, and so is the body: whoever wants the
            // object makes it once more. 404: an earlier try may have been done.
            _ => self.settled(failed(&error)).await,
        }
    }

    /// An object stands there already: another's, or this one, by a try whose answer was lost.
    async fn stands_in_the_way(&self, tries: &Tries) -> Result<bool, StoreError> {
        Ok(tries.lost_an_answer() && self.is_there().await?)
    }

    /// After an error that says nothing about what happened.
    async fn settled(&self, error: StoreError) -> Result<bool, StoreError> {
        if self.is_there().await.unwrap_or(false) { Ok(true) } else { Err(error) }
    }

    /// Whether the object that stands there is this one.
    async fn is_there(&self) -> Result<bool, StoreError> {
        match self.client.head_object().bucket(self.bucket).key(self.path).send().await {
            Ok(found) => Ok(found.metadata().and_then(|metadata| metadata.get(WRITER)) == Some(&self.writer)),
            Err(error) if error.as_service_error().is_some_and(|error| error.is_not_found()) => Ok(false),
            Err(error) => Err(failed(&error)),
        }
    }
}
