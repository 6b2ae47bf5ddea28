//! Films with the real studio, in real time, in a house on disk; what speaks and draws is the rehearsal, as slow as is said. Each film
//! is made by a process of its own, so that its memory is told apart.

use crate::pipeline::artist::Web;
use crate::pipeline::bound::{Latencies, Shape};
use crate::pipeline::machine;
use crate::pipeline::noting::Noting;
use crate::pipeline::paced::Paced;
use crate::pipeline::place::{Hands, Order, Place};
use crate::pipeline::simulated::say;
use crate::pipeline::watched::{Times, Watched, Works};
use local::SystemClock;
use media::{Cards, Eye, Workshop};
use providers::{Rehearsal, Settings as Rehearsing};
use serde::{Deserialize, Serialize};
use std::process::Command;
use std::sync::Arc;
use steps::paint::Painters;
use story::house::Settings;
use story::{Clock, Images};

/// A call for speech takes so long where the question is what is left to do after the last: longer than rendering a scene does here,
/// so that whatever could be done before was.
const CALL_MS: u64 = 1_000;
/// What is left after the last word, beside the last scene and the join.
const MOST_CPU_MS: f64 = 1_000.0;
/// The most memory of the longest film beside that of the shortest.
const MOST_MEMORY: f64 = 1.20;
/// The most time of a film in real time beside its lower bound.
const MOST_OF_BOUND: f64 = 1.02;

/// What a film is made of and with.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Making {
    scenes: usize,
    lanes: u32,
    cores: usize,
    speech_ms: u64,
    image_ms: u64,
    /// The shorter side of the frame.
    resolution: u32,
}

/// How its making went.
#[derive(Debug, Serialize, Deserialize)]
struct Made {
    /// From the order to the film.
    wall_ms: u64,
    /// From the last take's being settled to the film, by the clock.
    after_ms: u64,
    /// The same of processors, this process's and its programs'.
    after_cpu_ms: f64,
    /// Of a scene, where nothing else was done meanwhile: the middle one.
    scene_ms: u64,
    scene_cpu_ms: f64,
    /// Of each scene.
    scenes_ms: Vec<u64>,
    lay_ms: u64,
    join_ms: u64,
    join_cpu_ms: f64,
    peak_mb: f64,
}

/// Makes one film, and says on its output how it went.
pub(crate) fn child(making: &str) {
    let making: Making = serde_json::from_str(making).expect("this program wrote it");
    let made = local::runtime().expect("a runtime").block_on(make(making));
    say(&serde_json::to_string(&made).expect("numbers serialise"));
}

async fn make(making: Making) -> Made {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let settings = Settings { lanes: making.lanes, look_ms: 10, ..Settings::default() };
    let mut local = local::house(folder.path(), settings).await.expect("a house");
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let noting = Arc::new(Noting::new(Arc::clone(&local.house.queue), Arc::clone(&clock)));
    local.house.queue = noting.clone();
    let scratch = folder.path().join("scratch");
    #[expect(
        clippy::disallowed_methods,
        reason = "a bench stands for the program: its owner's ffmpeg and fonts are used"
    )]
    let studio = media::Settings::read(|name| std::env::var(name).ok(), scratch);
    let cards = Cards::open(&studio.fonts, 0.0);
    let workshop = Workshop::open(studio).expect("ffmpeg and fonts are installed");
    let watched = Arc::new(Watched::new(workshop, Arc::clone(&clock), Times::default()));
    let speech =
        Paced { inner: Rehearsal::open(Rehearsing::default()), clock: Arc::clone(&clock), ms: making.speech_ms };
    let images: Arc<dyn Images> = Arc::new(Paced { inner: cards, clock: Arc::clone(&clock), ms: making.image_ms });
    let place = Place {
        house: local.house,
        inbox: local.inbox,
        speech: Arc::new(speech),
        painters: Arc::new(Painters {
            images: Ok(images),
            clips: Err("no clips".to_owned()),
            writer: Err("no writer".to_owned()),
            fetcher: Arc::new(Web),
            viewer: Arc::new(Eye::default()),
        }),
        studio: watched.clone(),
        resolution: making.resolution,
    };
    let began = clock.now();
    place.makes(Order::Video, making.scenes, (Hands::Many, making.cores)).await;
    let (now, cpu_ms) = (clock.now(), machine::cpu_with_children_ms());
    let (last_take, cpu_then_ms) = noting.last_take().expect("its takes were spoken");
    let Works { mut rendered, laid, joined, .. } = watched.works();
    rendered.sort_by_key(|work| work.wall_ms);
    let (scene, laid, joined) = (rendered[rendered.len() / 2], laid[0], joined[0]);
    Made {
        wall_ms: now.since_ms(began),
        after_ms: now.since_ms(last_take),
        after_cpu_ms: cpu_ms - cpu_then_ms,
        scene_ms: scene.wall_ms,
        scene_cpu_ms: scene.cpu_ms,
        scenes_ms: rendered.iter().map(|work| work.wall_ms).collect(),
        lay_ms: laid.wall_ms,
        join_ms: joined.wall_ms,
        join_cpu_ms: joined.cpu_ms,
        peak_mb: machine::peak_mb(),
    }
}

