//! A disk of its own for one test.

use crate::room::command;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A small file system in memory, gone when dropped.
pub(crate) struct Disk {
    _folder: TempDir,
    pub(crate) place: PathBuf,
}

impl Disk {
    /// Mounts one, if this user may.
    pub(crate) fn mount(size: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("disk");
        std::fs::create_dir(&place).unwrap();
        does("mount", &["-t", "tmpfs", "-o", &format!("size={size}"), "onetake-test"], &place)
            .then_some(Self { _folder: folder, place })
    }

    pub(crate) fn resize(&self, size: &str) {
        assert!(
            does("mount", &["-o", &format!("remount,size={size}")], &self.place),
            "it was mounted, but is not resized"
        );
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily where something is still open: a test that failed must not leave a mount behind.
        let _ = does("umount", &[], &self.place) || does("umount", &["-l"], &self.place);
    }
}

fn does(program: &str, arguments: &[&str], place: &Path) -> bool {
    command(program).args(arguments).arg(place).output().is_ok_and(|output| output.status.success())
}
