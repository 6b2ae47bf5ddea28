//! Reads a script and the pictures beside it. Every problem of all of them is named at once; nothing is written.

use crate::ending::Ending;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use story::invalid::{Invalid, Problem};
use story::reading::{Limits, NamedFile, Reading};
use story::{Script, Studio};

/// A picture of a user's is at most this large.
const MOST_PICTURE_BYTES: u64 = 32 << 20;

/// A script with the bytes of its pictures, by the name it calls them.
pub(crate) struct ScriptFile {
    pub(crate) script: Script,
    pub(crate) files: BTreeMap<String, Bytes>,
}

/// Reads a script and its pictures.
pub(crate) fn read(path: &Path, limits: Limits, studio: &dyn Studio) -> Result<ScriptFile, Ending> {
    let cannot =
        |error: std::io::Error| Invalid::one("", format!("{} cannot be read: {}", path.display(), plain(&error)));
    let length = fs::metadata(path).map_err(cannot)?.len();
    limits.check_size(length)?;
    let reading = Reading::of_bytes(&fs::read(path).map_err(cannot)?, limits);
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut files = BTreeMap::new();
    let mut problems = Vec::new();
    for NamedFile { pointer, path } in &reading.files {
        if files.contains_key(path) {
            continue;
        }
        match picture(&folder.join(path), studio) {
            Ok(bytes) => {
                files.insert(path.clone(), bytes);
            }
            Err(detail) => problems.push(Problem { pointer: pointer.clone(), detail: format!("{path}: {detail}") }),
        }
    }
    let reading = Reading { problems: [reading.problems, problems].concat(), ..reading };
    Ok(ScriptFile { script: reading.into_script()?, files })
}

fn picture(path: &Path, studio: &dyn Studio) -> Result<Bytes, String> {
    let found = fs::metadata(path).map_err(|error| plain(&error))?;
    if !found.is_file() {
        return Err("this is not a file".into());
    }
    if found.len() > MOST_PICTURE_BYTES {
        return Err(format!("{} bytes are too large for a picture: at most {MOST_PICTURE_BYTES}", found.len()));
    }
    let bytes = fs::read(path).map_err(|error| plain(&error))?;
    studio.picture_size(&bytes)?;
    Ok(bytes.into())
}

fn plain(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".into(),
        std::io::ErrorKind::PermissionDenied => "this user may not read it".into(),
        std::io::ErrorKind::IsADirectory => "this is a folder, not a file".into(),
        _ => error.to_string(),
    }
}
