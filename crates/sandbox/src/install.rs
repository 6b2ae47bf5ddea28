//! Makes the environment: Python's own virtual environment, with pinned packages.

use crate::processes::program;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What is installed, all of it, each in one version. A copy in the environment says that it is whole.
pub const INSTALLED: &str = include_str!("../manim.txt");

/// Installs them; many times as fast as Python's own installer.
const INSTALLER: &str = "uv==0.13.8";

/// Debian's package that a Python makes environments by.
const VENV: &str = "python3-venv";
/// Debian's packages that two of them are built with, and a file or a folder of each.
const DEBIAN: [(&str, &str); 5] = [
    ("build-essential", "/usr/bin/cc"),
    ("pkg-config", "/usr/bin/pkg-config"),
    ("python3-dev", "/usr/bin/python3-config"),
    ("libcairo2-dev", "/usr/include/cairo/cairo.h"),
    ("libpango1.0-dev", "/usr/include/pango-1.0/pango/pango.h"),
];

/// The oldest Python that Manim runs on.
const OLDEST: (u32, u32) = (3, 11);

/// Makes the environment in a folder, or anew what is not whole; `say` hears what is done next.
///
/// # Errors
/// With what could not be done, and what to do.
pub fn install(folder: &Path, say: &dyn Fn(&str)) -> Result<(), String> {
    ours(folder)?;
    packages(say)?;
    let python = python().ok_or_else(|| {
        format!(
            "no Python of at least {}.{} that can make virtual environments; install one (Debian: python3-venv)",
            OLDEST.0, OLDEST.1
        )
    })?;
    say(&format!("a Python environment in {}", folder.display()));
    run(program(python).args(["-m", "venv", "--clear"]).arg(folder))?;
    let inside = folder.join("bin/python");
    run(program(&inside).args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", INSTALLER]))?;
    say("Manim, with all that it stands on (530 MB, half a minute)");
    let list = folder.join("wanted.txt");
    std::fs::write(&list, INSTALLED).map_err(|error| format!("{}: {error}", list.display()))?;
    let mut filling = program(folder.join("bin/uv"));
    filling.args(["pip", "install", "--quiet", "--compile-bytecode", "--python"]).arg(&inside);
    run(filling.arg("--requirement").arg(&list))?;
    // Last, and at once: until it stands there the environment is not whole.
    let whole = folder.join("installed.txt");
    std::fs::rename(&list, &whole).map_err(|error| format!("{}: {error}", whole.display()))
}

/// An environment is made in place of all that lies in its folder: of somebody else's nothing is touched.
fn ours(folder: &Path) -> Result<(), String> {
    let is_empty = match std::fs::read_dir(folder) {
        Ok(mut inside) => inside.next().is_none(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => true,
        Err(error) => return Err(format!("{}: {error}", folder.display())),
    };
    if is_empty || folder.join("pyvenv.cfg").is_file() {
        return Ok(());
    }
    let folder = folder.display();
    Err(format!(
        "{folder} holds something else than a Python environment; name an empty folder or a new one by ONETAKE_MANIM"
    ))
}

/// Debian's packages that are missing: installed where that is possible, else told.
fn packages(say: &dyn Fn(&str)) -> Result<(), String> {
    if !Path::new("/usr/bin/apt-get").exists() {
        return Ok(());
    }
    let missing: Vec<&str> = missing_packages();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(" ");
    if !is_root() {
        return Err(format!(
            "missing: {names}. Only root can install them. Run this, then start again:  sudo apt-get update && sudo apt-get install -y --no-install-recommends {names}"
        ));
    }
    say(&format!("Debian's {names}"));
    let apt = |arguments: &[&str]| {
        run(program("apt-get").env("DEBIAN_FRONTEND", "noninteractive").arg("-qq").args(arguments))
    };
    apt(&["update"])?;
    apt(&[&["install", "-y", "--no-install-recommends"], missing.as_slice()].concat())
}

/// Debian's packages that are missing, where they are looked for at all.
#[must_use]
pub(crate) fn missing_packages() -> Vec<&'static str> {
    let venv = python().is_none().then_some(VENV);
    DEBIAN.iter().filter(|(_, path)| !Path::new(path).exists()).map(|(name, _)| *name).chain(venv).collect()
}

/// Whether this process is root's.
pub(crate) fn is_root() -> bool {
    nix::unistd::Uid::effective().is_root()
}

/// A Python that is new enough and makes environments; the system's before others, which whoever runs programs may not be able to read.
pub(crate) fn python() -> Option<PathBuf> {
    let names = [
        "/usr/bin/python3",
        "/usr/local/bin/python3",
        "python3.14",
        "python3.13",
        "python3.12",
        "python3.11",
        "python3",
    ];
    let asked = format!("import sys, venv, ensurepip; sys.exit(sys.version_info < ({}, {}))", OLDEST.0, OLDEST.1);
    let fits = |name: &str| {
        let mut asking = program(name);
        asking.args(["-c", &asked]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        asking.status().is_ok_and(|status| status.success())
    };
    names.iter().find(|name| fits(name)).map(PathBuf::from)
}

fn run(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let ended = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).output();
    let ended = ended.map_err(|error| format!("{name} did not start: {error}"))?;
    if ended.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&ended.stderr);
    let last: Vec<&str> = said.lines().rev().filter(|line| !line.trim().is_empty()).take(5).collect();
    let last: Vec<&str> = last.into_iter().rev().collect();
    Err(format!("{name} failed; its last words: {}", last.join(" / ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_somebody_elses_is_left_as_it_is() {
        let folder = tempfile::TempDir::new().unwrap();
        assert_eq!(ours(&folder.path().join("new")), Ok(()));
        assert_eq!(ours(folder.path()), Ok(()));
        let thesis = folder.path().join("thesis.txt");
        std::fs::write(&thesis, "precious").unwrap();
        let refused = install(folder.path(), &|_| ()).unwrap_err();
        assert!(refused.contains("something else than a Python environment"), "{refused}");
        assert!(ours(&thesis).is_err() && thesis.exists());
        std::fs::write(folder.path().join("pyvenv.cfg"), "").unwrap();
        assert_eq!(ours(folder.path()), Ok(()));
    }
}
