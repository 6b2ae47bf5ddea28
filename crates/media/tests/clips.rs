//! Clips: watched to their end or refused by name, rehearsed, and shown behind scenes; measured on decoded frames.

mod support;

use bytes::Bytes;
use media::{Eye, Scenery, Settings, Workshop};
use std::collections::BTreeMap;
use std::path::Path;
use story::artifacts::collect;
use story::clips::{Aspect, ClipMaterial, ClipRequest, Clips, Delivery, FirstImage, Generating};
use story::failure::Failure;
use story::maker::MakerError;
use story::scene::{Backdrop, Outgoing, Scene};
use story::studio::{Studio, Viewer};
use support::{installed, run, scene, seen, workshop};
use tempfile::TempDir;

const WIDE: &str = "-f lavfi -i testsrc2=s=320x180:r=24:d=2";
const H264: &str = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p";
/// What holds no other picture's name.
const CLIP: &str = "clip";

/// A file that ffmpeg makes.
fn made(folder: &Path, arguments: &str) -> Bytes {
    let path = folder.join("made.mp4");
    run("ffmpeg", &format!("-v error -y {arguments} -f mp4 {}", path.display()), b"");
    std::fs::read(path).expect("it was made").into()
}

/// A clip whose grey grows from frame to frame, each by so much, so that a frame tells its number.
fn ramp(folder: &Path, frames: u32, step: u32) -> Bytes {
    let filter = format!("color=black:s=64x64:r=30,trim=end_frame={frames},geq=lum=40+{step}*N:cb=128:cr=128");
    made(folder, &format!("-f lavfi -i {filter} {H264} -qp 10 -colorspace bt709 -color_range tv"))
}

async fn refused(viewer: &impl Viewer, clip: impl Into<Bytes>) -> String {
    match viewer.watch(clip.into()).await {
        Err(Failure::GiveUp(sentence)) => sentence,
        other => panic!("it must be given up: {other:?}"),
    }
}

#[tokio::test]
async fn a_clip_is_watched_to_its_end_and_tells_what_it_is() {
    let folder = TempDir::new().expect("a folder");
    let eye = Eye::with_ffmpeg(&Settings { scratch: folder.path().join("scratch"), ..installed() });
    let sound = "-f lavfi -i sine=d=3 -c:a aac";
    let ntsc = "-f lavfi -i testsrc2=s=180x320:r=30000/1001:d=3";
    for (arguments, expected, fps) in [
        (format!("{WIDE} {H264}"), (320, 180, 48, 2.0), 24.0),
        (format!("{WIDE} {H264} -movflags +faststart -bf 3"), (320, 180, 48, 2.0), 24.0),
        (format!("{WIDE} {H264} -movflags frag_keyframe+empty_moov"), (320, 180, 48, 2.0), 24.0),
        // The sound is longer than the picture.
        (format!("{WIDE} {sound} {H264}"), (320, 180, 48, 2.0), 24.0),
        (format!("{ntsc} {H264}"), (180, 320, 90, 3.003), 29.97),
    ] {
        let clip = made(folder.path(), &arguments);
        let footage = eye.watch(clip.clone()).await.expect("a clip");
        assert_eq!(footage.codec, "h264");
        assert_eq!(
            (footage.width, footage.height, footage.frames),
            (expected.0, expected.1, expected.2),
            "{arguments}"
        );
        assert!((footage.seconds - expected.3).abs() < 1e-9 && (footage.fps - fps).abs() < 1e-3, "{footage:?}");
        let first = image::load_from_memory(&footage.thumbnail).expect("a JPEG").into_rgb8();
        assert_eq!(first.dimensions(), (expected.0, expected.1));
        assert_eq!(eye.watch(clip).await.expect("a clip"), footage, "the same twice");
    }
    assert_eq!(std::fs::read_dir(folder.path().join("scratch")).expect("it is there").count(), 0, "nothing is left");
}

