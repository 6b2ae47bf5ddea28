//! The example, made once: heard in one process, filmed in another; then measured frame by frame and packet by packet.

use crate::measure::{Frame, boxes, each_frame, probe, sha256, sound, sound_packets, stream};
use crate::room::{Room, Voices, reused, spoken};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// `#ffd400` as Y, U, V of BT.709 in the limited range: 16 + 219 Y', 128 + 224 (B' − Y') / 1.8556, 128 + 224 (R' − Y') / 1.5748.
const ACTIVE: [i32; 3] = [193, 31, 155];

/// How far a decoded pixel may be from it. Chroma is shared by 2 x 2 pixels, so only where a stroke of a letter fills most of
/// the four (over 60 %) does its U come this near; and the encoder (crf 22) moves a value by up to about ten.
/// White (235, 128, 128), the black outline (16, 128, 128) and skin or lamp light (U over 90) are all more than twice as far away.
const TOLERANCE: [i32; 3] = [36, 38, 26];

/// A lit word shows the colour on at least this share of its box (measured: 0.18 and more); a word that is not lit on at most `DARK`
/// of it (measured: none at all).
const LIT: f64 = 0.1;
const DARK: f64 = 0.0005;

struct Example {
    room: Room,
    preview: Value,
    film: Value,
    preview_log: String,
    film_log: String,
    scenes: Value,
    words: Vec<Word>,
    frames: Frames,
}

/// A word of `scenes.json`, in frames.
struct Word {
    text: String,
    scene: u64,
    segment: u64,
    area: [usize; 4],
    before: Option<usize>,
    middle: usize,
}

/// What is remembered of the frames, for all of them do not fit into memory.
#[derive(Default)]
struct Frames {
    brightness: Vec<f64>,
    /// How much each differs from the one before it.
    steps: Vec<f64>,
    /// By frame and word: the share of the word's box in the active colour, inside and outside the box of the frame's own word.
    lit: BTreeMap<(usize, usize), f64>,
    /// The same, two frames before the word begins.
    before: BTreeMap<usize, f64>,
}

fn example() -> &'static Example {
    static EXAMPLE: OnceLock<Example> = OnceLock::new();
    EXAMPLE.get_or_init(|| {
        let room = Room::new(Voices::Installed);
        let script = script_path();
        let run = |arguments: &[&str]| {
            let output =
                room.command(arguments).args(["--rehearse", "--json"]).env("ONETAKE_LOG", "info").output().unwrap();
            let log = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{log}");
            (serde_json::from_slice::<Value>(&output.stdout).unwrap(), log)
        };
        let (preview, preview_log) = run(&["preview", script.to_str().unwrap()]);
        let (film, film_log) = run(&["video", "--preview", preview["id"].as_str().unwrap(), "--resolution", "480p"]);
        let scenes: Value = serde_json::from_slice(&fs::read(room.file(&film, "scenes.json")).unwrap()).unwrap();
        let words = words(&scenes);
        let frames = look(&room.file(&film, "film.mp4"), &words);
        Example { room, preview, film, preview_log, film_log, scenes, words, frames }
    })
}

fn script_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/dialogue.json")
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap()
}

