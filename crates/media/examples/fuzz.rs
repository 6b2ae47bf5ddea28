//! Changes files in every small way and gives them to all that reads what comes from outside: `just fuzz SECONDS [SEED]`.
//! No input may break a reader down. One that does is kept in target/fuzz, by name and number, and the same seed finds it again.

#![expect(clippy::print_stdout, reason = "it tells a person what it tried")]

#[path = "../src/chapters.rs"]
mod chapters;
#[path = "../src/transport.rs"]
#[expect(dead_code, reason = "parts are written by the studio alone")]
mod transport;

use bytes::Bytes;
use image::{DynamicImage, ImageFormat};
use media::{Ear, check_picture};
use std::fs;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};
use story::artifacts::body;
use story::failure::Failure;
use story::studio::Listener;
use tokio::runtime::{Builder, Runtime};

/// No input is larger.
const MOST_BYTES: usize = 64 * 1024;

/// SplitMix64: chance that can be had again.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }
}

/// What is tried, the files that it begins from, and how often it was.
struct Target {
    name: &'static str,
    seeds: Vec<Vec<u8>>,
    reads: Reads,
    tried: u64,
    slowest: Duration,
}

/// Reads bytes in any way it likes; an error is a sentence that says what broke.
type Reads = fn(&Desk, &[u8]) -> Result<(), String>;

/// What the readers need.
struct Desk {
    runtime: Runtime,
    ear: Ear,
    part: std::path::PathBuf,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let argument = |index| std::env::args().nth(index).map(|text: String| text.parse::<u64>()).transpose();
    let (seconds, seed) = (argument(1)?.unwrap_or(60), argument(2)?.unwrap_or(1));
    let folder = tempfile::tempdir()?;
    let desk = Desk {
        runtime: Builder::new_current_thread().enable_all().build()?,
        ear: Ear::open(folder.path().to_owned()),
        part: folder.path().join("part.ts"),
    };
    let mut targets = targets()?;
    let mut chance = Chance(seed);
    let begun = now();
    let mut broken = 0;
    while begun.elapsed() < Duration::from_secs(seconds) {
        for target in &mut targets {
            let input = changed(&target.seeds, &mut chance);
            let since = now();
            let read = catch_unwind(AssertUnwindSafe(|| (target.reads)(&desk, &input)));
            target.slowest = target.slowest.max(since.elapsed());
            target.tried += 1;
            if let Err(why) = read.unwrap_or_else(|_| Err("it panicked".to_owned())) {
                broken += 1;
                println!("{}: {why}: {}", target.name, kept(target, &input)?);
            }
        }
    }
    for Target { name, tried, slowest, .. } in &targets {
        println!("{name:<10}{tried:>9} inputs, the slowest {:.0} ms", slowest.as_secs_f64() * 1e3);
    }
    println!("seed {seed}, {seconds} s, {broken} broke something");
    if broken > 0 { Err("something broke".into()) } else { Ok(()) }
}

#[expect(clippy::disallowed_methods, reason = "it is told how long it may try, and no house is here that has a clock")]
fn now() -> Instant {
    Instant::now()
}

fn kept(target: &Target, input: &[u8]) -> std::io::Result<String> {
    let folder = Path::new("target/fuzz");
    fs::create_dir_all(folder)?;
    let path = folder.join(format!("{}-{}", target.name, target.tried));
    fs::write(&path, input)?;
    Ok(path.display().to_string())
}

fn targets() -> Result<Vec<Target>, image::ImageError> {
    let target = |name, seeds, reads: Reads| Target { name, seeds, reads, tried: 0, slowest: Duration::ZERO };
    let titles = [&b"One\0Two"[..], b"a\n[CHAPTER]\ntitle=b;#\\\0=", "é今👩‍👧\u{85}\u{2028}\0\r".as_bytes()];
    Ok(vec![
        target("picture", pictures()?, |_, bytes| {
            let _read_or_refused = check_picture(bytes);
            Ok(())
        }),
        target("sound", sounds(), heard),
        target("part", vec![part()], counted),
        target("chapters", titles.map(<[u8]>::to_vec).to_vec(), titled),
    ])
}

/// A small picture of every kind that is read.
fn pictures() -> Result<Vec<Vec<u8>>, image::ImageError> {
    let colours =
        image::RgbaImage::from_fn(24, 18, |x, y| image::Rgba([(x * 9) as u8, (y * 13) as u8, 7, (x * y) as u8]));
    let picture = DynamicImage::from(colours);
    let kinds = [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP, ImageFormat::Bmp];
    let file = |kind| {
        let mut file = Cursor::new(Vec::new());
        let drawn = if kind == ImageFormat::Jpeg { picture.to_rgb8().into() } else { picture.clone() };
        drawn.write_to(&mut file, kind).map(|()| file.into_inner())
    };
    kinds.into_iter().map(file).collect()
}

