//! The ffmpeg that is shipped makes the same films as this system's own. `just layers` runs it; alone it has nothing to compare.

mod support;

use bytes::Bytes;
use media::{Settings, Workshop};
use std::collections::BTreeMap;
use std::path::Path;
use story::artifacts::{body, collect};
use story::scene::{Backdrop, Card};
use story::studio::{Level, Reel, Slot, Sound, Studio};
use support::{FPS, FRAME, installed, lay, said, scene, syllables, wav};
use tempfile::TempDir;

/// What one of them made.
struct Made {
    parts: Vec<Bytes>,
    track: Bytes,
    film: Bytes,
    thumbnail: Bytes,
}

async fn make(ffmpeg: &Path, folder: &Path) -> Made {
    let settings = Settings { ffmpeg: ffmpeg.to_owned(), scratch: folder.to_owned(), ..installed() };
    let workshop = Workshop::open(settings).expect("ffmpeg and fonts");
    let card = Card { speaker: "Ana".into(), text: "The same film from both of them.".into(), speaker_index: 2 };
    let lengths = [37_u64, 50];
    let mut parts = Vec::new();
    for (backdrop, frames) in [Backdrop::Card(card), Backdrop::Color([200, 90, 30])].into_iter().zip(lengths) {
        let scene = scene(270, 480, backdrop, &[("every word has its moment", frames)]);
        let rendered = workshop.render(&scene, BTreeMap::new()).await.expect("a scene");
        parts.push(collect(rendered.film).await.expect("its bytes"));
    }
    let slots = lengths.map(|frames| Slot {
        sound: Some(Sound {
            audio: wav(&syllables(frames as f64 / 30.0, 44_100, 0.2), 44_100),
            level: Level { samples: frames * FRAME, gain_db: 2.0, limiter: 1 },
        }),
        volume: 1.0,
        samples: frames * FRAME,
    });
    let track = collect(lay(&workshop, slots).await).await.expect("its bytes");
    let chapters = vec![("One".to_owned(), 0), ("Two; = \\".to_owned(), lengths[0])];
    let reel = Reel {
        parts: parts.iter().cloned().map(body).collect(),
        track: body(track.clone()),
        fps: FPS,
        chapters,
        has_thumbnail: true,
    };
    let film = workshop.join(reel).await.expect("a film");
    Made { parts, track, film: collect(film.film).await.expect("its bytes"), thumbnail: film.thumbnail }
}

/// Hashes of a stream's frames, decoded or as packets, each with its time and length.
fn hashes(folder: &Path, file: &Bytes, options: &str) -> Vec<String> {
    let path = folder.join("looked-at");
    std::fs::write(&path, file).expect("room");
    let listing = said("ffmpeg", &format!("-v error -i {} {options} -f framehash -hash md5 pipe:1", path.display()));
    listing.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "`just layers` names the ffmpeg that is shipped")]
async fn the_same_film_comes_from_the_layer_and_from_this_systems_own() {
    let shipped = std::env::var_os("ONETAKE_FFMPEG").expect("ONETAKE_FFMPEG names the layer's ffmpeg: just layers");
    let folder = TempDir::new().expect("a folder");
    let ours = make(Path::new(&shipped), folder.path()).await;
    let theirs = make(Path::new("ffmpeg"), folder.path()).await;
    let same = |ours: &Bytes, theirs: &Bytes, options: &str| {
        let (ours, theirs) = (hashes(folder.path(), ours, options), hashes(folder.path(), theirs, options));
        assert!(ours.len() > 30 && ours == theirs, "{options}: {} and {} frames", ours.len(), theirs.len());
    };
    for (ours, theirs) in ours.parts.iter().zip(&theirs.parts) {
        same(ours, theirs, "-map 0:v -fps_mode passthrough");
        same(ours, theirs, "-map 0:v -c copy");
    }
    same(&ours.track, &theirs.track, "-map 0:a -c copy");
    same(&ours.film, &theirs.film, "-map 0:v -fps_mode passthrough");
    same(&ours.film, &theirs.film, "-map 0:v -c copy");
    same(&ours.film, &theirs.film, "-map 0:a -c copy");
    let pixels = |file: &Bytes| image::load_from_memory(file).expect("a thumbnail").into_rgb8();
    assert!(pixels(&ours.thumbnail) == pixels(&theirs.thumbnail), "the thumbnail");
}
