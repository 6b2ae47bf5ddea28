//! A film of an hour, rendered as many parts at once as there are cores, and joined: what it takes of processors, time, memory and scratch
//! space, all processes together at most 512 MiB. From that is computed how long a film AWS Lambda makes. `just bench-long`; `--minutes 5`
//! tries it. Linux only.

mod media {
    #[expect(dead_code, reason = "another bench uses more of it")]
    pub(crate) mod machine;
    #[expect(dead_code, reason = "another bench uses more of it")]
    pub(crate) mod onetake;
    #[expect(dead_code, reason = "another bench uses more of it")]
    pub(crate) mod workload;
}

use bytes::Bytes;
use media::machine::{self, Cost};
use media::onetake;
use media::workload::{FPS, FRAME, HEIGHT, Kind, WIDTH, Workload};
use std::path::Path;
use std::process::ExitCode;
use story::artifacts::body;
use story::studio::{Listener, Reel, Slot, Sound, Studio};

/// Length of a scene.
const SCENE_S: u64 = 15;
/// Length of the longest usual part, and of the longest there is: one long line.
const PARTS_S: [f64; 2] = [60.0, 600.0];
/// All processes together.
const MOST_MB: f64 = 512.0;

/// What Lambda has: seconds for a message, megabytes of memory for each processor, and megabytes of scratch space at most.
const LAMBDA_S: f64 = 900.0;
const LAMBDA_CORE_MB: f64 = 1_769.0;
const LAMBDA_SCRATCH_MB: f64 = 10_240.0;
/// A processor there is taken to be so much slower than here.
const SLOWER: f64 = 2.0;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |name: &str| {
        let place = arguments.iter().position(|argument| argument == name)?;
        arguments.get(place + 1)?.parse::<u64>().ok()
    };
    let done = match arguments.as_slice() {
        [option, making, folder, scenes, frames] if option == "--make" => {
            child(making, Path::new(folder), [scenes, frames]).map(|()| true)
        }
        _ => long(number("--minutes").unwrap_or(60).max(1)),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(sentence) => {
            say(&sentence);
            ExitCode::FAILURE
        }
    }
}

/// Makes the film; whether its memory stays within what it may have.
fn long(minutes: u64) -> Result<bool, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let scenes = (minutes * 60 / SCENE_S / 2) as usize;
    let work = Workload { folder: folder.path().to_owned(), scenes, frames: SCENE_S * u64::from(FPS) };
    work.prepare()?;
    let one = Workload { scenes: 1, frames: PARTS_S[0] as u64 * u64::from(FPS), ..work.clone() };
    let part = made("part", &one)?;
    let render = made("render", &work)?;
    let join = made("join", &work)?;
    let size_mb =
        std::fs::metadata(work.folder.join("film.mp4")).map_err(|error| error.to_string())?.len() as f64 / 1_048_576.0;
    say(&format!(
        "{}. {minutes} minutes of {WIDTH}x{HEIGHT}, {} scenes, film of {size_mb:.0} MB.\n",
        machine::processor(),
        scenes * 2
    ));
    say("| | CPU s | wall s | most memory MB, all processes | most scratch MB |");
    say("|-|-:|-:|-:|-:|");
    for (what, cost) in
        [("one part of 60 s", &part), ("render, a part for each core", &render), ("track and join", &join)]
    {
        let Cost { cpu_s, wall_s, peak_mb, folder_mb, .. } = cost;
        say(&format!("| {what} | {cpu_s:.1} | {wall_s:.1} | {peak_mb:.0} | {folder_mb:.0} |"));
    }
    let peak_mb = render.peak_mb.max(join.peak_mb);
    let is_small = peak_mb <= MOST_MB;
    say(&format!(
        "\nAt most {peak_mb:.0} MB of memory ({MOST_MB:.0} allowed): {}.",
        if is_small { "met" } else { "**not met**" }
    ));
    lambda(minutes as f64, &part, &join);
    Ok(is_small)
}

