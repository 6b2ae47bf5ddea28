//! Files that stream into and out of a scratch folder.

use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use story::artifacts::Body;
use story::failure::{Failure, StoreError};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Bytes read from a file at once: large enough that a film is not a million calls.
const CHUNK_BYTES: usize = 256 * 1024;

/// A folder for one piece of work; it goes when the last one that holds it goes.
pub(crate) fn scratch(parent: &Path) -> Result<Arc<TempDir>, Failure> {
    let folder =
        std::fs::create_dir_all(parent).and_then(|()| tempfile::Builder::new().prefix("media-").tempdir_in(parent));
    folder.map(Arc::new).map_err(|error| StoreError::of_io("opening a scratch folder", &error).into())
}

/// Writes a body into a file.
pub(crate) async fn write(path: &Path, mut body: Body) -> Result<(), Failure> {
    let broken = |error: io::Error| Failure::Retry(StoreError::of_io("writing a scratch file", &error));
    let mut file = tokio::fs::File::create(path).await.map_err(broken)?;
    while let Some(chunk) = body.next().await {
        file.write_all(&chunk?).await.map_err(broken)?;
    }
    file.flush().await.map_err(broken)
}

/// A file as a body; `folder` stays until the body is gone.
pub(crate) async fn read(path: PathBuf, folder: Arc<TempDir>) -> Result<Body, Failure> {
    let file =
        tokio::fs::File::open(&path).await.map_err(|error| StoreError::of_io("reading a scratch file", &error))?;
    let chunks = stream::unfold(Some((file, folder)), |state| async move {
        let (mut file, folder) = state?;
        let mut chunk = vec![0; CHUNK_BYTES];
        let mut filled = 0;
        while filled < CHUNK_BYTES {
            match file.read(&mut chunk[filled..]).await {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) => return Some((Err(StoreError::of_io("reading a scratch file", &error)), None)),
            }
        }
        chunk.truncate(filled);
        (filled > 0).then(|| (Ok(Bytes::from(chunk)), Some((file, folder))))
    });
    Ok(chunks.boxed())
}
