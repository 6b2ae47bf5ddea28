//! Artifacts as files that a person can open: each is written aside, made safe on the disk, then moved to its name.

use crate::clock::instant;
use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, StreamExt};
use std::fs;
use std::io::{self, SeekFrom};
use std::ops::Range;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use story::Timestamp;
use story::artifacts::{Artifacts, Body, Head, Link, Object};
use story::failure::StoreError;
use tempfile::TempPath;
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};

/// What is still under `tmp/` after this long belongs to a process that was killed.
const LEFTOVER_MS: u64 = 3_600_000;

/// How much is read at a time.
const CHUNK_BYTES: u64 = 256 * 1024;

/// Artifacts below one folder, each at the path that its name shows as.
#[derive(Clone)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// Opens a folder, which must exist, and removes what killed processes left in its `tmp/`. Blocks.
    ///
    /// # Errors
    /// `Full` where the disk is, else `Unavailable`.
    pub fn open(folder: &Path, now: Timestamp) -> Result<Self, StoreError> {
        let opened = || {
            let root = folder.canonicalize()?;
            fs::create_dir_all(root.join("tmp"))?;
            remove_leftovers(&root.join("tmp"), now)?;
            Ok(Self { root })
        };
        opened().map_err(|error| StoreError::of_io(folder.display(), &error))
    }

    fn meaning(&self, error: &io::Error) -> StoreError {
        StoreError::of_io(self.root.display(), error)
    }

    async fn blocking<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Path) -> io::Result<T> + Send + 'static,
    {
        let root = self.root.clone();
        match tokio::task::spawn_blocking(move || work(&root)).await {
            Ok(done) => done.map_err(|error| self.meaning(&error)),
            Err(_) => Err(StoreError::Unavailable("the program is ending".to_owned())),
        }
    }

    /// Writes a body whole to a file of no name yet; dropped, it is gone.
    async fn aside(&self, mut body: Body) -> Result<TempPath, StoreError> {
        let made = self.blocking(|root| {
            // What a person may open has the permissions that the person's other files have.
            let permissions = fs::Permissions::from_mode(0o666);
            tempfile::Builder::new().permissions(permissions).tempfile_in(root.join("tmp"))
        });
        let (file, path) = made.await?.into_parts();
        let mut file = tokio::fs::File::from_std(file);
        while let Some(bytes) = body.next().await {
            file.write_all(&bytes?).await.map_err(|error| self.meaning(&error))?;
        }
        // A write's error may come only with the flush; the name must not come before the bytes are safe.
        file.flush().await.map_err(|error| self.meaning(&error))?;
        file.sync_all().await.map_err(|error| self.meaning(&error))?;
        Ok(path)
    }
}

fn remove_leftovers(tmp: &Path, now: Timestamp) -> io::Result<()> {
    for entry in fs::read_dir(tmp)? {
        let entry = entry?;
        // Another process may finish or remove its file while we look.
        let Ok(about) = entry.metadata() else { continue };
        if about.is_file() && now.since_ms(instant(about.modified()?)) > LEFTOVER_MS {
            drop(fs::remove_file(entry.path()));
        }
    }
    Ok(())
}

/// Moves a finished file to its name, in place of another or not; says whether it did.
fn settle(root: &Path, path: &str, mut aside: TempPath, replace: bool) -> io::Result<bool> {
    let name = root.join(path);
    let parent = name.parent().expect("an object's path has at least one folder").to_owned();
    // Whoever deletes the folder's last file removes the folder too, perhaps just between the next two lines.
    for _ in 0..100 {
        // `AlreadyExists` too: a folder that was there when it was to be made, and not when it was looked at.
        let in_between = |error: &io::Error| gone(error) || error.kind() == io::ErrorKind::AlreadyExists;
        fs::create_dir_all(&parent).or_else(|error| if in_between(&error) { Ok(()) } else { Err(error) })?;
        let moved = if replace { aside.persist(&name) } else { aside.persist_noclobber(&name) };
        match moved {
            Ok(()) => {
                fs::File::open(&parent).and_then(|folder| folder.sync_all()).or_else(ignore_gone)?;
                return Ok(true);
            }
            Err(failed) if !replace && failed.error.kind() == io::ErrorKind::AlreadyExists => return Ok(false),
            Err(failed) if gone(&failed.error) => aside = failed.path,
            Err(failed) => return Err(failed.error),
        }
    }
    Err(io::Error::other("the folder of a new file was removed again and again"))
}

