//! Draws animations to look at: `just animations FOLDER FILE…`. Each file is JSON, `{"animation": …, "text": "what is said"}`, or has
//! `sections` of these, as the rehearsal's topics do; with `aspects` (`["1080x1920"]`), `captions` (`"center"`) and `palette` where
//! wanted. Leaves a sheet of frames for each animation and aspect, and says what a second of film costs to draw; with `--check` it fails
//! where that is too much. Reads `/proc`: Linux only.
#![expect(clippy::print_stdout, reason = "it is run to be read")]

#[path = "support/cpu.rs"]
mod cpu;

use cpu::cpu_ms;
use image::RgbImage;
use image::imageops::{FilterType, overlay, resize};
use media::{Stills, font_folders};
use serde_json::Value;
use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use story::animation::{Animation, Cue, Staged, problems};
use story::captions::pages;
use story::ids::sha256_hex;
use story::scene::{Backdrop, Scene, Spoken};
use story::script::{Captions, Motion};
use story::words::{Alignment, words};

const FPS: u64 = 30;
/// Frames that each word is spoken for.
const WORD: u64 = 13;
/// CPU seconds in which a second of film is to be drawn.
const MOST_S: f64 = 0.3;

fn main() -> Result<(), Box<dyn Error>> {
    let (options, mut named): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|argument| argument.starts_with("--"));
    if named.is_empty() {
        return Err("name a folder, and files".into());
    }
    let folder = named.remove(0);
    std::fs::create_dir_all(&folder)?;
    let mut worst_s = 0.0_f64;
    for file in named {
        let value: Value = serde_json::from_slice(&std::fs::read(&file)?)?;
        let name = Path::new(&file).file_stem().and_then(|name| name.to_str()).unwrap_or("animation").to_owned();
        let animations = match value["sections"].as_array() {
            Some(sections) => {
                (1..).zip(sections).map(|(index, section)| (format!("{name}-{index}"), section)).collect()
            }
            None => vec![(name, &value)],
        };
        for (name, value) in animations {
            worst_s = worst_s.max(drawn(&folder, &name, value)?);
        }
    }
    if worst_s > MOST_S && options.iter().any(|option| option == "--check") {
        return Err(format!("{worst_s:.3} CPU-s for a second of film: at most {MOST_S}").into());
    }
    Ok(())
}

/// Draws an animation in all its aspects; the most that a second of it cost, in seconds.
fn drawn(folder: &str, name: &str, value: &Value) -> Result<f64, Box<dyn Error>> {
    let aspects = match value["aspects"].as_array() {
        Some(aspects) => aspects.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        None => vec!["1080x1920".to_owned()],
    };
    let mut worst_s = 0.0_f64;
    for aspect in aspects {
        let (scene, pictures) = scene(value, &aspect)?;
        let target = format!("{folder}/{name}-{aspect}.png");
        sheet(&scene, &pictures)?.save(&target)?;
        let before = own_cpu_ms()?;
        let mut stills = Stills::new(&scene, &pictures, &font_folders())?;
        let laid_out = own_cpu_ms()?;
        let drawn = stills.all();
        let spent = own_cpu_ms()? - laid_out;
        let seconds = scene.frames() as f64 / FPS as f64;
        let cost_s = spent / 1000.0 / seconds;
        worst_s = worst_s.max(cost_s);
        println!(
            "{target}: {seconds:.1} s, {drawn} of {} frames drawn, {cost_s:.3} CPU-s a second, {:.1} ms a drawn frame, laid out in {:.0} ms",
            scene.frames(),
            spent / drawn.max(1) as f64,
            laid_out - before,
        );
    }
    Ok(worst_s)
}

