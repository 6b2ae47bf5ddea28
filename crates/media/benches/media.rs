//! What a film costs in processor time beside what others take for the same: the encoder alone, ffmpeg's own filters, MoviePy. The
//! workload is made here, the same each time: scenes that zoom and scenes that stand, with word captions, 1080x1920, 30 frames a second.
//!
//! `just bench-media` prints the ways and MEDIA's goals; it runs all of them `--runs 5` times in turn, on `--seconds 45` of film.
//! `--need moviepy,ffmpeg` fails without them; `--install` installs MoviePy into `.tools/moviepy`; `--keep FOLDER` leaves all films there.
//! `--check` makes 10 seconds of it three times, and fails where a ratio has become worse than benches/media/ratios.json has it by more
//! than 15 %, three times over; `--check --write` writes that file. Times of other runs or machines are compared with nothing.

mod media {
    pub(crate) mod install;
    pub(crate) mod machine;
    pub(crate) mod onetake;
    pub(crate) mod quality;
    pub(crate) mod ratios;
    pub(crate) mod reference;
    pub(crate) mod table;
    pub(crate) mod ways;
    pub(crate) mod workload;
}

use media::install::{self, Installed};
use media::machine;
use media::onetake::{self, Making};
use media::quality;
use media::ratios;
use media::reference::References;
use media::table::Measured;
use media::ways::{Kit, Way};
use media::workload::{FPS, Kind, Workload};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// How often a check is made before it is believed that a ratio became worse.
const ROUNDS: usize = 3;

