//! A disk that is full while a house serves. It needs a file system of its own, so it needs root.

use crate::disk::Disk;
use crate::room::{Room, Voices, dialogue};
use crate::server::Server;
use serde_json::json;
use std::fs::{self, File};
use std::io::Write;

#[test]
#[expect(clippy::print_stderr, reason = "what was not shown is said loudly")]
fn a_house_with_a_full_disk_says_so_takes_no_order_and_goes_on_when_there_is_room() {
    let Some(disk) = Disk::mount("16M") else {
        eprintln!("\nNOT SHOWN HERE: a full disk needs root and the right to mount; this test did nothing.\n");
        return;
    };
    let room = Room::with_data(Voices::Tones, &disk.place.join("data"));
    let server = Server::start(&room, &["--rehearse"]);
    let accepted = server.video(&dialogue());
    let filler = disk.place.join("filler");
    let mut full = File::create(&filler).unwrap();
    while full.write(&[0; 4096]).is_ok_and(|written| written > 0) {}
    let order = json!({"script": dialogue(), "metadata": {"the": "second"}}).to_string();
    let refused = server.ask("POST", "/v1/previews", &order);
    assert_eq!((refused.status, &refused.json()["type"]), (507, &json!("full")), "{}", refused.json());
    assert_eq!(server.get(&format!("/v1/jobs/{accepted}"))["id"], json!(accepted), "what is there is read");
    fs::remove_file(&filler).unwrap();
    drop(full);
    let taken = server.ask("POST", "/v1/previews", &order);
    assert_eq!(taken.status, 202, "{}", taken.json());
    server.ended(&accepted);
    server.ended(taken.json()["id"].as_str().unwrap());
    server.signal("TERM");
    let ran = server.ends();
    assert_eq!(ran.code, Some(0), "{}", ran.err);
}
