//! What Linux counts of this process.

use std::error::Error;

/// Milliseconds in which it counts CPU.
const TICK_MS: f64 = 10.0;

/// CPU so far, in milliseconds: of this process outside and inside the kernel, and of the processes that it ran.
pub(crate) fn cpu_ms() -> Result<[f64; 3], Box<dyn Error>> {
    let line = std::fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<f64> = line
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .map(|field| field.parse().unwrap_or(0.0))
        .collect();
    Ok([fields[11], fields[12], fields[13] + fields[14]].map(|ticks| ticks * TICK_MS))
}