#[tokio::test]
async fn the_thumbnail_has_the_first_frames_colours_and_is_no_larger_than_it_must_be() {
    let (workshop, folder) = workshop();
    let red = "-f lavfi -i color=red:s=2160x1440:r=24:d=1,format=rgb24,scale=out_color_matrix=bt709:out_range=tv,format=yuv420p";
    for labels in ["-colorspace bt709 -color_range tv", ""] {
        let clip = made(folder.path(), &format!("{red} {H264} {labels}"));
        let footage = workshop.watch(clip).await.expect("a clip");
        let first = image::load_from_memory(&footage.thumbnail).expect("a JPEG").into_rgb8();
        assert_eq!(first.dimensions(), (1_280, 853));
        let [red, green, blue] = first.get_pixel(600, 400).0;
        assert!(red > 248 && green < 8 && blue < 8, "{labels}: {red} {green} {blue}");
    }
}

#[tokio::test]
async fn what_is_no_clip_is_refused_by_name() {
    let (workshop, folder) = workshop();
    let clip = made(folder.path(), &format!("{WIDE} {H264} -movflags +faststart"));
    let late = made(folder.path(), &format!("{WIDE} {H264}"));
    let mut damaged = clip.to_vec();
    let pixels = damaged.windows(4).position(|name| name == b"mdat").expect("its frames");
    for at in (pixels + 3_000..damaged.len()).step_by(97) {
        damaged[at] ^= 0x55;
    }
    let png = run("ffmpeg", "-v error -f lavfi -i testsrc2=s=64x64 -frames:v 1 -c:v png -f image2pipe pipe:1", b"");
    let webm = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01".to_vec();
    for (bytes, expected) in [
        (b"a clip of a lighthouse".to_vec(), "it is no MP4"),
        (Vec::new(), "it is no MP4"),
        (png, "it is no MP4"),
        (webm, "it is no MP4"),
        (clip[..clip.len() * 2 / 3].to_vec(), "it is cut short"),
        (late[..late.len() * 2 / 3].to_vec(), "it is cut short"),
        (damaged, "it is damaged"),
        (made(folder.path(), "-f lavfi -i sine=d=2 -c:a aac").to_vec(), "it has no picture"),
        (
            made(folder.path(), &format!("{WIDE} -c:v mpeg4 -pix_fmt yuv420p")).to_vec(),
            "its pictures are not H.264 but mp4v",
        ),
        (
            made(folder.path(), &format!("-f lavfi -i color=s=4098x64:r=24:d=1 {H264}")).to_vec(),
            "4098x64 is too large; at most 4096 pixels a side",
        ),
        (
            made(folder.path(), &format!("-f lavfi -i color=s=16x16:r=1:d=201 {H264}")).to_vec(),
            "it is longer than 200 s",
        ),
        (
            made(folder.path(), &format!("-f lavfi -i color=s=64x64:r=24:d=0.3 {H264}")).to_vec(),
            "it is shorter than half a second",
        ),
        (
            made(folder.path(), &format!("{WIDE} {} {H264}", "-map 0:v ".repeat(9))).to_vec(),
            "it has more than 8 streams",
        ),
    ] {
        assert_eq!(refused(&workshop, bytes).await, format!("not a clip that can be shown: {expected}"));
    }
}

#[tokio::test]
async fn a_clip_that_lies_about_its_size_is_not_decoded() {
    let (workshop, folder) = workshop();
    // The file says 4098x4098 in its pictures and 64x64 outside.
    let mut clip = made(folder.path(), &format!("-f lavfi -i color=s=4098x4098:r=4:d=0.6 {H264}")).to_vec();
    let entry = clip.windows(4).position(|name| name == b"avc1").expect("its description");
    let entry = clip[entry + 4..].windows(4).position(|name| name == b"avc1").map_or(entry, |next| entry + 4 + next);
    clip[entry + 28..entry + 32].copy_from_slice(&[0, 64, 0, 64]);
    assert_eq!(refused(&workshop, clip).await, "not a clip that can be shown: it is damaged");
}

