//! The environment, as the program reads it. Here are the variables of the program alone; those of who speaks are told of at
//! `providers::Choice`, the house's at `story::house::Settings`, the studio's at `media::Settings`.

use crate::ending::warn;
use sandbox::{Environment, Limits, Manim, Walls};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

/// `ONETAKE_DATA`: the folder everything is kept in; `./onetake-data` where not set.
pub(crate) fn data_folder() -> PathBuf {
    read("ONETAKE_DATA").map_or_else(|| PathBuf::from("onetake-data"), PathBuf::from)
}

/// `ONETAKE_TOKENS`: words of which a request must carry one, with commas between them; nobody needs one where not set.
pub(crate) fn tokens() -> Vec<String> {
    words("ONETAKE_TOKENS")
}

/// `ONETAKE_HOSTS`: names under which a house that serves may be asked beside loopback's, with commas between them.
pub(crate) fn hosts() -> Vec<String> {
    words("ONETAKE_HOSTS")
}

fn words(name: &str) -> Vec<String> {
    let words = read(name).unwrap_or_default();
    words.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// `ONETAKE_LOG`: what is logged to stderr, as filter directives such as `info` or `steps=debug`; where not set, nothing but errors,
/// and warnings too of a house that serves.
pub(crate) fn log(usual: &str) {
    let filter = read("ONETAKE_LOG").unwrap_or_else(|| usual.into());
    let filter = tracing_subscriber::EnvFilter::builder().parse_lossy(filter);
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
}

/// Whether programs run without walls: a person said so.
static IS_UNSAFE: AtomicBool = AtomicBool::new(false);

/// Notes what a person said of walls.
pub(crate) fn allow_unsafe_animations(is_allowed: bool) {
    IS_UNSAFE.store(is_allowed, Ordering::SeqCst);
}

/// `ONETAKE_MANIM`: where Manim is installed, if not at the usual place. Who draws by it; else why nobody does.
pub(crate) fn manim() -> Result<Manim, String> {
    let folder = Environment::folder(read);
    let has_walls = sandbox::walls().iter().all(|(_, wall)| wall.is_ok());
    let walls = if !has_walls && IS_UNSAFE.load(Ordering::SeqCst) {
        warn("  ▸ manim    there is no sandbox here: programs that a model wrote can do all that you can");
        Walls::None
    } else {
        Walls::Ours(std::env::current_exe().map_err(|error| format!("this program does not find itself: {error}"))?)
    };
    Manim::open(walls, &folder, Limits::default())
}

/// A variable's text; empty counts as absent.
#[expect(clippy::disallowed_methods, reason = "this is the file where the program reads its environment")]
pub(crate) fn read(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
