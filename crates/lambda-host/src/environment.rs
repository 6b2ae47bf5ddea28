//! The one environment variable of the tests of Lambda functions.

use std::path::{Path, PathBuf};

/// AWS's runtime emulator, as `ONETAKE_RIE` names it.
pub(crate) fn emulator() -> Result<PathBuf, String> {
    #[expect(clippy::disallowed_methods, reason = "this is the file where lambda-host reads its environment")]
    let path = std::env::var_os("ONETAKE_RIE");
    found(path.as_deref().map(Path::new))
}

fn found(path: Option<&Path>) -> Result<PathBuf, String> {
    let how = "`infra/setup test` installs AWS's Lambda runtime emulator and `just lambda` names it in ONETAKE_RIE";
    match path {
        Some(path) if path.is_file() => Ok(path.to_owned()),
        Some(path) if !path.as_os_str().is_empty() => {
            Err(format!("ONETAKE_RIE names {}, which is no file: {how}", path.display()))
        }
        _ => Err(format!("ONETAKE_RIE is not set: {how}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_emulator_is_said_with_the_way_to_get_it() {
        for path in [None, Some(Path::new("")), Some(Path::new("/nowhere/emulator"))] {
            assert!(found(path).unwrap_err().contains("infra/setup test"), "{path:?}");
        }
    }
}
