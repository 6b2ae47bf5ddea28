//! Scenes, measured on decoded frames.

mod support;

use bytes::Bytes;
use media::{Settings, Workshop, check_picture, font_folders};
use std::collections::BTreeMap;
use story::artifacts::collect;
use story::captions::pages;
use story::failure::Failure;
use story::scene::{Backdrop, Card, Scene, WordBox};
use story::script::{CaptionStyle, Motion};
use story::studio::Studio;
use support::{FRAME, scene, seen, spread, workshop};

const LATIN: &str = "Every word gets its own moment, twenty-one of them.";
const JAPANESE: &str = "今日はとても良い天気ですね。";
const ARABIC: &str = "مرحبا بالعالم هذا يوم جميل";

async fn render(workshop: &Workshop, scene: &Scene) -> (Vec<u8>, Vec<WordBox>) {
    let rendered = workshop.render(scene, BTreeMap::new()).await.expect("a scene");
    (collect(rendered.film).await.expect("its bytes").to_vec(), rendered.boxes)
}

/// Pixels of the active colour inside a box.
fn active(frame: &[u8], width: u32, area: [u32; 4]) -> usize {
    let [left, top, wide, high] = area;
    let pixels = (top..top + high).flat_map(|y| (left..left + wide).map(move |x| ((y * width + x) * 3) as usize));
    pixels.filter(|&at| frame[at] > 170 && (120..235).contains(&frame[at + 1]) && frame[at + 2] < 90).count()
}

#[tokio::test]
async fn the_active_colour_lies_in_the_spoken_word_and_in_no_other() {
    let (workshop, folder) = workshop();
    for style in [CaptionStyle::Highlight, CaptionStyle::Pop, CaptionStyle::Box] {
        let backdrop = Backdrop::Color([40, 60, 90]);
        let mut scene = scene(270, 480, backdrop, &[(LATIN, 75), (JAPANESE, 75), (ARABIC, 60)]);
        scene.captions.style = style;
        let (film, boxes) = render(&workshop, &scene).await;
        let path = folder.path().join("scene.ts");
        std::fs::write(&path, film).expect("room");
        let frames = seen(&path, 270, 480);
        assert_eq!(frames.len(), 210);
        assert_eq!(boxes.len(), scene.spoken.iter().flat_map(|s| &s.pages).map(|page| page.words.len()).sum::<usize>());
        for (index, word) in boxes.iter().enumerate() {
            let middle = (word.start + word.end) / 2 / FRAME;
            let frame = &frames[middle as usize];
            let inside = active(frame, 270, word.area);
            assert!(inside >= 6, "{style:?}: {inside} pixels in {word:?}");
            // Words of the same page, whose boxes must be free of it.
            for (other_index, other) in boxes.iter().enumerate().filter(|(other, _)| *other != index) {
                let is_near = other_index.abs_diff(index) <= 3 && other.spoken == word.spoken;
                let overlaps = |a: u32, a_size: u32, b: u32, b_size: u32| a < b + b_size && b < a + a_size;
                let [x, y, w, h] = word.area;
                let [ox, oy, ow, oh] = other.area;
                if is_near && !(overlaps(x, w, ox, ow) && overlaps(y, h, oy, oh)) {
                    let outside = active(frame, 270, other.area);
                    assert!(outside * 12 <= inside, "{style:?}: {outside} in {other:?} while {word:?} has {inside}");
                }
            }
            if let Some(before) = (word.start / FRAME).checked_sub(2) {
                let early = active(&frames[before as usize], 270, word.area);
                assert!(early <= 1, "{style:?}: {early} pixels two frames before {word:?}");
            }
        }
    }
}

#[tokio::test]
async fn words_of_a_page_do_not_overlap_and_arabic_runs_from_the_right() {
    let (workshop, _folder) = workshop();
    for style in [CaptionStyle::Highlight, CaptionStyle::Pop, CaptionStyle::Box, CaptionStyle::Plain] {
        let mut scene = scene(270, 480, Backdrop::Color([0; 3]), &[(LATIN, 4), (JAPANESE, 4), (ARABIC, 4)]);
        scene.captions.style = style;
        scene.motion = Motion::None;
        for spoken in &mut scene.spoken {
            let all: Vec<_> = spoken.pages.iter().flat_map(|page| page.words.clone()).collect();
            spoken.pages = pages(&all, 20);
        }
        let (_, boxes) = render(&workshop, &scene).await;
        for (index, a) in boxes.iter().enumerate() {
            for b in &boxes[index + 1..] {
                if a.spoken == b.spoken && index < boxes.len() {
                    let [ax, ay, aw, ah] = a.area;
                    let [bx, by, bw, bh] = b.area;
                    let apart = ax + aw <= bx || bx + bw <= ax || ay + ah <= by || by + bh <= ay;
                    assert!(apart, "{style:?}: {a:?} and {b:?}");
                }
            }
        }
        let arabic: Vec<_> = boxes.iter().filter(|word| word.spoken == 2).collect();
        let first_line = arabic.windows(2).take_while(|pair| pair[0].area[1].abs_diff(pair[1].area[1]) < 20);
        assert!(first_line.clone().count() > 0, "{arabic:?}");
        for pair in first_line {
            assert!(pair[1].area[0] < pair[0].area[0], "{arabic:?}");
        }
    }
}

