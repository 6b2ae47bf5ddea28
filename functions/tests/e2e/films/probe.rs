//! What ffprobe says of a film.

use serde_json::Value;
use std::io::Write;
use std::process::Command;
use tempfile::NamedTempFile;

/// A film that was decoded to its end.
#[derive(Debug)]
pub(crate) struct Played {
    pub(crate) width: u64,
    pub(crate) height: u64,
    pub(crate) duration_s: f64,
    pub(crate) frames: u64,
}

/// Decodes all of a film.
pub(crate) fn play(film: &[u8]) -> Played {
    let said = probe(film, &["-count_frames", "-select_streams", "v:0", "-show_streams", "-show_format"]);
    let stream = &said["streams"][0];
    let number = |value: &Value| value.as_str().and_then(|text| text.parse::<f64>().ok()).unwrap_or_default();
    Played {
        width: stream["width"].as_u64().unwrap(),
        height: stream["height"].as_u64().unwrap(),
        duration_s: number(&said["format"]["duration"]),
        frames: number(&stream["nb_read_frames"]) as u64,
    }
}

/// The hashes of all packets of sound.
pub(crate) fn packets(file: &[u8]) -> Vec<String> {
    let said = probe(file, &["-select_streams", "a:0", "-show_packets", "-show_data_hash", "md5"]);
    let packets = said["packets"].as_array().unwrap().iter();
    packets.map(|packet| packet["data_hash"].as_str().unwrap().to_owned()).collect()
}

fn probe(file: &[u8], arguments: &[&str]) -> Value {
    let mut stored = NamedTempFile::new().unwrap();
    stored.write_all(file).unwrap();
    #[expect(clippy::disallowed_methods, reason = "the film is judged by another program than the one that made it")]
    let output = Command::new("ffprobe")
        .args(["-v", "error", "-of", "json"])
        .args(arguments)
        .arg(stored.path())
        .output()
        .expect("ffprobe is installed by `infra/setup test`");
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}