#[tokio::test]
async fn without_ffmpeg_a_clip_waits_and_is_not_thrown_away() {
    let folder = TempDir::new().expect("a folder");
    let missing = Settings { ffmpeg: folder.path().join("ffmpeg"), scratch: folder.path().into(), ..installed() };
    let clip = made(folder.path(), &format!("{WIDE} {H264}"));
    for eye in [Eye::default(), Eye::with_ffmpeg(&missing)] {
        let Err(Failure::Retry(why)) = eye.watch(clip.clone()).await else { panic!("it waits") };
        assert!(why.to_string().contains("ffmpeg"), "{why}");
    }
    let late = Scenery::open(&missing).order(&request("a boat"), ClipMaterial::default(), Box::new(|| true)).await;
    assert!(matches!(&late, Err(MakerError::Spent(why)) if why.starts_with("ffmpeg is not installed")), "{late:?}");
}

fn request(text: &str) -> ClipRequest {
    ClipRequest {
        provider: "rehearsal".to_owned(),
        base_url: String::new(),
        model: "clips-1".to_owned(),
        text: text.to_owned(),
        seconds: 2,
        aspect: Aspect::Tall,
        lines: 360,
        image: None,
        from: None,
    }
}

async fn rehearsed(scenery: &Scenery, clip: &ClipRequest) -> Bytes {
    let order = scenery.order(clip, ClipMaterial::default(), Box::new(|| true)).await.expect("an order");
    match scenery.ask(clip, &order).await {
        Ok(Generating::Done(Delivery::Bytes(bytes))) => bytes,
        other => panic!("it is there at once: {other:?}"),
    }
}

#[tokio::test]
async fn a_rehearsed_clip_is_as_it_was_ordered_and_the_same_bytes_twice() {
    let (workshop, folder) = workshop();
    let settings = Settings { scratch: folder.path().join("scratch"), ..installed() };
    let (scenery, other) = (Scenery::open(&settings), Scenery::open(&settings));
    let tall = request("A lighthouse at dusk, waves below");
    let wide = ClipRequest { aspect: Aspect::Wide, lines: 720, seconds: 3, ..tall.clone() };
    let begun = ClipRequest { image: Some(FirstImage::Kept("0".repeat(64))), ..tall.clone() };
    let mut seen = Vec::new();
    for (clip, width, height) in [(&tall, 360, 640), (&wide, 1_280, 720), (&begun, 360, 640)] {
        let bytes = rehearsed(&scenery, clip).await;
        assert!(bytes == rehearsed(&other, clip).await, "the same bytes twice");
        let footage = workshop.watch(bytes.clone()).await.expect("a clip");
        assert_eq!((footage.width, footage.height, footage.fps), (width, height, 24.0));
        assert_eq!((footage.frames, footage.seconds), (u64::from(clip.seconds * 24), f64::from(clip.seconds)));
        assert!(!seen.contains(&bytes));
        seen.push(bytes);
    }
    let hostile = request("\u{202e}<script>\0%d ':[v]/../ 🐐 \u{1b}[2J");
    workshop.watch(rehearsed(&scenery, &hostile).await).await.expect("a clip");
}

#[tokio::test]
async fn what_is_not_rehearsed_is_refused() {
    let scenery = Scenery::open(&installed());
    let clip = request("a boat");
    let profile = scenery.profile();
    assert!(profile.rehearsed && profile.provider == "rehearsal");
    assert_eq!(profile.models[0].usd(4, 720), Some(0.28));
    for clip in [
        ClipRequest { seconds: 1, ..clip.clone() },
        ClipRequest { seconds: 16, ..clip.clone() },
        ClipRequest { lines: 2_160, ..clip.clone() },
    ] {
        let order = scenery.order(&clip, ClipMaterial::default(), Box::new(|| true)).await;
        assert!(matches!(&order, Err(MakerError::Refused(why)) if why.contains("2 to 15 s")), "{order:?}");
    }
    let late = scenery.order(&clip, ClipMaterial::default(), Box::new(|| false)).await;
    assert_eq!(late, Err(MakerError::TooLate));
    assert!(matches!(scenery.ask(&clip, "rehearsal/another").await, Err(MakerError::Refused(_))));
    assert!(matches!(scenery.fetch("https://example.com/clip.mp4").await, Err(MakerError::Refused(_))));
}

