//! Where the packed functions and the expanded template are.

use lambda_host::{Image, Programs, Settings};
use std::path::{Path, PathBuf};

/// A host of what `sam build` packed.
pub(crate) fn settings() -> Settings {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    #[expect(clippy::disallowed_methods, reason = "this is the file where the test reads its environment")]
    let programs = match std::env::var("ONETAKE_PROGRAMS").as_deref() {
        Ok("built") => Programs::Built(Path::new(env!("CARGO_BIN_EXE_preview")).parent().unwrap().to_owned()),
        _ => Programs::Packed(root.join(".aws-sam/build")),
    };
    Settings::new(&root.join(".aws-sam/expanded.json"), programs)
}

/// What stands for the image of the function that programs are run in: its program, and this machine's Manim. That it was told by the
/// template alone that it is a sandbox is part of what is shown.
pub(crate) fn manim() -> Image {
    #[expect(clippy::disallowed_methods, reason = "this is the file where the test reads its environment")]
    let read = |name: &str| std::env::var(name).ok();
    let folder = sandbox::Environment::folder(read);
    sandbox::Environment::at(&folder).unwrap_or_else(|why| panic!("{why}"));
    let built = PathBuf::from(env!("CARGO_BIN_EXE_manim"));
    let packed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.aws-sam/build/ManimFunction/bootstrap");
    let bootstrap = if read("ONETAKE_PROGRAMS").as_deref() == Some("built") { built } else { packed };
    let environment = vec![("ONETAKE_MANIM".to_owned(), folder.to_string_lossy().into_owned())];
    Image { function: "ManimFunction".to_owned(), bootstrap, environment }
}
