//! Films: parts and a track joined by stream copy, looked at packet by packet.

mod support;

use std::collections::BTreeMap;
use std::path::Path;
use story::artifacts::{body, collect};
use story::failure::Failure;
use story::scene::{Backdrop, Card};
use story::studio::{Level, Reel, Slot, Sound, Studio};
use support::{FPS, FRAME, lay, said, scene, syllables, wav, workshop};

fn hashes(file: &Path, stream: &str, codec: &str) -> Vec<String> {
    let listing = said(
        "ffmpeg",
        &format!("-v error -i {} -map 0:{stream} {codec} -f framehash -hash md5 pipe:1", file.display()),
    );
    let last = |line: &str| line.rsplit(',').next().unwrap_or("").trim().to_owned();
    listing.lines().filter(|line| !line.starts_with('#')).map(last).collect()
}

#[tokio::test]
async fn a_film_is_its_parts_and_its_track_and_nothing_else() {
    let (workshop, folder) = workshop();
    let lengths = [31_u64, 44, 1, 61, 30];
    let (mut parts, mut frames_of_parts) = (Vec::new(), Vec::new());
    for (index, frames) in lengths.into_iter().enumerate() {
        // By turns frames that each stay for a while, and frames that move.
        let card = Card { speaker: "Ana".into(), text: "It moves".into(), speaker_index: index };
        let color = [40 * index as u8, 200 - 40 * index as u8, 90];
        let backdrop = if index % 2 == 0 { Backdrop::Color(color) } else { Backdrop::Card(card) };
        let scene = scene(240, 426, backdrop, &[("four little words here", frames)]);
        let rendered = workshop.render(&scene, BTreeMap::new()).await.expect("a part");
        let part = collect(rendered.film).await.expect("bytes");
        let path = folder.path().join("part.ts");
        std::fs::write(&path, &part).expect("room");
        frames_of_parts.extend(hashes(&path, "v", "-fps_mode passthrough"));
        parts.push(body(part));
    }
    let frames: u64 = lengths.iter().sum();
    let slots = lengths.map(|frames| Slot {
        sound: Some(Sound {
            audio: wav(&syllables(frames as f64 / 30.0, 44_100, 0.2), 44_100),
            level: Level { samples: frames * FRAME, gain_db: 2.0, limiter: 1 },
        }),
        volume: 1.0,
        samples: frames * FRAME,
    });
    let track = collect(lay(&workshop, slots.to_vec()).await).await.expect("bytes");
    let (film_path, track_path) = (folder.path().join("film.mp4"), folder.path().join("track.m4a"));
    std::fs::write(&track_path, &track).expect("room");
    let chapters = vec![("One".to_owned(), 0), ("Two; =\\ \n[CHAPTER]\nSTART=9".to_owned(), 31)];
    let film = workshop
        .join(Reel { parts, track: body(track), fps: FPS, chapters, has_thumbnail: true })
        .await
        .expect("a film");
    std::fs::write(&film_path, collect(film.film).await.expect("bytes")).expect("room");

    let packets = hashes(&film_path, "a", "-c copy");
    assert!(packets.len() > 100 && packets == hashes(&track_path, "a", "-c copy"), "audio packets are the track's");
    assert!(hashes(&film_path, "v", "-fps_mode passthrough") == frames_of_parts, "frames are the parts'");

    let probe = |entries: &str| said("ffprobe", &format!("-v error {entries} -of csv=p=0 {}", film_path.display()));
    let mut times: Vec<u64> = probe("-select_streams v -show_entries packet=pts")
        .lines()
        .filter_map(|line| line.trim_matches(',').parse().ok())
        .collect();
    times.sort_unstable();
    assert_eq!(times, (0..frames).map(|frame| frame * 1_000).collect::<Vec<_>>(), "every frame on the grid");
    let numbers = |text: String| -> Vec<f64> { text.split([',', '\n']).filter_map(|part| part.parse().ok()).collect() };
    let of_both = |entry: &str| {
        ["v", "a"].map(|kind| numbers(probe(&format!("-select_streams {kind} -show_entries stream={entry}")))[0])
    };
    assert_eq!(of_both("start_time"), [0.0, 0.0], "picture and sound begin together");
    let lengths = of_both("duration");
    assert!((lengths[0] - lengths[1]).abs() < 1.0 / 30.0, "{lengths:?}");
    assert!((lengths[0] - frames as f64 / 30.0).abs() < 1e-6, "{lengths:?}");
    let titles = said("ffprobe", &format!("-v error -show_chapters -of json {}", film_path.display()));
    assert!(
        titles.contains("One") && titles.contains("[CHAPTER] START=9") && titles.matches("\"title\"").count() == 2,
        "{titles}"
    );

    let thumbnail = image::load_from_memory(&film.thumbnail).expect("a JPEG");
    assert_eq!((thumbnail.width(), thumbnail.height()), (240, 426));
    let scratch = std::fs::read_dir(folder.path().join("scratch")).expect("the scratch folder").count();
    assert_eq!(scratch, 0, "nothing is left behind");
}

#[tokio::test]
async fn a_part_that_is_damaged_makes_no_film() {
    let (workshop, _folder) = workshop();
    let backdrop = Backdrop::Color([9, 9, 9]);
    let rendered = workshop.render(&scene(240, 426, backdrop, &[("One.", 12)]), BTreeMap::new()).await;
    let part = collect(rendered.expect("a scene").film).await.expect("bytes");
    let silence = Slot { sound: None, volume: 1.0, samples: 12 * FRAME };
    let track = collect(lay(&workshop, [silence]).await).await.expect("bytes");
    let half = part.slice(..part.len() / 2 / 188 * 188 + 100);
    for damaged in [half, part.slice(1..), "no film at all".into(), part.slice(..0)] {
        let reel = Reel {
            parts: vec![body(damaged)],
            track: body(track.clone()),
            fps: FPS,
            chapters: Vec::new(),
            has_thumbnail: true,
        };
        assert!(matches!(workshop.join(reel).await, Err(Failure::Retry(_))));
    }
    let reel =
        Reel { parts: vec![body(part)], track: body(track), fps: FPS, chapters: Vec::new(), has_thumbnail: true };
    assert!(workshop.join(reel).await.is_ok());
}