fn gone(error: &io::Error) -> bool {
    // A name that is a file where a folder is asked for cannot hold an object either.
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn ignore_gone(error: io::Error) -> io::Result<()> {
    if gone(&error) { Ok(()) } else { Err(error) }
}

fn found<T>(answer: io::Result<T>) -> io::Result<Option<T>> {
    match answer {
        Err(error) if gone(&error) => Ok(None),
        answer => answer.map(Some),
    }
}

fn head(path: &str, about: &fs::Metadata) -> Head {
    Head { path: path.to_owned(), size_bytes: about.len() }
}

/// Every file below a folder whose path begins with `prefix`, in no order.
fn walk(folder: &Path, path: &str, prefix: &str, heads: &mut Vec<Head>) -> io::Result<()> {
    let Some(entries) = found(fs::read_dir(folder))? else { return Ok(()) };
    for entry in entries {
        let entry = entry?;
        // A file that a person put here under a name that is no text is no object.
        let Ok(name) = entry.file_name().into_string() else { continue };
        let path = format!("{path}{name}");
        let Some(about) = found(entry.metadata())? else { continue };
        if about.is_dir() {
            let below = format!("{path}/");
            if path != "tmp" && (below.starts_with(prefix) || prefix.starts_with(&below)) {
                walk(&entry.path(), &below, prefix, heads)?;
            }
        } else if about.is_file() && path.starts_with(prefix) && path.contains('/') {
            heads.push(head(&path, &about));
        }
    }
    Ok(())
}

#[async_trait]
impl Artifacts for Folder {
    async fn put(&self, object: &Object, body: Body) -> Result<(), StoreError> {
        let path = object.path().ok_or_else(|| object.refused())?;
        let aside = self.aside(body).await?;
        self.blocking(move |root| settle(root, &path, aside, true)).await.map(|_| ())
    }

    async fn put_new(&self, object: &Object, body: Body) -> Result<bool, StoreError> {
        let path = object.path().ok_or_else(|| object.refused())?;
        let aside = self.aside(body).await?;
        self.blocking(move |root| settle(root, &path, aside, false)).await
    }

    async fn get(&self, object: &Object, range: Option<Range<u64>>) -> Result<Option<Body>, StoreError> {
        let Some(path) = object.path() else { return Ok(None) };
        let opened = self.blocking(move |root| {
            let Some(file) = found(fs::File::open(root.join(path)))? else { return Ok(None) };
            Ok(file.metadata()?.is_file().then_some(file))
        });
        let Some(file) = opened.await? else { return Ok(None) };
        let mut file = tokio::fs::File::from_std(file);
        let range = range.unwrap_or(0..u64::MAX);
        if range.start > 0 {
            file.seek(SeekFrom::Start(range.start)).await.map_err(|error| self.meaning(&error))?;
        }
        let file = file.take(range.end.saturating_sub(range.start));
        let folder = self.clone();
        let chunks = stream::try_unfold((file, folder), |(mut file, folder)| async move {
            let mut chunk = BytesMut::with_capacity(usize::try_from(CHUNK_BYTES.min(file.limit())).unwrap_or(0));
            let read = file.read_buf(&mut chunk).await.map_err(|error| folder.meaning(&error))?;
            Ok::<Option<(Bytes, _)>, StoreError>((read > 0).then(|| (chunk.freeze(), (file, folder))))
        });
        Ok(Some(chunks.boxed()))
    }

    async fn head(&self, object: &Object) -> Result<Option<Head>, StoreError> {
        let Some(path) = object.path() else { return Ok(None) };
        let about = self.blocking(move |root| {
            let Some(about) = found(fs::metadata(root.join(&path)))? else { return Ok(None) };
            Ok(about.is_file().then(|| head(&path, &about)))
        });
        about.await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<Head>, StoreError> {
        let prefix = prefix.to_owned();
        let listed = self.blocking(move |root| {
            let mut heads = Vec::new();
            walk(root, "", &prefix, &mut heads)?;
            heads.sort_by(|one, other| one.path.cmp(&other.path));
            Ok(heads)
        });
        listed.await
    }

    async fn delete(&self, object: &Object) -> Result<(), StoreError> {
        let Some(path) = object.path() else { return Ok(()) };
        let deleted = self.blocking(move |root| {
            let path = root.join(path);
            fs::remove_file(&path).or_else(ignore_gone)?;
            // Up to the first folder that holds something else, or that somebody else has removed.
            for folder in path.ancestors().skip(1).take_while(|folder| *folder != root) {
                if fs::remove_dir(folder).is_err() {
                    break;
                }
            }
            Ok(())
        });
        deleted.await
    }

    async fn link(&self, object: &Object, _name: &str, _content_type: &str) -> Result<Link, StoreError> {
        let path = object.path().ok_or_else(|| object.refused())?;
        Ok(Link::File(self.root.join(path)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use story::JobId;
    use story::artifacts::body;

    fn film() -> Object {
        Object::File(JobId("j".to_owned()), "film.mp4".to_owned())
    }

    #[tokio::test]
    async fn deleting_the_last_file_removes_its_folders_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let artifacts = Folder::open(folder.path(), Timestamp(0)).unwrap();
        artifacts.put(&film(), body("film")).await.unwrap();
        artifacts.put(&Object::Plan(JobId("j".to_owned())), body("plan")).await.unwrap();
        artifacts.delete(&film()).await.unwrap();
        assert!(folder.path().join("jobs/j/plan.json").is_file());
        artifacts.delete(&Object::Plan(JobId("j".to_owned()))).await.unwrap();
        assert!(!folder.path().join("jobs").exists());
        assert!(folder.path().join("tmp").is_dir());
    }

    #[tokio::test]
    async fn a_failed_or_lost_write_leaves_nothing_aside() {
        let folder = tempfile::tempdir().unwrap();
        let artifacts = Folder::open(folder.path(), Timestamp(0)).unwrap();
        let error = StoreError::Unavailable("cut".to_owned());
        let cut = stream::iter([Ok(Bytes::from_static(b"half")), Err(error)]).boxed();
        artifacts.put(&film(), cut).await.unwrap_err();
        assert!(artifacts.put_new(&film(), body("one")).await.unwrap());
        assert!(!artifacts.put_new(&film(), body("two")).await.unwrap());
        assert_eq!(fs::read_dir(folder.path().join("tmp")).unwrap().count(), 0);
    }

    #[test]
    fn leftovers_of_killed_processes_go_after_an_hour() {
        let folder = tempfile::tempdir().unwrap();
        Folder::open(folder.path(), Timestamp(0)).unwrap();
        let leftover = folder.path().join("tmp/left");
        fs::write(&leftover, "half a film").unwrap();
        let written = instant(fs::metadata(&leftover).unwrap().modified().unwrap());
        Folder::open(folder.path(), written.plus_ms(LEFTOVER_MS)).unwrap();
        assert!(leftover.exists());
        Folder::open(folder.path(), written.plus_ms(LEFTOVER_MS + 1)).unwrap();
        assert!(!leftover.exists());
    }

    #[tokio::test]
    async fn no_name_reaches_out_of_the_folder() {
        let outer = tempfile::tempdir().unwrap();
        fs::write(outer.path().join("secret"), "secret").unwrap();
        fs::create_dir(outer.path().join("house")).unwrap();
        let artifacts = Folder::open(&outer.path().join("house"), Timestamp(0)).unwrap();
        artifacts.put(&film(), body("film")).await.unwrap();
        let out = Object::File(JobId("j".to_owned()), "../../../secret".to_owned());
        assert!(artifacts.get(&out, None).await.unwrap().is_none());
        assert!(artifacts.head(&out).await.unwrap().is_none());
        artifacts.put(&out, body("mine")).await.unwrap_err();
        artifacts.put_new(&out, body("mine")).await.unwrap_err();
        artifacts.link(&out, "secret", "text/plain").await.unwrap_err();
        artifacts.delete(&out).await.unwrap();
        assert!(artifacts.list("../").await.unwrap().is_empty());
        assert_eq!(fs::read(outer.path().join("secret")).unwrap(), b"secret");
    }

    #[tokio::test]
    async fn the_link_is_where_a_person_finds_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let artifacts = Folder::open(folder.path(), Timestamp(0)).unwrap();
        artifacts.put(&film(), body("film")).await.unwrap();
        let link = artifacts.link(&film(), "film.mp4", "video/mp4").await.unwrap();
        let Link::File(path) = link else { panic!("{link:?}") };
        assert!(path.is_absolute());
        assert_eq!(fs::read(path).unwrap(), b"film");
    }

    #[tokio::test]
    async fn files_beside_the_objects_are_not_listed() {
        let folder = tempfile::tempdir().unwrap();
        let artifacts = Folder::open(folder.path(), Timestamp(0)).unwrap();
        fs::write(folder.path().join("onetake.sqlite"), "").unwrap();
        fs::write(folder.path().join("tmp/half"), "").unwrap();
        artifacts.put(&film(), body("film")).await.unwrap();
        let paths: Vec<String> = artifacts.list("").await.unwrap().into_iter().map(|head| head.path).collect();
        assert_eq!(paths, ["jobs/j/film.mp4"]);
    }
}
