//! What all make: scenes of one picture and some words each, the same in every run and on every machine.

use image::{Rgb, RgbImage};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use story::captions::pages;
use story::scene::{Backdrop, Scene, Spoken};
use story::script::{Captions, Motion};
use story::words::{Alignment, Word, words};

pub(crate) const WIDTH: u32 = 1_080;
pub(crate) const HEIGHT: u32 = 1_920;
pub(crate) const FPS: u32 = 30;
/// Samples of sound in a frame.
pub(crate) const FRAME: u64 = 1_600;
/// The largest zoom, as the compositor has it: if it changes its way, the quality measured here falls, and tells.
pub(crate) const ZOOM: f64 = 1.08;
/// A picture is as large as the largest zoom asks for: nobody has to make it larger or smaller first.
pub(crate) const PICTURE: (u32, u32) = (1_168, 2_074);
/// Pictures of each kind: a long film shows them again and again.
const PICTURES: usize = 8;
/// How much of a larger grain the next smaller one is, in light and shade.
const ROUGH: f64 = 0.66;
/// About how long a scene is.
const SCENE_S: f64 = 5.625;

const TEXTS: [&str; 4] = [
    "The light that reaches you tonight left its star before your language had a name.",
    "Nobody had walked this valley in winter, and the first who did came back changed.",
    "A river does not hurry, and yet it carries the whole mountain down to the sea.",
    "We counted the lamps along the harbour until the fog had taken every one of them.",
];

/// Whether a scene's picture moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Zoom,
    Static,
}

impl Kind {
    pub(crate) const BOTH: [Self; 2] = [Self::Zoom, Self::Static];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Zoom => "zoom",
            Self::Static => "static",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::BOTH.into_iter().find(|kind| kind.name() == name)
    }
}

/// A film's worth of scenes, half of each kind, in a folder.
#[derive(Clone, Debug)]
pub(crate) struct Workload {
    pub(crate) folder: PathBuf,
    /// Scenes of each kind.
    pub(crate) scenes: usize,
    /// Frames of each scene.
    pub(crate) frames: u64,
}

impl Workload {
    /// So many seconds of film.
    pub(crate) fn new(folder: &Path, seconds: f64) -> Self {
        let scenes = ((seconds / SCENE_S / 2.0).round() as usize).max(1);
        let frames = (seconds * f64::from(FPS) / (2 * scenes) as f64).round() as u64;
        Self { folder: folder.to_owned(), scenes, frames }
    }

    /// Seconds of film of one kind.
    pub(crate) fn seconds(&self) -> f64 {
        self.scenes as f64 * self.frames as f64 / f64::from(FPS)
    }

    /// The file that a scene's picture is in.
    pub(crate) fn picture(&self, kind: Kind, index: usize) -> PathBuf {
        self.folder.join(format!("{}-{}.png", kind.name(), index % PICTURES))
    }

    /// The file that a scene's captions are in, for those who burn them with libass.
    pub(crate) fn captions(&self, index: usize) -> PathBuf {
        self.folder.join(format!("{index}.ass"))
    }

    /// The words of a scene with their times, in frames.
    pub(crate) fn words(&self, index: usize) -> Vec<Word> {
        spread(TEXTS[index % TEXTS.len()], self.frames)
    }

    /// A scene as the studio gets it.
    pub(crate) fn scene(&self, kind: Kind, index: usize) -> Scene {
        let motion = match kind {
            Kind::Zoom => Motion::Zoom,
            Kind::Static => Motion::None,
        };
        Scene {
            width: WIDTH,
            height: HEIGHT,
            fps: FPS,
            draft: false,
            backdrop: Backdrop::Picture(key(index)),
            motion,
            holds_end_pose: false,
            fade_frames: 0,
            outgoing: None,
            captions: Captions::default(),
            spoken: vec![Spoken {
                frames: self.frames,
                audio_sha256: String::new(),
                avatar: None,
                pages: pages(&self.words(index), 4),
            }],
        }
    }

    /// Draws the pictures, and writes the captions.
    ///
    /// # Errors
    /// A sentence, if the folder takes no files.
    pub(crate) fn prepare(&self) -> Result<(), String> {
        for index in 0..self.scenes.min(PICTURES) {
            for (seed, kind) in Kind::BOTH.into_iter().enumerate() {
                let path = self.picture(kind, index);
                landscape((index * 2 + seed) as u32)
                    .save(&path)
                    .map_err(|error| format!("{}: {error}", path.display()))?;
            }
            let path = self.captions(index);
            std::fs::write(&path, self.ass(index)).map_err(|error| format!("{}: {error}", path.display()))?;
        }
        Ok(())
    }

