//! The one door to espeak-ng: a text goes in by standard input, never as an option, and sound comes out.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use story::maker::MakerError;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// A clause takes some milliseconds; a process that stands still must not hold a lane.
const LONGEST: Duration = Duration::from_secs(60);

/// How a clause is to be spoken.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Delivery {
    /// Language and variant: `en-us+f3`.
    pub(crate) voice: String,
    /// 0 to 99.
    pub(crate) pitch: u8,
    pub(crate) words_per_minute: u16,
}

/// Sound as espeak-ng makes it: one channel.
#[derive(Debug, PartialEq)]
pub(crate) struct Wave {
    pub(crate) rate: u32,
    pub(crate) samples: Vec<f32>,
}

/// The espeak-ng of this path or name, if it is there and starts.
pub async fn find_espeak(program: &Path) -> Option<PathBuf> {
    let finished = command(program).arg("--version").stdin(Stdio::null()).output();
    let output = tokio::time::timeout(LONGEST, finished).await.ok()?.ok()?;
    output.status.success().then(|| program.to_owned())
}

/// Speaks one clause.
pub(crate) async fn speak(program: &Path, delivery: &Delivery, text: &str) -> Result<Wave, MakerError> {
    let arguments = [
        ("-v", delivery.voice.clone()),
        ("-p", delivery.pitch.to_string()),
        ("-s", delivery.words_per_minute.to_string()),
        ("-b", "1".to_owned()),
    ];
    let mut command = command(program);
    command
        .args(arguments.iter().flat_map(|(option, value)| [*option, value.as_str()]))
        .args(["-z", "--stdin", "--stdout"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let broken = |what: &str| MakerError::Broken(format!("espeak-ng {what}; install it anew, or rehearse with tones"));
    let mut child = command.spawn().map_err(|error| broken(&format!("could not be started ({error})")))?;
    let mut input = child.stdin.take().ok_or_else(|| broken("takes no text"))?;
    let text = text.to_owned();
    let write = async move {
        // A process that dies early closes its input; why it died is said by its exit, not by this.
        let _ = input.write_all(text.as_bytes()).await;
        drop(input);
    };
    let both = async { tokio::join!(write, child.wait_with_output()).1 };
    let output = tokio::time::timeout(LONGEST, both)
        .await
        .map_err(|_| broken("stood still for a minute"))?
        .map_err(|error| broken(&format!("could not be heard ({error})")))?;
    if !output.status.success() {
        let last_words = String::from_utf8_lossy(&output.stderr);
        let last_words: String = last_words.lines().next().unwrap_or_default().chars().take(200).collect();
        return Err(broken(&format!("ended with {} {last_words}", output.status)));
    }
    parse(&output.stdout).ok_or_else(|| broken("gave no sound that can be read"))
}

#[expect(clippy::disallowed_methods, reason = "the one place that starts espeak-ng")]
fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.kill_on_drop(true);
    command
}

/// A WAV file of 16 bits and one channel. espeak-ng writes it before it knows how long it will be, so its lengths mean nothing:
/// the sound goes to the end.
fn parse(file: &[u8]) -> Option<Wave> {
    let header = file.get(..44).filter(|header| header.starts_with(b"RIFF") && &header[8..16] == b"WAVEfmt ")?;
    let number = |at: usize| u16::from_le_bytes([header[at], header[at + 1]]);
    let (channels, rate, bits) = (number(22), u32::from(number(24)) | u32::from(number(26)) << 16, number(34));
    if channels != 1 || bits != 16 || &header[36..40] != b"data" {
        return None;
    }
    let samples = file[44..].chunks_exact(2).map(|pair| f32::from(i16::from_le_bytes([pair[0], pair[1]])) / 32_768.0);
    Some(Wave { rate, samples: samples.collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wave_is_read_to_its_end_and_nothing_else_is_taken_for_one() {
        let mut file =
            b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x22\x56\0\0\x44\xac\0\0\x02\0\x10\0data\xff\xff\xff\x7f"
                .to_vec();
        assert_eq!(parse(&file), Some(Wave { rate: 22_050, samples: vec![] }));
        file.extend([0, 0x40, 0, 0xc0, 7]);
        assert_eq!(parse(&file), Some(Wave { rate: 22_050, samples: vec![0.5, -0.5] }));
        for hostile in [&b""[..], b"RIFF", &[0; 100], &file[..43]] {
            assert_eq!(parse(hostile), None);
        }
    }
}