fn scene(value: &Value, aspect: &str) -> Result<(Scene, BTreeMap<String, bytes::Bytes>), Box<dyn Error>> {
    let animation: Animation = serde_json::from_value(value["animation"].clone())?;
    let said: Vec<&str> = value["text"].as_str().unwrap_or("one two three").split_whitespace().collect();
    for problem in problems(&animation, Some(&said)) {
        println!("{}: {}", problem.pointer, problem.detail);
    }
    let (width, height) = aspect.split_once('x').ok_or("an aspect is 1080x1920")?;
    let starts: Vec<u64> = (0..said.len() as u64).map(|word| word * WORD).collect();
    let cues: Vec<Cue> = animation.cues(&said, 0..said.len(), &starts);
    let frames = said.len() as u64 * WORD + 45;
    let mut pictures = BTreeMap::new();
    let mut shown = BTreeMap::new();
    for (id, _) in animation.photos() {
        let bytes = picture()?;
        shown.insert(id.to_owned(), sha256_hex(&bytes));
        pictures.insert(sha256_hex(&bytes), bytes::Bytes::from(bytes));
    }
    let palette = value["palette"].as_u64().unwrap_or(0) as usize;
    let staged = Staged { animation, cues, pictures: shown, palette };
    let position = value["captions"].as_str().unwrap_or("bottom").to_owned();
    let captions = Captions { position, ..Captions::default() };
    let characters: Vec<String> = said.join(" ").chars().map(String::from).collect();
    let step = said.len() as f64 * WORD as f64 / FPS as f64 / characters.len() as f64;
    let starts_s = (0..characters.len()).map(|index| index as f64 * step).collect();
    let ends_s = (1..=characters.len()).map(|index| index as f64 * step).collect();
    let words = words(&Alignment { characters, starts_s, ends_s }, frames * 1_600);
    let scene = Scene {
        width: width.parse()?,
        height: height.parse()?,
        fps: FPS as u32,
        draft: false,
        backdrop: Backdrop::Animation(Box::new(staged)),
        motion: Motion::Zoom,
        holds_end_pose: false,
        fade_frames: 0,
        outgoing: None,
        captions,
        spoken: vec![Spoken { frames, audio_sha256: String::new(), avatar: None, pages: pages(&words, 4) }],
    };
    Ok((scene, pictures))
}

/// Eight frames beside each other, the last one among them.
fn sheet(scene: &Scene, pictures: &BTreeMap<String, bytes::Bytes>) -> Result<RgbImage, Box<dyn Error>> {
    let mut stills = Stills::new(scene, pictures, &font_folders())?;
    let is_tall = scene.height > scene.width;
    let (columns, rows) = if is_tall { (4, 2) } else { (2, 3) };
    let width = if is_tall { 480 } else { 900 };
    let height = width * scene.height / scene.width;
    let mut sheet = RgbImage::new(columns * (width + 8), rows * (height + 8));
    let count = u64::from(columns * rows);
    for index in 0..count {
        let frame = stills.frame(
            (scene.frames() - 1) * index.max(1) / (count - 1)
                - if index == 0 { 20.min(scene.frames() / count) } else { 0 },
        );
        let small = resize(&frame, width, height, FilterType::Triangle);
        let (x, y) = (index as u32 % columns * (width + 8), index as u32 / columns * (height + 8));
        overlay(&mut sheet, &small, i64::from(x), i64::from(y));
    }
    Ok(sheet)
}

/// Hills under an evening sky.
fn picture() -> Result<Vec<u8>, image::ImageError> {
    let picture = RgbImage::from_fn(900, 620, |x, y| {
        let hill = 380.0 + 60.0 * (f64::from(x) / 130.0).sin() + 30.0 * (f64::from(x) / 47.0).cos();
        if f64::from(y) > hill {
            return image::Rgb([30, 60 + (y / 12) as u8, 50]);
        }
        image::Rgb([(90 + y / 4) as u8, (60 + y / 6) as u8, 140])
    });
    let mut file = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut file, image::ImageFormat::Png)?;
    Ok(file.into_inner())
}

/// CPU of this process so far.
fn own_cpu_ms() -> Result<f64, Box<dyn Error>> {
    let [outside, inside, _] = cpu_ms()?;
    Ok(outside + inside)
}