#[tokio::test]
async fn the_same_scene_is_the_same_bytes() {
    let (workshop, _folder) = workshop();
    let card = Card { speaker: "Ana".into(), text: LATIN.into(), speaker_index: 3 };
    for (motion, draft) in [(Motion::Zoom, false), (Motion::None, false), (Motion::Zoom, true)] {
        let scene = scene(240, 426, Backdrop::Card(card.clone()), &[(LATIN, 60)]);
        let scene = Scene { motion, draft, ..scene };
        let (first, second) = (render(&workshop, &scene).await, render(&workshop, &scene).await);
        assert!(first == second, "{motion:?}");
    }
    assert_eq!(workshop.version(), workshop.version());
}

#[tokio::test]
async fn hostile_text_is_drawn_or_left_out_but_never_stops_a_scene() {
    let (workshop, folder) = workshop();
    let endless = "A".repeat(100_000);
    for text in [
        "a\0b\u{1b}[31m \u{202e}reversed\u{2066} \u{feff}x",
        "<b>&amp;{\\an8}%n 'quotes' \"more\" $(rm -rf /) ; [v]drawtext=text=x",
        "👨‍👩‍👧‍👦👨‍👩‍👧‍👦 🏳️‍🌈 \u{fe0f}\u{fe0f} z̸̡̢̛̲̖͇̫̟̹̘̹͓͔̣͍͎̰̃̀͐́",
        "\u{10ffff}\u{e000} 𒀀𒀁 ꙮ",
        &endless,
    ] {
        let card = Card { speaker: text.into(), text: text.into(), speaker_index: usize::MAX };
        let mut hostile = scene(240, 426, Backdrop::Card(card), &[("one", 4)]);
        let mut words = spread("one two", 4);
        words[0].text = text.chars().take(3_000).collect();
        words[1].end = u64::MAX / 4;
        hostile.spoken[0].pages = pages(&words, 4);
        hostile.captions.uppercase = true;
        let (film, boxes) = render(&workshop, &hostile).await;
        assert!(
            boxes.iter().all(|word| word.area[0] + word.area[2] <= 240 && word.area[1] + word.area[3] <= 426),
            "{boxes:?}"
        );
        let path = folder.path().join("scene.ts");
        std::fs::write(&path, film).expect("room");
        assert_eq!(seen(&path, 240, 426).len(), 4);
    }
}

#[tokio::test]
async fn pictures_that_cannot_be_read_are_named() {
    let (workshop, _folder) = workshop();
    let mut picture = std::io::Cursor::new(Vec::new());
    image::RgbaImage::from_pixel(40, 30, image::Rgba([200, 100, 50, 128]))
        .write_to(&mut picture, image::ImageFormat::Png)
        .expect("a picture");
    let picture = picture.into_inner();
    assert_eq!(check_picture(&picture), Ok(()));
    for bytes in [&b"not a picture"[..], &picture[..picture.len() / 2], b"", b"<svg/>"] {
        let sentence = check_picture(bytes).expect_err("it is no picture");
        assert!(sentence.starts_with("not a picture that can be read: "), "{sentence}");
    }
    let scene = scene(240, 426, Backdrop::Picture("x".into()), &[("one", 4)]);
    for pictures in [BTreeMap::new(), BTreeMap::from([("x".to_owned(), Bytes::from_static(b"no"))])] {
        assert!(matches!(workshop.render(&scene, pictures).await, Err(Failure::GiveUp(_))));
    }
}

#[test]
fn what_is_not_installed_is_named() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let settings = Settings { ffmpeg: "ffmpeg".into(), fonts: font_folders(), scratch: folder.path().to_owned() };
    let sentence = |settings: Settings| Workshop::open(settings).err().expect("something is missing").to_string();
    let without_ffmpeg = sentence(Settings { ffmpeg: folder.path().join("ffmpeg"), ..settings.clone() });
    assert!(without_ffmpeg.starts_with("ffmpeg is not installed: "), "{without_ffmpeg}");
    let without_fonts = sentence(Settings { fonts: vec![folder.path().to_owned()], ..settings });
    assert!(without_fonts.starts_with("no font is installed"), "{without_fonts}");
}
