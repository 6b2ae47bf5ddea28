//! The Python environment that Manim is in: where it is, and what of it a program must be able to read.

use crate::install::{INSTALLED, is_root, missing_packages, python};
use crate::processes::program;
use std::path::{Path, PathBuf};
use std::process::Command;
use story::animator::MANIM;

/// Where it is, if not at the usual place.
const VARIABLE: &str = "ONETAKE_MANIM";
/// Of root, whose own folder nobody else may enter.
const OF_ROOT: &str = "/var/lib/onetake/manim";

/// What starts every program, by the processor's name.
const LOADERS: [&str; 2] = ["/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"];

/// An environment that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    folder: PathBuf,
    python: PathBuf,
    /// The interpreter's own library.
    library: PathBuf,
}

/// Something that is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What it is.
    pub name: String,
    /// What was found; else what is to be done.
    pub found: Result<String, String>,
}

/// What drawing by Manim takes, in a folder, one by one.
#[must_use]
pub fn checks(folder: &Path) -> Vec<Check> {
    let check = |name: &str, found| Check { name: name.to_owned(), found };
    let installed = Environment::at(folder);
    let mut checks: Vec<Check> = crate::walls().into_iter().map(|(name, wall)| check(name, wall)).collect();
    if installed.is_err() {
        let missing = missing_packages();
        let install = format!("missing: {}; they are installed by `onetake doctor --install-manim`", missing.join(" "));
        checks.push(check("packages", if missing.is_empty() { Ok("all there".to_owned()) } else { Err(install) }));
        let none =
            "no Python of at least 3.11 that makes virtual environments; install one (Debian: python3-venv)".to_owned();
        checks.push(check("Python", python().map(|path| path.display().to_string()).ok_or(none)));
    }
    checks.push(check("Manim", installed.map(|environment| format!("{MANIM} in {}", environment.folder.display()))));
    checks
}

impl Environment {
    /// Where it is, or would be: by `ONETAKE_MANIM`, else among the data of whoever asks. `read` knows a variable's text by its name.
    #[must_use]
    pub fn folder(read: impl Fn(&str) -> Option<String>) -> PathBuf {
        let set = |name: &str| read(name).filter(|text| !text.is_empty()).map(PathBuf::from);
        let data = || set("XDG_DATA_HOME").or_else(|| Some(set("HOME")?.join(".local/share")));
        let own = || data().filter(|_| !is_root()).map(|data| data.join("onetake/manim"));
        set(VARIABLE).or_else(own).unwrap_or_else(|| PathBuf::from(OF_ROOT))
    }

    /// The one in a folder.
    ///
    /// # Errors
    /// With what is missing, and what to do.
    pub fn at(folder: &Path) -> Result<Self, String> {
        let absent = || format!("Manim is not installed in {}; run `onetake doctor --install-manim`", folder.display());
        let python = folder.join("bin/python").canonicalize().map_err(|_| absent())?;
        let installed = std::fs::read_to_string(folder.join("installed.txt")).map_err(|_| absent())?;
        if installed != INSTALLED {
            let old = format!("what is installed in {} is another version", folder.display());
            return Err(format!("{old}; run `onetake doctor --install-manim`"));
        }
        let library = python.parent().and_then(Path::parent).unwrap_or(Path::new("/usr")).join("lib");
        Ok(Self { folder: folder.to_owned(), python, library })
    }

    /// The interpreter with its settings, about to be told what to run; in `folder` is all that it may write.
    #[must_use]
    pub fn interpreter(&self, folder: &Path) -> Command {
        let mut command = program(self.folder.join("bin/python"));
        // Nothing is read from where it stands, and no bytecode is written. Sets keep their order, so that pixels do.
        command.args(["-s", "-P", "-B", "-c"]).env_clear().env("PYTHONHASHSEED", "0").env("LANG", "C.UTF-8");
        command.env("PATH", "/usr/bin:/bin").env("OPENBLAS_NUM_THREADS", "1").env("RAYON_NUM_THREADS", "1");
        for name in ["HOME", "TMPDIR", "XDG_CACHE_HOME"] {
            command.env(name, folder);
        }
        command
    }

    /// What else than a system's libraries and fonts is read.
    #[cfg(target_os = "linux")]
    pub(crate) fn reads(&self) -> impl Iterator<Item = &Path> {
        [self.folder.as_path(), self.library.as_path()].into_iter()
    }

    /// What is executed: the interpreter, and what starts it.
    #[cfg(target_os = "linux")]
    pub(crate) fn executes(&self) -> impl Iterator<Item = &Path> {
        let loaders = LOADERS.iter().map(Path::new).filter(|path| path.exists());
        loaders.chain([self.python.as_path()])
    }
}
