//! Films of moving and held parts, decoded by ffmpeg and by `OpenH264`: the same frames, each as often as it is shown.

mod support;

use openh264::decoder::{DecodeOptions, Decoder, Flush};
use openh264::formats::YUVSource;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use story::artifacts::{body, collect};
use story::scene::{Backdrop, Card, Scene};
use story::script::Motion;
use story::studio::{Reel, Slot, Studio};
use support::{FPS, FRAME, lay, run, scene, workshop};

const WIDTH: usize = 240;
const HEIGHT: usize = 426;

fn moving(frames: u64) -> Scene {
    let card = Card { speaker: "Ana".into(), text: "It moves".into(), speaker_index: 1 };
    scene(WIDTH as u32, HEIGHT as u32, Backdrop::Card(card), &[("it never stands still", frames)])
}

fn held(frames: u64) -> Scene {
    Scene { motion: Motion::None, ..moving(frames) }
}

/// A hash of each frame, as ffmpeg decodes it.
fn by_ffmpeg(file: &Path) -> Vec<u64> {
    let arguments =
        format!("-v error -i {} -map 0:v -fps_mode passthrough -f rawvideo -pix_fmt yuv420p pipe:1", file.display());
    let frames = run("ffmpeg", &arguments, b"");
    frames.chunks_exact(WIDTH * HEIGHT * 3 / 2).map(hash).collect()
}

/// And as `OpenH264` does.
fn by_openh264(file: &Path) -> Vec<u64> {
    let arguments = format!("-v error -i {} -map 0:v -c copy -bsf:v h264_mp4toannexb -f h264 pipe:1", file.display());
    let stream = run("ffmpeg", &arguments, b"");
    let mut decoder = Decoder::new().expect("it is built in");
    let mut frames = Vec::new();
    for unit in openh264::nal_units(&stream) {
        // It forgets the frames that still wait for their turn when another sequence begins: they are asked for before.
        if unit.iter().find(|byte| **byte > 1).is_some_and(|head| head & 31 == 7) {
            frames.extend(decoder.flush_remaining().expect("it can be decoded").iter().map(planes));
        }
        let options = DecodeOptions::new().flush_after_decode(Flush::NoFlush);
        frames
            .extend(decoder.decode_with_options(unit, options).expect("it can be decoded").map(|frame| planes(&frame)));
    }
    frames.extend(decoder.flush_remaining().expect("it can be decoded").iter().map(planes));
    frames
}

fn planes(frame: &impl YUVSource) -> u64 {
    let (y, u, v) = frame.strides();
    assert_eq!(frame.dimensions(), (WIDTH, HEIGHT));
    let rows = [(frame.y(), y, WIDTH), (frame.u(), u, WIDTH / 2), (frame.v(), v, WIDTH / 2)];
    let rows = rows.into_iter().flat_map(|(plane, stride, width)| {
        plane.chunks(stride).take(HEIGHT * width / WIDTH).flat_map(move |row| row[..width].iter().copied())
    });
    hash(&rows.collect::<Vec<u8>>())
}

fn hash(frame: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    frame.hash(&mut hasher);
    hasher.finish()
}

#[tokio::test]
async fn moving_and_held_parts_decode_to_the_same_frames_in_two_decoders() {
    let (workshop, folder) = workshop();
    // The first part is once of this kind and once of the other: what it announces is what players begin with.
    for scenes in [vec![moving(40), held(50), moving(31), held(1), held(75)], vec![held(64), moving(20)]] {
        let (mut parts, mut of_parts) = (Vec::new(), Vec::new());
        for scene in &scenes {
            let part = workshop.render(scene, BTreeMap::new()).await.expect("a part");
            let part = collect(part.film).await.expect("bytes");
            let path = folder.path().join("part.ts");
            std::fs::write(&path, &part).expect("room");
            let frames = by_ffmpeg(&path);
            assert_eq!(frames.len() as u64, scene.frames());
            let changes = frames.windows(2).filter(|pair| pair[0] != pair[1]).count();
            let is_held = scene.motion == Motion::None;
            assert!(if is_held { changes <= 8 } else { changes + 1 == frames.len() }, "{changes} changes");
            if is_held && frames.len() > 40 {
                assert!((3..=8).contains(&changes), "four words, and what lies between them: {changes}");
                // Only what changes costs bytes: a repeated frame takes one packet.
                assert!(part.len() < 40_000 + frames.len() * 188, "{} bytes", part.len());
            }
            of_parts.extend(frames);
            parts.push(body(part));
        }
        let silence = Slot { sound: None, volume: 1.0, samples: of_parts.len() as u64 * FRAME };
        let track = lay(&workshop, [silence]).await;
        let film = workshop
            .join(Reel { parts, track, fps: FPS, chapters: Vec::new(), has_thumbnail: true })
            .await
            .expect("a film");
        let film = collect(film.film).await.expect("bytes");
        let path = folder.path().join("film.mp4");
        std::fs::write(&path, &film).expect("room");

        assert!(by_ffmpeg(&path) == of_parts, "ffmpeg decodes the film to the frames of its parts");
        let other = by_openh264(&path);
        assert_eq!(other.len(), of_parts.len());
        let differ = other.iter().zip(&of_parts).position(|(one, other)| one != other);
        assert_eq!(differ, None, "OpenH264 decodes it to other frames");
        assert_eq!(announced(&film), [2, 3], "sequences and pictures that a player is told of");
    }
}

/// How many parameter sets of sequences and of pictures the film's head holds.
fn announced(film: &[u8]) -> [usize; 2] {
    let at = film.windows(4).position(|bytes| bytes == b"avcC").expect("a film of H.264") + 4;
    let sets = |mut at: usize, count: u8| {
        for _ in 0..count & 31 {
            at += 2 + usize::from(u16::from_be_bytes([film[at], film[at + 1]]));
        }
        at
    };
    let pictures = sets(at + 6, film[at + 5]);
    [usize::from(film[at + 5] & 31), usize::from(film[pictures])]
}
