//! Where the processor time of a scene goes: reading the picture, moving it, captions, the pipe, the encoder, and the join. `just
//! profile-media`; Linux only.
//!
//! The composing thread, the thread that feeds the pipe and the encoder are told apart by the system's own counts. What the composing
//! thread does is told apart by leaving it out: a scene of one frame only reads its picture, one without captions only moves it.

mod media {
    #[expect(dead_code, reason = "another bench uses more of it")]
    pub(crate) mod machine;
    #[expect(dead_code, reason = "another bench uses more of it")]
    pub(crate) mod onetake;
    #[expect(dead_code, reason = "another bench uses more of it")]
    pub(crate) mod workload;
}

use bytes::Bytes;
use media::workload::{FPS, HEIGHT, Kind, WIDTH, Workload};
use media::{machine, onetake};
use std::collections::BTreeMap;
use std::process::{ExitCode, Stdio};
use std::time::Duration;
use story::scene::{Backdrop, Scene};
use story::studio::Studio;

const FRAMES: u64 = 150;
/// Each is rendered so often; the middle counts.
const RUNS: usize = 3;

/// Seconds of processors that one rendering took.
#[derive(Clone, Copy, Debug, Default)]
struct Spent {
    composing: f64,
    feeding: f64,
    encoding: f64,
}

fn main() -> ExitCode {
    match profile() {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            say(&sentence);
            ExitCode::FAILURE
        }
    }
}

fn profile() -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let work = Workload { folder: folder.path().to_owned(), scenes: 1, frames: FRAMES };
    work.prepare()?;
    say(&format!(
        "{}. One scene of {} s, {WIDTH}x{HEIGHT}; CPU ms for each second of film.\n",
        machine::processor(),
        FRAMES / 30
    ));
    say("| scene | picture | motion | captions | pipe, our end | pipe, the encoder's end | encoder | in all | join |");
    say("|-|-:|-:|-:|-:|-:|-:|-:|-:|");
    let join_s = join(&work)?;
    for kind in Kind::BOTH {
        told(&work, kind, join_s)?;
    }
    Ok(())
}

fn told(work: &Workload, kind: Kind, join_s: f64) -> Result<(), String> {
    let whole = work.scene(kind, 0);
    let bare = without_captions(whole.clone());
    let mut one = bare.clone();
    one.spoken[0].frames = 1;
    let spent = [&whole, &bare, &one].map(|scene| middle(work, kind, scene));
    let [whole, bare, one] = spent;
    let (whole, bare, one) = (whole?, bare?, one?);
    // The encoder takes each frame of the pipe, and then encodes it: how much the taking is, a program says that only takes.
    let taking_s = if kind == Kind::Zoom { taking()? } else { 0.0 };
    let film_s = FRAMES as f64 / f64::from(FPS);
    let parts = [
        one.composing,
        (bare.composing - one.composing).max(0.0),
        (whole.composing - bare.composing).max(0.0),
        whole.feeding,
        taking_s,
        whole.encoding - taking_s,
        whole.composing + whole.feeding + whole.encoding,
    ];
    let all = parts[6];
    let shown: Vec<String> =
        parts.iter().map(|part| format!("{:.1} ({:.0} %)", part * 1e3 / film_s, part / all * 100.0)).collect();
    say(&format!("| {} | {} | {:.1} |", kind.name(), shown.join(" | "), join_s * 1e3 / film_s));
    Ok(())
}

fn without_captions(mut scene: Scene) -> Scene {
    scene.spoken.iter_mut().for_each(|spoken| spoken.pages.clear());
    scene
}

/// Renders a scene some times: each part's middle.
fn middle(work: &Workload, kind: Kind, scene: &Scene) -> Result<Spent, String> {
    let runs: Vec<Spent> = (0..RUNS).map(|_| render(work, kind, scene)).collect::<Result<_, _>>()?;
    let of = |part: fn(&Spent) -> f64| {
        let mut values: Vec<f64> = runs.iter().map(part).collect();
        values.sort_by(f64::total_cmp);
        values[RUNS / 2]
    };
    Ok(Spent { composing: of(|run| run.composing), feeding: of(|run| run.feeding), encoding: of(|run| run.encoding) })
}

