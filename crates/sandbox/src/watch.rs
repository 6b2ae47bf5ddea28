//! How much lies in the folder that a program writes to.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Files and folders in it, at most.
const MOST_ENTRIES: usize = 2_000;
/// Bytes of all of them.
const MOST_BYTES: u64 = 256 << 20;
/// What the kernel counts blocks in.
const BLOCK_BYTES: u64 = 512;
/// Folders in each other.
const DEEPEST: usize = 32;

/// What is too much in a folder, if something is.
pub(crate) fn excess(folder: &Path) -> Option<&'static str> {
    let (mut entries, mut bytes) = (0, 0);
    let mut open = vec![(folder.to_owned(), 0)];
    while let Some((folder, depth)) = open.pop() {
        let Ok(inside) = fs::read_dir(folder) else { return Some("it hides what it writes") };
        for entry in inside.flatten() {
            entries += 1;
            // What goes while it is looked at is no matter.
            let Ok(metadata) = entry.metadata() else { continue };
            if metadata.is_dir() {
                open.push((entry.path(), depth + 1));
            } else {
                // What was allocated and not written yet is no part of its length.
                bytes += metadata.len().max(metadata.blocks() * BLOCK_BYTES);
            }
            if entries > MOST_ENTRIES {
                return Some("it writes too many files");
            }
            if bytes > MOST_BYTES {
                return Some("it writes too much into files");
            }
            if depth > DEEPEST {
                return Some("it makes folders in folders, too deeply");
            }
        }
    }
    None
}

/// Empties a folder.
pub(crate) fn emptied(folder: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { fs::remove_dir_all(path)? } else { fs::remove_file(path)? }
    }
    Ok(())
}

/// Threads that the user of this process has now. Of root nothing is said: programs run as somebody else there.
pub(crate) fn tasks() -> Option<u64> {
    let value = |status: &str, name: &str| -> Option<u64> {
        status.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
    };
    let of = |path: &Path| {
        let status = fs::read_to_string(path.join("status")).ok()?;
        Some((value(&status, "Uid:")?, value(&status, "Threads:")?))
    };
    let (me, _) = of(Path::new("/proc/self")).filter(|(user, _)| *user != 0)?;
    let all = fs::read_dir("/proc").ok()?.flatten().filter_map(|entry| of(&entry.path()));
    Some(all.filter(|(user, _)| *user == me).map(|(_, threads)| threads).sum())
}