/// What the command line asks for.
struct Asked {
    runs: usize,
    seconds: f64,
    is_check: bool,
    writes: bool,
    need: Option<String>,
    keep: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.as_slice() {
        [option, rest @ ..] if option == "--make" => onetake::child(rest).map(|said| {
            say(&said);
            true
        }),
        _ if arguments.iter().any(|argument| argument == "--install") => install::install().map(|()| true),
        _ => bench(&asked(&arguments)),
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

fn asked(arguments: &[String]) -> Asked {
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    let after = |name: &str| {
        let place = arguments.iter().position(|argument| argument == name)?;
        arguments.get(place + 1)
    };
    let is_check = has("--check");
    Asked {
        runs: after("--runs").and_then(|text| text.parse().ok()).unwrap_or(if is_check { 3 } else { 5 }).max(1),
        seconds: after("--seconds").and_then(|text| text.parse().ok()).unwrap_or(if is_check { 10.0 } else { 45.0 }),
        is_check,
        writes: has("--write"),
        need: after("--need").cloned(),
        keep: after("--keep").map(PathBuf::from),
    }
}

/// Makes the film in all ways; whether the goals, or the ratios of a check, are reached.
fn bench(asked: &Asked) -> Result<bool, String> {
    let installed = Installed::look();
    // Nothing can be measured without it.
    let needed = asked.need.as_ref().map_or_else(|| "ffmpeg".to_owned(), |need| format!("ffmpeg,{need}"));
    if let Some(sentence) = installed.lacks(&needed) {
        return Err(sentence);
    }
    let folder = place(asked)?;
    let kit = prepared(asked, &installed, asked.keep.as_deref().unwrap_or(folder.path()), folder.path())?;
    let ways = ways(asked, &installed);
    say(&format!(
        "{}; ffmpeg {}, x264 {}; {}. {} scenes of {:.1} s, {} runs of all in turn, the middle one.\n",
        machine::processor(),
        installed.ffmpeg.as_deref().unwrap_or_default(),
        installed.x264,
        installed.moviepy.as_ref().map_or_else(|| "no MoviePy".to_owned(), |version| format!("MoviePy {version}")),
        kit.work.scenes * 2,
        kit.work.frames as f64 / f64::from(FPS),
        asked.runs,
    ));
    if asked.is_check {
        return check(asked, &ways, &kit);
    }
    let mut measured = run(asked.runs, &ways, &kit)?;
    for &way in &ways {
        if let Some(kind) = way.kind() {
            measured.quality.insert(way, quality::of(way, kind, &kit, installed.has_vmaf)?);
        }
    }
    if let Some(ours) = measured.quality.get(&Way::Ours) {
        measured.plain_ssim = Some(quality::plain_at(ours.bytes, &kit)?);
    }
    say(&(measured.ways(&kit).join("\n") + "\n"));
    let (goals, are_met) = measured.goals(&kit);
    say(&goals.join("\n"));
    Ok(are_met)
}

/// Runs all ways in turn, so many times.
fn run(runs: usize, ways: &[Way], kit: &Kit) -> Result<Measured, String> {
    let mut measured = Measured::default();
    for _ in 0..runs {
        for &way in ways {
            measured.costs.entry(way).or_default().push(way.run(kit)?);
        }
    }
    Ok(measured)
}

/// Whether the ratios are held. What is slower is so each time; what a busy machine does to a ratio passes.
fn check(asked: &Asked, ways: &[Way], kit: &Kit) -> Result<bool, String> {
    for _ in 0..ROUNDS {
        let measured = run(asked.runs, ways, kit)?;
        if asked.writes {
            ratios::keep(&measured, kit)?;
        }
        let (lines, is_held) = ratios::check(&measured, kit)?;
        say(&lines.join("\n"));
        if is_held {
            return Ok(true);
        }
    }
    Ok(false)
}

/// All that is measured, in the order in which it runs.
fn ways(asked: &Asked, installed: &Installed) -> Vec<Way> {
    let [zoom, still] = Kind::BOTH;
    let mut ways = vec![Way::Onetake(Making::Scenes(zoom)), Way::Onetake(Making::Scenes(still)), Way::Plain, Way::Ours];
    ways.push(Way::Naive(zoom));
    if !asked.is_check {
        ways.extend([Way::Onetake(Making::Draft), Way::Onetake(Making::Join)]);
        ways.extend([Way::Naive(still), Way::Better(zoom), Way::Better(still)]);
    }
    if installed.moviepy.is_some() {
        ways.extend([Way::MoviePy(zoom), Way::MoviePy(still)]);
    }
    ways
}

/// A folder with room for the frames that encoders are measured with: in memory, where there is enough.
fn place(asked: &Asked) -> Result<tempfile::TempDir, String> {
    // Half of the film zooms.
    let needed_mb = asked.seconds / 2.0 * f64::from(FPS) * 3.2 + 500.0;
    let memory = Path::new("/dev/shm");
    let is_roomy = memory.is_dir() && machine::room_mb(memory) > needed_mb;
    let opened = if is_roomy { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    let folder = opened.map_err(|error| format!("no temporary folder: {error}"))?;
    let room_mb = machine::room_mb(folder.path());
    if room_mb > 0.0 && room_mb < needed_mb {
        return Err(format!("{needed_mb:.0} MB are needed in {}, and {room_mb:.0} are free.", folder.path().display()));
    }
    Ok(folder)
}

/// Draws pictures, computes the frames that are meant, and sees how our encoder is started.
fn prepared(asked: &Asked, installed: &Installed, films: &Path, frames: &Path) -> Result<Kit, String> {
    std::fs::create_dir_all(films).map_err(|error| format!("{}: {error}", films.display()))?;
    let work = Workload::new(films, asked.seconds);
    let references = References { folder: frames.to_owned() };
    work.prepare()?;
    references.prepare(&work)?;
    let first = machine::run(&mut onetake::command(&work, Making::Scenes(Kind::Zoom)))?;
    Ok(Kit {
        encoder: first.encoder.ok_or("the studio was not seen to start an encoder for a zoom")?,
        python: installed.python.clone(),
        is_check: asked.is_check,
        font: install::font(),
        references,
        work,
    })
}

#[expect(clippy::print_stdout, reason = "its figures are what it is run for")]
fn say(text: &str) {
    println!("{text}");
}