/// Renders on one thread that feeds, beside those that compose: what is not this thread's is theirs.
fn render(work: &Workload, kind: Kind, scene: &Scene) -> Result<Spent, String> {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    // Threads must still be there when they are asked.
    let runtime = runtime.enable_all().thread_keep_alive(Duration::from_secs(600)).build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let workshop = onetake::workshop(&work.folder.join("scratch"))?;
    let picture = std::fs::read(work.picture(kind, 0)).map(Bytes::from).map_err(|error| error.to_string())?;
    let Backdrop::Picture(key) = &scene.backdrop else { return Err("a scene of a picture was meant".to_owned()) };
    let pictures = BTreeMap::from([(key.clone(), picture)]);
    let main = std::process::id();
    let before = (thread_s(main), threads_s(), machine::cpu_s());
    runtime.block_on(async {
        let rendered = workshop.render(scene, pictures).await.map_err(|failure| failure.to_string())?;
        onetake::write(&work.folder.join("part.ts"), rendered.film).await
    })?;
    let after = (thread_s(main), threads_s(), machine::cpu_s());
    let (feeding, ours) = (after.0 - before.0, after.1 - before.1);
    Ok(Spent { composing: ours - feeding, feeding, encoding: after.2 - before.2 - ours })
}

/// What it costs ffmpeg to take a scene's frames out of a pipe, and to do nothing with them.
fn taking() -> Result<f64, String> {
    let frames = vec![128; (WIDTH * HEIGHT * 3 / 2) as usize];
    let (before, ours) = (machine::cpu_s(), threads_s());
    let mut taking = machine::command("ffmpeg")
        .args("-hide_banner -v error -f rawvideo -pix_fmt yuv420p -s".split(' '))
        .arg(format!("{WIDTH}x{HEIGHT}"))
        .args("-r 30 -i pipe:0 -c copy -f null -".split(' '))
        .stdin(Stdio::piped())
        .spawn()
        .map_err(|error| format!("ffmpeg could not be started: {error}"))?;
    let mut stdin = taking.stdin.take().ok_or("no pipe to ffmpeg")?;
    for _ in 0..FRAMES {
        std::io::Write::write_all(&mut stdin, &frames).map_err(|error| error.to_string())?;
    }
    drop(stdin);
    taking.wait().map_err(|error| error.to_string())?;
    Ok(machine::cpu_s() - before - (threads_s() - ours))
}

/// What it costs to join a scene to others.
fn join(work: &Workload) -> Result<f64, String> {
    let runtime = onetake::runtime()?;
    runtime.block_on(async {
        let workshop = onetake::workshop(&work.folder.join("scratch"))?;
        for kind in Kind::BOTH {
            onetake::render(&workshop, work, &[kind], false).await?;
        }
        let cpu_s = onetake::join(&workshop, work).await?;
        let cpu_s: f64 = cpu_s.parse().map_err(|_| "the join does not say what it cost")?;
        Ok(cpu_s / onetake::PARTS as f64)
    })
}

/// Processor seconds of a thread, as the scheduler counts them.
fn thread_s(thread: u32) -> f64 {
    let told = std::fs::read_to_string(format!("/proc/self/task/{thread}/schedstat")).unwrap_or_default();
    told.split_whitespace().next().and_then(|ns| ns.parse::<f64>().ok()).unwrap_or_default() / 1e9
}

/// The same of all threads of this program.
fn threads_s() -> f64 {
    let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    threads.filter_map(|thread| Some(thread_s(thread.file_name().to_str()?.parse().ok()?))).sum()
}

#[expect(clippy::print_stdout, reason = "its figures are what it is run for")]
fn say(text: &str) {
    println!("{text}");
}
