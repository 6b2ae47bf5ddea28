//! What a frame costs: `cargo run --release -p media --example compositor`.
//! CPU of this process (the compositor and its end of the pipe) and of the encoder, in ms a frame: a long scene less a short one, so
//! that reading the picture and starting ffmpeg do not count. Reads `/proc`: Linux only.
#![expect(clippy::print_stdout, reason = "it is run to be read")]

#[path = "support/cpu.rs"]
mod cpu;

use cpu::cpu_ms;
use media::{Settings, Workshop, font_folders};
use std::collections::BTreeMap;
use std::error::Error;
use story::captions::pages;
use story::scene::{Avatar, Backdrop, Outgoing, Scene, Spoken};
use story::script::{CaptionStyle, Captions, Motion};
use story::studio::Studio;
use story::words::{Alignment, words};

const SHORT: u64 = 60;
const LONG: u64 = 300;
const RUNS: usize = 3;
const TEXT: &str = "The light that reaches you tonight left its star before your language had a name.";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let settings = Settings { ffmpeg: "ffmpeg".into(), fonts: font_folders(), scratch: folder.path().to_owned() };
    let workshop = Workshop::open(settings).map_err(|failure| failure.to_string())?;
    let pictures = BTreeMap::from([("picture".to_owned(), bytes::Bytes::from(picture(1_400, 2_400)?))]);
    let mut plain_ms = 0.0;
    for (name, style, is_full) in
        [("plain captions", CaptionStyle::Plain, false), ("everything on", CaptionStyle::Highlight, true)]
    {
        let mut costs = Vec::new();
        for _ in 0..RUNS {
            let mut spent = [[0.0; 3]; 2];
            for (spent, frames) in spent.iter_mut().zip([SHORT, LONG]) {
                let before = cpu_ms()?;
                workshop.render(&scene(frames, style, is_full), pictures.clone()).await?;
                *spent = std::array::from_fn(|index| cpu_ms().map_or(0.0, |after| after[index] - before[index]));
            }
            let frames = (LONG - SHORT) as f64;
            costs.push([0, 1, 2].map(|index| (spent[1][index] - spent[0][index]) / frames));
        }
        let [user, kernel, encoder] = [0, 1, 2].map(|index| {
            let mut sorted: Vec<f64> = costs.iter().map(|cost| cost[index]).collect();
            sorted.sort_by(f64::total_cmp);
            sorted[RUNS / 2]
        });
        let all = user + kernel + encoder;
        plain_ms = if is_full { plain_ms } else { all };
        println!(
            "{name}: compositor {user:.2} ms a frame, pipe {kernel:.2}, encoder {encoder:.2}, all {all:.2} = {:.2} x",
            all / plain_ms
        );
    }
    println!("memory of the compositor, at most: {} MiB", peak_kb()? / 1024);
    Ok(())
}

fn scene(frames: u64, style: CaptionStyle, is_full: bool) -> Scene {
    let characters: Vec<String> = TEXT.chars().map(String::from).collect();
    let step = frames as f64 / 30.0 / characters.len() as f64;
    let starts_s = (0..characters.len()).map(|index| index as f64 * step).collect();
    let ends_s = (1..=characters.len()).map(|index| index as f64 * step).collect();
    let words = words(&Alignment { characters, starts_s, ends_s }, frames * 1_600);
    let avatar = Avatar { picture: "picture".into(), right: false };
    Scene {
        width: 1080,
        height: 1920,
        fps: 30,
        draft: false,
        backdrop: Backdrop::Picture("picture".into()),
        motion: Motion::Zoom,
        holds_end_pose: false,
        fade_frames: 0,
        outgoing: is_full.then(|| Outgoing {
            backdrop: Backdrop::Color([20, 40, 60]),
            frames: 9,
            avatar_sides: Vec::new(),
        }),
        captions: Captions { style, ..Captions::default() },
        spoken: vec![Spoken {
            frames,
            audio_sha256: String::new(),
            avatar: is_full.then_some(avatar),
            pages: pages(&words, 4),
        }],
    }
}

/// Waves with grain: detail everywhere, as in a photograph.
fn picture(width: u32, height: u32) -> Result<Vec<u8>, image::ImageError> {
    let picture = image::RgbImage::from_fn(width, height, |x, y| {
        let (u, v) = (f64::from(x) / 90.0, f64::from(y) / 130.0);
        let grain = ((f64::from(x * 7 + y * 13) * 12.9898).sin() * 43_758.545).fract().abs();
        let waves = [(u + v).sin(), (u * 1.7 - v).cos(), (v * 2.3 + u.sin()).sin()];
        image::Rgb(waves.map(|wave| (110.0 + 80.0 * wave + 24.0 * grain) as u8))
    });
    let mut file = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut file, image::ImageFormat::Png)?;
    Ok(file.into_inner())
}

fn peak_kb() -> Result<u64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no peak")?;
    Ok(peak.trim().trim_end_matches(" kB").parse()?)
}
