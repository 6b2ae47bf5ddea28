//! `x-onetake-on-failure: silence`: who would rather have silence than an error.

use crate::house::House;
use crate::room::command;
use crate::sdk::{Caller, with_both};
use doubles::Settings;
use doubles::account::Change;
use serde_json::{Value, json};
use std::path::Path;

const TEXT: &str = "There is no credit for these words, and they take some seconds to say.";

fn order(call: &str, keep: &Path) -> Value {
    json!({"call": call, "text": TEXT, "headers": {"x-onetake-on-failure": "silence"}, "keep": keep})
}

/// The sound of a file as samples of 8 kHz; ffmpeg decodes it without a complaint.
fn decoded(file: &Path) -> Vec<i16> {
    let ran = command("ffmpeg")
        .args(["-v", "error", "-xerror", "-i", file.to_str().unwrap()])
        .args(["-f", "s16le", "-ac", "1", "-ar", "8000", "-"])
        .output()
        .unwrap();
    assert!(ran.status.success() && ran.stderr.is_empty(), "{}", String::from_utf8_lossy(&ran.stderr));
    ran.stdout.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect()
}

/// As ffprobe tells it.
fn length_s(file: &Path) -> f64 {
    let asked = ["-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0"];
    let ran = command("ffprobe").args(asked).arg(file).output().unwrap();
    let said = String::from_utf8(ran.stdout).unwrap();
    said.trim().parse().unwrap_or_else(|_| panic!("{said:?} {}", String::from_utf8_lossy(&ran.stderr)))
}

fn gets_silence(caller: &mut Caller, house: &House, call: &str) {
    let file = house.stage.room.path(&format!("{call}.mp3"));
    let seen = caller.gets(&house.side, &order(call, &file));
    assert_eq!(seen["headers"]["x-onetake-silent"], "1", "{}: {call}: {seen:#}", caller.sdk);
    let samples = decoded(&file);
    let loudest = samples.iter().map(|sample| sample.unsigned_abs()).max().unwrap_or(u16::MAX);
    assert!(loudest <= 2, "{}: {call}: it is not silent but {loudest}", caller.sdk);
    // 71 characters are some four seconds, whoever says them.
    let length_s = length_s(&file);
    assert!((2.0..9.0).contains(&length_s), "{}: {call}: {length_s} s", caller.sdk);
}

#[test]
fn a_call_that_fails_is_silence_where_it_is_wanted_and_nothing_of_it_is_kept() {
    with_both(|caller| {
        let house = House::start(Settings { credits: 5, ..Settings::default() });
        for call in ["convert", "stream"] {
            gets_silence(caller, &house, call);
        }
        let loud = caller.ask(&house.side, &json!({"call": "convert", "text": TEXT}));
        assert_eq!(loud["exception"].as_str().map(|_| &loud["status"]), Some(&json!(401)), "{}: {loud:#}", caller.sdk);
        assert_eq!(house.paid(), 0, "{}", caller.sdk);

        house.stage.double.change(Change { credits: Some(1_000), ..Change::default() });
        house.stage.read(&["resume"]);
        let file = house.stage.room.path("loud.mp3");
        let seen = caller.gets(&house.side, &order("convert", &file));
        assert!(seen["headers"]["x-onetake-silent"].is_null(), "{}: {seen:#}", caller.sdk);
        assert!(decoded(&file).iter().any(|sample| sample.unsigned_abs() > 1_000), "{}: silence was kept", caller.sdk);
        assert_eq!(house.paid(), 1, "{}", caller.sdk);
    });
}
