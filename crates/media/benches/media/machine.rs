//! Programs run and measured: what the system tells of a process and of all that it starts.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A tick of the system's count of processor time: 100 a second on every Linux.
const TICK_S: f64 = 0.01;
/// Between two looks at the processes.
const LOOK: Duration = Duration::from_millis(20);
const MB: f64 = 1_048_576.0;

/// What a program cost, with all that it started.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cost {
    /// Seconds of processors, in all processes.
    pub(crate) cpu_s: f64,
    pub(crate) wall_s: f64,
    /// The most memory of all processes at one moment: a page that several share counts once.
    pub(crate) peak_mb: f64,
    /// The most memory of one process of each name.
    pub(crate) peaks_mb: BTreeMap<String, f64>,
    /// The largest that the watched folder was.
    pub(crate) folder_mb: f64,
    /// The arguments of an encoder that ran, without the program.
    pub(crate) encoder: Option<Vec<String>>,
    pub(crate) said: String,
}

/// The time, for wall times.
pub(crate) fn now() -> Instant {
    #[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
    Instant::now()
}

/// A program that is to be run.
pub(crate) fn command(program: impl AsRef<Path>) -> Command {
    #[expect(clippy::disallowed_methods, reason = "a bench runs programs beside each other")]
    Command::new(program.as_ref())
}

/// Runs a program to its end.
///
/// # Errors
/// A sentence, if it cannot be started or fails.
pub(crate) fn run(command: &mut Command) -> Result<Cost, String> {
    watch(command, None)
}

/// The same, and watches how large a folder becomes.
pub(crate) fn watch(command: &mut Command, folder: Option<&Path>) -> Result<Cost, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let (began, cpu_s) = (now(), ticks_s(&stat("self"), 13..15));
    // What it says goes into files: a pipe that nobody reads would stop it.
    let (said, complaints) = (scratch_file()?, scratch_file()?);
    let of = |file: &tempfile::NamedTempFile| file.reopen().map(Stdio::from).map_err(|error| error.to_string());
    let mut child = command
        .stdin(Stdio::null())
        .stdout(of(&said)?)
        .stderr(of(&complaints)?)
        .spawn()
        .map_err(|error| format!("{name} could not be started: {error}"))?;
    let mut cost = Cost::default();
    let status = loop {
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            break status;
        }
        cost.look(child.id());
        if let Some(folder) = folder {
            cost.folder_mb = cost.folder_mb.max(size_mb(folder));
        }
        std::thread::sleep(LOOK);
    };
    cost.wall_s = began.elapsed().as_secs_f64();
    cost.cpu_s = ticks_s(&stat("self"), 13..15) - cpu_s;
    cost.said = text(&said);
    if status.success() {
        return Ok(cost);
    }
    let complaints = text(&complaints);
    let last: Vec<&str> = complaints.lines().rev().take(6).collect();
    Err(format!("{name} failed ({status}): {}", last.into_iter().rev().collect::<Vec<_>>().join(" | ")))
}

/// What a program says on its two outputs, for a question; nothing if it cannot be started.
pub(crate) fn answer(program: &str, arguments: &[&str]) -> String {
    let output = command(program).args(arguments).stdin(Stdio::null()).output();
    let of = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    output.map(|output| of(output.stdout) + &of(output.stderr)).unwrap_or_default()
}

/// Processor time of this process and the programs it ran to their end, in seconds.
pub(crate) fn cpu_s() -> f64 {
    ticks_s(&stat("self"), 11..15)
}

/// The name of the processor.
pub(crate) fn processor() -> String {
    let told = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = told.lines().find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1));
    format!("{}, {} cores", name.unwrap_or("an unknown processor"), cores())
}

pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

/// Room in a folder, in megabytes, as `df` tells it.
pub(crate) fn room_mb(folder: &Path) -> f64 {
    let told = answer("df", &["-Pk", &folder.to_string_lossy()]);
    let free = told.lines().nth(1).and_then(|line| line.split_whitespace().nth(3)?.parse::<f64>().ok());
    free.unwrap_or_default() / 1_024.0
}

/// All files of a folder, in megabytes.
pub(crate) fn size_mb(folder: &Path) -> f64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let sizes = entries.map(|entry| match entry.metadata() {
        Ok(file) if file.is_dir() => size_mb(&entry.path()),
        Ok(file) => file.len() as f64 / MB,
        Err(_) => 0.0,
    });
    sizes.sum()
}

impl Cost {
    /// Looks at a process and all that it started.
    fn look(&mut self, root: u32) {
        let mut sum_mb = 0.0;
        for process in tree(root) {
            let folder = format!("/proc/{process}");
            let read = |name: &str| std::fs::read_to_string(format!("{folder}/{name}")).unwrap_or_default();
            let kb = |text: &str| text.trim_end_matches(" kB").parse::<f64>().unwrap_or_default();
            let (shares, status) = (read("smaps_rollup"), read("status"));
            sum_mb += kb(line(&shares, "Pss:")) / 1_024.0;
            let told = |name: &str| line(&status, name);
            let peak_mb = kb(told("VmHWM:")) / 1_024.0;
            let most_mb = self.peaks_mb.entry(told("Name:").to_owned()).or_default();
            *most_mb = most_mb.max(peak_mb);
            if self.encoder.is_none() && told("Name:") == "ffmpeg" {
                self.encoder = encoder(&folder);
            }
        }
        self.peak_mb = self.peak_mb.max(sum_mb);
    }
}

/// What a file of the system's says under a name.
fn line<'a>(text: &'a str, name: &str) -> &'a str {
    text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim()
}

/// The arguments of a process that encodes pictures.
fn encoder(process: &str) -> Option<Vec<String>> {
    let line = std::fs::read(format!("{process}/cmdline")).unwrap_or_default();
    let words = line.split(|byte| *byte == 0).skip(1).map(|word| String::from_utf8_lossy(word).into_owned());
    let mut words: Vec<String> = words.collect();
    words.pop();
    words.iter().any(|word| word == "libx264").then_some(words)
}

/// A process and all that it started, directly or not.
fn tree(root: u32) -> BTreeSet<u32> {
    let all = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let parents: Vec<(u32, u32)> = all
        .filter_map(|entry| {
            let process = entry.file_name().to_str()?.parse().ok()?;
            Some((process, stat(entry.file_name().to_str()?).get(1)?.parse().ok()?))
        })
        .collect();
    let mut found = BTreeSet::from([root]);
    loop {
        let before = found.len();
        found.extend(
            parents
                .iter()
                .filter(|(_, parent)| found.contains(parent))
                .map(|(process, _)| *process)
                .collect::<Vec<_>>(),
        );
        if found.len() == before {
            return found;
        }
    }
}

/// The system's numbers of a process, after its name, which may hold anything.
fn stat(process: &str) -> Vec<String> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    stat.rsplit(')').next().unwrap_or_default().split_whitespace().map(str::to_owned).collect()
}

fn ticks_s(numbers: &[String], fields: Range<usize>) -> f64 {
    let ticks = numbers.get(fields).unwrap_or_default();
    ticks.iter().filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() * TICK_S
}

fn scratch_file() -> Result<tempfile::NamedTempFile, String> {
    tempfile::NamedTempFile::new().map_err(|error| format!("no temporary file: {error}"))
}

fn text(file: &tempfile::NamedTempFile) -> String {
    String::from_utf8_lossy(&std::fs::read(file.path()).unwrap_or_default()).into_owned()
}