    /// The captions of a scene as libass reads them: one event for each spoken word, as large and where the compositor puts them.
    fn ass(&self, index: usize) -> String {
        let mut file = format!(
            "[Script Info]\nScriptType: v4.00+\nPlayResX: {WIDTH}\nPlayResY: {HEIGHT}\nYCbCr Matrix: TV.709\n\n[V4+ Styles]\n\
             Format: Name, Fontname, Fontsize, PrimaryColour, OutlineColour, Bold, BorderStyle, Outline, Shadow, Alignment, \
             MarginL, MarginR, MarginV\nStyle: Word,Noto Sans,87,&H00FFFFFF,&H00000000,-1,1,6,0,2,75,75,388\n\n[Events]\n\
             Format: Layer, Start, End, Style, Text\n"
        );
        let page_list = pages(&self.words(index), 4);
        let end = self.frames * FRAME;
        let states: Vec<(u64, usize, usize)> = page_list
            .iter()
            .enumerate()
            .flat_map(|(page, shown)| {
                shown.words.iter().enumerate().map(move |(word, timed)| (timed.start, page, word))
            })
            .collect();
        for (place, &(start, page, spoken)) in states.iter().enumerate() {
            let until = states.get(place + 1).map_or(end, |next| next.0);
            let words = page_list[page].words.iter().enumerate().map(|(index, word)| {
                if index == spoken {
                    format!("{{\\c&H00D4FF&}}{}{{\\c&HFFFFFF&}}", word.text)
                } else {
                    word.text.clone()
                }
            });
            let text = words.collect::<Vec<_>>().join(" ");
            let _ = writeln!(file, "Dialogue: 0,{},{},Word,{text}", clock(start), clock(until));
        }
        file
    }
}

/// A picture's name for which the compositor chooses the way into the middle.
fn key(index: usize) -> String {
    let chance = |key: &str| key.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    let mut keys = (0..).map(|number| format!("{index}-{number}"));
    keys.find(|key| chance(key) % 4 == 0).expect("one of four is")
}

/// Words spread evenly over some frames.
pub(crate) fn spread(text: &str, frames: u64) -> Vec<Word> {
    let characters: Vec<String> = text.chars().map(String::from).collect();
    let step = (frames * FRAME) as f64 / 48_000.0 / characters.len() as f64;
    let starts_s = (0..characters.len()).map(|index| index as f64 * step).collect();
    let ends_s = (0..characters.len()).map(|index| (index + 1) as f64 * step).collect();
    words(&Alignment { characters, starts_s, ends_s }, frames * FRAME)
}

/// Samples as a time of libass: hundredths of a second.
fn clock(samples: u64) -> String {
    let hundredths = samples / 480;
    format!(
        "{}:{:02}:{:02}.{:02}",
        hundredths / 360_000,
        hundredths / 6_000 % 60,
        hundredths / 100 % 60,
        hundredths % 100
    )
}

/// Ridges under an evening sky: noise of many sizes, as photographs have it.
pub(crate) fn landscape(seed: u32) -> RgbImage {
    let (width, height) = PICTURE;
    RgbImage::from_fn(width, height, |x, y| {
        let (u, v) = (f64::from(x) / f64::from(width), f64::from(y) / f64::from(width));
        let clouds = fractal(u * 3.0, v * 6.0, seed, 6);
        let mut color = [0.2 + 0.4 * v, 0.3 + 0.2 * v + 0.2 * clouds, 0.65 - 0.1 * v + 0.2 * clouds];
        for ridge in 1..6_u32 {
            let near = f64::from(ridge) / 5.0;
            let top = 0.35 + 0.3 * f64::from(ridge) - 0.5 * fractal(u * (2.0 + near), near * 9.0, seed + ridge, 7);
            if v > top {
                let rock = fractal(u * 14.0 / near, v * 14.0 / near, seed + 40 + ridge, 6);
                let light = 0.8 + 1.8 * (rock - 0.5);
                color = [(0.62 - 0.3 * near) * light, (0.6 - 0.2 * near) * light, (0.66 - 0.45 * near) * light];
            }
        }
        Rgb(color.map(|channel| (channel.clamp(0.0, 1.0) * 255.0) as u8))
    })
}

/// Noise of so many sizes, 0 to 1.
fn fractal(x: f64, y: f64, seed: u32, sizes: i32) -> f64 {
    let of_size = |size: i32| noise(x * 2_f64.powi(size), y * 2_f64.powi(size), seed + size as u32) * ROUGH.powi(size);
    (0..sizes).map(of_size).sum::<f64>() * (1.0 - ROUGH) / (1.0 - ROUGH.powi(sizes))
}

/// Smooth noise of one size, 0 to 1.
fn noise(x: f64, y: f64, seed: u32) -> f64 {
    let (left, top) = (x.floor(), y.floor());
    let soft = |t: f64| t * t * (3.0 - 2.0 * t);
    let (across, down) = (soft(x - left), soft(y - top));
    let corner = |right: u32, below: u32| {
        let place = (left as u32).wrapping_add(right).wrapping_mul(0x9E37_79B1)
            ^ (top as u32).wrapping_add(below).wrapping_mul(0x85EB_CA77)
            ^ seed.wrapping_mul(0xC2B2_AE3D);
        let mixed = (place ^ (place >> 15)).wrapping_mul(0x2C1B_3C6D);
        let mixed = (mixed ^ (mixed >> 12)).wrapping_mul(0x297A_2D39);
        f64::from((mixed ^ (mixed >> 15)) >> 8) / f64::from(1 << 24)
    };
    let mix = |from: f64, to: f64, t: f64| from + (to - from) * t;
    mix(mix(corner(0, 0), corner(1, 0), across), mix(corner(0, 1), corner(1, 1), across), down)
}
