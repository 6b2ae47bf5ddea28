//! A house that is stopped or killed while it works, and started again.

use crate::room::{Room, Voices, dialogue, spoken, timed};
use crate::server::Server;
use crate::stage::{Stage, quick};
use doubles::Settings;
use doubles::account::Ended;
use serde_json::json;
use std::time::Duration;

#[test]
fn a_signal_ends_it_cleanly_and_at_once_where_nothing_is_spoken() {
    for name in ["INT", "TERM"] {
        let room = Room::new(Voices::Tones);
        let server = Server::start(&room, &["--rehearse"]);
        server.get("/v1/jobs");
        server.signal(name);
        let (ran, took) = timed(|| server.ends());
        assert_eq!(ran.code, Some(0), "{name}: {}", ran.err);
        assert!(took < Duration::from_secs(4), "{name}: it took {took:?}");
    }
}

#[test]
fn a_request_that_never_comes_to_its_end_does_not_keep_it_from_ending() {
    let room = Room::new(Voices::Tones);
    let server = Server::start(&room, &["--rehearse"]);
    let mut stream = std::net::TcpStream::connect(server.url().strip_prefix("http://").unwrap()).unwrap();
    let order = json!({"script": dialogue(), "priority": "warm", "metadata": {"another": true}}).to_string();
    let head = format!("POST /v1/previews HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n\r\n", order.len() + 1);
    std::io::Write::write_all(&mut stream, format!("{head}{order}").as_bytes()).unwrap();
    server.signal("TERM");
    let (ran, took) = timed(|| server.ends());
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(took < Duration::from_secs(4), "it took {took:?}");
}

#[test]
fn what_is_being_spoken_when_it_is_told_to_stop_is_finished_and_kept() {
    let stage = Stage::new(Settings { first_byte_ms: 700, ..Settings::default() });
    let server = Server::start(&stage.room, &[]);
    let id = server.open("/v1/previews", &json!({"script": dialogue()}));
    stage.until(|account| account.in_flight() > 0);
    server.signal("TERM");
    let ran = server.ends();
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let paid = stage.log().calls;
    assert!((1..4).contains(&paid.len()), "{} calls: what ran, and no other was begun", paid.len());
    assert!(paid.iter().all(|call| call.ended == Some(Ended::Complete)), "heard to its end: {paid:?}");
    let server = Server::start(&stage.room, &[]);
    assert_eq!(server.told["jobs"]["going_on"], json!([id]));
    let job = server.ended(&id);
    assert_eq!((spoken(&job), stage.calls()), (4, 4), "{job:#}");
    stage.listed();
    stage.audit();
}

#[test]
fn a_film_that_was_killed_midway_goes_on_with_the_next_start_and_nothing_is_bought_twice() {
    let stage = quick();
    let server = Server::start(&stage.room, &[]);
    let id = server.video(&dialogue());
    stage.until(|account| account.log().calls.len() >= 2);
    server.killed();
    let server = Server::start(&stage.room, &[]);
    let job = server.ended(&id);
    let counted = spoken(&job);
    assert_eq!(counted, 4, "{job:#}");
    server.signal("INT");
    server.ends();
    stage.listed();
    stage.audit();
    // A call that was cut before it was charged is made again; one that was charged is found in the history.
    let lines = dialogue()["lines"].as_array().unwrap().clone();
    let characters: usize = lines.iter().map(|line| line["text"].as_str().unwrap().chars().count()).sum();
    assert_eq!(stage.used(), characters as u64, "{:?}", stage.log().calls);
}
