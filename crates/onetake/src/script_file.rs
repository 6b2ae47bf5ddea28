//! Reads a script and the pictures beside it. Every problem of all of them is named at once; nothing is written.

use crate::arguments::Telling;
use crate::ending::Ending;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use story::Script;
use story::invalid::{Invalid, Problem};
use story::reading::{Limits, NamedFile, Reading, names_speakers};
use story::writing::{StoryOrder, StoryReading};

/// A picture of a user's is at most this large.
const MOST_PICTURE_BYTES: u64 = 32 << 20;

/// A script with the bytes of its pictures, by the name it calls them.
pub(crate) struct ScriptFile {
    pub(crate) script: Script,
    pub(crate) files: BTreeMap<String, Bytes>,
}

/// What a film is made of.
pub(crate) enum Source {
    /// A script, as its user wrote it.
    Script(Box<ScriptFile>),
    /// A text that is to become one.
    Story(StoryOrder),
}

/// Reads a script, or a story: a text in which a line begins with no name.
pub(crate) fn source(path: &Path, limits: Limits, telling: &Telling) -> Result<Source, Ending> {
    let bytes = bytes(path, limits)?;
    let is_text = |text: &&str| !text.trim_start().starts_with(['{', '[']) && !text.trim().is_empty();
    let is_story = std::str::from_utf8(&bytes).ok().filter(is_text).is_some_and(|text| !names_speakers(text));
    if !is_story {
        if telling.scenes.is_some() || telling.style.is_some() {
            return Err(Invalid::one("", "--scenes and --style are for stories, and this is a script").into());
        }
        return Ok(Source::Script(Box::new(read(path, limits)?)));
    }
    let order = StoryReading::of_text(&bytes, |value| {
        if let Some(scenes) = telling.scenes {
            value["scenes"] = scenes.into();
        }
        if let Some(style) = &telling.style {
            value["style"] = style.as_str().into();
        }
    });
    Ok(Source::Story(order?))
}

/// The bytes of a script's file.
pub(crate) fn bytes(path: &Path, limits: Limits) -> Result<Vec<u8>, Ending> {
    let cannot =
        |error: std::io::Error| Invalid::one("", format!("{} cannot be read: {}", path.display(), plain(&error)));
    let bytes = read_up_to(path, limits.max_script_bytes).map_err(cannot)?;
    limits.check_size(bytes.len() as u64)?;
    Ok(bytes)
}

/// Reads a script and its pictures.
pub(crate) fn read(path: &Path, limits: Limits) -> Result<ScriptFile, Ending> {
    let bytes = bytes(path, limits)?;
    let reading = Reading::of_bytes(&bytes, limits);
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut files = BTreeMap::new();
    let mut problems = Vec::new();
    for NamedFile { pointer, path } in &reading.files {
        if files.contains_key(path) {
            continue;
        }
        match picture(&folder.join(path)) {
            Ok(bytes) => {
                files.insert(path.clone(), bytes);
            }
            Err(detail) => problems.push(Problem { pointer: pointer.clone(), detail: format!("{path}: {detail}") }),
        }
    }
    let reading = Reading { problems: [reading.problems, problems].concat(), ..reading };
    Ok(ScriptFile { script: reading.into_script()?, files })
}

/// A picture of the user's.
pub(crate) fn picture(path: &Path) -> Result<Bytes, String> {
    if !fs::metadata(path).map_err(|error| plain(&error))?.is_file() {
        return Err("this is not a file".into());
    }
    let bytes = read_up_to(path, MOST_PICTURE_BYTES).map_err(|error| plain(&error))?;
    if bytes.len() as u64 > MOST_PICTURE_BYTES {
        return Err(format!("this is too large for a picture: at most {} MB", MOST_PICTURE_BYTES >> 20));
    }
    media::check_picture(&bytes)?;
    Ok(bytes.into())
}

/// At most one byte more than `most`: a device never ends, whatever length it claims.
fn read_up_to(path: &Path, most: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn plain(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".into(),
        std::io::ErrorKind::PermissionDenied => "this user may not read it".into(),
        std::io::ErrorKind::IsADirectory => "this is a folder, not a file".into(),
        _ => error.to_string(),
    }
}
