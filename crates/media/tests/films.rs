//! Films that come from where programs are run: the program itself may have made them, so nothing of them is believed.

mod support;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use media::shot;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use story::animator::{Animator, Performance, Program, Show, Shown};
use story::failure::Failure;
use story::scene::{Backdrop, Scene};
use story::studio::Studio;
use support::{FPS, installed, run, said, scene, seen, workshop};
use tempfile::TempDir;

const WIDTH: u32 = 180;
const HEIGHT: u32 = 320;
const FRAMES: u64 = 30;
const H264: &str = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p";
/// The file's head says nothing of its length.
const FRAGMENTS: &str = "-movflags frag_keyframe+empty_moov";

/// Answers with the same film, whatever is asked.
struct Answering(Bytes);

#[async_trait]
impl Animator for Answering {
    async fn check(&self, _show: &Show) -> Result<(), Failure> {
        Ok(())
    }

    async fn play(&self, _show: &Show) -> Result<Performance, Failure> {
        Ok(Performance::Film(self.0.clone()))
    }
}

fn program() -> Program {
    Program { code: String::new(), words: Vec::new(), cues: Vec::new(), palette: 0, manim: String::new() }
}

fn section() -> Scene {
    scene(WIDTH, HEIGHT, Backdrop::Program(Box::new(program())), &[("one dot", FRAMES)])
}

/// A file that ffmpeg makes.
fn made(folder: &Path, arguments: &str) -> Vec<u8> {
    let path = folder.join("made.mp4");
    run("ffmpeg", &format!("-v error -y {arguments} -f mp4 {}", path.display()), b"");
    std::fs::read(path).expect("it was made")
}

fn moving(size: &str, frames: u64) -> String {
    format!("-f lavfi -i testsrc2=s={size}:r={FPS} -frames:v {frames}")
}

/// A film that says of itself that it has other sides.
fn claiming(mut film: Vec<u8>, side: u16) -> Vec<u8> {
    // The file's head has the same four letters.
    let at = film.windows(4).rposition(|bytes| bytes == b"avc1").expect("a description");
    // After its name: 6 bytes of nothing, 2 of an index, 16 of nothing, then its sides (ISO/IEC 14496-12, 12.1.3.2).
    film[at + 28..at + 30].copy_from_slice(&side.to_be_bytes());
    film[at + 30..at + 32].copy_from_slice(&side.to_be_bytes());
    film
}

#[tokio::test]
async fn of_a_film_nothing_is_believed_that_was_not_asked_for() {
    let folder = TempDir::new().expect("a folder");
    let make = |arguments: &str| made(folder.path(), arguments);
    let asked = format!("{WIDTH}x{HEIGHT}");
    let right = make(&format!("{} {H264}", moving(&asked, FRAMES)));
    let secret = folder.path().join("secret.mp4");
    std::fs::write(&secret, &right).expect("a file of this machine");
    let listed = format!("ffconcat version 1.0\nfile '{}'\n", secret.display());
    let playlist =
        format!("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{}\n#EXT-X-ENDLIST\n", secret.display());
    let other = |came: &str| format!("not the film that was asked for: 30 frames of 180x320 were, and {came} came");
    let clip = |why: &str| format!("not a clip that can be shown: {why}");
    let hostile: Vec<(&str, Vec<u8>, String)> = vec![
        ("nothing", Vec::new(), clip("it is no MP4")),
        ("text", b"a film about a dot".to_vec(), clip("it is no MP4")),
        ("a cut file", right[..right.len() / 2].to_vec(), clip("it is cut short")),
        ("another size", make(&format!("{} {H264}", moving("320x180", FRAMES))), other("30 of 320x180")),
        ("fewer frames", make(&format!("{} {H264}", moving(&asked, FRAMES - 1))), other("29 of 180x320")),
        ("more frames", make(&format!("{} {H264}", moving(&asked, FRAMES + 1))), other("31 of 180x320")),
        (
            "another codec",
            make(&format!("{} -c:v mpeg4 -pix_fmt yuv420p", moving(&asked, FRAMES))),
            clip("its pictures are not H.264 but mp4v"),
        ),
        ("huge sides", claiming(right.clone(), 16_384), clip("16384x16384 is too large; at most 4096 pixels a side")),
        ("a list that names a file", listed.into_bytes(), clip("it is no MP4")),
        ("a playlist that names a file", playlist.into_bytes(), clip("it is no MP4")),
        (
            "hours of it",
            make(&format!("-f lavfi -i color=s=16x16:r=1 -t 7200 {H264}")),
            clip("it is longer than 200 s"),
        ),
        (
            "thousands of frames, told by nobody",
            make(&format!("{} {H264} {FRAGMENTS}", moving(&asked, 3_000))),
            other("31 of 180x320"),
        ),
        ("larger pictures", make(&format!("{} {H264}", moving("640x360", FRAMES))), clip("it is damaged")),
        ("sound alone", make("-f lavfi -i sine=d=1 -c:a aac"), clip("it has no picture")),
        ("a picture that is damaged", damaged(&right), clip("it is damaged")),
    ];
    assert!(hostile.len() >= 10);
    for (what, film, expected) in hostile {
        let (workshop, scratch) = workshop();
        let workshop = workshop.with_animator(Ok(Arc::new(Answering(film.into()))));
        match workshop.render(&section(), BTreeMap::new()).await {
            Err(Failure::GiveUp(sentence)) => assert_eq!(sentence, expected, "{what}"),
            Err(Failure::Retry(error)) => panic!("{what} is not tried again: {error}"),
            Ok(_) => panic!("{what} is shown"),
        }
        let left = std::fs::read_dir(scratch.path().join("scratch")).expect("it is there").count();
        assert_eq!(left, 0, "{what} leaves nothing behind");
    }
    // And the one that was asked for is shown.
    let (workshop, _scratch) = workshop();
    let workshop = workshop.with_animator(Ok(Arc::new(Answering(right.into()))));
    workshop.render(&section(), BTreeMap::new()).await.expect("the film that was asked for");
}

