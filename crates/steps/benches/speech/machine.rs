//! What the system tells of this process. Nothing where it tells nothing.

use std::ops::Range;

/// A tick of the system's count of processor time: 100 a second on every Linux.
const TICK_MS: f64 = 10.0;

/// Processor time of this process, in milliseconds.
pub(crate) fn cpu_ms() -> f64 {
    ticks(&stat("self"), 11..13) * TICK_MS
}

/// The same with that of the programs it ran, those that still run too.
pub(crate) fn cpu_with_children_ms() -> f64 {
    let me = std::process::id().to_string();
    let all = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let running = all.filter_map(|entry| {
        let numbers = stat(entry.file_name().to_str()?);
        (numbers.get(1) == Some(&me)).then(|| ticks(&numbers, 11..13))
    });
    (ticks(&stat("self"), 11..15) + running.sum::<f64>()) * TICK_MS
}

/// The system's numbers of a process, after its name, which may hold anything.
fn stat(process: &str) -> Vec<String> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    stat.rsplit(')').next().unwrap_or_default().split_whitespace().map(str::to_owned).collect()
}

fn ticks(numbers: &[String], fields: Range<usize>) -> f64 {
    let ticks = numbers.get(fields).unwrap_or_default();
    ticks.iter().filter_map(|ticks| ticks.parse::<f64>().ok()).sum()
}

/// Forgets the most memory that was in use.
pub(crate) fn forget_peak() {
    drop(std::fs::write("/proc/self/clear_refs", "5"));
}

/// The most memory that was in use since then, in megabytes.
pub(crate) fn peak_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse().unwrap_or_default();
    kilobytes / 1_024.0
}
