//! An espeak-ng that is missing, dies or says nothing. Alone in its file: a program is written here, and no other test may fork meanwhile.

use providers::{Rehearsal, Settings};
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use story::Speech;
use story::maker::MakerError;
use story::speech::{Heard, TakeRequest};

async fn check(espeak: PathBuf, expected: &str) {
    let rehearsal = Rehearsal::open(Settings { espeak: Some(espeak), ..Settings::default() });
    let request = TakeRequest::plain("rehearsal", "espeak-ng", "clara", &"Hello. ".repeat(5_000));
    let heard = match rehearsal.speak(&request, Box::new(|| true)).await {
        Ok(mut answer) => answer.next().await,
        Err(unspoken) => Err(unspoken.error),
    };
    match heard {
        Err(MakerError::Broken(sentence)) => {
            assert!(
                sentence.starts_with(expected) && sentence.ends_with("; install it anew, or rehearse with tones"),
                "{sentence}"
            );
        }
        Ok(Heard::Sound(..) | Heard::End(_)) => panic!("{expected}: something was heard"),
        Err(other) => panic!("{expected}: {other:?}"),
    }
}

fn program(folder: &Path, name: &str, script: &str) -> io::Result<PathBuf> {
    let path = folder.join(name);
    fs::write(&path, format!("#!/bin/sh\n{script}\n"))?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
    Ok(path)
}

#[tokio::test]
async fn a_broken_espeak_is_said_in_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    check(folder.path().join("nothing"), "espeak-ng could not be started (").await;
    check(program(folder.path(), "killed", "kill -9 $$").unwrap(), "espeak-ng ended with signal: 9").await;
    check(
        program(folder.path(), "fails", "echo no such voice >&2; exit 3").unwrap(),
        "espeak-ng ended with exit status: 3 no such voice",
    )
    .await;
    check(program(folder.path(), "silent", "cat > /dev/null").unwrap(), "espeak-ng gave no sound that can be read")
        .await;
}
