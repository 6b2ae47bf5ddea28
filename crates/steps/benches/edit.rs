//! One line of a film is changed, and the film made again: how long it takes from the moment at which the new take is there, and what of
//! processors, beside the whole film. A house on disk, the real studio, the rehearsal's voice and its cards.
//!
//! `just bench-edit`; `--scenes 6` tries it. Fails if more than one part is rendered anew, or the film takes more than three seconds.

mod pipeline {
    #[path = "../../tests/painting/artist.rs"]
    #[expect(dead_code, reason = "the tests use more of it")]
    pub(crate) mod artist;
    #[path = "../speech/machine.rs"]
    #[expect(dead_code, reason = "another bench uses more of it")]
    pub(crate) mod machine;
    pub(crate) mod noting;
    #[expect(dead_code, reason = "another bench uses more of it")]
    pub(crate) mod place;
    #[expect(dead_code, reason = "another bench uses more of it")]
    pub(crate) mod watched;
}

use local::SystemClock;
use media::{Cards, Eye, Workshop};
use pipeline::artist::Web;
use pipeline::machine;
use pipeline::noting::Noting;
use pipeline::place::{Hands, Place};
use pipeline::watched::{Times, Watched};
use providers::{Rehearsal, Settings as Rehearsing};
use serde_json::{Value, json};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use steps::paint::Painters;
use story::Clock;
use story::house::Settings;
use story::job::Kind;

/// From the new take to the new film.
const MOST_MS: u64 = 3_000;

/// How the making of a film went.
struct Made {
    wall_ms: u64,
    cpu_ms: f64,
    /// From the moment at which its last take was there.
    after_ms: u64,
    after_cpu_ms: f64,
    /// Parts that were rendered for it.
    rendered: usize,
    join_ms: u64,
}

/// A house, and what is noted in it.
struct Home {
    place: Place,
    clock: Arc<dyn Clock>,
    noting: Arc<Noting>,
    watched: Arc<Watched<Workshop>>,
    cores: usize,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let place = arguments.iter().position(|argument| argument == "--scenes");
    let scenes = place.and_then(|place| arguments.get(place + 1)?.parse().ok()).unwrap_or(60_usize).max(2);
    let is_good = local::runtime().expect("a runtime").block_on(edit(scenes));
    if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Makes a film twice, the second time with another line in its middle; whether the goal is reached.
async fn edit(scenes: usize) -> bool {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let home = Home::open(folder.path()).await;
    let whole = home.makes(script(scenes, None)).await;
    let edited = home.makes(script(scenes, Some(scenes / 2))).await;
    say(&format!("{scenes} scenes of 1080x1920, {} cores; then one line in the middle is another:\n", home.cores));
    say("| film | parts rendered | wall s | CPU s | from the last take to the film s | CPU s | of it the join s |");
    say("|-|-:|-:|-:|-:|-:|-:|");
    for (name, made) in [("the first", &whole), ("the changed one", &edited)] {
        say(&format!(
            "| {name} | {} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} |",
            made.rendered,
            made.wall_ms as f64 / 1e3,
            made.cpu_ms / 1e3,
            made.after_ms as f64 / 1e3,
            made.after_cpu_ms / 1e3,
            made.join_ms as f64 / 1e3,
        ));
    }
    let is_one = edited.rendered == 1 && whole.rendered == scenes;
    let is_soon = edited.after_ms <= MOST_MS;
    say(&format!("\nExactly one part is rendered anew: {}.", told(is_one)));
    say(&format!("The film is there {} s after the take, at most: {}.", MOST_MS / 1_000, told(is_soon)));
    is_one && is_soon
}

fn told(is_met: bool) -> &'static str {
    if is_met { "met" } else { "**not met**" }
}

/// A script of so many scenes, each with a line and a picture of its own; one line may be another.
fn script(scenes: usize, changed: Option<usize>) -> Value {
    let line = |scene: usize| {
        let length = if changed == Some(scene) { "quite short after all" } else { "neither long nor short" };
        let text = format!("This is scene number {scene}, and its line is {length}.");
        json!({ "speaker": "Ana", "text": text, "picture": { "prompt": format!("Scene {scene}: a valley.") } })
    };
    let lines: Vec<Value> = (0..scenes).map(line).collect();
    json!({ "speakers": { "Ana": {} }, "lines": lines, "look": { "resolution": "1080p" } })
}

impl Home {
    async fn open(folder: &Path) -> Self {
        let settings = Settings { look_ms: 10, images_per_minute: None, ..Settings::default() };
        let mut local = local::house(folder, settings).await.expect("a house");
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let noting = Arc::new(Noting::new(Arc::clone(&local.house.queue), Arc::clone(&clock)));
        local.house.queue = noting.clone();
        #[expect(
            clippy::disallowed_methods,
            reason = "a bench stands for the program: its owner's ffmpeg and fonts are used"
        )]
        let studio = media::Settings::read(|name| std::env::var(name).ok(), folder.join("scratch"));
        let cards = Cards::open(&studio.fonts, 0.0);
        let workshop = Workshop::open(studio).expect("ffmpeg and fonts are installed");
        let watched = Arc::new(Watched::new(workshop, Arc::clone(&clock), Times::default()));
        let painters = Painters {
            images: Ok(Arc::new(cards)),
            clips: Err("no clips".to_owned()),
            writer: Err("no writer".to_owned()),
            fetcher: Arc::new(Web),
            viewer: Arc::new(Eye::default()),
        };
        let place = Place {
            house: local.house,
            inbox: local.inbox,
            speech: Arc::new(Rehearsal::open(Rehearsing::default())),
            painters: Arc::new(painters),
            studio: watched.clone(),
            resolution: 1_080,
        };
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self { place, clock, noting, watched, cores }
    }

    async fn makes(&self, script: Value) -> Made {
        let before = self.watched.works().rendered.len();
        let (began, cpu_ms) = (self.clock.now(), machine::cpu_with_children_ms());
        let mut crew = self.place.crew(Hands::Many, self.cores);
        let film = self.place.order(Kind::Video, None, script).await;
        self.place.ended(&film).await;
        crew.shutdown().await;
        let (now, cpu_now_ms) = (self.clock.now(), machine::cpu_with_children_ms());
        let (last_take, cpu_then_ms) = self.noting.last_take().expect("its takes were spoken");
        let works = self.watched.works();
        Made {
            wall_ms: now.since_ms(began),
            cpu_ms: cpu_now_ms - cpu_ms,
            after_ms: now.since_ms(last_take),
            after_cpu_ms: cpu_now_ms - cpu_then_ms,
            rendered: works.rendered.len() - before,
            join_ms: works.joined.last().map_or(0, |work| work.wall_ms),
        }
    }
}

#[expect(clippy::print_stdout, reason = "its figures are what it is run for")]
fn say(text: &str) {
    println!("{text}");
}