/// A WAV file, and frames of MP3 that say little.
fn sounds() -> Vec<Vec<u8>> {
    let mut wav =
        b"RIFF\x44\x03\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data\x20\x03\0\0".to_vec();
    wav.extend((0..400_i16).flat_map(|index| (index * 70).to_le_bytes()));
    // MPEG 1, layer III, 128 kbit/s, 44.1 kHz: 417 bytes a frame.
    let frame = [&[0xFF, 0xFB, 0x90, 0x64][..], &[0; 413]].concat();
    vec![wav, frame.repeat(6)]
}

fn heard(desk: &Desk, bytes: &[u8]) -> Result<(), String> {
    let sound = || body(Bytes::copy_from_slice(bytes));
    let level = desk.runtime.block_on(desk.ear.level(sound())).map(|_| ());
    let activity = desk.runtime.block_on(desk.ear.activity(sound())).map(|_| ());
    for heard in [level, activity] {
        // What breaks down in a thread of its own is told as an interruption.
        if let Err(Failure::Retry(why)) = heard {
            return Err(why.to_string());
        }
    }
    Ok(())
}

/// Three packets of MPEG-TS, one of which begins a frame.
fn part() -> Vec<u8> {
    let packet = |head: &[u8]| [head, &vec![0xFF; 188 - head.len()]].concat();
    [
        packet(&[0x47, 0x40, 0x11, 0x10, 0]),
        packet(&[0x47, 0x41, 0x00, 0x30, 7, 0x50, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xE0, 0, 0]),
        packet(&[0x47, 0x01, 0x00, 0x11, 0]),
    ]
    .concat()
}

fn counted(desk: &Desk, bytes: &[u8]) -> Result<(), String> {
    fs::write(&desk.part, bytes).map_err(|error| error.to_string())?;
    let most = bytes.len() as u64 / 188;
    let Ok(mut reader) = transport::Reader::open(&desk.part) else { return Ok(()) };
    let mut count = 0;
    while let Ok(Some(_)) = reader.unit() {
        count += 1;
    }
    if count > most { Err(format!("{count} frames in {most} packets")) } else { Ok(()) }
}

/// Titles, read back as ffmpeg does: a section begins with a bracket.
fn titled(_: &Desk, bytes: &[u8]) -> Result<(), String> {
    let text = String::from_utf8_lossy(bytes);
    let titles: Vec<(String, u64)> = text.split('\0').map(str::to_owned).zip((0..).map(|index| index * 30)).collect();
    let file = chapters::chapters(&titles, 30 * titles.len() as u64, 30);
    let (mut sections, mut found, mut line) = (0, Vec::new(), String::new());
    let mut characters = file.chars();
    let (mut is_key, mut key) = (true, String::new());
    let mut before = '\n';
    while let Some(c) = characters.next() {
        let after = std::mem::replace(&mut before, c);
        match c {
            // Escaped or not, a backslash before its end makes a line go on.
            '\n' | '\r' if after != '\\' => {
                sections += usize::from(is_key && line == "[CHAPTER]");
                if !is_key && key == "title" {
                    found.push(std::mem::take(&mut line));
                }
                (is_key, key, line) = (true, String::new(), String::new());
            }
            '\\' => {
                before = characters.next().unwrap_or(c);
                line.push(before);
            }
            '=' if is_key => (is_key, key) = (false, std::mem::take(&mut line)),
            c => line.push(c),
        }
    }
    let is_whole = |(found, (title, _)): (&String, &(String, u64))| {
        let shown: String = title.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        shown.starts_with(found.trim_end()) && (found.len() > 236 || found.trim_end() == shown.trim_end())
    };
    if sections == titles.len() && found.len() == titles.len() && found.iter().zip(&titles).all(is_whole) {
        return Ok(());
    }
    Err(format!("{} titles became {sections} chapters and {} titles", titles.len(), found.len()))
}

/// A file, changed in one to eight places.
fn changed(seeds: &[Vec<u8>], chance: &mut Chance) -> Vec<u8> {
    let mut file = seeds[chance.below(seeds.len())].clone();
    for _ in 0..=chance.below(8) {
        let at = chance.below(file.len());
        let end = (at + 1 + chance.below(16)).min(file.len());
        match chance.below(8) {
            0 => file.truncate(at),
            1 if !file.is_empty() => file[at] ^= 1 << chance.below(8),
            2 if !file.is_empty() => file[at] = [0, 1, 0x7F, 0x80, 0xFE, 0xFF, b'\n', b'\\'][chance.below(8)],
            3 => file[at..end].iter_mut().for_each(|byte| *byte = 0xFF),
            4 => file[at..end].fill(0),
            5 => drop(file.drain(at..end)),
            6 => {
                let other = &seeds[chance.below(seeds.len())];
                let from = chance.below(other.len());
                let piece = other[from..(from + chance.below(200)).min(other.len())].to_vec();
                file.splice(at..at, piece);
            }
            _ => {
                let piece = file[at..end].repeat(1 + chance.below(40));
                file.splice(at..at, piece);
            }
        }
        file.truncate(MOST_BYTES);
    }
    file
}
