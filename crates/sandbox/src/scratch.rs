//! Folders that programs write to. One whose owner was killed is removed by whoever begins next.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const PREFIX: &str = "onetake-manim-";

/// A folder that nobody else removes, as it is locked for as long as this lives.
pub(crate) struct Scratch {
    folder: TempDir,
    _lock: File,
}

impl Scratch {
    /// Makes one.
    ///
    /// # Errors
    /// Those of the disk.
    pub(crate) fn make() -> io::Result<Self> {
        loop {
            let folder = TempDir::with_prefix_in(PREFIX, place())?;
            // Until it is locked, somebody who tidies up may take it.
            if let Some(lock) = locked(folder.path()).filter(|_| folder.path().exists()) {
                return Ok(Self { folder, _lock: lock });
            }
        }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Removes what lies there of processes that are gone.
pub(crate) fn tidy() {
    for entry in std::fs::read_dir(place()).into_iter().flatten().flatten() {
        if entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX))
            && let Some(_lock) = locked(&entry.path())
            && let Err(error) = std::fs::remove_dir_all(entry.path())
        {
            tracing::warn!(%error, "what a program left behind could not be removed");
        }
    }
}

fn locked(folder: &Path) -> Option<File> {
    let folder = File::open(folder).ok()?;
    folder.try_lock().is_ok().then_some(folder)
}

/// A place that whoever runs programs can reach.
fn place() -> PathBuf {
    std::env::temp_dir()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_holds_any_more_is_removed_and_nothing_else() {
        let held = Scratch::make().unwrap();
        let left = place().join(format!("{PREFIX}of-a-process-that-was-killed"));
        std::fs::create_dir_all(left.join("texts")).unwrap();
        std::fs::write(left.join("texts/a.svg"), "<svg/>").unwrap();
        tidy();
        assert!(held.path().exists() && !left.exists());
    }
}