/// How that fits Lambda, where each part is a message of its own, and the join is one.
fn lambda(minutes: f64, part: &Cost, join: &Cost) {
    // The encoder has one thread, so that no more than one processor is counted on.
    let part_s = part.cpu_s / PARTS_S[0] * SLOWER;
    let [usual_s, longest_s] = PARTS_S.map(|seconds| seconds * part_s);
    say(&format!(
        "\nOn Lambda, with processors half as fast: a part of 60 s takes {usual_s:.0} s, the longest one (10 minutes) {longest_s:.0} s of {LAMBDA_S:.0}."
    ));
    let (scratch_mb, join_s) = (join.folder_mb / minutes, join.cpu_s / minutes * SLOWER);
    say(&format!(
        "The join needs {scratch_mb:.1} MB of scratch space for each minute of film, and {join_s:.2} s: an hour {:.0} MB and {:.0} s.",
        scratch_mb * 60.0,
        join_s * 60.0
    ));
    for (given, megabytes) in
        [("512 (the least)", 512.0), ("4096 (ComposeScratch)", 4_096.0), ("10240 (the most)", LAMBDA_SCRATCH_MB)]
    {
        let longest = (megabytes * 0.9 / scratch_mb).min(LAMBDA_S * 0.9 / join_s);
        say(&format!("With EphemeralStorage of {given} MB the longest film has {longest:.0} minutes."));
    }
    let memory_mb = part.peak_mb.max(join.peak_mb);
    say(&format!(
        "Memory: {memory_mb:.0} MB are used; ComposeMemory is chosen for its processors, of which each {LAMBDA_CORE_MB:.0} MB are one."
    ));
}

fn made(making: &str, work: &Workload) -> Result<Cost, String> {
    let mut command = machine::command(std::env::current_exe().map_err(|error| error.to_string())?);
    // As `./onetake` starts the program.
    command.env("MALLOC_ARENA_MAX", "1");
    command.args(["--make", making]).arg(&work.folder).args([work.scenes.to_string(), work.frames.to_string()]);
    machine::watch(&mut command, Some(&work.folder.join("scratch")))
}

fn child(making: &str, folder: &Path, [scenes, frames]: [&String; 2]) -> Result<(), String> {
    let number = |text: &String| text.parse::<u64>().map_err(|error| error.to_string());
    let work = Workload { folder: folder.to_owned(), scenes: number(scenes)? as usize, frames: number(frames)? };
    onetake::runtime()?.block_on(async {
        let workshop = onetake::workshop(&work.folder.join("scratch"))?;
        match making {
            "part" => onetake::render(&workshop, &work, &[Kind::Zoom], false).await.map(drop),
            "render" => onetake::render(&workshop, &work, &Kind::BOTH, false).await.map(drop),
            _ => join(&workshop, &work).await.map_err(|failure| failure.to_string()),
        }
    })
}

/// Lays the whole track, joins all parts, and writes the film.
async fn join(workshop: &impl Studio, work: &Workload) -> Result<(), Box<dyn std::error::Error>> {
    let sound = sound(workshop, work.frames).await?;
    let mut laying = workshop.lay().await?;
    let mut parts = Vec::new();
    for index in 0..work.scenes {
        for kind in Kind::BOTH {
            let slot = Slot { sound: Some(sound.clone()), volume: 1.0, samples: work.frames * FRAME };
            laying.add(slot).await?;
            parts.push(onetake::file(&onetake::part(work, kind, index)).await?);
        }
    }
    let track = work.folder.join("track.m4a");
    onetake::write(&track, laying.end().await?).await?;
    let reel = Reel { parts, track: onetake::file(&track).await?, fps: FPS, chapters: Vec::new(), has_thumbnail: true };
    let film = workshop.join(reel).await?;
    Ok(onetake::write(&work.folder.join("film.mp4"), film.film).await?)
}

/// Something like speech, as long as a scene but for a pause.
async fn sound(listener: &impl Listener, frames: u64) -> Result<Sound, Box<dyn std::error::Error>> {
    let samples = (frames - u64::from(FPS) / 2) * FRAME;
    let mut file = Vec::new();
    let size = u32::try_from(samples * 2)?;
    file.extend(b"RIFF");
    file.extend((36 + size).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend(48_000_u32.to_le_bytes());
    file.extend(96_000_u32.to_le_bytes());
    file.extend(b"\x02\0\x10\0data");
    file.extend(size.to_le_bytes());
    for index in 0..samples {
        let t = index as f64 / 48_000.0;
        let envelope = (t * 11.0).sin().max(0.0).sqrt() * 0.15;
        let voice: f64 = (1..8).map(|n| (std::f64::consts::TAU * 140.0 * f64::from(n) * t).sin() / f64::from(n)).sum();
        file.extend(((voice * envelope * 32_767.0) as i16).to_le_bytes());
    }
    let audio = Bytes::from(file);
    let level = listener.level(body(audio.clone())).await?;
    Ok(Sound { audio, level })
}

#[expect(clippy::print_stdout, reason = "its figures are what it is run for")]
fn say(text: &str) {
    println!("{text}");
}
