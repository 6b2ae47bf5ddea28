//! Several jobs at once, and the command line on the same folder.

use crate::room::{Room, Voices, dialogue, reused, signal, spoken};
use crate::server::Server;
use crate::stage::Stage;
use doubles::Settings;
use serde_json::{Value, json};
use std::thread;
use std::time::Duration;

fn numbered(number: usize) -> Value {
    let line = |text: String| json!({"speaker": "Ana", "text": text});
    json!({"speakers": {"Ana": {}}, "lines": [line(format!("Film number {number}.")), line("They all end so.".into())]})
}

#[test]
fn several_films_at_once_share_what_they_have_in_common() {
    let room = Room::new(Voices::Tones);
    let server = Server::start(&room, &["--rehearse"]);
    let ids: Vec<String> = (0..5).map(|number| server.video(&numbered(number))).collect();
    let jobs: Vec<Value> = ids.iter().map(|id| server.ended(id)).collect();
    let (said, found): (u64, u64) =
        jobs.iter().fold((0, 0), |(said, found), job| (said + spoken(job), found + reused(job)));
    assert_eq!((said, found), (6, 4), "each its own first line, and the last one once");
    for (id, job) in ids.iter().zip(&jobs) {
        let film = job["files"].as_array().unwrap().iter().find(|file| file["name"] == "film.mp4").unwrap();
        let bytes = server.ask("GET", film["url"].as_str().unwrap(), "").body;
        assert_eq!(bytes.len() as u64, film["size_bytes"].as_u64().unwrap(), "{id}");
    }
}

#[test]
fn the_command_line_works_on_the_same_folder_meanwhile() {
    let room = Room::new(Voices::Tones);
    let server = Server::start(&room, &["--rehearse"]);
    let id = server.video(&numbered(1));
    let film = room.make("film", &numbered(2), &[]);
    assert_eq!(film["status"], "succeeded");
    let job = server.ended(&id);
    assert_eq!(spoken(&job) + reused(&job), 2);
    assert_eq!(server.get("/v1/jobs")["jobs"].as_array().unwrap().len(), 2);
    assert_eq!(server.get("/v1/jobs?kind=video&limit=1")["jobs"][0]["id"], film["id"]);
}

#[test]
fn a_command_that_was_stopped_is_not_gone_on_with_unless_it_is_asked_for() {
    let stage = Stage::new(Settings { first_byte_ms: 700, ..Settings::default() });
    stage.room.write("script.json", dialogue().to_string());
    let child = stage.command(&["film", "script.json", "--resolution", "240p"]).spawn().unwrap();
    stage.until(|account| account.in_flight() > 0);
    signal(&child, "INT");
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(130));
    let paid = stage.calls();

    let server = Server::start(&stage.room, &[]);
    let waiting = server.told["jobs"]["waiting_for_their_command"].clone();
    assert_eq!(waiting.as_array().map(Vec::len), Some(1), "{}", server.told);
    let id = waiting[0].as_str().unwrap().to_owned();
    // Another order is served meanwhile: the one that waits is not.
    let other = server.open("/v1/previews", &json!({"script": numbered(3)}));
    server.ended(&other);
    server.ask("POST", "/v1/cleanup", "");
    assert_eq!(stage.calls(), paid + 2);

    let again = server.ask("POST", &format!("/v1/jobs/{id}/retry"), "");
    assert_eq!(again.status, 202, "{}", again.json());
    let job = server.ended(&id);
    assert_eq!(spoken(&job) + reused(&job), 4, "{job:#}");
}

#[test]
fn a_command_that_is_stopped_beside_a_serving_house_spends_nothing_from_then_on() {
    let stage = Stage::new(Settings { first_byte_ms: 700, ..Settings::default() });
    let server = Server::start(&stage.room, &[]);
    stage.room.write("script.json", dialogue().to_string());
    let child = stage.command(&["preview", "script.json"]).spawn().unwrap();
    stage.until(|account| account.in_flight() > 0);
    signal(&child, "INT");
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(130));
    // Longer than all four lines would take.
    for _ in 0..7 {
        thread::sleep(Duration::from_millis(500));
        server.ask("POST", "/v1/cleanup", "");
    }
    let paid = stage.calls();
    assert!(paid <= 2, "{paid} calls: the one that ran, and perhaps one that was about to begin");
}
