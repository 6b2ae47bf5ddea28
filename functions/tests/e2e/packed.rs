//! Where the packed functions and the expanded template are.

use lambda_host::{Programs, Settings};
use std::path::Path;

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
