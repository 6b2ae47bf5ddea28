//! Who may use a lane on this machine: a lock on a file, which the operating system frees when the process dies.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use story::house::{Held, LaneLock};

/// Locks of `DIR/lane-<n>.lock`.
pub struct LaneFiles {
    folder: PathBuf,
}

impl LaneFiles {
    /// The lanes of a folder, which must exist.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }
}

impl LaneLock for LaneFiles {
    fn try_hold(&self, lane: &str) -> Held {
        let path = self.folder.join(format!("lane-{lane}.lock"));
        // Who cannot even open the file cannot know that it is alone, and must not speak.
        let Ok(file) = OpenOptions::new().create(true).truncate(false).write(true).open(path) else {
            return Held::No;
        };
        match File::try_lock(&file) {
            Ok(()) => Held::Yes(Box::new(file)),
            // Some network file systems have no locks; then nobody of this folder has one.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => Held::LeaseDecides,
            Err(_) => Held::No,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lane_is_held_once_until_it_is_let_go_and_other_lanes_are_free() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (LaneFiles::new(folder.path()), LaneFiles::new(folder.path()));
        let held = one.try_hold("a-1");
        assert!(matches!(held, Held::Yes(_)));
        assert!(matches!(other.try_hold("a-1"), Held::No));
        assert!(matches!(one.try_hold("a-1"), Held::No));
        assert!(matches!(other.try_hold("a-2"), Held::Yes(_)));
        drop(held);
        assert!(matches!(other.try_hold("a-1"), Held::Yes(_)));
    }

    #[test]
    fn without_its_folder_a_lane_is_not_held() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(LaneFiles::new(&folder.path().join("gone")).try_hold("a-1"), Held::No));
    }
}