fn whole(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

impl Example {
    fn path(&self, name: &str) -> PathBuf {
        self.room.file(&self.film, name)
    }

    fn fps(&self) -> f64 {
        self.scenes["fps"].as_f64().unwrap()
    }
}

fn words(scenes: &Value) -> Vec<Word> {
    let fps = scenes["fps"].as_f64().unwrap();
    // Times are whole samples: half a sample more, and no rounding moves a frame's first sample into the frame before it.
    let frame = |seconds: f64| ((seconds + 0.5 / 48_000.0) * fps).floor() as usize;
    let word = |scene: &Value, word: &Value| {
        let (start, end) = (word["start_s"].as_f64().unwrap(), word["end_s"].as_f64().unwrap());
        assert!(start < end, "{word}");
        Word {
            text: word["text"].as_str().unwrap().to_owned(),
            scene: scene["index"].as_u64().unwrap(),
            segment: word["segment"].as_u64().unwrap(),
            area: [0, 1, 2, 3].map(|at| whole(&word["box"][at])),
            before: frame(start).checked_sub(2),
            middle: frame((start + end) / 2.0),
        }
    };
    list(&scenes["scenes"])
        .iter()
        .flat_map(|scene| list(&scene["words"]).iter().map(move |inner| word(scene, inner)))
        .collect()
}

/// Looks at every frame once.
fn look(film: &Path, words: &[Word]) -> Frames {
    let mut frames = Frames::default();
    let mut last: Option<Frame> = None;
    each_frame(film, |index, frame| {
        frames.brightness.push(frame.brightness());
        frames.steps.push(last.as_ref().map_or(0.0, |last| frame.difference(last)));
        for (at, word) in words.iter().enumerate() {
            if word.before == Some(index) {
                frames.before.insert(at, active_share(&frame, word.area, None));
            }
            if word.middle == index {
                // Another word's box may touch this one's, or lie under it on another page: what counts is the rest of it.
                for (other, its) in words.iter().enumerate().filter(|(_, its)| its.segment == word.segment) {
                    let without = (other != at).then_some(word.area);
                    frames.lit.insert((at, other), active_share(&frame, its.area, without));
                }
            }
        }
        last = Some(frame);
    });
    frames
}

/// The share of a box in the active colour; with `without`, of the box outside that other one.
fn active_share(frame: &Frame, area: [usize; 4], without: Option<[usize; 4]>) -> f64 {
    let inside = |[left, top, width, height]: [usize; 4], x, y| {
        (left..left + width).contains(&x) && (top..top + height).contains(&y)
    };
    let [left, top, width, height] = area;
    let (mut active, mut all) = (0, 0);
    for y in top..(top + height).min(frame.height) {
        for x in left..(left + width).min(frame.width) {
            if without.is_some_and(|without| inside(without, x, y)) {
                continue;
            }
            let pixel = frame.pixel(x, y);
            let near = (0..3).all(|at| (i32::from(pixel[at]) - ACTIVE[at]).abs() <= TOLERANCE[at]);
            active += usize::from(near);
            all += 1;
        }
    }
    if all == 0 { 0.0 } else { f64::from(u32::try_from(active).unwrap()) / f64::from(all) }
}

#[test]
fn the_example_is_a_dialogue_of_six_lines_or_more_and_its_film_speaks_nothing() {
    let Example { preview, film, .. } = example();
    let lines = list(&preview["segments"]).len() as u64;
    let mut speakers: Vec<&str> =
        list(&preview["segments"]).iter().map(|line| line["speaker"].as_str().unwrap()).collect();
    speakers.sort_unstable();
    speakers.dedup();
    assert!(lines >= 6 && speakers.len() == 2, "{lines} lines of {speakers:?}");
    assert_eq!((spoken(preview), reused(preview)), (lines, 0));
    assert_eq!((spoken(film), reused(film)), (0, lines));
    assert_eq!(film["warnings"], json!([]));
}

#[test]
fn the_log_says_how_many_segments_were_reused_and_how_many_spoken() {
    let example = example();
    let lines = list(&example.preview["segments"]).len();
    assert!(example.preview_log.contains(&format!("0 segments reused, {lines} spoken")), "{}", example.preview_log);
    assert!(example.film_log.contains(&format!("{lines} segments reused, 0 spoken")), "{}", example.film_log);
}

#[test]
fn the_films_sound_packets_are_the_previews() {
    let example = example();
    let (heard, filmed) = (example.room.file(&example.preview, "preview.m4a"), example.path("film.mp4"));
    let (before, after) = (sound_packets(&heard), sound_packets(&filmed));
    assert!(before.len() > 500, "{} packets", before.len());
    assert!(before == after, "{} packets became {}", before.len(), after.len());
    assert!(sound(&heard) == sound(&filmed), "the same packets sound otherwise");
}

#[test]
fn each_scene_is_cut_within_a_frame_of_its_start() {
    let Example { scenes, frames, .. } = example();
    let scenes = list(&scenes["scenes"]);
    assert!(scenes.len() >= 3 && whole(&scenes[0]["first_frame"]) == 0);
    for pair in scenes.windows(2) {
        let (first, next) = (whole(&pair[0]["first_frame"]), whole(&pair[1]["first_frame"]));
        assert_eq!(first + whole(&pair[0]["frames"]), next, "scenes follow each other");
        // The scene rises out of black, so it begins with the darkest frame far and near, and with a step as no motion makes it.
        let near = next - 6..next + 7;
        let darkest = near.clone().min_by(|a, b| frames.brightness[*a].total_cmp(&frames.brightness[*b])).unwrap();
        assert!(darkest.abs_diff(next) <= 1, "the scene of frame {next} begins at {darkest}");
        let calm = frames.steps[next - 12..next - 2].iter().copied().fold(1.0, f64::max);
        let jump = near.into_iter().find(|frame| frames.steps[*frame] > 3.0 * calm);
        assert!(jump.is_some_and(|jump| jump.abs_diff(next) <= 1), "the cut of frame {next} is at {jump:?}");
    }
    let last = scenes.last().unwrap();
    assert_eq!(frames.brightness.len(), whole(&last["first_frame"]) + whole(&last["frames"]));
}

#[test]
fn picture_and_sound_end_within_a_frame_of_each_other() {
    let example = example();
    let film = example.path("film.mp4");
    let picture_s = example.frames.brightness.len() as f64 / example.fps();
    let heard_s = sound(&film).len() as f64 / 48_000.0;
    assert!((picture_s - heard_s).abs() < 1.0 / example.fps(), "decoded: {picture_s} s and {heard_s} s");
    let told = |kind| stream(&film, kind)["duration"].as_str().unwrap().parse::<f64>().unwrap();
    assert!((told("v") - told("a")).abs() < 1.0 / example.fps(), "told: {} s and {} s", told("v"), told("a"));
}

#[test]
fn the_frame_rate_is_constant_and_every_frame_is_on_the_grid() {
    let example = example();
    let film = example.path("film.mp4");
    let about = stream(&film, "v");
    assert_eq!((&about["codec_name"], &about["pix_fmt"]), (&json!("h264"), &json!("yuv420p")));
    assert_eq!((&about["r_frame_rate"], &about["avg_frame_rate"]), (&json!("30/1"), &json!("30/1")));
    let (over, under) = about["time_base"].as_str().unwrap().split_once('/').unwrap();
    let ticks_per_frame = under.parse::<u64>().unwrap() / over.parse::<u64>().unwrap() / 30;
    let shown = probe(&film, &["-select_streams", "v", "-show_entries", "packet=pts"]);
    let mut times: Vec<u64> = list(&shown["packets"]).iter().map(|packet| packet["pts"].as_u64().unwrap()).collect();
    times.sort_unstable();
    let grid: Vec<u64> = (0..times.len() as u64).map(|frame| frame * ticks_per_frame).collect();
    assert!(times == grid, "{:?}", times.iter().zip(&grid).find(|(time, grid)| time != grid));
    assert_eq!(times.len(), example.frames.brightness.len());
    assert_eq!(stream(&film, "a")["codec_name"], "aac");
}

#[test]
fn the_film_can_be_played_while_it_loads() {
    let names = boxes(&example().path("film.mp4"));
    let place = |wanted: &str| names.iter().position(|name| name == wanted);
    assert!(place("moov").is_some() && place("moov") < place("mdat"), "{names:?}");
}

#[test]
fn the_spoken_word_is_lit_in_its_box_and_in_no_other() {
    let Example { words, frames, scenes, .. } = example();
    let text: String = words.iter().map(|word| format!("{} ", word.text)).collect();
    assert!(words.len() > 60, "{text}");
    let (width, height) = (whole(&scenes["width"]), whole(&scenes["height"]));
    let mut wrong = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let Word { text, scene, segment, area, middle, before } = word;
        let name = format!("{text:?} (scene {scene}, segment {segment}, box {area:?})");
        if area[2] == 0 || area[3] == 0 || area[0] + area[2] > width || area[1] + area[3] > height {
            wrong.push(format!("{name} does not stand in the frame"));
        }
        for (other, its) in words.iter().enumerate().filter(|(_, its)| its.segment == *segment) {
            let share = frames.lit[&(at, other)];
            match other == at {
                true if share < LIT => wrong.push(format!("{name} is not lit in frame {middle}: {share:.4}")),
                false if share > DARK => {
                    wrong.push(format!("{:?} is lit in frame {middle} of {name}: {share:.4}", its.text))
                }
                _ => {}
            }
        }
        if let Some(share) = frames.before.get(&at).filter(|share| **share > DARK) {
            wrong.push(format!("{name} is lit two frames early, in frame {before:?}: {share:.4}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} words:\n{}", wrong.len(), words.len(), wrong.join("\n"));
}

#[test]
fn every_file_is_told_with_its_hash() {
    let example = example();
    let manifest: Value = serde_json::from_slice(&fs::read(example.path("manifest.json")).unwrap()).unwrap();
    let told = |files: &Value| -> Vec<String> {
        let check = |file: &Value| {
            let name = file["name"].as_str().unwrap();
            let path = example.path(name);
            assert_eq!(file["sha256"], sha256(&path), "{name}");
            assert_eq!(file["size_bytes"], fs::metadata(&path).unwrap().len(), "{name}");
            name.to_owned()
        };
        list(files).iter().map(check).collect()
    };
    let (mut by_manifest, mut by_job) = (told(&manifest["files"]), told(&example.film["files"]));
    by_manifest.push("manifest.json".to_owned());
    by_manifest.sort();
    by_job.sort();
    assert_eq!(by_manifest, by_job);
    for name in
        ["film.mp4", "scenes.json", "segments.json", "captions.srt", "captions.vtt", "thumbnail.jpg", "preview.m4a"]
    {
        assert!(by_job.iter().any(|told| told == name), "{name} is not among {by_job:?}");
    }
}

#[test]
fn the_thumbnail_is_a_jpeg_of_the_films_shape() {
    let example = example();
    let path = example.path("thumbnail.jpg");
    let bytes = fs::read(&path).unwrap();
    assert!(bytes.starts_with(&[0xff, 0xd8, 0xff]) && bytes.ends_with(&[0xff, 0xd9]), "no JPEG");
    let picture = stream(&path, "v");
    let shape = |value: &Value| value["width"].as_f64().unwrap() / value["height"].as_f64().unwrap();
    assert!((shape(&picture) - shape(&example.scenes)).abs() < 0.01, "{picture}");
}

#[test]
fn the_subtitles_say_the_whole_script_inside_the_film() {
    let example = example();
    let said: Vec<&str> = list(&example.film["segments"]).iter().map(|line| line["text"].as_str().unwrap()).collect();
    let said: Vec<&str> = said.iter().flat_map(|line| line.split_whitespace()).collect();
    let end_s = example.frames.brightness.len() as f64 / example.fps();
    for (name, comma) in [("captions.srt", ','), ("captions.vtt", '.')] {
        let file = fs::read_to_string(example.path(name)).unwrap();
        assert_eq!(file.starts_with("WEBVTT\n"), name == "captions.vtt");
        let (mut after_s, mut words) = (0.0, Vec::new());
        for cue in file.split("\n\n").filter(|block| block.contains(" --> ")) {
            let (times, text) = cue
                .split_once(" --> ")
                .map(|(before, rest)| {
                    let (end, text) = rest.split_once('\n').unwrap();
                    ([before.lines().last().unwrap(), end], text)
                })
                .unwrap();
            let [start_s, stop_s] = times.map(|time| instant(time, comma));
            assert!(after_s <= start_s && start_s < stop_s && stop_s <= end_s, "{name}: {cue}");
            after_s = stop_s;
            words.extend(text.split_whitespace().map(str::to_owned));
        }
        assert_eq!(words, said, "{name}");
    }
}

/// `00:01:02,345` in seconds.
fn instant(text: &str, comma: char) -> f64 {
    let (whole, ms) = text.trim().split_once(comma).unwrap();
    let seconds = whole.split(':').fold(0.0, |sum, part| sum * 60.0 + part.parse::<f64>().unwrap());
    assert_eq!(ms.len(), 3, "{text}");
    seconds + ms.parse::<f64>().unwrap() / 1000.0
}
