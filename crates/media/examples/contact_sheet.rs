//! Renders a few scenes that show what the compositor draws: `cargo run --release -p media --example contact_sheet -- FOLDER`.
//! Leaves one MPEG-TS file a scene; look at its frames with any player.

use media::{Settings, Workshop, font_folders};
use std::collections::BTreeMap;
use std::path::PathBuf;
use story::artifacts::collect;
use story::captions::pages;
use story::ids::sha256_hex;
use story::scene::{Avatar, Backdrop, Card, Scene, Spoken};
use story::script::{CaptionStyle, Captions, Motion};
use story::studio::Studio;
use story::words::{Alignment, words};

const FRAMES: u64 = 90;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("name a folder")?);
    let only = std::env::args().nth(2);
    std::fs::create_dir_all(&folder)?;
    let settings = Settings { ffmpeg: "ffmpeg".into(), fonts: font_folders(), scratch: folder.join("scratch") };
    let workshop = Workshop::open(settings).map_err(|failure| failure.to_string())?;
    let picture = landscape(1_600, 1_200)?;
    let hash = sha256_hex(&picture);
    let pictures = BTreeMap::from([(hash.clone(), bytes::Bytes::from(picture))]);
    let card = |speaker: &str, text: &str, speaker_index| {
        Backdrop::Card(Card { speaker: speaker.into(), text: text.into(), speaker_index })
    };
    let english = "The light that reaches you tonight left its star before your language had a name.";
    let japanese = "今日はとても良い天気ですね。散歩に行きましょう！";
    let arabic = "مرحبا بالعالم، هذا يوم جميل جدا 2026";
    let emoji = "Nice work 👍🏽 — let's celebrate 🎉 together ❤️ 🇯🇵 1️⃣";
    let long = english.repeat(14);
    let shown = [
        ("card", (1080, 1920), card("Ana", english, 0), english, CaptionStyle::Highlight),
        ("card-short", (1080, 1920), card("Ben", "Hello.", 1), "Hello.", CaptionStyle::Pop),
        ("card-long", (1080, 1920), card("Clara Montgomery", &long, 2), english, CaptionStyle::Box),
        ("card-japanese", (1080, 1920), card("ゆき", japanese, 3), japanese, CaptionStyle::Highlight),
        ("card-arabic", (1080, 1920), card("ليلى", arabic, 4), arabic, CaptionStyle::Highlight),
        ("card-emoji", (1080, 1920), card("Dee", emoji, 5), emoji, CaptionStyle::Highlight),
        ("picture", (1080, 1920), Backdrop::Picture(hash.clone()), english, CaptionStyle::Highlight),
        ("picture-pop", (1080, 1920), Backdrop::Picture(hash.clone()), emoji, CaptionStyle::Pop),
        ("picture-box", (1080, 1920), Backdrop::Picture(hash.clone()), japanese, CaptionStyle::Box),
        ("picture-wide", (1920, 1080), Backdrop::Picture(hash.clone()), arabic, CaptionStyle::Box),
        ("card-wide", (1920, 1080), card("Ana", english, 6), english, CaptionStyle::Highlight),
        ("card-square", (1080, 1080), card("Ben", english, 7), english, CaptionStyle::Highlight),
        (
            "card-four-five",
            (1080, 1350),
            card("Eve", "Well — who would have thought?", 8),
            english,
            CaptionStyle::Highlight,
        ),
        ("colour", (270, 480), Backdrop::Color([30, 60, 50]), english, CaptionStyle::Pop),
    ];
    for (name, (width, height), backdrop, text, style) in shown {
        if only.as_ref().is_some_and(|only| only != name) {
            continue;
        }
        let avatar = name.starts_with("picture") || name == "card-wide" || name == "card-square";
        let scene = Scene {
            width,
            height,
            fps: 30,
            draft: false,
            backdrop,
            motion: Motion::Zoom,
            holds_end_pose: false,
            fade_frames: 0,
            outgoing: None,
            captions: Captions { style, ..Captions::default() },
            spoken: vec![Spoken {
                frames: FRAMES,
                audio_sha256: String::new(),
                avatar: avatar.then(|| Avatar { picture: hash.clone(), right: false }),
                pages: pages(&spoken(text, FRAMES * 1_600), 4),
            }],
        };
        let rendered = workshop.render(&scene, pictures.clone()).await?;
        std::fs::write(folder.join(format!("{name}.ts")), collect(rendered.film).await?)?;
    }
    Ok(())
}

fn spoken(text: &str, samples: u64) -> Vec<story::words::Word> {
    let characters: Vec<String> = text.chars().map(String::from).collect();
    let step = samples as f64 / 48_000.0 / characters.len() as f64;
    let starts_s = (0..characters.len()).map(|index| index as f64 * step).collect();
    let ends_s = (0..characters.len()).map(|index| (index + 1) as f64 * step).collect();
    words(&Alignment { characters, starts_s, ends_s }, samples)
}

/// Hills under an evening sky.
fn landscape(width: u32, height: u32) -> Result<Vec<u8>, image::ImageError> {
    let picture = image::RgbImage::from_fn(width, height, |x, y| {
        let (u, v) = (f64::from(x) / f64::from(width), f64::from(y) / f64::from(height));
        let sun = (-((u - 0.62).powi(2) * 1.8 + (v - 0.42).powi(2)) / 0.012).exp();
        let mut color = [0.15 + 0.75 * v + sun, 0.25 + 0.35 * v + sun * 0.8, 0.5 - 0.1 * v + sun * 0.4];
        for ridge in 1..6 {
            let near = f64::from(ridge) / 5.0;
            let top = 0.42
                + 0.1 * near * 1.6
                + 0.05 * (u * (7.0 - near * 3.0) + near * 9.0).sin()
                + 0.012 * (u * 41.0 * near + near * 5.0).sin();
            if v > top {
                color = [0.42 - 0.36 * near, 0.34 - 0.25 * near, 0.46 - 0.33 * near];
                let grain = ((f64::from(x * 7 + y * 13) * 12.9898).sin() * 43_758.545).fract().abs();
                color = color.map(|channel| channel * (0.92 + 0.16 * grain));
            }
        }
        image::Rgb(color.map(|channel| (channel.clamp(0.0, 1.0) * 255.0) as u8))
    });
    let mut file = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut file, image::ImageFormat::Png)?;
    Ok(file.into_inner())
}
