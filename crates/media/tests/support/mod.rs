//! A workshop in a temporary folder, ffmpeg to look at what it made, and sounds made of sines.

#![expect(dead_code, reason = "each test file uses its part")]

use bytes::Bytes;
use media::{Settings, Workshop, font_folders};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use story::artifacts::Body;
use story::captions::pages;
use story::scene::{Backdrop, Scene, Spoken};
use story::script::{Captions, Motion};
use story::studio::{Slot, Studio};
use story::words::{Alignment, Word, words};
use tempfile::TempDir;

pub(crate) const FPS: u32 = 30;
pub(crate) const FRAME: u64 = 1_600;

/// What workshops stand on: `ONETAKE_FFMPEG` and `ONETAKE_FONTS`, as of a Lambda layer; where not set, what this machine has.
#[expect(clippy::disallowed_methods, reason = "`just layers` runs these tests with another ffmpeg and other fonts")]
pub(crate) fn installed() -> Settings {
    let ffmpeg = std::env::var_os("ONETAKE_FFMPEG").unwrap_or_else(|| "ffmpeg".into());
    let fonts = std::env::var_os("ONETAKE_FONTS").map_or_else(font_folders, |folder| vec![folder.into()]);
    Settings { ffmpeg: ffmpeg.into(), fonts, scratch: std::env::temp_dir() }
}

/// A workshop; the folder must outlive it.
pub(crate) fn workshop() -> (Workshop, TempDir) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let settings = Settings { scratch: folder.path().join("scratch"), ..installed() };
    (Workshop::open(settings).expect("ffmpeg and fonts are installed"), folder)
}

/// Lays a whole track.
pub(crate) async fn lay(workshop: &impl Studio, slots: impl IntoIterator<Item = Slot>) -> Body {
    let mut laying = workshop.lay().await.expect("a track");
    for slot in slots {
        laying.add(slot).await.expect("a slot");
    }
    laying.end().await.expect("its end")
}

/// Runs ffmpeg or ffprobe; what it wrote to its standard output.
#[expect(clippy::disallowed_methods, reason = "tests look at what was made with ffmpeg itself")]
pub(crate) fn run(program: &str, arguments: &str, input: &[u8]) -> Vec<u8> {
    let mut child = Command::new(program)
        .args(arguments.split_whitespace())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("ffmpeg is installed");
    let mut stdin = child.stdin.take().expect("asked for");
    let input = input.to_vec();
    let feeding = std::thread::spawn(move || {
        let _it_may_have_read_enough = stdin.write_all(&input);
    });
    let output = child.wait_with_output().expect("it ends");
    feeding.join().expect("no panic");
    assert!(output.status.success(), "{program} {arguments}");
    output.stdout
}

/// Text of a program's output.
pub(crate) fn said(program: &str, arguments: &str) -> String {
    String::from_utf8(run(program, arguments, b"")).expect("text")
}

/// Decoded samples at 48 kHz, as any player hears them.
pub(crate) fn heard(file: &Path) -> Vec<f32> {
    let bytes = run("ffmpeg", &format!("-v error -i {} -map 0:a -f f32le -ac 1 pipe:1", file.display()), b"");
    bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
}

/// Decoded frames: red, green, blue.
pub(crate) fn seen(file: &Path, width: u32, height: u32) -> Vec<Vec<u8>> {
    let bytes = run(
        "ffmpeg",
        &format!("-v error -i {} -map 0:v -fps_mode passthrough -f rawvideo -pix_fmt rgb24 pipe:1", file.display()),
        b"",
    );
    bytes.chunks_exact((width * height * 3) as usize).map(<[u8]>::to_vec).collect()
}

/// A WAV file of 16 bits, one channel.
pub(crate) fn wav(samples: &[f32], rate: u32) -> Bytes {
    let size = samples.len() as u32 * 2;
    let mut file = Vec::new();
    file.extend(b"RIFF");
    file.extend((36 + size).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16_u32.to_le_bytes());
    file.extend([1, 0, 1, 0]);
    file.extend(rate.to_le_bytes());
    file.extend((rate * 2).to_le_bytes());
    file.extend([2, 0, 16, 0]);
    file.extend(b"data");
    file.extend(size.to_le_bytes());
    file.extend(samples.iter().flat_map(|value| ((value.clamp(-1.0, 1.0) * 32_767.0) as i16).to_le_bytes()));
    file.into()
}

/// An MP3 of the kind that is streamed: no Xing header, so nothing says how much of its start is padding.
pub(crate) fn headerless_mp3(samples: &[f32], rate: u32) -> Bytes {
    run(
        "ffmpeg",
        "-v error -f wav -i pipe:0 -c:a libmp3lame -b:a 128k -write_xing 0 -id3v2_version 0 -f mp3 pipe:1",
        &wav(samples, rate),
    )
    .into()
}

/// Something like speech: syllables with hard edges and a high crest.
pub(crate) fn syllables(seconds: f64, rate: u32, loudness: f64) -> Vec<f32> {
    let sample = |index: u64| {
        let t = index as f64 / f64::from(rate);
        let syllable = (t * 4.3).fract();
        let envelope = if syllable < 0.7 { (-6.0 * syllable).exp() } else { 0.0 };
        let voice: f64 = (1..20).map(|n| (std::f64::consts::TAU * 131.0 * f64::from(n) * t).cos() / f64::from(n)).sum();
        (voice * envelope * loudness) as f32
    };
    (0..(seconds * f64::from(rate)) as u64).map(sample).collect()
}

/// Something like speech with a low crest: vowels, one after another.
pub(crate) fn vowels(seconds: f64, rate: u32, loudness: f64) -> Vec<f32> {
    let sample = |index: u64| {
        let t = index as f64 / f64::from(rate);
        let stress = 0.6 + 0.4 * (t * 1.7).sin();
        let envelope = (t * 11.0).sin().max(0.0).sqrt() * stress;
        let wave = |n: i32| (std::f64::consts::TAU * 140.0 * f64::from(n) * t + f64::from(n * n)).sin() / f64::from(n);
        ((1..8).map(wave).sum::<f64>() * envelope * loudness) as f32
    };
    (0..(seconds * f64::from(rate)) as u64).map(sample).collect()
}

/// Words spread evenly over some frames.
pub(crate) fn spread(text: &str, frames: u64) -> Vec<Word> {
    let characters: Vec<String> = text.chars().map(String::from).collect();
    let step = (frames * FRAME) as f64 / 48_000.0 / characters.len() as f64;
    let starts_s = (0..characters.len()).map(|index| index as f64 * step).collect();
    let ends_s = (0..characters.len()).map(|index| (index + 1) as f64 * step).collect();
    words(&Alignment { characters, starts_s, ends_s }, frames * FRAME)
}

/// A scene that says texts, each in its number of frames.
pub(crate) fn scene(width: u32, height: u32, backdrop: Backdrop, texts: &[(&str, u64)]) -> Scene {
    let spoken = |&(text, frames): &(&str, u64)| Spoken {
        frames,
        audio_sha256: String::new(),
        avatar: None,
        pages: pages(&spread(text, frames), 4),
    };
    Scene {
        width,
        height,
        fps: FPS,
        draft: false,
        backdrop,
        motion: Motion::Zoom,
        holds_end_pose: false,
        fade_frames: 0,
        outgoing: None,
        captions: Captions::default(),
        spoken: texts.iter().map(spoken).collect(),
    }
}
