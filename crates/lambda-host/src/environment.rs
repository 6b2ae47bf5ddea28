//! The environment variables of the tests of Lambda functions: where the tools are that stand for AWS.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// AWS's runtime emulator, as `ONETAKE_RIE` names it.
pub(crate) fn emulator() -> Result<PathBuf, String> {
    #[expect(clippy::disallowed_methods, reason = "this is the file where lambda-host reads its environment")]
    let path = std::env::var_os("ONETAKE_RIE");
    found("ONETAKE_RIE", "AWS's Lambda runtime emulator", path.as_deref().map(Path::new))
}

/// The server that answers as AWS's services do, as `ONETAKE_MINISTACK` names it.
pub(crate) fn ministack() -> Result<PathBuf, String> {
    #[expect(clippy::disallowed_methods, reason = "this is the file where lambda-host reads its environment")]
    let path = std::env::var_os("ONETAKE_MINISTACK");
    found("ONETAKE_MINISTACK", "MiniStack, which answers as AWS's services do,", path.as_deref().map(Path::new))
}

/// Where programs are looked for.
pub(crate) fn path() -> OsString {
    #[expect(clippy::disallowed_methods, reason = "this is the file where lambda-host reads its environment")]
    std::env::var_os("PATH").unwrap_or_default()
}

fn found(variable: &str, what: &str, path: Option<&Path>) -> Result<PathBuf, String> {
    let how = format!("`infra/setup test` installs {what} and the recipes of `just` name it in {variable}");
    match path {
        Some(path) if path.is_file() => Ok(path.to_owned()),
        Some(path) if !path.as_os_str().is_empty() => {
            Err(format!("{variable} names {}, which is no file: {how}", path.display()))
        }
        _ => Err(format!("{variable} is not set: {how}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_tool_is_said_with_the_way_to_get_it() {
        for path in [None, Some(Path::new("")), Some(Path::new("/nowhere/emulator"))] {
            assert!(found("ONETAKE_RIE", "it", path).unwrap_err().contains("infra/setup test"), "{path:?}");
        }
    }
}