fn made(making: &Making) -> Made {
    let program = std::env::current_exe().expect("a program that runs has a path");
    #[expect(clippy::disallowed_methods, reason = "each film's memory and time are a process's own")]
    let mut command = Command::new(program);
    let making = serde_json::to_string(making).expect("numbers serialise");
    // As `./onetake` starts the program.
    command.env("MALLOC_ARENA_MAX", "1");
    let output = command.args(["--film-of", &making]).output().expect("this program can be started again");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("it says how it went")
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

/// Prints how long a film of three scenes takes; says whether the goal is reached.
pub(crate) fn three_scenes() -> bool {
    let cores = cores();
    say(&format!(
        "\nThe real studio in real time, 3 scenes of 1080x1920, picture 20 s, speech 15 s, 3 lanes, {cores} cores:\n"
    ));
    say("| scenes | film after s | lower bound s (scene and join as they were) | ratio | each scene s | join s |");
    say("|-:|-:|-:|-:|-:|-:|");
    let three = Making { scenes: 3, lanes: 3, cores, speech_ms: 15_000, image_ms: 20_000, resolution: 1_080 };
    let film = made(&three);
    let shape = Shape { scenes: 3, lanes: Some(3), window: Some(6), cores: None };
    let Making { image_ms, speech_ms, .. } = three;
    let scene_ms = shortest_ms(&film.scenes_ms, cores);
    // All three can be begun at once: what the cores then need for them is as one scene's time.
    let latencies = Latencies { image_ms, speech_ms, scene_ms, lay_ms: film.lay_ms, join_ms: film.join_ms };
    let bound_ms = shape.lower_bound_ms(&latencies);
    let ratio = film.wall_ms as f64 / bound_ms as f64;
    let is_good = (1.0..=MOST_OF_BOUND).contains(&ratio);
    let missed = crate::missed(is_good);
    say(&format!(
        "| 3 | {:.2}{missed} | {:.2} | {ratio:.3} | {} | {:.2} |",
        s(film.wall_ms),
        s(bound_ms),
        film.scenes_ms.iter().map(|ms| format!("{:.2}", s(*ms))).collect::<Vec<_>>().join(", "),
        s(film.join_ms),
    ));
    is_good
}

/// The shortest time in which so many cores do works of these lengths: of all ways to hand them out, for they are few.
fn shortest_ms(works_ms: &[u64], cores: usize) -> u64 {
    let cores = cores.clamp(1, works_ms.len().max(1));
    let ways = 0..cores.pow(u32::try_from(works_ms.len()).expect("few"));
    let longest_ms = |way: usize| {
        let mut busy_ms = vec![0; cores];
        works_ms.iter().fold(way, |way, ms| {
            busy_ms[way % cores] += ms;
            way / cores
        });
        busy_ms.into_iter().max().unwrap_or_default()
    };
    ways.map(longest_ms).min().unwrap_or_default()
}

/// Prints what is left to do after the last word, and how much memory films take; says whether the goals are reached.
pub(crate) fn after_the_last_word() -> bool {
    let cores = cores();
    let mut is_good = true;
    say(&format!(
        "\nAfter the last word, {cores} cores, 240x428, one lane with a call of {CALL_MS} ms for each scene; the rest is what is neither \
         the last scene's rendering nor the join:\n"
    ));
    say(
        "| scenes | last take to film s | CPU s | of it the last scene | the join | the rest CPU s | track s | peak memory MB |",
    );
    say("|-:|-:|-:|-:|-:|-:|-:|-:|");
    let mut peaks_mb = Vec::new();
    for scenes in [3, 30, 100] {
        let making = Making { scenes, lanes: 1, cores, speech_ms: CALL_MS, image_ms: 0, resolution: 240 };
        let film = made(&making);
        let rest_ms = film.after_cpu_ms - film.scene_cpu_ms - film.join_cpu_ms;
        let is_soon = rest_ms <= MOST_CPU_MS;
        is_good &= is_soon;
        peaks_mb.push(film.peak_mb);
        say(&format!(
            "| {scenes} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2}{} | {:.2} | {:.0} |",
            s(film.after_ms),
            film.after_cpu_ms / 1e3,
            film.scene_cpu_ms / 1e3,
            film.join_cpu_ms / 1e3,
            rest_ms / 1e3,
            crate::missed(is_soon),
            s(film.lay_ms),
            film.peak_mb,
        ));
    }
    let growth = peaks_mb[peaks_mb.len() - 1] / peaks_mb[0];
    say(&format!("\nMemory of 100 scenes beside that of 3: {growth:.2}{}", crate::missed(growth <= MOST_MEMORY)));
    is_good && growth <= MOST_MEMORY
}

fn s(ms: u64) -> f64 {
    ms as f64 / 1_000.0
}