/// The same boxes around pictures that are none.
fn damaged(film: &[u8]) -> Vec<u8> {
    let mut film = film.to_vec();
    let at = film.windows(4).position(|bytes| bytes == b"mdat").expect("pictures") + 64;
    let end = (at + 4_096).min(film.len() - 1_200);
    film[at..end].fill(0xA5);
    film
}

fn show(frames: u64) -> Show {
    Show { program: program(), width: WIDTH, height: HEIGHT, fps: FPS, colors: None, frames }
}

fn shown(times: u64, grey: u8) -> Result<Shown, Failure> {
    Ok(Shown { times, pixels: vec![grey; (WIDTH * HEIGHT * 4) as usize].into() })
}

#[tokio::test]
async fn drawn_frames_become_a_film_of_exactly_as_many() {
    let folder = TempDir::new().expect("a folder");
    let settings = media::Settings { scratch: folder.path().join("scratch"), ..installed() };
    let frames = vec![shown(5, 16), shown(1, 120), shown(1_000, 235)];
    let film = shot(&settings, &show(12), stream::iter(frames).boxed()).await.expect("a film");
    let path = folder.path().join("film.mp4");
    std::fs::write(&path, &film).expect("a file");
    let tags = "-v error -select_streams v -show_entries stream=color_range,color_space,color_transfer,color_primaries -of csv=p=0";
    assert_eq!(said("ffprobe", &format!("{tags} {}", path.display())).trim(), "tv,bt709,bt709,bt709");
    let seen = seen(&path, WIDTH, HEIGHT);
    let greys: Vec<u8> = seen.iter().map(|frame| frame[0]).collect();
    assert_eq!(greys.len(), 12);
    for (at, grey) in greys.into_iter().enumerate() {
        let expected = [16_u8, 120, 235][usize::from(at >= 5) + usize::from(at >= 6)];
        assert!(grey.abs_diff(expected) <= 4, "frame {at} is {grey}, not {expected}");
    }
    // It is what a scene takes for the film that it asked for.
    let (workshop, _scratch) = workshop();
    let film = shot(&settings, &show(FRAMES), stream::iter(vec![shown(FRAMES, 90)]).boxed()).await.expect("a film");
    let workshop = workshop.with_animator(Ok(Arc::new(Answering(film))));
    workshop.render(&section(), BTreeMap::new()).await.expect("a film that is believed");
    // However short.
    let (workshop, _scratch) = support::workshop();
    let film = shot(&settings, &show(3), stream::iter(vec![shown(3, 90)]).boxed()).await.expect("a film");
    let workshop = workshop.with_animator(Ok(Arc::new(Answering(film))));
    let short = scene(WIDTH, HEIGHT, Backdrop::Program(Box::new(program())), &[("one", 3)]);
    workshop.render(&short, BTreeMap::new()).await.expect("a film of three frames");
    assert_eq!(std::fs::read_dir(folder.path().join("scratch")).expect("it is there").count(), 0, "nothing is left");
}

#[tokio::test]
async fn frames_that_end_early_or_are_of_another_size_make_no_film() {
    let folder = TempDir::new().expect("a folder");
    let settings = media::Settings { scratch: folder.path().join("scratch"), ..installed() };
    let wrong = || Err(Failure::GiveUp("line 3: no".to_owned()));
    let small = Ok(Shown { times: 12, pixels: Bytes::from_static(&[0; 4]) });
    for (frames, expected) in [
        (vec![shown(11, 16)], "frames ended before their film did"),
        (vec![], "frames ended before their film did"),
        (vec![small], "a frame is not of its film's size"),
        (vec![shown(3, 16), wrong()], "line 3: no"),
        (vec![shown(12, 16), wrong()], "line 3: no"),
    ] {
        let error = shot(&settings, &show(12), stream::iter(frames).boxed()).await.expect_err("no film");
        assert_eq!(error.to_string(), expected);
    }
    assert_eq!(std::fs::read_dir(folder.path().join("scratch")).expect("it is there").count(), 0, "nothing is left");
}