fn over_clip(frames: u64) -> Scene {
    let mut scene = scene(64, 64, Backdrop::Clip(CLIP.to_owned()), &[("one", frames)]);
    scene.spoken[0].pages.clear();
    scene
}

async fn render(workshop: &Workshop, folder: &TempDir, scene: &Scene, clip: &Bytes) -> (Bytes, Vec<Vec<u8>>) {
    let pictures = BTreeMap::from([(CLIP.to_owned(), clip.clone())]);
    let film = workshop.render(scene, pictures).await.expect("a scene").film;
    let film = collect(film).await.expect("its bytes");
    let path = folder.path().join("scene.ts");
    std::fs::write(&path, &film).expect("room");
    (film, seen(&path, scene.width, scene.height))
}

/// How bright the middle of a frame is.
fn light(frame: &[u8]) -> i32 {
    i32::from(frame[(32 * 64 + 32) * 3])
}

#[tokio::test]
async fn a_clip_begins_again_where_the_scene_is_longer_and_ends_where_it_is_shorter() {
    let (workshop, folder) = workshop();
    let clip = ramp(folder.path(), 20, 8);
    let alone = light(&render(&workshop, &folder, &over_clip(1), &clip).await.1[0]);
    for frames in [1, 19, 20, 21, 47] {
        let (film, drawn) = render(&workshop, &folder, &over_clip(frames), &clip).await;
        assert_eq!(drawn.len() as u64, frames);
        for (index, frame) in drawn.iter().enumerate() {
            // 8 of luma's 219 steps are 9.3 of 255.
            let expected = alone + (index as i32 % 20) * 932 / 100;
            assert!((light(frame) - expected).abs() <= 4, "{frames}: frame {index} is {} not {expected}", light(frame));
        }
        assert!(film == render(&workshop, &folder, &over_clip(frames), &clip).await.0, "the same bytes twice");
    }
}

#[tokio::test]
async fn a_clip_keeps_its_pace_at_any_frame_rate_and_a_draft_shows_every_second_frame() {
    let (workshop, folder) = workshop();
    let clip = ramp(folder.path(), 30, 5);
    for fps in [24, 25, 30, 50, 60] {
        let (_, drawn) = render(&workshop, &folder, &Scene { fps, ..over_clip(u64::from(fps)) }, &clip).await;
        let (first, last) = (light(&drawn[0]), light(&drawn[drawn.len() - 1]));
        // 29 steps of 5 in a second, less what the last frame at this rate does not reach.
        assert!((last - first - 169).abs() <= 12, "{fps}: {first} {last}");
    }
    let (_, film) = render(&workshop, &folder, &over_clip(44), &clip).await;
    let (_, draft) = render(&workshop, &folder, &Scene { draft: true, ..over_clip(44) }, &clip).await;
    assert_eq!(draft.len(), 44);
    for index in 0..44 {
        assert!((light(&draft[index]) - light(&film[index / 2 * 2])).abs() <= 6, "frame {index}");
    }
}

#[tokio::test]
async fn a_clip_fills_the_frame_from_its_middle() {
    let (workshop, folder) = workshop();
    // Red, green and blue thirds side by side: an upright frame shows the middle one alone.
    let thirds = "-f lavfi -i color=red:s=60x80:r=24:d=1 -f lavfi -i color=lime:s=60x80:r=24:d=1 \
        -f lavfi -i color=blue:s=60x80:r=24:d=1 -filter_complex hstack=3,format=gbrp,scale=out_color_matrix=bt709,format=yuv420p";
    let clip = made(folder.path(), &format!("{thirds} {H264} -qp 4 -colorspace bt709"));
    let scene = Scene { width: 90, height: 160, ..over_clip(12) };
    let (_, drawn) = render(&workshop, &folder, &scene, &clip).await;
    for (x, y) in [(2, 2), (87, 2), (45, 80), (2, 157), (87, 157)] {
        let at = (y * 90 + x) * 3;
        let [red, green, blue] = [drawn[1][at], drawn[1][at + 1], drawn[1][at + 2]];
        assert!(red < 20 && green > 235 && blue < 20, "{x},{y}: {red} {green} {blue}");
    }
}

