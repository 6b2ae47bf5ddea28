//! What there is to measure beside: which rivals are installed, in which versions, and how MoviePy comes here.

use super::machine;
use std::path::{Path, PathBuf};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
/// What MoviePy's environment holds.
const LIST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/media/moviepy.txt");

/// What this machine has.
pub(crate) struct Installed {
    pub(crate) ffmpeg: Option<String>,
    /// Its encoder's version.
    pub(crate) x264: String,
    pub(crate) has_vmaf: bool,
    pub(crate) moviepy: Option<String>,
    pub(crate) python: PathBuf,
}

impl Installed {
    pub(crate) fn look() -> Self {
        let python = Path::new(ROOT).join(".tools/moviepy/bin/python");
        let version = machine::answer("ffmpeg", &["-version"]);
        let filters = machine::answer("ffmpeg", &["-hide_banner", "-filters"]);
        let is_whole = version.contains("--enable-libx264") && filters.contains(" ass ");
        let ffmpeg = version.split_whitespace().nth(2).filter(|_| is_whole && version.starts_with("ffmpeg"));
        let asked = ["-c", "import moviepy, importlib.metadata as m; print('MoviePy', m.version('moviepy'))"];
        let moviepy = machine::answer(&python.to_string_lossy(), &asked);
        Self {
            ffmpeg: ffmpeg.map(str::to_owned),
            x264: x264(),
            has_vmaf: filters.contains(" libvmaf "),
            moviepy: moviepy.trim().strip_prefix("MoviePy ").map(str::to_owned),
            python,
        }
    }

    /// The first of these that is not there, as a sentence.
    pub(crate) fn lacks(&self, needed: &str) -> Option<String> {
        needed.split(',').find_map(|name| match name {
            "ffmpeg" if self.ffmpeg.is_some() => None,
            "ffmpeg" => Some("ffmpeg is needed and not installed, or has no libx264 or no libass.".to_owned()),
            "moviepy" if self.moviepy.is_some() => None,
            "moviepy" => Some("MoviePy is needed and not installed. Run:  just bench-media --install".to_owned()),
            other => Some(format!("nobody here is called {other}: there are moviepy and ffmpeg.")),
        })
    }
}

/// The encoder's version, as it writes it into each stream.
fn x264() -> String {
    let one = "-v error -f lavfi -i color=s=64x64 -frames:v 1 -c:v libx264 -f h264 pipe:1";
    let stream = machine::answer("ffmpeg", &one.split(' ').collect::<Vec<_>>());
    let core = stream.split("x264 - ").nth(1).and_then(|rest| rest.split(" - ").next());
    core.unwrap_or("core unknown").to_owned()
}

/// Puts MoviePy into `.tools/moviepy`, where it is not there yet as the list has it.
///
/// # Errors
/// A sentence.
pub(crate) fn install() -> Result<(), String> {
    let folder = Path::new(ROOT).join(".tools/moviepy");
    let list = std::fs::read(LIST).map_err(|error| format!("{LIST}: {error}"))?;
    // The list's copy there is written last, so that an installation that was cut short is made again.
    let done = folder.join("installed.txt");
    if std::fs::read(&done).is_ok_and(|installed| installed == list) {
        return Ok(());
    }
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    machine::run(machine::command("python3").args(["-m", "venv"]).arg(&folder))?;
    let mut pip = machine::command(folder.join("bin/python"));
    machine::run(pip.args("-m pip install --quiet --requirement".split(' ')).arg(LIST))?;
    std::fs::write(&done, list).map_err(|error| format!("{}: {error}", done.display()))
}

/// The font that captions are set in by who cannot look for one.
pub(crate) fn font() -> PathBuf {
    media::font_folders().iter().find_map(|folder| found(folder, "NotoSans-Bold.ttf")).unwrap_or_default()
}

/// A file somewhere in a folder.
fn found(folder: &Path, name: &str) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let file = files.into_iter().find(|path| path.file_name().is_some_and(|file| file == name));
    file.or_else(|| folders.iter().find_map(|folder| found(folder, name)))
}
