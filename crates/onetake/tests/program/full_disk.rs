//! A disk that is full in the middle of a film, and has room later. It needs a file system of its own, so it needs root.

use crate::disk::Disk;
use crate::room::{Room, Voices};
use serde_json::Value;
use std::path::Path;

#[test]
#[expect(clippy::print_stderr, reason = "what was not shown is said loudly")]
fn a_film_on_a_full_disk_of_4_mb_says_so_and_goes_on_when_there_is_room() {
    let Some(disk) = Disk::mount("4M") else {
        eprintln!("\nNOT SHOWN HERE: a full disk needs root and the right to mount; this test did nothing.\n");
        return;
    };
    let room = Room::with_data(Voices::Tones, &disk.place);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/dialogue.json");
    let arguments = ["film", script.to_str().unwrap(), "--rehearse", "--resolution", "480p", "--json"];
    let full = room.run(&arguments);
    assert_eq!(full.code, Some(5), "{}", full.err);
    assert!(full.err.contains("the disk is full") && full.err.contains("run the same command again"), "{}", full.err);
    disk.resize("200M");
    let again = room.run(&arguments);
    assert_eq!(again.code, Some(0), "{}", again.err);
    let film: Value = serde_json::from_str(&again.out).unwrap();
    assert_eq!(film["status"], "succeeded");
    assert!(room.file(&film, "film.mp4").exists());
    assert_eq!(room.spoken(), 8, "each line once, in both runs together");
}
