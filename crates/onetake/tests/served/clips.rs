//! A clip for many who ask at once, in several processes on one folder.

use crate::server::Server;
use crate::stage::{Stage, quick, runtime};
use doubles::clips::{ClipSettings, Clips};
use serde_json::json;
use std::fs;
use std::thread;

#[test]
fn fifty_readers_of_four_houses_see_one_download() {
    let settings = ClipSettings { generating_ms: 2_000, redirects: 1, ..ClipSettings::default() };
    let clips = runtime().block_on(Clips::start(settings.clone())).unwrap();
    let stage: Stage = quick()
        .with("ONETAKE_CLIPS", "gemini")
        .with("GEMINI_API_KEY", &settings.api_key)
        .with("GEMINI_BASE_URL", clips.root());
    let servers: Vec<Server> = (0..4).map(|_| Server::start(&stage.room, &[])).collect();
    let id = servers[0].open("/v1/videos", &json!({"clip": {"prompt": "A paper boat.", "seconds": 4}}));
    thread::scope(|scope| {
        for reader in 0..50 {
            let (server, id) = (&servers[reader % servers.len()], &id);
            scope.spawn(move || server.ended(id));
        }
    });
    let log = clips.log();
    let fetched = log.downloads.iter().filter(|download| download.status == 200).count();
    assert_eq!((log.orders.len(), fetched, log.is_key_leaked()), (1, 1, false), "{:?}", log.downloads);
    let kept = fs::read_dir(stage.room.path("data/pictures")).unwrap().count();
    assert_eq!(kept, 1, "one object");
    let job = servers[3].get(&format!("/v1/jobs/{id}"));
    let film = job["files"].as_array().unwrap().iter().find(|file| file["name"] == "film.mp4").unwrap();
    let answer = servers[2].ask("GET", film["url"].as_str().unwrap(), "");
    assert_eq!((answer.status, answer.body.len() as u64), (200, film["size_bytes"].as_u64().unwrap()));
    assert_eq!(answer.header("content-type").as_deref(), Some("video/mp4"));
    assert_eq!(clips.log().downloads.len(), log.downloads.len(), "further readers are answered from the record");
    let listed = servers[1].get("/v1/jobs?source=clip");
    assert_eq!(listed["jobs"][0]["id"], id.as_str());
    assert_eq!(servers[1].ask("DELETE", &format!("/v1/jobs/{id}"), "").status, 204);
    assert_eq!(servers[1].get("/v1/jobs?source=clip")["jobs"], json!([]));
}
