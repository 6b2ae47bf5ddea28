//! Processes of Linux: who started whom, and how they are ended.

use std::fs;
use std::process::Command;

/// The process groups that the children of a process lead or belong to.
pub(crate) fn groups_below(parent: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let mut groups: Vec<u32> = (processes.filter_map(|process| fs::read_to_string(process.path().join("stat")).ok()))
        .filter_map(|stat| parent_and_group(&stat))
        .filter(|(its_parent, _)| *its_parent == parent)
        .map(|(_, group)| group)
        .collect();
    groups.sort_unstable();
    groups.dedup();
    groups
}

/// `pid (name) state ppid pgrp …`, where a name may hold spaces and brackets.
fn parent_and_group(stat: &str) -> Option<(u32, u32)> {
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split(' ').skip(1);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
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
        assert_eq!(parent_and_group("17 (a (b) c) S 4 17 17 0 -1"), Some((4, 17)));
        assert_eq!(parent_and_group("nonsense"), None);
    }
}
