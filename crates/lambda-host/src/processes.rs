//! Processes of Linux: who started whom, and how they are ended.

use std::fs;
use std::process::Command;

/// The process groups that the children of a process lead. One that has only just begun is still in its parent's, which is
/// perhaps our own: it is not among them.
pub(crate) fn groups_below(parent: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    (processes.filter_map(|process| fs::read_to_string(process.path().join("stat")).ok()))
        .filter_map(|stat| family(&stat))
        .filter(|[process, its_parent, group]| *its_parent == parent && process == group)
        .map(|[.., group]| group)
        .collect()
}

/// Process, parent and group of `pid (name) state ppid pgrp …`, where a name may hold spaces and brackets.
fn family(stat: &str) -> Option<[u32; 3]> {
    let (process, _) = stat.split_once(' ')?;
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split(' ').skip(1);
    Some([process.parse().ok()?, fields.next()?.parse().ok()?, fields.next()?.parse().ok()?])
}

/// `kill` with these words.
pub(crate) fn signal(words: &str) {
    #[expect(clippy::disallowed_methods, reason = "std sends SIGKILL to its own children only")]
    let _ = Command::new("sh").arg("-c").arg(format!("kill {words}")).status();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_does_not_hide_the_parent() {
        assert_eq!(family("17 (a (b) c) S 4 16 17 0 -1"), Some([17, 4, 16]));
        assert_eq!(family("nonsense"), None);
    }
}