#[tokio::test]
async fn captions_stand_over_a_clip_and_leave_the_rest_alone() {
    let (workshop, folder) = workshop();
    let clip = made(folder.path(), &format!("-f lavfi -i color=0x202080:s=240x426:r=30:d=1 {H264} -qp 4"));
    let said = scene(240, 426, Backdrop::Clip(CLIP.to_owned()), &[("Every word", 45)]);
    let mut silent = said.clone();
    silent.spoken[0].pages.clear();
    let (_, with) = render(&workshop, &folder, &said, &clip).await;
    let (_, without) = render(&workshop, &folder, &silent, &clip).await;
    let differ = |rows: std::ops::Range<usize>, index: usize| {
        let row = rows.start * 240 * 3..rows.end * 240 * 3;
        let (with, without) = (&with[index][row.clone()], &without[index][row]);
        with.iter().zip(without).filter(|(a, b)| a.abs_diff(**b) > 60).count()
    };
    assert_eq!((with.len(), without.len()), (45, 45));
    // After the clip has begun again, too.
    for index in [10, 40] {
        assert!(differ(0..426, index) > 500, "frame {index}: letters");
        assert_eq!(differ(0..150, index), 0, "frame {index}: the sky");
    }
}

#[tokio::test]
async fn a_scene_rises_out_of_the_last_frame_of_the_clip_before_and_out_of_black() {
    let (workshop, folder) = workshop();
    let clip = ramp(folder.path(), 20, 8);
    let last = light(&render(&workshop, &folder, &over_clip(20), &clip).await.1[19]);
    let outgoing = Outgoing { backdrop: Backdrop::Clip(CLIP.to_owned()), frames: 9, avatar_sides: Vec::new() };
    let rising = Scene { backdrop: Backdrop::Color([0; 3]), outgoing: Some(outgoing.clone()), ..over_clip(30) };
    let (_, drawn) = render(&workshop, &folder, &rising, &clip).await;
    for index in 0..9 {
        let expected = last - last * (index + 1) / 10;
        let light = light(&drawn[index as usize]);
        assert!((light - expected).abs() <= 8, "frame {index} is {light} not {expected}");
    }
    assert!(light(&drawn[12]) <= 4);
    // Over itself: it stands still and begins anew at once.
    let itself = Scene { outgoing: Some(outgoing), ..over_clip(30) };
    let (_, drawn) = render(&workshop, &folder, &itself, &clip).await;
    assert_eq!(drawn.len(), 30);
    assert!((light(&drawn[0]) - (last * 9 + 27) / 10).abs() <= 10);
    let (_, faded) = render(&workshop, &folder, &Scene { fade_frames: 9, ..over_clip(20) }, &clip).await;
    assert!(light(&faded[0]) < 12 && light(&faded[15]) > 100);
}

#[tokio::test]
async fn a_scene_over_no_clip_is_given_up() {
    let (workshop, folder) = workshop();
    let clip = made(folder.path(), &format!("{WIDE} {H264}"));
    let other = Bytes::from_static(b"no clip");
    for pictures in [
        BTreeMap::new(),
        BTreeMap::from([(CLIP.to_owned(), other)]),
        BTreeMap::from([(CLIP.to_owned(), clip.slice(..clip.len() / 2))]),
    ] {
        assert!(matches!(workshop.render(&over_clip(4), pictures).await, Err(Failure::GiveUp(_))));
    }
    assert_eq!(std::fs::read_dir(folder.path().join("scratch")).expect("it is there").count(), 0, "nothing is left");
}
