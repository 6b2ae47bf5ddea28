//! The program stopped in the middle of a film, and run again: it goes on, and the film is the one that would have been.

use crate::measure::{sha256, sound_packets};
use crate::room::{Ran, Room, Voices, dialogue, signal, timed};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::Child;
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

/// Keys of the dialogue: as many speakings as it may cost, however often it is stopped.
const KEYS: u64 = 4;

/// How long the run after a stop may take. A lease or a lost message is waited for 30 s: none may be needed, for the lock of the
/// lane dies with its process.
const SOON: Duration = Duration::from_secs(20);

struct Undisturbed {
    film: String,
    packets: Vec<String>,
    took: Duration,
}

fn room() -> Room {
    let room = Room::new(Voices::Counted);
    room.write("script.json", dialogue().to_string());
    room
}

const FILM: [&str; 6] = ["film", "script.json", "--rehearse", "--resolution", "240p", "--json"];

fn undisturbed() -> &'static Undisturbed {
    static ONCE: OnceLock<Undisturbed> = OnceLock::new();
    ONCE.get_or_init(|| {
        let room = room();
        let (ran, took) = timed(|| room.run(&FILM));
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        let film = film(&room, &ran);
        assert_eq!((room.spoken(), room.calls().unwrap_or(KEYS)), (KEYS, KEYS));
        Undisturbed { film: sha256(&film), packets: sound_packets(&film), took }
    })
}

fn film(room: &Room, ran: &Ran) -> std::path::PathBuf {
    let job: Value = serde_json::from_str(&ran.out).unwrap();
    room.file(&job, "film.mp4")
}

fn ended(child: Child) -> Ran {
    Ran::from(child.wait_with_output().unwrap())
}

/// Moments of the film's making, in shares of its time: one in each of `COUNT` parts, by a generator with a seed that is told.
fn moments(seed: u64) -> [f64; 5] {
    let mut state = seed;
    [0.0, 0.2, 0.4, 0.6, 0.8].map(|share| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        share + 0.2 * (state >> 33) as f64 / f64::from(u32::MAX >> 1)
    })
}

/// Stops a film by `name` after `delay`; runs it again; it is the film of the undisturbed run.
fn check(name: &str, delay: Duration, code: Option<i32>) {
    let whole = undisturbed();
    let room = room();
    let mut child = room.command(&FILM).spawn().unwrap();
    thread::sleep(delay);
    let stopped = child.try_wait().unwrap().is_none();
    if stopped {
        signal(&child, name);
    }
    let (first, stopping) = timed(|| ended(child));
    let what = format!("{name} after {delay:?}");
    // It may have ended just then. And who is stopped before it has begun anything dies of the signal itself; a shell says 130 of both.
    let just_ended = first.code == Some(0) && stopping < Duration::from_millis(300);
    assert!(just_ended || first.code == code || first.code.is_none(), "{what}: {:?}\n{}", first.code, first.err);
    assert!(stopping < Duration::from_secs(5), "{what}: it took {stopping:?} to stop");
    let (again, took) = timed(|| room.run(&FILM));
    assert_eq!(again.code, Some(0), "{what}\n{}", again.err);
    assert!(took < SOON, "{what}: the second run took {took:?}");
    let film = film(&room, &again);
    assert_eq!(sound_packets(&film), whole.packets, "{what}: it sounds otherwise");
    assert_eq!(sha256(&film), whole.film, "{what}: it is another film");
    assert_eq!(room.spoken(), KEYS, "{what}");
    // A call that was cut had no sound yet, and of those before it two may have been on their way to the store: a rehearsal has no
    // history to find them in, so they are made again.
    if let Some(calls) = room.calls() {
        assert!((KEYS..=KEYS + 3).contains(&calls), "{what}: {calls} calls for {KEYS} lines");
    }
}

/// At several moments between the start and the end of an undisturbed run.
fn check_at_several_moments(name: &str, seed: u64, code: Option<i32>) {
    for share in moments(seed) {
        check(name, undisturbed().took.mul_f64(share), code);
    }
}

#[test]
fn after_ctrl_c_at_any_moment_the_same_command_goes_on_where_it_stopped() {
    check_at_several_moments("INT", 3, Some(130));
}

#[test]
fn ctrl_c_when_the_film_can_be_heard_and_not_yet_seen_is_heard_too() {
    let room = room();
    // Large enough that its scenes are still being rendered.
    let film = ["film", "script.json", "--rehearse", "--resolution", "720p"];
    let mut child = room.command(&film).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.contains("preview"), "{line}");
    signal(&child, "INT");
    let stopped = ended(child);
    assert_eq!(stopped.code, Some(130), "{}", stopped.err);
    let again = room.run(&film);
    assert_eq!((again.code, room.spoken()), (Some(0), KEYS), "{}", again.err);
}

#[test]
fn after_a_kill_at_any_moment_the_same_command_goes_on_where_it_stopped() {
    check_at_several_moments("KILL", 7, None);
}

#[test]
fn what_was_stopped_again_and_again_still_ends_as_the_same_film() {
    let room = room();
    for share in moments(11) {
        let child = room.command(&FILM).spawn().unwrap();
        thread::sleep(undisturbed().took.mul_f64(share / 2.0));
        signal(&child, "KILL");
        ended(child);
    }
    let (again, took) = timed(|| room.run(&FILM));
    assert_eq!(again.code, Some(0), "{}", again.err);
    assert!(took < SOON, "the last run took {took:?}");
    assert_eq!(sha256(&film(&room, &again)), undisturbed().film);
    assert_eq!(room.spoken(), KEYS);
    assert!(room.calls().unwrap_or(KEYS) <= KEYS + 5, "each stop may have cut one call, no more: {:?}", room.calls());
}
