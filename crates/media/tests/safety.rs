//! Whatever a text says and whatever a folder is called: it is drawn, written and found, and means nothing to ffmpeg.

mod support;

use bytes::Bytes;
use media::{Settings, Workshop, font_folders};
use proptest::prelude::*;
use std::collections::BTreeMap;
use story::artifacts::{Body, body, collect};
use story::scene::{Backdrop, Card};
use story::studio::{Film, Reel, Slot, Studio};
use story::words::Word;
use support::{FPS, FRAME, lay, said, scene, workshop};
use tempfile::TempDir;

const FRAMES: u64 = 6;

/// A film of one scene; `parts` of it.
async fn film(workshop: &Workshop, chapters: Vec<(String, u64)>, parts: usize) -> Film {
    let scene = scene(64, 64, Backdrop::Color([90, 40, 20]), &[("one two", FRAMES)]);
    let rendered = workshop.render(&scene, BTreeMap::new()).await.expect("a scene");
    let part = collect(rendered.film).await.expect("its bytes");
    film_of(workshop, vec![part; parts], chapters).await
}

async fn film_of(workshop: &Workshop, parts: Vec<Bytes>, chapters: Vec<(String, u64)>) -> Film {
    let samples = FRAMES * FRAME * parts.len() as u64;
    let track: Body = lay(workshop, [Slot { sound: None, volume: 1.0, samples }]).await;
    let parts = parts.into_iter().map(body).collect();
    workshop.join(Reel { parts, track, fps: FPS, chapters, has_thumbnail: true }).await.expect("a film")
}

#[tokio::test]
async fn a_film_comes_out_whatever_the_folder_is_called() {
    let folder = TempDir::new().expect("a folder");
    let (_, expected) = {
        let (workshop, folder) = workshop();
        (folder, collect(film(&workshop, vec![("One".into(), 0)], 2).await.film).await.expect("its bytes"))
    };
    for name in [
        "with spaces and  'quotes' \"both\"",
        "%d %05d %%",
        "a:b,c;d|e",
        "new\nline\ttab",
        "-i",
        "concat:",
        "file:",
        "http:",
        "?query#hash",
        "[0:v]drawtext=text=x",
        "\\back\\slash\\'",
        "$(id) `id` & ; > *",
        "ünï çødé 今日 👩‍👧",
        "\u{1b}[31m",
    ] {
        let scratch = folder.path().join(name);
        let installed = support::installed();
        let workshop = Workshop::open(Settings { scratch, ..installed }).expect("a workshop");
        let film = film(&workshop, vec![("One".into(), 0)], 2).await;
        assert!(collect(film.film).await.expect("its bytes") == expected, "{name:?}");
        assert!(film.thumbnail.starts_with(&[0xff, 0xd8]), "{name:?}");
    }
    let made = std::fs::read_dir(folder.path()).expect("the folder").count();
    assert_eq!(made, 14, "nothing was written beside the scratch folders");
}

#[test]
fn a_program_that_is_not_there_is_named_whatever_its_path() {
    let folder = TempDir::new().expect("a folder");
    let settings =
        |ffmpeg: &str| Settings { ffmpeg: ffmpeg.into(), fonts: font_folders(), scratch: folder.path().to_owned() };
    for missing in ["./no such ffmpeg", "no such/ffmpeg", "-version", "concat:ffmpeg"] {
        let said = Workshop::open(settings(missing)).err().expect("it is not there").to_string();
        assert!(said.starts_with("ffmpeg is not installed: "), "{said}");
    }
}

/// Text of every kind, and of the kind that means something to ffmpeg.
fn text() -> impl Strategy<Value = String> {
    let loaded = prop::sample::select(vec![
        "'",
        "\\",
        ":",
        "=",
        ";",
        "#",
        "\n",
        "\r\n",
        "\0",
        "[",
        "]",
        "[CHAPTER]\n",
        "title=",
        "%{pts}",
        "${x}",
        ",",
        "|",
        "drawtext=",
        "\u{202e}",
        "\u{feff}",
        "file:",
        "../",
        "-i",
        "\u{85}",
        "\u{2028}",
        "{\\an8}",
        "<b>",
        "é",
        "今",
        "👩‍👧",
    ]);
    let piece = prop_oneof![loaded.prop_map(str::to_owned), any::<char>().prop_map(String::from), "[ -~]{0,8}"];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

#[test]
fn every_text_is_drawn_and_no_scene_is_lost() {
    let (workshop, runtime) = (workshop(), runtime());
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) };
    proptest!(config, |(word in text(), said in text(), speaker in text(), uppercase: bool, number: usize)| {
        let card = Card { speaker, text: said, speaker_index: number };
        let mut hostile = scene(96, 170, Backdrop::Card(card), &[("one two", FRAMES)]);
        hostile.captions.uppercase = uppercase;
        for word_of in hostile.spoken[0].pages.iter_mut().flat_map(|page| &mut page.words) {
            let Word { text, .. } = word_of;
            text.clone_from(&word);
        }
        let rendered = runtime.block_on(workshop.0.render(&hostile, BTreeMap::new()));
        let part = runtime.block_on(collect(rendered.expect("a scene").film)).expect("its bytes");
        // Joined, it must hold every one of its frames.
        let film = runtime.block_on(film_of(&workshop.0, vec![part], Vec::new())).film;
        prop_assert!(!runtime.block_on(collect(film)).expect("its bytes").is_empty());
    });
}

/// A title as a player shows it: on one line, and no longer than MP4 takes.
fn shown(title: &str) -> String {
    let line = title.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut size_bytes = 0;
    let fits = |c: &char| {
        size_bytes += c.len_utf8();
        size_bytes <= 240
    };
    let mut shown: String = line.take_while(fits).collect();
    // A title cannot end in a backslash: ffmpeg would take the next chapter for more of it.
    if shown.ends_with('\\') {
        shown.push(' ');
    }
    shown
}

#[test]
fn chapters_are_as_many_as_were_given_and_none_becomes_another() {
    let (workshop, runtime) = (workshop(), runtime());
    let path = workshop.1.path().join("film.mp4");
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) };
    proptest!(config, |(titles in prop::collection::vec(text(), 1..6))| {
        let chapters: Vec<_> = titles.iter().cloned().zip((0..).map(|index| index * FRAMES)).collect();
        let film = runtime.block_on(film(&workshop.0, chapters, titles.len()));
        std::fs::write(&path, runtime.block_on(collect(film.film)).expect("its bytes")).expect("room");
        let probe = |entries: &str| {
            said("ffprobe", &format!("-v error -show_entries {entries} -of default=nw=1:nk=1 {}", path.display()))
        };
        prop_assert_eq!(probe("chapter=start_time").lines().count(), titles.len());
        let told = probe("chapter_tags=title");
        let told: Vec<_> = told.lines().filter(|title| !title.is_empty()).collect();
        let shown: Vec<_> = titles.iter().map(|title| shown(title)).filter(|title| !title.is_empty()).collect();
        prop_assert_eq!(told, shown);
    });
}
