//! When the parts of a film waited and were made, as a person is told it.

use crate::room::{Room, Voices, dialogue};
use std::fs;

/// The figures of a stage's line: worked, and how much of that beside other work, in tenths of a second.
fn figures(out: &str, stage: &str) -> Option<[u64; 2]> {
    let line = out.lines().find_map(|line| line.strip_prefix(&format!("  ▸ {stage:<8} waited ")))?;
    let tenths = |text: &str| text.strip_suffix(" s")?.replace('.', "").parse().ok();
    let [_, worked, beside] = line.split(" · ").collect::<Vec<_>>().try_into().ok()?;
    Some([tenths(worked.strip_prefix("worked ")?)?, tenths(beside.strip_suffix(" of it beside other work")?)?])
}

#[test]
fn status_says_how_long_each_stage_waited_and_was_worked_at() {
    let room = Room::new(Voices::Tones);
    let film = room.make("film", &dialogue(), &[]);
    let id = film["id"].as_str().unwrap();
    let told = room.run(&["status", id]);
    assert_eq!(told.code, Some(0), "{}", told.err);
    for stage in ["compose", "track", "join"] {
        let [worked, beside] = figures(&told.out, stage).unwrap_or_else(|| panic!("{stage}: {}", told.out));
        assert!(beside <= worked, "{stage}: {}", told.out);
    }
    let [rendered, _] = figures(&told.out, "compose").unwrap();
    assert!(rendered > 0, "four scenes are rendered in some tenths of a second: {}", told.out);
    assert!(told.out.lines().any(|line| line.contains("compose") && line.contains("at most")), "{}", told.out);

    let svg = fs::read_to_string(room.file(&film, "timeline.svg")).unwrap();
    assert!(svg.starts_with("<svg ") && svg.contains(">scene 4</text>"), "{svg}");
    let manifest = fs::read_to_string(room.file(&film, "manifest.json")).unwrap();
    assert!(manifest.contains("\"timeline.svg\""), "{manifest}");
    assert_eq!(room.run(&["rm", id]).code, Some(0));
    assert!(!room.file(&film, "timeline.svg").exists());
}

#[test]
fn status_says_nothing_of_stages_that_had_nothing_to_make() {
    let room = Room::new(Voices::Tones);
    room.make("film", &dialogue(), &[]);
    let again = room.make("film", &dialogue(), &[]);
    let told = room.run(&["status", again["id"].as_str().unwrap()]);
    assert_eq!(figures(&told.out, "compose"), None, "every scene was there: {}", told.out);
    assert_eq!(figures(&told.out, "paint"), None, "{}", told.out);
    assert!(figures(&told.out, "join").is_some(), "{}", told.out);
}
