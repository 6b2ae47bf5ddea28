//! Onetake, as the local house has it: one part for each core at once. Each work is a process of its own, so that its memory and time
//! are told apart.

use super::machine;
use super::workload::{FPS, FRAME, HEIGHT, Kind, WIDTH, Workload};
use bytes::Bytes;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use media::{Settings, Workshop};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use story::artifacts::Body;
use story::scene::{Backdrop, Scene};
use story::studio::{Reel, Slot, Studio};

/// Parts that a join is measured with.
pub(crate) const PARTS: usize = 60;

/// What is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Making {
    Scenes(Kind),
    /// Both kinds, as a draft.
    Draft,
    /// [`PARTS`] parts, those of the scenes again and again.
    Join,
}

impl Making {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Scenes(kind) => kind.name(),
            Self::Draft => "draft",
            Self::Join => "join",
        }
    }

    fn named(name: &str) -> Option<Self> {
        let kind = Kind::named(name).map(Self::Scenes);
        kind.or_else(|| [Self::Draft, Self::Join].into_iter().find(|making| making.name() == name))
    }
}

/// The part that a scene is rendered to.
pub(crate) fn part(work: &Workload, kind: Kind, index: usize) -> PathBuf {
    work.folder.join(format!("onetake-{}-{index}.ts", kind.name()))
}

/// This program once more, to make something.
pub(crate) fn command(work: &Workload, making: Making) -> std::process::Command {
    let mut command = machine::command(std::env::current_exe().expect("a program that runs has a path"));
    // As `./onetake` starts the program.
    command.env("MALLOC_ARENA_MAX", "1");
    command.args(["--make", making.name()]).arg(&work.folder);
    command.args([work.scenes.to_string(), work.frames.to_string()]);
    command
}

/// Makes what [`command`] asks for; what it says of it.
///
/// # Errors
/// A sentence.
pub(crate) fn child(arguments: &[String]) -> Result<String, String> {
    let [making, folder, scenes, frames] = arguments else { return Err("asked wrongly".to_owned()) };
    let making = Making::named(making).ok_or("asked for nothing that is known")?;
    let number = |text: &String| text.parse::<u64>().map_err(|error| error.to_string());
    let work = Workload { folder: folder.into(), scenes: number(scenes)? as usize, frames: number(frames)? };
    runtime()?.block_on(async {
        let workshop = workshop(&work.folder.join("scratch"))?;
        match making {
            Making::Scenes(kind) => render(&workshop, &work, &[kind], false).await,
            Making::Draft => render(&workshop, &work, &Kind::BOTH, true).await,
            Making::Join => join(&workshop, &work).await,
        }
    })
}

pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, String> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| error.to_string())
}

/// The workshop that the program's owner has.
pub(crate) fn workshop(scratch: &Path) -> Result<Workshop, String> {
    #[expect(
        clippy::disallowed_methods,
        reason = "a bench stands for the program: its owner's ffmpeg and fonts are used"
    )]
    let settings = Settings::read(|name| std::env::var(name).ok(), scratch.to_owned());
    Workshop::open(settings).map_err(|failure| failure.to_string())
}

pub(crate) async fn render(
    workshop: &Workshop,
    work: &Workload,
    kinds: &[Kind],
    draft: bool,
) -> Result<String, String> {
    let mut scenes = Vec::new();
    for &kind in kinds {
        for index in 0..work.scenes {
            let mut scene = work.scene(kind, index);
            let mut path = part(work, kind, index);
            if draft {
                (scene.width, scene.height, scene.draft) = (WIDTH / 3, HEIGHT / 3, true);
                path.set_extension("draft.ts");
            }
            scenes.push((scene, work.picture(kind, index), path));
        }
    }
    let rendering: Vec<_> =
        scenes.into_iter().map(|(scene, picture, path)| rendered(workshop, scene, picture, path)).collect();
    stream::iter(rendering).buffered(machine::cores()).try_collect::<Vec<()>>().await?;
    Ok(String::new())
}

async fn rendered(workshop: &Workshop, scene: Scene, picture: PathBuf, path: PathBuf) -> Result<(), String> {
    let mut pictures = BTreeMap::new();
    if let Backdrop::Picture(key) = &scene.backdrop {
        pictures.insert(key.clone(), read(&picture).await?);
    }
    let rendered = workshop.render(&scene, pictures).await.map_err(|failure| failure.to_string())?;
    write(&path, rendered.film).await
}

pub(crate) async fn join(workshop: &Workshop, work: &Workload) -> Result<String, String> {
    let mut parts: Vec<Body> = Vec::new();
    for index in 0..PARTS {
        let kind = Kind::BOTH[index % 2];
        parts.push(file(&part(work, kind, index / 2 % work.scenes)).await?);
    }
    let samples = PARTS as u64 * work.frames * FRAME;
    let mut laying = workshop.lay().await.map_err(|failure| failure.to_string())?;
    laying.add(Slot { sound: None, volume: 1.0, samples }).await.map_err(|failure| failure.to_string())?;
    let track = laying.end().await.map_err(|failure| failure.to_string())?;
    let path = work.folder.join("track.m4a");
    write(&path, track).await?;
    let track = file(&path).await?;
    let cpu_s = machine::cpu_s();
    let film = workshop
        .join(Reel { parts, track, fps: FPS, chapters: Vec::new(), has_thumbnail: true })
        .await
        .map_err(|failure| failure.to_string())?;
    write(&work.folder.join("onetake.mp4"), film.film).await?;
    Ok(format!("{}", machine::cpu_s() - cpu_s))
}

async fn read(path: &Path) -> Result<Bytes, String> {
    tokio::fs::read(path).await.map(Bytes::from).map_err(|error| format!("{}: {error}", path.display()))
}

/// A file as a body, piece by piece.
pub(crate) async fn file(path: &Path) -> Result<Body, String> {
    use tokio::io::AsyncReadExt as _;
    let opened = tokio::fs::File::open(path).await.map_err(|error| format!("{}: {error}", path.display()))?;
    let pieces = stream::unfold(opened, |mut file| async move {
        let mut piece = vec![0; 256 * 1024];
        let count = file.read(&mut piece).await.ok()?;
        piece.truncate(count);
        (count > 0).then(|| (Ok(Bytes::from(piece)), file))
    });
    Ok(pieces.boxed())
}

/// Writes a body into a file, piece by piece.
pub(crate) async fn write(path: &Path, mut film: Body) -> Result<(), String> {
    use tokio::io::AsyncWriteExt as _;
    let broken = |error: std::io::Error| format!("{}: {error}", path.display());
    let mut file = tokio::fs::File::create(path).await.map_err(broken)?;
    while let Some(piece) = film.next().await {
        file.write_all(&piece.map_err(|error| error.to_string())?).await.map_err(broken)?;
    }
    file.flush().await.map_err(broken)
}
